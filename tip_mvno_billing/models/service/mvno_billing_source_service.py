# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict
from datetime import date

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

from ...tools.month import month_end, month_of
from ...tools.month_billing import Charge, MonthBilling
from ...tools.service_period import service_key, service_period


class MvnoBillingSourceService(models.AbstractModel):
    """The other services, fibre say, of customers who want them on one invoice.

    Their contract prepares what the invoice says of them. Its own date up to which a
    line is invoiced goes along: forward when the invoice is made, back when it is
    deleted or cancelled.
    """

    _name = "mvno.billing.source.service"
    _description = "Other service"
    _inherit = ["mvno.billing.source"]
    _kinds = ("service",)
    _adds_lines = True

    @api.model
    def _line_domain(self, run):
        """Contract lines of services with a period to which their contract does not
        come back, whoever invoices their next one."""
        return [
            ("contract_id.contract_type", "=", "sale"),
            ("contract_id.active", "=", True),
            ("company_id", "=", run.company_id.id),
            ("mvno_item_ids", "any", [("is_behind", "=", True)]),
        ]

    @api.model
    def _charges(self, run, customers):
        return [
            *self._charges_behind(run, customers),
            *self._charges_due(run, customers),
        ]

    @api.model
    def _charges_behind(self, run, customers):
        """:param run: ``mvno.billing.run`` record
        :param customers: ``res.partner`` records
        :return: list of :class:`Charge`, the periods of these customers' services that
            were released behind a later one"""
        lines = self.env["contract.line"].search(
            [
                *self._line_domain(run),
                ("contract_id.commercial_partner_id", "in", customers.ids),
            ],
            order="contract_id, sequence, id",
        )
        return [
            self._charge(item.contract_line_id, item.period_start, item.period_end)
            for item in self.env["mvno.billing.item"]._behind(lines)
        ]

    @api.model
    def _charges_due(self, run, customers):
        """List the services of these customers that are due until the due date of
        their invoice, each with its first period; what else is due comes with it.

        :param run: ``mvno.billing.run`` record
        :param customers: ``res.partner`` records
        :return: list of :class:`Charge`
        """
        billing = MonthBilling(
            competence=run.competence,
            issued=run.platform_id._today(),
            due_date=run.due_date or None,
            run_id=run.id,
            parts={},
        )
        contracts = self.env["contract.contract"]
        contracts = contracts.search(
            [
                *contracts._mvno_left_to_run_domain(
                    month_end(run.competence), billing.issued, customers
                ),
                ("company_id", "=", run.company_id.id),
                ("contract_line_ids", "any", contracts._mvno_service_domain()),
            ],
            order="id",
        )
        charges = []
        for contract in contracts:
            due = contract._mvno_due_date(billing)
            for line in contract._get_lines_to_invoice(due):
                if line.display_type:
                    continue
                start, end, _issued = line._get_period_to_invoice(
                    line.last_date_invoiced, line.recurring_next_date
                )
                charges.append(self._charge(line, start, end))
        return charges

    @api.model
    def _charge(self, line, start, end):
        """:return: :class:`Charge` of a period of a service"""
        return Charge(
            contract_line_id=line.id,
            kind="service",
            source_key=service_key(start, end),
            day=start,
            product_id=line.product_id.id,
            price=line.price_unit,
            text=line.name,
        )

    @api.model
    def _add_lines(self, invoices, billing):
        """Below everything else: the periods that are behind, then what is due."""
        services = [charge for charge in billing.charges if charge.kind == "service"]
        if not services:
            return
        lines = self.env["contract.line"].browse(
            charge.contract_line_id for charge in services
        )
        behind = {
            (item.contract_line_id.id, item.source_key)
            for item in self.env["mvno.billing.item"]._behind(lines)
        }
        due_lines = lines.browse(
            charge.contract_line_id for charge in services if charge.key not in behind
        )
        for contract in lines.contract_id:
            commands = contract._mvno_prepare_behind()
            if contract in due_lines.contract_id:
                commands += contract._mvno_prepare_services(
                    contract._mvno_due_date(billing)
                )
            if contract not in invoices and commands:
                invoices[contract] = contract._prepare_invoice(billing.issued)
            if commands:
                contract._mvno_append_services(invoices[contract], commands)

    @api.model
    def _missed(self, charges):
        """A service that costs nothing is no loss when there is no invoice for it."""
        return [
            charge for charge in charges if charge.kind != "service" or charge.price
        ]

    # === UNBILLED SERVICES === #

    @api.model
    def _unbilled(self, run):
        """The periods whose invoice was cancelled or credited, and whose contract is
        archived since: neither the contract nor a run comes back to them."""
        released = self.env["mvno.billing.item"].search(
            [
                ("kind", "=", "service"),
                ("state", "=", "released"),
                ("company_id", "=", run.company_id.id),
                ("period_start", "<=", month_end(run.competence)),
                ("contract_line_id", "any", self._archived_domain()),
            ],
            order="period_start, id",
        )
        given_back = released.filtered(lambda item: not item.is_behind)
        by_hand = self._invoiced_by_hand(given_back)
        left = released.filtered(
            lambda item: item not in by_hand
            # of a service that ended before, nothing is left
            and (item.contract_line_id.date_end or date.max) >= item.period_start
        )
        billed = left.search(
            [
                ("contract_line_id", "in", left.contract_line_id.ids),
                ("kind", "=", "service"),
                ("state", "=", "billed"),
            ]
        )
        known = {item._unique_key() for item in billed}
        by_key = left.grouped(lambda item: item._unique_key())
        return [
            self._archived_issue(run, items[-1])
            for key, items in by_key.items()
            if key not in known
        ]

    @api.model
    def _archived_domain(self):
        """:return: domain of the contract lines of archived contracts of customers"""
        archived = self.env["contract.contract"].with_context(active_test=False)
        contracts = archived._search(
            [("active", "=", False), ("contract_type", "=", "sale")]
        )
        return [("contract_id", "in", contracts), ("is_canceled", "=", False)]

    @api.model
    def _archived_issue(self, run, item):
        """:param item: released, of a period that nobody is going to invoice
        :return: issue values"""
        line = item.contract_line_id
        return run._issue(
            line,
            "archived",
            self.env._(
                "“%(line)s” of %(start)s to %(end)s (%(amount)s) is not billed any "
                "more: its invoice was cancelled or credited, and contract "
                "%(contract)s is archived. Restore the contract, invoice the period, "
                "then archive it again.",
                line=line.name,
                start=format_date(self.env, item.period_start),
                end=format_date(self.env, item.period_end),
                amount=item.currency_id.format(item.amount),
                contract=line.contract_id.name,
            ),
            item.competence,
        )

    # === CLAIM AND RELEASE OF ITEMS === #

    @api.model
    def _claim(self, moves, items):
        values_list = []
        for move_line in moves.invoice_line_ids:
            period = service_period(move_line.mvno_source_key)
            if not period:
                continue
            start, end = period
            values_list.append(
                {
                    "contract_line_id": move_line.contract_line_id.id,
                    # of the service, so that no two runs can claim one period
                    "competence": month_of(start),
                    "kind": "service",
                    "source_key": move_line.mvno_source_key,
                    "amount": -move_line.amount_currency,
                    "period_start": start,
                    "period_end": end,
                    "move_line_id": move_line.id,
                    "move_id": move_line.move_id.id,
                }
            )
        self._take_rounding(moves, values_list)
        services = items.create(values_list)
        services._no_more_behind()
        return services

    @api.model
    def _take_rounding(self, moves, values_list):
        """What a plan costs is known to the cent; a service may have fractions of one,
        by quantity or discount. A company that rounds its taxes once for all adds them
        up first, and puts a cent that comes of it on whatever line is the dearest: it
        belongs to the services.

        :param moves: new invoices
        :param list values_list: values of the services' items; changed in place
        """
        of_move = defaultdict(list)
        for values in values_list:
            of_move[values["move_id"]].append(values)
        for move in moves.browse(of_move):
            dearest = max(of_move[move.id], key=lambda values: abs(values["amount"]))
            astray = sum(
                move.direction_sign * line.price_subtotal - line.amount_currency
                for line in move.invoice_line_ids
                if not service_period(line.mvno_source_key)
            )
            dearest["amount"] = move.currency_id.round(dearest["amount"] + astray)

    @api.model
    def _release(self, items, reason):
        for item in items.sorted("period_start", reverse=True):
            item.is_behind = not item.contract_line_id._mvno_give_back(
                item.period_start, item.period_end
            )

    @api.model
    def _check_claim_again(self, items):
        """A period that was given back to its contract may be invoiced by hand since:
        by the contract's own button, which leaves no item."""
        invoiced = self._invoiced_by_hand(
            items.filtered(lambda item: not item.is_behind)
        )
        for item, move in invoiced.items():
            raise UserError(
                self.env._(
                    "Invoice %(invoice)s cannot stand again: “%(line)s” of %(start)s "
                    "to %(end)s is invoiced on %(other)s meanwhile, by the contract "
                    "itself. Cancel %(other)s first, if that is the wrong one.",
                    invoice=item.move_id.display_name,
                    line=item.contract_line_id.name,
                    start=format_date(self.env, item.period_start),
                    end=format_date(self.env, item.period_end),
                    other=move.display_name,
                )
            )

    @api.model
    def _invoiced_by_hand(self, items):
        """:param items: released, of periods that were given back to their contracts
        :return: dict {item: the invoice by hand that is of its period}"""
        passed = items.filtered(
            lambda item: (item.contract_line_id.last_date_invoiced or date.min)
            >= item.period_start
        )
        by_hand = self.env["account.move.line"].search(
            [
                ("contract_line_id", "in", passed.contract_line_id.ids),
                ("move_id.move_type", "=", "out_invoice"),
                ("move_id.state", "!=", "cancel"),
                ("move_id.mvno_billing_run_id", "=", False),
            ],
            order="id",
        )
        found = {}
        for item in passed:
            for line in by_hand:
                is_its = line.contract_line_id == item.contract_line_id
                if is_its and line.id > item.move_line_id.id:
                    found.setdefault(item, line.move_id)
        return found

    @api.model
    def _claim_again(self, items, reason):
        items._no_more_behind()
        for item in items.sorted("period_start"):
            item.contract_line_id._mvno_take_back(item.period_start, item.period_end)
