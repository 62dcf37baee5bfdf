# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
import math
from datetime import timedelta
from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ...lib import (
    BULK,
    INTERACTIVE,
    Deadline,
    OutcomeUnknown,
    SlotUnavailable,
    TipError,
)
from ...tools.bulk import named, where, without_values
from ...tools.cursor import database_now, short_transaction
from ..hold.mvno_line_hold import BLOCK_REASON
from .mvno_command import SENT_AT_ONCE

_logger = logging.getLogger(__name__)

BATCH = 20
# With less time left than this no further request is begun: it would be cut off.
SECONDS_FOR_A_CALL = 1.0
# A write that is cut off has to be confirmed, or decided by a person.
SECONDS_FOR_A_WRITE = 3.0


class _Claim(NamedTuple):
    """A command this worker owns until it is settled."""

    command_id: int
    state: str
    turn: int
    call: object


class LastTopUp(NamedTuple):
    """What the platform tells of a top-up: the day of the last one, or None."""

    date: object


class MvnoCommand(models.Model):
    """How requests are sent, read back and settled.

    Per command: a slot of the rate limit; a transaction of its own that claims the
    row and commits; the call, with no cursor open; another transaction that settles
    what is still ours. Whoever is killed in between leaves a ``sent`` row, which
    becomes ``unknown`` and is settled by reading the platform. What is looked at
    before it is sent is a call of its own, in the same steps, of a ``pending`` row.
    """

    _inherit = "mvno.command"

    # === DRIVERS === #

    def _process_after_commit(self):
        """Send these commands right after the caller's commit, for a few seconds,
        unless the transaction asks for more than a person can wait for: payments that
        free a hundred lines one by one are the cron's work.

        Nothing that goes wrong here may reach the caller, whose work is committed:
        it is logged, and the cron goes on with what is left.
        """
        ids = self.env.cr.postcommit.data.setdefault("tip_mvno.requests", [])
        is_first = not ids
        ids += self.ids

        def send():
            if len(ids) > SENT_AT_ONCE:
                return
            try:
                left = self.env["mvno.platform"]._deadline_of_click().remaining()
                self.browse()._process(command_ids=ids, seconds=left)
            except Exception as error:
                # the caller's work is committed; the cron goes on with what is left
                told = where(error)
                _logger.error(
                    "Sending requests %s after the commit failed: %s", ids, told
                )

        if is_first:
            self.env.cr.postcommit.add(send)

    @api.model
    def cron_process(self):
        """Driver: bring lines to what their holds say and send what is due."""
        cron = self.env["ir.cron"]
        cron.check_access("write")
        self.env["mvno.line"]._reconcile_due()
        cron._commit_progress(remaining=self._count_due())
        while processed := self._process(limit=BATCH):
            if not cron._commit_progress(processed, remaining=self._count_due()):
                break
        upcoming = self.search(
            [("state", "in", self._open_states)], order="next_attempt, id", limit=1
        )
        if upcoming:
            soon = database_now(self.env.cr) + timedelta(seconds=15)
            self._wake_cron(at=max(upcoming.next_attempt, soon))
        cron._commit_progress(remaining=0)

    @api.model
    def _count_due(self):
        return self.search_count(
            [
                ("state", "in", ("pending", "unknown")),
                ("next_attempt", "<=", database_now(self.env.cr)),
            ]
        )

    @api.model
    def _process(self, limit=None, command_ids=None, seconds=math.inf):
        """Send and settle what is due. Never commits the caller's cursor.

        :param int limit: so many commands at most
        :param list command_ids: only these, before a person who waits
        :param float seconds: for all their calls together; what is left is the cron's
        :return: number of commands that were handled
        """
        deadline = Deadline(seconds)
        with short_transaction(self.env.registry) as env:
            env["mvno.command"]._flag_lost()
        tried, throttled, handled = set(), set(), set()
        while limit is None or len(handled) < limit:
            if deadline.remaining() < SECONDS_FOR_A_CALL:
                break
            due = self._next_due(tried, throttled, command_ids)
            if due is None:
                break
            command_id, check_first, platform_id, urgent = due
            priority = INTERACTIVE if command_ids or urgent else BULK
            try:
                with short_transaction(self.env.registry) as env:
                    platform = env["mvno.platform"].browse(platform_id)
                    take_slot = platform._slot_taker(deadline)
                take_slot(priority)
            except SlotUnavailable:
                throttled.add(platform_id)
                continue
            needed = SECONDS_FOR_A_CALL if check_first else SECONDS_FOR_A_WRITE
            if deadline.remaining() < needed:
                break
            # the check and what follows it are two calls
            tried.add((command_id, check_first))
            if self._process_one(command_id, priority, deadline):
                handled.add(command_id)
        if command_ids:
            self._tell_unsent(command_ids)
            self._read_activations(command_ids, deadline)
        return len(handled)

    @api.model
    def _tell_unsent(self, command_ids):
        """Say of requests for which a click had no time that they are not forgotten."""
        with short_transaction(self.env.registry) as env:
            unsent = env["mvno.command"].search(
                [
                    ("id", "in", command_ids),
                    ("state", "=", "pending"),
                    ("error", "=", False),
                ]
            )
            for command in unsent.try_lock_for_update():
                command = command._in_language_of_asker()
                command.error = command.env._(
                    "Not sent yet: the platform does not answer or its limit of calls "
                    "is used up. It goes on by itself."
                )

    @api.model
    def _next_due(self, tried, throttled, command_ids):
        """:return: (command id, whether its SIM card is looked at first, platform id,
        urgent) of the next one, or None"""
        conditions = [SQL("state IN ('pending', 'unknown')")]
        if tried:
            conditions.append(SQL("(id, check_first IS TRUE) NOT IN %s", tuple(tried)))
        if throttled:
            conditions.append(SQL("platform_id NOT IN %s", tuple(throttled)))
        if command_ids:
            conditions.append(SQL("id IN %s", tuple(command_ids)))
        with short_transaction(self.env.registry) as env:
            conditions.append(SQL("next_attempt <= %s", database_now(env.cr)))
            rows = env.execute_query(
                SQL(
                    """
                    SELECT id, check_first IS TRUE, platform_id, priority = '0'
                      FROM mvno_command
                     WHERE %s ORDER BY priority, next_attempt, id LIMIT 1
                    """,
                    SQL(" AND ").join(conditions),
                )
            )
        return rows[0] if rows else None

    @api.model
    def _process_one(self, command_id, priority, deadline):
        """Claim one command, make its call, settle it.

        :param deadline: ``lib.Deadline`` that its calls share with others
        :return: bool, whether it was this worker's
        """
        try:
            with short_transaction(self.env.registry) as env:
                claim = env["mvno.command"]._claim(command_id, priority, deadline)
        except Exception as error:
            # nothing was sent; the other requests must not wait for this one's repair
            told = where(error)
            _logger.error("Request %s could not be prepared: %s", command_id, told)
            return False
        if claim is None:
            return False
        try:
            outcome = claim.call()
        except TipError as error:
            outcome = error
        except Exception as error:
            # a fault of ours after the request may have left: read, do not repeat
            told = where(error)
            _logger.error(
                "Request %s failed in an unforeseen way: %s", command_id, told
            )
            outcome = OutcomeUnknown()
        try:
            try:
                self._settle_committed(claim, outcome)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                # somebody was at the line: what is known must not become unknown
                self._settle_committed(claim, outcome)
        except Exception as error:
            # the platform has answered: its state is read again, nothing is lost
            told = where(error)
            _logger.error(
                "The answer to request %s could not be noted: %s", command_id, told
            )
            with short_transaction(self.env.registry) as env:
                env["mvno.command"]._settle_later(claim, error)
        return True

    @api.model
    def _settle_committed(self, claim, outcome):
        """Settle a claimed command in a transaction of its own, see :meth:`_settle`."""
        with (
            without_values("Noting a platform's answer"),
            short_transaction(self.env.registry) as env,
        ):
            env["mvno.command"]._settle(claim, outcome)

    @api.model
    def _read_activations(self, command_ids, deadline):
        """Read lines just activated, so that the person sees the number at once.

        :param deadline: ``lib.Deadline`` of the person; what is left is the cron's
        """
        with short_transaction(self.env.registry) as env:
            lines = env["mvno.line"].search(
                [
                    ("state", "=", "activating"),
                    (
                        "command_ids",
                        "any",
                        [("id", "in", command_ids), ("state", "=", "done")],
                    ),
                ]
            )
            line_ids = lines.ids
        for line_id in line_ids:
            try:
                self.env["mvno.line"]._poll(line_id, INTERACTIVE, deadline)
            except TipError as error:
                _logger.info("Line %s will be read later: %s", line_id, named(error))

    # === CLAIM === #

    @api.model
    def _claim(self, command_id, priority, deadline=None):
        """Take a due command for this worker, in the caller's transaction.

        :param deadline: ``lib.Deadline`` that its calls share with others
        :return: ``_Claim``, or None when another worker has it
        """
        now = database_now(self.env.cr)
        locked = self.env.execute_query(
            SQL(
                """
                SELECT id FROM mvno_command
                 WHERE id = %s AND state IN ('pending', 'unknown')
                   AND next_attempt <= %s
                   FOR UPDATE SKIP LOCKED
                """,
                command_id,
                now,
            )
        )
        if not locked:
            return None
        command = self.browse(command_id)._in_language_of_asker()
        try:
            client = command.platform_id._client(
                priority, slot_taken=True, deadline=deadline
            )
            call = command._prepare_call(client)
        except UserError as error:
            command._wait_for_token(str(error))
            return None
        if command.state == "pending" and not command.check_first:
            turn = command.attempts + 1
            command._transition("send", attempts=turn, sent_at=now, refusal=False)
        else:
            turn = command.reads + 1
            lease = timedelta(seconds=2 * command.platform_id.call_deadline)
            command.write({"reads": turn, "next_attempt": now + lease})
        return _Claim(command_id, command.state, turn, call)

    def _prepare_call(self, client):
        """:return: the call this command makes now; it needs no cursor"""
        row = self._of_operation()
        if self.state == "unknown":
            prepare = row.read
        else:
            prepare = "_read_sim" if self.check_first else row.call
        return getattr(self, prepare)(client, self.simcard_id.iccid)

    def _read_sim(self, client, iccid):
        return lambda: client.sim(iccid)

    def _read_last_top_up(self, client, iccid):
        return lambda: LastTopUp(client.last_top_up(iccid))

    def _call_activate(self, client, iccid):
        activation = self.line_id._prepare_activation()
        return lambda: client.activate(iccid, activation)

    def _call_block_partial(self, client, iccid):
        return lambda: client.block_partial(iccid)

    def _call_block_total(self, client, iccid):
        reason = BLOCK_REASON[self.reason or "customer"]
        return lambda: client.block_total(iccid, reason)

    def _call_unblock(self, client, iccid):
        return lambda: client.unblock(iccid)

    def _call_change_plan(self, client, iccid):
        code = self.plan_id.code
        return lambda: client.change_plan(iccid, code)

    def _call_cancel(self, client, iccid):
        return lambda: client.cancel(iccid)

    def _call_top_up(self, client, iccid):
        quantity = self.quantity
        return lambda: client.top_up(iccid, quantity)

    def _in_language_of_asker(self):
        return self.with_context(lang=self.user_id.lang)
