# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
import re
from datetime import datetime, timedelta
from functools import partial

import pytz

from odoo import api, models
from odoo.exceptions import UserError
from odoo.http import request

from ...lib import (
    BULK,
    INTERACTIVE,
    Deadline,
    Late,
    Misconfigured,
    NotFound,
    OtherSim,
    OutcomeUnknown,
    ProblemKind,
    Refused,
    SlotUnavailable,
    Throttled,
    TipClient,
    TipError,
    TokenRefused,
    Unavailable,
    Unreachable,
)
from ...tools.bulk import named, where, without_values
from ...tools.cursor import database_now, end_transaction

_logger = logging.getLogger(__name__)

# Where an answer cannot be read, see ``lib.answer_filter``.
_PLACE = re.compile(r"\bat byte (\d+)")
# Seconds a call may wait for a slot of the rate limit.
INTERACTIVE_PATIENCE = 5.0
BULK_PATIENCE = 20.0
# Seconds that a click lasts at most, all its calls together.
SECONDS_OF_A_CLICK = 8.0
CALLS_WHILE_WAITING = 10
# Seconds before a failed call is made again; after the last one it is given up.
RETRY_AFTER = (60, 120, 300, 900)


def seconds_to_wait(error):
    """:param error: ``Throttled`` or ``SlotUnavailable``
    :return: float, at least a second: the platform may say 0"""
    told = getattr(error, "retry_after", 0.0) or getattr(error, "retry_in", 0.0)
    return max(told, 1.0)


class MvnoPlatform(models.Model):
    """The one door to the platform: its client, its limit, its errors in words."""

    _inherit = "mvno.platform"

    def _client(
        self, priority=BULK, *, slot_taken=False, deadline=None, usage_unit=None
    ):
        """Give the client that speaks this platform's dialect.

        :param priority: INTERACTIVE when a person waits, else BULK
        :param bool slot_taken: the caller has taken the first call's slot already
        :param deadline: ``lib.Deadline`` of a person who waits, shared by all calls
        :param str usage_unit: "mb" or "gb", of a month whose unit is kept; the
            platform's when not given
        :return: a ``TipClient``; it keeps no cursor open between its calls
        :raise UserError: when the platform has no token yet
        """
        self.ensure_one()
        platform = self.sudo()
        if not platform.user_token:
            raise UserError(
                self.env._(
                    "Platform %(name)s has no token. Ask an administrator to fill it "
                    "in Telefonia MVNO > Configuration > Platforms.",
                    name=platform.name,
                )
            )
        limits = self.env["mvno.rate.limit"]
        key = limits._key(platform.user_token)
        acquire = self._slot_taker(deadline)
        return TipClient(
            platform.base_url,
            platform.user_token,
            acquire=_SlotTaken(acquire) if slot_taken else acquire,
            on_throttled=partial(limits._pause, key),
            usage_unit=usage_unit or platform.usage_unit,
            balance_unit=platform.balance_unit,
            tz=platform.tz,
            priority=priority,
            deadline=float(platform.call_deadline),
            until=deadline,
        )

    @api.model
    def _acquire_slot(self, key, requests_per_minute, deadline, priority):
        patience = INTERACTIVE_PATIENCE if priority == INTERACTIVE else BULK_PATIENCE
        if deadline:
            patience = min(patience, deadline.remaining())
        self.env["mvno.rate.limit"]._acquire(
            key, requests_per_minute, priority, patience
        )

    def _slot_taker(self, deadline=None):
        """Prepare taking a slot of this platform's limit before claiming work for it.

        :param deadline: ``lib.Deadline`` of a person who waits
        :return: a callable that takes a priority and needs no cursor; it raises
            ``SlotUnavailable`` when no slot comes free in time
        """
        self.ensure_one()
        platform = self.sudo()
        key = self.env["mvno.rate.limit"]._key(platform.user_token or "")
        return partial(
            self.browse()._acquire_slot, key, platform.requests_per_minute, deadline
        )

    @api.model
    def _deadline_of_click(self):
        """:return: ``lib.Deadline`` that all calls of a click share, also when Odoo
        repeats it because somebody else was writing the same row"""
        if not request:
            return Deadline(SECONDS_OF_A_CLICK)
        if not hasattr(request, "mvno_deadline"):
            request.mvno_deadline = Deadline(SECONDS_OF_A_CLICK)
        return request.mvno_deadline

    @api.model
    def _ask(self, questions):
        """Ask what a person waits for: the only way for a button to do so.

        What the click has read and written is committed first, so that no transaction
        of ours is open while the platform is silent and nothing entered is lost. Not
        for code with unfinished work, therefore: that is a cron's, see
        :meth:`_read_each`. What is left to write after the answers is written in a new
        transaction, which sees what changed meanwhile.

        :param list questions: (``mvno.platform`` record, callable that is given its
            client, makes calls and needs no cursor), which share the seconds of a click
        :return: list of what each question brought, in order: what the callable
            returned, or the ``TipError`` in its place
        :raise UserError: when a platform has no token yet
        """
        deadline = self._deadline_of_click()
        calls = [
            partial(ask, platform._client(INTERACTIVE, deadline=deadline))
            for platform, ask in questions
        ]
        end_transaction(self.env)
        answers = [_answer_or_error(call) for call in calls]
        for (platform, _ask), answer in zip(questions, answers, strict=True):
            if not isinstance(answer, TipError):
                platform._note_answer()
        return answers

    @api.model
    def _ask_about(self, records):
        """Ask what there is to know of records now, see :meth:`_ask`.

        That an answer was about another SIM card is noted and committed.

        :param records: iterable of records that have ``platform_id``, ``_question``,
            ``_unread_sentence`` and ``_note_other_simcard``
        :return: (list of (record, answer), list of records without an answer in time,
            list of sentences why the rest could not be read)
        :raise UserError: when a platform has no token yet
        """
        records = list(records)
        answers = self._ask(
            [(record.platform_id, record._question()) for record in records]
        )
        answered, late, reasons = [], [], []
        for record, answer in zip(records, answers, strict=True):
            if isinstance(answer, Late):
                late.append(record)
            elif isinstance(answer, TipError):
                reason = record.platform_id._explain(answer)
                reasons.append(record._unread_sentence(reason))
            else:
                answered.append((record, answer))
            if isinstance(answer, OtherSim):
                record.sudo()._note_other_simcard()
                end_transaction(self.env)
        return answered, late, reasons

    @api.model
    def _read_now(self, records, take):
        """Read records while a person waits; the cron reads what does not answer in
        time.

        :param records: see :meth:`_ask_about`; they have ``_read_by_cron``, too
        :param take: callable that is given a record and its answer, and keeps it
        :return: a notification where the cron reads some, or True
        :raise UserError: with the reasons why some could not be read; what the others
            brought is kept
        """
        answered, late, reasons = self._ask_about(records)
        for record, answer in answered:
            take(record, answer)
        goes_on = [record._read_by_cron() for record in late]
        self._raise_reasons(reasons)
        return goes_on[0] if goes_on else True

    @api.model
    def _raise_reasons(self, reasons):
        """Tell a person what could not be read; what could is committed first.

        :param list reasons: of str
        :raise UserError: when there are any
        """
        if reasons:
            end_transaction(self.env)
            raise UserError("\n".join(reasons))

    def _note_answer(self):
        """The platform answers again: what it failed with before is over."""
        troubled = self.sudo().filtered("last_error")
        if troubled:
            now = database_now(self.env.cr)
            troubled.write(
                {"state": "connected", "last_error": False, "connected_at": now}
            )

    def _today(self):
        """:return: today's date where the platform is"""
        self.ensure_one()
        return datetime.now(pytz.timezone(self.tz)).date()

    @api.model
    def _may_pass(self, error):
        """:param error: see :meth:`_explain`
        :return: bool, whether the same call may well succeed a little later"""
        foreseen = isinstance(error, TipError)
        return not foreseen or isinstance(error, Unavailable | Unreachable)

    @api.model
    def _next_try(self, error, failures):
        """Decide about a call that failed where nobody waits: make it again, or not.

        :param error: see :meth:`_explain`
        :param int failures: how often it failed before, waits for a limit not counted
        :return: (seconds until the next try, how often it has failed now); None when it
            is to be given up
        """
        if isinstance(error, Throttled | SlotUnavailable):
            return seconds_to_wait(error), failures
        if self._may_pass(error) and failures < len(RETRY_AFTER):
            return RETRY_AFTER[failures], failures + 1
        return None

    @api.model
    def _read_each(self, records, read, on_wait=None):
        """Driver's part of a cron: read records one by one, each with a call of its
        own, and commit after each. What one of them fails with keeps no other from
        being read; a platform that asks to wait is left alone.

        :param records: of a model with ``platform_id``, in the order of reading
        :param read: callable that takes a record's id; it has no cursor open during the
            call, and raises ``TipError`` when the platform does not answer
        :param on_wait: callable that takes the moment at which a platform that asked
            to wait may be asked again; what it writes is committed with the progress
        :return: (bool, whether the cron has time left; dict of platform id: when it may
            be asked again, of those that asked to wait)
        """
        cron = self.env["ir.cron"]
        platforms = {record.id: record.platform_id for record in records}
        cron._commit_progress(remaining=len(platforms))
        waiting_until = {}
        for record_id, platform in platforms.items():
            if platform.id in waiting_until:
                continue
            try:
                with without_values(records._description):
                    read(record_id)
                platform._note_answer()
            except (SlotUnavailable, Throttled) as error:
                # the other platforms have limits of their own
                delay = timedelta(seconds=seconds_to_wait(error))
                waiting_until[platform.id] = database_now(self.env.cr) + delay
                if on_wait:
                    on_wait(waiting_until[platform.id])
            except TipError as error:
                platform.last_error = platform._explain(error)
            except UserError as error:
                platform.last_error = str(error)
            except Exception as error:
                record = f"{records._name} {record_id}"
                _logger.error("%s could not be read: %s", record, where(error))
            if not cron._commit_progress(1):
                return False, waiting_until
        return True, waiting_until

    @api.model
    def _check_while_waiting(self, records):
        """Refuse more calls than a person can wait for.

        :param records: records of which each one costs a call
        :raise UserError: when they are too many
        """
        if len(records) > CALLS_WHILE_WAITING:
            raise UserError(
                self.env._(
                    "Each record is a call to the platform, whose calls are limited. "
                    "Choose %(most)s at most.",
                    most=CALLS_WHILE_WAITING,
                )
            )

    def _in_language_of_reader(self, records):
        """Speak to who is responsible where no person waits: a cron has no language.

        :param records: of any model, all of this platform
        :return: the same records in that language; unchanged where the context has one
        """
        lang = self.env.lang or self.sudo().user_id.lang
        return records.with_context(lang=lang) if lang else records

    def _explain(self, error):
        """Say in the user's words what a failed call means and what to do.

        :param error: the ``TipError`` the client raised, or what went wrong here
            while its answer was being kept
        :return: str, one or two sentences
        """
        self.ensure_one()
        speaking = self._in_language_of_reader(self)
        if speaking.env.lang != self.env.lang:
            return speaking._explain(error)
        if not isinstance(error, TipError):
            # its words may quote what the platform told
            return self.env._(
                "Platform %(name)s answered, but Odoo could not keep the answer "
                "(%(error)s). Ask your administrator to look it up in the server's "
                "log.",
                name=self.name,
                error=named(error),
            )
        said = error.user_message
        values = {
            "name": self.name,
            "said": said or self.env._("no reason given"),
            "seconds": round(seconds_to_wait(error)),
        }
        if isinstance(error, TokenRefused):
            return self.env._(
                "Platform %(name)s refused the token. Check the token and the address "
                "in Configuration > Platforms, then test the connection.",
                **values,
            )
        if isinstance(error, Unreachable):
            return self.env._(
                "Platform %(name)s could not be reached; nothing was sent. Check the "
                "address and this server's internet connection, then try again.",
                **values,
            )
        if isinstance(error, Throttled):
            return self.env._(
                "Platform %(name)s asks to wait %(seconds)s seconds: too many calls. "
                "Waiting work goes on by itself.",
                **values,
            )
        if isinstance(error, SlotUnavailable):
            return self.env._(
                "Platform %(name)s: the limit of calls per minute is used up by other "
                "work. Try again in %(seconds)s seconds.",
                **values,
            )
        if isinstance(error, Misconfigured):
            return self.env._(
                "What answers at platform %(name)s's address is not TIP's API. Check "
                "the address in Configuration > Platforms.",
                **values,
            )
        if isinstance(error, NotFound):
            return self.env._(
                "Platform %(name)s does not know this SIM card or line (%(said)s). "
                "Compare the ICCID with TIP's panel.",
                **values,
            )
        if isinstance(error, Refused):
            return self.env._("Platform %(name)s refused: %(said)s", **values)
        if isinstance(error, OutcomeUnknown):
            return self.env._(
                "Platform %(name)s did not confirm the request. It will be asked what "
                "became of it; do not repeat it by hand.",
                **values,
            )
        if isinstance(error, OtherSim):
            return self.env._(
                "Platform %(name)s answered about another SIM card than it was asked "
                "about. Nothing was taken over; if it goes on, tell TIP's support.",
                **values,
            )
        if isinstance(error, Late):
            return self.env._(
                "Platform %(name)s did not answer within %(seconds)s seconds, which is "
                "as long as a click waits. Nothing was changed; try again in a few "
                "minutes.",
                **{**values, "seconds": round(SECONDS_OF_A_CLICK)},
            )
        if isinstance(error, Unavailable):
            if error.status and error.detail and not said:
                # what it is stands in the log's line of the call
                place = _PLACE.search(error.detail)
                values["said"] = (
                    self.env._(
                        "its answer is cut or damaged, at byte %(place)s",
                        place=place.group(1),
                    )
                    if place
                    else self.env._("its answer is cut or damaged")
                )
            return self.env._(
                "Platform %(name)s does not answer properly right now (%(said)s). "
                "Nothing was changed; try again in a few minutes.",
                **values,
            )
        return self.env._("Platform %(name)s: %(said)s", **values)

    def _explain_problems(self, problems):
        """Say in the user's words what of an answer could not be used.

        :param problems: ``lib.Problem`` items
        :return: list of str, one for each: a sentence, or for a value of a statement's
            event where it is
        """
        self.ensure_one()
        speaking = self._in_language_of_reader(self)
        return [speaking._explain_problem(problem) for problem in problems]

    def _explain_problem(self, problem):
        subscriber = problem.about or self.env._("no name")
        if problem.kind == ProblemKind.ROW:
            return self.env._(
                "Row %(place)s of the answer is damaged and was left out.",
                place=problem.about,
            )
        if problem.kind == ProblemKind.ICCID and problem.about:
            return self.env._(
                "Subscriber %(subscriber)s: %(iccid)s is not an ICCID, which has 19 or "
                "20 digits.",
                subscriber=subscriber,
                iccid=problem.value,
            )
        if problem.kind == ProblemKind.ICCID and problem.value:
            return self.env._(
                "SIM card %(iccid)s was left out: an ICCID has 19 or 20 digits.",
                iccid=problem.value,
            )
        if problem.kind == ProblemKind.ICCID:
            return self.env._("A SIM card without an ICCID was left out.")
        if problem.kind == ProblemKind.NO_IDENTITY:
            return self.env._(
                "Subscriber %(subscriber)s: a line with neither ICCID nor contract "
                "code was left out.",
                subscriber=subscriber,
            )
        if problem.kind == ProblemKind.LINES:
            return self.env._(
                "Subscriber %(subscriber)s: the list of lines is damaged and was left "
                "out.",
                subscriber=subscriber,
            )
        if problem.kind == ProblemKind.LINE:
            return self.env._(
                "Subscriber %(subscriber)s: a damaged line was left out.",
                subscriber=subscriber,
            )
        events = {
            "voice": self.env._("call"),
            "sms": self.env._("SMS message"),
            "data": self.env._("data session"),
        }
        values = {
            ProblemKind.EVENT_TIME: self.env._("date and time"),
            ProblemKind.EVENT_DURATION: self.env._("duration"),
            ProblemKind.EVENT_VOLUME: self.env._("data volume"),
            ProblemKind.EVENT_PRICE: self.env._("price"),
            ProblemKind.EVENT: self.env._("damaged"),
        }
        return self.env._(
            "contract %(contract)s, %(event)s: %(value)s",
            contract=problem.about,
            event=events[problem.value],
            value=values[problem.kind],
        )


def _answer_or_error(call):
    try:
        return call()
    except TipError as error:
        return error


class _SlotTaken:
    """An acquire() whose first call is paid for already."""

    def __init__(self, acquire):
        self._acquire = acquire
        self._prepaid = True

    def __call__(self, priority):
        if self._prepaid:
            self._prepaid = False
            return
        self._acquire(priority)
