# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ...tools.brazil import plain_key

# The largest number the columns hold; "unlimited" may be written as a huge one.
LARGEST = 2**31 - 1


class MvnoPlan(models.Model):
    """A plan of the platform's catalogue, mirrored; nobody edits it here."""

    _name = "mvno.plan"
    _description = "MVNO Platform Plan"
    _order = "platform_id, name, id"
    _rec_names_search = ["name", "code"]

    platform_id = fields.Many2one(
        "mvno.platform", required=True, index=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="platform_id.company_id", store=True)
    active = fields.Boolean(
        default=True,
        readonly=True,
        help="Archived when the platform no longer offers the plan.",
    )
    code = fields.Char(string="Linked Code", required=True, readonly=True)
    name = fields.Char(required=True, readonly=True)
    network = fields.Char(readonly=True)
    data_mb = fields.Float(string="Data (MB)", readonly=True, digits=(16, 2))
    voice_minutes = fields.Integer(string="Voice (min)", readonly=True)
    sms = fields.Integer(string="SMS", readonly=True)

    _code_uniq = models.Constraint(
        "UNIQUE(platform_id, code)",
        "The platform's catalogue holds each linked code once.",
    )

    @api.depends("name", "code")
    def _compute_display_name(self):
        for plan in self:
            plan.display_name = f"[{plan.code}] {plan.name}"

    def _is_called(self, text):
        """:return: bool, whether the platform means this plan by a text: its name or
        its code, whatever the accents and capitals"""
        said = plain_key(text)
        return bool(said) and any(
            said in (plain_key(plan.name), plain_key(plan.code)) for plan in self
        )

    @api.model
    def _mirror(self, platform, catalogue):
        """Make the mirror equal to the platform's catalogue.

        Plans no longer offered are archived, not deleted: lines may still use them.

        :param platform: ``mvno.platform`` record
        :param list catalogue: ``lib.Plan`` items, the complete catalogue
        """
        known = {
            plan.code: plan
            for plan in self.with_context(active_test=False).search(
                [("platform_id", "=", platform.id)]
            )
        }
        to_create = []
        seen = set()
        for offered in catalogue:
            if offered.code in seen:
                continue
            seen.add(offered.code)
            vals = {
                "name": offered.name or offered.code,
                "network": offered.network,
                "data_mb": float(offered.data_mb or 0),
                "voice_minutes": min(offered.voice_minutes or 0, LARGEST),
                "sms": min(offered.sms or 0, LARGEST),
                "active": True,
            }
            plan = known.get(offered.code)
            if plan is None:
                to_create.append(
                    {**vals, "platform_id": platform.id, "code": offered.code}
                )
            elif any((plan[name] or False) != (vals[name] or False) for name in vals):
                plan.write(vals)
        self.create(to_create)
        gone = self.browse(
            plan.id for code, plan in known.items() if plan.active and code not in seen
        )
        gone.active = False
