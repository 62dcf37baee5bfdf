# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import re
from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.brazil import AREA_CODES
from ..tools.local_time import utc_midnight
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
LIVE_STATES = ("active", "partially_blocked", "blocked")
# A part of a number as people write it: (11) 91234-5678, 91234-5678 ...
WRITTEN_NUMBER = re.compile(r"[\d\s()+.-]*\d[\d\s()+.-]*")
STATE_OF_LEVEL = {"none": "active", "partial": "partially_blocked", "total": "blocked"}


class MvnoLine(models.Model):
    """A mobile line: a SIM card at work for a customer under a contract line."""

    _name = "mvno.line"
    _description = "Mobile Line"
    _inherit = ["mvno.stateful", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True
    _rec_names_search = ["number", "simcard_id.iccid", "partner_id.name", "nickname"]
    _transitions = TRANSITIONS

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
    activation_date = fields.Date(readonly=True, copy=False, tracking=True)
    cancellation_date = fields.Date(readonly=True, copy=False, tracking=True)
    cancellation_reason = fields.Selection(
        CANCELLATION_REASONS,
        readonly=True,
        copy=False,
        tracking=True,
    )
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
    portability_ids = fields.One2many("mvno.portability", "line_id", string="Port-ins")
    portability_id = fields.Many2one(
        "mvno.portability",
        string="Port-in",
        compute="_compute_portability_id",
        store=True,
        index="btree_not_null",
        help="The last one: an earlier one that failed may have been sent again.",
    )
    command_ids = fields.One2many("mvno.command", "line_id", string="Requests")
    open_command_id = fields.Many2one(
        "mvno.command",
        string="Request under Way",
        compute="_compute_open_command_id",
    )
    usage_ids = fields.One2many("mvno.usage", "line_id", string="Usage")
    identity_ids = fields.One2many(
        "mvno.line.identity", "line_id", string="SIM Cards and Numbers"
    )
    warning = fields.Char(compute="_compute_warning")

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

    @api.depends("hold_ids.lifted_at", "hold_ids.level")
    def _compute_hold_level(self):
        for line in self:
            levels = set(
                line.hold_ids.filtered(lambda h: not h.lifted_at).mapped("level")
            )
            line.hold_level = (
                "total" if "total" in levels else "partial" if levels else "none"
            )

    @api.depends("portability_ids")
    def _compute_portability_id(self):
        for line in self:
            line.portability_id = line.portability_ids.sorted("id")[-1:]

    @api.depends("command_ids.state")
    def _compute_open_command_id(self):
        for line in self:
            line.open_command_id = line.command_ids.filtered("is_open")[:1]

    @api.depends("state", "platform_status", "hold_level", "command_ids.state")
    def _compute_warning(self):
        for line in self:
            line.warning = line._get_warning()

    def _get_warning(self):
        self.ensure_one()
        if self.command_ids.filtered(lambda c: c.state == "needs_decision"):
            return self.env._(
                "A request to the platform needs your decision: open it below."
            )
        if self.simcard_id.state == "cancelled" and self.state in LIVE_STATES:
            return self.env._(
                "The platform says “%(status)s”, but this line is %(state)s here. Ask "
                "TIP what happened before you change anything.",
                status=self.platform_status or self.simcard_id.platform_status or "",
                state=self._state_label(),
            )
        wanted = STATE_OF_LEVEL[self.hold_level]
        if self.state in LIVE_STATES and self.state != wanted:
            if self._last_hold_request().state == "refused":
                return self.env._(
                    "The platform refused the last request, so the line is not yet "
                    "what its holds ask for: see Requests below."
                )
        return False

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

    def _transition(self, event, reason=None, **vals):
        """Change the state as the table says; attendants read why in the chatter."""
        result = super()._transition(event, reason, **vals)
        if reason:
            self._message_log_batch(bodies=dict.fromkeys(self.ids, reason))
        return result

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
        return {
            "type": "ir.actions.act_window",
            "res_model": "contract.contract",
            "res_id": self.contract_line_id.contract_id.id,
            "view_mode": "form",
        }
