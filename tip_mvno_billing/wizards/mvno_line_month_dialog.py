# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

from ..tools.month import month_of


class MvnoLineMonthDialog(models.AbstractModel):
    """A dialog about what a mobile line costs in a month, or from one on."""

    _name = "mvno.line.month.dialog"
    _description = "Dialog of a Mobile Line's Month"
    _inherit = ["mvno.line.dialog", "mvno.month.mixin"]

    currency_id = fields.Many2one(
        related="line_id.contract_currency_id", related_sudo=False
    )
    competence = fields.Date(default=lambda self: self._default_competence())

    def _default_competence(self):
        """:return: the month that runs now, where the line's platform is"""
        platform = self.env["mvno.line"].browse(self._default_line_id()).platform_id
        today = platform._today() if platform else fields.Date.context_today(self)
        return month_of(today)
