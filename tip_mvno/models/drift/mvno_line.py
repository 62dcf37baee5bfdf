# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.actions import open_action


class MvnoLine(models.Model):
    """What the daily comparison with the platform asks a line."""

    _inherit = "mvno.line"

    drift_ids = fields.One2many("mvno.drift", "line_id", string="Drift")
    drift_count = fields.Integer(string="Open Drifts", compute="_compute_drift_count")

    @api.depends("drift_ids.state")
    def _compute_drift_count(self):
        counts = dict(
            self.env["mvno.drift"]._read_group(
                [
                    ("line_id", "in", self.ids),
                    ("state", "in", self.env["mvno.drift"]._open_states),
                ],
                ["line_id"],
                ["__count"],
            )
        )
        for line in self:
            line.drift_count = counts.get(line, 0)

    @api.model
    def _compared_states(self):
        """:return: tuple, the states in which a line can be compared with the platform,
        which knows nothing of a draft"""
        return ("activating", *self._live_states)

    def action_view_drifts(self):
        """Open what the platform and we contradict each other about on this line."""
        self.ensure_one()
        domain = [("line_id", "=", self.id)]
        return open_action(self.env, "tip_mvno.mvno_drift_action", domain=domain)

    def _is_news(self, status):
        """:param status: ``lib.SimStatus`` the platform tells
        :return: bool, whether this line is not what the platform says, or blocked by
            it without a hold that tells so"""
        self.ensure_one()
        seen = self._state_of_status(status)
        if not seen:
            return False
        reasons = {hold.reason for hold in self.hold_ids if not hold.lifted_at}
        if seen == "active":
            return self.state != seen or "platform" in reasons
        return self.state != seen or not reasons

    def _use_simcard(self, simcard, contract):
        """Go on with another SIM card, which the platform has this line on.

        :param simcard: ``mvno.simcard`` record
        :param contract: ``lib.SubscriberContract``, the line as the platform lists it
        :raise UserError: when another line uses the SIM card
        """
        self.ensure_one()
        other = simcard.line_id - self
        if other:
            raise UserError(
                self.env._(
                    "SIM card %(iccid)s is already that of line %(line)s. Compare both "
                    "lines with TIP's panel.",
                    iccid=simcard.iccid,
                    line=other.display_name,
                )
            )
        self._take_simcard(simcard, contract)
