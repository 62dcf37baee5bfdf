# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ...tools.month import month_of


class MvnoPlanCost(models.Model):
    """What the platform charges us for a plan by the month, from a month on."""

    _name = "mvno.plan.cost"
    _description = "Cost of a Plan"
    _inherit = ["mvno.walled"]
    _order = "plan_id, date_start desc"
    _rec_name = "plan_id"

    plan_id = fields.Many2one(
        "mvno.plan",
        string="Platform Plan",
        required=True,
        index=True,
        ondelete="cascade",
    )
    platform_id = fields.Many2one(related="plan_id.platform_id", store=True)
    company_id = fields.Many2one(related="plan_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_start = fields.Date(
        string="From",
        required=True,
        default=lambda self: fields.Date.context_today(self).replace(day=1),
        help="The first month for which it counts; until the next one of the plan.",
    )
    cost = fields.Monetary(string="Cost by the Month", required=True)
    top_up_cost = fields.Monetary(
        string="Cost of a Top-up (GB)",
        help="What the platform charges for each GB of a top-up. 0: top-ups are not "
        "checked.",
    )

    _once = models.Constraint(
        "UNIQUE(plan_id, date_start)", "A plan has one cost from a month on."
    )
    _date_start_first_day = models.Constraint(
        "CHECK(EXTRACT(DAY FROM date_start) = 1)",
        "The month from which a cost counts is kept as its first day.",
    )
    _not_negative = models.Constraint(
        "CHECK(cost >= 0 AND COALESCE(top_up_cost, 0) >= 0)",
        "A cost is zero or more.",
    )

    @api.onchange("date_start")
    def _onchange_date_start(self):
        if self.date_start:
            self.date_start = month_of(self.date_start)
