# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

# Every legal change of a bill's state: {state: {event: next state}}.
TRANSITIONS = {
    "draft": {"load": "loaded"},
    "loaded": {"load": "loaded", "check": "checked"},
    "checked": {"reopen": "loaded"},
}


class MvnoPlatformBill(models.Model):
    """What the platform charges us for a month, loaded from its file.

    Its lines are laid beside what we billed our customers for the same month: see
    ``mvno.platform.bill.result``.
    """

    _name = "mvno.platform.bill"
    _description = "Platform's Bill"
    _inherit = ["mvno.stateful", "mvno.file.target"]
    _order = "competence desc, id desc"
    _transitions = TRANSITIONS
    _file_kind = "platform_bill"

    platform_id = fields.Many2one(
        "mvno.platform",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env["mvno.platform"].search(
            [("company_id", "in", self.env.companies.ids)], limit=1
        ),
    )
    company_id = fields.Many2one(
        related="platform_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    competence = fields.Date(
        string="Billing Month",
        required=True,
        default=lambda self: self.env["mvno.billing.run"]._default_competence(),
    )
    state = fields.Selection(
        [("draft", "Draft"), ("loaded", "To check"), ("checked", "Checked")],
        string="Status",
        required=True,
        default="draft",
        readonly=True,
        index=True,
        copy=False,
    )
    total = fields.Monetary(
        string="Total of the Bill",
        copy=False,
        help="What the platform's invoice comes to, to compare with the file's rows.",
    )
    line_ids = fields.One2many(
        "mvno.platform.bill.line", "bill_id", string="Rows", readonly=True
    )
    line_count = fields.Integer(string="Rows in the File", compute="_compute_lines")
    unknown_count = fields.Integer(
        string="Rows of Unknown Lines", compute="_compute_lines"
    )
    line_total = fields.Monetary(string="Total of the Rows", compute="_compute_lines")
    total_difference = fields.Monetary(
        string="Missing in the Rows",
        compute="_compute_total_difference",
        help="The bill's total less the rows': what the file does not tell.",
    )
    note = fields.Text(help="What was found out, the platform's answer...")

    _month_once = models.Constraint(
        "UNIQUE(platform_id, competence)",
        "The platform's bill of this month is here already: load the file there.",
    )
    _competence_first_day = models.Constraint(
        "CHECK(EXTRACT(DAY FROM competence) = 1)",
        "A billing month is kept as its first day.",
    )

    @api.depends("competence", "platform_id.name")
    def _compute_display_name(self):
        for bill in self:
            month = f"{bill.competence:%m/%Y}" if bill.competence else ""
            # accountants have no right to platforms
            bill.display_name = f"{month} {bill.sudo().platform_id.name or ''}".strip()

    @api.depends("line_ids.amount", "line_ids.mvno_line_id")
    def _compute_lines(self):
        totals = {}
        for bill, is_known, count, amount in self.env[
            "mvno.platform.bill.line"
        ]._read_group(
            [("bill_id", "in", self.ids)],
            ["bill_id", "is_known"],
            ["__count", "amount:sum"],
        ):
            total = totals.setdefault(bill.id, [0, 0, 0.0])
            total[0] += count
            total[1] += 0 if is_known else count
            total[2] += amount
        for bill in self:
            bill.line_count, bill.unknown_count, bill.line_total = totals.get(
                bill.id, (0, 0, 0.0)
            )

    @api.depends("total", "line_total")
    def _compute_total_difference(self):
        for bill in self:
            bill.total_difference = bill.total - bill.line_total if bill.total else 0.0

    @api.onchange("competence")
    def _onchange_competence(self):
        if self.competence:
            self.competence = self.competence.replace(day=1)

    def write(self, vals):
        if {"platform_id", "competence"} & vals.keys():
            for bill in self:
                if bill.state != "draft":
                    raise UserError(
                        self.env._(
                            "Bill %(bill)s is loaded already: its platform and month "
                            "stay. Delete it, or make a new one.",
                            bill=bill.display_name,
                        )
                    )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_checked(self):
        for bill in self:
            if bill.state == "checked":
                raise UserError(
                    self.env._(
                        "Bill %(bill)s was checked: it stays on record. Reopen it "
                        "first.",
                        bill=bill.display_name,
                    )
                )

    # === ACTIONS === #

    def action_check(self):
        """Note that the differences were looked at."""
        self.check_access("write")
        self.sudo()._transition("check")
        return True

    def action_reopen(self):
        """Look at the differences again."""
        self.check_access("write")
        self.sudo()._transition("reopen")
        return True

    def action_view_lines(self):
        """Open the rows of the file."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "tip_mvno_billing.mvno_platform_bill_line_action"
        )
        return {**action, "domain": [("bill_id", "=", self.id)]}

    def action_view_results(self):
        """Open the comparison with what we billed."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "tip_mvno_billing.mvno_platform_bill_result_action"
        )
        return {**action, "domain": [("bill_id", "=", self.id)]}

    def action_view_differences(self):
        """Open what the comparison found."""
        action = self.action_view_results()
        return {**action, "domain": [*action["domain"], ("finding", "!=", "none")]}
