# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.month import month_of, month_text, next_month


class MvnoSuccessionDialog(models.AbstractModel):
    """What the wizards share that change what was agreed on many lines from a month on.

    They list what would change first. Past months never change: a contract line ends
    and its successor goes on, with everything else as it was.
    """

    _name = "mvno.succession.dialog"
    _description = "Change of Many Contract Lines"
    _inherit = ["mvno.walled", "mvno.month.mixin"]

    platform_id = fields.Many2one(
        "mvno.platform",
        required=True,
        ondelete="cascade",
        default=lambda self: self._default_platform_id(),
    )
    company_id = fields.Many2one(related="platform_id.company_id", related_sudo=False)
    partner_ids = fields.Many2many(
        "res.partner", string="Customers", help="Empty: all customers."
    )
    competence = fields.Date(
        string="First Month",
        default=lambda self: self._default_competence(),
        help="The first month that is changed. Earlier months keep what was agreed.",
    )

    @api.model
    def _default_platform_id(self):
        return self.env["mvno.platform"].search(
            [("company_id", "in", self.env.companies.ids)], limit=1
        )

    @api.model
    def _default_competence(self):
        """:return: the month after the one that runs where the platform is"""
        platform = self._default_platform_id()
        today = platform._today() if platform else fields.Date.context_today(self)
        return next_month(today)

    def _check_month(self):
        """:raise UserError: when the first month that would change is over"""
        this_month = month_of(self.platform_id._today())
        if self.competence < this_month:
            raise UserError(
                self.env._(
                    "%(month)s is over: past months keep their price. Choose "
                    "%(first)s or a later month.",
                    month=month_text(self.competence),
                    first=month_text(this_month),
                )
            )

    def _contract_line_domain(self):
        """:return: domain of the contract lines in force on the first day that would
        change that pay for a line in service"""
        self.ensure_one()
        domain = [
            ("is_telephony", "=", True),
            ("is_canceled", "=", False),
            ("contract_id.active", "=", True),
            ("contract_id.contract_type", "=", "sale"),
            ("company_id", "=", self.company_id.id),
            ("mvno_line_id.platform_id", "=", self.platform_id.id),
            ("mvno_line_id.state", "in", self.env["mvno.line"]._live_states),
            ("date_start", "<", self.competence),
            "|",
            ("date_end", "=", False),
            ("date_end", ">=", self.competence),
        ]
        if self.partner_ids:
            domain.append(
                (
                    "contract_id.commercial_partner_id",
                    "in",
                    self.partner_ids.commercial_partner_id.ids,
                )
            )
        return domain
