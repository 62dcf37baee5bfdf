# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.invoice.account_move_send import COPIES
from ..models.invoice.mvno_line import LATEST_INVOICES
from ..tools.due import is_overdue


class MvnoInvoiceCopy(models.TransientModel):
    """The dialog in which an attendant sends a customer copies of invoices.

    Attendants have no rights on invoices. The system copies into the rows what they
    need to know, and checks on sending that each invoice is the line's customer's.
    """

    _name = "mvno.invoice.copy"
    _description = "Send Copies of Invoices"
    _inherit = ["mvno.walled"]

    line_id = fields.Many2one("mvno.line", required=True, ondelete="cascade")
    partner_id = fields.Many2one(related="line_id.partner_id", related_sudo=False)
    email = fields.Char(
        related="line_id.partner_id.email", related_sudo=False, string="Send To"
    )
    row_ids = fields.One2many("mvno.invoice.copy.row", "copy_id", string="Invoices")

    @api.model
    def _open(self, line, moves):
        """Open the dialog on the latest invoices of a line's customer.

        :param line: ``mvno.line`` record
        :param moves: ``account.move`` records, those that are ticked
        :return: the dialog's action
        """
        latest = moves.search(
            line._customer_invoices_domain(),
            limit=LATEST_INVOICES,
            order="invoice_date_due desc, id desc",
        )
        today = line.platform_id._today()
        dialog = self.sudo().create(
            {
                "line_id": line.id,
                "row_ids": [
                    fields.Command.create(
                        {
                            **self._row_vals(move, today),
                            "selected": move in moves,
                        }
                    )
                    for move in (moves | latest).sorted("invoice_date_due")[::-1]
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Invoices of %(name)s", name=line.partner_id.name),
            "res_model": self._name,
            "res_id": dialog.id,
            "view_mode": "form",
            "target": "new",
        }

    @api.model
    def _row_vals(self, move, today):
        """:return: what an attendant sees of an invoice"""
        is_open = move.payment_state in ("not_paid", "partial")
        overdue = is_open and is_overdue(move.invoice_date_due, today)
        return {
            "move_id": move.id,
            "name": move.name,
            "competence": move.mvno_competence,
            "due_date": move.invoice_date_due,
            "currency_id": move.currency_id.id,
            "amount": move.amount_total,
            "residual": move.amount_residual,
            "state": "overdue" if overdue else "open" if is_open else "paid",
            "link": move.get_base_url() + move.get_portal_url(),
        }

    def action_send(self):
        """Send the ticked invoices to the customer by e-mail, each with its PDF and
        without a detailed statement, whatever was sent before.

        :return: a notification
        :raise UserError: when none is ticked, or there is no e-mail address
        """
        self.ensure_one()
        line = self.line_id
        line.check_access("read")
        ticked = self.row_ids.filtered("selected")
        moves = ticked.sudo().move_id.filtered_domain(line._customer_invoices_domain())
        if not moves:
            raise UserError(self.env._("Tick the invoices to send."))
        for move in moves:
            if not move.partner_id.email:
                raise UserError(
                    self.env._(
                        "%(name)s has no e-mail address. Fill it in on the customer, "
                        "or copy the invoice's link and send it another way.",
                        name=move.partner_id.name,
                    )
                )
        self.env["account.move.send"].sudo().with_context(
            **{COPIES: tuple(moves.ids)}
        )._generate_and_send_invoices(moves, sending_methods=["email"])
        sent = self.env._(
            "Sent to %(email)s: %(invoices)s",
            email=", ".join(sorted(set(moves.partner_id.mapped("email")))),
            invoices=", ".join(moves.mapped("name")),
        )
        line.sudo()._message_log(body=sent, author_id=self.env.user.partner_id.id)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": sent,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
