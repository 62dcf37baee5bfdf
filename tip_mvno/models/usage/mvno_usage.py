# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...lib import Late, TipError
from ...tools.bulk import without_values

PROBLEMS_SHOWN = 5


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
        "res.partner",
        string="Subscriber",
        compute="_compute_partner_id",
        store=True,
        index=True,
        help="Who held the line at the end of the month.",
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

    # a later holder does not take over what was used before
    @api.depends("line_id", "competence")
    def _compute_partner_id(self):
        history = self.env["mvno.line.identity"]
        history.flush_model()
        for usage in self:
            usage.partner_id = usage.line_id.partner_id
        for (platform, competence), usages in self.grouped(
            lambda usage: (usage.line_id.platform_id, usage.competence)
        ).items():
            holders = dict(
                self.env.execute_query(
                    SQL(
                        "SELECT line_id, partner_id FROM (%s) holder "
                        "WHERE line_id = ANY(%s)",
                        history._holders_query(platform, competence),
                        usages.line_id.ids,
                    )
                )
            )
            for usage in usages:
                if usage.line_id.id in holders:
                    usage.partner_id = holders[usage.line_id.id]

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
    def _consult(self, wanted):
        """Read months' totals from the platform and keep them, see
        ``mvno.platform._ask``.

        :param list wanted: (``mvno.platform`` record, first day of the month, the
            ``res.partner`` to ask about or an empty one for everybody)
        :return: list of (usage records, list of items whose line is not known here,
            number of items the platform told, list of sentences about rows that were
            left out), in the order of what was wanted; None
            when an answer does not come in time: then the cron reads that month
        :raise UserError: when a platform cannot be asked; says what to do. What others
            told is kept.
        """
        answers = self.env["mvno.platform"]._ask(
            [
                (platform, self._question(competence, partner))
                for platform, competence, partner in wanted
            ]
        )
        consulted, late, reasons = [], False, []
        for (platform, competence, _partner), totals in zip(
            wanted, answers, strict=True
        ):
            if isinstance(totals, Late):
                late = True
                self.env["mvno.sync"].sudo()._request(platform, "usage", competence)
                self.env.ref("tip_mvno.ir_cron_sync")._trigger()
                continue
            if isinstance(totals, TipError):
                reasons.append(platform._explain(totals))
                continue
            with without_values(self._description):
                kept, unknown = self.sudo()._store_totals(platform, competence, totals)
            left_out = platform._explain_problems(totals.problems[:PROBLEMS_SHOWN])
            consulted.append((kept.sudo(False), unknown, len(totals), left_out))
        self.env["mvno.platform"]._raise_reasons(reasons)
        return None if late else consulted

    @api.model
    def _question(self, competence, partner):
        """:return: callable that asks a client for a month's totals
        :raise UserError: when the subscriber has nothing to be asked about by
        """
        document = partner.commercial_partner_id.vat or None
        if partner and not document:
            raise UserError(
                self.env._(
                    "%(name)s has no CPF or CNPJ, so the platform cannot be asked for "
                    "this subscriber alone. Fill it in, or leave the subscriber empty.",
                    name=partner.display_name,
                )
            )
        return lambda client: client.consolidated_usage(competence, document=document)

    @api.model
    def _store_totals(self, platform, competence, totals):
        """Keep a month's totals; what was kept before is brought up to date.

        :param platform: ``mvno.platform`` record
        :param competence: first day of the month
        :param list totals: ``lib.ConsolidatedUsage`` items
        :return: (usage records, list of items whose line is not known here)
        """
        pairs = {(item.platform_contract, item.number) for item in totals}
        line_ids = self.env["mvno.line.identity"]._lines_of_month(
            platform, competence, pairs
        )
        sums = defaultdict(lambda: [0, 0, Decimal(0)])
        unknown = []
        for item in totals:
            line_id = line_ids.get((item.platform_contract, item.number))
            if not line_id:
                unknown.append(item)
                continue
            total = sums[line_id]
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
