# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from .mvno_command import BLOCKING
from .mvno_line import LIVE_STATES
from .mvno_line import TRANSITIONS as LINE_TRANSITIONS

_logger = logging.getLogger(__name__)


class MvnoCommand(models.Model):
    """What follows here from a settled request, and how a person settles one."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.command"

    # === A PERSON'S DECISION === #

    def action_decide_done(self):
        """A person checked with the platform: the request took effect."""
        self.check_access("write")
        for command in self.sudo():
            command._transition(
                "confirm", self.env._("Confirmed by %(user)s.", user=self.env.user.name)
            )
            command._apply_effect()

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
            next_attempt=fields.Datetime.now(),
            unknown_since=False,
            reads=0,
        )
        self.env.ref("tip_mvno.ir_cron_process")._trigger()

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
        line = self.line_id
        if self.simcard_id != line.simcard_id:
            return False
        if self.operation == "activate":
            return line.state == "activating"
        if self.operation == "cancel":
            # also one that was cancelled here, but not at the platform
            return self.simcard_id.line_id in (line, line.browse())
        if self.operation in BLOCKING:
            return self.operation == line._wanted_operation()
        changed_since = self.operation == "change_plan" and line.command_ids.filtered(
            lambda command: command.operation == "change_plan"
            and command.state == "done"
            and command.id > self.id
        )
        return line.state in LIVE_STATES and not changed_since

    # === WHAT FOLLOWS === #

    def _apply_effect(self, result=None):
        """Carry a confirmed request over to its line.

        :param result: ``lib.WriteResult`` or ``lib.SimDetail`` when there is one
        """
        self.ensure_one()
        line = self.line_id.with_context(mvno_actor=self.user_id.id)
        if self.operation == "activate":
            line._on_activation_done(
                getattr(result, "number", "") or "",
                getattr(result, "platform_contract", "") or "",
            )
        elif self.operation == "change_plan":
            self._follow_plan()
        elif self.operation == "cancel":
            line._on_cancelled(
                self.cancellation_reason, line.platform_id._today(), self.display_name
            )
        elif self.operation == "top_up":
            line._message_log(
                body=self.env._(
                    "Topped up by %(quantity)s GB (protocol %(protocol)s).",
                    quantity=self.quantity,
                    protocol=self.protocol,
                )
            )
        elif LINE_TRANSITIONS[line.state].get(self.operation):
            line._transition(self.operation, self.display_name)
        line._reconcile()
        self._mail_done()

    def _follow_plan(self):
        """End the contract line and begin its successor with the new plan, today.

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
                line.contract_line_id._mvno_succeed(
                    line.platform_id._today(),
                    product_id=self.product_id.id,
                    specific_price=self.price,
                    commitment_end=self.commitment_end,
                )
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            # somebody is at the contract right now: the request is read once more
            raise
        except Exception as error:
            _logger.exception("The contract did not follow request %s", self.id)
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

    def _undo_request(self):
        """Return the line of a request that will not take effect to what it was."""
        self.ensure_one()
        if self.operation == "activate":
            self.line_id.with_context(
                mvno_actor=self.user_id.id
            )._on_activation_refused(self.error)
        else:
            self.line_id._message_log(body=self.error)
            self.line_id._reconcile()

    def _tell_asker(self):
        """Put a refusal or an open decision before whoever asked for it."""
        for command in self:
            asker = command.platform_id._who_is_told(command.user_id)
            command.line_id.activity_schedule(
                "mail.mail_activity_data_warning",
                summary=command.display_name,
                note=command.error,
                user_id=asker.id,
            )
