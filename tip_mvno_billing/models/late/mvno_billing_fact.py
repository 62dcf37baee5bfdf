# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_list
from odoo.tools.misc import format_date

from odoo.addons.tip_mvno.tools.actions import open_action, open_form

from ...tools.day_numbers import days_of, days_text
from ...tools.month import month_end, month_of, month_text

# Every legal change of a fact's state: {state: {event: next state}}.
TRANSITIONS = {
    "open": {
        "ask": "confirm",
        "wait": "due",
        "owe": "refund",
        "collect": "charge",
        "stop": "manual",
        "settle": "settled",
        "drop": "void",
    },
    "confirm": {
        "confirm": "open",
        "reopen": "open",
        "drop": "void",
        "claim": "settled",
    },
    "due": {"settle": "settled", "reopen": "open", "drop": "void"},
    "refund": {"settle": "settled", "reopen": "open", "drop": "void"},
    "charge": {"settle": "settled", "reopen": "open", "drop": "void"},
    "manual": {"settle": "settled", "reopen": "open", "drop": "void"},
    # its correction was taken back by a person: nothing makes it again unasked
    "settled": {"release": "confirm"},
    # its invoice lives again
    "void": {"claim": "settled"},
}
UNSETTLED = ("open", "confirm", "due", "refund", "charge", "manual")
# What waits for a person, and is an exception of its month.
LISTED = ("confirm", "refund", "charge", "manual")
KINDS = [
    ("cancellation", "Cancellation"),
    ("block", "Block or unblock"),
    ("hold", "Reason of a block"),
    ("port_in", "End of a port-in"),
]


class MvnoBillingFact(models.Model):
    """What was learnt of a line's days after their month was billed.

    Only this opens a billed month, and only for the days it is about: by the price and
    discount that the month was billed by, the difference is given back or charged. It
    is noted in the transaction that learns it and settled by a driver afterwards.
    """

    _name = "mvno.billing.fact"
    _description = "Learnt Late"
    _inherit = ["mvno.monthly", "mvno.stateful"]
    _order = "learnt_on desc, id desc"
    _transitions = TRANSITIONS
    _open_states = UNSETTLED

    item_id = fields.Many2one(
        "mvno.billing.item",
        string="Billed Month",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    mvno_line_id = fields.Many2one(
        related="item_id.mvno_line_id", store=True, index=True, string="Mobile Line"
    )
    contract_line_id = fields.Many2one(
        related="item_id.contract_line_id", store=True, index=True
    )
    company_id = fields.Many2one(
        related="contract_line_id.company_id", store=True, index=True
    )
    partner_id = fields.Many2one(
        related="contract_line_id.partner_id", store=True, string="Subscriber"
    )
    currency_id = fields.Many2one(related="contract_line_id.currency_id")
    competence = fields.Date(readonly=True, index=True, help="The month it is about.")
    kind = fields.Selection(KINDS, required=True, readonly=True)
    days = fields.Char(
        string="Days Concerned",
        readonly=True,
        help="The numbers of the month's days that it may have changed.",
    )
    days_off = fields.Char(
        string="Days No Longer Charged",
        readonly=True,
        help="Days that were billed and are not charged.",
    )
    days_on = fields.Char(
        string="Days Charged",
        readonly=True,
        help="Days that were not billed and are charged.",
    )
    amount = fields.Monetary(
        readonly=True,
        help="What it comes to, before taxes that are added: below zero is given back.",
    )
    learnt_on = fields.Date(string="Since", required=True, readonly=True)
    billed_with = fields.Date(
        string="Billed with",
        readonly=True,
        help="The billing run of this month, or the first one after it, bills it.",
    )
    is_confirmed = fields.Boolean(string="Confirmed", readonly=True)
    rest_of_id = fields.Many2one(
        "mvno.billing.fact",
        string="Rest of",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="What was paid of an invoice already could not be taken off it.",
    )
    message = fields.Text(
        string="To Do", readonly=True, help="Why a person has to settle it."
    )
    item_ids = fields.One2many("mvno.billing.item", "fact_id", string="Settled by")
    invoice_id = fields.Many2one(related="item_id.move_id", string="Invoice")
    state = fields.Selection(
        [
            ("open", "To be settled"),
            ("confirm", "To be confirmed"),
            ("due", "On the next invoice"),
            ("refund", "To refund"),
            ("charge", "To be charged"),
            ("manual", "To be settled by hand"),
            ("settled", "Settled"),
            ("void", "Nothing to settle"),
        ],
        string="Status",
        required=True,
        readonly=True,
        default="open",
        index=True,
    )

    _unsettled = models.Index("(item_id) WHERE state NOT IN ('settled', 'void')")

    @api.depends("mvno_line_id.display_name", "competence")
    def _compute_display_name(self):
        for fact in self:
            # accountants have no right to lines
            line = fact.sudo().mvno_line_id
            label = f"{line.display_name or ''} {month_text(fact.competence)}"
            fact.display_name = label.strip()

    # === NOTING === #

    @api.model
    def _note(self, lines, first_day, last_day, kind):
        """Note what was learnt of days whose months are billed; other days are billed
        by what is known when their run comes.

        :param lines: ``mvno.line`` records
        :param first_day: date, the first one that it may change
        :param last_day: date, the last one
        :param str kind: a key of ``KINDS``
        """
        items = self.env["mvno.billing.item"].search(
            [
                ("mvno_line_id", "in", lines.ids),
                ("kind", "=", "recurring"),
                ("state", "=", "billed"),
                # a month in advance is settled by its own run
                ("is_provisional", "=", False),
                ("competence", ">=", month_of(first_day)),
                ("competence", "<=", last_day),
            ]
        )
        if not items:
            return
        self.create(
            [
                {
                    "item_id": item.id,
                    "competence": item.competence,
                    "kind": kind,
                    "days": _days_within(item.competence, first_day, last_day),
                    "learnt_on": item.mvno_line_id.platform_id._today(),
                }
                for item in items
            ]
        )
        self.env.ref("tip_mvno_billing.ir_cron_late_facts")._trigger()

    # === ACTIONS === #

    def action_confirm(self):
        """Have these settled: the company lets a person confirm each of them.

        :raise UserError: when one is not to be confirmed
        """
        self._check_decides()
        facts = self.sudo()
        facts._check_state("confirm")
        facts._transition("confirm", is_confirmed=True)
        self.env.ref("tip_mvno_billing.ir_cron_late_facts")._trigger()
        return True

    def action_refund(self):
        """Issue the credit notes of what is to be refunded; the payments to the
        customers are registered on them.

        :return: action that opens the credit notes
        :raise UserError: when one is not to be refunded
        """
        return self._settle_apart("refund")

    def action_charge(self):
        """Bill what no invoice to come can charge on invoices of its own.

        :return: action that opens the invoices
        :raise UserError: when one is not to be charged
        """
        return self._settle_apart("charge")

    def action_done(self):
        """These were settled by hand.

        :raise UserError: when they are not to be settled by hand
        """
        self._check_decides()
        facts = self.sudo()
        facts._check_state("manual")
        facts._transition("settle", self.env._("Settled by hand."))
        return True

    def action_view_invoice(self):
        """Open the invoice of the billed month."""
        self.check_access("read")
        self.ensure_one()
        return open_form(self.invoice_id)

    def _settle_apart(self, state):
        self._check_decides()
        facts = self.sudo()
        facts._lock_companies()
        facts._check_state(state)
        moves = facts._settle_with_moves_of_their_own()
        return open_action(
            self.env,
            "tip_mvno_billing.account_move_action_mvno",
            domain=[("id", "in", moves.ids)],
            context={},
        )

    def _check_decides(self):
        """:raise AccessError: when the user does not decide about invoices"""
        self.check_access("read")
        deciders = ("tip_mvno.group_manager", "account.group_account_invoice")
        if not (self.env.su or any(map(self.env.user.has_group, deciders))):
            raise AccessError(
                self.env._(
                    "What was learnt late is settled by managers and by whoever "
                    "invoices. Ask one of them."
                )
            )

    def _check_state(self, state):
        others = self.filtered(lambda fact: fact.state != state)
        if others:
            raise UserError(others[0]._illegal_transition_sentence())

    # === WORDS === #

    def _days_sentence(self):
        """:return: str, what an invoice says about the days, in the customer's
        language; "" when there are none to tell of"""
        self.ensure_one()
        lang = self.contract_line_id.contract_id.partner_id.lang or self.env.lang
        env = self.with_context(lang=lang).env
        told = []
        if self.days_off:
            told.append(
                env._("Not charged: %(days)s.", days=self._dates(env, self.days_off))
            )
        if self.days_on:
            told.append(
                env._("Charged: %(days)s.", days=self._dates(env, self.days_on))
            )
        return " ".join(told)

    def _dates(self, env, text):
        """:return: str, the days of a :func:`days_text` as dates"""
        spans = []
        for span in text.split(", "):
            first, _dash, last = span.partition("-")
            start, end = (
                format_date(env, self.competence.replace(day=int(number)))
                for number in (first, last or first)
            )
            spans.append(
                start
                if start == end
                else env._("%(start)s to %(end)s", start=start, end=end)
            )
        return format_list(env, spans)


def _days_within(competence, first_day, last_day):
    """:return: str, the :func:`days_text` of those days of a month that lie within"""
    first = max(first_day, competence)
    last = min(last_day, month_end(competence))
    return days_text(range(first.day, last.day + 1))


def merged_days(facts):
    """:return: str, the :func:`days_text` of all days that these facts concern"""
    return days_text(set().union(*(days_of(fact.days) for fact in facts)))
