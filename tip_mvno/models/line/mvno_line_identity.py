# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import datetime

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.local_time import utc_midnight
from ...tools.told import told

# What a line is known by at the platform, and who holds it.
FOLLOWED = ("partner_id", "simcard_id", "number", "platform_contract")


class MvnoLineIdentity(models.Model):
    """What a line was known by, from when to when: SIM card, number, contract, holder.

    The platform tells usage by its contract and number of that time, so a month is
    matched by this history. Written by ``mvno.line`` only; periods of a line follow
    each other without a gap.
    """

    _name = "mvno.line.identity"
    _description = "History of a Line's SIM Card and Number"
    _order = "line_id, date_from desc nulls first, id desc"
    _rec_name = "number"
    _log_access = False

    line_id = fields.Many2one(
        "mvno.line", required=True, readonly=True, ondelete="cascade"
    )
    platform_id = fields.Many2one(related="line_id.platform_id", store=True)
    company_id = fields.Many2one(related="line_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Subscriber",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    simcard_id = fields.Many2one(
        "mvno.simcard",
        string="SIM Card",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    number = fields.Char(readonly=True)
    platform_contract = fields.Char(string="Contract at the Platform", readonly=True)
    date_from = fields.Datetime(
        string="From",
        readonly=True,
        help="Empty when the line was in service before it was known here.",
    )
    date_to = fields.Datetime(
        string="Until", readonly=True, help="Empty while it is so."
    )

    _of_line = models.Index("(line_id, date_from)")

    _one_now = models.UniqueIndex(
        "(line_id) WHERE date_to IS NULL", "A line is known by one number at a time."
    )

    _of_contract = models.Index(
        "(platform_id, platform_contract) WHERE platform_contract IS NOT NULL"
    )

    _of_number = models.Index("(platform_id, number) WHERE number IS NOT NULL")

    # === WRITING === #

    @api.model
    def _follow(self, lines):
        """Bring the history of lines up to date with what they are now.

        What was not known before is filled in; what changed ends a period and begins
        the next; a cancelled line's last period ends with its last day. Lines that the
        platform does not know yet have no history.

        :param lines: ``mvno.line`` records; the context's ``mvno_identity_since`` says
            since when (UTC), where that was not just now
        """
        known = lines.filtered(
            lambda line: line.state not in ("draft", "activating")
            or (line.state == "activating" and (line.number or line.platform_contract))
        )
        if not known:
            return
        last = {}
        for period in self.search([("line_id", "in", known.ids)], order="id"):
            last[period.line_id] = period
        now = fields.Datetime.now()
        since_told = told(self.env, "mvno_identity_since")
        ended, begun = {}, []
        for line in known:
            period = last.get(line)
            if not period:
                begun.append(line._first_period(now))
                continue
            values = line._identity()
            before = period._identity()
            changed = [name for name in FOLLOWED if values[name] != before[name]]
            replaced = any(values[name] and before[name] for name in changed)
            if replaced and line.state != "cancelled":
                since = max(since_told or now, period.date_from or datetime.min)
                ended.setdefault(since, []).append(period.id)
                begun.append({**values, "line_id": line.id, "date_from": since})
                continue
            if changed:
                period.write({name: values[name] for name in changed})
            if line.state == "cancelled" and not period.date_to:
                ended.setdefault(line._ended_at(now), []).append(period.id)
        for moment, ids in ended.items():
            self.browse(ids).write({"date_to": moment})
        # the database must have ended them before others begin
        self.flush_model(["date_to"])
        self.create(begun)

    def _identity(self):
        """:return: dict, what the line was known by, as values to write"""
        self.ensure_one()
        return self._convert_to_write({name: self[name] for name in FOLLOWED})

    @api.model
    def _begin_with_service(self, lines):
        """Let the first period of lines begin no later than their activation.

        :param lines: ``mvno.line`` records whose activation date became known
        """
        first = {}
        for period in self.search([("line_id", "in", lines.ids)], order="id desc"):
            first[period.line_id] = period
        for line, period in first.items():
            start = line._start_of(line.activation_date)
            if start and (not period.date_from or period.date_from > start):
                period.date_from = start

    # === MATCHING USAGE === #

    @api.model
    def _match_query(self, platform, competence, named):
        """Say which line each contract and number of a month's usage is of, and when.

        The platform's contract decides, also a former one of the line; where no line
        ever had it, the number decides, if the line had it in that month and no other
        contract with it. What moved from one line to another within the month is told
        apart by time: the periods of a pair cover all time and do not overlap, so each
        event finds one line. Flush before.

        :param platform: ``mvno.platform`` record
        :param competence: first day of the month
        :param named: SQL of a query of ``platform_contract`` and ``number`` (E.164),
            empty texts where the platform tells none
        :return: SQL of a query of ``platform_contract``, ``number``, ``line_id``,
            ``valid_from`` and ``valid_to`` (UTC, the end excluded)
        """
        month_start, month_end = self._month_bounds(platform, competence)
        return SQL(
            """
            WITH named AS (%(named)s), candidate AS (
                SELECT named.platform_contract, named.number, period.line_id,
                       period.id, period.date_from, period.date_to,
                       CASE WHEN COALESCE(period.date_from < %(month_end)s, TRUE)
                             AND COALESCE(period.date_to > %(month_start)s, TRUE)
                            THEN 1 ELSE 2 END AS rank
                  FROM named
                  JOIN mvno_line_identity period USING (platform_contract)
                 WHERE period.platform_id = %(platform)s
                   AND named.platform_contract != ''
                 UNION ALL
                SELECT named.platform_contract, named.number, period.line_id,
                       period.id, period.date_from, period.date_to, 3
                  FROM named
                  JOIN mvno_line_identity period USING (number)
                 WHERE period.platform_id = %(platform)s
                   AND named.number != ''
                   AND '' IN (
                       named.platform_contract, COALESCE(period.platform_contract, '')
                   )
                   AND COALESCE(period.date_from < %(month_end)s, TRUE)
                   AND COALESCE(period.date_to > %(month_start)s, TRUE)
            ), best AS (
                SELECT *,
                       min(rank) OVER (PARTITION BY platform_contract, number) AS least
                  FROM candidate
            ), placed AS (
                SELECT platform_contract, number, line_id, id, date_from, date_to,
                       COALESCE(date_from, lag(date_to) OVER in_turn, '-infinity')
                           AS start,
                       row_number() OVER in_turn AS turn
                  FROM best
                 WHERE rank = least
                WINDOW in_turn AS (
                       PARTITION BY platform_contract, number
                       ORDER BY date_from NULLS FIRST, date_to NULLS LAST, id
                       )
            ), begun AS (
                SELECT platform_contract, number, line_id, turn,
                       max(CASE WHEN turn = 1 THEN '-infinity' ELSE start END) OVER (
                           PARTITION BY platform_contract, number ORDER BY turn
                       ) AS valid_from
                  FROM placed
            ), covered AS (
                SELECT platform_contract, number, line_id, valid_from,
                       COALESCE(
                           lead(valid_from) OVER (
                               PARTITION BY platform_contract, number ORDER BY turn
                           ),
                           'infinity'
                       ) AS valid_to
                  FROM begun
            )
            SELECT platform_contract, number, line_id, valid_from, valid_to
              FROM covered
             WHERE valid_from < valid_to
            """,
            named=named,
            platform=platform.id,
            month_start=month_start,
            month_end=month_end,
        )

    @api.model
    def _lines_of_month(self, platform, competence, pairs):
        """Find the lines of a month's totals, which tell no time.

        What moved between lines within the month goes to who had it last.

        :param platform: ``mvno.platform`` record
        :param competence: first day of the month
        :param pairs: collection of (platform's contract, number in E.164), empty texts
            where the platform tells none
        :return: dict {pair: id of a ``mvno.line``} of those that are known
        """
        if not pairs:
            return {}
        self.env.flush_all()
        contracts, numbers = zip(*pairs, strict=True)
        named = SQL(
            "SELECT DISTINCT * FROM unnest(%s::varchar[], %s::varchar[]) "
            "AS told (platform_contract, number)",
            list(contracts),
            list(numbers),
        )
        _month_start, month_end = self._month_bounds(platform, competence)
        found = self.env.execute_query(
            SQL(
                """
                SELECT platform_contract, number, line_id FROM (%s) match
                 WHERE valid_from < %s
                 ORDER BY valid_from
                """,
                self._match_query(platform, competence, named),
                month_end,
            )
        )
        return {(contract, number): line_id for contract, number, line_id in found}

    @api.model
    def _holders_query(self, platform, competence):
        """Say who held each line, under which number, at the end of a month.

        Flush before.

        :param platform: ``mvno.platform`` record
        :param competence: first day of the month
        :return: SQL of a query of ``line_id``, ``partner_id`` and ``number``
        """
        _month_start, month_end = self._month_bounds(platform, competence)
        return SQL(
            """
            SELECT DISTINCT ON (line_id) line_id, partner_id, number
              FROM mvno_line_identity
             WHERE platform_id = %s
               AND COALESCE(date_from < %s, TRUE)
             ORDER BY line_id, date_from DESC NULLS LAST, id DESC
            """,
            platform.id,
            month_end,
        )

    @api.model
    def _month_bounds(self, platform, competence):
        """:return: (start, end) of a billing month where the platform is, UTC"""
        next_month = competence + relativedelta(months=1)
        return (
            utc_midnight(competence, platform.tz),
            utc_midnight(next_month, platform.tz),
        )
