# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, datetime

from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged

from .billing_common import (
    DECEMBER,
    DECEMBER_1,
    JANUARY_1,
    NOVEMBER,
    OCTOBER,
    BillingCase,
    at_time,
)

NOVEMBER_1 = "2026-11-01 15:00:00"


class MonthsCase(BillingCase):
    def _codes(self, run, line):
        issues = run.issue_ids.filtered(lambda issue: issue.contract_line_id == line)
        return [(issue.code, issue.competence) for issue in issues]

    def _billed(self, line):
        """:return: list of (kind, month, amount) of what is billed of a line"""
        items = line.mvno_item_ids.filtered(lambda item: item.state == "billed")
        return [
            (item.kind, item.competence, item.move_line_id.price_subtotal)
            for item in items.sorted("id")
        ]


@tagged("post_install", "-at_install")
class TestMonths(MonthsCase):
    """Months that are billed with another, or not at all."""

    # === A SHORT FIRST PART === #

    def _short(self, since="2026-10-28", **vals):
        line = self._make_active_line(since, price=62)
        line.product_id.product_tmpl_id.write({"mvno_join_days": 5, **vals})
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


@tagged("post_install", "-at_install")
class TestInAdvance(MonthsCase):
    """Plans that are billed before the month, and corrected after it."""

    def _make_advance(self, since="2026-10-12", price=62):
        line = self._make_active_line(since, price=price)
        line.product_id.product_tmpl_id.mvno_billing_timing = "advance"
        return line

    def _bill_october(self, line):
        with at_time(NOVEMBER_1):
            return self._bill(OCTOBER)

    def test_the_first_run_bills_the_part_used_and_the_month_to_come(self):
        line = self._make_advance()
        self._bill_october(line)
        self.assertCountEqual(
            self._billed(line),
            [("recurring", OCTOBER, 40.0), ("recurring", NOVEMBER, 62.0)],
        )
        self.assertEqual(len(self._invoices(line)), 1)
        self.assertEqual(line.last_date_invoiced, date(2026, 10, 31))

    def test_a_month_that_went_as_foreseen_is_not_corrected(self):
        line = self._make_advance()
        self._bill_october(line)
        with at_time(DECEMBER_1):
            self._bill(NOVEMBER)
        self.assertEqual(self._billed(line)[2:], [("recurring", DECEMBER, 62.0)])
        self.assertEqual(line.last_date_invoiced, date(2026, 11, 30))

    def test_suspended_days_of_a_month_paid_in_advance_are_given_back(self):
        line = self._make_advance(price=60)
        self._bill_october(line)
        self._suspend(
            line.mvno_line_id, datetime(2026, 11, 10, 15), datetime(2026, 11, 15, 15)
        )
        with at_time(DECEMBER_1):
            self._bill(NOVEMBER)
        self.assertCountEqual(
            self._billed(line)[2:],
            [("adjustment", NOVEMBER, -8.0), ("recurring", DECEMBER, 60.0)],
        )
        self.assertEqual(self._invoices(line)[-1].amount_untaxed, 52)

    def test_what_a_cancelled_line_paid_too_much_is_a_credit_note(self):
        line = self._make_advance(price=60)
        self._bill_october(line)
        line.mvno_line_id._on_cancelled("customer", date(2026, 11, 10))
        self.assertEqual(line.date_end, date(2026, 11, 10))
        with at_time(DECEMBER_1):
            run = self._bill(NOVEMBER)
            again = self._run(run)
        note = self._invoices(line)[-1]
        self.assertEqual((note.move_type, note.amount_untaxed), ("out_refund", 40))
        self.assertEqual(note.state, "posted")
        self.assertEqual(again.invoice_count, 1)
        self.assertFalse(self._codes(run, line))

    def test_a_line_cancelled_before_the_month_it_paid_gets_all_of_it_back(self):
        line = self._make_advance(price=60)
        self._bill_october(line)
        line.mvno_line_id._on_cancelled("customer", date(2026, 10, 31))
        with at_time(DECEMBER_1):
            run = self._bill(NOVEMBER)
            self._run(run)
        self.assertEqual(self._billed(line)[2:], [("adjustment", NOVEMBER, 60.0)])
        self.assertEqual(self._invoices(line)[-1].move_type, "out_refund")
        with at_time(JANUARY_1):
            run = self._bill(DECEMBER)
        self.assertFalse(self._codes(run, line))
        self.assertEqual(len(self._billed(line)), 3)

    def test_a_change_of_plan_in_a_month_paid_in_advance(self):
        line = self._make_advance(price=60)
        self._bill_october(line)
        successor = line._mvno_succeed(date(2026, 11, 16), specific_price=90)
        with at_time(DECEMBER_1):
            self._bill(NOVEMBER)
        self.assertEqual(self._billed(line)[2:], [("adjustment", NOVEMBER, -30.0)])
        self.assertCountEqual(
            self._billed(successor),
            [("recurring", NOVEMBER, 45.0), ("recurring", DECEMBER, 90.0)],
        )
        invoice = self._invoices(line | successor)[-1]
        self.assertEqual(invoice.amount_untaxed, 105)

    def test_a_change_planned_for_the_1st_is_paid_in_advance(self):
        line = self._make_advance(price=60)
        successor = line._mvno_succeed(NOVEMBER, specific_price=90)
        self._bill_october(line)
        self.assertEqual(self._billed(line), [("recurring", OCTOBER, 38.71)])
        self.assertEqual(self._billed(successor), [("recurring", NOVEMBER, 90.0)])

    def test_a_plan_of_next_month_that_is_not_activated_is_no_matter_of_this(self):
        line = self._make_active_line(price=60)
        other = self._make_contract().contract_line_ids
        other.date_start = NOVEMBER
        line.product_id.product_tmpl_id.mvno_billing_timing = "advance"
        run = self._bill_october(line)
        self.assertFalse(self._codes(run, other))

    def test_a_correction_whose_invoice_is_deleted_is_made_again(self):
        self.company.mvno_posting = "draft"
        line = self._make_advance(price=60)
        self._bill_october(line)
        line.mvno_line_id._on_cancelled("customer", date(2026, 11, 10))
        with at_time(DECEMBER_1):
            run = self._bill(NOVEMBER)
            self._invoices(line)[-1].unlink()
            self._run(run)
        self.assertEqual(self._billed(line)[-1], ("adjustment", NOVEMBER, 40.0))

    def test_a_blocked_line_pays_nothing_in_advance(self):
        line = self._make_advance("2026-10-01", price=60)
        self._suspend(line.mvno_line_id, datetime(2026, 10, 20, 15))
        self._bill_october(line)
        self.assertEqual(self._billed(line), [("recurring", OCTOBER, 38.71)])
        self._lift(line.mvno_line_id, datetime(2026, 11, 15, 15))
        with at_time(DECEMBER_1):
            self._bill(NOVEMBER)
        # the 16th day was used from noon on
        self.assertIn(("recurring", NOVEMBER, 32.0), self._billed(line))

    def _lift(self, mobile, moment):
        mobile.hold_ids.lifted_at = moment
        with at_time(moment):
            mobile._transition("unblock")

    def test_a_month_paid_in_advance_whose_run_was_skipped_is_listed(self):
        line = self._make_advance(price=60)
        self._bill_october(line)
        self._suspend(
            line.mvno_line_id, datetime(2026, 11, 10, 15), datetime(2026, 11, 15, 15)
        )
        with at_time(JANUARY_1):
            run = self._bill(DECEMBER)
        self.assertEqual(self._codes(run, line), [("earlier_month", NOVEMBER)])

    def test_taxes_of_a_month_in_advance_are_the_plans(self):
        tax = self.env["account.tax"].create(
            {"name": "ISS", "amount": 5, "type_tax_use": "sale"}
        )
        self.product.taxes_id = [Command.set(tax.ids)]
        line = self._make_advance("2026-10-01")
        self._bill_october(line)
        self.assertEqual(self._invoices(line).invoice_line_ids.tax_ids, tax)
        self.assertEqual(self._invoices(line).amount_total, 130.2)
