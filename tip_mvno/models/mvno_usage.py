# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict
from decimal import Decimal

from odoo import api, fields, models


class MvnoUsage(models.Model):
    """What a line used in a month, in total, as the platform last told it."""

    _name = "mvno.usage"
    _description = "Consolidated Usage"
    _order = "competence desc, partner_id, line_id"

    line_id = fields.Many2one(
        "mvno.line", required=True, index=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="line_id.company_id", store=True, index=True)
    platform_id = fields.Many2one(related="line_id.platform_id", store=True, index=True)
    partner_id = fields.Many2one(
        related="line_id.partner_id", store=True, string="Subscriber", index=True
    )
    competence = fields.Date(
        string="Billing Month",
        required=True,
        readonly=True,
        index=True,
        help="The first day of the month.",
    )
    voice_seconds = fields.Integer(string="Voice (s)", readonly=True)
    voice_minutes = fields.Float(
        string="Voice (min)", compute="_compute_voice_minutes", store=True
    )
    sms_count = fields.Integer(string="SMS", readonly=True)
    data_mb = fields.Float(string="Data (MB)", digits=(16, 3), readonly=True)
    fetched_at = fields.Datetime(
        string="As of", readonly=True, required=True, default=fields.Datetime.now
    )

    _line_month_uniq = models.Constraint(
        "UNIQUE(line_id, competence)", "A line has one usage record per month."
    )
    _competence_first_day = models.Constraint(
        "CHECK(EXTRACT(DAY FROM competence) = 1)",
        "A billing month is kept as its first day.",
    )

    @api.depends("voice_seconds")
    def _compute_voice_minutes(self):
        for usage in self:
            usage.voice_minutes = usage.voice_seconds / 60.0

    @api.depends("line_id.display_name", "competence")
    def _compute_display_name(self):
        for usage in self:
            usage.display_name = (
                f"{usage.line_id.display_name} {usage.competence:%m/%Y}"
                if usage.competence
                else usage.line_id.display_name
            )

    @api.model
    def _keep(self, platform, competence, totals):
        """Keep a month's totals; what was kept before is brought up to date.

        :param platform: ``mvno.platform`` record
        :param competence: first day of the month
        :param list totals: ``lib.ConsolidatedUsage`` items
        :return: (usage records, list of items whose line is not known here)
        """
        lines = self.env["mvno.line"]
        domain = [("platform_id", "=", platform.id)]
        by_contract = {
            line.platform_contract: line
            for line in lines.search_fetch(
                [
                    *domain,
                    (
                        "platform_contract",
                        "in",
                        [item.platform_contract for item in totals],
                    ),
                ],
                ["platform_contract"],
                order="id",
            )
        }
        by_number = {
            line.number: line
            for line in lines.search_fetch(
                [
                    *domain,
                    ("number", "in", [item.number for item in totals]),
                    ("number", "!=", False),
                    ("state", "!=", "cancelled"),
                ],
                ["number"],
                order="id",
            )
        }
        sums = defaultdict(lambda: [0, 0, Decimal(0)])
        unknown = []
        for item in totals:
            line = by_contract.get(item.platform_contract) or by_number.get(item.number)
            if not line:
                unknown.append(item)
                continue
            total = sums[line.id]
            total[0] += item.voice_seconds
            total[1] += item.sms_count
            total[2] += item.data_mb
        return self._write_totals(competence, sums), unknown

    @api.model
    def _write_totals(self, competence, sums):
        now = fields.Datetime.now()
        existing = {
            usage.line_id.id: usage
            for usage in self.search_fetch(
                [("competence", "=", competence), ("line_id", "in", list(sums))],
                ["line_id", "voice_seconds", "sms_count", "data_mb"],
            )
        }
        to_create = []
        unchanged = self.browse()
        for line_id, (voice_seconds, sms_count, data_mb) in sums.items():
            vals = {
                "voice_seconds": voice_seconds,
                "sms_count": sms_count,
                "data_mb": float(data_mb),
            }
            usage = existing.get(line_id)
            if usage is None:
                to_create.append({**vals, "line_id": line_id, "competence": competence})
            elif any(round(usage[name] - value, 3) for name, value in vals.items()):
                usage.write({**vals, "fetched_at": now})
            else:
                unchanged |= usage
        unchanged.write({"fetched_at": now})
        created = self.create(to_create)
        return created | self.browse(usage.id for usage in existing.values())
