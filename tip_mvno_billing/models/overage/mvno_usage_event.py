# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from ...tools.overage import EVENT_UNITS, Excess


class MvnoUsageEvent(models.Model):
    """What events lie beyond an allowance, found by the database in one go."""

    _inherit = "mvno.usage.event"

    @api.model
    def _beyond(self, platform, competence, tariffs):
        """Price what was used beyond the allowances of a month.

        The events of each holder's line and kind are gone through in the order of their
        time, whichever of the holder's contract lines they are of. What of an event
        lies beyond the allowance is priced by the contract line of its moment, and its
        amount cut to the cent (RGC, art. 49). Calls to numbers of three digits are
        emergency and public services: they neither count nor cost, and nor does what is
        of no tariff's days.

        :param platform: ``mvno.platform`` record
        :param competence: first day of the month whose statement tells the events
        :param list tariffs: :class:`Tariff` items, one per contract line and kind
        :return: dict, contract line id to list of :class:`Excess`
        """
        if not tariffs:
            return {}
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                WITH %(counted)s, running AS (
                    SELECT counted.*,
                           SUM(quantity) OVER (
                               PARTITION BY mvno_line_id, holder_id, kind
                               ORDER BY started_at NULLS LAST, id
                               ROWS UNBOUNDED PRECEDING
                           ) AS used
                      FROM counted
                ), excess AS (
                    SELECT running.*,
                           LEAST(quantity, used - allowance)::numeric AS beyond
                      FROM running
                     WHERE used > allowance
                )
                SELECT contract_line_id, kind, SUM(beyond) / MAX(unit),
                       SUM(TRUNC(beyond * price / unit, decimals)),
                       MAX(allowance) / MAX(unit), MAX(price) > 0
                  FROM excess
                 GROUP BY contract_line_id, kind
                HAVING SUM(beyond) > 0
                """,
                counted=self._counted(platform, competence, tariffs),
            )
        )
        found = defaultdict(list)
        for contract_line_id, *excess in rows:
            found[contract_line_id].append(Excess(*excess))
        return found

    @api.model
    def _come_after(self, platform, competence, tariffs, last_ids):
        """Count the events of a month that came after others were there.

        :param platform: ``mvno.platform`` record
        :param competence: first day of the month whose statement tells the events
        :param list tariffs: :class:`Tariff` items: on the days of which to look
        :param list last_ids: for each of them, the id of the last event that was there
        :return: list of (contract line id, kind, count, quantity in what prices count)
        """
        if not tariffs:
            return []
        self.flush_model()
        return self.env.execute_query(
            SQL(
                """
                WITH %(counted)s, known AS (
                    SELECT *
                      FROM unnest(
                           %(contract_lines)s::integer[], %(kinds)s::varchar[],
                           %(last_ids)s::integer[]
                           ) AS known(contract_line_id, kind, last_id)
                )
                SELECT contract_line_id, kind, COUNT(*), SUM(quantity) / MAX(unit)
                  FROM counted
                  JOIN known USING (contract_line_id, kind)
                 WHERE counted.id > known.last_id
                 GROUP BY contract_line_id, kind
                 ORDER BY contract_line_id, kind
                """,
                counted=self._counted(platform, competence, tariffs),
                contract_lines=[tariff.contract_line_id for tariff in tariffs],
                kinds=[tariff.kind for tariff in tariffs],
                last_ids=last_ids,
            )
        )

    @api.model
    def _counted(self, platform, competence, tariffs):
        """:return: SQL of two parts of a ``WITH``: ``tariff``, and ``counted``, the
        month's events that count with what counts of each, beside their tariff.
        One without time is of a tariff's days where those are the whole month's.
        """
        return SQL(
            """
            tariff AS (
                SELECT *
                  FROM unnest(
                       %(contract_lines)s::integer[], %(lines)s::integer[],
                       %(holders)s::integer[], %(kinds)s::varchar[],
                       %(allowances)s::numeric[], %(prices)s::numeric[],
                       %(units)s::numeric[], %(decimals)s::integer[],
                       %(since)s::timestamp[], %(until)s::timestamp[]
                       ) AS tariff(
                       contract_line_id, mvno_line_id, holder_id, kind, allowance,
                       price, unit, decimals, since, until
                       )
            ), counted AS (
                SELECT tariff.*, event.started_at, event.id,
                       CASE event.kind
                            WHEN 'voice' THEN event.seconds
                            WHEN 'sms' THEN 1
                            ELSE COALESCE(event.upload_mb, 0)
                                 + COALESCE(event.download_mb, 0)
                            END AS quantity
                  FROM tariff
                  JOIN mvno_usage_event AS event
                    ON event.mvno_line_id = tariff.mvno_line_id
                   AND event.kind = tariff.kind
                 WHERE event.platform_id = %(platform)s
                   AND event.competence = %(competence)s
                   AND (tariff.since IS NULL OR event.started_at >= tariff.since)
                   AND (tariff.until IS NULL OR event.started_at < tariff.until)
                   AND COALESCE(event.called_number, '') !~ '^[0-9]{3}$'
            )
            """,
            contract_lines=[tariff.contract_line_id for tariff in tariffs],
            lines=[tariff.mvno_line_id for tariff in tariffs],
            holders=[tariff.holder_id for tariff in tariffs],
            kinds=[tariff.kind for tariff in tariffs],
            allowances=[tariff.allowance for tariff in tariffs],
            prices=[tariff.price for tariff in tariffs],
            units=[EVENT_UNITS[tariff.kind] for tariff in tariffs],
            decimals=[tariff.decimals for tariff in tariffs],
            since=[tariff.since for tariff in tariffs],
            until=[tariff.until for tariff in tariffs],
            platform=platform.id,
            competence=competence,
        )
