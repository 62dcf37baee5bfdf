# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dataclasses import dataclass

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from ...tools.actions import open_form
from ...tools.labels import labels_of

# Every legal change of a request's state: {state: {event: next state}}.
TRANSITIONS = {
    "draft": {"ask": "waiting", "cancel": "cancelled"},
    "waiting": {"confirm": "done", "cancel": "cancelled"},
    "done": {},
    "cancelled": {},
}
SWAP_REASONS = [("theft", "Theft"), ("loss", "Loss"), ("broken", "Broken SIM card")]
REGISTERED = "tip_mvno.mail_template_support_request_registered"


@dataclass(frozen=True)
class Kind:
    """What is particular to one kind of requests. Names are of methods of
    ``mvno.support.request``.

    :param label: of the field's selection
    :param subject: of what is sent to TIP, whose support reads Portuguese, whatever
        language the attendant works in
    :param text: gives the lines of that text
    :param done: follows when a person says that TIP did it
    :param wording: gives what was asked for as the customer would say it; without one
        the customer is not told: what TIP is asked is not always the customer's wish
    :param simcard: path to the SIM card on which the platform will show that it is done
    :param is_shown: tells whether the platform shows it; without one nothing of it is
        to be seen there
    :param not_shown: gives what the platform shows in its place
    :param finish: lets the line follow what the platform shows
    :param given_up: follows when the request is given up, if anything does
    """

    label: str
    subject: str
    text: str
    done: str
    wording: str = ""
    simcard: str = "line_id.simcard_id"
    is_shown: str = ""
    not_shown: str = ""
    finish: str = ""
    given_up: str = ""


KINDS = {
    "sim_swap": Kind(
        label="SIM card replacement",
        subject="Troca de SIM card",
        text="_text_sim_swap",
        done="_done_when_shown",
        wording="_wording_sim_swap",
        simcard="simcard_id",
        is_shown="_shows_same_line",
        not_shown="_other_line_sentence",
        finish="_finish_sim_swap",
    ),
    "holder_change": Kind(
        label="Change of holder",
        subject="Troca de titularidade",
        text="_text_holder_change",
        done="_done_when_shown",
        wording="_wording_holder_change",
        is_shown="_shows_new_holder",
        not_shown="_other_holder_sentence",
        finish="_finish_holder_change",
    ),
    "other": Kind(
        label="Other",
        subject="Solicitação",
        text="_text_other",
        done="_done_other",
    ),
    "port_in": Kind(
        label="Port-in again",
        subject="Nova solicitação de portabilidade",
        text="_text_port_in",
        done="_done_port_in",
        wording="_wording_port_in",
        given_up="_give_up_port_in",
    ),
}


class MvnoSupportRequest(models.Model):
    """Something that only TIP's support can do, asked for in writing.

    The platform offers no operation for it. The text to send is ready to copy; the
    request waits until the platform shows that it was done, see
    ``_confirm_from_platform``, or somebody says so.
    """

    _name = "mvno.support.request"
    _description = "Request to TIP's Support"
    _inherit = [
        "mvno.stateful",
        "mail.thread",
        "mail.activity.mixin",
        "mvno.customer.request",
    ]
    _order = "asked_at desc, id desc"
    _rec_name = "kind"
    _rec_names_search = ["protocol", "line_id", "tip_protocol"]
    _check_company_auto = True
    _transitions = TRANSITIONS
    _open_states = ("draft", "waiting")
    _protocol_series = 9

    kind = fields.Selection(
        [(key, kind.label) for key, kind in KINDS.items()],
        string="What",
        required=True,
        default="other",
        readonly=True,
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

    _protocol_uniq = models.UniqueIndex(
        "(protocol)", "Two requests cannot have the same protocol number."
    )

    # === KINDS === #

    @api.model
    def _kinds(self):
        """Tell what is particular to each kind. Another addon adds a kind here and to
        the field's selection.

        :return: dict {kind: :class:`Kind`}
        """
        return KINDS

    def _of_kind(self):
        """:return: :class:`Kind` of this request"""
        self.ensure_one()
        return self._kinds()[self.kind]

    # === COMPUTES === #

    @api.depends("kind", "line_id.display_name")
    def _compute_display_name(self):
        labels = labels_of(self, "kind")
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
        for request in self._still_open():
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

    @api.model_create_multi
    def create(self, vals_list):
        requests = super().create(vals_list)
        requests._mail_registered()
        return requests

    def write(self, vals):
        if {"line_id", "note"} & vals.keys():
            closed = self - self._still_open()
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

    def _wait_for_tip(self):
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
        for kind, requests in self.grouped("kind").items():
            given_up = self._kinds()[kind].given_up
            if given_up:
                getattr(requests, given_up)(reason)

    def action_open(self):
        """:return: the action that opens this request"""
        return open_form(self)

    # === E-MAIL TO THE CUSTOMER === #

    def _mail_registered(self):
        """Tell the customers that their requests were registered, and the protocol."""
        requests = self.filtered(lambda request: request._of_kind().wording)
        requests._mail_customers(REGISTERED, dict.fromkeys(requests.ids, "registered"))

    def _customer_wording(self):
        """:return: what was asked, as the customer would say it"""
        wording = self._of_kind().wording
        return getattr(self, wording)() if wording else self.display_name

    def _wording_sim_swap(self):
        return {
            "theft": self.env._("another SIM card, because of theft"),
            "loss": self.env._("another SIM card, because of loss"),
        }.get(self.reason, self.env._("another SIM card, as yours is broken"))

    def _wording_holder_change(self):
        return self.env._(
            "change of the line's holder from %(date)s on",
            date=format_date(self.env, self.date),
        )
