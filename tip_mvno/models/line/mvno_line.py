# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import re
from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_datetime, plaintext2html

from ...tools.actions import open_action, open_form
from ...tools.brazil import AREA_CODES
from ...tools.labels import labels_of
from ...tools.local_time import local_day, utc_midnight
from .mvno_line_identity import FOLLOWED

# Every legal change of a line's state: {state: {event: next state}}.
TRANSITIONS = {
    "draft": {
        "request": "activating",
        "adopt": "active",
        "adopt_partial": "partially_blocked",
        "adopt_total": "blocked",
    },
    "activating": {"activate": "active", "refuse": "draft", "cancel": "cancelled"},
    "active": {
        "block_partial": "partially_blocked",
        "block_total": "blocked",
        "cancel": "cancelled",
    },
    "partially_blocked": {
        "unblock": "active",
        "block_total": "blocked",
        "cancel": "cancelled",
    },
    "blocked": {
        "unblock": "active",
        "block_partial": "partially_blocked",
        "cancel": "cancelled",
    },
    "cancelled": {},
}
BLOCK_EVENTS = ("block_partial", "block_total", "unblock")
CANCELLATION_REASONS = [
    ("customer", "Customer's request"),
    ("port_out", "Ported out"),
    ("nonpayment", "Non-payment"),
    ("transfer", "Change of holder"),
    ("death", "Death of the holder"),
    ("fraud", "Fraud"),
    ("platform", "Cancelled by the platform"),
]
# What the platform was told when the line was activated.
TOLD_FIELDS = frozenset({"simcard_id", "partner_id", "area_code", "platform_id"})
# A part of a number as people write it: (11) 91234-5678, 91234-5678 ...
WRITTEN_NUMBER = re.compile(r"[\d\s()+.-]*\d[\d\s()+.-]*")


class MvnoLine(models.Model):
    """A mobile line: a SIM card at work for a customer under a contract line."""

    _name = "mvno.line"
    _description = "Mobile Line"
    _inherit = ["mvno.stateful", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True
    _rec_names_search = ["number", "simcard_id.iccid", "partner_id.name", "nickname"]
    _transitions = TRANSITIONS
    # Those of a line in service.
    _live_states = ("active", "partially_blocked", "blocked")

    platform_id = fields.Many2one(
        "mvno.platform", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        related="platform_id.company_id", store=True, index=True
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Subscriber",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
    )
    nickname = fields.Char(
        tracking=True,
        index="trigram",
        help="How the customer calls this line, “daughter's phone” say.",
    )
    contract_line_ids = fields.One2many(
        "contract.line",
        "mvno_line_id",
        string="Contract Lines",
        context={"active_test": False},
    )
    contract_line_id = fields.Many2one(
        "contract.line",
        string="Contract Line",
        compute="_compute_contract_line_id",
        store=True,
        index=True,
        help="The contract line that pays for this line now.",
    )
    contract_id = fields.Many2one(related="contract_line_id.contract_id")
    product_id = fields.Many2one(
        "product.product",
        string="Plan",
        compute="_compute_contract_line_id",
        store=True,
        index=True,
    )
    commitment_end = fields.Date(related="contract_line_id.commitment_end")
    contract_currency_id = fields.Many2one(
        related="contract_line_id.currency_id", string="Contract's Currency"
    )
    monthly_value = fields.Monetary(
        compute="_compute_monthly_value", currency_field="contract_currency_id"
    )
    simcard_id = fields.Many2one(
        "mvno.simcard",
        string="SIM Card",
        index=True,
        ondelete="restrict",
        check_company=True,
        copy=False,
        tracking=True,
    )
    area_code = fields.Char(string="DDD", size=2, required=True)
    number = fields.Char(
        readonly=True,
        index="trigram",
        copy=False,
        tracking=True,
        help="The number in international form; the platform assigns it, or it is "
        "the one that was ported in.",
    )
    platform_contract = fields.Char(
        string="Contract at the Platform", readonly=True, copy=False, index=True
    )
    state = fields.Selection(
        [
            ("draft", "To activate"),
            ("activating", "Activating"),
            ("active", "Active"),
            ("partially_blocked", "Partially blocked"),
            ("blocked", "Blocked"),
            ("cancelled", "Cancelled"),
        ],
        string="Status",
        required=True,
        default="draft",
        readonly=True,
        index=True,
        copy=False,
        tracking=True,
    )
    platform_status = fields.Char(
        string="Status at the Platform", readonly=True, copy=False
    )
    checked_at = fields.Datetime(string="Last Read", readonly=True, copy=False)
    state_seen_at = fields.Datetime(
        string="Last Known in This State",
        readonly=True,
        copy=False,
        help="When the platform was last known to have the line as it is here: what it "
        "says otherwise afterwards happened since then.",
    )
    foreign_answer = fields.Selection(
        [
            ("simcard", "Another SIM card"),
            ("contract", "Another contract"),
            ("holder", "Another holder"),
            ("number", "Another line's number"),
        ],
        string="Answered about",
        readonly=True,
        copy=False,
        help="What the platform told of when it was last asked about this line, where "
        "that cannot be this line's: it was not taken over.",
    )
    foreign_told = fields.Char(
        string="Told There",
        readonly=True,
        copy=False,
        help="The contract or number that was told.",
    )
    activation_date = fields.Date(readonly=True, copy=False, tracking=True)
    adopted_date = fields.Date(
        string="Taken over on",
        readonly=True,
        copy=False,
        help="When the line came here from the platform's existing base. The date of "
        "its activation may not be known.",
    )
    cancellation_date = fields.Date(readonly=True, copy=False, tracking=True)
    cancellation_reason = fields.Selection(
        CANCELLATION_REASONS,
        readonly=True,
        copy=False,
        tracking=True,
    )
    identity_ids = fields.One2many(
        "mvno.line.identity", "line_id", string="SIM Cards and Numbers"
    )

    _simcard_uniq = models.UniqueIndex(
        "(simcard_id) WHERE state != 'cancelled' AND simcard_id IS NOT NULL",
        "Another line already uses this SIM card.",
    )

    _platform_contract_uniq = models.UniqueIndex(
        "(platform_id, platform_contract) "
        "WHERE state != 'cancelled' AND platform_contract IS NOT NULL",
        "Another line already has this contract at the platform.",
    )

    _area_code_digits = models.Constraint(
        "CHECK(area_code ~ '^[1-9][1-9]$')", "A DDD has two digits, from 11 to 99."
    )

    _number_e164 = models.Constraint(
        "CHECK(number IS NULL OR number ~ '^\\+55[1-9][1-9][0-9]{8,9}$')",
        "A line's number is kept as +55, DDD and number.",
    )

    _cancelled_on_a_day = models.Constraint(
        "CHECK(state != 'cancelled' OR cancellation_date IS NOT NULL)",
        "A cancelled line has the date of its cancellation: billing ends there.",
    )

    _simcard_once_live = models.Constraint(
        "CHECK(state = 'draft' OR simcard_id IS NOT NULL)",
        "A line needs a SIM card before it is activated.",
    )

    # === COMPUTES === #

    @api.depends("number", "simcard_id.iccid", "partner_id.name", "nickname")
    def _compute_display_name(self):
        for line in self:
            label = (
                line._format_number(line.number)
                or line.simcard_id.iccid
                or self.env._("New line of %(name)s", name=line.partner_id.name or "")
            )
            line.display_name = f"{label} – {line.nickname}" if line.nickname else label

    @api.model
    def _search_display_name(self, operator, value):
        if isinstance(value, str) and WRITTEN_NUMBER.fullmatch(value):
            value = re.sub(r"\D", "", value)
        return super()._search_display_name(operator, value)

    @api.depends(
        "contract_line_ids.date_start",
        "contract_line_ids.date_end",
        "contract_line_ids.is_canceled",
        "contract_line_ids.product_id",
    )
    def _compute_contract_line_id(self):
        """The contract line of today; else the last one that was, else the next.

        A new day alone changes it: see :meth:`cron_day`.
        """
        for line in self:
            today = line.platform_id._today() if line.platform_id else None
            current = next_one = line.contract_line_ids.browse()
            for candidate in line.contract_line_ids.filtered(
                lambda contract_line: not contract_line.is_canceled
            ).sorted(lambda cl: (cl.date_start or date.min, cl.id)):
                if not candidate.date_start or candidate.date_start <= today:
                    current = candidate
                else:
                    next_one = next_one or candidate
            line.contract_line_id = current or next_one
            line.product_id = line.contract_line_id.product_id

    @api.depends("contract_line_id.price_unit")
    def _compute_monthly_value(self):
        for line in self:
            line.monthly_value = line.contract_line_id.price_unit

    @api.model
    def _format_number(self, number):
        """:return: '+5511912345678' as '(11) 91234-5678', other text unchanged"""
        if not number or not number.startswith("+55"):
            return number or ""
        return f"({number[3:5]}) {number[5:-4]}-{number[-4:]}"

    # === CONSTRAINTS === #

    @api.constrains("area_code")
    def _check_area_code(self):
        for line in self:
            if line.area_code not in AREA_CODES:
                raise ValidationError(
                    self.env._(
                        "%(line)s: %(code)s is no DDD in use. Choose the subscriber's "
                        "area code, for example 11.",
                        line=line.display_name,
                        code=line.area_code,
                    )
                )

    @api.constrains("simcard_id", "platform_id")
    def _check_simcard_platform(self):
        for line in self:
            if line.simcard_id and line.simcard_id.platform_id != line.platform_id:
                raise ValidationError(
                    self.env._(
                        "SIM card %(iccid)s belongs to platform %(other)s, but the "
                        "line's plan is sold on %(platform)s. Choose a SIM card of "
                        "%(platform)s.",
                        iccid=line.simcard_id.iccid,
                        other=line.simcard_id.platform_id.name,
                        platform=line.platform_id.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_only_draft(self):
        for line in self:
            if line.state != "draft" or line.command_ids:
                raise UserError(
                    self.env._(
                        "Line %(line)s has a history at the platform and stays on "
                        "record: only a line that was never sent can be deleted.",
                        line=line.display_name,
                    )
                )

    # === WRITING === #

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._reserve_simcards()
        self.env["mvno.line.identity"].sudo()._follow(lines.sudo())
        return lines

    def write(self, vals):
        told = TOLD_FIELDS & vals.keys()
        in_use = told and self.filtered(lambda line: line.state != "draft")
        if in_use and not self.env.su:
            labels = [self._fields[name]._description_string(self.env) for name in told]
            raise UserError(
                self.env._(
                    "Line %(line)s is in service; what the platform was told cannot be "
                    "changed here: %(fields)s.",
                    line=in_use[0].display_name,
                    fields=", ".join(sorted(labels)),
                )
            )
        before = self.simcard_id if "simcard_id" in vals else None
        result = super().write(vals)
        if before is not None:
            (before - self.simcard_id)._give_back()
            self._reserve_simcards()
        self._write_history(vals)
        return result

    def unlink(self):
        simcards = self.simcard_id
        result = super().unlink()
        simcards._give_back()
        return result

    def _reserve_simcards(self):
        self.sudo().filtered(lambda line: line.state == "draft").simcard_id._reserve()

    # === HISTORY OF SIM CARD, NUMBER, CONTRACT AND HOLDER === #

    def _write_history(self, vals):
        """Bring ``mvno.line.identity`` up to date.

        :param dict vals: what was written on these lines
        """
        history = self.env["mvno.line.identity"].sudo()
        if vals.keys() & {"state", *FOLLOWED}:
            history._follow(self.sudo())
        if vals.get("activation_date"):
            history._begin_with_service(self.sudo())

    def _identity(self):
        """:return: dict, what this line is known by now, as values to write"""
        self.ensure_one()
        return self._convert_to_write({name: self[name] for name in FOLLOWED})

    def _first_period(self, now):
        """:return: dict, values of the period with which this line's history begins"""
        self.ensure_one()
        start = self._start_of(self.activation_date)
        if not start and self.state == "activating":
            start = now
        end = self.state == "cancelled" and self._ended_at(now)
        return {
            **self._identity(),
            "line_id": self.id,
            "date_from": start,
            "date_to": end,
        }

    def _start_of(self, day):
        """:return: when a day begins where the platform is, UTC; False without one"""
        self.ensure_one()
        return bool(day) and utc_midnight(day, self.platform_id.tz)

    def _ended_at(self, now):
        """:return: when this cancelled line's service ended, UTC"""
        self.ensure_one()
        if not self.cancellation_date:
            return now
        return min(now, self._start_of(self.cancellation_date + timedelta(days=1)))

    # === STATE === #

    def _transition(self, event, reason=None, effective=None, **vals):
        """Change the state as the table says; attendants read why in the chatter, and
        since when it counts where that is not now."""
        vals.setdefault("state_seen_at", fields.Datetime.now())
        result = super()._transition(event, reason, effective=effective, **vals)
        if reason:
            self._message_log_batch(bodies=dict.fromkeys(self.ids, reason))
        if effective and event in BLOCK_EVENTS:
            self._note_since()
        return result

    def _note_since(self):
        """Say in the history of these lines since when their last block or unblock
        counts, where that is not when it was noted, and let what is counted by days
        follow."""
        changes = self.env["mvno.transition"].sudo()
        last = changes._read_group(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)],
            ["res_id"],
            ["id:max"],
        )
        sources = labels_of(changes, "effective_source")
        bodies, by_day = {}, {}
        for change in changes.browse(change_id for _res_id, change_id in last):
            line, moment = self.browse(change.res_id), change.effective_at
            if moment >= change.date:
                continue
            zone = line.platform_id.tz
            bodies[line.id] = self.env._(
                "It counts from %(moment)s (%(known_by)s).",
                moment=format_datetime(self.env, moment, tz=zone, dt_format="short"),
                known_by=sources[change.effective_source],
            )
            by_day.setdefault(local_day(moment, zone), []).append(line.id)
        self.browse(bodies)._message_log_batch(bodies=bodies)
        for day, ids in by_day.items():
            self.browse(ids)._learn_days(day, "block")

    # === FACTS ABOUT DAYS THAT ARE OVER === #

    def _on_days_learnt(self, first_day, last_day, kind):
        """A fact about past days of these lines has just become known.

        A hook: what is counted by days, billing say, extends it. Here nothing is
        counted, so nothing follows. It is called after the fact was written, as
        superuser, once for all lines it is the same for, and only where a day before
        today is concerned.

        :param first_day: the first day that may count otherwise now, where the
            platform is
        :param last_day: the last such day, today at most
        :param str kind: what became known: "block" (a block, a change of its level or
            an unblock), "cancellation", "port_in" (a port-in's end), "hold" (why the
            line was blocked)
        """

    def _learn_days(self, first_day, kind):
        """A fact about these lines counts from a day on: tell where that is past.

        :param first_day: the first day that may count otherwise now
        :param str kind: see :meth:`_on_days_learnt`
        """
        for platform, lines in self.sudo().grouped("platform_id").items():
            today = platform._today()
            if first_day < today:
                lines._on_days_learnt(first_day, today, kind)

    def _illegal_transition_sentence(self):
        return self.env._(
            "Line %(line)s is %(state)s: this step is not possible now.",
            line=self.display_name,
            state=self._state_label(),
        )

    # === ACTIONS === #

    def action_view_contract(self):
        """Open the line's contract."""
        self.ensure_one()
        return open_form(self.contract_line_id.contract_id)

    def _open_dialog(self, xmlid):
        """:return: the dialog's action, for these lines"""
        context = {"active_model": self._name, "active_ids": self.ids}
        return open_action(self.env, xmlid, context=context)

    # === ENDING === #

    def action_cancel(self, reason=None):
        """Ask the platform to cancel these lines; without a reason, open the dialog.

        The line stays as it is until the platform has cancelled it. A second click
        finds the open request.

        :param str reason: a key of ``CANCELLATION_REASONS``
        :return: the dialog's action, or True
        :raise UserError: when a line is not in service, or another request is open
        """
        self.check_access("write")
        if reason is None:
            return self._open_dialog("tip_mvno.mvno_cancel_action")
        self._ask_cancel(reason)
        return True

    def _ask_cancel(self, reason, **vals):
        """Record the requests that cancel these lines.

        :param str reason: a key of ``CANCELLATION_REASONS``
        :param vals: what else a person decided on with it
        :raise UserError: when a line is not in service, or another request is open
        """
        if reason not in dict(CANCELLATION_REASONS):
            raise UserError(
                self.env._("“%(reason)s” is no reason to cancel a line.", reason=reason)
            )
        self._request("cancel", [line._cancel_values(reason, **vals) for line in self])

    def _cancel_values(self, reason, **vals):
        """:return: dict, values of the request that cancels this line"""
        self.ensure_one()
        return {**vals, "cancellation_reason": reason}

    def _on_cancelled(self, reason, date, why=None, source="confirmed"):
        """The lines were cancelled at the platform: nothing goes on here.

        The contract lines end that day, the SIM cards are never used again. What was
        billed stays; holds say why it was blocked and are left as they were.

        :param str reason: a key of ``CANCELLATION_REASONS``
        :param date: last day of service
        :param str why: for the lines' history
        :param str source: how the day is known where it is past, a key of ``SOURCES``
        """
        lines = self.sudo()
        ending = lines.filtered(lambda line: line.state != "cancelled")
        ends = {
            line.id: (line._start_of(date + timedelta(days=1)), source)
            for line in ending
            if date < line.platform_id._today()
        }
        ending._transition(
            "cancel",
            why,
            effective=ends,
            cancellation_date=date,
            cancellation_reason=reason,
        )
        for step in self._ending_steps():
            getattr(ending, step)(date)
        # TIP may have been asked for something after the line had ended here
        lines._end_support_requests()
        ending._learn_days(date + timedelta(days=1), "cancellation")

    @api.model
    def _ending_steps(self):
        """Name what ends with a line, in order: what is under way first, what pays for
        it last.

        :return: list of names of methods of ``mvno.line`` that take the last day of
            service
        """
        return [
            "_end_simcards",
            "_end_port_ins",
            "_end_plan_changes",
            "_drop_requests",
            "_end_contract_lines",
        ]

    def _end_simcards(self, _date):
        self.simcard_id.write({"state": "cancelled"})

    def _end_contract_lines(self, date):
        """End what pays for these lines; a person is told where that is not possible.

        :param date: last day of service
        """
        for line in self:
            paying = line.contract_line_ids.filtered(
                lambda contract_line: not contract_line.is_canceled
                and not (contract_line.date_end and contract_line.date_end <= date)
            )
            try:
                with self.env.cr.savepoint():
                    paying._mvno_end_with_service(date)
            except UserError as error:
                line.activity_schedule(
                    "mail.mail_activity_data_warning",
                    summary=self.env._("The contract line of a cancelled line"),
                    note=plaintext2html(str(error)),
                    user_id=(line.platform_id.user_id or self.env.user).id,
                )
