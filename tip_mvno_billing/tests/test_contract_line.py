# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, datetime

from freezegun import freeze_time

from odoo.tests import tagged

from ..tools.month_billing import CONTEXT_KEY
from .billing_common import DECEMBER_1, NOVEMBER, OCTOBER, BillingCase


@tagged("post_install", "-at_install")
class TestContractLineBilling(BillingCase):
    """The days a line pays for, what they cost, and who may bill them."""

    # === DAYS === #

    def test_a_line_pays_from_its_activation_on(self):
        line = self._make_active_line("2026-11-10")
        self.assertEqual(
            line._mvno_period(NOVEMBER), (date(2026, 11, 10), date(2026, 11, 30))
        )

    def test_a_line_activated_on_the_last_day_pays_one_day(self):
        line = self._make_active_line("2026-10-31")
        self.assertEqual(
            line._mvno_period(OCTOBER), (date(2026, 10, 31), date(2026, 10, 31))
        )

    def test_february_is_billed_to_its_end(self):
        line = self._make_active_line("2027-01-31")
        self.assertEqual(
            line._mvno_period(date(2027, 2, 1)), (date(2027, 2, 1), date(2027, 2, 28))
        )

    def test_an_ended_line_pays_to_its_end_date(self):
        line = self._make_active_line()
        line.date_end = "2026-11-07"
        self.assertEqual(line._mvno_period(NOVEMBER), (NOVEMBER, date(2026, 11, 7)))
        self.assertIsNone(line._mvno_period(date(2026, 12, 1)))

    def test_a_cancelled_mobile_line_pays_to_its_cancellation(self):
        line = self._make_active_line()
        line.mvno_line_id.write(
            {"state": "cancelled", "cancellation_date": "2026-11-20"}
        )
        self.assertEqual(line._mvno_period(NOVEMBER), (NOVEMBER, date(2026, 11, 20)))

    def test_months_billed_elsewhere_are_not_billed(self):
        line = self._make_active_line()
        line.mvno_billing_from = "2026-11-15"
        self.assertIsNone(line._mvno_period(OCTOBER))
        self.assertEqual(line._mvno_period(NOVEMBER)[0], date(2026, 11, 15))

    def test_a_plan_can_bill_from_the_end_of_the_port_in(self):
        line = self._make_active_line("2026-11-03")
        line.product_id.mvno_bill_from = "port_in"
        self._make_port_in(line, "done", checked_at=datetime(2026, 11, 13, 1, 30))
        # 01:30 UTC is the evening before in São Paulo
        self.assertEqual(line._mvno_period(NOVEMBER)[0], date(2026, 11, 12))

    def test_by_default_a_port_in_does_not_delay_billing(self):
        line = self._make_active_line("2026-11-03")
        self._make_port_in(line, "done", checked_at=datetime(2026, 11, 13))
        self.assertEqual(line._mvno_period(NOVEMBER)[0], date(2026, 11, 3))

    def test_a_refused_port_in_is_an_end_too(self):
        line = self._make_active_line("2026-11-03")
        line.product_id.mvno_bill_from = "port_in"
        self._make_port_in(line, "refused", checked_at=datetime(2026, 11, 9, 12))
        self.assertEqual(line._mvno_period(NOVEMBER)[0], date(2026, 11, 9))

    def _make_port_in(self, line, state, **vals):
        return self.env["mvno.portability"].create(
            {
                "line_id": line.mvno_line_id.id,
                "number": "+5511912345678",
                "state": state,
                **vals,
            }
        )

    # === PRICE === #

    def test_a_whole_month_costs_the_monthly_value(self):
        line = self._make_active_line(price=59.9)
        self.assertEqual(line._mvno_part(NOVEMBER).amount, 59.9)

    def test_a_part_of_a_month_costs_its_share_in_cents(self):
        line = self._make_active_line("2026-11-10", price=59.9)
        # 59.90 x 21 / 30 = 41.93
        self.assertEqual(line._mvno_part(NOVEMBER).amount, 41.93)

    def test_a_discounted_part_is_rounded_once(self):
        line = self._make_active_line("2026-10-31", price=59.9)
        line.discount = 10
        # 59.90 x 0.9 / 31 = 1.739; rounded in between it would be 1.93 x 0.9 = 1.737
        move_line = self._bill_one(line, OCTOBER)
        self.assertEqual(move_line.price_subtotal, 1.74)

    @freeze_time(DECEMBER_1)
    def _bill_one(self, line, competence):
        self._bill(competence)
        return self._invoices(line).invoice_line_ids

    # === NOBODY BUT A RUN BILLS TELEPHONY === #

    @freeze_time(DECEMBER_1)
    def test_the_contract_cron_bills_fibre_and_no_telephony(self):
        line = self._make_active_line()
        fibre = self._make_fibre(line.contract_id)
        only_telephony = self._make_active_line()
        self.env["contract.contract"].cron_recurring_create_invoice()
        self.assertEqual(self._invoices(fibre).amount_total, 100.0)
        self.assertFalse(self._invoices(line | only_telephony))
        self.assertFalse(line.last_date_invoiced)

    @freeze_time(DECEMBER_1)
    def test_the_contract_button_bills_fibre_and_no_telephony(self):
        line = self._make_active_line()
        fibre = self._make_fibre(line.contract_id)
        self.assertEqual(line.contract_id.recurring_next_date, date(2026, 11, 1))
        line.contract_id.recurring_create_invoice()
        self.assertEqual(self._invoices(fibre).amount_total, 100.0)
        self.assertFalse(self._invoices(line))
        self.assertEqual(line.contract_id.recurring_next_date, date(2026, 12, 1))

    @freeze_time(DECEMBER_1)
    def test_the_contract_wizard_bills_fibre_and_no_telephony(self):
        line = self._make_active_line()
        fibre = self._make_fibre(line.contract_id)
        only_telephony = self._make_active_line()
        wizard = self.env["contract.manually.create.invoice"].create(
            {"invoice_date": "2026-12-01"}
        )
        self.assertIn(line.contract_id, wizard.contract_to_invoice_ids)
        self.assertNotIn(only_telephony.contract_id, wizard.contract_to_invoice_ids)
        wizard.create_invoice()
        self.assertEqual(self._invoices(fibre).amount_total, 100.0)
        self.assertFalse(self._invoices(line | only_telephony))

    @freeze_time(DECEMBER_1)
    def test_a_contract_of_telephony_only_gets_no_empty_invoice(self):
        line = self._make_active_line()
        self.assertFalse(line.contract_id.recurring_create_invoice())
        self.assertFalse(line.create_invoice_visibility)

    @freeze_time(DECEMBER_1)
    def test_a_context_from_outside_opens_no_door(self):
        line = self._make_active_line()
        contract = line.contract_id.with_context(
            **{CONTEXT_KEY: {"competence": "2026-11-01", "line_ids": line.ids}}
        )
        self.assertFalse(contract.recurring_create_invoice())

    @freeze_time(DECEMBER_1)
    def test_a_run_leaves_the_fibre_to_the_contract(self):
        line = self._make_active_line()
        fibre = self._make_fibre(line.contract_id)
        self._bill(NOVEMBER)
        self.assertEqual(len(self._invoices(line).invoice_line_ids), 1)
        self.assertFalse(self._invoices(fibre))
        self.assertFalse(fibre.last_date_invoiced)

    def test_months_invoiced_before_the_addon_came_are_kept(self):
        line = self._make_active_line("2026-01-01")
        line.last_date_invoiced = "2026-10-31"
        self.env["contract.line"]._mvno_keep_invoiced_months()
        self.assertEqual(line.mvno_billing_from, date(2026, 11, 1))
