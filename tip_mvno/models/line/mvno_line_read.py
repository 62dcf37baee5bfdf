# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from datetime import timedelta

from odoo import api, fields, models

from ...lib import BULK, OtherSim, SimStatus, TipError
from ...tools.brazil import is_other_document
from ...tools.cursor import database_now, short_transaction

_logger = logging.getLogger(__name__)

POLL_MINUTES = 5
# A SIM card that somebody asked to be read is given up after so many.
ASKED_MINUTES = 60
STATE_OF_STATUS = {
    SimStatus.IN_USE: "active",
    SimStatus.PARTIALLY_BLOCKED: "partially_blocked",
    SimStatus.TOTALLY_BLOCKED: "blocked",
}
EVENT_OF_STATE = {
    "active": "unblock",
    "partially_blocked": "block_partial",
    "blocked": "block_total",
}
NOTHING_FOREIGN = {"foreign_answer": False, "foreign_told": False}
IN_SERVICE = (*STATE_OF_STATUS, SimStatus.BLOCKED)


class MvnoLine(models.Model):
    """How a line's state is read back from the platform."""

    _inherit = "mvno.line"

    def action_refresh(self):
        """Read this line's state from the platform now; of several the cron does.

        :return: a notification where the cron reads them, or True
        :raise UserError: when the platform cannot be asked; says what to do
        """
        simcards = self.simcard_id
        port_ins = self.portability_ids.filtered("is_open")._is_told_of()
        if len(self) > 1:
            port_ins._read_by_cron()
            return simcards._read_by_cron()

        def take(item, answer):
            if item == simcards:
                self.sudo()._take_detail(answer)
            else:
                item.sudo()._take_port_in(answer)

        return self.env["mvno.platform"]._read_now([*simcards, *port_ins], take)

    def _take_detail(self, detail):
        """Take over what the platform says of this line: nothing where that is about
        another one.

        A state that only an order of ours or a person may decide (cancelled there,
        active here) is kept apart and shown as a warning.

        :param detail: ``lib.SimDetail``
        """
        self.ensure_one()
        foreign = self._what_is_foreign(detail)
        if foreign:
            self._note_foreign(*foreign)
            return
        self.simcard_id._take_status(detail)
        vals = {
            "platform_status": detail.raw_status,
            "checked_at": database_now(self.env.cr),
            **NOTHING_FOREIGN,
        }
        accepted = self._was_accepted()
        if accepted:
            vals |= self._number_values(detail.number)
            vals["platform_contract"] = self._accepted_contract(
                self.platform_contract or detail.platform_contract
            )
        self.write(vals)
        if self.state == "activating" and accepted and self.number:
            if detail.status in IN_SERVICE:
                self._start_service(detail.activation_date)
        if self.state in self._live_states:
            answers = {self.id: (detail.status, detail.raw_status)}
            since = detail.status_since
            told_at = {self.id: since.replace(tzinfo=None)} if since else {}
            self._take_block_states(answers, told_at)

    def _what_is_foreign(self, detail):
        """Find out whether an answer is about another line: TIP may have confused two.

        :param detail: ``lib.SimDetail``
        :return: (value of ``foreign_answer``, what was told), or None where nothing
            says so; who the other holder is stays unsaid
        """
        self.ensure_one()
        known, told = self.platform_contract or "", detail.platform_contract
        # a JSON number has lost its leading zeros
        is_other = known.lstrip("0") != told.lstrip("0")
        if told and is_other and (known or self._is_contract_in_use(told)):
            return "contract", told
        if is_other_document(
            detail.document, self.partner_id.commercial_partner_id.vat
        ):
            return "holder", False
        return None

    def _note_foreign(self, what, told=False):
        """Keep that an answer about this line was none.

        :param str what: a value of ``foreign_answer``
        :param told: the contract or number that was told
        """
        self.write({"foreign_answer": what, "foreign_told": told})

    def _foreign_sentence(self):
        """:return: what the platform told of in place of this line, and what to do;
        False where it did not"""
        self.ensure_one()
        if not self.foreign_answer:
            return False
        told = self._format_number(self.foreign_told)
        sentences = {
            "simcard": self.env._(
                "When asked about this line's SIM card, TIP told of another SIM card."
            ),
            "contract": self.env._(
                "When asked about this line's SIM card, TIP told of contract "
                "%(contract)s, which is not this line's.",
                contract=told,
            ),
            "holder": self.env._(
                "When asked about this line's SIM card, TIP told of another holder's "
                "line: the CPF or CNPJ is not this subscriber's."
            ),
            "number": self.env._(
                "TIP told number %(number)s for this line, which another line in "
                "service here has.",
                number=told,
            ),
        }
        return self.env._(
            "%(told)s Nothing of it was taken over: compare with TIP's panel, have TIP "
            "correct it, then refresh the line.",
            told=sentences[self.foreign_answer],
        )

    def _was_accepted(self):
        """:return: whether the platform took this line's activation: before that, what
        it says of the SIM card may be of another holder's line"""
        self.ensure_one()
        if self.state == "activating":
            return any(
                command.operation == "activate" and command.state == "done"
                for command in self.command_ids
            )
        return self.state in self._live_states

    def _take_block_states(self, answers, told_at=None):
        """Follow blocks that changed at the platform while no request is open.

        A block that nobody here asked for is kept as a hold of the platform's own:
        lifting it is a person's decision, not ours. What changed counts from the
        platform's own time; where it tells none, from the last time it said otherwise;
        from now, where it never did.

        :param dict answers: {line's id: (``lib.SimStatus``, the status as received)}
        :param dict told_at: {line's id: UTC datetime}, the platform's own times
        """
        self._note_state_seen(
            {line_id: status for line_id, (status, _raw_status) in answers.items()}
        )
        changed, to_hold, followed = {}, [], []
        to_lift = self.env["mvno.line.hold"]
        effective, now = self._changed_since(told_at or {}), fields.Datetime.now()
        for line in self.filtered(lambda line: not line.open_command_id):
            status, raw_status = answers[line.id]
            seen = line._state_of_status(status)
            if not seen:
                continue
            followed.append(line.id)
            since, _known_by = effective.get(line.id, (now, "recorded"))
            holds = line.hold_ids.filtered(lambda hold: not hold.lifted_at)
            if seen != line.state:
                event = EVENT_OF_STATE[seen]
                changed.setdefault((event, raw_status), []).append(line.id)
            if seen == "active":
                to_lift |= holds.filtered(lambda hold: hold.reason == "platform")
            elif not holds:
                to_hold.append(
                    {
                        "line_id": line.id,
                        "reason": "platform",
                        "level": "total" if seen == "blocked" else "partial",
                        "origin": raw_status,
                        # one that was known before holds from now on
                        "date_start": min(now, since if seen != line.state else now),
                    }
                )
        for (event, raw_status), ids in changed.items():
            self.browse(ids)._transition(
                event,
                self.env._("The platform reports “%(status)s”.", status=raw_status),
                effective={
                    line_id: effective[line_id]
                    for line_id in ids
                    if line_id in effective
                },
            )
        to_lift._lift()
        self.env["mvno.line.hold"].create(to_hold)
        self.browse(followed)._reconcile()

    def _note_state_seen(self, statuses):
        """The platform has just told of these lines: keep of which it says that they
        are as they are here.

        :param dict statuses: {line's id: ``lib.SimStatus``}
        """
        as_here = self.filtered(
            lambda line: line._state_of_status(statuses.get(line.id)) == line.state
        )
        as_here.write({"state_seen_at": database_now(self.env.cr)})

    def _changed_since(self, told_at):
        """Say since when lines are what the platform says now, where that is not what
        they are here.

        :param dict told_at: {line's id: UTC datetime}, the platform's own times
        :return: dict {line's id: (UTC datetime, a key of ``SOURCES``)}
        """
        known = {
            line.id: (line.state_seen_at, "last_read")
            for line in self
            if line.state_seen_at
        }
        told = {line_id: (moment, "platform") for line_id, moment in told_at.items()}
        return {**known, **told}

    def _state_of_status(self, status):
        """:param status: ``lib.SimStatus``
        :return: the state in which the platform has this line, or None. Where it does
            not tell how it is blocked, what we have stays."""
        self.ensure_one()
        if status == SimStatus.BLOCKED:
            return "blocked" if self.state == "active" else self.state
        return STATE_OF_STATUS.get(status)

    @api.model
    def cron_poll(self):
        """Driver: read the SIM cards and lines that somebody waits for, then the lines
        whose activation the platform has yet to finish."""
        self.env["ir.cron"].check_access("write")
        platforms, simcards = self.env["mvno.platform"], self.env["mvno.simcard"]
        asked = simcards.search(
            [("read_asked_at", "!=", False), ("platform_id.active", "=", True)],
            order="read_asked_at, id",
        )
        has_time, asked_until = platforms._read_each(asked, self._read_asked)
        waiting = self.search(
            [
                ("state", "=", "activating"),
                ("platform_id.active", "=", True),
                (
                    "command_ids",
                    "any",
                    [("operation", "=", "activate"), ("state", "=", "done")],
                ),
            ],
            order="checked_at NULLS FIRST, id",
        )
        waiting_until = {}
        if has_time:
            _has_time, waiting_until = platforms._read_each(waiting, self._poll)
        asked.invalidate_recordset()
        if waiting or asked.exists().filtered("read_asked_at"):
            now = database_now(self.env.cr)
            soon = now + timedelta(minutes=POLL_MINUTES)
            moments = [*asked_until.values(), *waiting_until.values()]
            # one platform's wait may be over, and the lines of another just read
            at = max(min(moments, default=soon), now + timedelta(minutes=1))
            self.env.ref("tip_mvno.ir_cron_poll_lines")._trigger(at=at)
            self.env["ir.cron"]._commit_progress(remaining=0)

    @api.model
    def _read_asked(self, simcard_id):
        """Read a SIM card that somebody asked to be read, with the line that holds it,
        with no cursor open during the call; given up when nothing comes for too long.

        :raise TipError: when the platform does not answer
        """
        with short_transaction(self.env.registry, self.env.context) as env:
            simcard = env["mvno.simcard"].browse(simcard_id)
            too_old = database_now(self.env.cr) - timedelta(minutes=ASKED_MINUTES)
            if not simcard.read_asked_at or simcard.read_asked_at < too_old:
                simcard.read_asked_at = False
                return
            ask, client = simcard._question(), simcard.platform_id._client(BULK)
        try:
            detail = ask(client)
        except OtherSim:
            detail = None
        except TipError as error:
            if not self.env["mvno.platform"]._next_try(error, failures=0):
                with short_transaction(self.env.registry) as env:
                    env["mvno.simcard"].browse(simcard_id).read_asked_at = False
            raise
        with short_transaction(self.env.registry, self.env.context) as env:
            simcard = env["mvno.simcard"].browse(simcard_id)
            simcard.read_asked_at = False
            # whoever else reads the line at the same time takes over what it says
            line = simcard.line_id.try_lock_for_update()
            if line and detail is None:
                line._note_foreign("simcard")
            elif line:
                line.platform_id._in_language_of_reader(line)._take_detail(detail)
            elif detail and not simcard.line_id:
                simcard._take_status(detail)
        self.env.invalidate_all()

    @api.model
    def _poll(self, line_id, priority=BULK, deadline=None):
        """Read one line's state with no cursor open during the call.

        :param int line_id: the line
        :param priority: of the call
        :param deadline: ``lib.Deadline`` of a person who waits
        :raise TipError: when the platform does not answer
        """
        with short_transaction(self.env.registry, self.env.context) as env:
            line = env["mvno.line"].browse(line_id)
            client = line.platform_id._client(priority, deadline=deadline)
            iccid = line.simcard_id.iccid
        try:
            detail = client.sim(iccid)
        except OtherSim:
            detail = None
        with short_transaction(self.env.registry, self.env.context) as env:
            # whoever else reads it at the same time takes over what it says
            line = env["mvno.line"].browse(line_id).try_lock_for_update()
            if line and detail is None:
                line._note_foreign("simcard")
            elif line:
                line.platform_id._in_language_of_reader(line)._take_detail(detail)
        self.env.invalidate_all()
