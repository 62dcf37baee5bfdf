# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.tip_mvno.tools.actions import open_action

from ...tools.month import month_text, next_month
from ..contract.contract_contract import DAYS_TO_PAY

# Issues of invoices that are made; a new posting lists them anew.
POSTING_CODES = ("not_posted", "no_email")
# Every legal change of a run's state: {state: {event: next state}}.
TRANSITIONS = {
    "draft": {"run": "waiting", "preview": "waiting"},
    "waiting": {"start": "running", "stop": "stopped", "fail": "error"},
    "running": {
        "finish": "done",
        "show": "previewed",
        "stop": "stopped",
        "fail": "error",
    },
    "previewed": {"run": "waiting", "preview": "waiting"},
    "done": {"run": "waiting", "preview": "waiting", "post": "waiting"},
    "stopped": {
        "run": "waiting",
        "preview": "waiting",
        "post": "waiting",
        "continue": "waiting",
    },
    "error": {
        "run": "waiting",
        "preview": "waiting",
        "post": "waiting",
        "continue": "waiting",
    },
}


class MvnoBillingRun(models.Model):
    """Invoicing a month of telephony. Running it again changes nothing."""

    _name = "mvno.billing.run"
    _description = "Billing Run"
    _inherit = [
        "mvno.platform.month",
        "mvno.stateful",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "competence desc, id desc"
    _check_company_auto = True
    _transitions = TRANSITIONS
    _open_states = ("waiting", "running")

    competence = fields.Date(
        index=True,
        help="The month that is billed. It is billed in arrears: from the first day of "
        "the next month on.",
    )
    due_date = fields.Date(
        help="Due date of every invoice of this run. Leave it empty for the due day of "
        "each contract.",
    )
    user_id = fields.Many2one(
        "res.users", string="Started by", readonly=True, copy=False
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("waiting", "Waiting"),
            ("running", "Running"),
            ("previewed", "Previewed"),
            ("done", "Done"),
            ("stopped", "Stopped"),
            ("error", "Error"),
        ],
        string="Status",
        required=True,
        default="draft",
        readonly=True,
        index=True,
        copy=False,
    )
    mode = fields.Selection(
        [("bill", "Bill"), ("preview", "Preview"), ("post", "Post")],
        string="Work",
        required=True,
        default="bill",
        readonly=True,
        copy=False,
        help="What the run is set to do, or did last.",
    )
    message = fields.Text(readonly=True, copy=False)
    cursor = fields.Integer(
        readonly=True,
        copy=False,
        help="The last customer that is done, or invoice that is posted: taken by id.",
    )
    customer_count = fields.Integer(
        string="To Do",
        readonly=True,
        copy=False,
        help="Customers, or invoices to post.",
    )
    done_count = fields.Integer(string="Done", readonly=True, copy=False)
    progress = fields.Float(compute="_compute_progress")
    started_at = fields.Datetime(string="Started", readonly=True, copy=False)
    finished_at = fields.Datetime(string="Finished", readonly=True, copy=False)
    invoice_ids = fields.One2many(
        "account.move",
        "mvno_billing_run_id",
        string="Invoices",
        readonly=True,
        groups="account.group_account_invoice,account.group_account_readonly",
    )
    invoice_count = fields.Integer(
        string="Number of Invoices", compute="_compute_invoice_totals"
    )
    amount_total = fields.Monetary(
        string="Total",
        compute="_compute_invoice_totals",
        help="What the run's invoices come to, less what was given back on them by "
        "credit notes; cancelled ones are left out.",
    )
    issue_ids = fields.One2many(
        "mvno.billing.issue", "run_id", string="Not Billed", readonly=True
    )
    issue_count = fields.Integer(
        string="Number Not Billed", compute="_compute_issue_count"
    )

    # === COMPUTES === #

    @api.depends("state", "done_count", "customer_count")
    def _compute_progress(self):
        for run in self:
            if run.state in ("previewed", "done"):
                run.progress = 100.0
            else:
                total = max(run.customer_count, run.done_count, 1)
                run.progress = 100.0 * run.done_count / total

    @api.depends(
        "invoice_ids.state",
        "invoice_ids.amount_total_signed",
        "invoice_ids.reversal_move_ids.state",
        "invoice_ids.reversal_move_ids.amount_total_signed",
    )
    def _compute_invoice_totals(self):
        moves = self.env["account.move"].sudo()
        standing = [("mvno_billing_run_id", "in", self.ids), ("state", "!=", "cancel")]
        totals = {
            run: (count, total)
            for run, count, total in moves._read_group(
                standing,
                ["mvno_billing_run_id"],
                ["__count", "amount_total_signed:sum"],
            )
        }
        given_back = defaultdict(float)
        for invoice, total in moves._read_group(
            [("reversed_entry_id", "any", standing), ("state", "=", "posted")],
            ["reversed_entry_id"],
            ["amount_total_signed:sum"],
        ):
            given_back[invoice.mvno_billing_run_id] += total
        for run in self:
            run.invoice_count, total = totals.get(run, (0, 0.0))
            run.amount_total = total + given_back[run]

    @api.depends("issue_ids")
    def _compute_issue_count(self):
        counts = {
            run.id: count
            for run, count in self.env["mvno.billing.issue"]._read_group(
                [("run_id", "in", self.ids)], ["run_id"], ["__count"]
            )
        }
        for run in self:
            run.issue_count = counts.get(run.id, 0)

    def _begun_problem(self):
        return self.state != "draft" and self.env._(
            "Billing run %(run)s was started already: its platform and month stay. "
            "Make a new run instead.",
            run=self.display_name,
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_without_invoices(self):
        for run in self:
            # cancelled invoices count, too: they may be taken up again
            if run.state in self._open_states or run.sudo().invoice_ids:
                raise UserError(
                    self.env._(
                        "Billing run %(run)s has made invoices, or is at it: it stays "
                        "on record.",
                        run=run.display_name,
                    )
                )

    # === ACTIONS === #

    def action_run(self):
        """Set the runs to work; the cron does it, with progress.

        A run that is done may be run again: it bills what has become billable since,
        and nothing twice.

        :raise UserError: when the month cannot be billed; says why and what to do
        """
        self._start("run", "bill")
        return True

    def _start(self, event, mode, **vals):
        """Set the runs that are not at work to a work of theirs, from the beginning.

        :param str event: that of the state
        :param str mode: the work
        :param vals: further fields that change with it
        :return: the runs that are set to work now
        :raise UserError: when the month cannot be billed; says why and what to do
        """
        self.check_access("write")
        for run in self:
            problem = run._start_problem(mode)
            if problem:
                raise UserError(problem)
        starting = self.filtered(lambda run: run.state not in self._open_states)
        stale = starting.issue_ids.filtered(
            lambda issue: not issue.sudo()._tells_of_draft()
        )
        if mode == "post":
            stale = stale.filtered(lambda issue: issue.code in POSTING_CODES)
        stale.sudo().unlink()
        starting._set_waiting(
            event, mode=mode, cursor=0, done_count=0, started_at=False, **vals
        )
        return starting

    def action_stop(self):
        """Stop after the slice under way; its invoices stay."""
        self.check_access("write")
        running = self.filtered(lambda run: run.state in self._open_states)
        running.sudo()._transition("stop")
        return True

    def action_continue(self):
        """Go on where a stopped or failed run ended.

        :raise UserError: when the month cannot be billed; says why and what to do
        """
        self.check_access("write")
        halted = self.filtered(lambda run: run.state in ("stopped", "error"))
        for run in halted:
            problem = run._start_problem(run.mode)
            if problem:
                raise UserError(problem)
        halted._set_waiting("continue")
        return True

    def _set_waiting(self, event, **vals):
        vals = {"message": False, "finished_at": False, "user_id": self.env.uid} | vals
        self.sudo()._transition(event, **vals)
        if self:
            self.env.ref("tip_mvno_billing.ir_cron_billing")._trigger()

    def _start_problem(self, mode="bill"):
        """:param str mode: the work to be done
        :return: a sentence about why this month cannot be billed now, or False"""
        self.ensure_one()
        if mode == "post":
            if self.mode == "bill" and self.state in ("stopped", "error"):
                return self.env._(
                    "The billing of %(run)s did not come to its end. Continue it, then "
                    "post the drafts.",
                    run=self.display_name,
                )
            return self.company_id.sudo()._mvno_journal_problem()
        today = self.platform_id._today()
        first_day = next_month(self.competence)
        if today < first_day:
            return self.env._(
                "%(month)s is not over yet. Telephony is billed in arrears: bill "
                "%(month)s from %(day)s on.",
                month=month_text(self.competence),
                day=f"{first_day:%d/%m/%Y}",
            )
        earliest = today + timedelta(days=DAYS_TO_PAY)
        if self.due_date and self.due_date < earliest:
            return self.env._(
                "The due date %(due)s is less than %(days)s days away: customers could "
                "not pay in time. Choose %(earliest)s or later, or leave it empty for "
                "each contract's own due day.",
                due=f"{self.due_date:%d/%m/%Y}",
                days=DAYS_TO_PAY,
                earliest=f"{earliest:%d/%m/%Y}",
            )
        return self.company_id.sudo()._mvno_journal_problem()

    def action_view_invoices(self):
        """Open this run's invoices."""
        self.ensure_one()
        return open_action(
            self.env,
            "tip_mvno_billing.account_move_action_mvno",
            domain=[("mvno_billing_run_id", "=", self.id)],
        )

    def action_view_items(self):
        """Open what this run billed, month by month of each line."""
        self.ensure_one()
        return open_action(
            self.env,
            "tip_mvno_billing.mvno_billing_item_action",
            domain=[("move_id.mvno_billing_run_id", "=", self.id)],
            context={},
        )

    def action_view_issues(self):
        """Open what this run did not bill, with the reasons."""
        self.ensure_one()
        return open_action(
            self.env,
            "tip_mvno_billing.mvno_billing_issue_action",
            domain=[("run_id", "=", self.id)],
        )
