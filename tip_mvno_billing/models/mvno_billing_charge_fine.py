# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class MvnoBillingCharge(models.Model):
    """Fidelity fines: proposed where nobody told the customer, waived for a reason."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.billing.charge"

    def _propose(self):
        """Put a fine before a person that nobody has decided on."""
        self.ensure_one()
        line = self.mvno_line_id
        line.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("Fidelity fine to be decided"),
            note=self.env._(
                "The line ended before its commitment, and nobody told the customer of "
                "the fine: %(text)s, %(fine)s. Confirm it or waive it in Billing > "
                "One-off Charges.",
                text=self.text,
                fine=self.currency_id.format(self.price),
            ),
            user_id=line.platform_id._who_is_told(self.user_id).id,
        )

    def _waive_with(self, command):
        """Do as whoever cancelled the line decided.

        :param command: ``mvno.command`` record, the request to cancel
        """
        self.ensure_one()
        labels = dict(command._fields["fine_decision"]._description_selection(self.env))
        reason = self.env._(
            "%(decision)s. %(reason)s",
            decision=labels[command.fine_decision],
            reason=command.fine_reason,
        )
        self._transition("waive", reason)
        self.write({"reason": reason})
        self._log_on_lines(
            self.env._(
                "Not charged, as %(user)s decided: %(reason)s",
                user=command.user_id.name,
                reason=reason,
            )
        )
