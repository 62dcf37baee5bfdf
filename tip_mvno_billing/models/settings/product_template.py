# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class ProductTemplate(models.Model):
    """How a plan is billed: which days, what it gives for the commitment, and what
    usage beyond its allowance costs, where it costs anything."""

    _inherit = "product.template"

    mvno_bill_from = fields.Selection(
        [("activation", "Activation"), ("port_in", "End of the port-in")],
        string="Billed from",
        required=True,
        default="activation",
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
        required=True,
        default="by_days",
        help="What the month in which a line begins its service costs. A change of "
        "plan or price within a month is always split by days.",
    )
    mvno_last_month = fields.Selection(
        [("by_days", "By days used"), ("full", "Full month")],
        string="Last Month",
        required=True,
        default="by_days",
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
        required=True,
        default="arrears",
        help="In advance: each run bills the month it is made in as well, and settles "
        "later what that month really came to.",
    )
    mvno_benefit = fields.Monetary(
        string="Benefit for the Commitment",
        help="What the customer is given for the commitment, a discount on a phone "
        "say. Who leaves early pays back the part of the months that are left. 0: "
        "nobody pays a fine.",
    )
    mvno_overage = fields.Boolean(
        string="Charge Usage beyond the Allowance",
        help="What a line uses beyond its plan's allowance is charged, on one line of "
        "the month's invoice, once the month's statement is closed. An allowance that "
        "the platform does not tell, or tells as unlimited, is never exceeded.",
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
    _mvno_benefit_range = models.Constraint(
        "CHECK(mvno_benefit >= 0)", "A benefit is nothing that the customer pays."
    )
    _mvno_overage_prices_range = models.Constraint(
        "CHECK(COALESCE(mvno_price_minute, 0) >= 0 "
        "AND COALESCE(mvno_price_sms, 0) >= 0 AND COALESCE(mvno_price_mb, 0) >= 0)",
        "Usage beyond the allowance costs something, or nothing.",
    )
