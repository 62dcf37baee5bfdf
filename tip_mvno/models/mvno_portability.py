# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.brazil import AREA_CODES, mobile_area_code, mobile_e164

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
OPEN_STATES = ("requested", "awaiting_window", "conflict")
FAILED_STATES = ("refused", "conflict", "cancelled")
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
    progress_at = fields.Datetime(
        string="Last Progress",
        required=True,
        default=fields.Datetime.now,
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

    # === STATE === #

    def _transition(self, event, reason=None, **vals):
        """Change the state as the table says, and note whether that is progress.

        A port-in that goes to and fro between states it had before makes none.
        """
        changes = self.env["mvno.transition"].sudo()
        been = {
            (change.res_id, state)
            for change in changes.search(
                [("res_model", "=", self._name), ("res_id", "in", self.ids)]
            )
            for state in (change.state_from, change.state_to)
        }
        been.update((item.id, item.state) for item in self)
        if event == "send" and not reason:
            reason = self.env._("The platform has taken the request.")
        result = super()._transition(event, reason, **vals)
        now = fields.Datetime.now()
        moved = self.filtered(lambda item: (item.id, item.state) not in been)
        if event not in PERSONS_EVENTS:
            # whatever the platform says of it, it has taken the request
            unsent = self.filtered(lambda item: not item.sent_at)
            unsent.sent_at = now
            moved |= unsent
        moved._note_progress(now)
        return result

    def _note_progress(self, now):
        """These port-ins came to where they had not been before."""
        self.progress_at = now

    def _illegal_transition_sentence(self):
        return self.env._(
            "The port-in of %(number)s has ended; its state does not change any more.",
            number=self.display_name,
        )
