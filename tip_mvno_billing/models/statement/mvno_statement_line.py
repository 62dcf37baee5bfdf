# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.tip_mvno.tools.actions import open_action
from odoo.addons.tip_mvno.tools.bulk import run

# Columns that follow the month's events and contracts.
FOLLOWING = (
    "partner_id",
    "number",
    "product_id",
    "currency_id",
    "monthly_value",
    "voice_seconds",
    "voice_hours",
    "sms_count",
    "data_mb",
)

REPORT = "tip_mvno_billing.mvno_statement_detail_report"


class MvnoStatementLine(models.Model):
    """A subscriber's line in a month: what it costs and what it used, in total, and the
    detailed statement as PDF and CSV.

    Rebuilt in bulk by :meth:`_rebuild`; nobody edits it.
    """

    _name = "mvno.statement.line"
    _description = "Statement Line"
    _order = "statement_id, number, id"
    _rec_name = "number"
    _log_access = False

    statement_id = fields.Many2one(
        "mvno.statement", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="statement_id.company_id", store=True, index=True
    )
    competence = fields.Date(related="statement_id.competence")
    due_date = fields.Date(related="statement_id.due_date")
    partner_id = fields.Many2one(
        "res.partner",
        string="Subscriber",
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    mvno_line_id = fields.Many2one(
        "mvno.line",
        string="Line",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    number = fields.Char(readonly=True)
    product_id = fields.Many2one(
        "product.product", string="Plan", readonly=True, ondelete="restrict"
    )
    currency_id = fields.Many2one("res.currency", readonly=True, ondelete="restrict")
    monthly_value = fields.Monetary(
        readonly=True,
        help="The plan's price in the customer's contract in this month. What is "
        "really charged, days included, is on the invoice.",
    )
    with_taxes = fields.Char(
        compute="_compute_with_taxes",
        compute_sudo=True,
        help="The monthly value with the taxes of today, where they add to it.",
    )
    voice_seconds = fields.Integer(string="Voice (s)", readonly=True)
    voice_hours = fields.Float(
        string="Voice", compute="_compute_voice_hours", store=True
    )
    sms_count = fields.Integer(string="SMS", readonly=True)
    data_mb = fields.Float(string="Data (MB)", digits=(16, 3), readonly=True)
    detail_csv = fields.Binary(
        string="Detailed Statement (CSV)",
        compute="_compute_detail_csv",
        groups="tip_mvno.group_call_records",
    )

    _line_once = models.Constraint(
        "UNIQUE(statement_id, mvno_line_id)", "A statement shows each line once."
    )

    @api.depends("voice_seconds")
    def _compute_voice_hours(self):
        for line in self:
            line.voice_hours = line.voice_seconds / 3600.0

    @api.depends("mvno_line_id", "product_id", "monthly_value")
    def _compute_with_taxes(self):
        for line in self:
            paying = line.mvno_line_id.contract_line_id
            line.with_taxes = (
                paying
                and line.product_id
                and paying._mvno_taxed(line.product_id, line.monthly_value)
            )

    @api.depends_context("lang")
    def _compute_detail_csv(self):
        for line in self:
            line.detail_csv = base64.b64encode(line._detail_file("csv")[1])

    def action_view_events(self):
        """Open the call records of this line in this month."""
        self.ensure_one()
        return open_action(
            self.env,
            "tip_mvno_billing.mvno_usage_event_action",
            domain=[
                ("mvno_line_id", "=", self.mvno_line_id.id),
                ("competence", "=", fields.Date.to_string(self.competence)),
            ],
            context={},
        )

    def action_detail_pdf(self):
        """Print the detailed statement of this line's subscriber, all lines of the
        month."""
        self.ensure_one()
        return self.env.ref(REPORT).report_action(self)

    def action_detail_csv(self):
        """Download the detailed statement of this line's subscriber as a CSV file."""
        self.ensure_one()
        self.env["mvno.usage.event"].check_access("read")
        name = self._detail_name("csv")
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/detail_csv/{name}"
            "?download=true",
            "target": "download",
        }

    # === KEEPING LINES UP TO DATE === #

    @api.model
    def _rebuild(self, statements):
        """Bring statements' lines up to date; what did not change is not touched.

        A statement shows the lines that were in service in its month and those that
        have events in it, with the plan and price of the contract line valid then, and
        the holder and number of the month's end.

        :param statements: ``mvno.statement`` records of one platform and month
        """
        if not statements:
            return
        self.env.flush_all()
        self._write_wanted_lines(statements)
        run(
            self,
            SQL(
                """
                DELETE FROM mvno_statement_line line
                 WHERE line.statement_id = ANY(%(statements)s)
                   AND NOT EXISTS (
                       SELECT FROM mvno_wanted_line wanted
                        WHERE wanted.statement_id = line.statement_id
                          AND wanted.mvno_line_id = line.mvno_line_id
                       )
                """,
                statements=statements.ids,
            ),
        )
        columns = SQL(", ").join(map(SQL.identifier, FOLLOWING))
        wanted = SQL(", ").join(SQL.identifier("wanted", name) for name in FOLLOWING)
        present = SQL(", ").join(SQL.identifier("line", name) for name in FOLLOWING)
        run(
            self,
            SQL(
                """
                UPDATE mvno_statement_line line
                   SET (%(columns)s) = ROW(%(wanted)s)
                  FROM mvno_wanted_line wanted
                 WHERE wanted.statement_id = line.statement_id
                   AND wanted.mvno_line_id = line.mvno_line_id
                   AND (%(present)s) IS DISTINCT FROM (%(wanted)s)
                """,
                columns=columns,
                wanted=wanted,
                present=present,
            ),
        )
        run(
            self,
            SQL(
                """
                INSERT INTO mvno_statement_line
                       (statement_id, company_id, mvno_line_id, %(columns)s)
                SELECT wanted.statement_id, wanted.company_id, wanted.mvno_line_id,
                       %(wanted)s
                  FROM mvno_wanted_line wanted
                 WHERE NOT EXISTS (
                       SELECT FROM mvno_statement_line line
                        WHERE wanted.statement_id = line.statement_id
                          AND wanted.mvno_line_id = line.mvno_line_id
                       )
                 ORDER BY wanted.number, wanted.mvno_line_id
                """,
                columns=columns,
                wanted=wanted,
            ),
        )
        run(self, "DROP TABLE pg_temp.mvno_wanted_line")
        statements.invalidate_recordset()
        self.invalidate_model()

    def _write_wanted_lines(self, statements):
        """Write what the statements' lines should be beside them."""
        first_day = statements[0].competence
        run(self, "DROP TABLE IF EXISTS pg_temp.mvno_wanted_line")
        run(
            self,
            SQL(
                """
                CREATE TEMPORARY TABLE mvno_wanted_line AS
                WITH used AS (
                    SELECT mvno_line_id,
                           sum(seconds) FILTER (WHERE kind = 'voice') AS voice_seconds,
                           count(*) FILTER (WHERE kind = 'sms') AS sms_count,
                           sum(upload_mb + download_mb) AS data_mb
                      FROM mvno_usage_event
                     WHERE platform_id = %(platform)s
                       AND competence = %(first_day)s
                       AND mvno_line_id IS NOT NULL
                     GROUP BY mvno_line_id
                ), contracted AS (
                    SELECT DISTINCT ON (contracted.mvno_line_id)
                           contracted.mvno_line_id, contracted.product_id,
                           contracted.currency_id,
                           COALESCE(contracted.specific_price::numeric, 0)
                           * (1 - CASE
                               WHEN contracted.mvno_discount_end < %(first_day)s
                               THEN COALESCE(contracted.mvno_discount_after, 0)
                               ELSE COALESCE(contracted.discount, 0)
                           END / 100) AS price
                      FROM contract_line contracted
                      JOIN mvno_line line ON line.id = contracted.mvno_line_id
                     WHERE line.platform_id = %(platform)s
                       AND contracted.is_canceled IS NOT TRUE
                       AND contracted.date_start < %(next_month)s
                       AND COALESCE(contracted.date_end >= %(first_day)s, TRUE)
                     ORDER BY contracted.mvno_line_id, contracted.date_start DESC,
                           contracted.id DESC
                ), holder AS (
                    %(holders)s
                ), shown AS (
                    SELECT line.id, line.platform_id,
                           COALESCE(holder.partner_id, line.partner_id) AS partner_id,
                           COALESCE(holder.number, line.number) AS number
                      FROM mvno_line line
                      LEFT JOIN holder ON holder.line_id = line.id
                      LEFT JOIN used ON used.mvno_line_id = line.id
                      LEFT JOIN contracted ON contracted.mvno_line_id = line.id
                     WHERE line.platform_id = %(platform)s
                       AND (
                           used.mvno_line_id IS NOT NULL
                           OR line.state NOT IN ('draft', 'activating')
                           AND COALESCE(
                               line.activation_date < %(next_month)s,
                               contracted.mvno_line_id IS NOT NULL
                           )
                           AND COALESCE(
                               line.cancellation_date >= %(first_day)s,
                               line.state != 'cancelled'
                           )
                       )
                )
                SELECT statement.id AS statement_id, statement.company_id,
                       shown.id AS mvno_line_id, shown.partner_id, shown.number,
                       contracted.product_id,
                       COALESCE(contracted.currency_id, company.currency_id)
                           AS currency_id,
                       round(COALESCE(contracted.price, 0), 2) AS monthly_value,
                       LEAST(COALESCE(used.voice_seconds, 0), 2147483647)::integer
                           AS voice_seconds,
                       COALESCE(used.voice_seconds, 0) / 3600.0::double precision
                           AS voice_hours,
                       COALESCE(used.sms_count, 0)::integer AS sms_count,
                       round(COALESCE(used.data_mb, 0), 3) AS data_mb
                  FROM mvno_statement statement
                  JOIN res_company company ON company.id = statement.company_id
                  JOIN shown ON shown.platform_id = statement.platform_id
                  JOIN res_partner partner ON partner.id = shown.partner_id
                  LEFT JOIN used ON used.mvno_line_id = shown.id
                  LEFT JOIN contracted ON contracted.mvno_line_id = shown.id
                 WHERE statement.id = ANY(%(statements)s)
                   AND (
                       statement.partner_id IS NULL
                       OR statement.partner_id
                          IN (shown.partner_id, partner.commercial_partner_id)
                   )
                """,
                platform=statements.platform_id.id,
                statements=statements.ids,
                first_day=first_day,
                holders=self.env["mvno.line.identity"]._holders_query(
                    statements.platform_id, first_day
                ),
                next_month=first_day + relativedelta(months=1),
            ),
        )
        run(self, "ANALYZE mvno_wanted_line")

    # === DETAILED STATEMENT === #

    def _of_subscribers(self):
        """:return: all lines of these ones' subscribers on their statements"""
        wanted = {(line.statement_id, line.partner_id) for line in self}
        return self.search(
            [
                ("statement_id", "in", self.statement_id.ids),
                ("partner_id", "in", self.partner_id.ids),
            ]
        ).filtered(lambda line: (line.statement_id, line.partner_id) in wanted)

    def _detail_name(self, extension):
        name = self.env._(
            "detailed statement %(month)s",
            month=f"{self.statement_id.competence:%m-%Y}",
        )
        return f"{name}.{extension}"

    def _detail_file(self, extension):
        """:param str extension: "pdf" or "csv"
        :return: (name, bytes) of the detailed statement of this line's subscriber, in
            the subscriber's language
        :raise AccessError: for whoever may not read call records"""
        self.ensure_one()
        lang = self.partner_id.lang or self.env.lang
        line = self.with_context(lang=lang)
        name = line._detail_name(extension)
        if extension == "csv":
            report = line.env["report.tip_mvno_billing.report_statement_detail"]
            return name, report._csv(line)
        content, _kind = line.env["ir.actions.report"]._render_qweb_pdf(
            REPORT, res_ids=line.ids
        )
        return name, content
