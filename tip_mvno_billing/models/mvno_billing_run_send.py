# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.exceptions import UserError


class MvnoBillingRun(models.Model):
    """A run's invoices by e-mail, in the way accounting sends every invoice."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.billing.run"

    def _unsent_domain(self):
        """:return: domain of the invoices that are posted, not sent and not about to
        be"""
        return [
            ("mvno_billing_run_id", "in", self.ids),
            ("state", "=", "posted"),
            ("is_move_sent", "=", False),
            ("sending_data", "=", False),
        ]

    def action_send_invoices(self):
        """Open accounting's own dialog on the invoices that are not sent yet.

        :return: action
        :raise UserError: when all are sent
        """
        self.ensure_one()
        moves = self.env["account.move"].search(self._unsent_domain(), order="id")
        if not moves:
            raise UserError(
                self.env._(
                    "Billing run %(run)s has nothing to send: its posted invoices are "
                    "sent, or are being sent. Drafts are sent once they are posted.",
                    run=self.display_name,
                )
            )
        return moves.action_send_and_print()

    def _queue_sending(self, moves):
        """Hand invoices to the cron of accounting that sends them, when the company
        wants that.

        :param moves: ``account.move`` records, posted just now
        """
        if not self.company_id.mvno_send_invoices:
            return
        sendable = moves.filtered(lambda move: not self._lacks_email(move))
        if sendable:
            author = self.user_id or self.env.user
            sendable.sending_data = {
                "author_user_id": author.id,
                "author_partner_id": author.partner_id.id,
            }
            self.env.ref("account.ir_cron_account_move_send")._trigger()

    def _lacks_email(self, move):
        """:return: bool, whether an invoice is to be sent by e-mail, but cannot be"""
        methods = self.env["account.move.send"]._get_default_sending_methods(move)
        return "email" in methods and not move.partner_id.email

    def _without_email(self):
        """List the invoices that cannot be sent because their customer has no e-mail
        address.

        :return: list of issue values
        """
        self.ensure_one()
        if not self.company_id.mvno_send_invoices:
            return []
        moves = self.env["account.move"].search(
            [*self._unsent_domain(), ("partner_id.email", "in", (False, ""))],
            order="id",
        )
        return [
            {
                "run_id": self.id,
                "competence": move.mvno_competence or self.competence,
                "code": "no_email",
                "reason": self.env._(
                    "Invoice %(invoice)s is not sent: %(customer)s has no e-mail "
                    "address. Fill it in, then use “Send by E-Mail”.",
                    invoice=move.name,
                    customer=move.partner_id.display_name,
                ),
                "move_id": move.id,
                "partner_id": move.partner_id.id,
            }
            for move in moves
            if self._lacks_email(move)
        ]

    def _list_without_email(self, event, _message):
        """Invoices without e-mail address are listed when all others are on their
        way."""
        for run in self:
            if event == "finish" and run.mode != "preview":
                self.env["mvno.billing.issue"].create(run._without_email())
