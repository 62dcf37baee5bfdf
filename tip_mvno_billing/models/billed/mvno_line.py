# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.tools import SQL

# Issues about something beside the days of a month.
BESIDE_DAYS = (
    "advance_credited",
    "no_email",
    "not_posted",
    "usage_free",
    "usage_late",
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
    def _days_without_place_sql(self, first, last, expected=False):
        """Find the days in service that have no place.

        :param SQL first: date from which on they are looked for
        :param SQL last: date up to which; days that are not over have no place yet
        :param bool expected: count what a billing run is going to bill as billed
        :return: SQL of rows (mobile_id, competence, day_from, day_to, days,
            contract_line_id, amount): one for each span of days of a month. The
            contract line is the one that pays, or paid, nearest to them; the amount is
            what they come to by it, NULL without one.
        """
        places = [
            self._billed_days_sql(),
            self._free_days_sql(),
            self._listed_days_sql(),
            *([self._expected_days_sql()] if expected else ()),
        ]
        return SQL(
            """
            SELECT span.mobile_id, span.competence, span.day_from, span.day_to,
                   span.days, neighbour.id AS contract_line_id,
                   round(
                       %(value)s * span.days
                       / extract(day FROM
                           span.competence + interval '1 month' - interval '1 day'
                       )::numeric, 2
                   ) AS amount
              FROM (
                   SELECT left_over.mobile_id, month.competence::date,
                          lower(part.days) AS day_from, upper(part.days) - 1 AS day_to,
                          upper(part.days) - lower(part.days) AS days
                     FROM (
                          SELECT served.mobile_id,
                                 unnest(
                                     datemultirange(served.days)
                                     - COALESCE(place.days, '{}'::datemultirange)
                                 ) AS days
                            FROM (%(served)s) served
                            LEFT JOIN (
                                 SELECT mobile_id, range_agg(days) AS days
                                   FROM (%(places)s) known
                                  GROUP BY mobile_id
                            ) place ON place.mobile_id = served.mobile_id
                     ) left_over
                     JOIN generate_series(
                          date_trunc('month', lower(left_over.days)),
                          upper(left_over.days) - 1, interval '1 month'
                     ) month(competence) ON TRUE
                     JOIN LATERAL (
                          SELECT left_over.days * daterange(
                              month.competence::date,
                              (month.competence + interval '1 month')::date
                          ) AS days
                     ) part ON TRUE
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
            served=self._served_days_sql(first, last),
            places=SQL(" UNION ALL ").join(places),
            value=self.env["contract.line"]._mvno_value_sql(
                "neighbour", SQL("span.competence")
            ),
        )

    @api.model
    def _served_days_sql(self, first, last):
        """:return: SQL of (mobile_id, days), the days on which lines were in service
        here: those before a line was taken over were billed elsewhere"""
        return SQL(
            """
            SELECT id AS mobile_id, daterange(since, until, '[]') AS days
              FROM (
                   SELECT id,
                          GREATEST(activation_date, adopted_date, %(first)s) AS since,
                          LEAST(
                              CASE WHEN state = 'cancelled' THEN cancellation_date END,
                              %(last)s
                          ) AS until
                     FROM mvno_line
                    WHERE state NOT IN ('draft', 'activating')
                      AND (state != 'cancelled'
                           OR activation_date IS NOT NULL
                           OR adopted_date IS NOT NULL)
              ) line
             WHERE since <= until
            """,
            first=first,
            last=last,
        )

    @api.model
    def _billed_days_sql(self):
        return SQL(
            """
            SELECT mvno_line_id AS mobile_id,
                   daterange(period_start, period_end, '[]') AS days
              FROM mvno_billing_item
             WHERE kind = 'recurring'
               AND state = 'billed'
               AND mvno_line_id IS NOT NULL
            """
        )

    @api.model
    def _free_days_sql(self):
        """:return: SQL of (mobile_id, days), those before a contract line pays: see
        ``contract.line._mvno_free_spans``, which names their rule"""
        return SQL(
            """
            SELECT mobile_id, daterange(since, until) AS days
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
             WHERE COALESCE(until >= date_start, TRUE)
             UNION ALL
            SELECT mvno_line_id, daterange(NULL, mvno_billing_from)
              FROM contract_line
             WHERE is_telephony
               AND mvno_line_id IS NOT NULL
               AND mvno_billing_from IS NOT NULL
               AND NOT COALESCE(is_canceled, FALSE)
            """
        )

    @api.model
    def _listed_days_sql(self):
        """:return: SQL of (mobile_id, days), those that an issue of a run, not of a
        preview, tells of: its own, or all of its contract line in its month"""
        return SQL(
            """
            SELECT mobile_id,
                   daterange(since, until, '[]') * daterange(
                       competence, (competence + interval '1 month')::date
                   ) AS days
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
               AND COALESCE(until >= since, TRUE)
            """,
            others=BESIDE_DAYS + WITHOUT_PLACE,
        )

    @api.model
    def _expected_days_sql(self):
        """:return: SQL of (mobile_id, days), those for which a run finds a contract
        line that pays"""
        return SQL(
            """
            SELECT line.mvno_line_id AS mobile_id,
                   daterange(line.mvno_paid_from, line.mvno_paid_until, '[]') AS days
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
