# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from freezegun import freeze_time

from odoo.tests import tagged

from ..billing_common import (
    DECEMBER,
    DECEMBER_1,
    JANUARY_1,
    NOVEMBER,
    OCTOBER,
    at_time,
)
from ..months_common import NOVEMBER_1, MonthsCase


@tagged("post_install", "-at_install")
class TestMonths(MonthsCase):
    """Months that are billed with another, or not at all."""

    # === A SHORT FIRST PART === #

    def _short(self, since="2026-10-28", **vals):
        line = self._make_active_line(since, price=62)
        line.write({"mvno_join_days": 5, **vals})
        return line

    def test_a_short_first_part_is_billed_with_the_next_month(self):
        line = self._short()
        with at_time(NOVEMBER_1):
            run = self._bill(OCTOBER)
        self.assertFalse(self._invoices(line))
        self.assertEqual(self._codes(run, line), [("joined", OCTOBER)])
        with at_time(DECEMBER_1):
            run = self._bill(NOVEMBER)
        self.assertEqual(len(self._invoices(line)), 1)
        self.assertCountEqual(
            self._billed(line),
            [("recurring", OCTOBER, 8.0), ("recurring", NOVEMBER, 62.0)],
        )
        self.assertFalse(self._codes(run, line))

    def test_running_the_next_month_again_joins_nothing_twice(self):
        line = self._short()
        with at_time(DECEMBER_1):
            run = self._bill(NOVEMBER)
            before = self._billed(line)
            self._run(run)
        self.assertEqual(self._billed(line), before)

    def test_a_first_part_that_is_long_enough_is_not_joined(self):
        line = self._short("2026-10-27")
        with at_time(NOVEMBER_1):
            self._bill(OCTOBER)
        self.assertEqual(self._billed(line), [("recurring", OCTOBER, 10.0)])

    def test_a_short_part_that_has_no_next_month_is_billed_at_once(self):
        line = self._short()
        line.mvno_line_id._on_cancelled("customer", date(2026, 10, 30))
        with at_time(NOVEMBER_1):
            self._bill(OCTOBER)
        self.assertEqual(self._billed(line), [("recurring", OCTOBER, 6.0)])

    def test_a_joined_part_that_was_missed_is_listed_with_the_month_to_run(self):
        line = self._short()
        with at_time(JANUARY_1):
            run = self._bill(DECEMBER)
        self.assertCountEqual(
            self._codes(run, line),
            [("earlier_month", OCTOBER), ("earlier_month", NOVEMBER)],
        )
        of_october = run.issue_ids.filtered(lambda issue: issue.competence == OCTOBER)
        self.assertIn("run for 11/2026", of_october.reason)

    # === NOTHING TO PAY === #

    @freeze_time(DECEMBER_1)
    def test_a_line_without_a_price_is_listed_and_not_billed(self):
        line = self._make_active_line(price=0)
        run = self._bill(NOVEMBER)
        self.assertFalse(self._invoices(line))
        self.assertEqual(self._codes(run, line), [("price_zero", NOVEMBER)])

    @freeze_time(DECEMBER_1)
    def test_an_empty_invoice_for_a_customer_with_nothing_to_bill(self):
        """A courtesy alone makes no invoice."""
        line = self._make_active_line(price=0)
        line.mvno_courtesy = True
        run = self._bill(NOVEMBER)
        self.assertFalse(self._invoices(line))
        self.assertFalse(run.invoice_count)
        self.assertEqual(self._codes(run, line), [("courtesy", NOVEMBER)])

    @freeze_time(DECEMBER_1)
    def test_a_discount_of_all_of_the_price_alone_makes_no_invoice(self):
        line = self._make_active_line(price=60)
        line.discount = 100
        run = self._bill(NOVEMBER)
        self.assertFalse(self._invoices(line))
        self.assertEqual(self._codes(run, line), [("courtesy", NOVEMBER)])

    @freeze_time(DECEMBER_1)
    def test_a_courtesy_stands_beside_what_is_paid_for(self):
        contract = self._make_contract(2)
        free, paid = contract.contract_line_ids
        self._make_active_line(contract_line=free, price=0)
        free.mvno_courtesy = True
        self._make_active_line(contract_line=paid, price=60)
        run = self._bill(NOVEMBER)
        invoice = self._invoices(contract.contract_line_ids)
        self.assertEqual(
            sorted(invoice.invoice_line_ids.mapped("price_subtotal")), [0, 60]
        )
        self.assertFalse(run.issue_ids)

    @freeze_time(JANUARY_1)
    def test_months_that_cost_nothing_are_no_earlier_months(self):
        line = self._make_active_line("2026-09-01", price=0)
        line.mvno_courtesy = True
        run = self._bill(DECEMBER)
        self.assertEqual(self._codes(run, line), [("courtesy", DECEMBER)])
