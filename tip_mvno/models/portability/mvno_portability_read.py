# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain

from ...lib import (
    BULK,
    OtherSim,
    PortInRefusal,
    PortInStatus,
    said_of_refusal,
    same_words,
)
from ...tools.cursor import database_now, short_transaction
from .mvno_portability import FAILURES

_logger = logging.getLogger(__name__)

EVENT_OF_STATUS = {
    PortInStatus.REQUESTED: "send",
    PortInStatus.AWAITING_WINDOW: "window",
    PortInStatus.DONE: "finish",
    PortInStatus.REFUSED: "refuse",
    PortInStatus.CONFLICT: "conflict",
    PortInStatus.CANCELLED: "cancel",
}
POLL_MINUTES = 30
# A window farther away than this is a slip of the platform's.
WINDOW_WITHIN = timedelta(days=366)


class MvnoPortability(models.Model):
    """How a port-in's state is read from the platform."""

    _inherit = "mvno.portability"

    # === TAKING OVER THE PLATFORM'S ANSWER === #

    def _take_port_in(self, port_in):
        """Take over what the platform says of this port-in.

        :param port_in: ``lib.PortIn``
        """
        self.ensure_one()
        if not self.try_lock_for_update():
            # another worker is noting the same answer: nobody is told twice
            return
        self.invalidate_recordset()
        now = database_now(self.env.cr)
        if self.successor_ids or self._is_about_predecessor(port_in):
            self.checked_at = now
            return
        event = EVENT_OF_STATUS.get(port_in.status)
        vals = {"platform_status": port_in.raw_status, "checked_at": now}
        window = port_in.window_start and port_in.window_start.replace(tzinfo=None)
        if window and abs(window - now) < WINDOW_WITHIN:
            vals["window_start"] = window
        elif event == "send":
            vals["window_start"] = False
        if event and self.is_open:
            vals |= self._refusal_values(event, port_in)
        self.write(vals)
        if event and self.is_open:
            self._follow(event)

    def _is_about_predecessor(self, port_in):
        """The platform answers by SIM card: until TIP's support has taken up a
        corrected request, it goes on telling what became of the one before.

        :return: bool, whether this answer is no news
        """
        predecessor = self.predecessor_id
        if not predecessor or self.platform_status:
            return False
        if port_in.status == PortInStatus.UNKNOWN or port_in.says_in_use_only:
            # the latter is true of every line in service, whatever its number
            return True
        if EVENT_OF_STATUS[port_in.status] not in FAILURES:
            return False
        if not self.sent_at and "replace" in predecessor.transition_ids.mapped("event"):
            # the one before was still open there: this may be its end
            return True
        return PortInStatus.from_wire(
            predecessor.platform_status
        ) == port_in.status and same_words(
            said_of_refusal(port_in), predecessor.refusal
        )

    def _refusal_values(self, event, port_in):
        """:return: values of the reason why it does not go on, or its end"""
        if event not in FAILURES:
            return {"refusal": False, "refusal_kind": False}
        said = said_of_refusal(port_in)
        kind = PortInRefusal.from_wire(said, port_in.message, port_in.raw_status)
        return {"refusal": said, "refusal_kind": kind.value}

    def _follow(self, event):
        """Go where the platform says; a state told once more is no change.

        :param str event: a key of the table
        """
        if self._transitions[self.state].get(event) != self.state or not self.sent_at:
            self._transition(event, self._failure_reason() or None)
        if event == "finish":
            line = self.line_id
            line.write(line._number_values(self.number))
            sentence = self.env._(
                "Port-in done: the line answers at %(number)s now.",
                number=line._format_number(self.number),
            )
            if line.number != self.number:
                sentence = line._foreign_sentence()
            line._message_log(body=sentence)
        elif event == "window":
            # its date may come after the state, or change
            self._mail_step("window")

    # === READING WHILE A PERSON WAITS === #

    def _is_told_of(self):
        """:return: those of these port-ins the platform can say something of"""
        return self.filtered(
            lambda item: not item.successor_ids
            and (
                item.sent_at
                or (
                    item.predecessor_id
                    and item.line_id.state in item.line_id._live_states
                )
            )
        )

    def action_refresh(self):
        """Read this port-in's state from the platform now; of several the cron does.

        :return: a notification where the cron reads them, or True
        :raise UserError: when the platform cannot be asked; says what to do
        """
        told_of = self._is_told_of()
        if len(told_of) > 1:
            return told_of._read_by_cron()
        return self.env["mvno.platform"]._read_now(
            told_of, lambda port_in, answer: port_in.sudo()._take_port_in(answer)
        )

    def _question(self):
        """:return: what to ask of this port-in, see ``mvno.platform._ask_about``"""
        self.ensure_one()
        iccid = self.line_id.simcard_id.iccid
        return lambda client: client.port_in(iccid)

    def _unread_sentence(self, reason):
        """:return: why this port-in could not be read, in words"""
        return self.env._(
            "Port-in of %(number)s: %(reason)s",
            number=self.line_id._format_number(self.number),
            reason=reason,
        )

    def _note_other_simcard(self):
        """The platform told of another SIM card than this port-in's."""
        self.ensure_one()
        self.checked_at = database_now(self.env.cr)
        self.line_id._note_foreign("simcard")

    def _read_by_cron(self):
        """Have these port-ins read where nobody waits.

        :return: a notification
        """
        self.check_access("read")
        self.sudo().checked_at = False
        self.env.ref("tip_mvno.ir_cron_poll_portabilities")._trigger()
        return self.platform_id[:1]._notify_goes_on()

    # === CRON === #

    @api.model
    def _domain_to_poll(self):
        """:return: domain of the port-ins worth a call now"""
        before = database_now(self.env.cr) - timedelta(minutes=POLL_MINUTES - 1)
        repeated = Domain("predecessor_id", "!=", False) & Domain(
            "line_id.state", "in", self.env["mvno.line"]._live_states
        )
        return (
            Domain("state", "in", self._open_states)
            & Domain("platform_id.active", "=", True)
            & (Domain("sent_at", "!=", False) | repeated)
            & (Domain("checked_at", "=", False) | Domain("checked_at", "<", before))
        )

    @api.model
    def cron_poll(self):
        """Driver: read the port-ins under way, the longest unread first, and raise
        the alarm for those that stand still."""
        cron = self.env["ir.cron"]
        cron.check_access("write")
        self._alarm_standing_still()
        due = self.search(self._domain_to_poll(), order="checked_at NULLS FIRST, id")
        again = self.env.ref("tip_mvno.ir_cron_poll_portabilities")._trigger
        has_time, _waiting = self.env["mvno.platform"]._read_each(
            due, self._poll, on_wait=again
        )
        if has_time:
            cron._commit_progress(remaining=0)

    @api.model
    def _poll(self, portability_id):
        """Read one port-in with no cursor of ours open during the call.

        :raise TipError: when the platform does not answer
        """
        with short_transaction(self.env.registry, self.env.context) as env:
            line = env["mvno.portability"].browse(portability_id).line_id
            client = line.platform_id._client(BULK)
            iccid = line.simcard_id.iccid
        try:
            port_in = client.port_in(iccid)
        except OtherSim:
            port_in = None
        with short_transaction(self.env.registry, self.env.context) as env:
            portability = env["mvno.portability"].browse(portability_id)
            if port_in is None:
                portability._note_other_simcard()
                return
            platform = portability.platform_id
            platform._in_language_of_reader(portability)._take_port_in(port_in)
        self.env.invalidate_all()
