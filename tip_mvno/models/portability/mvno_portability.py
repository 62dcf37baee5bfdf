# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import UTC, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, plaintext2html

from ...tools.brazil import AREA_CODES, mobile_area_code, mobile_e164
from ...tools.business_days import after_business_days
from ...tools.cursor import database_now
from ...tools.local_time import local_day

# Every legal change of a port-in's state: {state: {event: next state}}. "withdraw" and
# "replace" are a person's, the others are what the platform says.
TRANSITIONS = {
    "requested": {
        "send": "requested",
        "window": "awaiting_window",
        "finish": "done",
        "refuse": "refused",
        "conflict": "conflict",
        "cancel": "cancelled",
        "withdraw": "cancelled",
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
        "replace": "cancelled",
    },
    "done": {},
    "refused": {},
    "cancelled": {},
}
PERSONS_EVENTS = ("withdraw", "replace")
# The platform's events with which it does not go on.
FAILURES = ("refuse", "conflict", "cancel")
REFUSAL_KINDS = [
    ("data", "Data wrong or incomplete"),
    ("other_request", "Another request under way"),
    ("number", "Number not known to the donor operator"),
    ("fixed_line", "Fixed-line number"),
    ("subscriber", "The subscriber said no"),
    ("suspended", "Suspended by the donor operator"),
    ("partial_failure", "Failed in part"),
    ("unknown", "Other reason"),
]
# A port-in takes 24 hours at most once its window began (Anatel, Resolução 460/2007).
TRANSITION_HOURS = 24
# What the customer is told when the platform reports a change, by its event.
TEMPLATE_OF_EVENT = {
    "send": "tip_mvno.mail_template_port_in_requested",
    "window": "tip_mvno.mail_template_port_in_window",
    "finish": "tip_mvno.mail_template_port_in_done",
    "refuse": "tip_mvno.mail_template_port_in_refused",
    "conflict": "tip_mvno.mail_template_port_in_refused",
    "cancel": "tip_mvno.mail_template_port_in_cancelled",
}
ACTIVITY = "tip_mvno.mail_activity_type_port_in"


class MvnoPortability(models.Model):
    """A number that a subscriber brings from another operator."""

    _name = "mvno.portability"
    _description = "Port-in"
    _inherit = [
        "mvno.stateful",
        "mvno.customer.mail",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _rec_name = "number"
    _transitions = TRANSITIONS
    _open_states = ("requested", "awaiting_window", "conflict")
    # Those of one that does not go on, for now or for ever.
    _failed_states = ("refused", "conflict", "cancelled")

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
    refusal = fields.Char(
        string="Reason, as Told",
        readonly=True,
        copy=False,
        help="In the platform's own words.",
    )
    refusal_kind = fields.Selection(
        REFUSAL_KINDS, string="Reason", readonly=True, copy=False, tracking=True
    )
    checked_at = fields.Datetime(string="Last Read", readonly=True, copy=False)
    ended_on = fields.Date(
        string="Ended on",
        compute="_compute_ended_on",
        store=True,
        copy=False,
        help="The day on which it ended, where the platform is, well or not; empty "
        "while it goes on. A later reading does not change it.",
    )
    progress_at = fields.Datetime(
        string="Last Progress",
        required=True,
        default=lambda self: database_now(self.env.cr),
        readonly=True,
        copy=False,
        help="When it came to where it had not been before.",
    )
    predecessor_id = fields.Many2one(
        "mvno.portability",
        string="Sent Before As",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The port-in that failed and that this one repeats.",
    )
    successor_ids = fields.One2many(
        "mvno.portability", "predecessor_id", string="Sent Again As", readonly=True
    )
    correction = fields.Text(string="What Was Corrected", readonly=True, copy=False)
    alarm_due = fields.Datetime(
        string="Alarm",
        compute="_compute_alarm_due",
        store=True,
        index="btree_not_null",
        help="When it stands still for too long if nothing happens, see the platform's "
        "settings.",
    )
    alarmed_at = fields.Datetime(string="Alarm Raised", readonly=True, copy=False)
    is_standing_still = fields.Boolean(
        string="Standing Still",
        compute="_compute_is_standing_still",
        search="_search_is_standing_still",
    )
    window_text = fields.Char(
        string="Window (local time)", compute="_compute_window_text"
    )
    status_sentence = fields.Char(string="In Short", compute="_compute_status_sentence")
    present_number = fields.Char(
        string="Number until Then", compute="_compute_present_number"
    )

    _number_e164 = models.Constraint(
        "CHECK(number ~ '^\\+55[1-9][1-9]9[0-9]{8}$')",
        "The number to bring is kept as +55, DDD and a mobile number.",
    )

    _number_once = models.UniqueIndex(
        "(number) WHERE state IN ('requested', 'awaiting_window', 'conflict')",
        "A port-in of this number is under way already.",
    )

    # === COMPUTES === #

    @api.depends("state")
    def _compute_is_open(self):
        for portability in self:
            portability.is_open = portability.state in portability._open_states

    def _search_is_open(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("state", "in" if True in value else "not in", self._open_states)]

    # it ends once: what is read, or set, afterwards moves nothing
    @api.depends("state")
    def _compute_ended_on(self):
        for item in self:
            ended_on = not item.is_open and (item.ended_on or item._end_day())
            if item.ended_on != ended_on:
                item.ended_on = ended_on

    def _end_day(self):
        """:return: date, the local day on which this one ended, by what is known: the
        number moves in its window, everything else is seen when it is read"""
        self.ensure_one()
        moments = [self.checked_at, self.state == "done" and self.window_start]
        moment = min(filter(None, moments), default=database_now(self.env.cr))
        return local_day(moment, self.platform_id.tz)

    @api.depends("number")
    def _compute_display_name(self):
        for portability in self:
            portability.display_name = portability.line_id._format_number(
                portability.number
            )

    @api.depends(
        "state",
        "sent_at",
        "predecessor_id",
        "progress_at",
        "window_start",
        "line_id.state",
        "platform_id.port_in_alarm_days",
        "platform_id.tz",
    )
    def _compute_alarm_due(self):
        """Business days after its last progress; it may wait for its window."""
        for item in self:
            days = item.platform_id.port_in_alarm_days
            waits_for_us = not item.sent_at and not item.is_waiting_for_tip
            if not days or not item.is_open or waits_for_us:
                item.alarm_due = False
                continue
            since = item.progress_at
            if item.state == "awaiting_window" and item.window_start:
                since = max(since, item.window_start)
            due = after_business_days(item._local(since), days)
            item.alarm_due = due.astimezone(UTC).replace(tzinfo=None)

    def _compute_is_standing_still(self):
        now = database_now(self.env.cr)
        for item in self:
            item.is_standing_still = bool(item.alarm_due and item.alarm_due <= now)

    def _search_is_standing_still(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = [("alarm_due", "<=", database_now(self.env.cr))]
        if set(value) == {True}:
            return late
        in_time = ["|", ("alarm_due", "=", False), ("alarm_due", ">", late[0][2])]
        return in_time if set(value) == {False} else []

    @api.depends("window_start", "platform_id.tz")
    @api.depends_context("lang")
    def _compute_window_text(self):
        for item in self:
            item.window_text = item._local_text(item.window_start)

    @api.depends("line_id.number")
    def _compute_present_number(self):
        for item in self:
            item.present_number = item.line_id._format_number(item.line_id.number)

    @api.depends(
        "state",
        "sent_at",
        "window_start",
        "refusal",
        "refusal_kind",
        "line_id.state",
        "predecessor_id",
        "is_given_up",
    )
    @api.depends_context("lang")
    def _compute_status_sentence(self):
        for item in self:
            item.status_sentence = item._status_sentence()

    def _local_text(self, moment):
        """:param moment: datetime in UTC, or False
        :return: it in the platform's time zone, as the reader writes dates"""
        if not moment:
            return ""
        local = self._local(moment)
        return self.env._(
            "%(date)s at %(time)s",
            date=format_date(self.env, local.date()),
            time=f"{local:%H:%M}",
        )

    def _local(self, moment):
        """:return: a UTC datetime in the platform's time zone"""
        self.ensure_one()
        return fields.Datetime.context_timestamp(
            self.with_context(tz=self.platform_id.tz), moment
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

    # === WRITING === #

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

    # === STATE === #

    def _transition(self, event, reason=None, **vals):
        """Change the state as the table says, and let everybody know who waits for it.

        What follows gets the event and the reason that was given for it.
        """
        been = self._states_been_in()
        told = reason
        if event == "send" and not reason:
            told = self.env._("The platform has taken the request.")
        result = super()._transition(event, told, **vals)
        self._note_progress(event, been)
        for step in self._transition_steps():
            getattr(self, step)(event, reason)
        return result

    @api.model
    def _transition_steps(self):
        """Name what follows from a change of state, in order: the customer is told
        before people here are, and TIP's support is asked no more at last.

        :return: list of names of methods of ``mvno.portability``
        """
        return [
            "_mail_change",
            "_tell_of_failure",
            "_end_support_requests",
            "_learn_end",
        ]

    def _learn_end(self, _event, _reason):
        """A port-in that ended on a day before today: its line's days since then may
        count otherwise."""
        for item in self.filtered(lambda item: not item.is_open):
            moments = [item.checked_at]
            if item.state == "done":
                moments.append(item.window_start)
            ended = min(filter(None, moments), default=None)
            if ended:
                day = item.platform_id._local_date(ended)
                item.line_id._learn_days(day, "port_in")

    def _states_been_in(self):
        """:return: set of (id, state), where these port-ins are and have been"""
        changes = self.env["mvno.transition"].sudo()
        been = {
            (change.res_id, state)
            for change in changes.search(
                [("res_model", "=", self._name), ("res_id", "in", self.ids)]
            )
            for state in (change.state_from, change.state_to)
        }
        been.update((item.id, item.state) for item in self)
        return been

    def _note_progress(self, event, been):
        """Note which of these port-ins came to where they had not been before: one
        that goes to and fro makes no progress.

        :param set been: see :meth:`_states_been_in`, before the event
        """
        now = database_now(self.env.cr)
        moved = self.filtered(lambda item: (item.id, item.state) not in been)
        if event not in PERSONS_EVENTS:
            # whatever the platform says of it, it has taken the request
            unsent = self.filtered(lambda item: not item.sent_at)
            unsent.sent_at = now
            moved |= unsent
        moved.progress_at = now
        moved.filtered("alarmed_at").alarmed_at = False
        moved.activity_unlink([ACTIVITY])

    def _served(self):
        """:return: those whose line was not cancelled: who cancels it is told of that,
        and there is nothing left to do about its port-in"""
        return self.filtered(lambda item: item.line_id.state != "cancelled")

    def _illegal_transition_sentence(self):
        return self.env._(
            "The port-in of %(number)s has ended; its state does not change any more.",
            number=self.display_name,
        )

    # === E-MAILS TO THE CUSTOMER === #

    def _mail_change(self, event, _reason):
        """Tell the customers what the platform reported."""
        self._served()._mail_step(event)

    def _mail_step(self, event):
        """Tell the customers of what the platform reported, once per step.

        A window that moves to another day is a step of its own.

        :param str event: of the table of states; a person's own are not told
        """
        template = TEMPLATE_OF_EVENT.get(event)
        steps = dict.fromkeys(self.ids, event)
        if event == "window":
            steps = {
                item.id: f"window:{item.window_start:%Y%m%d%H%M}"
                for item in self
                if item.window_start
            }
        if template and steps:
            self.browse(steps)._mail_customers(template, steps)

    # === ACTIVITIES: STANDING STILL, FAILED === #

    @api.model
    def _alarm_standing_still(self):
        """Put each port-in that stands still before a person, once."""
        still = self.sudo().search(
            [
                ("is_standing_still", "=", True),
                ("alarmed_at", "=", False),
                ("platform_id.active", "=", True),
            ]
        )
        still.alarmed_at = database_now(self.env.cr)
        reminders = []
        for item in still:
            person = item.platform_id.user_id or item._asker()
            item = item.with_context(lang=person.lang)
            summary = item.env._("The port-in stands still")
            note = item.env._(
                "%(status)s Nothing has happened since %(since)s: ask TIP's support.",
                status=item.status_sentence,
                since=item._local_text(item.progress_at),
            )
            reminders.append((item, person, summary, note))
        self._remind(reminders)

    def _tell_of_failure(self, event, _reason):
        """Put port-ins that did not go through before whoever asked for them."""
        if event not in FAILURES:
            return
        reminders = []
        for item in self._served():
            person = item._asker()
            item = item.with_context(lang=person.lang)
            summary = item.env._("Port-in: %(state)s", state=item._state_label())
            reminders.append((item, person, summary, item.next_step))
        self._remind(reminders)

    @api.model
    def _remind(self, reminders):
        """Make activities.

        :param list reminders: of (port-in, ``res.users``, summary, note)
        """
        activity_type = self.env.ref(ACTIVITY, raise_if_not_found=False)
        self.env["mail.activity"].sudo().create(
            [
                {
                    "activity_type_id": activity_type and activity_type.id,
                    "res_model_id": self.env["ir.model"]._get_id(self._name),
                    "res_id": item.id,
                    "user_id": person.id,
                    "summary": summary,
                    "note": plaintext2html(note or ""),
                    "automated": True,
                }
                for item, person, summary, note in reminders
            ]
        )

    def _asker(self):
        """:return: who asked for it, or is responsible where that is nobody here"""
        self.ensure_one()
        return self.platform_id._who_is_told(self.create_uid)

    # === STATUS IN WORDS, FOR THE ATTENDANT === #

    def _status_sentence(self):
        """:return: what to answer when the customer asks about this port-in"""
        self.ensure_one()
        if self.state == "done":
            return self.env._(
                "Done: the line answers at %(number)s.", number=self.display_name
            )
        if self.state in self._failed_states:
            return self._failure_sentence()
        if not self.sent_at:
            return self._unsent_sentence()
        if self.state == "requested":
            return self.env._(
                "Asked on %(date)s; the donor operator has 3 business days. The "
                "customer must not answer NO to the SMS from 7678.",
                date=format_date(self.env, self._local(self.sent_at).date()),
            )
        return self._window_sentence()

    def _unsent_sentence(self):
        if self.is_waiting_for_tip:
            return self.env._(
                "Waiting for TIP: its support has to ask for the port-in again. The "
                "text to send is ready."
            )
        return self.env._("Goes to the platform with the line's activation.")

    def _window_sentence(self):
        if not self.window_start:
            return self.env._(
                "The donor operator agreed; the window is not told yet. The customer "
                "must not answer NO to the SMS from 7678."
            )
        now = database_now(self.env.cr)
        if now < self.window_start:
            return self.env._(
                "Window on %(window)s; up to 24 h; the customer must not answer NO to "
                "the SMS from 7678.",
                window=self.window_text,
            )
        if now < self.window_start + timedelta(hours=TRANSITION_HOURS):
            return self.env._(
                "The window began on %(window)s: the number changes within 24 h. "
                "Calls may fail meanwhile.",
                window=self.window_text,
            )
        return self.env._(
            "The window began on %(window)s and its 24 h are over: ask TIP.",
            window=self.window_text,
        )

    def _failure_sentence(self):
        if self.successor_ids:
            return self.env._("Did not go through; it was sent again.")
        if self.is_given_up:
            return self.env._("Given up: the line keeps the number it has.")
        reason = self._failure_reason()
        if not reason:
            return self._state_label()
        return self.env._(
            "%(state)s: %(reason)s", state=self._state_label(), reason=reason
        )
