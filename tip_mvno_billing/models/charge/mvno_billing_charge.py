# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import plaintext2html

from odoo.addons.tip_mvno.tools.actions import open_action
from odoo.addons.tip_mvno.tools.labels import labels_of

from ...tools.month import month_of, month_text

# Every legal change of a charge's state: {state: {event: next state}}.
TRANSITIONS = {
    "proposed": {"confirm": "open", "waive": "waived"},
    "open": {"bill": "billed", "waive": "waived"},
    "billed": {"release": "open"},
    "waived": {},
}
UNBILLED = ("proposed", "open")


class MvnoBillingCharge(models.Model):
    """Something that a customer is to pay once: a SIM card, a delivery, a fine.

    The billing run of its month puts it on the customer's invoice. What is billed
    never changes; when its invoice goes, it is to be billed again. A fidelity fine is
    only proposed where nobody told the customer of it, and is waived for a reason.
    """

    _name = "mvno.billing.charge"
    _description = "One-off Charge"
    _inherit = ["mvno.monthly", "mvno.stateful"]
    _order = "competence desc, id desc"
    _rec_name = "text"
    _transitions = TRANSITIONS

    mvno_line_id = fields.Many2one(
        "mvno.line",
        string="Mobile Line",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    contract_line_id = fields.Many2one(
        "contract.line",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        help="Who pays for it, and on which contract's invoice.",
    )
    partner_id = fields.Many2one(
        related="contract_line_id.partner_id", store=True, string="Subscriber"
    )
    company_id = fields.Many2one(
        related="contract_line_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="contract_line_id.currency_id")
    kind = fields.Selection(
        [
            ("one_off", "One-off service"),
            ("fine", "Fidelity fine"),
            ("adjustment", "Adjustment"),
        ],
        required=True,
        readonly=True,
        default="one_off",
    )
    date = fields.Date(
        required=True,
        readonly=True,
        help="The day on which it was ordered, or fell due.",
    )
    competence = fields.Date(
        readonly=True,
        index=True,
        help="The month with which it is billed. Kept as its first day.",
    )
    product_id = fields.Many2one(
        "product.product",
        readonly=True,
        ondelete="restrict",
        help="What the invoice names. A fine without one takes the product of the "
        "settings when it is billed.",
    )
    price = fields.Monetary(string="Value", required=True, readonly=True)
    text = fields.Char(
        string="Text on the Invoice",
        required=True,
        readonly=True,
        help="In the customer's language.",
    )
    reason = fields.Text(readonly=True, help="Why it is charged, or is not.")
    user_id = fields.Many2one(
        "res.users",
        string="Charged by",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    item_ids = fields.One2many(
        "mvno.billing.item",
        "charge_id",
        string="Billed",
        groups="tip_mvno.group_manager,account.group_account_invoice,"
        "account.group_account_readonly",
    )
    state = fields.Selection(
        [
            ("proposed", "To be decided"),
            ("open", "To be billed"),
            ("billed", "Billed"),
            ("waived", "Not charged"),
        ],
        string="Status",
        required=True,
        default="open",
        readonly=True,
        index=True,
    )

    _worth_something = models.Constraint(
        "CHECK(price > 0 OR (kind = 'adjustment' AND price != 0))",
        "What is charged costs something. Only an adjustment may give money back.",
    )
    _product_named = models.Constraint(
        "CHECK(kind = 'fine' OR product_id IS NOT NULL)",
        "What is charged needs its product: the invoice says what was bought by it.",
    )
    _fined_once = models.UniqueIndex(
        "(mvno_line_id) WHERE kind = 'fine'",
        "The fidelity fine of this line is on record already.",
    )
    _unbilled = models.Index("(competence) WHERE state IN ('proposed', 'open')")

    @api.depends("text", "competence")
    def _compute_display_name(self):
        for charge in self:
            month = month_text(charge.competence)
            charge.display_name = f"{charge.text or ''} {month}".strip()

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        for charge in self:
            raise UserError(
                self.env._(
                    "%(charge)s stays on record. Cancel it, if it is not to be billed.",
                    charge=charge.display_name,
                )
            )

    # === ACTIONS === #

    def action_confirm(self):
        """A manager decided that proposed charges are billed: with their month, or
        with this one when theirs is over.

        :raise UserError: when one is not to be decided any more
        """
        self._check_manager()
        for month, charges in self._by_current_month().items():
            late = charges.filtered(lambda charge, now=month: charge.competence < now)
            late.sudo()._transition("confirm", competence=month)
            (charges - late).sudo()._transition("confirm")
        return True

    def action_bill_this_month(self):
        """Bill open charges, whose month is over, with the month that runs now."""
        self._check_manager()
        for month, charges in self._by_current_month().items():
            charges.sudo()._check_open()
            charges.sudo().write({"competence": month})
        return True

    def action_waive(self):
        """Open the dialog that asks why these are not charged."""
        self._check_may_waive()
        return open_action(
            self.env,
            "tip_mvno_billing.mvno_charge_waive_action",
            context={"default_charge_ids": self.ids},
        )

    def _waive(self, reason):
        """These are not charged.

        :param str reason: why
        :raise AccessError: when the user may not decide that
        :raise UserError: when one is billed, or nobody says why
        """
        self._check_may_waive()
        if not (reason or "").strip():
            raise UserError(self.env._("Say why it is not charged."))
        self.sudo()._transition("waive", reason)
        self.sudo().write({"reason": reason})
        self.sudo()._log_on_lines(
            self.env._(
                "Not charged, as %(user)s decided: %(reason)s",
                user=self.env.user.name,
                reason=reason,
            )
        )

    # === PERMISSIONS === #

    def _check_manager(self):
        self.check_access("read")  # which the manager has for own companies only
        if not (self.env.su or self.env.user.has_group("tip_mvno.group_manager")):
            raise AccessError(
                self.env._("Charges are decided on by managers. Ask one of them.")
            )

    def _check_may_waive(self):
        """Whoever charged a service by mistake may take it back until it is billed;
        everything else is a manager's decision."""
        self.check_access("read")
        mine = all(
            charge.kind == "one_off" and charge.user_id == self.env.user
            for charge in self
        )
        may_charge = self.env.user.has_group("tip_mvno.group_attendant")
        if not (mine and may_charge):
            self._check_manager()

    def _check_open(self):
        for charge in self:
            if charge.state != "open":
                raise UserError(charge._illegal_transition_sentence())

    def _illegal_transition_sentence(self):
        if self.state != "billed":
            return super()._illegal_transition_sentence()
        return self.env._(
            "%(charge)s is billed. Cancel its invoice, or issue a credit note and "
            "press “Bill Again” on its billed month; then it is to be billed once "
            "more, and can be taken back.",
            charge=self.display_name,
        )

    # === MONTH, PRODUCT AND HISTORY === #

    def _by_current_month(self):
        """:return: dict, these charges by the month that runs where their platform
        is"""
        return self.grouped(
            lambda charge: month_of(charge.mvno_line_id.sudo().platform_id._today())
        )

    def _product(self):
        """:return: ``product.product`` record that the invoice names; empty when the
        settings name none for fines"""
        self.ensure_one()
        if self.kind == "fine":
            return self.product_id or self.company_id.mvno_fine_product_id
        return self.product_id

    def _log_on_lines(self, text):
        """Note in the mobile lines' histories what became of these charges, with one
        note for each line.

        :param str text: what, for all of them
        """
        notes = {}
        for line, charges in self.grouped("mvno_line_id").items():
            told = Markup("<br/>").join(
                f"{charge.text} ({charge.currency_id.format(charge.price)}): {text}"
                for charge in charges
            )
            notes[line.id] = told
        self.mvno_line_id._message_log_batch(
            bodies=notes, author_id=self.env.user.partner_id.id
        )

    # === FIDELITY FINES === #

    def _propose(self):
        """Put a fine before a person that nobody has decided on."""
        self.ensure_one()
        line = self.mvno_line_id
        line.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("Fidelity fine to be decided"),
            note=plaintext2html(
                self.env._(
                    "The line ended before its commitment, and nobody told the "
                    "customer of the fine: %(text)s, %(fine)s. Confirm it or waive it "
                    "in Billing > One-off Charges.",
                    text=self.text,
                    fine=self.currency_id.format(self.price),
                )
            ),
            user_id=line.platform_id._who_is_told(self.user_id).id,
        )

    def _waive_with(self, decision, why, user):
        """Do as whoever cancelled the lines decided.

        :param str decision: a key of ``FINE_DECISIONS``
        :param str why: in that person's words
        :param user: ``res.users`` record
        """
        labels = labels_of(self.env["mvno.command"], "fine_decision")
        reason = self.env._(
            "%(decision)s. %(reason)s", decision=labels[decision], reason=why
        )
        self._transition("waive", reason)
        self.write({"reason": reason})
        self._log_on_lines(
            self.env._(
                "Not charged, as %(user)s decided: %(reason)s",
                user=user.name,
                reason=reason,
            )
        )
        if decision == "fault" and not user.has_group("tip_mvno.group_manager"):
            self._tell_of_fault(user, why)

    def _tell_of_fault(self, user, why):
        """The law frees the customer, whoever takes the call; but a manager looks over
        what an attendant took for the provider's fault."""
        for charge in self:
            line = charge.mvno_line_id
            line.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("No fidelity fine: the provider is at fault"),
                note=plaintext2html(
                    self.env._(
                        "%(user)s cancelled the line without the fine of %(fine)s: "
                        "%(reason)s",
                        user=user.name,
                        fine=charge.currency_id.format(charge.price),
                        reason=why,
                    )
                ),
                user_id=(line.platform_id.user_id or user).id,
            )
