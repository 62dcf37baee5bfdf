# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_date

from .mvno_portability import FAILED_STATES

# A port-in takes 24 hours at most once its window began (Anatel, Resolução 460/2007).
TRANSITION_HOURS = 24


class MvnoPortability(models.Model):
    """What attendants and customers read of a port-in, in plain words."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.portability"

    window_text = fields.Char(
        string="Window (local time)", compute="_compute_window_text"
    )
    status_sentence = fields.Char(string="In Short", compute="_compute_status_sentence")
    next_step = fields.Text(string="What to Do", compute="_compute_next_step")
    customer_reason = fields.Char(
        string="Reason, for the Customer", compute="_compute_customer_words"
    )
    customer_request = fields.Char(
        string="Asked of the Customer", compute="_compute_customer_words"
    )
    present_number = fields.Char(
        string="Number until Then", compute="_compute_present_number"
    )

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

    @api.depends("state", "refusal", "refusal_kind", "is_given_up")
    @api.depends_context("lang")
    def _compute_next_step(self):
        for item in self:
            failed = item.state in FAILED_STATES and not item.is_given_up
            item.next_step = failed and item._next_step()

    @api.depends("refusal", "refusal_kind")
    @api.depends_context("lang")
    def _compute_customer_words(self):
        for item in self:
            item.customer_reason, item.customer_request = item._customer_words()

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

    # === FOR THE ATTENDANT === #

    def _status_sentence(self):
        """:return: what to answer when the customer asks about this port-in"""
        self.ensure_one()
        if self.state == "done":
            return self.env._(
                "Done: the line answers at %(number)s.", number=self.display_name
            )
        if self.state in FAILED_STATES:
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
        now = fields.Datetime.now()
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

    def _failure_reason(self):
        """:return: why it does not go on: ours where we know it, else as told"""
        self.ensure_one()
        if (self.refusal_kind or "unknown") == "unknown":
            return self.refusal or ""
        labels = dict(self._fields["refusal_kind"]._description_selection(self.env))
        return labels[self.refusal_kind]

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

    def _next_step(self):
        """:return: what the attendant does about a port-in that does not go on"""
        self.ensure_one()
        kind = self.refusal_kind or "unknown"
        if kind == "data":
            return self.env._(
                "The donor operator has other data of the holder. Compare name, CPF or "
                "CNPJ and number with a bill of that operator, correct the customer's "
                "record, then press “Correct and Send Again”."
            )
        if kind == "other_request":
            return self.env._(
                "Somebody asked for another port-in of this number, perhaps the "
                "customer at a third operator. Ask the customer to cancel that one, "
                "then press “Correct and Send Again”."
            )
        if kind == "number":
            return self.env._(
                "The donor operator does not know this number as an active one of its "
                "own, or it is a temporary number. Check the number and the operator "
                "with the customer, then press “Correct and Send Again”."
            )
        if kind == "fixed_line":
            return self.env._(
                "A fixed-line number cannot become a mobile one. Ask for the "
                "customer's mobile number, or leave the line with the number it has."
            )
        if kind == "subscriber":
            return self.env._(
                "The subscriber answered NO to the SMS from 7678, or took the request "
                "back. Ask whether the number is still to be brought; if so, press "
                "“Correct and Send Again” and explain the SMS."
            )
        if kind == "suspended":
            return self.env._(
                "The donor operator suspended it; it may still go on. Ask TIP what is "
                "missing, and the customer to settle it with the donor operator."
            )
        if kind == "partial_failure":
            return self.env._(
                "The change of operator was made in part; there is nothing for the "
                "customer to correct. Ask TIP to finish it; calls may fail until then."
            )
        return self.env._(
            "TIP says: “%(said)s”. Ask TIP's support what is needed, then press "
            "“Correct and Send Again”.",
            said=self.refusal or self.platform_status or "",
        )

    # === FOR THE CUSTOMER === #

    def _customer_words(self):
        """:return: (why it does not go on, what we need of the customer)"""
        self.ensure_one()
        call_us = self.env._("Please contact us, so that we can see what to do.")
        words = {
            "data": (
                self.env._(
                    "the data we sent differ from those your present operator has"
                ),
                self.env._(
                    "Please contact us with a recent bill of that operator at hand, so "
                    "that we can correct them."
                ),
            ),
            "other_request": (
                self.env._("there is another port-in request for this number"),
                self.env._(
                    "If you asked another operator for a port-in, please cancel it "
                    "there and tell us."
                ),
            ),
            "number": (
                self.env._(
                    "your present operator does not recognize this number as active"
                ),
                self.env._("Please check the number and the operator and tell us."),
            ),
            "fixed_line": (
                self.env._("a fixed-line number cannot be brought to a mobile line"),
                self.env._("Please tell us the mobile number you want to bring."),
            ),
            "subscriber": (
                self.env._(
                    "it was declined in answer to the SMS from 7678, or taken back"
                ),
                self.env._(
                    "If you still want to bring your number, please tell us; when the "
                    "SMS from 7678 comes, do not answer NO."
                ),
            ),
            "suspended": (
                self.env._("it was suspended at your present operator"),
                self.env._("Please ask that operator what is pending, and tell us."),
            ),
            "partial_failure": (
                self.env._("the change between the operators is not complete yet"),
                self.env._(
                    "You need not do anything; we are seeing to it with the operators."
                ),
            ),
        }
        # what the platform words freely is for attendants' eyes
        unknown = (self.env._("the operators did not accept it"), call_us)
        return words.get(self.refusal_kind, unknown)
