# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools.misc import format_date

FINDINGS = [
    ("unknown_line", "Charged for a line we do not know"),
    ("after_cancellation", "Charged after the cancellation"),
    ("not_billed", "Charged to us, not billed by us"),
    ("not_charged", "Billed by us, not charged to us"),
    ("other_cost", "Other cost than the plan's"),
    ("none", "Agrees"),
]


class MvnoPlatformBillResult(models.Model):
    """A platform's bill beside what we billed for the same month, line by line.

    Nothing is stored: what is settled is seen at once. The query is in the room
    beside this one.
    """

    _name = "mvno.platform.bill.result"
    _description = "Platform's Bill Compared"
    _auto = False
    _order = "bill_id desc, leak desc, id"
    _rec_name = "number"

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
        month = f"{self.competence:%m/%Y}"
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
        for record in (self.mvno_line_id, self.contract_id, self.partner_id):
            if record and record.has_access("read"):
                return {
                    "type": "ir.actions.act_window",
                    "res_model": record._name,
                    "res_id": record.id,
                    "view_mode": "form",
                }
        return False
