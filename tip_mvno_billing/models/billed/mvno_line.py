# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.tools import SQL

from ...tools.month import month_end

# Issues about something beside the days of a month.
BESIDE_DAYS = (
    "advance_credited",
    "no_email",
    "not_posted",
    "usage_less",
    "usage_no_product",
    "usage_open",
    "usage_undated",
)
# Issues that tell of days without a place: they are none.
WITHOUT_PLACE = ("no_contract", "no_place")


class MvnoLine(models.Model):
    """Where each day in service has its place: on an invoice, free by what was agreed,
    or on a list. What is left pays nobody and nobody sees."""

    _inherit = "mvno.line"

    @api.model
    def _days_without_place_sql(self, months, expected=False):
        """Find the days in service that have no place.

        The gaps between the days that have one are found by their order: functions that
        return sets of days or ranges look so dear to the database's planner that it
        compiles the query, which takes longer than running it.

        :param list months: first days of the months in which they are looked for, which
            follow each other and are over
        :param bool expected: count what a billing run is going to bill as billed
        :return: SQL of rows (mobile_id, competence, day_from, day_to, contract_line_id,
            amount): one for each span of days of a month. The contract line is the one
            that pays, or paid, nearest to them; the amount is what they come to by it,
            NULL without one.
        """
        places = [
            self._billed_days_sql(),
            self._free_days_sql(),
            self._listed_days_sql(),
            *([self._expected_days_sql()] if expected else ()),
        ]
        month_rows = SQL(", ").join(
            SQL("(%s::date, %s::date)", month, month_end(month)) for month in months
        )
        return SQL(
            """
            SELECT span.mobile_id, span.competence, span.day_from, span.day_to,
                   neighbour.id AS contract_line_id,
                   round(
                       %(value)s * (span.day_to - span.day_from + 1)
                       / extract(day FROM span.last_day)::numeric, 2
                   ) AS amount
              FROM (
                   SELECT gap.mobile_id, month.competence, month.last_day,
                          GREATEST(gap.day_from, month.competence) AS day_from,
                          LEAST(gap.day_to, month.last_day) AS day_to
                     FROM (
                          SELECT mobile_id, covered + 1 AS day_from,
                                 since - 1 AS day_to
                            FROM (
                                 SELECT mobile_id, since, max(until) OVER (
                                            PARTITION BY mobile_id
                                            ORDER BY since, until
                                            ROWS BETWEEN UNBOUNDED PRECEDING
                                                 AND 1 PRECEDING
                                        ) AS covered
                                   FROM (%(bounded)s) bounded
                            ) following
                           WHERE since > covered + 1
                     ) gap
                     JOIN (VALUES %(months)s) month(competence, last_day)
                       ON gap.day_from <= month.last_day
                      AND gap.day_to >= month.competence
              ) span
              LEFT JOIN LATERAL (
                   SELECT line.*
                     FROM contract_line line
                    WHERE line.mvno_line_id = span.mobile_id
                      AND line.is_telephony
                    ORDER BY line.date_start <= span.day_from
                                 AND COALESCE(line.date_end >= span.day_to, TRUE) DESC,
                             line.date_start <= span.day_from DESC,
                             COALESCE(line.is_canceled, FALSE),
                             abs(line.date_start - span.day_from), line.id DESC
                    LIMIT 1
              ) neighbour ON TRUE
            """,
            bounded=self._bounded_places_sql(months, places),
            months=month_rows,
            value=self.env["contract.line"]._mvno_value_sql(
                "neighbour", SQL("span.competence")
            ),
        )

    @api.model
    def _bounded_places_sql(self, months, places):
        """:return: SQL of (mobile_id, since, until), the days with a place, cut to
        those in service, with the day before the first and the one after the last of
        those. Days before a line was taken over were billed elsewhere."""
        served = SQL(
            """
            SELECT id AS mobile_id,
                   GREATEST(activation_date, adopted_date, %(first)s::date) AS since,
                   LEAST(
                       CASE WHEN state = 'cancelled' THEN cancellation_date END,
                       %(last)s::date
                   ) AS until
              FROM mvno_line
             WHERE state NOT IN ('draft', 'activating')
               AND (state != 'cancelled'
                    OR activation_date IS NOT NULL
                    OR adopted_date IS NOT NULL)
            """,
            first=months[0],
            last=month_end(months[-1]),
        )
        return SQL(
            """
            SELECT mobile_id, since - 1 AS since, since - 1 AS until
              FROM (%(served)s) served
             WHERE since <= until
             UNION ALL
            SELECT mobile_id, until + 1, until + 1
              FROM (%(served)s) served
             WHERE since <= until
             UNION ALL
            SELECT mobile_id, GREATEST(place.since, served.since),
                   LEAST(place.until, served.until)
              FROM (%(served)s) served
              JOIN (%(places)s) place USING (mobile_id)
             WHERE COALESCE(place.since <= served.until, TRUE)
               AND COALESCE(place.until >= served.since, TRUE)
            """,
            served=served,
            places=SQL(" UNION ALL ").join(places),
        )

    # Each of these is SQL of (mobile_id, since, until), the first and the last of some
    # days that have a place, NULL where they have no first or no last one.

    @api.model
    def _billed_days_sql(self):
        return SQL(
            """
            SELECT mvno_line_id AS mobile_id, period_start AS since,
                   period_end AS until
              FROM mvno_billing_item
             WHERE kind = 'recurring'
               AND state = 'billed'
               AND mvno_line_id IS NOT NULL
            """
        )

    @api.model
    def _free_days_sql(self):
        """:return: SQL of the days before a contract line pays: see
        ``contract.line._mvno_free_spans``, which names their rule"""
        return SQL(
            """
            SELECT mobile_id, since, until - 1 AS until
              FROM (
                   SELECT line.mvno_line_id AS mobile_id, line.date_start,
                          CASE WHEN line.mvno_agreed_start = line.date_start
                                AND NOT EXISTS (
                                    SELECT FROM contract_line earlier
                                     WHERE earlier.mvno_line_id = line.mvno_line_id
                                       AND NOT COALESCE(earlier.is_canceled, FALSE)
                                       AND earlier.date_start < line.date_start
                                )
                               THEN NULL ELSE line.date_start END AS since,
                          LEAST(line.mvno_paid_from, line.date_end + 1) AS until
                     FROM contract_line line
                     JOIN contract_contract contract ON contract.id = line.contract_id
                    WHERE line.is_telephony
                      AND line.mvno_line_id IS NOT NULL
                      AND NOT COALESCE(line.is_canceled, FALSE)
                      AND contract.contract_type = 'sale'
              ) line
             WHERE COALESCE(until > date_start, TRUE) OR since IS NULL
             UNION ALL
            SELECT mvno_line_id, NULL, mvno_billing_from - 1
              FROM contract_line
             WHERE is_telephony
               AND mvno_line_id IS NOT NULL
               AND mvno_billing_from IS NOT NULL
               AND NOT COALESCE(is_canceled, FALSE)
            """
        )

    @api.model
    def _listed_days_sql(self):
        """:return: SQL of the days that an issue of a run, not of a preview, tells of:
        its own, or all of its contract line in its month"""
        return SQL(
            """
            SELECT mobile_id, GREATEST(since, competence) AS since,
                   LEAST(
                       until,
                       (competence + interval '1 month' - interval '1 day')::date
                   ) AS until
              FROM (
                   SELECT COALESCE(issue.mvno_line_id, line.mvno_line_id) AS mobile_id,
                          issue.competence,
                          COALESCE(
                              issue.day_from,
                              LEAST(line.date_start, line.mvno_paid_from)
                          ) AS since,
                          COALESCE(
                              issue.day_to,
                              GREATEST(line.date_end, line.mvno_paid_until)
                          ) AS until
                     FROM mvno_billing_issue issue
                     JOIN mvno_billing_run run ON run.id = issue.run_id
                     LEFT JOIN contract_line line ON line.id = issue.contract_line_id
                    WHERE run.mode != 'preview'
                      AND issue.code NOT IN %(others)s
                      AND issue.command_id IS NULL
                      AND issue.charge_id IS NULL
                      AND issue.move_id IS NULL
                      AND (issue.contract_line_id IS NOT NULL
                           OR issue.day_from IS NOT NULL)
              ) issue
             WHERE mobile_id IS NOT NULL
               AND COALESCE(until >= GREATEST(since, competence), TRUE)
               AND since < competence + interval '1 month'
            """,
            others=BESIDE_DAYS + WITHOUT_PLACE,
        )

    @api.model
    def _expected_days_sql(self):
        """:return: SQL of the days for which a run finds a contract line that pays"""
        return SQL(
            """
            SELECT line.mvno_line_id AS mobile_id, line.mvno_paid_from AS since,
                   line.mvno_paid_until AS until
              FROM contract_line line
              JOIN mvno_line mobile ON mobile.id = line.mvno_line_id
              JOIN contract_contract contract ON contract.id = line.contract_id
              JOIN product_product product ON product.id = line.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
             WHERE line.is_telephony
               AND NOT COALESCE(line.is_canceled, FALSE)
               AND contract.active
               AND contract.contract_type = 'sale'
               AND line.company_id = mobile.company_id
               AND template.mvno_platform_id = mobile.platform_id
               AND line.mvno_paid_from IS NOT NULL
               AND COALESCE(line.mvno_paid_until >= line.mvno_paid_from, TRUE)
            """
        )
