# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import io

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.tip_mvno.tools.bulk import NULL, as_text, copy, run

# The largest value of a PostgreSQL integer; a longer call is no call.
INTEGER_MAX = 2**31 - 1
# Bytes of events copied at once: some 20,000 events, about a second's work.
CHUNK_BYTES = 4 * 1024**2


class MvnoUsageEvent(models.Model):
    """How a month's events are made equal to what the platform tells.

    That is copied into temporary tables of this connection, which outlive a commit, and
    from there brought to its place in a few statements, whatever the number of events;
    what did not change is not touched. Nothing here commits.
    """

    _inherit = "mvno.usage.event"

    # === LOADING INTO TEMPORARY TABLES === #

    @api.model
    def _begin_load(self):
        """Make room for what the platform tells: a connection may have been left
        with an unfinished load."""
        self._end_load()
        run(
            self,
            """
            CREATE TEMPORARY TABLE mvno_told_event (
                platform_contract text NOT NULL,
                number text NOT NULL,
                kind text NOT NULL,
                started_at timestamp,
                seconds numeric NOT NULL,
                upload_mb numeric NOT NULL,
                download_mb numeric NOT NULL,
                called_number text NOT NULL,
                amount numeric,
                digest text NOT NULL
            );
            CREATE TEMPORARY TABLE mvno_told_line (
                platform_contract text NOT NULL,
                number text NOT NULL
            )
            """,
        )

    @api.model
    def _end_load(self):
        """Give back the room of a load."""
        run(
            self,
            """
            DROP TABLE IF EXISTS pg_temp.mvno_told_event;
            DROP TABLE IF EXISTS pg_temp.mvno_told_line;
            DROP TABLE IF EXISTS pg_temp.mvno_told_match
            """,
        )

    @api.model
    def _load(self, usage):
        """Copy a month's statement beside the events, a chunk at a time.

        :param usage: ``lib.DetailedUsage``, or any iterable of ``lib.UsageLine``
        :return: generator of the number of lines read so far; commit between its
            steps if you like
        :raise Unavailable: when the statement turns out to be malformed
        """
        events, lines, count = io.BytesIO(), io.BytesIO(), 0
        for count, line in enumerate(usage, 1):
            owner = b"\t".join(map(as_text, (line.platform_contract, line.number)))
            lines.write(owner + b"\n")
            for event in line.events:
                events.write(b"\t".join((owner, *_columns(event))) + b"\n")
            if events.tell() + lines.tell() > CHUNK_BYTES:
                self._copy(events, lines)
                yield count
        self._copy(events, lines)
        yield count

    def _copy(self, events, lines):
        for table, buffer in (("mvno_told_event", events), ("mvno_told_line", lines)):
            copy(self.env.cr, table, buffer)
            buffer.seek(0)
            buffer.truncate()

    # === MERGING INTO THE EVENTS === #

    @api.model
    def _lock_month(self, platform, competence):
        """Keep other imports of the month waiting until this transaction ends.

        :param platform: ``mvno.platform`` record
        :param competence: first day of the month
        """
        run(
            self,
            SQL(
                "SELECT pg_advisory_xact_lock(hashtext(%s), %s)",
                f"mvno.usage.event/{competence}",
                platform.id,
            ),
        )

    @api.model
    def _merge(self, platform, competence, whole_month, is_complete=True):
        """Make the month's events equal to what was loaded.

        :param platform: ``mvno.platform`` record
        :param competence: first day of the month that was asked for
        :param bool whole_month: the answer tells of all lines; else it is complete
            only for the contracts in it, and other contracts' events stay
        :param bool is_complete: nothing of the answer was left out; else no event is
            removed, for it may be told of in what is missing
        :return: dict with the number of events ``received``, which are ``new``,
            ``known`` (there already) or of lines not known here (``unknown``), the
            number that was ``removed``, and ``unknown_contracts``, a sorted list of the
            unknown lines' first contracts at the platform
        """
        scope = {
            "platform": platform.id,
            "company": platform.company_id.id,
            "competence": competence,
            "whole_month": whole_month,
        }
        self.env.flush_all()
        # A month just loaded has no statistics yet: hash joins are right for all of it
        # and a nested loop guessed from old statistics would never end.
        run(self, "SET LOCAL enable_nestloop = off")
        received = self._number()
        self._match(scope)
        removed = self._remove(scope) if is_complete else 0
        self._renumber(scope)
        self._attach(scope)
        new = self._insert(scope)
        unknown, contracts = self._count_unknown()
        run(self, "SET LOCAL enable_nestloop = DEFAULT")
        self._end_load()
        self.invalidate_model()
        return {
            "received": received,
            "new": new,
            "known": received - new - unknown,
            "removed": removed,
            "unknown": unknown,
            "unknown_contracts": contracts,
        }

    def _number(self):
        """Number the events that are equal in everything; they are twins, not copies.

        :return: how many events there are
        """
        run(
            self,
            """
            CREATE TEMPORARY TABLE mvno_numbered_event AS
            SELECT told.*,
                   row_number() OVER (
                       PARTITION BY platform_contract, digest ORDER BY number
                   )::integer AS ordinal
              FROM mvno_told_event told;
            DROP TABLE pg_temp.mvno_told_event;
            ALTER TABLE mvno_numbered_event RENAME TO mvno_told_event;
            ANALYZE mvno_told_event;
            ANALYZE mvno_told_line;
            SELECT count(*) FROM mvno_told_event
            """,
        )
        return self.env.cr.fetchone()[0]

    def _match(self, scope):
        """Find the line of each contract and number, and from when to when it is that
        line, see ``mvno.line.identity._match_query``."""
        named = SQL(
            """
            SELECT platform_contract, number FROM mvno_told_line
             UNION
            SELECT platform_contract, COALESCE(number, '')
              FROM mvno_usage_event
             WHERE platform_id = %(platform)s
               AND competence = %(competence)s
               AND mvno_line_id IS NULL
            """,
            **scope,
        )
        platform = self.env["mvno.platform"].browse(scope["platform"])
        run(
            self,
            SQL(
                "CREATE TEMPORARY TABLE mvno_told_match AS %s",
                self.env["mvno.line.identity"]._match_query(
                    platform, scope["competence"], named
                ),
            ),
        )
        run(self, "ANALYZE mvno_told_match")

    def _remove(self, scope):
        """:return: how many events the platform no longer tells of"""
        run(
            self,
            SQL(
                """
                DELETE FROM mvno_usage_event event
                 WHERE event.platform_id = %(platform)s
                   AND event.competence = %(competence)s
                   AND (
                       %(whole_month)s OR event.platform_contract IN (
                           SELECT platform_contract FROM mvno_told_line
                            WHERE platform_contract != ''
                       )
                   )
                   AND NOT EXISTS (
                       SELECT FROM mvno_told_event told
                        WHERE told.platform_contract = event.platform_contract
                          AND told.digest = event.digest
                          AND told.ordinal = event.ordinal
                   )
                """,
                **scope,
            ),
        )
        return self.env.cr.rowcount

    def _renumber(self, scope):
        """Follow a contract whose number changed: a port-in ends within a month."""
        run(
            self,
            SQL(
                """
                UPDATE mvno_usage_event event
                   SET number = told.number
                  FROM (
                       SELECT platform_contract, min(number) AS number
                         FROM mvno_told_line
                        WHERE platform_contract != ''
                        GROUP BY platform_contract
                       HAVING min(number) = max(number)
                       ) told
                 WHERE event.platform_id = %(platform)s
                   AND event.competence = %(competence)s
                   AND event.platform_contract = told.platform_contract
                   AND event.number IS DISTINCT FROM told.number
                """,
                **scope,
            ),
        )

    def _attach(self, scope):
        """Give kept events their line, which has appeared since.

        :return: how many there were
        """
        run(
            self,
            SQL(
                """
                UPDATE mvno_usage_event event
                   SET mvno_line_id = match.line_id
                  FROM mvno_told_match match
                 WHERE event.platform_id = %(platform)s
                   AND event.competence = %(competence)s
                   AND event.mvno_line_id IS NULL
                   AND event.platform_contract = match.platform_contract
                   AND COALESCE(event.number, '') = match.number
                   AND %(in_time)s
                """,
                **scope,
                in_time=_in_time("event"),
            ),
        )
        return self.env.cr.rowcount

    def _insert(self, scope):
        """Add the events that are not there yet, in one statement.

        ON CONFLICT alone would do, but would use up an id for every event that is
        there already, and ids are 31 bits.

        :return: how many there were of lines that are known here
        """
        run(
            self,
            SQL(
                """
                WITH added AS (
                INSERT INTO mvno_usage_event (
                       platform_id, company_id, competence, mvno_line_id,
                       platform_contract, number, kind, started_at, seconds,
                       upload_mb, download_mb, called_number, amount, digest, ordinal
                       )
                SELECT %(platform)s, %(company)s, %(competence)s, match.line_id,
                       told.platform_contract, told.number, told.kind, told.started_at,
                       LEAST(told.seconds, %(integer_max)s), told.upload_mb,
                       told.download_mb, NULLIF(told.called_number, ''), told.amount,
                       told.digest, told.ordinal
                  FROM mvno_told_event told
                  LEFT JOIN mvno_told_match match
                         ON match.platform_contract = told.platform_contract
                        AND match.number = told.number
                        AND %(in_time)s
                 WHERE NOT EXISTS (
                       SELECT FROM mvno_usage_event event
                        WHERE event.platform_id = %(platform)s
                          AND event.competence = %(competence)s
                          AND event.platform_contract = told.platform_contract
                          AND event.digest = told.digest
                          AND event.ordinal = told.ordinal
                       )
                    ON CONFLICT DO NOTHING
                RETURNING mvno_line_id
                )
                SELECT count(mvno_line_id) FROM added
                """,
                **scope,
                in_time=_in_time("told"),
                integer_max=INTEGER_MAX,
            ),
        )
        return self.env.cr.fetchone()[0]

    def _count_unknown(self):
        """:return: (events told of lines not known here, some of their contracts)"""
        run(
            self,
            """
            SELECT count(*)
              FROM mvno_told_event told
              LEFT JOIN mvno_told_match match USING (platform_contract, number)
             WHERE match.line_id IS NULL
            """,
        )
        count = self.env.cr.fetchone()[0]
        run(
            self,
            """
            SELECT DISTINCT line.platform_contract
              FROM mvno_told_line line
              LEFT JOIN mvno_told_match match USING (platform_contract, number)
             WHERE match.line_id IS NULL
             ORDER BY line.platform_contract
             LIMIT 20
            """,
        )
        return count, [contract for (contract,) in self.env.cr.fetchall()]


def _columns(event):
    """An event's own columns as COPY reads them, in the table's order."""
    started_at = event.started_at
    return (
        event.kind.encode(),
        str(started_at.replace(microsecond=0, tzinfo=None)).encode()
        if started_at
        else NULL,
        str(event.seconds).encode(),
        str(event.upload_mb).encode(),
        str(event.download_mb).encode(),
        as_text(event.called_number),
        NULL if event.amount is None else str(event.amount).encode(),
        event.digest.encode(),
    )


def _in_time(alias):
    """:param alias: of a table of events
    :return: SQL, whether an event falls into a match's time; one whose time the
        platform does not tell falls into the last"""
    started_at = SQL(
        "COALESCE(%s, '294276-01-01'::timestamp)", SQL.identifier(alias, "started_at")
    )
    return SQL("%s >= match.valid_from AND %s < match.valid_to", started_at, started_at)
