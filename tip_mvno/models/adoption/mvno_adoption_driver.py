# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...lib import BULK, TipError
from ...tools.bulk import where, without_values
from ...tools.cursor import database_now, short_transaction
from ...tools.told import Told

_logger = logging.getLogger(__name__)

# Subscribers kept in one transaction, and lines taken over in one.
BATCH, SLICE = 100, 100
PROBLEMS_SHOWN = 50
# Nobody is told of thousands of records, and none of them is followed.
IN_BULK = {
    "tracking_disable": True,
    "mail_create_nosubscribe": True,
    "mail_auto_subscribe_no_notify": True,
}


class MvnoAdoption(models.Model):
    """The cron's work on imports, in steps that are committed one by one.

    The platform's lines are read in one call and kept a batch at a time. A worker that
    dies in between leaves the import as it is: the next run asks again. What a step
    needs is looked up anew, so that a run after a kill, or after somebody else's work,
    creates nothing twice.
    """

    _inherit = "mvno.adoption"

    @api.model
    def _due_domain(self):
        return [
            ("state", "in", ("reading", "applying")),
            ("next_attempt", "<=", database_now(self.env.cr)),
            ("platform_id.active", "=", True),
        ]

    @api.model
    def _drive(self):
        """Read, or take over slice after slice; each step commits what it did."""
        cron = self.env["ir.cron"]
        while True:
            due = self.search(self._due_domain(), order="next_attempt, id")
            if not due:
                return
            adoption_id, state = due[0].id, due[0].state
            cron._commit_progress(remaining=len(due))
            if state == "reading":
                self._read(adoption_id)
            else:
                self._apply_slice(adoption_id)
            self.env.invalidate_all()
            remaining = self.search_count(self._due_domain())
            if not cron._commit_progress(1, remaining=remaining):
                return

    @contextmanager
    def _transaction(self, adoption_id):
        """Work on an import in a short transaction, while no other worker does.

        :return: context manager giving the import in its readers' language
        """
        with (
            without_values("Keeping an import"),
            short_transaction(self.env.registry, self.env.context) as env,
        ):
            env.cr.execute(
                SQL(
                    "SELECT id FROM mvno_adoption WHERE id = %s FOR NO KEY UPDATE",
                    adoption_id,
                )
            )
            adoption = env["mvno.adoption"].browse(adoption_id)
            yield adoption.platform_id._in_language_of_reader(adoption)

    # === READING === #

    @api.model
    def _read(self, adoption_id):
        """Read the platform's subscribers in one call, with no cursor open meanwhile.

        :param int adoption_id: an import that is being read
        """
        with self._transaction(adoption_id) as adoption:
            ask = adoption._start_reading()
            read_number = adoption.read_number
        if ask is None:
            return
        try:
            with ask as subscribers:
                total, rows = subscribers.subscriber_count, iter(subscribers)
                while batch := list(islice(rows, BATCH)):
                    with self._transaction(adoption_id) as adoption:
                        if not adoption._keep_batch(read_number, batch, total):
                            return
                problems = list(subscribers.problems)
            with self._transaction(adoption_id) as adoption:
                adoption._end_reading(read_number, problems)
        except Exception as error:
            if not isinstance(error, TipError):
                # one platform's answer must not stop the others' work
                told = where(error)
                _logger.error("Import %s: answer not kept: %s", adoption_id, told)
            with self._transaction(adoption_id) as adoption:
                adoption._fail_reading(read_number, error)

    def _start_reading(self):
        """Note that the platform is being asked.

        :return: context manager of the call, which needs no cursor to be entered;
            None when the platform cannot be asked, which the import then says
        """
        self.ensure_one()
        if self.state != "reading":
            return None
        try:
            client = self.platform_id._client(BULK)
        except UserError as error:
            self._transition("fail", message=str(error))
            return None
        problem = self._note_begin()
        if problem:
            self._transition("fail", message=problem)
            return None
        self.write(
            {
                "read_number": self.read_number + 1,
                "read_count": 0,
                "message": False,
                # should this one never end, the others have their turn first
                "next_attempt": database_now(self.env.cr),
            }
        )
        return client.subscribers()

    def _is_being_read(self, read_number):
        self.ensure_one()
        return self.state == "reading" and self.read_number == read_number

    def _keep_batch(self, read_number, subscribers, total):
        """Keep a part of the answer.

        :param int read_number: of the reading it belongs to
        :param list subscribers: ``lib.Subscriber`` items
        :param int total: how many the whole answer holds
        :return: bool, whether this reading still counts
        """
        self.ensure_one()
        if not self._is_being_read(read_number):
            return False
        self.env["mvno.adoption.line"]._store_subscribers(self, subscribers)
        self.write(
            {
                "read_count": self.read_count + len(subscribers),
                "subscriber_count": total,
            }
        )
        return True

    def _end_reading(self, read_number, problems):
        """Take away what the platform no longer lists, and hand over for review.

        :param int read_number: of this reading
        :param list problems: ``lib.Problem`` items, what could not be used
        """
        self.ensure_one()
        self._note_end()
        if not self._is_being_read(read_number):
            return
        lines = self.env["mvno.adoption.line"]
        lines.search(
            [
                ("adoption_id", "=", self.id),
                ("read_number", "!=", read_number),
                ("is_adopted", "=", False),
            ]
        ).unlink()
        lines._mark_twice(self)
        shown = self.platform_id._explain_problems(problems[:PROBLEMS_SHOWN])
        if len(problems) > PROBLEMS_SHOWN:
            shown.append("…")
        self._transition(
            "read",
            problems="\n".join(shown) or False,
            message=False,
            failures=0,
            read_at=database_now(self.env.cr),
        )

    def _fail_reading(self, read_number, error):
        """Plan the next try of a reading that failed, or give up and say why."""
        self.ensure_one()
        self._note_end()
        if not self._is_being_read(read_number):
            return
        sentence = self.platform_id._explain(error)
        next_try = self.platform_id._next_try(error, self.failures)
        if not next_try:
            self._transition("fail", message=sentence)
            return
        wait, failures = next_try
        next_attempt = database_now(self.env.cr) + timedelta(seconds=wait)
        self.write(
            {"message": sentence, "failures": failures, "next_attempt": next_attempt}
        )
        self.env.ref("tip_mvno.ir_cron_sync")._trigger(at=next_attempt)

    # === APPLYING === #

    @api.model
    def _apply_slice(self, adoption_id):
        """Take over the next lines, and end the run when there are none.

        :param int adoption_id: an import that is being applied
        """
        with self._transaction(adoption_id) as adoption:
            if adoption.state != "applying":
                return
            actor = Told(adoption.user_id.id)
            adoption = adoption.with_context(**IN_BULK, mvno_actor=actor)
            lines = adoption.env["mvno.adoption.line"].search(
                [("adoption_id", "=", adoption.id), ("verdict", "=", "create")],
                limit=SLICE,
            )
            if lines:
                lines._match_again()
                lines.filtered(lambda line: line.verdict == "create")._adopt()
            else:
                adoption._end_applying()

    def _end_applying(self):
        """Nothing is left to take over: what is undecided goes back to the person."""
        if self.incomplete_count or self.conflict_count:
            self._transition("remain")
        else:
            self._transition("finish", finished_at=database_now(self.env.cr))
