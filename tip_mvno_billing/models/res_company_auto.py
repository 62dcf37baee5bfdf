# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class ResCompany(models.Model):
    """What a company lets billing do by itself."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "res.company"

    mvno_auto_billing = fields.Boolean(
        string="Bill by Itself",
        help="Each month a billing run of the month before is started on the billing "
        "day, unless somebody started one already.",
    )
    mvno_billing_day = fields.Integer(
        string="Billing Day",
        required=True,
        default=1,
        help="The day of the month on which the month before is billed, where the "
        "platform is.",
    )
    mvno_review_days = fields.Integer(
        string="Days to Look Over",
        required=True,
        default=2,
        help="So many days later the drafts are posted by themselves. 0: at once.",
    )
    mvno_send_invoices = fields.Boolean(
        string="Send by Itself",
        help="Invoices of a billing run are sent to the customers by e-mail when they "
        "are posted.",
    )

    _mvno_billing_day_range = models.Constraint(
        "CHECK(mvno_billing_day BETWEEN 1 AND 28)",
        "Billing day: choose a day from 1 to 28, which every month has.",
    )
    _mvno_review_days_range = models.Constraint(
        "CHECK(mvno_review_days BETWEEN 0 AND 27)",
        "Days to look over: choose from 0 to 27, so that a month is posted before the "
        "next one is billed.",
    )
