# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class MvnoMonthly(models.AbstractModel):
    """A record of a month: the database keeps no other day of it."""

    _name = "mvno.monthly"
    _description = "Billing Month"
    _inherit = ["mvno.month.mixin"]

    _competence_first_day = models.Constraint(
        "CHECK(EXTRACT(DAY FROM competence) = 1)",
        "A billing month is kept as its first day.",
    )
