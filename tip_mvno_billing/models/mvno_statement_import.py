# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.sql_db import Cursor

from odoo.addons.tip_mvno.lib import (
    BULK,
    SlotUnavailable,
    Throttled,
    TipError,
    TokenRefused,
)
from odoo.addons.tip_mvno.models.platform.mvno_platform_client import seconds_to_wait

_logger = logging.getLogger(__name__)

# Seconds before a call that got no answer is made again; after the last, an error.
RETRY_AFTER = (60, 120, 300, 900)
UNREADABLE_SHOWN = 5


class MvnoStatement(models.Model):
    """How a statement is read from the platform: one call for the month.

    The answer is streamed beside the events, a committed chunk at a time, and then
    merged in one transaction. A worker that dies in between leaves the statement
    importing: the next run of the cron asks again.
    """

    _inherit = "mvno.statement"

    failures = fields.Integer(readonly=True, copy=False)
    next_attempt = fields.Datetime(readonly=True, copy=False)
    answered_at = fields.Datetime(
        readonly=True, copy=False, help="When the answer that is kept was asked for."
    )

    def _await_import(self):
        fresh = {
            "last_error": False,
            "failures": 0,
            "read_lines": 0,
            "expected_lines": 0,
            "next_attempt": fields.Datetime.now(),
        }
        # one that is being imported begins anew
        self.write(fresh)
        self.filtered(lambda s: s.state != "importing")._transition("import")
        self.env.ref("tip_mvno_billing.ir_cron_import_statements")._trigger()

    def _import_problem(self):
        """:return: a sentence about what stands in the way of an import, or False"""
        self.ensure_one()
        if self._is_month_closed():
            return self.env._(
                "%(month)s is closed on platform %(platform)s: nothing was imported. "
                "Reopen the statement of all subscribers first.",
                month=f"{self.competence:%m/%Y}",
                platform=self.platform_id.name,
            )
        if self.partner_id and not self._document():
            return self.env._(
                "%(person)s has no CPF or CNPJ, which the platform needs to find one "
                "subscriber. Fill it in the customer's form, or import all "
                "subscribers.",
                person=self.partner_id.display_name,
            )
        return self._source_problem()

    def _source_problem(self):
        """:return: a sentence about why there is nothing to import from, or False"""
        try:
            self.platform_id._client(BULK)
        except UserError as error:
            return str(error)
        return False

    def _is_month_closed(self):
        self.ensure_one()
        return bool(
            self.sudo().search_count(
                [
                    ("platform_id", "=", self.platform_id.id),
                    ("competence", "=", self.competence),
                    ("state", "=", "closed"),
                ],
                limit=1,
            )
        )

    def _document(self):
        return self.partner_id.commercial_partner_id.vat or None

    # === DRIVER === #

    @api.model
    def _due_domain(self):
        return [
            ("state", "=", "importing"),
            ("next_attempt", "<=", fields.Datetime.now()),
            ("platform_id.active", "=", True),
        ]

    @api.model
    def cron_import(self):
        """Driver of the imports: one after the other, with no transaction of ours open
        while the platform is asked."""
        cron = self.env["ir.cron"]
        cron.check_access("write")
        cron._commit_progress()
        while True:
            self._read_committed()
            due = self.search(self._due_domain(), order="next_attempt, id")
            if not due:
                return
            statement = due[0].platform_id._in_language_of_reader(due[0])
            asked_at = fields.Datetime.now()
            ask = statement._prepare_call(asked_at)
            cron._commit_progress(remaining=len(due))
            if ask:
                statement._drive_import(ask, asked_at)
            remaining = self.search_count(self._due_domain())
            if not cron._commit_progress(1, remaining=remaining):
                return

    def _prepare_call(self, asked_at):
        """Note that the platform is being asked.

        :param asked_at: now
        :return: context manager of the call, which needs no cursor to be entered;
            None when the platform cannot be asked, which the statement then says
        """
        self.ensure_one()
        problem = self._import_problem()
        if problem:
            self._transition("fail", problem, last_error=problem)
            return None
        # should this one never end, the others have their turn first
        self.write({"next_attempt": asked_at, "read_lines": 0})
        return self._open_source()

    def _open_source(self):
        """:return: context manager giving what is imported: an iterable of
        ``lib.UsageLine`` with a ``line_count`` and, once read, its ``problems``"""
        client = self.platform_id._client(BULK)
        return client.detailed_usage(self.competence, document=self._document())

    def _drive_import(self, ask, asked_at):
        """Ask the platform and take its answer over, committing as it goes.

        :param ask: what :meth:`_prepare_call` returned
        :param asked_at: when
        """
        cron = self.env["ir.cron"]
        events = self.env["mvno.usage.event"]
        try:
            with ask as usage:
                self._read_committed()
                events._begin_load()
                self.expected_lines = usage.line_count
                for read_lines in events._load(usage):
                    self.read_lines = read_lines
                    cron._commit_progress()
                    self._read_committed()
                    if self.state != "importing":
                        events._end_load()
                        return
                unreadable = list(usage.problems)
            self._take_over(asked_at, unreadable)
        except Exception as error:
            if not isinstance(error, TipError):
                # one month that cannot be kept must not stop the others; a file that
                # is of no use is its reader's matter, not the server's
                level = logging.INFO if isinstance(error, UserError) else logging.ERROR
                _logger.log(
                    level,
                    "Statement %s: the answer is not kept",
                    self.id,
                    exc_info=True,
                )
                self.env.cr.rollback()
                self._read_committed()
            self.env.invalidate_all()
            events._end_load()
            if self.state == "importing":
                self._postpone_or_fail(error)

    def _read_committed(self):
        """Let the transaction that begins see what others commit while it runs.

        A person may stop the import, another import may merge first: under Odoo's
        REPEATABLE READ that would be a serialization error. A cursor of Odoo's test
        mode lives in the test's transaction, whose level cannot change any more.
        """
        if isinstance(self.env.cr, Cursor):
            self.env.cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        self.env.invalidate_all()

    def _take_over(self, asked_at, unreadable):
        """Make the month equal to the loaded answer, in one transaction.

        :param asked_at: when it was asked for
        :param list unreadable: ``lib.Problem`` items, what in it could not be read
        """
        events = self.env["mvno.usage.event"]
        events._lock_month(self.platform_id, self.competence)
        self.env.invalidate_all()
        if self.state != "importing":
            events._end_load()
            return
        if self._is_month_closed():
            events._end_load()
            problem = self._import_problem()
            self._transition("fail", problem, last_error=problem)
            return
        same_month = self.search(
            [
                ("platform_id", "=", self.platform_id.id),
                ("competence", "=", self.competence),
            ]
        )
        if any((other.answered_at or asked_at) > asked_at for other in same_month):
            # an import that asked later was quicker: this answer is out of date
            events._end_load()
            return
        counts = events._merge(
            self.platform_id, self.competence, whole_month=self._tells_whole_month()
        )
        self._finish(asked_at, counts, unreadable)
        imported = same_month.filtered("imported_at")
        self.env["mvno.statement.line"]._rebuild(imported)

    def _tells_whole_month(self):
        """:return: bool, whether the source is complete for all lines"""
        return not self.partner_id

    def _finish(self, asked_at, counts, unreadable):
        self._transition(
            "finish",
            answered_at=asked_at,
            imported_at=fields.Datetime.now(),
            received_count=counts["received"],
            new_count=counts["new"],
            known_count=counts["known"],
            removed_count=counts["removed"],
            unknown_count=counts["unknown"],
            unknown_contracts=", ".join(filter(None, counts["unknown_contracts"])),
            unreadable=self._unreadable_sentence(unreadable),
            last_error=False,
            failures=0,
        )

    def _unreadable_sentence(self, unreadable):
        """:return: what in the answer could not be read, or False"""
        if not unreadable:
            return False
        shown = unreadable[:UNREADABLE_SHOWN]
        return self.env._(
            "%(count)s values in the platform's answer could not be read and are left "
            "empty: %(values)s",
            count=len(unreadable),
            values="; ".join(self.platform_id._explain_problems(shown)),
        )

    def _postpone_or_fail(self, error):
        """Plan the next try of a call that failed, or give up and say why."""
        sentence = self.platform_id._explain(error)
        if isinstance(error, Throttled | SlotUnavailable):
            wait = seconds_to_wait(error)
        elif self.platform_id._may_pass(error) and self.failures < len(RETRY_AFTER):
            wait = RETRY_AFTER[self.failures]
            self.failures += 1
        else:
            self._transition("fail", sentence, last_error=sentence)
            if isinstance(error, TokenRefused):
                self.platform_id.write({"state": "error", "last_error": sentence})
            return
        next_attempt = fields.Datetime.now() + timedelta(seconds=wait)
        self.write({"last_error": sentence, "next_attempt": next_attempt})
        self.env.ref("tip_mvno_billing.ir_cron_import_statements")._trigger(
            at=next_attempt
        )
