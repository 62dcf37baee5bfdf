# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.actions import open_action


class MvnoUsageFetch(models.TransientModel):
    """The dialog that asks the platform for a month's usage, all lines in one call."""

    _name = "mvno.usage.fetch"
    _description = "Consult Usage"
    _inherit = ["mvno.walled"]

    platform_id = fields.Many2one(
        "mvno.platform",
        required=True,
        default=lambda self: self._default_platform(),
    )
    competence = fields.Date(
        string="Billing Month",
        required=True,
        default=lambda self: self._default_competence(),
    )
    partner_id = fields.Many2one(
        "res.partner", string="Subscriber", help="Leave empty for all subscribers."
    )

    @api.model
    def _default_platform(self):
        return self.env["mvno.platform"].search(
            [("company_id", "in", self.env.companies.ids)], limit=1
        )

    @api.model
    def _default_competence(self):
        """:return: first day of the month that runs now, where the platform is"""
        platform = self._default_platform()
        today = platform._today() if platform else fields.Date.context_today(self)
        return today.replace(day=1)

    def action_fetch(self):
        """Read the month's totals from the platform and keep them.

        :return: the action that shows them, or a notification that the cron reads them
        :raise UserError: when the platform cannot be asked; says what to do
        """
        self.ensure_one()
        platform = self.platform_id
        competence = self.competence.replace(day=1)
        if competence > platform._today():
            raise UserError(
                self.env._(
                    "%(month)s has not begun yet. Choose this month or a past one.",
                    month=f"{competence:%m/%Y}",
                )
            )
        consulted = self.env["mvno.usage"]._consult(
            [(platform, competence, self.partner_id)]
        )
        if consulted is None:
            return platform._notify_goes_on()
        [(usages, unknown, told, sentences)] = consulted
        action = open_action(
            self.env,
            "tip_mvno.mvno_usage_action",
            domain=[
                ("platform_id", "=", platform.id),
                ("competence", "=", fields.Date.to_string(competence)),
                *([("id", "in", usages.ids)] if self.partner_id else []),
            ],
            context={
                "search_default_group_by_partner": 1,
                "platform_answered": told,
            },
        )
        if unknown:
            sentence = self.env._(
                "%(count)s lines of the platform are not known here and are not "
                "shown: %(contracts)s",
                count=len(unknown),
                contracts=", ".join(
                    item.platform_contract or item.number for item in unknown[:10]
                ),
            )
            sentences = [*sentences, sentence]
        if not sentences:
            return action
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "message": "\n".join(sentences),
                "next": action,
            },
        }

    @api.onchange("competence")
    def _onchange_competence(self):
        if self.competence:
            self.competence += relativedelta(day=1)
