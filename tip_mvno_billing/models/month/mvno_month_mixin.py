# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ...tools.month import month_of


class MvnoMonthMixin(models.AbstractModel):
    """Something of a month, which is named by its first day: what is chosen as any day
    of it becomes that."""

    _name = "mvno.month.mixin"
    _description = "Billing Month"

    competence = fields.Date(string="Billing Month", required=True)

    @api.onchange("competence")
    def _onchange_competence(self):
        if self.competence:
            self.competence = month_of(self.competence)
