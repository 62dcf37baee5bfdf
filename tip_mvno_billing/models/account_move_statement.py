# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging

from odoo import fields, models

_logger = logging.getLogger(__name__)

WANTED = {"pdf": ("pdf",), "csv": ("csv",), "both": ("pdf", "csv")}
MIMETYPES = {"pdf": "application/pdf", "csv": "text/csv"}
# Marks the e-mail with an invoice. Being an object it cannot come from a remote call.
SENDING = object()


class AccountMove(models.Model):
    """The detailed statement that goes out with an invoice.

    Call records are secret, and whoever reads an invoice reads its attachments and
    messages. So the statement is attached to nothing in Odoo: it is written when the
    e-mail leaves, and only for recipients who are the invoice's own customer.
    """

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "account.move"

    def _notify_by_email_get_base_mail_values(
        self, message, recipients_data, additional_values=None
    ):
        values = super()._notify_by_email_get_base_mail_values(
            message, recipients_data, additional_values=additional_values
        )
        if self.env.context.get("mvno_sends_invoice") is SENDING and len(self) == 1:
            values["mvno_invoice_id"] = self.id
        return values

    def _mvno_statement_files(self):
        """Write the detailed statements that the customer wants with this invoice.

        Of the month's lines that are the customer's own; another person's, whose bill
        the customer pays, are not.

        :return: list of (name, bytes)
        """
        self.ensure_one()
        customer = self.commercial_partner_id
        extensions = WANTED.get(customer.sudo().mvno_attach_statement, ())
        if not (extensions and self.mvno_competence):
            return []
        shown = (
            self.env["mvno.statement.line"]
            .sudo()
            .search(
                [
                    (
                        "mvno_line_id",
                        "in",
                        self.invoice_line_ids.sudo().mvno_line_id.ids,
                    ),
                    ("statement_id.competence", "=", self.mvno_competence),
                    ("statement_id.imported_at", "!=", False),
                    ("statement_id.partner_id", "=", False),
                    ("partner_id", "child_of", customer.id),
                ]
            )
        )
        return [
            lines[0]._detail_file(extension)
            for lines in shown.grouped(
                lambda line: (line.statement_id, line.partner_id)
            ).values()
            for extension in extensions
        ]

    def _mvno_statement_attachments(self):
        """Write the detailed statements for an e-mail that is about to leave. The bill
        goes out without them rather than not at all.

        :return: list of (name, bytes, MIME type)
        """
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                return [
                    (name, content, MIMETYPES[name.rpartition(".")[2]])
                    for name, content in self._mvno_statement_files()
                ]
        except Exception as error:
            # whatever became of the PDF: what it says must not reach the log
            _logger.error(
                "Invoice %s: no detailed statement (%s)", self.id, type(error).__name__
            )
            self._message_log(
                body=self.env._(
                    "The detailed statement could not be written: this e-mail went out "
                    "without it. Print it from the month's statement."
                )
            )
            return []


class AccountMoveSend(models.AbstractModel):
    """Says of the e-mail with an invoice that it is that."""

    _inherit = "account.move.send"

    def _send_mail(self, move, mail_template, **kwargs):
        sending = move.with_context(mvno_sends_invoice=SENDING)
        return super()._send_mail(sending, mail_template, **kwargs)


class MailMail(models.Model):
    """Takes the detailed statement along with an invoice, on its way out."""

    _inherit = "mail.mail"

    mvno_invoice_id = fields.Many2one("account.move", ondelete="set null")

    def _prepare_outgoing_list(self, *args, **kwargs):
        emails = super()._prepare_outgoing_list(*args, **kwargs)
        move = self.sudo().mvno_invoice_id
        recipients = move.partner_id | move.commercial_partner_id
        own = [email for email in emails if email["partner_id"] in recipients]
        more = move._mvno_statement_attachments() if move and own else []
        for email in own:
            email["attachments"] = [*email["attachments"], *more]
        return emails
