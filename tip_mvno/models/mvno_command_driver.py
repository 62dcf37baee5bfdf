# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
import time
from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..lib import (
    BULK,
    INTERACTIVE,
    OutcomeUnknown,
    Refused,
    SimDetail,
    SimStatus,
    SlotUnavailable,
    Throttled,
    TipError,
    TokenRefused,
    Unreachable,
)
from ..tools.brazil import clean_document
from ..tools.cursor import short_transaction
from .mvno_command import OPEN_STATES
from .mvno_line_hold import BLOCK_REASON

_logger = logging.getLogger(__name__)

SECONDS_AT_ONCE = 8
BATCH = 20
# A request is sent so many times at most; then a person decides.
MOST_SENDS = 3
LONGEST_WAIT_TO_READ = 300
WAIT_FOR_TOKEN = 900
LONGEST_WAIT_TO_REACH = 900
BLOCKED = (
    SimStatus.BLOCKED,
    SimStatus.PARTIALLY_BLOCKED,
    SimStatus.TOTALLY_BLOCKED,
)


class _Claim(NamedTuple):
    """A command this worker owns until it is settled."""

    command_id: int
    state: str
    turn: int
    call: object


class MvnoCommand(models.Model):
    """How requests are sent, read back and settled.

    Per command: a slot of the rate limit; a transaction of its own that claims the
    row and commits; the call, with no cursor open; another transaction that settles
    what is still ours. Whoever is killed in between leaves a ``sent`` row, which
    becomes ``unknown`` and is settled by reading the platform.
    """

    _inherit = "mvno.command"

    # === DRIVERS === #

    def _process_after_commit(self):
        """Send these commands right after the caller's commit, for a few seconds.

        Nothing that goes wrong here may reach the caller, whose work is committed:
        it is logged, and the cron goes on with what is left.
        """
        ids = self.ids

        def send():
            try:
                self.browse()._process(command_ids=ids, seconds=SECONDS_AT_ONCE)
            except Exception:
                _logger.exception("Sending requests %s after the commit failed", ids)

        self.env.cr.postcommit.add(send)

    @api.model
    def cron_process(self):
        """Driver: bring lines to what their holds say and send what is due."""
        cron = self.env["ir.cron"]
        self.env["mvno.line"]._reconcile_due()
        cron._commit_progress(remaining=self._count_due())
        while processed := self._process(limit=BATCH):
            if not cron._commit_progress(processed, remaining=self._count_due()):
                break
        upcoming = self.search(
            [("state", "in", OPEN_STATES)], order="next_attempt, id", limit=1
        )
        if upcoming:
            soon = fields.Datetime.now() + timedelta(seconds=1)
            self.env.ref("tip_mvno.ir_cron_process")._trigger(
                at=max(upcoming.next_attempt, soon)
            )
        cron._commit_progress(remaining=0)

    @api.model
    def _count_due(self):
        return self.search_count(
            [
                ("state", "in", ("pending", "unknown")),
                ("next_attempt", "<=", fields.Datetime.now()),
            ]
        )

    @api.model
    def _process(self, limit=None, command_ids=None, seconds=None):
        """Send and settle what is due. Never commits the caller's cursor.

        :param int limit: so many commands at most
        :param list command_ids: only these, before a person who waits
        :param float seconds: begin no further command after so many seconds
        :return: number of commands that were handled
        """
        started = time.monotonic()
        with short_transaction(self.env.registry) as env:
            env["mvno.command"]._flag_lost()
        tried, throttled, handled = set(), set(), 0
        while limit is None or handled < limit:
            if seconds is not None and time.monotonic() - started > seconds:
                break
            due = self._next_due(tried, throttled, command_ids)
            if due is None:
                break
            command_id, platform_id, urgent = due
            priority = INTERACTIVE if command_ids or urgent else BULK
            try:
                with short_transaction(self.env.registry) as env:
                    take_slot = env["mvno.platform"].browse(platform_id)._slot_taker()
                take_slot(priority)
            except SlotUnavailable:
                throttled.add(platform_id)
                continue
            tried.add(command_id)
            handled += self._process_one(command_id, priority)
        if command_ids:
            self._read_activations(command_ids)
        return handled

    @api.model
    def _next_due(self, tried, throttled, command_ids):
        """:return: (command id, platform id, urgent) of the next one, or None"""
        conditions = [
            SQL("state IN ('pending', 'unknown')"),
            SQL("next_attempt <= %s", fields.Datetime.now()),
        ]
        if tried:
            conditions.append(SQL("id NOT IN %s", tuple(tried)))
        if throttled:
            conditions.append(SQL("platform_id NOT IN %s", tuple(throttled)))
        if command_ids:
            conditions.append(SQL("id IN %s", tuple(command_ids)))
        with short_transaction(self.env.registry) as env:
            rows = env.execute_query(
                SQL(
                    """
                    SELECT id, platform_id, priority = '0' FROM mvno_command
                     WHERE %s ORDER BY priority, next_attempt, id LIMIT 1
                    """,
                    SQL(" AND ").join(conditions),
                )
            )
        return rows[0] if rows else None

    @api.model
    def _process_one(self, command_id, priority):
        """Claim one command, make its call, settle it.

        :return: bool, whether it was this worker's
        """
        with short_transaction(self.env.registry) as env:
            claim = env["mvno.command"]._claim(command_id, priority)
        if claim is None:
            return False
        try:
            outcome = claim.call()
        except TipError as error:
            outcome = error
        except Exception:
            # a fault of ours after the request may have left: read, do not repeat
            _logger.exception("Request %s failed in an unforeseen way", command_id)
            outcome = OutcomeUnknown()
        with short_transaction(self.env.registry) as env:
            env["mvno.command"]._settle(claim, outcome)
        return True

    @api.model
    def _read_activations(self, command_ids):
        """Read lines just activated, so that the person sees the number at once."""
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
                self.env["mvno.line"]._poll(line_id, INTERACTIVE)
            except TipError as error:
                _logger.info("Line %s will be read later: %s", line_id, error)

    # === CLAIM === #

    @api.model
    def _claim(self, command_id, priority):
        """Take a due command for this worker, in the caller's transaction.

        :return: ``_Claim``, or None when another worker has it
        """
        locked = self.env.execute_query(
            SQL(
                """
                SELECT id FROM mvno_command
                 WHERE id = %s AND state IN ('pending', 'unknown')
                   AND next_attempt <= %s
                   FOR UPDATE SKIP LOCKED
                """,
                command_id,
                fields.Datetime.now(),
            )
        )
        if not locked:
            return None
        command = self.browse(command_id)._in_language_of_asker()
        try:
            client = command.platform_id._client(priority, slot_taken=True)
            call = command._prepare_call(client)
        except UserError as error:
            if command.state == "pending":
                command._transition("refuse", str(error))
                command._undo_request()
                command._tell_asker()
            else:
                command._read_later(str(error))
            return None
        now = fields.Datetime.now()
        if command.state == "pending":
            turn = command.attempts + 1
            command._transition("send", attempts=turn, sent_at=now)
        else:
            turn = command.reads + 1
            lease = timedelta(seconds=2 * command.platform_id.call_deadline)
            command.write({"reads": turn, "next_attempt": now + lease})
        return _Claim(command_id, command.state, turn, call)

    def _prepare_call(self, client):
        """:return: the call this command makes now; it needs no cursor"""
        self.ensure_one()
        iccid = self.simcard_id.iccid
        if self.state == "unknown":
            return lambda: client.sim(iccid)
        if self.operation == "activate":
            activation = self.line_id._prepare_activation()
            return lambda: client.activate(iccid, activation)
        if self.operation == "block_total":
            reason = BLOCK_REASON[self.reason or "customer"]
            return lambda: client.block_total(iccid, reason)
        if self.operation == "block_partial":
            return lambda: client.block_partial(iccid)
        return lambda: client.unblock(iccid)

    def _in_language_of_asker(self):
        return self.with_context(lang=self.user_id.lang)

    # === SETTLE === #

    @api.model
    def _settle(self, claim, outcome):
        """Note what a call brought, if the command is still this worker's.

        :param _Claim claim: from :meth:`_claim`
        :param outcome: a result of ``lib`` or the ``TipError`` it raised
        """
        turn_column = "attempts" if claim.state == "sent" else "reads"
        mine = self.env.execute_query(
            SQL(
                "SELECT id FROM mvno_command "
                "WHERE id = %s AND state = %s AND %s = %s FOR UPDATE",
                claim.command_id,
                claim.state,
                SQL.identifier(turn_column),
                claim.turn,
            )
        )
        command = self.browse(claim.command_id)._in_language_of_asker()
        if not mine:
            _logger.warning(
                "Request %s: an answer came after it was settled otherwise",
                claim.command_id,
            )
        elif claim.state == "sent":
            command._settle_sent(outcome)
        else:
            command._settle_unknown(outcome)

    def _settle_sent(self, outcome):
        """Settle after a write: only what surely had no effect may be sent again."""
        self.ensure_one()
        platform = self.platform_id
        if not isinstance(outcome, TipError):
            self._transition("confirm")
            self._apply_effect(outcome)
            return
        sentence = platform._explain(outcome)
        if isinstance(outcome, Refused):
            if self.attempts > 1:
                # perhaps refused only because an earlier one took effect late
                self.refusal = sentence
                self._lose(sentence, wait=0)
            else:
                self._turn_down(sentence)
        elif isinstance(outcome, Throttled | Unreachable | TokenRefused):
            if isinstance(outcome, TokenRefused):
                wait = WAIT_FOR_TOKEN
                platform.write({"state": "error", "last_error": sentence})
            elif isinstance(outcome, Throttled):
                wait = outcome.retry_after
            else:
                age = fields.Datetime.now() - self.create_date
                wait = min(30 + age.total_seconds(), LONGEST_WAIT_TO_REACH)
                platform.last_error = sentence
            self._transition(
                "postpone",
                sentence,
                attempts=self.attempts - 1,
                next_attempt=fields.Datetime.now() + timedelta(seconds=wait),
            )
        else:
            self._lose(sentence, wait=platform.settle_first_read)

    def _lose(self, sentence, wait):
        now = fields.Datetime.now()
        self._transition(
            "lose",
            sentence,
            unknown_since=now,
            reads=0,
            next_attempt=now + timedelta(seconds=wait),
        )

    def _settle_unknown(self, outcome):
        """Settle after a read: the platform's own state decides, over time."""
        self.ensure_one()
        if not isinstance(outcome, SimDetail):
            self._read_later(self.platform_id._explain(outcome))
            return
        verdict, sentence = self._verdict(outcome)
        if verdict == "done":
            self._transition("confirm")
            self._apply_effect(outcome)
        elif verdict == "not_done" and self.refusal:
            self._turn_down(self.refusal)
        elif verdict == "ask":
            self._ask_person(sentence)
        elif not self._waited_enough():
            self._read_later(sentence)
        elif verdict == "not_done" and self.attempts < MOST_SENDS:
            self._transition(
                "repeat",
                self.env._("It had no effect at the platform; it is sent again."),
                next_attempt=fields.Datetime.now(),
                unknown_since=False,
                reads=0,
            )
        else:
            self._ask_person(sentence)

    def _verdict(self, detail):
        """Judge by the SIM's state at the platform whether the request took effect.

        :param detail: ``lib.SimDetail``
        :return: ("done" | "not_done" | "unclear" | "ask", sentence)
        """
        self.ensure_one()
        status = detail.status
        sentence = self.env._(
            "The platform reports “%(status)s”.", status=detail.raw_status
        )
        if self.operation == "activate":
            if status == SimStatus.AVAILABLE:
                return "not_done", sentence
            if status != SimStatus.IN_USE and status not in BLOCKED:
                return "unclear", sentence
            holder = clean_document(self.line_id.partner_id.commercial_partner_id.vat)
            if detail.document and clean_document(detail.document) != holder:
                return "ask", self.env._(
                    "The SIM card is in use at the platform for another holder. Find "
                    "out with TIP whose line it is; choose “Cancel” and another SIM "
                    "card if it is not this customer's."
                )
            return "done", sentence
        if self.operation == "unblock":
            if status == SimStatus.IN_USE:
                return "done", sentence
            return ("not_done" if status in BLOCKED else "unclear"), sentence
        return self._block_verdict(status), sentence

    def _block_verdict(self, status):
        wanted, other = SimStatus.TOTALLY_BLOCKED, SimStatus.PARTIALLY_BLOCKED
        if self.operation == "block_partial":
            wanted, other = other, wanted
        if status == wanted:
            return "done"
        if status == SimStatus.IN_USE:
            return "not_done"
        if status == SimStatus.BLOCKED:
            # the platform does not say which block: from a free line it can only be
            # ours, from a partially blocked one nobody can tell
            return "done" if self.line_id.state == "active" else "ask"
        if status == other and self.operation == "block_total":
            return "not_done"
        return "unclear"

    def _waited_enough(self):
        waited = fields.Datetime.now() - (self.unknown_since or self.create_date)
        return waited.total_seconds() >= self.platform_id.settle_seconds

    def _read_later(self, sentence):
        wait = min(
            self.platform_id.settle_first_read * 2 ** min(self.reads, 10),
            LONGEST_WAIT_TO_READ,
        )
        self.write(
            {
                "error": sentence,
                "next_attempt": fields.Datetime.now() + timedelta(seconds=wait),
            }
        )

    def _turn_down(self, sentence):
        self._transition("refuse", sentence)
        self._undo_request()
        self._tell_asker()

    def _ask_person(self, sentence):
        self._transition(
            "ask",
            self.env._(
                "Nobody can tell from here whether it took effect. %(said)s Check in "
                "TIP's panel, then choose “It was done” or “Send it again”.",
                said=sentence,
            ),
        )
        self._tell_asker()
