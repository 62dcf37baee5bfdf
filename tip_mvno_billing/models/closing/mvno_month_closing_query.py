# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.month import month_of
from ...tools.named_rows import narrow_ids
from ..billed.mvno_line import BESIDE_DAYS, WITHOUT_PLACE

# Kinds of billed items, and what was credited.
MEASURES = ("recurring", "one_off", "usage", "adjustment", "fine", "credited")
# A row's id tells its month: so many of them.
MONTHS = 4096


class MvnoMonthClosing(models.Model):
    """Where the rows of a closing come from.

    What should be billed, what was billed, and what was billed the month before are
    counted together, so that asking for one month looks at the rows of two.
    """

    _inherit = "mvno.month.closing"
    _depends = {
        "account.move": ["move_type", "reversed_entry_id", "state"],
        "account.move.line": [
            "balance",
            "contract_line_id",
            "display_type",
            "move_id",
            "mvno_source_key",
            "name",
        ],
        "contract.contract": ["active", "contract_type", "partner_id"],
        "contract.line": [
            "date_start",
            "discount",
            "is_canceled",
            "is_telephony",
            "mvno_billing_from",
            "mvno_discount_after",
            "mvno_discount_end",
            "mvno_join_days",
            "mvno_line_id",
            "mvno_paid_from",
            "mvno_paid_until",
            "product_id",
            "specific_price",
        ],
        "mvno.billing.issue": ["code", "competence", "contract_line_id", "run_id"],
        "mvno.billing.item": [
            "competence",
            "kind",
            "move_id",
            "move_line_id",
            "period_end",
            "period_start",
            "state",
        ],
        "mvno.billing.run": ["competence", "platform_id", "started_at"],
        "mvno.line.hold": ["date_start", "level", "lifted_at", "line_id"],
        "mvno.line": ["number", "partner_id", "platform_id"],
        "mvno.platform": ["tz"],
        "product.template": ["mvno_platform_id"],
        "res.company": ["currency_id", "mvno_outlier_percent"],
    }

    @property
    def _table_query(self):
        return SQL(
            """
            WITH here AS (
                SELECT platform.id AS platform_id, platform.company_id, platform.tz,
                       company.currency_id, company.mvno_outlier_percent AS percent,
                       date_trunc(
                           'month',
                           %(now)s::timestamp AT TIME ZONE 'UTC'
                               AT TIME ZONE platform.tz
                       )::date AS this_month
                  FROM mvno_platform platform
                  JOIN res_company company ON company.id = platform.company_id
            ), expected AS NOT MATERIALIZED (%(expected)s
            ), valued AS NOT MATERIALIZED (%(valued)s
            ), part AS NOT MATERIALIZED (%(part)s
            ), lined AS NOT MATERIALIZED (%(lined)s
            ), counted AS (%(counted)s
            ), told AS (%(told)s
            )
            SELECT told.*,
                   told.change IS NOT NULL
                       AND told.cause NOT IN (
                           'started', 'ended', 'not_due', 'plan', 'days'
                       ) AS is_outlier
              FROM (
                   SELECT told.*, %(cause)s AS cause FROM told
              ) told
            """,
            now=fields.Datetime.now(),
            expected=self._expected_query(),
            valued=self._valued_query(),
            part=self._part_query(),
            lined=self._lined_query(),
            counted=self._counted_query(),
            told=self._told_query(),
            cause=self._cause_sql(),
        )

    @api.model
    def _search(self, domain, *args, **kwargs):
        """Rows that are named by their ids are looked for in their months only; who
        names neither rows nor months is shown the last month, for all months of a base
        against the months before them are a matter of minutes."""
        domain = narrow_ids(
            domain,
            lambda ids: [("competence", "in", list({_month_of(key) for key in ids}))],
        )
        if not any(
            condition.field_expr == "competence"
            or (condition.field_expr, condition.operator) == ("id", "in")
            for condition in domain.iter_conditions()
        ):
            domain &= Domain("competence", "in", self._last_months())
        return super()._search(domain, *args, **kwargs)

    @api.model
    def _last_months(self):
        """:return: list of first days, the month before the one that runs where each
        platform is"""
        platforms = self.env["mvno.platform"].sudo().search([])
        days = {platform._today().replace(day=1) for platform in platforms}
        return [month_of(day - timedelta(days=1)) for day in days]

    # === EXPECTED MONTHS === #

    def _expected_query(self):
        """:return: SQL of the months that each contract line pays for: its own two
        dates say so; where the first one is not known yet, the line waits"""
        return SQL(
            """
            SELECT line.id AS contract_line_id, line.mvno_line_id,
                   month.competence, line.starts, line.mvno_paid_from IS NULL
                       AS is_waiting
              FROM (
                   SELECT line.id, line.mvno_line_id, line.mvno_paid_from,
                          line.mvno_paid_until, here.this_month,
                          COALESCE(
                              line.mvno_paid_from,
                              GREATEST(line.date_start, line.mvno_billing_from)
                          ) AS starts
                     FROM contract_line line
                     JOIN contract_contract contract ON contract.id = line.contract_id
                     JOIN product_product product ON product.id = line.product_id
                     JOIN product_template template
                       ON template.id = product.product_tmpl_id
                     JOIN here ON here.platform_id = template.mvno_platform_id
                    WHERE line.is_telephony
                      AND NOT COALESCE(line.is_canceled, FALSE)
                      AND contract.active
                      AND contract.contract_type = 'sale'
              ) line
              JOIN (
                   SELECT month::date AS competence,
                          (month + interval '1 month')::date AS next_month
                     FROM (
                          SELECT date_trunc('month', min(date_start)) AS first
                            FROM contract_line
                           WHERE is_telephony
                     ) begin
                     JOIN (SELECT max(this_month) AS last FROM here) now ON TRUE
                     JOIN generate_series(
                          begin.first, now.last, interval '1 month'
                     ) month ON TRUE
              ) month
                ON month.competence < line.this_month
               AND line.starts < month.next_month
               AND COALESCE(
                   line.mvno_paid_until >= GREATEST(month.competence, line.starts), TRUE
               )
            """
        )

    # === BILLED VALUES === #

    def _valued_query(self):
        """:return: SQL of what each item and each line of a credit note comes to, in
        the company's currency"""
        return SQL(
            """
            SELECT item.contract_line_id, item.mvno_line_id, item.competence,
                   item.kind, -move_line.balance AS value,
                   CASE WHEN item.kind = 'recurring'
                        THEN item.period_end - item.period_start + 1
                        ELSE 0 END AS days,
                   move.state = 'draft' AS is_draft
              FROM mvno_billing_item item
              LEFT JOIN account_move_line move_line
                ON move_line.id = item.move_line_id
              LEFT JOIN account_move move ON move.id = item.move_id
             WHERE item.state = 'billed'
               AND item.kind != 'service'
             UNION ALL
            SELECT item.contract_line_id, item.mvno_line_id, item.competence,
                   'credited', -credit.balance, 0, FALSE
              FROM account_move note
              JOIN account_move_line credit
                ON credit.move_id = note.id AND credit.display_type = 'product'
              JOIN LATERAL (
                   SELECT item.contract_line_id, item.mvno_line_id, item.competence
                     FROM mvno_billing_item item
                     LEFT JOIN account_move_line billed
                       ON billed.id = item.move_line_id
                    WHERE item.move_id = note.reversed_entry_id
                      AND item.contract_line_id = credit.contract_line_id
                      AND item.state = 'billed'
                      AND item.kind != 'service'
                    ORDER BY COALESCE(billed.mvno_source_key, '')
                                 = COALESCE(credit.mvno_source_key, '') DESC,
                             COALESCE(billed.name = credit.name, FALSE) DESC,
                             item.competence DESC
                    LIMIT 1
              ) item ON TRUE
             WHERE note.move_type = 'out_refund'
               AND note.state = 'posted'
               AND note.reversed_entry_id IS NOT NULL
               -- what settles something that was learnt late counts as that
               AND NOT EXISTS (
                   SELECT FROM mvno_billing_item own
                    WHERE own.move_line_id = credit.id
                      AND own.state = 'billed'
             )
            """
        )

    def _part_query(self):
        """:return: SQL of everything that counts for a line's month; ``of`` says as
        what it counts"""
        return SQL(
            """
            SELECT contract_line_id, mvno_line_id, competence,
                   'expected' AS of, NULL AS kind, 0 AS value, 0 AS days,
                   FALSE AS is_draft, starts, is_waiting, NULL::integer AS issue_id
              FROM expected
             UNION ALL
            SELECT contract_line_id, mvno_line_id, competence,
                   'this', kind, value, days, is_draft, NULL, NULL, NULL
              FROM valued
             UNION ALL
            SELECT contract_line_id, mvno_line_id,
                   (competence + interval '1 month')::date,
                   'last', kind, value, days, NULL, NULL, NULL, NULL
              FROM valued
             UNION ALL
            SELECT issue.contract_line_id, issue.mvno_line_id, issue.competence,
                   'stray', NULL, 0, 0, NULL, NULL, NULL, issue.id
              FROM mvno_billing_issue issue
              JOIN mvno_billing_run run ON run.id = issue.run_id
             WHERE run.started_at IS NOT NULL
               AND issue.code IN ('archived', 'no_contract', 'no_place')
               AND NOT EXISTS (
                   SELECT FROM mvno_billing_run later
                    WHERE later.platform_id = run.platform_id
                      AND later.competence = run.competence
                      AND later.started_at IS NOT NULL
                      AND later.id > run.id
               )
            """
        )

    def _lined_query(self):
        """:return: SQL of one row per contract line and month, what counts for it
        added up"""
        sums = [
            SQL(
                "COALESCE(sum(value) FILTER (WHERE of = 'this' AND kind = %s), 0) "
                "AS %s",
                name,
                SQL.identifier(name),
            )
            for name in MEASURES
        ]
        return SQL(
            """
            SELECT COALESCE(mvno_line_id, 0) AS mobile_id,
                   CASE WHEN mvno_line_id IS NULL
                        THEN contract_line_id ELSE 0 END AS lone_id,
                   competence, contract_line_id,
                   bool_or(of = 'expected') AS is_expected,
                   bool_or(of = 'stray') AS is_stray,
                   bool_or(of = 'this') AS has_items,
                   COALESCE(bool_or(of = 'this' AND kind = 'recurring'), FALSE)
                       AS is_billed,
                   COALESCE(bool_or(of = 'last' AND kind = 'recurring'), FALSE)
                       AS was_billed,
                   COALESCE(bool_or(is_waiting), FALSE) AS is_waiting,
                   COALESCE(bool_or(is_draft), FALSE) AS is_draft,
                   max(issue_id) AS issue_id, min(starts) AS starts,
                   COALESCE(sum(days) FILTER (WHERE of = 'this'), 0) AS days,
                   COALESCE(sum(days) FILTER (WHERE of = 'last'), 0) AS last_days,
                   COALESCE(sum(value) FILTER (WHERE of = 'this'), 0) AS value,
                   COALESCE(sum(value) FILTER (WHERE of = 'last'), 0) AS last_value,
                   COALESCE(sum(value) FILTER (
                       WHERE of = 'last' AND kind = 'recurring'), 0) AS last_recurring,
                   %s
              FROM part
             GROUP BY 1, 2, 3, 4
            """,
            SQL(", ").join(sums),
        )

    def _counted_query(self):
        """:return: SQL of one row per mobile line (or lone contract line) and month"""
        names = (
            *MEASURES,
            "days",
            "last_days",
            "value",
            "last_value",
            "last_recurring",
        )
        sums = [SQL("sum(%s) AS %s", *2 * [SQL.identifier(name)]) for name in names]
        return SQL(
            """
            SELECT mobile_id, lone_id, lined.competence,
                   COALESCE(
                       max(lined.contract_line_id) FILTER (
                           WHERE is_expected OR has_items),
                       max(lined.contract_line_id)
                   ) AS contract_line_id,
                   count(*) FILTER (WHERE is_expected) AS expected,
                   count(*) FILTER (WHERE is_expected AND is_billed) AS billed,
                   count(*) FILTER (
                       WHERE is_expected AND NOT is_billed
                         AND (is_waiting OR %(excused)s)
                   ) AS not_due,
                   count(*) FILTER (WHERE is_stray) AS stray,
                   count(*) FILTER (WHERE has_items) AS items,
                   max(COALESCE(lined.issue_id, issue.id)) AS issue_id,
                   min(starts) AS starts,
                   bool_or(is_draft) AS is_draft,
                   array_agg(lined.contract_line_id ORDER BY lined.contract_line_id)
                       FILTER (WHERE is_billed) AS payers,
                   array_agg(lined.contract_line_id ORDER BY lined.contract_line_id)
                       FILTER (WHERE was_billed) AS last_payers,
                   array_agg(DISTINCT payer.product_id ORDER BY payer.product_id)
                       FILTER (WHERE is_billed) AS plans,
                   array_agg(DISTINCT payer.product_id ORDER BY payer.product_id)
                       FILTER (WHERE was_billed) AS last_plans,
                   %(sums)s
              FROM lined
              LEFT JOIN contract_line payer ON payer.id = lined.contract_line_id
              LEFT JOIN (
                   SELECT DISTINCT ON (contract_line_id, competence)
                          contract_line_id, competence, id, code
                     FROM mvno_billing_issue
                    WHERE contract_line_id IS NOT NULL
                      AND command_id IS NULL
                      AND charge_id IS NULL
                      AND code NOT IN %(beside)s
                    ORDER BY contract_line_id, competence, code = 'earlier_month',
                             run_id DESC, id
              ) issue
                ON issue.contract_line_id = lined.contract_line_id
               AND issue.competence = lined.competence
               AND is_expected AND NOT is_billed
             GROUP BY mobile_id, lone_id, lined.competence
            """,
            beside=BESIDE_DAYS + WITHOUT_PLACE,
            excused=self.env["mvno.billing.issue"]._excused_sql(
                SQL("issue.code"), "payer", SQL("lined.competence")
            ),
            sums=SQL(", ").join(sums),
        )

    # === STATUS, CHANGE AND CAUSE === #

    def _told_query(self):
        """:return: SQL of the rows but for what explains their change"""
        return SQL(
            """
            SELECT (CASE WHEN mobile_id = 0 THEN lone_id * 2 + 1
                         ELSE mobile_id * 2 END)::bigint * %s
                       + (extract(year FROM competence)::integer - 2000) * 12
                       + extract(month FROM competence)::integer AS id,
                   here.platform_id, here.company_id, here.currency_id,
                   counted.competence,
                   COALESCE(contract.partner_id, mobile.partner_id) AS partner_id,
                   line.contract_id, counted.contract_line_id,
                   COALESCE(line.product_id, mobile.product_id) AS product_id,
                   mobile.id AS mvno_line_id, mobile.number, counted.issue_id,
                   CASE WHEN stray > 0 AND expected = 0 AND items = 0 THEN 'not_billed'
                        WHEN expected = 0 AND items = 0 THEN 'nothing_due'
                        WHEN stray > 0 AND items > 0 THEN 'partly'
                        WHEN billed + not_due >= expected AND (billed > 0 OR items > 0)
                        THEN 'billed'
                        WHEN not_due >= expected THEN 'nothing_due'
                        WHEN billed > 0 OR items > 0 THEN 'partly'
                        ELSE 'not_billed' END AS status,
                   counted.is_draft, counted.days, recurring, one_off, usage,
                   adjustment, fine, credited, value, last_value,
                   value - last_value AS difference,
                   CASE WHEN last_value != 0
                        THEN round((value - last_value) * 100 / abs(last_value), 1)
                   END AS difference_percent,
                   CASE WHEN value = 0 AND last_value != 0 THEN 'gone'
                        WHEN value != 0 AND last_value = 0 THEN 'new'
                        WHEN abs(value - last_value)
                             > abs(last_value) * here.percent / 100.0
                        THEN 'changed' END AS change,
                   expected, not_due, starts, last_days, payers, last_payers, plans,
                   last_plans, last_recurring, line.mvno_discount_end AS discount_end,
                   here.percent
              FROM counted
              LEFT JOIN mvno_line mobile ON mobile.id = counted.mobile_id
              LEFT JOIN contract_line line ON line.id = counted.contract_line_id
              LEFT JOIN contract_contract contract ON contract.id = line.contract_id
              LEFT JOIN product_product product ON product.id = line.product_id
              LEFT JOIN product_template template
                ON template.id = product.product_tmpl_id
              JOIN here ON here.platform_id = COALESCE(
                  mobile.platform_id, template.mvno_platform_id
              )
             WHERE expected + items + stray > 0
                OR (last_value != 0 AND counted.competence < here.this_month)
            """,
            MONTHS,
        )

    def _cause_sql(self):
        """:return: SQL of what explains a row's change"""
        return SQL(
            """
            CASE change
            WHEN 'gone' THEN
                CASE WHEN expected = 0 AND status = 'nothing_due' THEN 'ended'
                     WHEN status = 'nothing_due' THEN 'not_due'
                     WHEN credited != 0 THEN 'credited'
                     ELSE 'not_billed' END
            WHEN 'new' THEN
                CASE WHEN starts >= competence THEN 'started' ELSE 'unexplained' END
            WHEN 'changed' THEN
                CASE WHEN abs(recurring - last_recurring)
                          <= abs(last_recurring) * percent / 100.0
                     THEN CASE WHEN credited != 0 THEN 'credited' ELSE 'extras' END
                     WHEN plans IS DISTINCT FROM last_plans THEN 'plan'
                     WHEN days < extract(day FROM
                              competence + interval '1 month' - interval '1 day')
                       OR last_days < extract(day FROM
                              competence - interval '1 day')
                       OR EXISTS (
                          SELECT FROM mvno_line_hold hold
                           WHERE hold.line_id = told.mvno_line_id
                             AND hold.level = 'total'
                             AND hold.date_start < competence + interval '1 month'
                             AND COALESCE(
                                 hold.lifted_at >= competence - interval '1 month',
                                 TRUE
                             )
                       )
                     THEN 'days'
                     WHEN payers IS DISTINCT FROM last_payers
                       OR discount_end = competence - interval '1 month'
                     THEN 'price'
                     ELSE 'unexplained' END
            END
            """
        )


def _month_of(row_id):
    """:return: first day of the month that a row's id tells"""
    years, month = divmod(row_id % MONTHS - 1, 12)
    return date(2000 + years, month + 1, 1)
