# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class ProductTemplate(models.Model):
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

    _mvno_join_days_range = models.Constraint(
        "CHECK(mvno_join_days BETWEEN 0 AND 31)",
        "Join a short first part: choose a number of days from 0 (never) to 31.",
    )
