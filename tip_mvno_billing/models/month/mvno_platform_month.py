# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.month import month_text


class MvnoPlatformMonth(models.AbstractModel):
    """A platform's month, and what is done about it: the two stay once it has begun."""

    _name = "mvno.platform.month"
    _description = "Billing Month"
    _inherit = ["mvno.monthly"]

    platform_id = fields.Many2one(
        "mvno.platform",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env["mvno.platform"].search(
            [("company_id", "in", self.env.companies.ids)], limit=1
        ),
    )
    company_id = fields.Many2one(
        related="platform_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    competence = fields.Date(default=lambda self: self.env.company._mvno_last_month())

    @api.depends("competence", "platform_id.name")
    def _compute_display_name(self):
        for record in self:
            name = record.platform_id.name or ""
            record.display_name = f"{month_text(record.competence)} {name}".strip()

    def write(self, vals):
        if {"platform_id", "competence"} & vals.keys():
            for record in self:
                problem = record._begun_problem()
                if problem:
                    raise UserError(problem)
        return super().write(vals)

    def _begun_problem(self):
        """:return: a sentence about why the platform and the month stay, or False while
        they may change"""
        return False
