# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..lib import (
    BULK,
    INTERACTIVE,
    PortInStatus,
    SlotUnavailable,
    Throttled,
    TipError,
)
from ..tools.brazil import AREA_CODES, mobile_area_code, mobile_e164
from ..tools.cursor import short_transaction
from .mvno_platform_client import seconds_to_wait

_logger = logging.getLogger(__name__)

# Every legal change of a port-in's state: {state: {event: next state}}.
TRANSITIONS = {
    "requested": {
        "send": "requested",
        "window": "awaiting_window",
        "finish": "done",
        "refuse": "refused",
        "conflict": "conflict",
        "cancel": "cancelled",
    },
    "awaiting_window": {
        "window": "awaiting_window",
        "send": "requested",
        "finish": "done",
        "refuse": "refused",
        "conflict": "conflict",
        "cancel": "cancelled",
    },
    "conflict": {
        "send": "requested",
        "conflict": "conflict",
        "window": "awaiting_window",
        "finish": "done",
        "refuse": "refused",
        "cancel": "cancelled",
    },
    "done": {},
    "refused": {},
    "cancelled": {},
}
EVENT_OF_STATUS = {
    PortInStatus.REQUESTED: "send",
    PortInStatus.AWAITING_WINDOW: "window",
    PortInStatus.DONE: "finish",
    PortInStatus.REFUSED: "refuse",
    PortInStatus.CONFLICT: "conflict",
    PortInStatus.CANCELLED: "cancel",
}
OPEN_STATES = ("requested", "awaiting_window", "conflict")
POLL_MINUTES = 30


class MvnoPortability(models.Model):
    """A number that a subscriber brings from another operator."""

    _name = "mvno.portability"
    _description = "Port-in"
    _inherit = ["mvno.guarded", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "number"

    line_id = fields.Many2one(
        "mvno.line", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="line_id.company_id", store=True, index=True)
    platform_id = fields.Many2one(related="line_id.platform_id", store=True)
    partner_id = fields.Many2one(
        related="line_id.partner_id", store=True, string="Subscriber"
    )
    number = fields.Char(
        required=True, index=True, help="The number to bring, as +55, DDD and number."
    )
    donor = fields.Char(string="Donor Operator", help="Where the number is today.")
    state = fields.Selection(
        [
            ("requested", "Requested"),
            ("awaiting_window", "Awaiting window"),
            ("done", "Done"),
            ("refused", "Refused"),
            ("conflict", "Conflict"),
            ("cancelled", "Cancelled"),
        ],
        string="Status",
        required=True,
        default="requested",
        readonly=True,
        index=True,
        copy=False,
        tracking=True,
    )
    is_open = fields.Boolean(compute="_compute_is_open", search="_search_is_open")
    platform_status = fields.Char(
        string="Status at the Platform", readonly=True, copy=False
    )
    sent_at = fields.Datetime(
        string="Sent",
        readonly=True,
        copy=False,
        help="When the platform accepted the request.",
    )
    window_start = fields.Datetime(
        string="Window", readonly=True, copy=False, tracking=True
    )
    refusal = fields.Char(string="Reason", readonly=True, copy=False, tracking=True)
    checked_at = fields.Datetime(string="Last Read", readonly=True, copy=False)

    _number_e164 = models.Constraint(
        "CHECK(number ~ '^\\+55[1-9][1-9]9[0-9]{8}$')",
        "The number to bring is kept as +55, DDD and a mobile number.",
    )
    _number_once = models.UniqueIndex(
        "(number) WHERE state IN ('requested', 'awaiting_window', 'conflict')",
        "A port-in of this number is under way already.",
    )

    @api.depends("state")
    def _compute_is_open(self):
        for portability in self:
            portability.is_open = portability.state in OPEN_STATES

    def _search_is_open(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("state", "in" if True in value else "not in", OPEN_STATES)]

    @api.depends("number")
    def _compute_display_name(self):
        for portability in self:
            portability.display_name = portability.line_id._format_number(
                portability.number
            )

    @api.onchange("number")
    def _onchange_number(self):
        """Keep a number typed as people write it the way the platform needs it."""
        try:
            self.number = mobile_e164(self.number or "", self.line_id.area_code or None)
        except ValueError:
            return

    def _problems(self):
        """:return: list of (record, field name, sentence), see
        ``mvno.line._activation_problems``"""
        problems = []
        for portability in self:
            line = portability.line_id
            try:
                area_code = mobile_area_code(portability.number)
            except ValueError:
                area_code = ""
            if area_code != line.area_code or area_code not in AREA_CODES:
                problems.append(
                    (
                        portability,
                        "number",
                        self.env._(
                            "Port-in of %(number)s: a number keeps its DDD, but the "
                            "line has DDD %(area_code)s. Correct one of the two.",
                            number=line._format_number(portability.number),
                            area_code=line.area_code,
                        ),
                    )
                )
        return problems

    @api.model_create_multi
    def create(self, vals_list):
        portabilities = super().create(vals_list)
        if not self.env.su:
            portabilities._refuse_late()
        return portabilities

    def write(self, vals):
        guarded = {"line_id", "number"} & vals.keys() and not self.env.su
        if guarded:
            self._refuse_sent()
        result = super().write(vals)
        if guarded:
            self._refuse_late()
        return result

    def _refuse_late(self):
        """:raise UserError: when one is asked for after the line's activation"""
        for portability in self:
            if portability.line_id.state != "draft":
                raise UserError(
                    self.env._(
                        "Line %(line)s is being activated or in service: the platform "
                        "takes a port-in with the activation only. Subscribe a new "
                        "line with the number to bring.",
                        line=portability.line_id.display_name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _refuse_sent(self):
        """:raise UserError: when the platform has been told of one already"""
        for portability in self:
            if portability.sent_at or portability.line_id.state == "activating":
                raise UserError(
                    self.env._(
                        "The port-in of %(number)s was sent to the platform and stays "
                        "as it is. Ask TIP if it must be stopped.",
                        number=portability.display_name,
                    )
                )

    def _transition(self, event, reason=None):
        """Change the port-ins' state; the one place where it changes.

        :param str event: a key of ``TRANSITIONS``
        :param str reason: why, for the record's history
        :raise UserError: when the state does not allow the event
        """
        for portability in self:
            target = TRANSITIONS[portability.state].get(event)
            if target is None:
                raise UserError(
                    self.env._(
                        "The port-in of %(number)s has ended; its state does not "
                        "change any more.",
                        number=portability.number,
                    )
                )
            vals = {"state": target}
            if event == "send" and not portability.sent_at:
                vals["sent_at"] = fields.Datetime.now()
            if target != portability.state or vals.get("sent_at"):
                portability.write(vals)
        if reason:
            self._message_log_batch(bodies={item.id: reason for item in self})

    def _take_port_in(self, port_in):
        """Take over what the platform says of this port-in.

        :param port_in: ``lib.PortIn``
        """
        self.ensure_one()
        self.write(
            {
                "platform_status": port_in.raw_status,
                "checked_at": fields.Datetime.now(),
                "window_start": port_in.window_start
                and fields.Datetime.to_datetime(
                    port_in.window_start.replace(tzinfo=None)
                ),
            }
        )
        event = EVENT_OF_STATUS.get(port_in.status)
        if not event or not self.is_open:
            return
        if event in ("refuse", "conflict", "cancel"):
            self.refusal = port_in.reason or port_in.message or port_in.raw_status
        self._transition(event)
        if event == "finish":
            self.line_id.number = self.number
            self.line_id._message_log(
                body=self.env._(
                    "Port-in done: the line answers at %(number)s now.",
                    number=self.line_id._format_number(self.number),
                )
            )

    def action_refresh(self):
        """Read these port-ins' state from the platform now.

        :raise UserError: when the platform does not answer; says what to do
        """
        for portability, answer in self._read_platform():
            portability.sudo()._take_port_in(answer)
        return True

    def _read_platform(self):
        """:return: list of (port-in, ``lib.PortIn``) of those the platform knows
        :raise UserError: with the reason in plain words
        """
        answers = []
        for portability in self.filtered("sent_at"):
            line = portability.line_id
            client = line.platform_id._client(INTERACTIVE)
            try:
                answers.append((portability, client.port_in(line.simcard_id.iccid)))
            except TipError as error:
                raise UserError(
                    self.env._(
                        "Port-in of %(number)s: %(reason)s",
                        number=line._format_number(portability.number),
                        reason=line.platform_id._explain(error),
                    )
                ) from None
        return answers

    # === CRON === #

    @api.model
    def cron_poll(self):
        """Driver: read the port-ins under way, the longest unread first."""
        cron = self.env["ir.cron"]
        cron.check_access("write")
        before = fields.Datetime.now() - timedelta(minutes=POLL_MINUTES - 1)
        due = self.search(
            [
                ("state", "in", OPEN_STATES),
                ("sent_at", "!=", False),
                ("platform_id.active", "=", True),
                "|",
                ("checked_at", "=", False),
                ("checked_at", "<", before),
            ],
            order="checked_at NULLS FIRST, id",
        )
        platforms = {item.id: item.platform_id.id for item in due}
        cron._commit_progress(remaining=len(due))
        throttled = set()
        for portability_id, platform_id in platforms.items():
            if platform_id in throttled:
                continue
            try:
                self._poll(portability_id, BULK)
            except (SlotUnavailable, Throttled) as error:
                # the other platforms have limits of their own
                throttled.add(platform_id)
                wait = seconds_to_wait(error)
                self.env.ref("tip_mvno.ir_cron_poll_portabilities")._trigger(
                    at=fields.Datetime.now() + timedelta(seconds=wait)
                )
            except TipError as error:
                platform = self.browse(portability_id).platform_id
                platform.last_error = platform._explain(error)
            except UserError as error:
                self.browse(portability_id).platform_id.last_error = str(error)
            except Exception:
                # one port-in must not keep the others from being read
                _logger.exception("Port-in %s could not be read", portability_id)
            if not cron._commit_progress(1):
                return
        cron._commit_progress(remaining=0)

    @api.model
    def _poll(self, portability_id, priority):
        """Read one port-in with no cursor of ours open during the call.

        :raise TipError: when the platform does not answer
        """
        with short_transaction(self.env.registry, self.env.context) as env:
            line = env["mvno.portability"].browse(portability_id).line_id
            client = line.platform_id._client(priority)
            iccid = line.simcard_id.iccid
        port_in = client.port_in(iccid)
        with short_transaction(self.env.registry, self.env.context) as env:
            portability = env["mvno.portability"].browse(portability_id)
            platform = portability.platform_id
            platform._in_language_of_reader(portability)._take_port_in(port_in)
        self.env.invalidate_all()
