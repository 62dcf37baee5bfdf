# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.month import months_between
from ..billed.mvno_billing_issue import HARMLESS
from ..billed.mvno_line import BESIDE_DAYS, WITHOUT_PLACE
from ..late.mvno_billing_fact import LISTED
from ..run.mvno_billing_run_driver import MONTHS_LOOKED_BACK

# Each kind's part of the rows' ids: they stay the same from one look to the next.
KIND_NUMBERS = {
    "no_contract": 1,
    "no_line": 2,
    "price_zero": 3,
    "address": 4,
    "parked": 5,
    "earlier_month": 6,
    "old_draft": 7,
    "due": 8,
    "no_place": 9,
    "late": 10,
}
# A row's id tells its kind: so many of them at most.
KINDS = 16
# Months of one record that a row's id tells apart.
MONTHS = 4096
# What a run lists though nothing is wrong with billing, or what another kind tells.
NOT_PARKED = (
    *HARMLESS,
    *WITHOUT_PLACE,
    "earlier_month",
    "no_email",
    "price_zero",
)
# As the platform's names of cities are compared: see plain_key.
ACCENTS = ("áàâãäéèêëíìîïóòôõöúùûüçñ", "aaaaaeeeeiiiiooooouuuucn")


class MvnoBillingException(models.Model):
    """Where the exceptions come from: one query over all companies."""

    _inherit = "mvno.billing.exception"
    _depends = {
        "account.move": [
            "amount_total",
            "invoice_date",
            "mvno_billing_run_id",
            "mvno_competence",
            "partner_id",
            "state",
        ],
        "contract.contract": ["active", "contract_type", "partner_id"],
        "contract.line": [
            "company_id",
            "currency_id",
            "date_end",
            "date_start",
            "discount",
            "is_canceled",
            "is_telephony",
            "mvno_billing_from",
            "mvno_courtesy",
            "mvno_discount_after",
            "mvno_discount_end",
            "mvno_agreed_start",
            "mvno_line_id",
            "mvno_paid_from",
            "mvno_paid_until",
            "product_id",
            "specific_price",
        ],
        "mvno.billing.charge": ["price", "state"],
        "mvno.billing.fact": ["amount", "state"],
        "mvno.billing.issue": [
            "amount",
            "code",
            "competence",
            "contract_line_id",
            "day_from",
            "day_to",
            "run_id",
        ],
        "mvno.billing.item": [
            "command_id",
            "competence",
            "kind",
            "period_end",
            "period_start",
            "state",
        ],
        "mvno.billing.run": [
            "billed_at",
            "competence",
            "finished_at",
            "mode",
            "platform_id",
            "state",
        ],
        "mvno.command": ["price", "state"],
        "mvno.line": [
            "activation_date",
            "adopted_date",
            "cancellation_date",
            "number",
            "partner_id",
            "state",
        ],
        "mvno.line.hold": ["level", "line_id", "platform_reason", "reason"],
        "mvno.platform": ["tz"],
        "product.template": ["list_price", "mvno_platform_id"],
        "res.city": ["ibge_code", "name", "state_id"],
        "res.partner": [
            "city",
            "city_id",
            "commercial_partner_id",
            "country_id",
            "district",
            "is_company",
            "state_id",
            "street",
            "street2",
            "street_name",
            "street_number",
            "vat",
            "zip",
        ],
    }

    @property
    def _table_query(self):
        return SQL(
            """
            WITH here AS (
                SELECT id AS platform_id, company_id,
                       (%(now)s::timestamp AT TIME ZONE 'UTC' AT TIME ZONE tz)::date
                           AS today
                  FROM mvno_platform
            ), paying AS (
                SELECT line.id, line.contract_id, line.mvno_line_id, line.product_id,
                       line.company_id, here.platform_id, here.today,
                       contract.partner_id, line.date_start,
                       COALESCE(line.currency_id, company.currency_id) AS currency_id,
                       template.list_price,
                       COALESCE(line.specific_price, 0) = 0
                           AND line.mvno_courtesy IS NOT TRUE AS is_priceless,
                       %(value)s AS value
                  FROM contract_line line
                  JOIN contract_contract contract ON contract.id = line.contract_id
                  JOIN res_company company ON company.id = contract.company_id
                  JOIN product_product product ON product.id = line.product_id
                  JOIN product_template template
                    ON template.id = product.product_tmpl_id
                  JOIN here ON here.platform_id = template.mvno_platform_id
                 WHERE line.is_telephony
                   AND NOT COALESCE(line.is_canceled, FALSE)
                   AND contract.active
                   AND contract.contract_type = 'sale'
                   AND line.date_start <= here.today
                   AND COALESCE(line.date_end >= here.today, TRUE)
            ), newest AS (
                SELECT DISTINCT ON (platform_id, competence)
                       id, platform_id, competence,
                       COALESCE(finished_at, started_at)::date AS day
                  FROM mvno_billing_run
                 WHERE started_at IS NOT NULL
                 ORDER BY platform_id, competence, billed_at IS NULL, id DESC
            ), told AS (
                SELECT issue.*, run.platform_id, run.competence AS run_competence,
                       COALESCE(run.finished_at, run.started_at)::date AS day,
                       run.id = newest.id AS is_newest,
                       run.id = max(run.id) OVER (
                           PARTITION BY run.platform_id, issue.competence,
                               issue.contract_line_id, issue.mvno_line_id,
                               issue.command_id, issue.charge_id, issue.move_id,
                               CASE WHEN issue.code IN %(apart)s THEN issue.code END
                       ) AS is_last_word
                  FROM mvno_billing_issue issue
                  JOIN mvno_billing_run run ON run.id = issue.run_id
                  JOIN newest
                    ON newest.platform_id = run.platform_id
                   AND newest.competence = run.competence
                 WHERE run.started_at IS NOT NULL
            )
            %(rows)s
            """,
            now=fields.Datetime.now(),
            value=self.env["contract.line"]._mvno_value_sql(
                "line", SQL("date_trunc('month', here.today)")
            ),
            apart=(*BESIDE_DAYS, *WITHOUT_PLACE, "earlier_month"),
            rows=SQL(" UNION ALL ").join(
                [
                    self._rows_no_contract(),
                    self._rows_no_line(),
                    self._rows_price_zero(),
                    self._rows_address(),
                    self._rows_parked(),
                    self._rows_earlier_month(),
                    self._rows_old_draft(),
                    self._rows_late(),
                    self._rows_due(),
                    self._rows_no_place(),
                ]
            ),
        )

    def _row(self, kind, source, **columns):
        """:return: SQL of the columns of a kind's rows, in the same order for all

        :param str kind: a key of ``KIND_NUMBERS``
        :param SQL source: the id of what a row is made of
        :param columns: SQL of each column that the kind has
        """
        types = {
            "company_id": "int4",
            "platform_id": "int4",
            "partner_id": "int4",
            "contract_id": "int4",
            "contract_line_id": "int4",
            "mvno_line_id": "int4",
            "number": "varchar",
            "product_id": "int4",
            "move_id": "int4",
            "issue_id": "int4",
            "fact_id": "int4",
            "competence": "date",
            "currency_id": "int4",
            "amount": "numeric",
            "since": "date",
            "day_from": "date",
            "day_to": "date",
        }
        cells = [
            SQL(
                "%s::%s AS %s",
                columns.pop(name, SQL("NULL")),
                SQL.identifier(type_name),
                SQL.identifier(name),
            )
            for name, type_name in types.items()
        ]
        return SQL(
            "SELECT %s * %s::bigint + %s AS id, %s AS kind, %s",
            source,
            KINDS,
            KIND_NUMBERS[kind],
            kind,
            SQL(", ").join(cells),
        )

    def _row_of_paying(self, kind, **columns):
        """:return: SQL of the columns of a kind's rows that are contract lines"""
        names = (
            "company_id",
            "platform_id",
            "partner_id",
            "contract_id",
            "mvno_line_id",
            "product_id",
            "currency_id",
        )
        own = {name: SQL("paying.%s", SQL.identifier(name)) for name in names}
        return self._row(
            kind,
            SQL("paying.id"),
            **{
                **own,
                "contract_line_id": SQL("paying.id"),
                "number": SQL("line.number"),
                "amount": SQL("paying.value"),
                "since": SQL("paying.date_start"),
                **columns,
            },
        )

    # === LINES AND CONTRACTS === #

    def _rows_no_contract(self):
        return SQL(
            """
            %(row)s
              FROM mvno_line line
              JOIN here ON here.platform_id = line.platform_id
              JOIN res_company company ON company.id = line.company_id
              LEFT JOIN LATERAL (
                   SELECT former.id, former.contract_id, former.date_end,
                          former.currency_id,
                          former.specific_price
                              * (1 - COALESCE(former.discount, 0) / 100) AS value
                     FROM contract_line former
                    WHERE former.mvno_line_id = line.id
                      AND NOT COALESCE(former.is_canceled, FALSE)
                    ORDER BY former.date_start DESC, former.id DESC
                    LIMIT 1
              ) former ON TRUE
             WHERE line.state IN %(live)s
               AND NOT EXISTS (
                   SELECT FROM paying WHERE paying.mvno_line_id = line.id
               )
               AND NOT EXISTS (
                   SELECT FROM contract_line adopted
                    WHERE adopted.mvno_line_id = line.id
                      AND NOT COALESCE(adopted.is_canceled, FALSE)
                      AND adopted.mvno_billing_from > here.today
               )
            """,
            live=self.env["mvno.line"]._live_states,
            row=self._row(
                "no_contract",
                SQL("line.id"),
                company_id=SQL("line.company_id"),
                platform_id=SQL("line.platform_id"),
                partner_id=SQL("line.partner_id"),
                contract_id=SQL("former.contract_id"),
                contract_line_id=SQL("former.id"),
                mvno_line_id=SQL("line.id"),
                number=SQL("line.number"),
                product_id=SQL("line.product_id"),
                currency_id=SQL("COALESCE(former.currency_id, company.currency_id)"),
                amount=SQL("COALESCE(former.value, 0)"),
                since=SQL("COALESCE(former.date_end + 1, line.activation_date)"),
            ),
        )

    def _rows_no_line(self):
        return SQL(
            """
            %(row)s
              FROM paying
              LEFT JOIN mvno_line line ON line.id = paying.mvno_line_id
             WHERE line.id IS NULL OR line.state = 'cancelled'
            """,
            row=self._row_of_paying(
                "no_line",
                since=SQL("COALESCE(line.cancellation_date + 1, paying.date_start)"),
            ),
        )

    def _rows_price_zero(self):
        return SQL(
            """
            %(row)s
              FROM paying
              LEFT JOIN mvno_line line ON line.id = paying.mvno_line_id
             WHERE paying.is_priceless
            """,
            row=self._row_of_paying("price_zero", amount=SQL("paying.list_price")),
        )

    # === CUSTOMERS === #

    def _rows_address(self):
        """The customers whose data an activation, or a tax document, would be refused
        for: see ``res.partner``'s address, which also words it."""
        district = SQL.identifier(
            "home", self.env["res.partner"]._mvno_district_field()
        )
        return SQL(
            """
            %(row)s
              FROM (
                   SELECT partner_id, company_id, min(id) AS id,
                          min(platform_id) AS platform_id,
                          min(contract_id) AS contract_id,
                          min(currency_id) AS currency_id,
                          sum(value) AS value, min(date_start) AS since
                     FROM paying
                    GROUP BY partner_id, company_id
              ) customer
              JOIN res_partner own ON own.id = customer.partner_id
              JOIN res_partner holder ON holder.id = own.commercial_partner_id
              JOIN res_partner home
                ON home.id = CASE
                       WHEN own.city_id IS NULL
                        AND COALESCE(own.street, '') = ''
                        AND COALESCE(own.zip, '') = ''
                        AND COALESCE(own.city, '') = ''
                       THEN holder.id ELSE own.id END
              LEFT JOIN res_city town ON town.id = home.city_id
              LEFT JOIN res_country_state state
                ON state.id = COALESCE(home.state_id, town.state_id)
              LEFT JOIN res_country country ON country.id = state.country_id
              LEFT JOIN res_country abroad
                ON abroad.id = home.country_id AND abroad.code != 'BR'
             WHERE abroad.id IS NOT NULL
                OR btrim(COALESCE(home.street_name, ''), ' ,') = ''
                OR (btrim(COALESCE(home.street_number, ''), ' ,') = ''
                    AND home.street_name !~* %(no_number)s)
                OR (btrim(COALESCE(%(district)s, '')) = ''
                    AND btrim(COALESCE(home.district, '')) = '')
                OR country.code IS DISTINCT FROM 'BR'
                OR (town.id IS NULL AND (state.id, %(typed)s) NOT IN (
                    SELECT called.state_id, %(called)s
                      FROM res_city called
                     WHERE called.state_id IS NOT NULL
                ))
                OR (town.id IS NOT NULL AND (
                    COALESCE(town.ibge_code, '') = ''
                    OR town.state_id != home.state_id
                ))
                OR regexp_replace(COALESCE(home.zip, ''), '[\\s.\\-]', '', 'g')
                   !~ '^(?!0{8})[0-9]{8}$'
                OR length(
                       regexp_replace(COALESCE(holder.vat, ''), '[^[:alnum:]]', '', 'g')
                   ) != CASE WHEN holder.is_company THEN 14 ELSE 11 END
            """,
            row=self._row(
                "address",
                SQL("customer.id"),
                company_id=SQL("customer.company_id"),
                platform_id=SQL("customer.platform_id"),
                partner_id=SQL("customer.partner_id"),
                contract_id=SQL("customer.contract_id"),
                currency_id=SQL("customer.currency_id"),
                amount=SQL("customer.value"),
                since=SQL("customer.since"),
            ),
            no_number=r"[\s,]+(s\s*[/.]?\s*n[.º°o]?|sem n[uú]mero)\s*$",
            district=district,
            called=_plain(SQL("called.name->>'en_US'")),
            typed=_plain(SQL("COALESCE(home.city, '')")),
        )

    # === ISSUES AND DRAFTS OF RUNS === #

    def _row_of_issue(self, kind):
        value = self.env["contract.line"]._mvno_value_sql(
            "contract_line", SQL("issue.competence")
        )
        return self._row(
            kind,
            SQL("issue.id"),
            company_id=SQL("issue.company_id"),
            platform_id=SQL("issue.platform_id"),
            partner_id=SQL("issue.partner_id"),
            contract_id=SQL("issue.contract_id"),
            contract_line_id=SQL("issue.contract_line_id"),
            mvno_line_id=SQL("issue.mvno_line_id"),
            number=SQL("line.number"),
            product_id=SQL("contract_line.product_id"),
            move_id=SQL("issue.move_id"),
            issue_id=SQL("issue.id"),
            competence=SQL("issue.competence"),
            currency_id=SQL("COALESCE(contract_line.currency_id, company.currency_id)"),
            amount=SQL(
                "COALESCE(NULLIF(issue.amount, 0), command.price, charge.price, "
                "move.amount_total, %s, 0)",
                value,
            ),
            since=SQL("issue.day"),
            day_from=SQL("issue.day_from"),
            day_to=SQL("issue.day_to"),
        )

    def _from_issues(self):
        """:return: SQL of the issues that still stand: the last word of any run about a
        matter that is not billed, given up or gone since. What is told beside the
        months, which only a run can tell anew, stands with the newest one."""
        return SQL(
            """
              FROM told issue
              JOIN res_company company ON company.id = issue.company_id
              LEFT JOIN contract_line ON contract_line.id = issue.contract_line_id
              LEFT JOIN mvno_line line ON line.id = issue.mvno_line_id
              LEFT JOIN mvno_command command ON command.id = issue.command_id
              LEFT JOIN mvno_billing_charge charge ON charge.id = issue.charge_id
              LEFT JOIN account_move move ON move.id = issue.move_id
             WHERE CASE WHEN issue.code IN %(apart)s AND issue.move_id IS NULL
                        THEN issue.is_newest ELSE issue.is_last_word END
               AND COALESCE(charge.state NOT IN ('billed', 'waived'), TRUE)
               AND COALESCE(command.state NOT IN ('refused', 'cancelled'), TRUE)
               AND COALESCE(move.state = 'draft', TRUE)
               AND NOT EXISTS (
                   SELECT FROM mvno_billing_item month
                    WHERE issue.command_id IS NULL
                      AND issue.charge_id IS NULL
                      AND issue.move_id IS NULL
                      AND issue.code NOT IN %(beside)s
                      AND month.contract_line_id = issue.contract_line_id
                      AND month.competence = issue.competence
                      AND month.kind = 'recurring'
                      AND month.state = 'billed'
             )
               AND NOT EXISTS (
                   SELECT FROM mvno_billing_item top_up
                    WHERE top_up.command_id = issue.command_id
                      AND top_up.state = 'billed'
             )
               AND (
                   issue.is_newest
                   OR issue.command_id IS NOT NULL
                   OR issue.charge_id IS NOT NULL
                   OR issue.move_id IS NOT NULL
                   OR (NOT COALESCE(contract_line.is_canceled, FALSE)
                       AND COALESCE(
                           contract_line.mvno_paid_from, contract_line.date_start
                       ) < issue.competence + interval '1 month'
                       AND COALESCE(
                           contract_line.mvno_paid_until >= GREATEST(
                               issue.competence, contract_line.mvno_paid_from
                           ), TRUE
                       ))
             )
            """,
            apart=(*BESIDE_DAYS, "earlier_month"),
            beside=BESIDE_DAYS,
        )

    def _rows_parked(self):
        return SQL(
            """
            %s %s
               AND issue.code NOT IN %s
               AND (issue.code != 'platform_block' OR EXISTS (
                   SELECT FROM mvno_line_hold hold
                    WHERE hold.line_id = issue.mvno_line_id
                      AND hold.reason = 'platform'
                      AND hold.level = 'total'
                      AND hold.platform_reason IS NULL
               ))
            """,
            self._row_of_issue("parked"),
            self._from_issues(),
            NOT_PARKED,
        )

    def _rows_earlier_month(self):
        """Only the newest run of all tells the earlier months; what became of one that
        was run is told by that run, or is due."""
        return SQL(
            """
            %s %s
               AND issue.code = 'earlier_month'
               AND issue.run_competence = (
                   SELECT max(last.competence) FROM newest last
                    WHERE last.platform_id = issue.platform_id
               )
               AND NOT EXISTS (
                   SELECT FROM mvno_billing_run run
                    WHERE issue.command_id IS NULL
                      AND issue.charge_id IS NULL
                      AND run.platform_id = issue.platform_id
                      AND run.competence = issue.competence
                      AND run.billed_at IS NOT NULL
               )
               AND NOT EXISTS (
                   SELECT FROM told own
                    WHERE own.run_competence = issue.competence
                      AND own.competence = issue.competence
                      AND own.contract_line_id = issue.contract_line_id
                      AND own.command_id IS NOT DISTINCT FROM issue.command_id
                      AND own.charge_id IS NOT DISTINCT FROM issue.charge_id
               )
            """,
            self._row_of_issue("earlier_month"),
            self._from_issues(),
        )

    def _rows_late(self):
        """What was learnt of billed months and waits for a person."""
        return SQL(
            """
            %(row)s
              FROM mvno_billing_fact fact
              JOIN contract_line ON contract_line.id = fact.contract_line_id
              JOIN res_company company ON company.id = fact.company_id
              JOIN mvno_line line ON line.id = fact.mvno_line_id
             WHERE fact.state IN %(listed)s
            """,
            listed=LISTED,
            row=self._row(
                "late",
                SQL("fact.id"),
                company_id=SQL("fact.company_id"),
                platform_id=SQL("line.platform_id"),
                partner_id=SQL("fact.partner_id"),
                contract_id=SQL("contract_line.contract_id"),
                contract_line_id=SQL("contract_line.id"),
                mvno_line_id=SQL("line.id"),
                number=SQL("line.number"),
                product_id=SQL("contract_line.product_id"),
                fact_id=SQL("fact.id"),
                competence=SQL("fact.competence"),
                currency_id=SQL(
                    "COALESCE(contract_line.currency_id, company.currency_id)"
                ),
                amount=SQL("fact.amount"),
                since=SQL("fact.learnt_on"),
            ),
        )

    # === MONTHS AND DAYS THAT NOTHING TELLS OF === #

    def _rows_due(self):
        """Months that were billed before something of them became due."""
        return SQL(
            """
            %(row)s
              FROM (
                   SELECT due.*, month.last_day,
                          GREATEST(payer.mvno_paid_from, due.competence) AS day_from,
                          LEAST(payer.mvno_paid_until, month.last_day) AS day_to
                     FROM (%(due)s) due
                     JOIN contract_line payer ON payer.id = due.contract_line_id
                     JOIN LATERAL (
                          SELECT (due.competence + interval '1 month'
                                  - interval '1 day')::date AS last_day
                     ) month ON TRUE
              ) due
              JOIN contract_line line ON line.id = due.contract_line_id
              JOIN contract_contract contract ON contract.id = line.contract_id
              JOIN res_company company ON company.id = line.company_id
              LEFT JOIN mvno_line mobile ON mobile.id = line.mvno_line_id
            """,
            due=self.env["mvno.billing.run"]._due_sql(),
            row=self._row(
                "due",
                _of_month(SQL("line.id"), SQL("due.competence")),
                company_id=SQL("line.company_id"),
                platform_id=SQL("due.platform_id"),
                partner_id=SQL("contract.partner_id"),
                contract_id=SQL("line.contract_id"),
                contract_line_id=SQL("line.id"),
                mvno_line_id=SQL("line.mvno_line_id"),
                number=SQL("mobile.number"),
                product_id=SQL("line.product_id"),
                competence=SQL("due.competence"),
                currency_id=SQL("COALESCE(line.currency_id, company.currency_id)"),
                amount=SQL(
                    "round(%s * (due.day_to - due.day_from + 1) "
                    "/ extract(day FROM due.last_day)::numeric, 2)",
                    self.env["contract.line"]._mvno_value_sql(
                        "line", SQL("due.competence")
                    ),
                ),
                since=SQL("due.day"),
                day_from=SQL("due.day_from"),
                day_to=SQL("due.day_to"),
            ),
        )

    @api.model
    def _months_looked_at(self):
        """:return: list of first days, those of the last months before the present"""
        platforms = self.env["mvno.platform"].sudo().search([])
        today = max(
            (platform._today() for platform in platforms),
            default=fields.Date.context_today(self),
        )
        this_month = today.replace(day=1)
        first = this_month - relativedelta(months=MONTHS_LOOKED_BACK)
        return months_between(first, this_month)

    def _rows_no_place(self):
        """Days in service of months that are over, whether they were run or not."""
        return SQL(
            """
            %(row)s
              FROM (
                   SELECT mobile_id, competence, sum(amount) AS amount,
                          min(day_from) AS day_from, max(day_to) AS day_to,
                          (array_agg(contract_line_id ORDER BY day_from))[1]
                              AS contract_line_id
                     FROM (%(places)s) place
                    GROUP BY mobile_id, competence
              ) place
              JOIN mvno_line line ON line.id = place.mobile_id
              JOIN here ON here.platform_id = line.platform_id
              JOIN res_company company ON company.id = line.company_id
              LEFT JOIN contract_line payer ON payer.id = place.contract_line_id
             WHERE place.competence < date_trunc('month', here.today)
            """,
            places=self.env["mvno.line"]._days_without_place_sql(
                self._months_looked_at(),
                expected=True,
            ),
            row=self._row(
                "no_place",
                _of_month(SQL("line.id"), SQL("place.competence")),
                company_id=SQL("line.company_id"),
                platform_id=SQL("line.platform_id"),
                partner_id=SQL("line.partner_id"),
                contract_id=SQL("payer.contract_id"),
                contract_line_id=SQL("payer.id"),
                mvno_line_id=SQL("line.id"),
                number=SQL("line.number"),
                product_id=SQL("payer.product_id"),
                competence=SQL("place.competence"),
                currency_id=SQL("COALESCE(payer.currency_id, company.currency_id)"),
                amount=SQL("COALESCE(place.amount, 0)"),
                since=SQL("place.day_from"),
                day_from=SQL("place.day_from"),
                day_to=SQL("place.day_to"),
            ),
        )

    def _rows_old_draft(self):
        """Drafts of the month that is being closed are under review: no exception."""
        return SQL(
            """
            %(row)s
              FROM account_move move
              JOIN mvno_billing_run run ON run.id = move.mvno_billing_run_id
              JOIN here ON here.platform_id = run.platform_id
             WHERE move.state = 'draft'
               AND move.mvno_competence
                   < date_trunc('month', here.today) - interval '1 month'
            """,
            row=self._row(
                "old_draft",
                SQL("move.id"),
                company_id=SQL("move.company_id"),
                platform_id=SQL("run.platform_id"),
                partner_id=SQL("move.partner_id"),
                move_id=SQL("move.id"),
                competence=SQL("move.mvno_competence"),
                currency_id=SQL("move.currency_id"),
                amount=SQL("move.amount_total"),
                since=SQL("COALESCE(move.invoice_date, move.create_date::date)"),
            ),
        )


def _of_month(record_id, month):
    """:return: SQL of a number that tells a record and a month"""
    return SQL(
        "(%s * %s::bigint + (extract(year FROM %s)::integer - 2000) * 12 "
        "+ extract(month FROM %s)::integer)",
        record_id,
        MONTHS,
        month,
        month,
    )


def _plain(text):
    """:return: SQL of a text's letters and digits, without accents and capitals"""
    return SQL(
        "regexp_replace(translate(lower(%s), %s, %s), '[^a-z0-9]', '', 'g')",
        text,
        *ACCENTS,
    )
