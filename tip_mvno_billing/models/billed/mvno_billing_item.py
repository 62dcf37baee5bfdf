# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict, namedtuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.misc import format_date

from odoo.addons.tip_mvno.tools.actions import open_form

from ...tools.month import month_text

# Every legal change of an item's state: {state: {event: next state}}.
TRANSITIONS = {"billed": {"release": "released"}, "released": {"claim": "billed"}}
ITEM_KINDS = [
    ("recurring", "Monthly value"),
    ("adjustment", "Adjustment"),
    ("usage", "Usage"),
    ("one_off", "One-off service"),
    ("fine", "Fidelity fine"),
    ("service", "Other service"),
]
Period = namedtuple("Period", "mobile_id contract_line_id competence start end move_id")


class MvnoBillingItem(models.Model):
    """That something of a contract line was billed with a month, once.

    The unique index holds under two workers, retries and kills: an item is written
    in the transaction that writes its invoice line.

    Nor is a day of a mobile line's plan billed twice, whichever contract lines pay. A
    month billed in advance is provisional: its days are what they come to once the
    month's own run has settled it.
    """

    _name = "mvno.billing.item"
    _description = "Billed Month"
    _inherit = ["mvno.monthly", "mvno.stateful"]
    _order = "competence desc, contract_line_id, id"
    _rec_name = "contract_line_id"
    _transitions = TRANSITIONS

    contract_line_id = fields.Many2one(
        "contract.line", required=True, index=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        related="contract_line_id.company_id", store=True, index=True
    )
    mvno_line_id = fields.Many2one(
        "mvno.line",
        string="Mobile Line",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    partner_id = fields.Many2one(
        related="contract_line_id.partner_id", store=True, string="Subscriber"
    )
    competence = fields.Date(
        readonly=True, index=True, help="The first day of the month."
    )
    kind = fields.Selection(
        ITEM_KINDS, required=True, readonly=True, default="recurring"
    )
    source_key = fields.Char(
        required=True,
        readonly=True,
        default="",
        help="Tells apart what is billed several times in one month.",
    )
    command_id = fields.Many2one(
        "mvno.command",
        string="Request",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The request to the platform that is charged: a top-up.",
    )
    charge_id = fields.Many2one(
        "mvno.billing.charge",
        string="One-off Charge",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    fact_id = fields.Many2one(
        "mvno.billing.fact",
        string="Learnt Late",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="What was learnt after the month was billed, and is settled by this.",
    )
    amount = fields.Monetary(
        readonly=True,
        help="What was billed, after the discount and before taxes that are added.",
    )
    monthly_value = fields.Monetary(
        readonly=True,
        help="What the whole month cost when it was billed, before the discount.",
    )
    discount = fields.Float(
        string="Discount (%)",
        digits="Discount",
        readonly=True,
        help="The one that counted when the month was billed.",
    )
    days_free = fields.Char(
        string="Days Not Charged",
        readonly=True,
        help="The numbers of the days, from the first to the last billed one, that "
        "are not charged.",
    )
    currency_id = fields.Many2one(related="contract_line_id.currency_id")
    is_provisional = fields.Boolean(
        string="Billed in Advance",
        readonly=True,
        help="The month was billed before it was over. The billing run of that month "
        "settles what it came to.",
    )
    is_usage_settled = fields.Boolean(
        readonly=True,
        help="Billed before contract lines kept what was signed: usage of the month is "
        "never priced again.",
    )
    usage_settled_event_id = fields.Integer(
        string="Last Call Record",
        readonly=True,
        help="The last call record that was there when usage was settled: later ones "
        "are listed.",
    )
    period_start = fields.Date(string="From", required=True, readonly=True)
    period_end = fields.Date(string="To", required=True, readonly=True)
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Invoice Line",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    state = fields.Selection(
        [("billed", "Billed"), ("released", "Released")],
        string="Status",
        required=True,
        readonly=True,
        default="billed",
        index=True,
    )

    _billed_once = models.UniqueIndex(
        "(contract_line_id, competence, kind, source_key) WHERE state = 'billed'",
        "This month of the contract line is billed already.",
    )
    # whichever contract line it is billed with, and in whichever month
    _command_once = models.UniqueIndex(
        "(command_id) WHERE state = 'billed' AND command_id IS NOT NULL",
        "This request is billed already.",
    )
    _charge_once = models.UniqueIndex(
        "(charge_id) WHERE state = 'billed' AND charge_id IS NOT NULL",
        "This charge is billed already.",
    )
    _fact_once = models.UniqueIndex(
        "(fact_id) WHERE state = 'billed' AND fact_id IS NOT NULL",
        "What was learnt late is settled already.",
    )
    _days_once = models.Constraint(
        "EXCLUDE USING gist ("
        "int8range(mvno_line_id, mvno_line_id, '[]') WITH &&, "
        "daterange(period_start, period_end, '[]') WITH &&) "
        "WHERE (state = 'billed' AND kind = 'recurring' "
        "AND mvno_line_id IS NOT NULL AND is_provisional IS NOT TRUE)",
        "These days of the mobile line are billed already, with another contract line.",
    )
    _period_order = models.Constraint(
        "CHECK(period_start <= period_end)", "A billed period ends after it starts."
    )

    @api.depends(
        "contract_line_id.name",
        "mvno_line_id.display_name",
        "command_id.display_name",
        "charge_id.text",
        "competence",
    )
    def _compute_display_name(self):
        for item in self:
            # accountants have no right to lines and requests
            told = item.sudo()
            label = (
                told.charge_id.text
                or told.command_id.display_name
                or told.mvno_line_id.display_name
                or item.contract_line_id.name
                or ""
            )
            month = month_text(item.competence)
            item.display_name = f"{label} {month}".strip()

    @api.model_create_multi
    def create(self, vals_list):
        self._check_days_once(
            Period(
                vals.get("mvno_line_id"),
                vals["contract_line_id"],
                vals["competence"],
                vals["period_start"],
                vals["period_end"],
                vals.get("move_id"),
            )
            for vals in self._with_defaults(vals_list)
            if vals["kind"] == "recurring"
            and vals["state"] == "billed"
            and not vals.get("is_provisional")
        )
        return super().create(vals_list)

    def _with_defaults(self, vals_list):
        defaults = self.default_get(["kind", "state"])
        return [{**defaults, **vals} for vals in vals_list]

    # === CLAIM AND RELEASE === #

    @api.model
    def _claim(self, moves, billing):
        """Note what new invoices bill with a month.

        :param moves: ``account.move`` records a billing run just created
        :param MonthBilling billing: the billing under way
        :return: the items
        :raise psycopg2.errors.UniqueViolation: when somebody else billed it meanwhile
        """
        charge_of = {charge.key: charge for charge in billing.charges}
        values_list = []
        for move_line in moves.invoice_line_ids:
            contract_line = move_line.contract_line_id
            if not contract_line.is_telephony:
                continue
            charge = charge_of.get((contract_line.id, move_line.mvno_source_key))
            if charge:
                values = self._charge_values(charge, billing)
            else:
                values = self._part_values(billing.parts[contract_line.id], billing)
            values_list.append(
                {
                    **values,
                    "contract_line_id": contract_line.id,
                    "mvno_line_id": contract_line.mvno_line_id.id,
                    "move_line_id": move_line.id,
                    "move_id": move_line.move_id.id,
                }
            )
        self._settle_adjusted(billing.charges)
        items = self.create(values_list)
        items.contract_line_id._mvno_sync_last_invoiced()
        for source in self.env["mvno.billing.source"]._all():
            items |= source._claim(moves, source._own(items))
        return items

    @api.model
    def _part_values(self, part, billing):
        return {
            "competence": billing.competence,
            "kind": "recurring",
            "source_key": "",
            "amount": part.amount,
            "period_start": part.start,
            "period_end": part.end,
            **self._terms_of(part),
        }

    @api.model
    def _terms_of(self, part):
        """:param Part part: what is billed of a month
        :return: dict, the values by which it stays explained"""
        return {
            "monthly_value": part.monthly,
            "discount": part.percent,
            "days_free": part.free,
        }

    @api.model
    def _charge_values(self, charge, billing):
        part = charge.part
        is_month = part and charge.kind == "recurring"
        return {
            "competence": charge.competence or billing.competence,
            "kind": charge.kind,
            "source_key": charge.source_key,
            "amount": part.amount if is_month else charge.price,
            "is_provisional": charge.is_provisional,
            "period_start": part.start if part else charge.day,
            "period_end": part.end if part else charge.day,
            **(self._terms_of(part) if is_month else {}),
            **charge.record_values,
        }

    def _release(self, reason):
        """What these items billed may be billed again.

        :param str reason: why, for the items' history
        """
        billed = self.filtered(lambda item: item.state == "billed")
        billed._transition("release", reason)
        billed._unsettle()
        billed.contract_line_id._mvno_sync_last_invoiced()
        for source in self.env["mvno.billing.source"]._all():
            source._release(source._own(billed), reason)

    def _claim_again(self, reason):
        """Take back what was released, because its invoice lives again.

        :param str reason: why, for the items' history
        :raise UserError: when it is on another invoice meanwhile
        """
        released = self.filtered(
            lambda item: item.state == "released" and item._is_on_invoice()
        )
        sources = self.env["mvno.billing.source"]._all()
        for source in sources:
            source._check_claim_again(source._own(released))
        released._check_days_once(
            released.filtered(
                lambda item: item.kind == "recurring" and not item.is_provisional
            )._periods()
        )
        released._check_not_billed_meanwhile()
        released._transition("claim", reason)
        released.contract_line_id._mvno_sync_last_invoiced()
        for source in sources:
            source._claim_again(source._own(released), reason)

    def _is_on_invoice(self):
        """:return: bool, whether the invoice line charges what was billed, or gives it
        back where that was billed: not once the invoice became a credit note"""
        self.ensure_one()
        move_line = self.move_line_id
        return bool(move_line) and self.amount * move_line.amount_currency <= 0

    # === CHANGED BY HAND === #

    def _follow_kind(self):
        """The invoices of these items became credit notes by hand, or the other way
        round: what they bill no more is released and listed, what they bill again is
        taken back."""
        lost = self.filtered(
            lambda item: item.state == "billed" and not item._is_on_invoice()
        )
        lost._release(
            self.env._("The invoice was switched to another kind of document.")
        )
        lost._list_by_hand(
            self.env._(
                "Invoice and credit note were switched by hand: %(invoice)s does not "
                "bill %(month)s of %(line)s any more, and does the opposite once it is "
                "posted. Switch it back; or delete it, and run the billing again."
            )
        )
        found = self.filtered(
            lambda item: item.state == "released" and item._is_on_invoice()
        )
        found._claim_again(self.env._("The invoice was switched back."))
        found._issues_by_hand().unlink()

    def _list_by_hand(self, sentence):
        """List what these items billed before somebody changed their invoice, on the
        newest run of its month: the one whose issues are told.

        :param str sentence: about ``%(month)s``, ``%(line)s`` and ``%(invoice)s``
        """
        if not self:
            return
        runs = self.env["mvno.billing.run"].search(
            [
                ("platform_id", "in", self.mvno_line_id.platform_id.ids),
                ("competence", "in", list(set(self.move_id.mapped("mvno_competence")))),
                ("started_at", "!=", False),
            ],
            order="id",
        )
        newest = {(run.platform_id, run.competence): run for run in runs}
        records = self._record_fields()
        self.env["mvno.billing.issue"].create(
            [
                {
                    "run_id": run.id,
                    "competence": item.competence,
                    "code": "by_hand",
                    "reason": sentence
                    % {
                        "month": month_text(item.competence),
                        "line": item.mvno_line_id.display_name,
                        "invoice": item.move_id.display_name,
                    },
                    "contract_line_id": item.contract_line_id.id,
                    "mvno_line_id": item.mvno_line_id.id,
                    "partner_id": item.partner_id.id,
                    "move_id": item.move_id.id,
                    **{name: item[name].id for name in records},
                }
                for item in self
                if (
                    run := newest.get(
                        (item.mvno_line_id.platform_id, item.move_id.mvno_competence)
                    )
                )
            ]
        )

    def _issues_by_hand(self):
        """:return: ``mvno.billing.issue`` records that tell of these items"""
        return self.env["mvno.billing.issue"].search(
            [
                ("code", "=", "by_hand"),
                ("move_id", "in", self.move_id.ids),
                ("contract_line_id", "in", self.contract_line_id.ids),
            ]
        )

    def _check_not_billed_meanwhile(self):
        """:raise UserError: when something else bills what these items billed"""
        same_month = Domain("contract_line_id", "in", self.contract_line_id.ids)
        same_month &= Domain("competence", "in", list(set(self.mapped("competence"))))
        same_record = [
            Domain(name, "in", self[name].ids) for name in self._record_fields()
        ]
        rivals = {
            rival._unique_key(): rival
            for rival in self.search(
                Domain("state", "=", "billed") & Domain.OR([same_month, *same_record])
            )
        }
        for item in self:
            rival = rivals.get(item._unique_key())
            if rival:
                raise UserError(
                    self.env._(
                        "Invoice %(invoice)s cannot stand again: %(line)s is billed on "
                        "invoice %(other)s meanwhile. Cancel %(other)s first, if that "
                        "is the wrong one.",
                        invoice=item.move_id.display_name,
                        line=item.display_name,
                        other=rival.move_id.display_name or "",
                    )
                )

    def _hand_over(self, moves):
        """These items are billed on the invoices that replace theirs.

        The credited invoice keeps a released item: it claims its months again, or must
        not, when its credit note is withdrawn.

        :param moves: ``account.move`` records, copies of the items' invoices
        """
        copies = {
            (copy.move_id.mvno_competence, *copy._mvno_charge_key()): copy
            for copy in moves.invoice_line_ids
        }
        for item in self.filtered(lambda item: item.state == "billed"):
            copy = copies.get((item.move_id.mvno_competence, *item._charge_key()))
            if copy:
                item.copy({"state": "released"})
                item.write({"move_line_id": copy.id, "move_id": copy.move_id.id})

    def _charge_key(self):
        """:return: tuple by which the item's invoice line is told from others"""
        self.ensure_one()
        return self.move_line_id._mvno_charge_key()

    def _unique_key(self):
        """:return: what two billed items never have in common"""
        self.ensure_one()
        records = (self[name] for name in self._record_fields())
        return next(filter(None, records), None) or (
            self.contract_line_id,
            self.competence,
            self.kind,
            self.source_key,
        )

    @api.model
    def _record_fields(self):
        """:return: list of the fields that name what is charged, where it is a
        record"""
        sources = self.env["mvno.billing.source"]._all()
        return [source._record_field for source in sources if source._record_field]

    # === MONTHS BILLED IN ADVANCE === #

    def _settle_adjusted(self, charges):
        """Billed months are brought to their days by the adjustments among these
        charges; before anything else is noted, for the rest of such a month may be
        another line's."""
        part_of = {
            (charge.contract_line_id, charge.competence): charge.part
            for charge in charges
            if charge.kind == "adjustment" and charge.part
        }
        months = self.search(
            [
                ("contract_line_id", "in", [line_id for line_id, _month in part_of]),
                ("kind", "=", "recurring"),
                ("state", "=", "billed"),
            ]
        )
        self._settle(
            (item, part_of[key])
            for item in months
            if (key := (item.contract_line_id.id, item.competence)) in part_of
        )

    def _unsettle(self):
        """The months that released adjustments corrected await their run again; one
        that somebody made by hand settled no month, and what was learnt late is
        settled by itself."""
        adjustments = self.filtered(
            lambda item: item.kind == "adjustment"
            and not item.charge_id
            and not item.fact_id
        )
        if not adjustments:
            return
        months = {(item.contract_line_id, item.competence) for item in adjustments}
        self.search(
            [
                ("contract_line_id", "in", adjustments.contract_line_id.ids),
                ("kind", "=", "recurring"),
                ("state", "=", "billed"),
            ]
        ).filtered(
            lambda item: (item.contract_line_id, item.competence) in months
        ).write({"is_provisional": True})

    @api.model
    def _settle(self, pairs):
        """The months of these items are over: their days are what they came to.

        :param pairs: of (item, :class:`Part`)
        """
        same = defaultdict(self.browse)
        for item, part in pairs:
            same[part.start, part.end, part.free] |= item
        for (start, end, free), items in same.items():
            items.write(
                {
                    "is_provisional": False,
                    "period_start": start,
                    "period_end": end,
                    "days_free": free,
                }
            )
        self.concat(*same.values()).contract_line_id._mvno_sync_last_invoiced()

    # === EACH DAY BILLED ONCE === #

    def _periods(self):
        """:return: list of the items' :class:`Period`"""
        return [
            Period(
                item.mvno_line_id.id,
                item.contract_line_id.id,
                item.competence,
                item.period_start,
                item.period_end,
                item.move_id.id,
            )
            for item in self
        ]

    @api.model
    def _check_days_once(self, periods):
        """:param periods: :class:`Period` items that are going to be billed
        :raise UserError: when days of a mobile line would be billed twice
        """
        by_mobile = defaultdict(list)
        for period in periods:
            if period.mobile_id:
                by_mobile[period.mobile_id].append(period)
        if not by_mobile:
            return
        wanted = [period for part in by_mobile.values() for period in part]
        billed = self.search(
            [
                ("mvno_line_id", "in", list(by_mobile)),
                ("kind", "=", "recurring"),
                ("state", "=", "billed"),
                ("is_provisional", "=", False),
                ("period_end", ">=", min(period.start for period in wanted)),
                ("period_start", "<=", max(period.end for period in wanted)),
            ]
        )
        for period in billed._periods():
            by_mobile[period.mobile_id].insert(0, period)
        for its_periods in by_mobile.values():
            for number, later in enumerate(its_periods):
                for earlier in its_periods[:number]:
                    if self._clash(earlier, later):
                        raise UserError(self._clash_sentence(earlier, later))

    @api.model
    def _clash(self, one, other):
        """:return: bool, whether two periods of a mobile line have days in common; the
        same month of one contract line is a matter of its own index"""
        return (
            one.start <= other.end and other.start <= one.end and one[1:3] != other[1:3]
        )

    @api.model
    def _clash_sentence(self, one, other):
        line_of = self.env["contract.line"].browse
        return self.env._(
            "%(start)s to %(end)s of %(mobile)s would be billed twice: with “%(one)s” "
            "of %(contract)s (%(invoice)s) and with “%(other)s” of %(contract_2)s. End "
            "one of them on the day before the other begins.",
            start=format_date(self.env, max(one.start, other.start)),
            end=format_date(self.env, min(one.end, other.end)),
            mobile=self.env["mvno.line"].browse(one.mobile_id).display_name,
            one=line_of(one.contract_line_id).name,
            contract=line_of(one.contract_line_id).contract_id.name,
            invoice=self.env["account.move"].browse(one.move_id).display_name or "",
            other=line_of(other.contract_line_id).name,
            contract_2=line_of(other.contract_line_id).contract_id.name,
        )

    # === ACTIONS === #

    def action_bill_again(self):
        """Let the next billing run of the month bill these items once more.

        A credit note alone does not do that: it may be meant as a gift.

        :raise UserError: when an item's invoice still stands
        """
        self.env["mvno.billing.run"].check_access("write")
        self.check_access("read")  # which the manager has for own companies only
        for item in self.sudo():
            item._check_bill_again()
        months = self.sudo()
        (months | months._taken_off())._release(
            self.env._("To be billed again after its credit note.")
        )
        return True

    def _taken_off(self):
        """:return: the items by which something that was learnt late is taken off these
        months' invoices: a new one is right by itself"""
        return self.search(
            [
                ("fact_id.item_id", "in", self.ids),
                ("move_id.reversed_entry_id", "in", self.move_id.ids),
                ("state", "=", "billed"),
            ]
        )

    def _check_bill_again(self):
        self.ensure_one()
        month = month_text(self.competence)
        if self.state == "released":
            raise UserError(
                self.env._(
                    "%(item)s may be billed already: start a billing run for "
                    "%(month)s.",
                    item=self.display_name,
                    month=month,
                )
            )
        if not self.move_id._mvno_is_credited():
            raise UserError(
                self.env._(
                    "%(item)s is on invoice %(invoice)s, which still stands. Issue a "
                    "credit note of its whole amount first (or cancel the invoice), "
                    "then choose “Bill Again”.",
                    item=self.display_name,
                    invoice=self.move_id.display_name,
                )
            )

    def action_view_invoice(self):
        """Open the invoice of this item."""
        self.ensure_one()
        return open_form(self.move_id)
