# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dataclasses import dataclass
from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.due import is_overdue

INVOICE_STATES = [
    ("paid", "Paid up"),
    ("open", "To be paid"),
    ("overdue", "Overdue"),
]


@dataclass
class OpenInvoices:
    """What a customer still has to pay, in the company's currency."""

    count: int = 0
    amount: float = 0.0
    overdue_count: int = 0
    overdue_amount: float = 0.0
    oldest_due: date | None = None

    def add(self, due, count, amount, today):
        """Count the invoices of one due date."""
        self.count += count
        self.amount += amount
        if due and (not self.oldest_due or due < self.oldest_due):
            self.oldest_due = due
        if is_overdue(due, today):
            self.overdue_count += count
            self.overdue_amount += amount

    @property
    def state(self):
        """:return: a key of ``INVOICE_STATES``"""
        if self.overdue_count:
            return "overdue"
        return "open" if self.count else "paid"


class ResPartner(models.Model):
    """Whether a customer is paid up: counts and amounts for those who serve him, who
    have no rights on invoices."""

    _inherit = "res.partner"

    mvno_invoice_state = fields.Selection(
        INVOICE_STATES,
        string="Telephony Customer's Invoices",
        compute="_compute_mvno_invoice_state",
        groups="tip_mvno.group_attendant,account.group_account_invoice",
    )

    @api.depends_context("company")
    def _compute_mvno_invoice_state(self):
        company = self.env.company
        summary = self._mvno_open_invoices(company, company._mvno_today())
        for partner in self:
            partner.mvno_invoice_state = summary[partner.commercial_partner_id].state

    @api.model
    def _mvno_open_domain(self, company):
        """:return: domain of the posted invoices of a company that are not paid"""
        return [
            ("move_type", "=", "out_invoice"),
            ("state", "=", "posted"),
            ("payment_state", "in", ("not_paid", "partial")),
            ("company_id", "=", company.id),
        ]

    def _mvno_open_invoices(self, company, today):
        """Count what these customers have to pay, all in one query.

        :param company: the ``res.company`` they owe it to
        :param today: today's local date
        :return: dict of each commercial partner's ``OpenInvoices``
        """
        customers = self.commercial_partner_id
        summary = {customer: OpenInvoices() for customer in customers}
        summary[self.browse()] = OpenInvoices()
        groups = (
            self.env["account.move"]
            .sudo()
            ._read_group(
                [
                    *self._mvno_open_domain(company),
                    ("commercial_partner_id", "in", customers.ids),
                ],
                ["commercial_partner_id", "invoice_date_due:day"],
                ["__count", "amount_residual_signed:sum"],
            )
        )
        for customer, due, count, amount in groups:
            summary[self.browse(customer.id)].add(due, count, amount, today)
        return summary

    def _mvno_overdue(self, company, today):
        """Those whose posted invoices are not paid past their due date."""
        summary = self._mvno_open_invoices(company, today)
        return super()._mvno_overdue(company, today) | self.filtered(
            lambda partner: summary[partner.commercial_partner_id].overdue_count
        )

    def action_view_mvno_invoices(self):
        """Show this customer's invoices, see the same button of a line.

        :raise UserError: when the customer has no mobile line
        """
        self.ensure_one()
        line = self.env["mvno.line"].search([("partner_id", "=", self.id)], limit=1)
        if not line:
            raise UserError(
                self.env._("%(name)s has no mobile line yet.", name=self.display_name)
            )
        return line.action_view_customer_invoices()
