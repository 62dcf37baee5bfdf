# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from datetime import timedelta
from typing import NamedTuple

from dateutil.relativedelta import relativedelta
from psycopg2 import errors

from odoo import api, models
from odoo.exceptions import ConcurrencyError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.tip_mvno.tools.bulk import named, where
from odoo.addons.tip_mvno.tools.cursor import database_now

from ...tools.month import month_end, next_month

_logger = logging.getLogger(__name__)

BATCH_CUSTOMERS = 50
# So long after the end of a contract line a missed month is still looked for.
MONTHS_LOOKED_BACK = 12
# Somebody else was at the same records: look again with fresh eyes.
CONFLICTS = (
    ConcurrencyError,
    errors.DeadlockDetected,
    errors.ExclusionViolation,
    errors.LockNotAvailable,
    errors.SerializationFailure,
    errors.UniqueViolation,
)
MAX_CONFLICTS = 5
# Any number that no other addon uses for its advisory locks.
LOCK_CLASS = 1_936_029_279


class Work(NamedTuple):
    """How a run does what it is set to: the names of its methods."""

    count_left: str
    """Tells how much is still to be done."""
    do_slice: str
    """Does the next part and tells how much that was; see :meth:`_run_slice`."""


class MvnoBillingRun(models.Model):
    """How a billing run goes through its customers, one committed slice at a time."""

    _inherit = "mvno.billing.run"

    @api.model
    def cron_run(self):
        """Driver: slice after slice of the runs that wait, each committed."""
        self.env["ir.cron"].check_access("write")
        self.env["ir.cron"]._commit_progress(remaining=0)
        for run in self.search([("state", "in", self._open_states)], order="id"):
            if not run._drive():
                return

    def _drive(self):
        """Work on one run until it is done, stopped, or the cron's time is up.

        :return: bool, whether there is time left for other runs
        """
        self.ensure_one()
        cron = self.env["ir.cron"]
        conflicts = 0
        while True:
            self.env.invalidate_all()
            try:
                with self.env.cr.savepoint():
                    done = self._run_slice(last_try=conflicts >= MAX_CONFLICTS)
            except CONFLICTS as error:
                conflicts += 1
                _logger.info("Billing run %s looks again: %s", self.id, named(error))
                done = 0 if conflicts <= MAX_CONFLICTS + 1 else None
            except Exception as error:
                self._fail(error)
                done = 0
            if done is None:
                # another process works on the same records: come back later
                self.env.ref("tip_mvno_billing.ir_cron_billing")._trigger(
                    at=database_now(self.env.cr) + timedelta(minutes=1)
                )
                return bool(cron._commit_progress(remaining=0))
            if done:
                conflicts = 0
            is_open = self.state in self._open_states
            left = max(self.customer_count - self.done_count, 1) if is_open else 0
            time_left = cron._commit_progress(done, remaining=left)
            if not is_open or not time_left:
                return bool(time_left)

    # === SLICES === #

    def _run_slice(self, last_try=False):
        """Do the next part of what the run is set to. Never commits.

        :param bool last_try: park customers that run into conflicts, too
        :return: how many customers (or invoices) are done now; None when another
            process bills for this company
        """
        self.ensure_one()
        if not self._lock():
            return None
        if self.state not in self._open_states:
            return 0
        run = self.with_company(self.company_id).with_context(
            lang=self.user_id.lang or self.env.user.lang
        )
        problem = run._start_problem(run.mode)
        if problem:
            run._close("fail", problem)
            return 0
        if run.state == "waiting":
            run._begin()
        return getattr(run, run._work().do_slice)(last_try)

    @api.model
    def _works(self):
        """:return: dict, what a run can be set to: ``{mode: Work}``"""
        customers = Work("_count_customers_left", "_customers_slice")
        drafts = Work("_count_drafts_left", "_post_slice")
        return {"bill": customers, "preview": customers, "post": drafts}

    def _work(self):
        """:return: :class:`Work` that the run is set to"""
        self.ensure_one()
        return self._works()[self.mode]

    def _customers_slice(self, last_try=False):
        """Bill the next customers, or preview that. Never commits.

        :param bool last_try: park customers that run into conflicts, too
        :return: how many are done now
        """
        customers = self._next_customers(BATCH_CUSTOMERS)
        if customers:
            if self.mode == "preview":
                self._preview_customers(customers, last_try)
            else:
                self._bill_and_count(customers, last_try)
            self.write(
                {
                    "cursor": customers.ids[-1],
                    "done_count": self.done_count + len(customers),
                }
            )
        if len(customers) < BATCH_CUSTOMERS:
            self._finish_customers()
        return len(customers)

    def _finish_customers(self):
        """List what no customer's turn told, and end."""
        issues = self._lines_without_contract()
        listed = self.env["mvno.line"].browse(row["mvno_line_id"] for row in issues)
        issues += self._months_of_archived_contracts(listed)
        issues += self._unbilled_charges()
        if self.mode == "preview":
            issues = self._without_previewed(issues)
        told = self.env["mvno.billing.issue"].create(issues)
        self._list_days_without_place(told)
        if self.mode == "preview":
            self._finish_preview()
        else:
            self.billed_at = database_now(self.env.cr)
            self._close("finish")

    def _lock(self):
        """One process at a time bills for a company, and holds its run.

        :return: bool, whether it is this one
        """
        self.ensure_one()
        [[is_mine]] = self.env.execute_query(
            SQL(
                "SELECT pg_try_advisory_xact_lock(%s, %s)",
                LOCK_CLASS,
                self.company_id.id,
            )
        )
        return is_mine and bool(self.try_lock_for_update(allow_referencing=True))

    # === BEGIN AND END === #

    def _begin(self):
        left = getattr(self, self._work().count_left)()
        self._transition(
            "start",
            started_at=self.started_at or database_now(self.env.cr),
            customer_count=self.done_count + left,
        )

    def _close(self, event, message=False):
        """Bring runs to an end, step after step.

        :param str event: that of the state
        :param message: a sentence about why it is no good end, or False
        """
        for step in self._closing_steps():
            getattr(self, step)(event, message)

    @api.model
    def _closing_steps(self):
        """What is done when runs come to an end: what is listed for them stands there
        before their state says so, and whoever is told finds them ended.

        :return: list of names of methods that take an event and a message
        """
        return ["_list_without_email", "_set_ended", "_tell_of_end"]

    def _set_ended(self, event, message):
        self._transition(
            event,
            message or None,
            message=message,
            finished_at=database_now(self.env.cr),
        )

    def _fail(self, error):
        """Halt at what no single customer is to blame for; the rest stays to do."""
        _logger.error("Billing run %s failed: %s", self.id, where(error))
        self._close("fail", self._unexpected(error))

    def _unexpected(self, error):
        """:return: a sentence about an error that nobody foresaw"""
        return self.env._(
            "An unexpected error occurred (%(error)s). Ask your administrator to look "
            "it up in the server's log, then run the billing again.",
            error=type(error).__name__,
        )

    # === CUSTOMERS OF THE MONTH === #

    def _contract_line_domain(self):
        """:return: domain of the contract lines that may have something to bill in
        this month, in one before it, or in advance"""
        return [("contract_id.active", "=", True), *self._months_domain()]

    def _months_domain(self):
        """:return: the same, of archived contracts, too"""
        self.ensure_one()
        following = month_end(next_month(self.competence))
        lately = self.competence - relativedelta(months=MONTHS_LOOKED_BACK)
        return [
            ("is_telephony", "=", True),
            ("is_canceled", "=", False),
            ("contract_id.contract_type", "=", "sale"),
            ("company_id", "=", self.company_id.id),
            ("product_id.mvno_platform_id", "=", self.platform_id.id),
            "|",
            ("date_start", "<=", month_end(self.competence)),
            "&",
            ("date_start", "<=", following),
            ("mvno_billing_timing", "=", "advance"),
            "|",
            "|",
            "|",
            ("date_end", "=", False),
            # a month before its end may have been missed
            ("date_end", ">=", lately),
            # ended before, but not billed up to its end, or billed beyond it
            ("recurring_next_date", "!=", False),
            ("mvno_item_ids", "any", self._provisional_domain()),
        ]

    def _provisional_domain(self):
        """:return: domain of the items that were billed in advance and await a run"""
        return [
            ("is_provisional", "=", True),
            ("state", "=", "billed"),
            ("competence", "<=", self.competence),
        ]

    def _customers_after_cursor(self):
        """:return: SQL of the ids of the customers that are still to be done"""
        contracts = self.env["contract.contract"]
        lines = Domain(self._contract_line_domain()) | self._charged_line_domain()
        found = contracts._search([("contract_line_ids", "any", lines)])
        customer = SQL.identifier(
            "commercial_partner_id",
            to_flush=contracts._fields["commercial_partner_id"],
        )
        return SQL(
            "SELECT DISTINCT %(customer)s AS customer_id FROM contract_contract "
            "WHERE id IN %(found)s AND %(customer)s > %(cursor)s",
            customer=customer,
            found=found.subselect(),
            cursor=self.cursor,
        )

    def _count_customers_left(self):
        """:return: how many customers are still to be done"""
        [[count]] = self.env.execute_query(
            SQL("SELECT COUNT(*) FROM (%s) customers", self._customers_after_cursor())
        )
        return count

    def _next_customers(self, limit):
        """:return: the next customers, ordered by id"""
        rows = self.env.execute_query(
            SQL(
                "%s ORDER BY customer_id LIMIT %s",
                self._customers_after_cursor(),
                limit,
            )
        )
        return self.env["res.partner"].browse(partner_id for [partner_id] in rows)

    # === CHARGES BESIDE THE MONTHLY VALUES === #

    def _charged_line_domain(self):
        """:return: domain of the contract lines on which this run may have to charge
        something, whether they still pay for a plan or not"""
        self.ensure_one()
        sources = self.env["mvno.billing.source"]._all()
        return Domain.OR(source._line_domain(self) for source in sources)

    def _charges(self, customers):
        """List what these customers are charged beside the monthly values of this
        month.

        :param customers: ``res.partner`` records
        :return: list of :class:`Charge`, in the order of their invoice lines
        """
        self.ensure_one()
        sources = self.env["mvno.billing.source"]._all()
        return [
            charge for source in sources for charge in source._charges(self, customers)
        ]

    def _unbilled_charges(self):
        """List what was to be charged beside the monthly values and is not billed with
        this month, once all its customers are done.

        :return: list of issue values
        """
        self.ensure_one()
        sources = self.env["mvno.billing.source"]._all()
        return [values for source in sources for values in source._unbilled(self)]

    # === BILLING CUSTOMERS === #

    def _bill_customers(self, customers, last_try=False):
        """Bill these customers' month and list what is not billed.

        :param customers: ``res.partner`` records
        :param bool last_try: park customers that run into conflicts, too
        """
        lines = self.env["contract.line"].search(
            [
                *self._contract_line_domain(),
                ("contract_id.commercial_partner_id", "in", customers.ids),
            ],
            order="contract_id, sequence, id",
        )
        survey = self._survey(lines)
        self.env["mvno.billing.item"]._settle(survey.settled)
        charges = survey.charges + self._charges(customers)
        issues = survey.issues + self._invoice_or_park(survey.parts, charges, last_try)
        self.env["mvno.billing.issue"].create(issues)
