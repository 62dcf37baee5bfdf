# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ...tools.actions import open_first
from ...tools.month import month_text

STATUSES = [
    ("not_billed", "Not billed"),
    ("partly", "Partly billed"),
    ("billed", "Billed"),
    ("nothing_due", "Nothing due"),
]
CHANGES = [
    ("gone", "No value any more"),
    ("new", "New value"),
    ("changed", "Other value"),
]
CAUSES = [
    ("started", "Began in this month"),
    ("ended", "Ended"),
    ("not_due", "Nothing due in this month"),
    ("not_billed", "Not billed"),
    ("plan", "Change of plan"),
    ("days", "Days in service"),
    ("price", "Other price"),
    ("extras", "Beside the monthly value"),
    ("credited", "Credit note"),
    ("unexplained", "Unexplained"),
]


class MvnoMonthClosing(models.Model):
    """A month, line by line: what was billed, what was not, and against last month.

    One row per mobile line (or contract line that has none) and billing month in which
    something should be billed, was billed, or was in the month before. Nothing is
    stored; the query is in ``mvno_month_closing_query.py``.
    """

    _name = "mvno.month.closing"
    _description = "Closing of a Month"
    _auto = False
    _order = "competence desc, status, id"
    _rec_name = "number"

    platform_id = fields.Many2one("mvno.platform", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    competence = fields.Date(string="Billing Month", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    contract_id = fields.Many2one("contract.contract", readonly=True)
    contract_line_id = fields.Many2one("contract.line", readonly=True)
    product_id = fields.Many2one("product.product", string="Plan", readonly=True)
    mvno_line_id = fields.Many2one("mvno.line", string="Mobile Line", readonly=True)
    number = fields.Char(readonly=True)
    issue_id = fields.Many2one("mvno.billing.issue", string="Issue", readonly=True)
    status = fields.Selection(STATUSES, readonly=True)
    reason = fields.Char(
        string="Why", compute="_compute_reason", help="Why it is not billed."
    )
    is_draft = fields.Boolean(
        string="Still a Draft",
        readonly=True,
        help="An invoice that bills this line's month is not posted yet.",
    )
    days = fields.Integer(
        readonly=True,
        aggregator=None,
        help="Days from the first to the last one billed.",
    )
    recurring = fields.Monetary(string="Monthly Value", readonly=True)
    one_off = fields.Monetary(string="One-off Services", readonly=True)
    usage = fields.Monetary(readonly=True)
    adjustment = fields.Monetary(string="Adjustments", readonly=True)
    fine = fields.Monetary(string="Fidelity Fines", readonly=True)
    credited = fields.Monetary(
        string="Credit Notes", readonly=True, help="What was credited, below zero."
    )
    value = fields.Monetary(
        string="Value Billed",
        readonly=True,
        help="Without taxes, credit notes subtracted.",
    )
    last_value = fields.Monetary(string="Month Before", readonly=True)
    difference = fields.Monetary(readonly=True)
    difference_percent = fields.Float(
        string="Difference (%)",
        readonly=True,
        aggregator=None,
        help="Of the value of the month before.",
    )
    change = fields.Selection(
        CHANGES,
        readonly=True,
        help="Against the month before: a value that came, went, or changed by more "
        "than the settings say.",
    )
    cause = fields.Selection(
        CAUSES,
        readonly=True,
        help="What explains the change: the first of these that applies.",
    )
    is_outlier = fields.Boolean(
        string="Outlier",
        readonly=True,
        help="A change that neither the line's begin or end, nor days in service, nor "
        "a change of plan explains.",
    )

    # nothing here changes; it has what it needs read along with the rows
    @api.depends("platform_id", "competence", "status", "cause", "issue_id")
    @api.depends_context("lang")
    def _compute_reason(self):
        run_months = {
            (platform.id, competence)
            for platform, competence in self.env["mvno.billing.run"]
            .sudo()
            ._read_group(
                [
                    ("platform_id", "in", self.platform_id.ids),
                    ("competence", "in", list(set(self.mapped("competence")))),
                    ("state", "not in", ("draft", "previewed")),
                ],
                ["platform_id", "competence:day"],
            )
        }
        for row in self:
            key = (row.platform_id.id, row.competence)
            row.reason = row._why_not_billed(key in run_months)

    def _why_not_billed(self, was_run):
        """:return: a sentence about why a row is not billed, or False

        :param bool was_run: whether there was a billing run of its month
        """
        self.ensure_one()
        if self.status == "billed":
            return False
        if self.issue_id:
            return self.issue_id.reason
        month = month_text(self.competence)
        if self.status == "nothing_due":
            if self.cause == "ended":
                return self.env._("It ended before %(month)s.", month=month)
            return self.env._("It was not in service yet.")
        if not was_run:
            return self.env._(
                "%(month)s is not billed yet: start a billing run for %(month)s.",
                month=month,
            )
        return self.env._(
            "It has become billable since %(month)s was billed: run the billing again.",
            month=month,
        )

    # === ACTIONS === #

    def action_open(self):
        """Open the line, or its contract for whoever may not see lines."""
        self.ensure_one()
        return open_first((self.mvno_line_id, self.contract_id, self.partner_id))
