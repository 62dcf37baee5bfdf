# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL, format_date

from ...lib import (
    OtherSim,
    Refused,
    SimDetail,
    SimStatus,
    Throttled,
    TipError,
    TokenRefused,
    Unreachable,
)
from ...tools.brazil import is_other_document
from ...tools.bulk import named
from ...tools.cursor import database_now
from ..platform.mvno_platform_client import seconds_to_wait

_logger = logging.getLogger(__name__)

# A request is sent so many times at most; then a person decides.
MOST_SENDS = 3
LONGEST_WAIT_TO_READ = 300
READS_BEFORE_ASKING = 3
WAIT_FOR_TOKEN = 900
LONGEST_WAIT_TO_REACH = 900
BLOCKED = (
    SimStatus.BLOCKED,
    SimStatus.PARTIALLY_BLOCKED,
    SimStatus.TOTALLY_BLOCKED,
)


class MvnoCommand(models.Model):
    """What becomes of a request: the answer, or the platform's own state, decides."""

    _inherit = "mvno.command"

    @api.model
    def _settle(self, claim, outcome):
        """Note what a call brought, if the command is still this worker's.

        :param _Claim claim: from :meth:`_claim`
        :param outcome: a result of ``lib`` or the ``TipError`` it raised
        """
        command = self._still_mine(claim)
        if not command:
            _logger.warning(
                "Request %s: an answer came after it was settled otherwise",
                claim.command_id,
            )
        else:
            command._lock_line()
            if claim.state == "sent":
                command._settle_sent(outcome)
            elif claim.state == "pending":
                command._settle_check(outcome)
            else:
                command._settle_unknown(outcome)

    def _lock_line(self):
        """Holds that changed before are seen here; those that change from now on wait,
        and find what is settled here. Else neither would ask for what follows."""
        self.env.execute_query(
            SQL(
                "SELECT id FROM mvno_line WHERE id = %s FOR NO KEY UPDATE",
                self.line_id.id,
            )
        )
        self.env.invalidate_all()

    @api.model
    def _still_mine(self, claim):
        """:return: the claimed command, locked, or none when others settled it"""
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
        return self.browse(row[0] for row in mine)._in_language_of_asker()

    @api.model
    def _settle_later(self, claim, error):
        """The answer came, but could not be noted: read the platform's state again,
        and put the request before a person when that does not help either.

        :param _Claim claim: from :meth:`_claim`
        :param Exception error: what went wrong here
        """
        command = self._still_mine(claim)
        if not command:
            return
        # not its words: a database error quotes the row it refused
        sentence = command.env._(
            "Odoo could not note the answer: %(error)s", error=named(error)
        )
        if claim.state == "sent":
            command._lose(sentence, wait=command.platform_id.settle_first_read)
        elif claim.state == "pending" or claim.turn < READS_BEFORE_ASKING:
            command._read_later(sentence)
        else:
            command._ask_person(sentence)

    def _settle_check(self, outcome):
        """Settle the look at the SIM card that goes before: nothing was asked for yet.

        :param outcome: ``lib.SimDetail`` or the ``TipError`` in its place
        """
        self.ensure_one()
        simcard = self.simcard_id
        if isinstance(outcome, Refused):
            self._turn_down(self.platform_id._explain(outcome))
        elif isinstance(outcome, Throttled | Unreachable | TokenRefused):
            sentence = self.platform_id._explain(outcome)
            wait = timedelta(seconds=self._seconds_until_sent(outcome, sentence))
            self.write(
                {"error": sentence, "next_attempt": database_now(self.env.cr) + wait}
            )
        elif isinstance(outcome, OtherSim):
            self.line_id._note_foreign("simcard")
            sentence = self.platform_id._explain(outcome)
            if self.reads < READS_BEFORE_ASKING:
                self._read_later(sentence)
            else:
                self._turn_down(sentence)
        elif isinstance(outcome, TipError):
            self._read_later(
                self.env._(
                    "Not sent yet: the platform does not answer whether SIM card "
                    "%(iccid)s is free. It is asked again, and the request goes on by "
                    "itself.",
                    iccid=simcard.iccid,
                )
            )
        elif outcome.status != SimStatus.AVAILABLE:
            simcard._take_status(outcome)
            self._turn_down(simcard._not_available_sentence(outcome.raw_status))
        else:
            self.write(
                {
                    "check_first": False,
                    "reads": 0,
                    "error": False,
                    # it keeps its place before those that came later
                    "next_attempt": min(self.create_date, database_now(self.env.cr)),
                }
            )

    def _seconds_until_sent(self, error, sentence):
        """What keeps requests from being sent is noted at the platform, too.

        :param error: ``Throttled``, ``Unreachable`` or ``TokenRefused``
        :param str sentence: the same in words
        :return: seconds until it is tried again
        """
        platform = self.platform_id
        if isinstance(error, TokenRefused):
            platform.write({"state": "error", "last_error": sentence})
            return WAIT_FOR_TOKEN
        if isinstance(error, Throttled):
            return seconds_to_wait(error)
        platform.last_error = sentence
        age = database_now(self.env.cr) - self.create_date
        return min(30 + age.total_seconds(), LONGEST_WAIT_TO_REACH)

    def _settle_sent(self, outcome):
        """Settle after a write: only what surely had no effect may be sent again."""
        self.ensure_one()
        platform = self.platform_id
        if not isinstance(outcome, TipError):
            platform._note_answer()
            self._confirm(outcome)
            return
        sentence = platform._explain(outcome)
        if isinstance(outcome, Refused):
            if self.attempts > 1 and self._of_operation().verdict:
                # perhaps refused only because an earlier one took effect late
                self.refusal = sentence
                self._lose(sentence, wait=0)
            else:
                self._turn_down(sentence)
        elif isinstance(outcome, Throttled | Unreachable | TokenRefused):
            wait = self._seconds_until_sent(outcome, sentence)
            self._transition(
                "postpone",
                sentence,
                attempts=self.attempts - 1,
                next_attempt=database_now(self.env.cr) + timedelta(seconds=wait),
            )
        else:
            self._lose(sentence, wait=platform.settle_first_read)

    def _wait_for_token(self, sentence):
        """The platform has no token: the request stays and is tried again later."""
        wait = timedelta(seconds=WAIT_FOR_TOKEN)
        self.write(
            {"error": sentence, "next_attempt": database_now(self.env.cr) + wait}
        )

    def _confirm(self, outcome):
        """It took effect; a theft's block is sure only when the unblock that it did
        not wait for cannot come any more: that would free the stolen line."""
        overtaken = self._overtaken_unblock()
        if not overtaken:
            lost = self.state == "unknown" and self.sent_at
            since = (lost, "sent") if lost else (database_now(self.env.cr), "recorded")
            self._take_effect(*since)
            self._apply_effect(outcome)
            return
        sentence = self.env._(
            "The platform blocked it. It is looked at once more when an unblock that "
            "was on its way before cannot take effect any more."
        )
        wait = overtaken._seconds_to_wait()
        if self.state == "sent":
            self._lose(sentence, wait, since=overtaken.unknown_since)
        else:
            next_attempt = database_now(self.env.cr) + timedelta(seconds=wait)
            self.write({"error": sentence, "next_attempt": next_attempt})

    def _overtaken_unblock(self):
        """:return: the unblock this block did not wait for, while it may still come"""
        if self.operation != "block_total":
            return self.browse()
        return self.line_id.command_ids.filtered(
            lambda command: command.operation == "unblock"
            and command.state == "cancelled"
            and command.unknown_since
            and command._seconds_to_wait() > 0
        )[:1]

    def _lose(self, sentence, wait, since=None):
        now = database_now(self.env.cr)
        self._transition(
            "lose",
            sentence,
            unknown_since=since or now,
            reads=0,
            next_attempt=now + timedelta(seconds=wait),
        )

    def _settle_unknown(self, outcome):
        """Settle after a read: the platform's own state decides, over time."""
        self.ensure_one()
        getattr(self, self._of_operation().judge)(outcome)
        if self.state == "unknown":
            # theft or loss may have come while the platform was being asked
            self.line_id._reconcile()

    def _judge_by_sim(self, outcome):
        """The SIM card's state shows whether it took effect.

        :param outcome: ``lib.SimDetail`` or the ``TipError`` in its place
        """
        if not isinstance(outcome, SimDetail):
            if isinstance(outcome, OtherSim):
                self.line_id._note_foreign("simcard")
            sentence = self.platform_id._explain(outcome)
            self._read_again(sentence, isinstance(outcome, Refused | OtherSim))
            return
        verdict, sentence = self._verdict(outcome)
        foreign = verdict != "ask" and self.line_id._what_is_foreign(outcome)
        if foreign:
            self.line_id._note_foreign(*foreign)
            sentence = self.line_id._foreign_sentence()
            self._read_again(sentence, may_last=True)
        elif verdict == "done":
            self._confirm(outcome)
        elif verdict == "not_done" and self.refusal:
            self._turn_down(self.refusal)
        elif verdict == "ask":
            self._ask_person(sentence)
        elif verdict == "unclear":
            self._read_again(sentence, may_last=True)
        elif not self._waited_enough():
            self._read_later(sentence)
        elif verdict == "not_done" and self.attempts < MOST_SENDS:
            self._transition(
                "repeat",
                self.env._("It had no effect at the platform; it is sent again."),
                next_attempt=database_now(self.env.cr),
                unknown_since=False,
                reads=0,
            )
        else:
            self._ask_person(sentence)

    def _read_again(self, sentence, may_last):
        """An answer decided nothing.

        :param str sentence: what it was
        :param bool may_last: whether the next answers may be the same for ever, so that
            a person is asked when it has been waited enough
        """
        # one such answer may be a slip, also when the first read came late
        lasts = may_last and self.reads >= READS_BEFORE_ASKING
        if lasts and self._waited_enough():
            self._ask_person(sentence)
        else:
            self._read_later(sentence)

    def _judge_top_up(self, outcome):
        """No read tells whether one top-up took effect: a person decides, helped by
        the day of the last one.

        :param outcome: ``LastTopUp`` or the ``TipError`` in its place
        """
        if isinstance(outcome, TipError):
            sentence = self.platform_id._explain(outcome)
            if self.reads < READS_BEFORE_ASKING and not isinstance(outcome, Refused):
                self._read_later(sentence)
                return
        elif outcome.date:
            sentence = self.env._(
                "The platform's last top-up of this SIM card is of %(date)s.",
                date=format_date(self.env, outcome.date),
            )
        else:
            sentence = self.env._("The platform knows no top-up of this SIM card.")
        self._ask_person(sentence)

    def _waited_enough(self):
        return self._seconds_to_wait() <= 0

    def _seconds_to_wait(self):
        """:return: seconds in which a late effect is still waited for"""
        waited = database_now(self.env.cr) - (self.unknown_since or self.create_date)
        return self.platform_id.settle_seconds - waited.total_seconds()

    def _read_later(self, sentence):
        # never at once: the cron would go round in circles
        wait = min(
            max(self.platform_id.settle_first_read * 2 ** min(self.reads, 10), 1),
            LONGEST_WAIT_TO_READ,
        )
        self.write(
            {
                "error": sentence,
                "next_attempt": database_now(self.env.cr) + timedelta(seconds=wait),
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
                "TIP's panel, then choose “It Took Effect” or “Send Again”.",
                said=sentence,
            ),
        )
        self._tell_asker()

    # === VERDICTS BY THE SIM CARD'S STATE AT THE PLATFORM === #

    def _verdict(self, detail):
        """Judge by the SIM's state at the platform whether the request took effect.

        :param detail: ``lib.SimDetail``
        :return: ("done" | "not_done" | "unclear" | "ask", sentence)
        """
        return getattr(self, self._of_operation().verdict)(detail)

    def _reported_sentence(self, detail):
        return self.env._(
            "The platform reports “%(status)s”.", status=detail.raw_status
        )

    def _verdict_activate(self, detail):
        status, sentence = detail.status, self._reported_sentence(detail)
        if status == SimStatus.AVAILABLE:
            return "not_done", sentence
        if status != SimStatus.IN_USE and status not in BLOCKED:
            return "unclear", sentence
        holder = self.line_id.partner_id.commercial_partner_id
        if is_other_document(detail.document, holder.vat):
            return "ask", self.env._(
                "The SIM card is in use at the platform for another holder. Find "
                "out with TIP whose line it is; choose “Cancel” and another SIM "
                "card if it is not this customer's."
            )
        return "done", sentence

    def _verdict_cancel(self, detail):
        status, sentence = detail.status, self._reported_sentence(detail)
        if status == SimStatus.CANCELLED:
            return "done", sentence
        in_service = status == SimStatus.IN_USE or status in BLOCKED
        return ("not_done" if in_service else "unclear"), sentence

    def _verdict_change_plan(self, detail):
        """The platform tells a plan by its name, rarely by its code."""
        sentence = self.env._(
            "The platform reports the plan “%(plan)s”.", plan=detail.plan_name
        )
        wanted = self.plan_id._is_called(detail.plan_name)
        current = self.line_id.product_id.product_tmpl_id.mvno_plan_id
        before = current._is_called(detail.plan_name)
        if wanted and before:
            return "ask", sentence
        if wanted:
            return "done", sentence
        return ("not_done" if before else "unclear"), sentence

    def _verdict_unblock(self, detail):
        status, sentence = detail.status, self._reported_sentence(detail)
        if status == SimStatus.IN_USE:
            return "done", sentence
        return ("not_done" if status in BLOCKED else "unclear"), sentence

    def _verdict_block_partial(self, detail):
        verdict = self._block_verdict(detail.status, SimStatus.PARTIALLY_BLOCKED)
        return verdict, self._reported_sentence(detail)

    def _verdict_block_total(self, detail):
        verdict = self._block_verdict(detail.status, SimStatus.TOTALLY_BLOCKED)
        if detail.status == SimStatus.PARTIALLY_BLOCKED:
            verdict = "not_done"
        return verdict, self._reported_sentence(detail)

    def _block_verdict(self, status, wanted):
        """:param wanted: ``lib.SimStatus`` of the block that was asked for
        :return: see :meth:`_verdict`, where it is not blocked the other way"""
        if status == wanted:
            return "done"
        if status == SimStatus.IN_USE:
            return "not_done"
        if status == SimStatus.BLOCKED:
            # the platform does not say which block: from a free line it can only be
            # ours, from a partially blocked one nobody can tell
            return "done" if self.line_id.state == "active" else "ask"
        return "unclear"
