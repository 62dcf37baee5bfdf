# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from odoo.addons.tip_mvno.tools.actions import open_action


class MvnoBillingRun(models.Model):
    """How a run's month closes: all its lines, whichever run billed them."""

    _inherit = "mvno.billing.run"

    closing_billed_count = fields.Integer(
        string="Lines Billed", compute="_compute_closing"
    )
    closing_open_count = fields.Integer(
        string="Lines Not Billed",
        compute="_compute_closing",
        help="Not billed, or in part only.",
    )
    closing_value = fields.Monetary(
        string="Value of the Month",
        compute="_compute_closing",
        help="Without taxes, credit notes subtracted.",
    )
    closing_last_value = fields.Monetary(
        string="Value of the Month Before", compute="_compute_closing"
    )

    @api.depends("platform_id", "competence", "state")
    def _compute_closing(self):
        totals = {}
        for platform, competence, status, count, value, last_value in self.env[
            "mvno.month.closing"
        ]._read_group(
            [
                ("platform_id", "in", self.platform_id.ids),
                ("competence", "in", list(set(self.mapped("competence")))),
            ],
            ["platform_id", "competence:day", "status"],
            ["__count", "value:sum", "last_value:sum"],
        ):
            total = totals.setdefault((platform.id, competence), [0, 0, 0.0, 0.0])
            total[0] += count * (status == "billed")
            total[1] += count * (status in ("partly", "not_billed"))
            total[2] += value
            total[3] += last_value
        for run in self:
            key = (run.platform_id.id, run.competence)
            (
                run.closing_billed_count,
                run.closing_open_count,
                run.closing_value,
                run.closing_last_value,
            ) = totals.get(key, (0, 0, 0.0, 0.0))

    def action_view_closing(self):
        """Open the closing of this run's month."""
        self.ensure_one()
        return open_action(
            self.env,
            "tip_mvno_billing.mvno_month_closing_action",
            domain=[
                ("platform_id", "=", self.platform_id.id),
                ("competence", "=", self.competence),
            ],
            context={"search_default_group_by_status": 1},
        )
