# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import format_date, format_datetime, plaintext2html

from ...tools.actions import open_action
from ...tools.bulk import where
from ...tools.cursor import database_now
from ...tools.labels import label_of
from ...tools.told import Told

_logger = logging.getLogger(__name__)


class MvnoCommand(models.Model):
    """What follows here from a settled request, and how a person settles one."""

    _inherit = "mvno.command"

    choice_done = fields.Char(
        string="It Took Effect",
        compute="_compute_choices",
        help="What to look for in TIP's panel, and what follows here.",
    )
    choice_repeat = fields.Char(
        string="Send Again",
        compute="_compute_choices",
        help="When to choose it, and what it leads to.",
    )

    @api.depends("operation", "sent_at", "quantity", "product_id", "line_id")
    def _compute_choices(self):
        for command in self:
            row = command._of_operation()
            command.choice_done = getattr(command, row.choice_done)()
            command.choice_repeat = getattr(command, row.choice_repeat)()

    # === CHOICES, IN WORDS === #

    def _choice_nothing_changed(self):
        return self.env._(
            "TIP's panel shows that nothing changed: the request is sent once more."
        )

    def _choice_activated(self):
        return self.env._(
            "TIP's panel shows SIM card %(iccid)s in use by this customer: the "
            "line is read and begins.",
            iccid=self.simcard_id.iccid,
        )

    def _choice_blocked(self):
        return self.env._(
            "TIP's panel shows what was asked for (%(request)s): line %(line)s "
            "is noted as such.",
            request=label_of(self, "operation"),
            line=self.line_id.display_name,
        )

    def _choice_plan_changed(self):
        return self.env._(
            "TIP's panel shows plan %(plan)s: the contract goes on with it from the "
            "day you say.",
            plan=self.product_id.display_name or self.plan_id.display_name or "",
        )

    def _choice_cancelled(self):
        return self.env._(
            "TIP's panel shows the line as cancelled: line %(line)s and its "
            "contract line end on the day you say.",
            line=self.line_id.display_name,
        )

    def _choice_topped_up(self):
        return self.env._(
            "TIP's panel shows a top-up of %(quantity)s GB on %(date)s: it is "
            "noted on the line, and charged if it has a value.",
            quantity=self.quantity,
            date=format_date(self.env, self.sent_at) if self.sent_at else "",
        )

    def _choice_top_up_again(self):
        return self.env._(
            "TIP's panel shows no such top-up: %(quantity)s GB are asked for "
            "again. If the first request did arrive, the customer gets them "
            "twice.",
            quantity=self.quantity,
        )

    # === DECISIONS OF A PERSON === #

    def action_decide_done(self):
        """A person checked with the platform: the request took effect, on the day it
        was sent; a customer's cancellation on the day it was asked for."""
        for command in self:
            command._decide_done(command._proposed_effect())

    def action_say_when(self):
        """Open the dialog in which a person says that and when it took effect."""
        self.ensure_one()
        self.check_access("write")
        return open_action(
            self.env,
            "tip_mvno.mvno_command_done_action",
            context={"default_command_id": self.id},
        )

    def _proposed_effect(self):
        """:return: UTC datetime at which a request that nobody could settle most likely
        took effect"""
        self.ensure_one()
        asked = self._asked_at()
        return asked if self._counts_as_asked() else self.sent_at or asked

    def _asked_at(self):
        """:return: UTC datetime at which it was asked for, in seconds; never after it
        was sent"""
        self.ensure_one()
        asked = self.create_date.replace(microsecond=0)
        return min(asked, self.sent_at or asked)

    def _counts_as_asked(self):
        """:return: bool, whether it counts from the day it was asked for, however late
        TIP does it: a cancellation by the customer"""
        self.ensure_one()
        return self.operation == "cancel" and self.cancellation_reason == "customer"

    def _decide_done(self, moment):
        """A person checked with the platform: the request took effect.

        :param moment: UTC datetime at which it did
        :raise UserError: when it lies before the request, or in days to come
        """
        self.ensure_one()
        self.check_access("write")
        command = self.sudo()
        command._check_effect_time(moment)
        sentence = self.env._("Confirmed by %(user)s.", user=self.env.user.name)
        command._take_effect(moment, "confirmed", sentence)
        command._apply_effect()

    def _check_effect_time(self, moment):
        """:raise UserError: when this request cannot have taken effect then"""
        asked = self._asked_at()
        now = max(database_now(self.env.cr), fields.Datetime.now())
        if not asked <= moment <= now:
            zone = self.platform_id.tz
            raise UserError(
                self.env._(
                    "%(request)s was asked for on %(asked)s: choose a time from then "
                    "until now.",
                    request=self.display_name,
                    asked=format_datetime(self.env, asked, tz=zone, dt_format="short"),
                )
            )

    def _take_effect(self, moment, source, reason=None):
        """Note that the request was carried out, and since when it counts.

        :param moment: UTC datetime
        :param str source: how that is known, a key of ``SOURCES``
        :param str reason: for the request's history
        """
        self.ensure_one()
        self._transition(
            "confirm",
            reason,
            effective={self.id: (moment, source)} if source != "recorded" else None,
            effective_at=moment,
            effective_source=source,
        )

    def _effective(self):
        """:return: dict, since when the line is what this request made it, see
        ``mvno.stateful._transition``; None where it is since now"""
        self.ensure_one()
        if self.effective_source in (False, "recorded"):
            return None
        return {self.line_id.id: (self.effective_at, self.effective_source)}

    def _effective_day(self):
        """:return: date, where the platform is, on which it took effect"""
        self.ensure_one()
        today = self.platform_id._today()
        if not self._effective():
            return today
        return min(today, self.platform_id._local_date(self.effective_at))

    def action_decide_repeat(self):
        """A person checked with the platform: nothing was done, send it again."""
        self.check_access("write")
        for command in self.sudo():
            if command.state == "needs_decision" and not command._is_still_wanted():
                raise UserError(
                    self.env._(
                        "%(request)s: the line does not ask for this any more; sent "
                        "now it would undo what came after it. Choose “Cancel”.",
                        request=command.display_name,
                    )
                )
        self.sudo()._transition(
            "repeat",
            self.env._("Sent again by %(user)s.", user=self.env.user.name),
            next_attempt=database_now(self.env.cr),
            unknown_since=False,
            reads=0,
        )
        self._wake_cron()

    def action_cancel(self):
        """Take back requests that were not sent yet, or give up undecided ones."""
        self.check_access("write")
        for command in self.sudo():
            command._transition(
                "cancel", self.env._("Cancelled by %(user)s.", user=self.env.user.name)
            )
            command._undo_request()

    def _is_still_wanted(self):
        """Whether what was asked for, perhaps days ago, is still what is to be.

        :return: bool
        """
        self.ensure_one()
        if self.simcard_id != self.line_id.simcard_id:
            return False
        return getattr(self, self._of_operation().wanted)()

    def _is_activation_wanted(self):
        return self.line_id.state == "activating"

    def _is_block_wanted(self):
        return self.operation == self.line_id._wanted_operation()

    def _is_cancellation_wanted(self):
        """Also of a line that was cancelled here, but not at the platform."""
        line = self.line_id
        return self.simcard_id.line_id in (line, line.browse())

    def _is_plan_wanted(self):
        line = self.line_id
        return line.state in line._live_states and not line.command_ids.filtered(
            lambda command: command.operation == "change_plan"
            and command.state == "done"
            and command.id > self.id
        )

    def _is_top_up_wanted(self):
        return self.line_id.state in self.line_id._live_states

    # === EFFECT ON THE LINE === #

    def _apply_effect(self, result=None):
        """Carry a confirmed request over to its line.

        :param result: ``lib.WriteResult`` or ``lib.SimDetail`` when there is one
        """
        self.ensure_one()
        line = self.line_id.with_context(mvno_actor=Told(self.user_id.id))
        getattr(self, self._of_operation().effect)(line, result)
        line._reconcile()
        self._mail_done()

    def _effect_activate(self, line, result):
        line._on_activation_done(
            getattr(result, "number", "") or "",
            getattr(result, "platform_contract", "") or "",
        )

    def _effect_block(self, line, _result):
        if line._transitions[line.state].get(self.operation):
            line._transition(
                self.operation, self.display_name, effective=self._effective()
            )

    def _effect_cancel(self, line, _result):
        """A customer's cancellation counts from the day it was asked for, unless a
        person who looked it up says otherwise."""
        day, source = self._effective_day(), self.effective_source or "recorded"
        if self._counts_as_asked() and source != "confirmed":
            asked_on = self.platform_id._local_date(self._asked_at())
            day, source = min(day, asked_on), "asked"
        started = line.activation_date
        line._on_cancelled(
            self.cancellation_reason,
            max(day, started or day),
            self.display_name,
            source,
        )

    def _effect_top_up(self, line, _result):
        line._message_log(
            body=self.env._(
                "Topped up by %(quantity)s GB (protocol %(protocol)s).",
                quantity=self.quantity,
                protocol=self.protocol,
            )
        )

    def _effect_change_plan(self, _line, _result):
        """End the contract line and begin its successor with the new plan, on the day
        it took effect; where that was invoiced, on the first day that was not.

        The platform has changed the plan already. What keeps the contract from
        following must not make the request look undone: a person is told instead.
        """
        self.ensure_one()
        line = self.line_id
        if line.product_id == self.product_id:
            # the platform had another plan than the contract
            return
        # what the caller wrote fails as the caller's own, not in here
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                end = self.commitment_end
                line.contract_line_id._mvno_succeed(
                    self._day_of_new_plan(),
                    product_id=self.product_id.id,
                    specific_price=self.price,
                    **({"commitment_end": end} if end else {}),
                )
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            # somebody is at the contract right now: the request is read once more
            raise
        except Exception as error:
            told = where(error)
            _logger.error("The contract did not follow request %s: %s", self.id, told)
            # a database error quotes the row it refused
            reason = str(error) if isinstance(error, UserError) else ""
            self.error = self.env._(
                "The platform changed the plan, but the contract line could not "
                "follow: %(reason)s End the contract line and add one of the new plan "
                "by hand.",
                reason=reason,
            )
            self._tell_asker()
        else:
            line._message_log(
                body=self.env._(
                    "The plan is %(plan)s now (protocol %(protocol)s).",
                    plan=self.product_id.display_name,
                    protocol=self.protocol,
                )
            )

    def _day_of_new_plan(self):
        """:return: date on which the new plan begins to be paid for: no invoiced day is
        split, a person is told of those that were billed with the old plan"""
        self.ensure_one()
        day, paying = self._effective_day(), self.line_id.contract_line_id
        invoiced = paying.last_date_invoiced
        if not invoiced or invoiced < day or day == self.platform_id._today():
            return day
        self.error = self.env._(
            "The plan changed on %(day)s, but the days until %(invoiced)s are invoiced "
            "with the plan before. The contract follows from the day after; settle the "
            "difference with the customer if there is one.",
            day=format_date(self.env, day),
            invoiced=format_date(self.env, invoiced),
        )
        self._tell_asker()
        return invoiced + timedelta(days=1)

    # === UNDOING === #

    def _undo_request(self):
        """Return the line of a request that will not take effect to what it was."""
        self.ensure_one()
        getattr(self, self._of_operation().undo)()

    def _undo_activate(self):
        line = self.line_id.with_context(mvno_actor=Told(self.user_id.id))
        line._on_activation_refused(self.error)

    def _undo_nothing_done(self):
        self.line_id._message_log(body=self.error)
        self.line_id._reconcile()

    def _tell_asker(self):
        """Put a refusal or an open decision before whoever asked for it."""
        for command in self:
            asker = command.platform_id._who_is_told(command.user_id)
            command.line_id.activity_schedule(
                "mail.mail_activity_data_warning",
                summary=command.display_name,
                note=plaintext2html(command.error),
                user_id=asker.id,
            )
