# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged

from ..billing_common import DECEMBER_1, NOVEMBER, BillingCase


@tagged("post_install", "-at_install")
@freeze_time(DECEMBER_1)
class TestContractAccounting(BillingCase):
    """Journal, fiscal position and currency come from where Odoo's users set them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._make_active_line(price=100)
        cls.contract = cls.line.contract_id

    def _invoice(self):
        return self._bill(NOVEMBER).invoice_ids

    # === JOURNAL === #

    def test_a_contract_may_have_a_journal_of_its_own(self):
        journal = self._make_journal(code="OWN")
        other = self._make_active_line(price=100)
        self.contract.journal_id = journal
        self._bill(NOVEMBER)
        self.assertEqual(self._invoices(self.line).journal_id, journal)
        self.assertEqual(self._invoices(other).journal_id, self.company.mvno_journal_id)

    def test_the_journal_that_contracts_are_filled_in_with_is_nobodys_choice(self):
        first = self._make_journal(code="AAA", sequence=1)
        contract = self._make_contract()
        self.assertEqual(contract.journal_id, first)
        line = self._make_active_line(contract_line=contract.contract_line_ids)
        self._bill(NOVEMBER)
        self.assertEqual(self._invoices(line).journal_id, self.company.mvno_journal_id)

    def test_a_journal_of_fiscal_documents_is_not_taken(self):
        self._make_journal(code="AAA", sequence=1)
        documents = self._make_journal(code="DOC")
        self.contract.journal_id = documents

        def uses_documents(company, journal):
            return journal == documents

        with patch.object(type(self.company), "_mvno_uses_documents", uses_documents):
            invoice = self._invoice()
        self.assertEqual(invoice.journal_id, self.company.mvno_journal_id)

    # === FISCAL POSITION === #

    def _make_position(self, old, new):
        """:return: a fiscal position that replaces a tax by another"""
        position = self.env["account.fiscal.position"].create({"name": "Resale"})
        new.write(
            {
                "fiscal_position_ids": [Command.link(position.id)],
                "original_tax_ids": [Command.link(old.id)],
            }
        )
        return position

    def _make_tax(self, amount):
        return self.env["account.tax"].create(
            {
                "name": f"Tax {amount}",
                "amount": amount,
                "amount_type": "percent",
                "type_tax_use": "sale",
            }
        )

    def _taxed(self):
        """:return: the taxes of the plan, and those of a fiscal position, and it"""
        old, new = self._make_tax(10), self._make_tax(4)
        self.line.product_id.taxes_id = old
        return self._make_position(old, new)

    def test_without_a_fiscal_position_the_plans_taxes_count(self):
        self._taxed()
        self.assertEqual(self._invoice().amount_tax, 10)

    def test_the_contracts_fiscal_position_counts(self):
        self.contract.fiscal_position_id = self._taxed()
        self.assertEqual(self._invoice().amount_tax, 4)

    def test_the_customers_fiscal_position_counts_without_one_of_the_contract(self):
        self.partner.property_account_position_id = self._taxed()
        self.assertEqual(self._invoice().amount_tax, 4)

    # === CURRENCY AND PRICE LIST === #

    def test_a_contract_in_another_currency_is_invoiced_in_it(self):
        currency = self.env["res.currency"].create(
            {
                "name": "XTS",
                "symbol": "X",
                "rounding": 1.0,
                "rate_ids": [Command.create({"name": "2026-01-01", "rate": 0.5})],
            }
        )
        other = self._make_active_line("2026-11-10", price=101)
        other.contract_id.currency_id = currency
        run = self._bill(NOVEMBER)
        invoice = self._invoices(other)
        self.assertEqual(invoice.currency_id, currency)
        # 101 x 21 / 30 = 70.7, in whole units
        self.assertEqual(invoice.amount_untaxed, 71)
        self.assertEqual(invoice.amount_total_signed, 142)
        self.assertNotEqual(invoice, self._invoices(self.line))
        self.assertEqual(run.amount_total, 242)
        self.assertEqual(run.billed_total, 242)

    # === WORDS === #

    def test_the_invoice_names_a_line_as_its_customer_does(self):
        self.line.mvno_line_id.nickname = "Daughter's phone"
        text = self._invoice().invoice_line_ids.name
        self.assertIn(
            self.line.mvno_line_id._format_number(self.line.mvno_line_id.number), text
        )
        self.assertIn("Daughter's phone", text)
