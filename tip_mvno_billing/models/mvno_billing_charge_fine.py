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

    def _waive_with(self, decision, why, user):
        """Do as whoever cancelled the lines decided.

        :param str decision: a key of ``FINE_DECISIONS``
        :param str why: in that person's words
        :param user: ``res.users`` record
        """
        labels = dict(
            self.env["mvno.command"]
            ._fields["fine_decision"]
            ._description_selection(self.env)
        )
        reason = self.env._(
            "%(decision)s. %(reason)s", decision=labels[decision], reason=why
        )
        self._transition("waive", reason)
        self.write({"reason": reason})
        self._log_on_lines(
            self.env._(
                "Not charged, as %(user)s decided: %(reason)s",
                user=user.name,
                reason=reason,
            )
        )
        if decision == "fault" and not user.has_group("tip_mvno.group_manager"):
            self._tell_of_fault(user, why)

    def _tell_of_fault(self, user, why):
        """The law frees the customer, whoever takes the call; but a manager looks over
        what an attendant took for the provider's fault."""
        for charge in self:
            line = charge.mvno_line_id
            line.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("No fidelity fine: the provider is at fault"),
                note=self.env._(
                    "%(user)s cancelled the line without the fine of %(fine)s: "
                    "%(reason)s",
                    user=user.name,
                    fine=charge.currency_id.format(charge.price),
                    reason=why,
                ),
                user_id=(line.platform_id.user_id or user).id,
            )
