# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class ResCompany(models.Model):
    """What the closing of a month is looked at by."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "res.company"

    mvno_outlier_percent = fields.Integer(
        string="Outliers of a Month",
        required=True,
        default=30,
        help="In percent: a line whose value changes by more than this against the "
        "month before is marked in the closing of the month.",
    )

    _mvno_outlier_percent_range = models.Constraint(
        "CHECK(mvno_outlier_percent BETWEEN 1 AND 1000)",
        "Outliers of a month: choose a percentage from 1 to 1000.",
    )
