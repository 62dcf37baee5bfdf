# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

from odoo.addons.tip_mvno.tools.actions import open_action


class MvnoPlan(models.Model):
    _inherit = "mvno.plan"

    cost_ids = fields.One2many(
        "mvno.plan.cost",
        "plan_id",
        string="Costs",
        groups="tip_mvno.group_manager,account.group_account_invoice,"
        "account.group_account_readonly",
    )

    def action_set_costs(self):
        """Open the plan's costs, to be edited."""
        self.ensure_one()
        return open_action(
            self.env,
            "tip_mvno_billing.mvno_plan_cost_action",
            domain=[("plan_id", "=", self.id)],
            context={"default_plan_id": self.id},
        )
