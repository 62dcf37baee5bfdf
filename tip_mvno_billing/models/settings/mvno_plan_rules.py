# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models


class MvnoPlanRules(models.AbstractModel):
    """By which rules the months of a plan are billed: which days, when, and what usage
    beyond the allowance costs, where it costs anything.

    A plan has them for those who sign it from now on; a contract line keeps those it
    was signed with.
    """

    _name = "mvno.plan.rules"
    _description = "Rules by which a Plan is Billed"

    mvno_bill_from = fields.Selection(
        [("activation", "Activation"), ("port_in", "End of the port-in")],
        string="Billed from",
        help="A line that brings its number works from its activation on, with "
        "another number at first. Choose here from when on it is billed.",
    )
    mvno_first_month = fields.Selection(
        [
            ("by_days", "By days used"),
            ("full", "Full month"),
            ("free", "Free until the 1st"),
        ],
        string="First Month",
        help="What the month in which a line begins its service costs. A change of "
        "plan or price within a month is always split by days.",
    )
    mvno_last_month = fields.Selection(
        [("by_days", "By days used"), ("full", "Full month")],
        string="Last Month",
        help="What the month in which a line ends its service costs.",
    )
    mvno_join_days = fields.Integer(
        string="Join a Short First Part",
        help="A first part of a month with fewer charged days than this is billed "
        "together with the next month. 0: never.",
    )
    mvno_billing_timing = fields.Selection(
        [("arrears", "After the month"), ("advance", "In advance")],
        string="Billed",
        help="In advance: each run bills the month it is made in as well, and settles "
        "later what that month really came to.",
    )
    mvno_overage = fields.Boolean(
        string="Charge Usage beyond the Allowance",
        help="What a line uses beyond its plan's allowance is charged, on one line of "
        "the month's invoice, once the month's statement is closed. An allowance that "
        "the platform does not tell, or tells as unlimited, is never exceeded.",
    )
    mvno_allowance_share = fields.Selection(
        [("whole", "Whole for each"), ("by_days", "By days")],
        string="Allowance in a Month of Several Plans",
        help="A month's allowance is the sum of those of the plans a customer had in "
        "it. Whole for each: nobody who changes the plan, or begins within a month, "
        "has less than the plan says. By days: each plan gives its share of the "
        "month's days.",
    )
    mvno_price_minute = fields.Float(
        string="Price per Minute",
        digits=(16, 6),
        help="Of calls beyond the allowance, by the second. 0: not charged.",
    )
    mvno_price_sms = fields.Float(
        string="Price per SMS",
        digits=(16, 6),
        help="Beyond the allowance. 0: not charged.",
    )
    mvno_price_mb = fields.Float(
        string="Price per MB",
        digits=(16, 6),
        help="Of data beyond the allowance. 0: not charged.",
    )

    _mvno_join_days_range = models.Constraint(
        "CHECK(mvno_join_days BETWEEN 0 AND 31)",
        "Join a short first part: choose a number of days from 0 (never) to 31.",
    )
    _mvno_overage_prices_range = models.Constraint(
        "CHECK(COALESCE(mvno_price_minute, 0) >= 0 "
        "AND COALESCE(mvno_price_sms, 0) >= 0 AND COALESCE(mvno_price_mb, 0) >= 0)",
        "Usage beyond the allowance costs something, or nothing.",
    )

    @api.model
    def _mvno_rules(self):
        """:return: list of the names of the rules' fields"""
        return [
            "mvno_bill_from",
            "mvno_first_month",
            "mvno_last_month",
            "mvno_join_days",
            "mvno_billing_timing",
            "mvno_overage",
            "mvno_allowance_share",
            "mvno_price_minute",
            "mvno_price_sms",
            "mvno_price_mb",
        ]
