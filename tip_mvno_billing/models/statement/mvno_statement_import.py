# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.sql_db import Cursor

from odoo.addons.tip_mvno.lib import TipError
from odoo.addons.tip_mvno.tools.bulk import where, without_values
from odoo.addons.tip_mvno.tools.cursor import database_now

from ...tools.month import month_text
from ...tools.usage_file import columns_of_usage
from ...tools.usage_month import StrayEvents

_logger = logging.getLogger(__name__)

UNREADABLE_SHOWN = 5
# After an answer that another import's has overtaken.
ASK_AGAIN = timedelta(minutes=1)
# Longer than one import waits for another to end.
CLOCK_SLACK = timedelta(minutes=5)


class MvnoStatement(models.Model):
    """How a statement is read from its source: one call to the platform for the month,
    or a file.

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
            "begun_count": 0,
            "read_lines": 0,
            "expected_lines": 0,
            "next_attempt": database_now(self.env.cr),
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
                month=month_text(self.competence),
                platform=self.platform_id.name,
            )
        if self.partner_id and not self._document():
            return self.env._(
                "%(person)s has no CPF or CNPJ, which the platform needs to find one "
                "subscriber. Fill it in the customer's form, or import all "
                "subscribers.",
                person=self.partner_id.display_name,
            )
        return self._get_source()._problem(self)

    @api.model
    def _sources(self):
        """:return: dict, for each ``source`` the ``mvno.statement.source`` by name"""
        return {
            "platform": "mvno.statement.source.platform",
            "file": "mvno.statement.source.file",
        }

    def _get_source(self):
        """:return: the ``mvno.statement.source`` that the month is imported from"""
        self.ensure_one()
        return self.env[self._sources()[self.source]]

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
            ("next_attempt", "<=", database_now(self.env.cr)),
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
            asked_at = database_now(self.env.cr)
            ask = statement._prepare_call(asked_at)
            cron._commit_progress(remaining=len(due))
            if ask:
                statement._drive_import(ask, asked_at)
                statement.exists()._note_end()
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
        problem = self._import_problem() or self._note_begin()
        if problem:
            self._transition("fail", problem, last_error=problem)
            return None
        # should this one never end, the others have their turn first
        self.write({"next_attempt": asked_at, "read_lines": 0})
        return self._get_source()._open(self)

    def _drive_import(self, ask, asked_at):
        """Ask the platform and take its answer over, committing as it goes.

        :param ask: what :meth:`_prepare_call` returned
        :param asked_at: when
        """
        cron = self.env["ir.cron"]
        events = self.env["mvno.usage.event"]
        try:
            with without_values(self._description):
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
                told = where(error)
                _logger.log(level, "Statement %s: answer not kept: %s", self.id, told)
                self.env.cr.rollback()
                self._read_committed()
            self.env.invalidate_all()
            events._end_load()
            if self.state == "importing":
                self._get_source()._fail(self, error)

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
        if self.state == "importing" and not self._get_source()._accept(
            self, unreadable
        ):
            events._end_load()
            return
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
        if same_month._is_overtaken(asked_at):
            # an import that asked later was quicker: this answer is out of date
            events._end_load()
            self._ask_again_at(database_now(self.env.cr) + ASK_AGAIN)
            return
        counts = events._merge(
            self.platform_id,
            self.competence,
            whole_month=self._get_source()._tells_whole_month(self),
            is_complete=not any(problem.is_left_out for problem in unreadable),
        )
        self._finish(asked_at, counts, unreadable)
        imported = same_month.filtered("imported_at")
        self.env["mvno.statement.line"]._rebuild(imported)

    def _is_overtaken(self, asked_at):
        """:param asked_at: when the platform was asked
        :return: bool, whether what one of these statements keeps was asked for later.
            A moment still to come is a clock's that was wrong, and says nothing."""
        latest = database_now(self.env.cr) + CLOCK_SLACK
        return any(
            asked_at < statement.answered_at <= latest
            for statement in self
            if statement.answered_at
        )

    def _ask_again_at(self, moment):
        """:param moment: from when on the platform is asked again, by the cron"""
        self.next_attempt = moment
        self.env.ref("tip_mvno_billing.ir_cron_import_statements")._trigger(at=moment)

    def _finish(self, asked_at, counts, unreadable):
        self._transition(
            "finish",
            answered_at=asked_at,
            imported_at=database_now(self.env.cr),
            received_count=counts["received"],
            new_count=counts["new"],
            known_count=counts["known"],
            removed_count=counts["removed"],
            unknown_count=counts["unknown"],
            unknown_contracts=", ".join(filter(None, counts["unknown_contracts"])),
            unreadable=self._unreadable_sentence(unreadable),
            last_error=False,
            failures=0,
            usage_unit=self._usage_unit(),
        )
        self._get_source()._finish(self)
        self._await_comparison_of_month()

    def _unreadable_sentence(self, unreadable):
        """:return: what in the answer could not be read, or False"""
        strays = [item for item in unreadable if isinstance(item, StrayEvents)]
        left_out = [
            problem
            for problem in unreadable
            if problem.is_left_out and not isinstance(problem, StrayEvents)
        ]
        values = [problem for problem in unreadable if not problem.is_left_out]
        sentences = []
        if values:
            sentences.append(
                self.env._(
                    "%(count)s values in the platform's answer could not be read and "
                    "are left empty: %(values)s",
                    count=len(values),
                    values=self._first_ones(values),
                )
            )
        if left_out:
            sentences.append(
                self.env._(
                    "%(count)s parts of the platform's answer are damaged and were "
                    "left out; of what was there before, nothing was removed: "
                    "%(parts)s",
                    count=len(left_out),
                    parts=self._first_ones(left_out),
                )
            )
        if strays:
            sentences.append(
                self.env._(
                    "%(count)s events in the platform's answer are of another time "
                    "than %(month)s and were left out; of what was there before, "
                    "nothing was removed: %(events)s",
                    count=sum(stray.count for stray in strays),
                    month=month_text(self.competence),
                    events="; ".join(map(self._stray_text, strays[:UNREADABLE_SHOWN])),
                )
            )
        return "\n".join(sentences) or False

    def _stray_text(self, stray):
        """:param stray: ``StrayEvents``
        :return: str, whose they are and of when"""
        return self.env._(
            "contract %(contract)s: %(count)s, the first of %(date)s",
            contract=stray.platform_contract,
            count=stray.count,
            date=stray.first.isoformat(),
        )

    def _first_ones(self, problems):
        shown = problems[:UNREADABLE_SHOWN]
        return "; ".join(self.platform_id._explain_problems(shown))

    # === LOADING A FILE === #

    def _file_columns(self):
        return columns_of_usage(self.env)

    def _check_file_columns(self, names):
        result = super()._check_file_columns(names)
        columns = self._file_columns()
        for either in (("platform_contract", "number"), ("started_at", "day")):
            if not names & set(either):
                raise UserError(
                    self.env._(
                        "Say which column of the file is “%(one)s” or “%(other)s”: "
                        "without one of them its rows say nothing.",
                        one=columns[either[0]].label,
                        other=columns[either[1]].label,
                    )
                )
        return result

    def _upload_values(self, upload):
        return {"file_whole_month": upload.whole_month}

    def _load_file(self):
        if not (self.env.su or self.env.user.has_group("tip_mvno.group_manager")):
            raise AccessError(
                self.env._(
                    "A file takes the place of a month's call records, which usage is "
                    "billed by: loading one is for MVNO managers."
                )
            )
        for statement in self:
            problem = statement._file_load_problem()
            if problem:
                raise UserError(problem)
        self.sudo().source = "file"
        self.sudo()._await_import()

    def _file_load_problem(self):
        """:return: a sentence about why no file can be loaded now, or False"""
        self.ensure_one()
        if self.partner_id:
            return self.env._(
                "Statement %(statement)s shows one person only. Load a file into the "
                "month's statement of all subscribers.",
                statement=self.display_name,
            )
        if self.state == "importing":
            return self.env._(
                "Statement %(statement)s is being imported. Stop that, or wait for its "
                "end, and load the file then.",
                statement=self.display_name,
            )
        if self._is_month_closed():
            return self._import_problem()
        return False
