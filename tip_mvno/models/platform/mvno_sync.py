# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from contextlib import suppress
from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import mute_logger

from ...lib import BULK, TipError
from ...tools.bulk import where, without_values
from ...tools.cursor import database_now, short_transaction
from ...tools.labels import label_of

_logger = logging.getLogger(__name__)

# Every legal change of a synchronization's state: {state: {event: next state}}. A
# slice of one that runs already changes nothing.
TRANSITIONS = {
    "waiting": {"start": "running", "stop": "stopped", "fail": "error"},
    "running": {
        "finish": "done",
        "stop": "stopped",
        "fail": "error",
        "request": "waiting",
    },
    "done": {"request": "waiting"},
    "stopped": {"continue": "waiting", "request": "waiting"},
    "error": {"continue": "waiting", "request": "waiting"},
}


class MvnoSync(models.Model):
    """Reading something long from a platform, one committed slice at a time.

    There is one record per platform and kind, or month of it; asking again starts it
    over.
    """

    _name = "mvno.sync"
    _description = "MVNO Synchronization"
    _inherit = ["mvno.stateful", "mvno.reading"]
    _order = "platform_id, kind"
    _rec_name = "kind"
    _transitions = TRANSITIONS
    _open_states = ("waiting", "running")
    # SIM cards of a page: the platform gives no more with one call.
    _stock_page = 500

    platform_id = fields.Many2one(
        "mvno.platform", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="platform_id.company_id", store=True)
    kind = fields.Selection(
        [
            ("plans", "Plan catalogue"),
            ("simcards", "SIM stock"),
            ("drift", "Comparison with TIP"),
            ("usage", "Usage of a month"),
        ],
        required=True,
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("running", "Running"),
            ("done", "Done"),
            ("stopped", "Stopped"),
            ("error", "Error"),
        ],
        string="Status",
        required=True,
        default="waiting",
        readonly=True,
    )
    competence = fields.Date(
        string="Billing Month", readonly=True, help="The month whose usage is read."
    )
    next_page = fields.Integer(required=True, default=1)
    done_count = fields.Integer(string="Read")
    expected_count = fields.Integer(
        string="Expected", help="What the last complete run found."
    )
    progress = fields.Float(compute="_compute_progress")
    message = fields.Text(readonly=True)
    problems = fields.Text(
        readonly=True, help="What of the pages read so far could not be used."
    )
    page_digests = fields.Text(
        readonly=True, help="What the pages read so far held, a digest a line."
    )
    failures = fields.Integer()
    next_attempt = fields.Datetime()
    started_at = fields.Datetime(string="Started")
    finished_at = fields.Datetime(string="Finished")

    _kind_month_uniq = models.UniqueIndex(
        "(platform_id, kind, COALESCE(competence, '1970-01-01'::date))",
        "Each platform has one synchronization of each kind and month.",
    )

    @api.depends("kind", "competence")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for sync in self:
            kind, month = label_of(sync, "kind"), sync.competence
            sync.display_name = f"{kind} {month:%m/%Y}" if month else kind

    @api.depends("state", "done_count", "expected_count")
    def _compute_progress(self):
        for sync in self:
            if sync.state == "done":
                sync.progress = 100.0
            else:
                expected = max(sync.expected_count, sync.done_count + sync._stock_page)
                sync.progress = 100.0 * sync.done_count / expected

    @api.model
    def _kinds(self):
        """Name what does the work of each kind, see ``mvno.sync.kind``. Another addon
        adds a kind here and to the field's selection.

        :return: dict {kind: name of an abstract model}
        """
        return {
            "plans": "mvno.sync.plans",
            "simcards": "mvno.sync.simcards",
            "drift": "mvno.sync.drift",
            "usage": "mvno.sync.usage",
        }

    def _kind(self):
        """:return: the model that does this kind's work, see ``mvno.sync.kind``"""
        self.ensure_one()
        return self.env[self._kinds()[self.kind]]

    @api.model
    def _request(self, platforms, kind, competence=None):
        """Set the work to run from the start.

        :param platforms: ``mvno.platform`` records
        :param str kind: what to read
        :param competence: first day of the month to read, where the kind has one
        """
        fresh = {
            "next_page": 1,
            "done_count": 0,
            "message": False,
            "problems": False,
            "page_digests": False,
            "failures": 0,
            "begun_count": 0,
            "next_attempt": database_now(self.env.cr),
            "started_at": False,
            "finished_at": False,
        }
        work = {"kind": kind, "competence": competence}
        existing = self.search(
            [
                ("platform_id", "in", platforms.ids),
                ("kind", "=", kind),
                ("competence", "=", competence or False),
            ]
        )
        existing.write(fresh)
        existing.filtered(lambda sync: sync.state != "waiting")._transition("request")
        created = self.browse()
        # somebody else may ask for the same at this moment: that is one work
        with (
            suppress(UniqueViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(flush=False),
        ):
            created = self.create(
                [
                    {**fresh, **work, "platform_id": platform.id}
                    for platform in platforms - existing.platform_id
                ]
            )
        self.env[self._kinds()[kind]]._restart(existing | created)

    def action_stop(self):
        """Stop after the slice under way; what was read stays."""
        self.platform_id.check_access("write")
        running = self._still_open()
        running.sudo()._transition("stop")

    def action_continue(self):
        """Go on where a stopped or failed run ended."""
        self.platform_id.check_access("write")
        halted = self.filtered(lambda sync: sync.state in ("stopped", "error"))
        halted.sudo()._transition(
            "continue",
            failures=0,
            begun_count=0,
            message=False,
            next_attempt=database_now(self.env.cr),
        )
        self.env.ref("tip_mvno.ir_cron_sync")._trigger()

    # === DRIVER: SLICE AFTER SLICE === #

    @api.model
    def _due_domain(self):
        return [
            ("state", "in", self._open_states),
            ("next_attempt", "<=", database_now(self.env.cr)),
            ("platform_id.active", "=", True),
        ]

    @api.model
    def _drive(self):
        """Read slice after slice; commit each before the next call goes out."""
        cron = self.env["ir.cron"]
        while True:
            due = self.search(self._due_domain(), order="next_attempt, id")
            if not due:
                return
            sync_id = due[0].id
            cron._commit_progress(remaining=len(due))
            still_open = self._run_slice(sync_id)
            if not cron._commit_progress(1, remaining=len(due) - (not still_open)):
                return

    @api.model
    def _run_slice(self, sync_id):
        """Make one slice's call between two short transactions.

        What it writes, attendants and other workers write too: under the cron's own
        REPEATABLE READ one of both would fail.

        :return: bool, whether there is more to read
        """
        with short_transaction(self.env.registry, self.env.context) as env:
            sync = env["mvno.sync"].browse(sync_id)
            fetch = sync.platform_id._in_language_of_reader(sync)._start_slice()
        if fetch is None:
            return False
        try:
            with fetch() as answer:
                still_open = self._end_slice(sync_id, answer)
        except Exception as error:
            if not isinstance(error, TipError):
                # what cannot be kept must not stop the other platforms' work
                _logger.error("Synchronization %s failed: %s", sync_id, where(error))
            still_open = self._end_slice(sync_id, error)
        self.env.invalidate_all()
        return still_open

    @api.model
    def _end_slice(self, sync_id, outcome):
        """Keep what a slice's call brought, in a transaction of its own.

        :param outcome: the answer, or the exception in its place
        :return: bool, whether there is more to read
        """
        with (
            without_values("Keeping a platform's answer"),
            short_transaction(self.env.registry, self.env.context) as env,
        ):
            sync = env["mvno.sync"].browse(sync_id)
            # what is found is kept in words
            sync = sync.platform_id._in_language_of_reader(sync)
            if sync.state == "running":
                if isinstance(outcome, Exception):
                    sync._fail_slice(outcome)
                else:
                    sync.platform_id._note_answer()
                    sync._kind()._store(sync, outcome)
            sync._note_end()
            return sync.state in sync._open_states

    def _start_slice(self):
        """Note that the slice is under way.

        :return: see ``mvno.sync.kind._prepare_call``; None when the platform is not
            ready to be called
        """
        self.ensure_one()
        kind, client = self._kind(), None
        kind._before_slice(self)
        if not kind._is_local(self):
            try:
                client = self.platform_id._client(BULK)
            except UserError as error:
                self._transition("fail", str(error), message=str(error))
                return None
        problem = self._note_begin()
        if problem:
            now = database_now(self.env.cr)
            self._transition("fail", problem, message=problem, finished_at=now)
            return None
        self._begin()
        return kind._prepare_call(self, client)

    def _begin(self):
        """Note that the work has begun; of every further slice there is nothing to
        note."""
        self.ensure_one()
        if not self.started_at:
            self.started_at = database_now(self.env.cr)
        if self.state == "waiting":
            self._transition("start")

    def _note_problems(self, sentences):
        """Note what of an answer could not be used, beside what was noted before.

        :param list sentences: of str
        """
        self.ensure_one()
        problems = "\n".join(filter(None, [self.problems, *sentences])) or False
        self.write({"problems": problems, "message": problems})

    def _finish(self, count):
        """Everything is read.

        :param int count: how much that is
        """
        self._transition(
            "finish",
            done_count=count,
            expected_count=count,
            failures=0,
            message=self.problems,
            finished_at=database_now(self.env.cr),
        )

    def _fail_slice(self, error):
        """Plan the next try of a slice that failed, or give up and say why."""
        self.ensure_one()
        now = database_now(self.env.cr)
        sentence = self.platform_id._explain(error)
        next_try = self.platform_id._next_try(error, self.failures)
        if not next_try:
            self._transition("fail", sentence, message=sentence, finished_at=now)
            if isinstance(error, TipError):
                self.platform_id.write({"state": "error", "last_error": sentence})
            return
        wait, failures = next_try
        next_attempt = now + timedelta(seconds=wait)
        self.write(
            {"message": sentence, "failures": failures, "next_attempt": next_attempt}
        )
        self.env.ref("tip_mvno.ir_cron_sync")._trigger(at=next_attempt)
