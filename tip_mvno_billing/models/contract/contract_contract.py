# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict
from datetime import timedelta

from odoo import Command, api, fields, models

from ...tools.month import next_month
from ...tools.month_billing import MonthBilling

# An invoice due sooner after its issue could not be paid in time.
DAYS_TO_PAY = 5


class ContractContract(models.Model):
    _inherit = "contract.contract"

    mvno_due_day = fields.Integer(
        string="Telephony Due Day",
        compute="_compute_mvno_due_day",
        store=True,
        readonly=False,
        help="The day of the month after the billed one on which telephony falls due.",
    )
    # of a form under way: see _mvno_keeps_due_day
    mvno_due_day_typed = fields.Boolean(string="Due Day as Typed", store=False)

    _mvno_due_day_range = models.Constraint(
        "CHECK(mvno_due_day BETWEEN 1 AND 28)",
        "Telephony due day: choose a day from 1 to 28, which every month has.",
    )

    @api.depends("partner_id", "company_id")
    def _compute_mvno_due_day(self):
        for contract in self:
            if contract.id or not contract._mvno_keeps_due_day():
                contract.mvno_due_day = contract._mvno_default_due_day()
            else:
                contract.mvno_due_day = contract.mvno_due_day

    @api.onchange("mvno_due_day")
    def _onchange_mvno_due_day(self):
        self.mvno_due_day_typed = self.mvno_due_day != self._mvno_default_due_day()

    def _mvno_keeps_due_day(self):
        """:return: bool, whether another customer, contact or company chosen in a form
        leaves the due day as it is"""
        self.ensure_one()
        before = self._origin
        same = before.commercial_partner_id == self.partner_id.commercial_partner_id
        return bool(self.mvno_due_day) and (
            self.mvno_due_day_typed
            or bool(before)
            and (same or before._mvno_has_own_due_day())
        )

    def _mvno_has_own_due_day(self):
        """:return: bool, whether the due day was agreed on for this contract"""
        self.ensure_one()
        return self.mvno_due_day != self._mvno_default_due_day()

    def write(self, vals):
        """Another contact leaves the due day as it is, another customer one that is
        the contract's own."""
        if "mvno_due_day" in vals or {"partner_id", "company_id"}.isdisjoint(vals):
            return super().write(vals)
        before = [
            (contract, contract.commercial_partner_id, contract.mvno_due_day)
            for contract in self
        ]
        own = self.filtered(lambda contract: contract._mvno_has_own_due_day())
        result = super().write(vals)
        for contract, customer, day in before:
            stays = contract in own or contract.commercial_partner_id == customer
            if stays and contract.mvno_due_day != day:
                contract.mvno_due_day = day
        return result

    def _mvno_default_due_day(self):
        self.ensure_one()
        return (
            self.commercial_partner_id.mvno_due_day
            or self.company_id.mvno_due_day
            or self.env.company.mvno_due_day
        )

    @api.model
    def _mvno_following_due_day(self, partners):
        """:return: the contracts of these customers, archived ones too, whose due day
        is the one they would get by default"""
        contracts = self.with_context(active_test=False).search(
            [("commercial_partner_id", "in", partners.commercial_partner_id.ids)]
        )
        return contracts.filtered(lambda contract: not contract._mvno_has_own_due_day())

    # === INVOICING OF OTHER SERVICES === #

    @api.depends("contract_line_ids.is_telephony")
    def _compute_recurring_next_date(self):
        """The date of the services that the contract's own cron and button invoice.

        With the telephony lines in it the date would stand still at the month that
        awaits its billing run, and the button would find nothing to invoice.
        """
        result = super()._compute_recurring_next_date()
        for contract in self:
            lines = contract.contract_line_ids
            others = lines.filtered(
                lambda line: not line.is_telephony
                and not line.is_canceled
                and line.recurring_next_date
                and (not line.display_type or line.is_recurring_note)
            )
            if others and any(line.is_telephony for line in lines):
                contract.recurring_next_date = min(others.mapped("recurring_next_date"))
        return result

    @api.model
    def _get_contracts_to_invoice_domain(self, date_ref=None):
        """Leave out contracts that have nothing but telephony to invoice."""
        domain = super()._get_contracts_to_invoice_domain(date_ref)
        without_telephony = fields.Domain(
            "contract_line_ids", "not any", [("is_telephony", "=", True)]
        )
        with_other_services = fields.Domain(
            "contract_line_ids",
            "any",
            [
                ("is_telephony", "=", False),
                ("recurring_next_date", "!=", False),
                # a note alone would be an invoice of nothing
                ("display_type", "=", False),
            ],
        )
        return domain & (without_telephony | with_other_services)

    # === INVOICES OF A BILLING RUN === #

    def _mvno_due_date(self, billing):
        """When an invoice of this contract falls due.

        :param MonthBilling billing: the billing under way
        :return: the run's due date, else the contract's due day in the month after
            the billed one; never sooner than five days after the issue
        """
        self.ensure_one()
        wanted = billing.due_date or next_month(billing.competence).replace(
            day=self.mvno_due_day or self._mvno_default_due_day()
        )
        return max(wanted, billing.issued + timedelta(days=DAYS_TO_PAY))

    def _mvno_journal(self):
        """The contract's journal, when somebody chose one for it. Each contract is
        filled in with the company's first sale journal: that is nobody's choice.

        :return: ``account.journal`` record without fiscal documents
        """
        self.ensure_one()
        company = self.company_id
        journal = self.journal_id
        is_chosen = journal != company.mvno_first_journal_id and journal.active
        if is_chosen and journal.type == "sale":
            if not company._mvno_uses_documents(journal):
                return journal
        return company._mvno_get_journal()

    def _prepare_invoice(self, date_invoice, journal=None):
        billing = MonthBilling.of(self.env)
        if not billing:
            return super()._prepare_invoice(date_invoice, journal)
        journal = self._mvno_journal()
        return {
            **super()._prepare_invoice(date_invoice, journal),
            "partner_id": (self.invoice_partner_id or self.partner_id).id,
            # a payment term would overwrite the due date when the invoice is posted
            "invoice_payment_term_id": False,
            "invoice_date_due": self._mvno_due_date(billing),
            "mvno_competence": billing.competence,
            "mvno_billing_run_id": billing.run_id,
        }

    def _prepare_recurring_invoices_values(self, date_ref=False):
        values_list = super()._prepare_recurring_invoices_values(date_ref)
        billing = MonthBilling.of(self.env)
        if not billing:
            return values_list
        values_list = self._mvno_add_charges(values_list, billing)
        return self._mvno_merge_invoices(values_list)

    @api.model
    def _mvno_add_charges(self, values_list, billing):
        """Put what is charged beside the plan of its line, or on an invoice of its own
        when the plan is not billed now; below that, what a source adds by itself.

        :param list values_list: values of one invoice per contract
        :param MonthBilling billing: the billing under way
        :return: list of values; an invoice without lines is left out
        """
        invoices = {}
        for values in values_list:
            contract = self._mvno_contract_of(values)
            if contract:
                invoices[contract] = values
        adding = [
            source
            for source in self.env["mvno.billing.source"]._all()
            if source._adds_lines
        ]
        left_out = {kind for source in adding for kind in source._kinds}
        for charge in billing.charges:
            if charge.kind in left_out:
                continue
            line = self.env["contract.line"].browse(charge.contract_line_id)
            contract = line.contract_id
            if contract not in invoices:
                invoices[contract] = contract._prepare_invoice(billing.issued)
            invoices[contract]["invoice_line_ids"].append(
                Command.create(line._mvno_prepare_charge(charge))
            )
        for values in invoices.values():
            self._mvno_sort_by_contract_line(values["invoice_line_ids"])
        for source in adding:
            source._add_lines(invoices, billing)
        return list(invoices.values())

    @api.model
    def _mvno_sort_by_contract_line(self, commands):
        """Bring what is charged to the plan of its line.

        :param list commands: that create invoice lines; sorted in place
        """
        order = {}
        for command in commands:
            order.setdefault(command[2].get("contract_line_id"), len(order))
        commands.sort(key=lambda command: order[command[2].get("contract_line_id")])

    @api.model
    def _mvno_contract_of(self, values):
        """:return: the contract an invoice's values were prepared from; none when
        they have no lines"""
        line_ids = [
            command[2].get("contract_line_id") for command in values["invoice_line_ids"]
        ]
        return self.env["contract.line"].browse(line_ids[:1]).contract_id

    @api.model
    def _mvno_merge_invoices(self, values_list):
        """One invoice per customer, due date, currency, journal and fiscal position.

        :param list values_list: values of one invoice per contract, with lines
        :return: list of values
        """
        groups = defaultdict(list)
        for values in values_list:
            contract = self._mvno_contract_of(values)
            groups[contract._mvno_invoice_key(values)].append((contract, values))
        merged = [self._mvno_merge_group(group) for group in groups.values()]
        return self._mvno_invoices_or_credits(
            [values for values in merged if any(_amounts(values))]
        )

    @api.model
    def _mvno_invoices_or_credits(self, values_list):
        """Make a credit note of whatever comes to less than nothing.

        Taxes decide along: those of a month that is charged may outweigh what is given
        back without any, or the other way round. So the invoices on which something is
        given back are made once to see what they come to, and undone.

        :param list values_list: values of invoices
        :return: list of values, in the same order
        """
        uncertain = [values for values in values_list if min(_amounts(values)) < 0]
        if not uncertain:
            return values_list
        quiet = self.env["account.move"].with_context(tracking_disable=True)
        with self.env.cr.savepoint() as savepoint:
            negative = [
                move.currency_id.compare_amounts(move.amount_total, 0.0) < 0
                for move in quiet.create(uncertain)
            ]
            savepoint.rollback()
        is_credit = {
            id(values): answer
            for values, answer in zip(uncertain, negative, strict=True)
        }
        return [
            self._mvno_as_credit(values) if is_credit.get(id(values)) else values
            for values in values_list
        ]

    @api.model
    def _mvno_as_credit(self, values):
        """What is given back cannot be an invoice: it is a credit note.

        :param dict values: of an invoice whose total, taxes included, is negative
        :return: dict of values
        """
        return {
            **values,
            "move_type": "out_refund",
            "invoice_line_ids": [
                Command.create(
                    {**command[2], "price_unit": -command[2].get("price_unit", 0.0)}
                )
                for command in values["invoice_line_ids"]
            ],
        }

    def _mvno_invoice_key(self, values):
        """What two contracts must have in common to share an invoice.

        :param dict values: the contract's own invoice values
        :return: tuple
        """
        self.ensure_one()
        partners = self.env["res.partner"]
        payer = partners.browse(values["partner_id"]).commercial_partner_id
        return (
            # one payer may pay for several subscribers: an invoice for each
            self.commercial_partner_id.id,
            payer.id,
            self.id if payer.mvno_invoice_grouping == "contract" else 0,
            values["company_id"],
            values["invoice_date_due"],
            values["currency_id"],
            values["journal_id"],
            values.get("fiscal_position_id", False),
        )

    def _mvno_next_key(self):
        """:return: tuple that two contracts have in common whose next months are on
        one invoice, as far as can be known before it is made"""
        self.ensure_one()
        payer = (self.invoice_partner_id or self.partner_id).commercial_partner_id
        return (
            self.commercial_partner_id.id,
            payer.id,
            self.id if payer.mvno_invoice_grouping == "contract" else 0,
            self.company_id.id,
            self.mvno_due_day or self._mvno_default_due_day(),
            self.currency_id.id,
        )

    @api.model
    def _mvno_merge_group(self, group):
        """Put what several contracts invoice on one invoice.

        :param list group: (contract, invoice values) pairs that share the key
        :return: dict of invoice values
        """
        merged = dict(group[0][1])
        partners = self.env["res.partner"].browse(
            values["partner_id"] for _contract, values in group
        )
        if len(partners) > 1:
            # the contracts name different contacts of one customer
            customer = partners[0].commercial_partner_id
            merged["partner_id"] = customer.address_get(["invoice"])["invoice"]
        for name in ("ref", "invoice_origin"):
            texts = [values.get(name) for _contract, values in group]
            merged[name] = ", ".join(dict.fromkeys(filter(None, texts)))
        commands = [
            command
            for _contract, values in group
            for command in values["invoice_line_ids"]
        ]
        merged["invoice_line_ids"] = [
            Command.create({**command[2], "sequence": sequence})
            for sequence, command in enumerate(commands, start=1)
        ]
        return merged


def _amounts(values):
    """:return: list of float, what each line of an invoice comes to before taxes that
    are added"""
    return [
        line.get("price_unit", 0.0)
        * line.get("quantity", 1.0)
        * (1 - (line.get("discount") or 0.0) / 100)
        for _command, _id, line in values["invoice_line_ids"]
    ]
