# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools.actions import open_action
from ..platform.mvno_platform import STAFF


class MvnoPlatform(models.Model):
    """How far the platform and we agree."""

    _inherit = "mvno.platform"

    drift_grace = fields.Integer(
        string="Settling Time (min)",
        required=True,
        default=120,
        help="The daily comparison leaves a line alone for so long after a request: "
        "the platform's status lags behind.",
        groups=STAFF,
    )
    swept_at = fields.Datetime(
        string="Last Comparison",
        readonly=True,
        copy=False,
        help="When every SIM card and line was last compared with the platform, with a "
        "complete answer.",
        groups=STAFF,
    )
    swept_from = fields.Datetime(
        readonly=True,
        copy=False,
        help="When that comparison began.",
        groups=STAFF,
    )
    drift_count = fields.Integer(
        string="Drift", compute="_compute_drift_count", groups=STAFF
    )
    drift_days = fields.Integer(
        string="Oldest Drift (days)",
        compute="_compute_drift_count",
        help="How long the oldest contradiction has waited for a decision.",
        groups=STAFF,
    )

    # In words by _check_drift_grace.
    _drift_grace_range = models.Constraint("CHECK(drift_grace BETWEEN 0 AND 10080)")

    @api.constrains("drift_grace")
    def _check_drift_grace(self):
        if any(not 0 <= platform.drift_grace <= 10080 for platform in self.sudo()):
            raise ValidationError(
                self.env._("The settling time is between 0 minutes and a week.")
            )

    def _compute_drift_count(self):
        groups = (
            self.env["mvno.drift"]
            .sudo()
            ._read_group(
                [
                    ("platform_id", "in", self.ids),
                    ("state", "in", self.env["mvno.drift"]._open_states),
                ],
                ["platform_id"],
                ["__count", "first_seen:min"],
            )
        )
        found = {platform.id: values for platform, *values in groups}
        now = fields.Datetime.now()
        for platform in self:
            count, oldest = found.get(platform.id, (0, None))
            platform.drift_count = count
            platform.drift_days = (now - oldest).days if oldest else 0

    def action_sweep(self):
        """Set every SIM card and line to be compared with the platform by the cron.

        :return: a notification
        """
        return self._request_sync("drift")

    def action_view_drifts(self):
        """Open what the platform and we contradict each other about."""
        self.ensure_one()
        domain = [("platform_id", "=", self.id)]
        return open_action(self.env, "tip_mvno.mvno_drift_action", domain=domain)

    @api.model
    def cron_sweep(self):
        """Ask for the daily comparison of every platform in use; its slices are done
        with the other synchronizations, at once."""
        cron = self.env["ir.cron"]
        cron.check_access("write")
        in_use = self.search([("state", "!=", "draft")])
        self.env["mvno.sync"]._request(in_use, "drift")
        self.env.ref("tip_mvno.ir_cron_sync")._trigger()
        cron._commit_progress(len(in_use), remaining=0)
