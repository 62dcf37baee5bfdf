# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class MailMail(models.Model):
    """Takes the detailed statement along with an invoice, on its way out."""

    _inherit = "mail.mail"

    mvno_invoice_id = fields.Many2one("account.move", ondelete="set null")

    def _prepare_outgoing_list(self, *args, **kwargs):
        emails = super()._prepare_outgoing_list(*args, **kwargs)
        move = self.sudo().mvno_invoice_id
        recipients = move.partner_id | move.commercial_partner_id
        for email in emails:
            if move and email["partner_id"] in recipients:
                more = move._mvno_statement_attachments(
                    email["partner_id"], email["email_to_normalized"]
                )
                email["attachments"] = [*email["attachments"], *more]
        return emails
