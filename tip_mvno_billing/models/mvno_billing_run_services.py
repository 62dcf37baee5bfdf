# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dataclasses import replace

from odoo import models
from odoo.fields import Domain

from ..tools.month import month_end
from ..tools.month_billing import Charge, MonthBilling
from ..tools.service_period import service_key


class MvnoBillingRun(models.Model):
    """The other services, fibre say, of customers who want them on one invoice."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.billing.run"

    def _charges(self, customers):
        return [
            *super()._charges(customers),
            *self._behind_charges(customers),
            *self._service_charges(customers),
        ]

    def _charged_line_domain(self):
        return Domain(super()._charged_line_domain()) | Domain(self._behind_domain())

    def _behind_domain(self):
        """:return: domain of the contract lines of services with a period to which
        their contract does not come back, whoever invoices their next one"""
        self.ensure_one()
        return [
            ("contract_id.contract_type", "=", "sale"),
            ("contract_id.active", "=", True),
            ("company_id", "=", self.company_id.id),
            ("mvno_item_ids", "any", [("is_behind", "=", True)]),
        ]

    def _behind_charges(self, customers):
        """:param customers: ``res.partner`` records
        :return: list of :class:`Charge`, the periods of these customers' services that
            were released behind a later one"""
        lines = self.env["contract.line"].search(
            [
                *self._behind_domain(),
                ("contract_id.commercial_partner_id", "in", customers.ids),
            ],
            order="contract_id, sequence, id",
        )
        return [
            self._service_charge(
                item.contract_line_id, item.period_start, item.period_end
            )
            for item in self.env["mvno.billing.item"]._behind(lines)
        ]

    def _service_charge(self, line, start, end):
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

    def _service_charges(self, customers):
        """List the services of these customers that are due until the due date of
        their invoice, each with its first period; what else is due comes with it.

        :param customers: ``res.partner`` records
        :return: list of :class:`Charge`
        """
        self.ensure_one()
        billing = MonthBilling(
            competence=self.competence,
            issued=self.platform_id._today(),
            due_date=self.due_date or None,
            run_id=self.id,
            parts={},
        )
        contracts = self.env["contract.contract"]
        contracts = contracts.search(
            [
                *contracts._mvno_left_to_run_domain(
                    month_end(self.competence), billing.issued, customers
                ),
                ("company_id", "=", self.company_id.id),
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
                charges.append(self._service_charge(line, start, end))
        return charges

    def _left_out(self, billing, items):
        """A service that costs nothing is no loss when there is no invoice for it."""
        charges = [c for c in billing.charges if c.kind != "service" or c.price]
        return super()._left_out(replace(billing, charges=tuple(charges)), items)
