# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import format_date

from ...tools.actions import open_first
from ...tools.month import month_text
from ...tools.named_rows import narrow_ids

FINDINGS = [
    ("unknown_line", "Charged for a line we do not know"),
    ("after_cancellation", "Charged after the cancellation"),
    ("not_billed", "Charged to us, not billed by us"),
    ("not_charged", "Billed by us, not charged to us"),
    ("other_cost", "Other cost than the plan's"),
    ("none", "Agrees"),
]

# A row's id tells its bill: so many rows of each.
ROWS = 2**32


class MvnoPlatformBillResult(models.Model):
    """A platform's bill beside what we billed for the same month, line by line.

    Nothing is stored: what is settled is seen at once.
    """

    _name = "mvno.platform.bill.result"
    _description = "Platform's Bill Compared"
    _auto = False
    _order = "bill_id desc, leak desc, id"
    _rec_name = "number"
    _depends = {
        "contract.line": ["contract_id", "product_id"],
        "mvno.command": ["line_id", "operation", "quantity", "settled_at", "state"],
        "mvno.line": [
            "activation_date",
            "cancellation_date",
            "contract_line_id",
            "number",
            "partner_id",
            "platform_contract",
            "simcard_id",
            "state",
        ],
        "mvno.month.closing": ["value"],
        "mvno.plan.cost": ["cost", "date_start", "plan_id", "top_up_cost"],
        "mvno.platform.bill": ["competence", "platform_id", "state"],
        "mvno.platform.bill.line": ["amount", "bill_id", "kind", "mvno_line_id"],
        "product.template": ["mvno_plan_id"],
    }

    bill_id = fields.Many2one("mvno.platform.bill", string="Bill", readonly=True)
    platform_id = fields.Many2one("mvno.platform", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    competence = fields.Date(string="Billing Month", readonly=True)
    finding = fields.Selection(FINDINGS, readonly=True)
    reason = fields.Char(compute="_compute_reason", help="What was found.")
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    contract_id = fields.Many2one("contract.contract", readonly=True)
    product_id = fields.Many2one("product.product", string="Plan", readonly=True)
    plan_id = fields.Many2one("mvno.plan", string="Platform Plan", readonly=True)
    mvno_line_id = fields.Many2one("mvno.line", string="Mobile Line", readonly=True)
    number = fields.Char(readonly=True)
    iccid = fields.Char(string="ICCID", readonly=True)
    platform_contract = fields.Char(string="Contract at the Platform", readonly=True)
    row_count = fields.Integer(string="Rows", readonly=True)
    charged = fields.Monetary(
        string="Charged to Us", readonly=True, help="All rows of the platform's bill."
    )
    compared = fields.Monetary(
        string="Charged by the Plan",
        readonly=True,
        help="The rows that the plan's cost explains: the monthly value, and top-ups "
        "where their cost is known.",
    )
    plan_cost = fields.Monetary(
        string="Plan's Cost",
        readonly=True,
        help="What the plan costs in this month, and top-ups where their cost is "
        "known.",
    )
    cost_difference = fields.Monetary(
        string="Above the Plan's Cost",
        readonly=True,
        help="Charged by the plan less the plan's cost; below zero, less is charged.",
    )
    billed = fields.Monetary(
        string="Billed by Us",
        readonly=True,
        help="Without taxes, credit notes subtracted.",
    )
    margin = fields.Monetary(readonly=True, help="Billed by us less charged to us.")
    leak = fields.Monetary(
        string="Leaked",
        readonly=True,
        help="What we pay and nobody pays us, and what is above the plan's cost.",
    )

    @api.depends("finding", "competence", "mvno_line_id", "cost_difference")
    @api.depends_context("lang")
    def _compute_reason(self):
        # accountants have no right to lines
        for row in self.sudo():
            row.reason = row._what_was_found()

    def _what_was_found(self):
        self.ensure_one()
        month = month_text(self.competence)
        match self.finding:
            case "unknown_line":
                return self.env._(
                    "No line here is known by this contract, ICCID or number: take it "
                    "over, or ask the platform to cancel it and to give the money back."
                )
            case "after_cancellation":
                return self.env._(
                    "The line was cancelled on %(date)s: ask the platform for the "
                    "money.",
                    date=format_date(self.env, self.mvno_line_id.cancellation_date),
                )
            case "not_billed":
                return self.env._(
                    "Nothing was billed to the customer for %(month)s: see the closing "
                    "of the month for the reason.",
                    month=month,
                )
            case "not_charged":
                return self.env._(
                    "The customer pays, the platform charges nothing: look whether the "
                    "line is in service there."
                )
            case "other_cost":
                return self.env._(
                    "The plan's cost is another: ask the platform, or correct the "
                    "plan's cost."
                )
        return False

    def action_open(self):
        """Open the line, or its contract for whoever may not see lines; a row of an
        unknown line opens the bill's rows."""
        self.ensure_one()
        if not self.mvno_line_id:
            action = self.bill_id.action_view_lines()
            told = [
                (name, "=", self[name])
                for name in ("platform_contract", "iccid", "number")
            ]
            return {**action, "domain": [*action["domain"], *told]}
        return open_first((self.mvno_line_id, self.contract_id, self.partner_id))

    # === QUERY === #

    @property
    def _table_query(self):
        return SQL(
            """
            WITH valued AS NOT MATERIALIZED (%(valued)s
            ), part AS NOT MATERIALIZED (%(part)s
            ), summed AS (
                SELECT bill_id, mobile_id, unknown_id,
                       max(contract_line_id) AS contract_line_id,
                       sum(row_count) AS row_count, sum(charged) AS charged,
                       sum(monthly) AS monthly, sum(top_up) AS top_up,
                       sum(billed) AS billed
                  FROM part
                 GROUP BY bill_id, mobile_id, unknown_id
            ), told AS (%(told)s
            )
            SELECT told.*,
                   CASE finding
                        WHEN 'unknown_line' THEN charged
                        WHEN 'after_cancellation' THEN charged
                        WHEN 'not_billed' THEN charged
                        WHEN 'other_cost' THEN GREATEST(cost_difference, 0)
                        ELSE 0 END AS leak
              FROM (
                   SELECT told.*, %(finding)s AS finding FROM told
              ) told
            """,
            valued=self.env["mvno.month.closing"]._valued_query(),
            part=self._part_query(),
            told=self._told_query(),
            finding=self._finding_sql(),
        )

    @api.model
    def _search(self, domain, *args, **kwargs):
        """Rows that are named by their ids are looked for in their bills only."""
        domain = narrow_ids(
            domain, lambda ids: [("bill_id", "in", list({key // ROWS for key in ids}))]
        )
        return super()._search(domain, *args, **kwargs)

    def _part_query(self):
        """:return: SQL of everything that counts for a line: what is charged to us, and
        what we billed"""
        return SQL(
            """
            SELECT bill_id, COALESCE(mvno_line_id, 0) AS mobile_id,
                   CASE WHEN mvno_line_id IS NULL THEN id ELSE 0 END AS unknown_id,
                   NULL::integer AS contract_line_id, 1 AS row_count,
                   amount AS charged,
                   CASE WHEN kind IN ('monthly', 'credit')
                        THEN amount ELSE 0 END AS monthly,
                   CASE WHEN kind = 'top_up' THEN amount ELSE 0 END AS top_up,
                   0 AS billed
              FROM mvno_platform_bill_line
             UNION ALL
            SELECT bill.id, valued.mvno_line_id, 0, valued.contract_line_id,
                   0, 0, 0, 0, COALESCE(valued.value, 0)
              FROM mvno_platform_bill bill
              JOIN valued ON valued.competence = bill.competence
              JOIN mvno_line mobile
                ON mobile.id = valued.mvno_line_id
               AND mobile.platform_id = bill.platform_id
             WHERE bill.state != 'draft'
            """
        )

    def _told_query(self):
        """:return: SQL of the rows but for what they tell"""
        return SQL(
            """
            SELECT bill.id * %(rows)s + CASE WHEN summed.mobile_id = 0
                       THEN summed.unknown_id::bigint * 2 + 1
                       ELSE summed.mobile_id::bigint * 2 END AS id,
                   bill.id AS bill_id, bill.platform_id, bill.company_id,
                   company.currency_id, bill.competence,
                   mobile.partner_id, payer.contract_id, payer.product_id,
                   template.mvno_plan_id AS plan_id,
                   mobile.id AS mvno_line_id,
                   COALESCE(mobile.number, unknown.number) AS number,
                   COALESCE(card.iccid, unknown.iccid) AS iccid,
                   COALESCE(mobile.platform_contract, unknown.platform_contract)
                       AS platform_contract,
                   summed.row_count::integer, charged,
                   monthly + CASE WHEN top_up_cost > 0 THEN top_up ELSE 0 END
                       AS compared,
                   cost.plan_cost + COALESCE(cost.top_up_cost * top_ups.gb, 0)
                       AS plan_cost,
                   CASE WHEN row_count > 0 THEN
                        monthly + CASE WHEN top_up_cost > 0 THEN top_up ELSE 0 END
                        - cost.plan_cost - COALESCE(cost.top_up_cost * top_ups.gb, 0)
                   END AS cost_difference,
                   billed, billed - charged AS margin,
                   mobile.state = 'cancelled'
                       AND mobile.cancellation_date < bill.competence AS is_over,
                   COALESCE(mobile.activation_date <= bill.competence, TRUE)
                       AND COALESCE(
                           mobile.state != 'cancelled'
                           OR mobile.cancellation_date
                              >= bill.competence + interval '1 month - 1 day',
                           TRUE
                       ) AS is_whole
              FROM summed
              JOIN mvno_platform_bill bill ON bill.id = summed.bill_id
              JOIN mvno_platform platform ON platform.id = bill.platform_id
              JOIN res_company company ON company.id = bill.company_id
              LEFT JOIN mvno_platform_bill_line unknown ON unknown.id = unknown_id
              LEFT JOIN mvno_line mobile ON mobile.id = summed.mobile_id
              LEFT JOIN mvno_simcard card ON card.id = mobile.simcard_id
              LEFT JOIN contract_line payer
                ON payer.id = COALESCE(
                    summed.contract_line_id, mobile.contract_line_id
                )
              LEFT JOIN product_product product ON product.id = payer.product_id
              LEFT JOIN product_template template
                ON template.id = product.product_tmpl_id
              LEFT JOIN (
                   SELECT plan_id, date_start, cost AS plan_cost, top_up_cost,
                          lead(date_start) OVER (
                              PARTITION BY plan_id ORDER BY date_start
                          ) AS next_start
                     FROM mvno_plan_cost
              ) cost
                ON cost.plan_id = template.mvno_plan_id
               AND cost.date_start <= bill.competence
               AND COALESCE(cost.next_start > bill.competence, TRUE)
              LEFT JOIN (
                   SELECT command.line_id, sum(command.quantity) AS gb,
                          date_trunc('month', command.settled_at
                              AT TIME ZONE 'UTC' AT TIME ZONE platform.tz)::date
                              AS competence
                     FROM mvno_command command
                     JOIN mvno_platform platform ON platform.id = command.platform_id
                    WHERE command.operation = 'top_up' AND command.state = 'done'
                    GROUP BY 1, 3
              ) top_ups
                ON top_ups.line_id = mobile.id
               AND top_ups.competence = bill.competence
            """,
            rows=ROWS,
        )

    def _finding_sql(self):
        """:return: SQL of what a row tells: the first that applies"""
        return SQL(
            """
            CASE WHEN mvno_line_id IS NULL THEN 'unknown_line'
                 WHEN is_over AND charged > 0 THEN 'after_cancellation'
                 WHEN charged > 0 AND billed <= 0 THEN 'not_billed'
                 WHEN row_count = 0 AND billed > 0 THEN 'not_charged'
                 WHEN cost_difference > 0.005
                   OR (cost_difference < -0.005 AND is_whole) THEN 'other_cost'
                 ELSE 'none' END
            """
        )
