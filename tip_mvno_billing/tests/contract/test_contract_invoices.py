# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from freezegun import freeze_time
from psycopg2.errors import CheckViolation

from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..billing_common import DECEMBER_1, NOVEMBER, OCTOBER, BillingCase


@tagged("post_install", "-at_install")
class TestContractBilling(BillingCase):
    """When an invoice falls due, and which contracts share one."""

    # === DUE DAY === #

    def test_a_contract_takes_the_companys_due_day(self):
        self.assertEqual(self._make_contract().mvno_due_day, 10)

    def test_a_contract_takes_its_customers_due_day(self):
        self.partner.mvno_due_day = 20
        self.assertEqual(self._make_contract().mvno_due_day, 20)

    def test_a_contract_follows_its_customers_due_day(self):
        contract = self._make_contract()
        self.partner.mvno_due_day = 20
        self.assertEqual(contract.mvno_due_day, 20)
        self.partner.mvno_due_day = 0
        self.assertEqual(contract.mvno_due_day, 10)

    def test_a_contract_with_a_due_day_of_its_own_keeps_it(self):
        contract = self._make_contract(mvno_due_day=15)
        self.partner.mvno_due_day = 20
        self.assertEqual(contract.mvno_due_day, 15)

    def test_another_contact_leaves_the_due_day_as_it_is(self):
        contact = self._make_partner(name="Financeiro", parent_id=self.partner.id)
        own = self._make_contract(mvno_due_day=15)
        own.partner_id = contact
        self.assertEqual(own.mvno_due_day, 15)
        followed = self._make_contract()
        self.assertEqual(followed.mvno_due_day, 10)
        self.company.mvno_due_day = 25
        followed.partner_id = contact
        self.assertEqual(followed.mvno_due_day, 10, "as it was signed")

    def test_another_contact_chosen_in_a_form_leaves_the_due_day_as_it_is(self):
        contact = self._make_partner(name="Financeiro", parent_id=self.partner.id)
        contract = self._make_contract(mvno_due_day=15)
        with self._contract_form(contract) as form:
            form.partner_id = contact
        self.assertEqual(contract.mvno_due_day, 15)
        with self._contract_form(contract) as form:
            form.mvno_due_day = 5
            form.partner_id = self.partner
        self.assertEqual(contract.mvno_due_day, 5)

    def test_another_customer_has_their_own_due_day_unless_the_contract_has_one(self):
        other = self._make_partner(name="João", mvno_due_day=20)
        own, followed = self._make_contract(mvno_due_day=15), self._make_contract()
        (own | followed).partner_id = other
        self.assertEqual((own.mvno_due_day, followed.mvno_due_day), (15, 20))
        own, followed = self._make_contract(mvno_due_day=15), self._make_contract()
        for contract, day in ((own, 15), (followed, 20)):
            with self._contract_form(contract) as form:
                form.partner_id = other
            self.assertEqual(contract.mvno_due_day, day)

    def test_a_new_contracts_due_day_is_the_customers_unless_it_was_typed(self):
        other = self._make_partner(name="João", mvno_due_day=20)
        for typed, day in ((None, 20), (15, 15)):
            with self._contract_form(self.env["contract.contract"]) as form:
                form.name = "Telefonia"
                form.partner_id = self.partner
                if typed:
                    form.mvno_due_day = typed
                form.partner_id = other
            self.assertEqual(form.record.mvno_due_day, day)

    def _contract_form(self, contract):
        return Form(contract, "contract.contract_contract_customer_form_view")

    @mute_logger("odoo.sql_db")
    def test_no_due_day_that_some_month_lacks(self):
        contract = self._make_contract()
        for record in (contract, self.partner, self.company):
            with self.assertRaises(CheckViolation), self.cr.savepoint():
                record.mvno_due_day = 29
                record.flush_recordset()

    # === DUE DATE === #

    @freeze_time(DECEMBER_1)
    def test_an_invoice_falls_due_on_the_due_day_of_the_next_month(self):
        line = self._make_active_line()
        line.contract_id.mvno_due_day = 20
        self._bill(NOVEMBER)
        self.assertEqual(self._invoices(line).invoice_date_due, date(2026, 12, 20))

    @freeze_time("2026-12-08 15:00:00")
    def test_an_invoice_is_never_due_sooner_than_five_days_after_its_issue(self):
        line = self._make_active_line()
        self._bill(NOVEMBER)
        self.assertEqual(self._invoices(line).invoice_date_due, date(2026, 12, 13))

    @freeze_time(DECEMBER_1)
    def test_a_month_caught_up_late_is_not_due_in_the_past(self):
        line = self._make_active_line("2026-10-01")
        self._bill(OCTOBER)
        self.assertEqual(self._invoices(line).invoice_date_due, date(2026, 12, 6))

    @freeze_time(DECEMBER_1)
    def test_the_runs_due_date_comes_first(self):
        line = self._make_active_line()
        self._bill(NOVEMBER, due_date="2026-12-28")
        self.assertEqual(self._invoices(line).invoice_date_due, date(2026, 12, 28))

    @freeze_time(DECEMBER_1)
    def test_a_payment_term_does_not_move_the_due_date(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "60 days",
                "line_ids": [
                    (0, 0, {"value": "percent", "value_amount": 100, "nb_days": 60})
                ],
            }
        )
        self.partner.property_payment_term_id = term
        line = self._make_active_line()
        line.contract_id.payment_term_id = term
        self._bill(NOVEMBER)
        invoice = self._invoices(line)
        self.assertEqual(invoice.state, "posted")
        self.assertEqual(invoice.invoice_date_due, date(2026, 12, 10))
        self.assertEqual(
            invoice.line_ids.filtered("date_maturity").mapped("date_maturity"),
            [date(2026, 12, 10)],
        )

    # === ONE INVOICE PER CUSTOMER === #

    @freeze_time(DECEMBER_1)
    def test_two_contracts_of_a_customer_share_an_invoice(self):
        lines = self._make_active_line(price=50) | self._make_active_line(price=30)
        self._bill(NOVEMBER)
        invoice = self._invoices(lines)
        self.assertEqual(len(invoice), 1)
        self.assertEqual(invoice.amount_untaxed, 80)
        self.assertEqual(invoice.partner_id, self.partner)

    @freeze_time(DECEMBER_1)
    def test_a_customer_may_choose_an_invoice_per_contract(self):
        self.partner.mvno_invoice_grouping = "contract"
        lines = self._make_active_line(price=50) | self._make_active_line(price=30)
        self._bill(NOVEMBER)
        self.assertEqual(
            sorted(self._invoices(lines).mapped("amount_untaxed")), [30, 50]
        )

    @freeze_time(DECEMBER_1)
    def test_contracts_with_different_due_days_have_an_invoice_each(self):
        lines = self._make_active_line() | self._make_active_line()
        lines[1].contract_id.mvno_due_day = 20
        self._bill(NOVEMBER)
        self.assertEqual(
            sorted(self._invoices(lines).mapped("invoice_date_due")),
            [date(2026, 12, 10), date(2026, 12, 20)],
        )

    @freeze_time(DECEMBER_1)
    def test_contracts_with_different_fiscal_positions_have_an_invoice_each(self):
        position = self.env["account.fiscal.position"].create({"name": "Export"})
        lines = self._make_active_line() | self._make_active_line()
        lines[1].contract_id.fiscal_position_id = position
        self._bill(NOVEMBER)
        self.assertEqual(len(self._invoices(lines)), 2)

    @freeze_time(DECEMBER_1)
    def test_contacts_of_one_customer_share_an_invoice_to_its_invoice_address(self):
        finance = self.env["res.partner"].create(
            {"name": "Finance", "parent_id": self.partner.id, "type": "invoice"}
        )
        lines = self._make_active_line() | self._make_active_line()
        lines[0].contract_id.invoice_partner_id = self.partner
        lines[1].contract_id.invoice_partner_id = finance
        self._bill(NOVEMBER)
        self.assertEqual(self._invoices(lines).partner_id, finance)

    @freeze_time(DECEMBER_1)
    def test_who_pays_for_two_subscribers_gets_an_invoice_for_each(self):
        # together or apart would depend on the slice of the run they fall into
        payer = self._make_partner(name="Empresa Exemplo", is_company=True)
        other = self._make_partner(name="Outra Pessoa Exemplo")
        contract = self._make_contract(partner=other)
        lines = self._make_active_line() | self._make_active_line(
            contract_line=contract.contract_line_ids
        )
        lines.contract_id.invoice_partner_id = payer
        self._bill(NOVEMBER)
        invoices = self._invoices(lines)
        self.assertEqual(len(invoices), 2)
        self.assertEqual(invoices.partner_id, payer)
