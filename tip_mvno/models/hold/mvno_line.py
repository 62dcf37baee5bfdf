# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from datetime import timedelta

from dateutil.relativedelta import relativedelta
from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import format_date

from ...tools.bulk import where
from ...tools.cursor import database_now
from .mvno_line_hold import HOLD_REASONS, URGENT_REASONS

_logger = logging.getLogger(__name__)

# Another transaction made or settled a request of the line at the same time.
MET_ANOTHER = (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, UniqueViolation)
SECONDS_TO_LOOK_AGAIN = 15
# What leads from a line's state to the wanted one. A total block is taken off before
# a partial one is put on: the platform has one unblock for both.
OPERATION = {
    ("active", "partially_blocked"): "block_partial",
    ("active", "blocked"): "block_total",
    ("partially_blocked", "blocked"): "block_total",
    ("partially_blocked", "active"): "unblock",
    ("blocked", "active"): "unblock",
    ("blocked", "partially_blocked"): "unblock",
}
STATE_OF_LEVEL = {"none": "active", "partial": "partially_blocked", "total": "blocked"}


class MvnoLine(models.Model):
    """Blocking and unblocking: holds say what a line should be, one place follows."""

    _inherit = "mvno.line"

    hold_ids = fields.One2many("mvno.line.hold", "line_id", string="Holds")
    hold_level = fields.Selection(
        [("none", "None"), ("partial", "Partial"), ("total", "Total")],
        string="Wanted Block",
        compute="_compute_hold_level",
        store=True,
        help="The strongest hold in force: what the line should be.",
    )
    hold_version = fields.Integer(
        readonly=True, copy=False, help="Counts the changes of the holds."
    )
    hold_in_force_ids = fields.Many2many(
        "mvno.line.hold", string="Blocked For", compute="_compute_hold_in_force_ids"
    )
    is_stolen = fields.Boolean(
        string="Held for Theft or Loss", compute="_compute_hold_in_force_ids"
    )
    warning = fields.Char(compute="_compute_warning")

    # === COMPUTES === #

    @api.depends("hold_ids.lifted_at", "hold_ids.level")
    def _compute_hold_level(self):
        for line in self:
            levels = set(
                line.hold_ids.filtered(lambda h: not h.lifted_at).mapped("level")
            )
            line.hold_level = (
                "total" if "total" in levels else "partial" if levels else "none"
            )

    @api.depends("hold_ids.lifted_at", "hold_ids.reason", "state")
    def _compute_hold_in_force_ids(self):
        """What blocks these lines now: the holds of a cancelled line are history."""
        for line in self:
            in_force = line.hold_ids.filtered(lambda hold: not hold.lifted_at)
            if line.state == "cancelled":
                in_force = in_force.browse()
            line.hold_in_force_ids = in_force
            line.is_stolen = bool(
                set(in_force.mapped("reason")).intersection(URGENT_REASONS)
            )

    @api.depends(
        "state",
        "platform_status",
        "hold_level",
        "command_ids.state",
        "foreign_answer",
        "foreign_told",
    )
    def _compute_warning(self):
        for line in self:
            line.warning = line._get_warning()

    def _get_warning(self):
        self.ensure_one()
        foreign = self._foreign_sentence()
        if self.command_ids.filtered(lambda c: c.state == "needs_decision"):
            sentence = self.env._(
                "A request to the platform needs your decision: open it below."
            )
            return f"{sentence} {foreign}" if foreign else sentence
        if foreign:
            return foreign
        if self.simcard_id.state == "cancelled" and self.state in self._live_states:
            return self.env._(
                "The platform says “%(status)s”, but this line is %(state)s here. Ask "
                "TIP what happened before you change anything.",
                status=self.platform_status or self.simcard_id.platform_status or "",
                state=self._state_label(),
            )
        wanted = STATE_OF_LEVEL[self.hold_level]
        if self.state in self._live_states and self.state != wanted:
            if self._last_hold_request().state == "refused":
                return self.env._(
                    "The platform refused the last request, so the line is not yet "
                    "what its holds ask for: see Requests below."
                )
        return False

    # === BLOCKING AND UNBLOCKING === #

    def action_block_partial(
        self, reason="customer", date_end=False, origin=None, note=None
    ):
        """Block outgoing calls and data of these lines.

        :param str reason: a reason of ``mvno.line.hold``
        :param date_end: last date of the hold; it is lifted the morning after
        :param str origin: who or what asked for it
        :param str note: what else is to be known
        :raise UserError: when a line is not in service
        """
        return self._hold("partial", reason, date_end, origin, note)

    def action_block_total(
        self, reason="customer", date_end=False, origin=None, note=None, override=None
    ):
        """Block these lines completely. For the parameters see
        :meth:`action_block_partial`.

        For the customer's request it is a suspension, which has rules and an end; the
        shortest one when none is given.

        :param str override: why a manager sets the rules of a suspension aside
        :raise UserError: when a rule of a suspension speaks against it
        """
        return self._hold("total", reason, date_end, origin, note, override)

    def action_unblock(self, reason=None):
        """Lift a hold of each of these lines.

        :param str reason: which hold to lift; may be left out when a line has one
        :raise UserError: when a line has several holds and no reason is named, or
            none at all while the platform does not block it either
        """
        self.check_access("write")
        to_lift = self.env["mvno.line.hold"]
        for line in self:
            holds = line.hold_ids.filtered(
                lambda hold: not hold.lifted_at and reason in (None, hold.reason)
            )
            if len(holds) > 1:
                raise UserError(
                    self.env._(
                        "Line %(line)s is held for several reasons (%(reasons)s). "
                        "Lift each one that has ended in the list of holds.",
                        line=line.display_name,
                        reasons=", ".join(holds.mapped("display_name")),
                    )
                )
            if not holds and line.state not in ("partially_blocked", "blocked"):
                raise UserError(
                    self.env._(
                        "Line %(line)s is not blocked, so there is nothing to lift.",
                        line=line.display_name,
                    )
                )
            to_lift |= holds
        to_lift.sudo()._lift("person")
        (self - to_lift.line_id).sudo()._reconcile(ask_again=True)
        return True

    def _hold(self, level, reason, date_end, origin, note=None, override=None):
        self.check_access("write")
        if reason not in [key for key, _label in HOLD_REASONS if key != "platform"]:
            raise UserError(
                self.env._("“%(reason)s” is no reason to block a line.", reason=reason)
            )
        not_live = self.filtered(lambda line: line.state not in line._live_states)
        if not_live:
            raise UserError(
                self.env._(
                    "Line %(line)s is not in service, so it cannot be blocked.",
                    line=not_live[0].display_name,
                )
            )
        vals = {"level": level, "date_end": fields.Date.to_date(date_end)}
        self.platform_id._check_end_to_come(vals["date_end"])
        if note:
            vals["note"] = note
        if reason == "customer" and level == "total":
            vals |= self._suspension_vals(vals["date_end"], override)
        same_reason = self.hold_ids.filtered(
            lambda hold: not hold.lifted_at and hold.reason == reason
        )
        lowered = same_reason.filtered(
            lambda hold: (hold.level, level) == ("total", "partial")
        )
        lowered.sudo()._lower(vals)
        for hold in (same_reason - lowered).sudo():
            changed = {name: vals[name] for name in vals if hold[name] != vals[name]}
            if "level" in changed and reason == "customer":
                # a suspension counts from when it began
                changed["date_start"] = fields.Datetime.now()
            hold.write(changed)
        self.env["mvno.line.hold"].sudo().create(
            [
                {
                    **vals,
                    "line_id": line.id,
                    "reason": reason,
                    # whoever presses a button is who asked for it
                    "origin": (self.env.su and origin) or self.env.user.name,
                }
                for line in self - same_reason.line_id
            ]
        )
        self.sudo()._reconcile(ask_again=True)
        return True

    # === RECONCILING LINES WITH THEIR HOLDS === #

    def _reconcile(self, ask_again=False):
        """Create the next request that brings each line to what its holds say.

        It never raises: whoever lifts a hold (a payment, say) must not be undone by
        what follows from it. What fails here is logged and tried again by the cron.

        :param bool ask_again: repeat a request the platform turned down before
        """
        # what the caller wrote may meet another's work: that must fail as the caller's,
        # so that Odoo repeats it; swallowed here the transaction would go on broken
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                self.sudo()._create_due_commands(ask_again)
        except Exception as error:
            if len(self) > 1:
                # one line must not keep the others from being followed
                half = len(self) // 2
                self[:half]._reconcile(ask_again)
                self[half:]._reconcile(ask_again)
            elif isinstance(error, MET_ANOTHER):
                _logger.info("Line %s: a worker is at it, the cron looks again", self)
                self.env["mvno.command"]._wake_cron()
            else:
                told = where(error)
                _logger.error("Reconciling line %s failed: %s", self.ids, told)

    @api.model
    def _reconcile_due(self):
        """Reconcile every line whose state is not what its holds say."""
        self.search(
            Domain.OR(
                [
                    ("hold_level", "=", level),
                    ("state", "in", self._live_states),
                    ("state", "!=", state),
                ]
                for level, state in STATE_OF_LEVEL.items()
            )
        )._reconcile()

    @api.model
    def _look_again(self):
        """Have the cron compare holds and lines again in a moment."""
        wait = timedelta(seconds=SECONDS_TO_LOOK_AGAIN)
        self.env["mvno.command"]._wake_cron(at=database_now(self.env.cr) + wait)

    def _create_due_commands(self, ask_again):
        commands = []
        must_wait = False
        for line in self:
            operation = line._wanted_operation()
            hold = line._strongest_hold()
            urgent = hold.level == "total" and hold.reason in URGENT_REASONS
            open_command = line.open_command_id
            if open_command:
                open_command._overtake(operation, urgent)
                open_command = open_command.filtered("is_open")
            if operation and open_command.state == "sent":
                # it may be settled before what the holds say now is seen there
                must_wait = True
            if (
                not operation
                or open_command
                or (not ask_again and line._was_turned_down(operation))
            ):
                continue
            commands.append(
                {
                    "operation": operation,
                    "platform_id": line.platform_id.id,
                    "line_id": line.id,
                    "simcard_id": line.simcard_id.id,
                    "reason": line._reason_of_request(operation, hold),
                    "priority": "0" if urgent and operation == "block_total" else "1",
                    "hold_version": line.hold_version,
                }
            )
        if commands:
            self.env["mvno.command"]._submit(commands)
        if must_wait:
            self._look_again()

    def _wanted_operation(self):
        """:return: what the line's holds ask for now, or None"""
        self.ensure_one()
        return OPERATION.get((self.state, STATE_OF_LEVEL[self.hold_level]))

    def _strongest_hold(self):
        """:return: the hold in force that decides, theft and loss before the rest"""
        self.ensure_one()
        return self.hold_ids.filtered(lambda hold: not hold.lifted_at).sorted(
            lambda hold: (
                hold.level != "total",
                hold.reason not in URGENT_REASONS,
                hold.date_start,
            )
        )[:1]

    def _ended_hold(self):
        """:return: the hold that was lifted last, if any"""
        self.ensure_one()
        return self.hold_ids.filtered("lifted_at").sorted(
            lambda hold: (hold.lifted_at, hold.id)
        )[-1:]

    def _reason_of_request(self, operation, hold):
        """Say whose doing a request is, for the platform and for the customer.

        :param str operation: of the request
        :param hold: the hold in force that decides
        :return: that hold's reason, or that of the last one that ended when nothing
            holds the line any more; False for a step on the way between two blocks
        """
        self.ensure_one()
        if operation == "unblock":
            return self.hold_level == "none" and self._ended_hold().reason
        if operation == "block_partial":
            last = self._last_hold_request()
            if last.operation == "unblock" and last.hold_version == self.hold_version:
                return False
        return hold.reason

    def _last_hold_request(self):
        """:return: the last request that was made for the holds' sake, if any"""
        self.ensure_one()
        return self.command_ids.filtered(
            lambda command: command.operation in OPERATION.values()
        ).sorted("id")[-1:]

    def _was_turned_down(self, operation):
        """Whether the platform refused this, a person must decide on it or took it
        back, and no hold changed since: asking again would only repeat the answer."""
        self.ensure_one()
        last = self.command_ids.filtered(
            lambda command: command.operation == operation
        ).sorted("id")[-1:]
        return (
            last.state in ("refused", "needs_decision", "cancelled")
            and last.hold_version == self.hold_version
        )

    # === SUSPENSION AT THE CUSTOMER'S REQUEST === #

    def _suspension_vals(self, date_end, override):
        """:return: the values of a suspension's holds, once the rules allow it"""
        if not date_end:
            platform = self.sudo().platform_id[:1]
            running = self.sudo()._suspension().mapped("date_end")
            date_end = max(
                filter(None, running),
                default=platform._suspension_end(platform._today()),
            )
        set_aside = self._check_suspension(date_end, override)
        return {
            "date_end": date_end,
            "override_reason": override if set_aside else False,
        }

    def _check_suspension(self, date_end, override=None):
        """Refuse a suspension that the platform's rules do not allow.

        :param date_end: last date of the suspension
        :param str override: why the rules are set aside; a manager's word
        :return: bool, whether they had to be set aside
        :raise UserError: with every problem in plain words
        :raise AccessError: when somebody else sets the rules aside
        """
        problems = self._suspension_problems(date_end)
        if not problems:
            return False
        if not override:
            raise UserError("\n".join(problems))
        self._check_override()
        return True

    def _check_override(self):
        """:raise AccessError: when the user may not set the rules aside"""
        if not (self.env.su or self.env.user.has_group("tip_mvno.group_manager")):
            raise AccessError(
                self.env._(
                    "Only a manager may set the rules of a suspension aside. Ask one "
                    "to do it, or keep to the rules."
                )
            )

    def _suspension_problems(self, date_end):
        """Say what speaks against suspending these lines at the customer's request.

        A suspension that was taken back on the day it began does not count as one.

        :param date_end: last date of the suspension
        :return: list of sentences; empty when nothing does
        """
        lines = self.sudo()
        problems = []
        for platform, of_platform in lines.grouped("platform_id").items():
            today = platform._today()
            starts = {line._suspension_start(today) for line in of_platform}
            lengths = {
                platform._suspension_length_problem(start, date_end) for start in starts
            }
            problems += sorted(filter(None, lengths))
            begin_now = of_platform.filtered(lambda line: not line._suspension())
            problems += begin_now._suspended_lately(platform, today)
            problems += begin_now._suspension_debtors(platform, today)
        return problems

    def _suspension(self):
        """:return: the suspension at the customer's request that is in force"""
        return self.hold_ids.filtered(
            lambda hold: not hold.lifted_at and hold._is_suspension()
        )

    def _suspension_start(self, today):
        """:return: the date from which this line's suspension counts: a running one
        goes on, and is too long from its start"""
        self.ensure_one()
        running = self._suspension()
        if not running:
            return today
        return self.platform_id._local_date(running.date_start)

    def _suspended_lately(self, platform, today):
        months = relativedelta(months=platform.suspension_months)
        problems = []
        for hold in self.hold_ids.filtered(lambda hold: hold._is_suspension()):
            start = platform._local_date(hold.date_start)
            end = platform._local_date(hold.lifted_at)
            if start == end or start + months <= today:
                continue
            problems.append(
                self.env._(
                    "Line %(line)s was suspended from %(start)s to %(end)s; it may be "
                    "suspended again from %(again)s on.",
                    line=hold.line_id.display_name,
                    start=format_date(self.env, start),
                    end=format_date(self.env, end),
                    again=format_date(self.env, start + months),
                )
            )
        return problems

    def _suspension_debtors(self, platform, today):
        customers = self.partner_id.commercial_partner_id
        return [
            self.env._(
                "%(customer)s has overdue invoices: a suspension needs everything paid "
                "up.",
                customer=customer.name,
            )
            for customer in customers._mvno_overdue(platform.company_id, today)
        ]
