# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

# Every legal change of a request's state: {state: {event: next state}}.
TRANSITIONS = {
    "draft": {"ask": "waiting", "cancel": "cancelled"},
    "waiting": {"confirm": "done", "cancel": "cancelled"},
    "done": {},
    "cancelled": {},
}
OPEN_STATES = ("draft", "waiting")
KINDS = [
    ("sim_swap", "SIM card replacement"),
    ("holder_change", "Change of holder"),
    ("other", "Other"),
]
SWAP_REASONS = [("theft", "Theft"), ("loss", "Loss"), ("broken", "Broken SIM card")]


class MvnoSupportRequest(models.Model):
    """Something that only TIP's support can do, asked for in writing.

    The platform offers no operation for it. The text to send is ready to copy; the
    request waits until the platform shows that it was done, see
    ``mvno_support_request_confirm.py``, or somebody says so.
    """

    _name = "mvno.support.request"
    _description = "Request to TIP's Support"
    _inherit = ["mvno.stateful", "mail.thread", "mail.activity.mixin"]
    _order = "asked_at desc, id desc"
    _rec_name = "kind"
    _rec_names_search = ["protocol", "line_id", "tip_protocol"]
    _check_company_auto = True
    _transitions = TRANSITIONS

    kind = fields.Selection(
        KINDS, string="What", required=True, default="other", readonly=True
    )
    line_id = fields.Many2one(
        "mvno.line",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    platform_id = fields.Many2one(related="line_id.platform_id", store=True, index=True)
    company_id = fields.Many2one(related="line_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Subscriber",
        compute="_compute_partner_id",
        store=True,
        index=True,
        ondelete="restrict",
        help="Who held the line when this was asked for.",
    )
    state = fields.Selection(
        [
            ("draft", "To complete"),
            ("waiting", "Waiting for TIP"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        string="Status",
        required=True,
        default="waiting",
        readonly=True,
        index=True,
        copy=False,
        tracking=True,
    )
    note = fields.Text(
        string="Request", help="What TIP is asked to do, in TIP's language."
    )
    tip_protocol = fields.Char(
        string="TIP's Protocol",
        copy=False,
        tracking=True,
        help="The number TIP's support gave this request.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Asked by",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    asked_at = fields.Datetime(
        string="Since", required=True, readonly=True, default=fields.Datetime.now
    )
    closed_at = fields.Datetime(string="Closed", readonly=True, copy=False)
    age = fields.Integer(string="Days", compute="_compute_age")
    problem = fields.Text(
        readonly=True,
        copy=False,
        help="Why Odoo could not follow what TIP did.",
    )

    # a SIM card that takes another one's place
    reason = fields.Selection(SWAP_REASONS, readonly=True)
    old_simcard_id = fields.Many2one(
        "mvno.simcard", string="Old SIM Card", readonly=True, ondelete="restrict"
    )
    simcard_id = fields.Many2one(
        "mvno.simcard",
        string="New SIM Card",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    hold_id = fields.Many2one(
        "mvno.line.hold",
        string="Hold",
        readonly=True,
        ondelete="set null",
        help="The block for theft or loss that ends with the new SIM card.",
    )

    # a holder who takes another one's place
    new_partner_id = fields.Many2one(
        "res.partner", string="New Holder", readonly=True, ondelete="restrict"
    )
    date = fields.Date(
        string="Starting On",
        readonly=True,
        help="The first day that the new holder pays for.",
    )
    contract_id = fields.Many2one(
        "contract.contract",
        string="New Holder's Contract",
        readonly=True,
        ondelete="restrict",
        help="Empty: one is made.",
    )
    price = fields.Monetary(string="Monthly Value", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    commitment_end = fields.Date(readonly=True)

    _one_open = models.UniqueIndex(
        "(line_id, kind) WHERE state IN ('draft', 'waiting')",
        "This line waits for TIP for the same thing already.",
    )
    _simcard_once = models.UniqueIndex(
        "(simcard_id) WHERE state IN ('draft', 'waiting') AND simcard_id IS NOT NULL",
        "This SIM card is kept for another line that waits for TIP.",
    )
    _swap_complete = models.Constraint(
        "CHECK(kind != 'sim_swap' OR old_simcard_id IS NOT NULL AND "
        "(state IN ('draft', 'cancelled') OR simcard_id IS NOT NULL))",
        "A replaced SIM card needs the new one.",
    )
    _holder_complete = models.Constraint(
        "CHECK(kind != 'holder_change' OR "
        "new_partner_id IS NOT NULL AND date IS NOT NULL)",
        "A change of holder needs the new holder and the date.",
    )

    # === COMPUTES === #

    @api.depends("kind", "line_id.display_name")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for request in self:
            request.display_name = (
                f"{labels.get(request.kind, '')} – {request.line_id.display_name or ''}"
            )

    # the next holder does not take over what the last one asked for
    @api.depends("line_id")
    def _compute_partner_id(self):
        for request in self:
            request.partner_id = request.line_id.partner_id

    @api.depends("asked_at", "closed_at")
    def _compute_age(self):
        now = fields.Datetime.now()
        for request in self:
            until = request.closed_at or now
            request.age = (until - request.asked_at).days if request.asked_at else 0

    # === CONSTRAINTS === #

    @api.constrains("line_id")
    def _check_line(self):
        for request in self:
            if request.line_id.state == "draft":
                raise ValidationError(
                    self.env._(
                        "Line %(line)s is not activated yet, so TIP knows nothing of "
                        "it. Activate it first.",
                        line=request.line_id.display_name,
                    )
                )

    @api.constrains("simcard_id", "line_id", "state")
    def _check_simcard(self):
        for request in self.filtered(lambda item: item.state in OPEN_STATES):
            simcard = request.simcard_id
            if simcard and simcard.platform_id != request.platform_id:
                raise ValidationError(
                    self.env._(
                        "SIM card %(iccid)s belongs to another platform than line "
                        "%(line)s. Choose one of %(platform)s.",
                        iccid=simcard.iccid,
                        line=request.line_id.display_name,
                        platform=request.platform_id.name,
                    )
                )
            if simcard.line_id:
                raise ValidationError(simcard._not_available_sentence())

    # === WRITING === #

    def write(self, vals):
        if {"line_id", "note"} & vals.keys():
            closed = self.filtered(lambda request: request.state not in OPEN_STATES)
            other = self.filtered(lambda request: request.kind != "other")
            if (closed or other) and not self.env.su:
                raise UserError(
                    self.env._(
                        "“%(request)s” was asked for as it is. Cancel it and ask "
                        "again.",
                        request=(closed or other)[0].display_name,
                    )
                )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        if self.exists():
            raise UserError(
                self.env._("Requests to TIP stay on record: cancel this one instead.")
            )

    # === STATE === #

    def _transition(self, event, reason=None, **vals):
        """Change the state as the table says; what ends is dated."""
        if event in ("confirm", "cancel"):
            vals.setdefault("closed_at", fields.Datetime.now())
        if reason:
            self._message_log_batch(bodies=dict.fromkeys(self.ids, reason))
        return super()._transition(event, reason, **vals)

    def _illegal_transition_sentence(self):
        return self.env._(
            "“%(request)s” is %(state)s: this step is not possible now.",
            request=self.display_name,
            state=self._state_label(),
        )

    def _ask(self):
        """The texts are ready: from now on these requests wait for TIP."""
        self.filtered(lambda item: item.state == "draft")._transition(
            "ask", asked_at=fields.Datetime.now()
        )
        self.simcard_id._keep_for_request()

    def action_cancel(self):
        """Give these requests up; a SIM card kept for one returns to the stock.

        A block for theft or loss stays: lifting it is a decision of its own.
        """
        self.check_access("write")
        self.sudo()._give_up()

    def _give_up(self, reason=None):
        """Cancel requests; what was kept for them is free again.

        :param str reason: why, for their history
        """
        self._transition("cancel", reason)
        self.simcard_id._give_back()

    def action_open(self):
        """:return: the action that opens this request"""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
        }
