# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, datetime

from odoo import Command
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
class TestInAdvance(MonthsCase):
    """Plans that are billed before the month, and corrected after it."""

    def _make_advance(self, since="2026-10-12", price=62):
        line = self._make_active_line(since, price=price)
        line.mvno_billing_timing = "advance"
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
        line.mvno_billing_timing = "advance"
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


@tagged("post_install", "-at_install")
class TestAdvanceCorrected(MonthsCase):
    """What a person did about a month in advance is not corrected once more."""

    def _make_advance(self):
        line = self._make_active_line("2026-10-01", price=60)
        line.mvno_billing_timing = "advance"
        self._bill_on(NOVEMBER_1, OCTOBER)
        return line

    def _credit(self, invoice, **vals):
        note = invoice._reverse_moves([{"date": invoice.date, **vals}])
        note.invoice_date = invoice.date
        return note

    def test_a_month_in_advance_that_a_person_credited_is_credited_once(self):
        line = self._make_advance()
        with at_time("2026-11-05 15:00:00"):
            line.mvno_line_id._on_cancelled("customer", date(2026, 11, 5))
            self._credit(self._invoices(line)).action_post()
        run = self._bill_on(DECEMBER_1, NOVEMBER)
        self.assertFalse(run.invoice_count)
        self.assertFalse(self._codes(run, line))

    def test_a_month_in_advance_credited_in_part_is_put_before_a_person(self):
        line = self._make_advance()
        with at_time("2026-11-05 15:00:00"):
            line.mvno_line_id._on_cancelled("customer", date(2026, 11, 5))
            note = self._credit(self._invoices(line))
            note.invoice_line_ids[-1].unlink()
            note.action_post()
        run = self._bill_on(DECEMBER_1, NOVEMBER)
        self.assertFalse(run.invoice_count)
        self.assertEqual(self._codes(run, line), [("advance_credited", NOVEMBER)])

    def test_a_correction_does_not_outlive_the_month_it_corrected(self):
        line = self._make_advance()
        successor = line._mvno_succeed(date(2026, 11, 16), specific_price=60)
        run = self._bill_on(DECEMBER_1, NOVEMBER)
        self.assertIn(("adjustment", NOVEMBER, -30.0), self._billed(line))
        month = line.mvno_item_ids.filtered(
            lambda item: item.kind == "recurring" and item.competence == NOVEMBER
        )
        with at_time(DECEMBER_1):
            month._release("Credited.")
        self._run_on(DECEMBER_1, run)
        amounts = [
            item.amount
            for item in line.mvno_item_ids
            if item.state == "billed" and item.competence == NOVEMBER
        ]
        self.assertEqual(sum(amounts), 30)
        self.assertEqual(successor._mvno_part(NOVEMBER).amount, 30)

    def test_goodwill_is_not_charged_back_by_a_correction(self):
        line = self._make_advance()
        charge = self.env["mvno.billing.charge"].create(
            {
                "contract_line_id": line.id,
                "mvno_line_id": line.mvno_line_id.id,
                "kind": "adjustment",
                "product_id": line.product_id.id,
                "price": -20,
                "text": "Goodwill",
                "date": "2026-11-20",
                "competence": NOVEMBER,
            }
        )
        run = self._bill_on(DECEMBER_1, NOVEMBER)
        self.assertEqual(charge.state, "billed")
        month = line.mvno_item_ids.filtered(
            lambda item: item.kind == "recurring" and item.competence == NOVEMBER
        )
        month.is_provisional = True
        self._run_on(DECEMBER_1, run)
        adjustments = line.mvno_item_ids.filtered(
            lambda item: item.kind == "adjustment"
        )
        self.assertEqual(adjustments.mapped("amount"), [-20])

    def test_a_month_that_came_out_even_cannot_be_ended_in(self):
        line = self._make_advance()
        self._suspend(line.mvno_line_id, datetime(2026, 12, 1, 4))
        self._bill_on(DECEMBER_1, NOVEMBER)
        self.assertEqual(line.last_date_invoiced, date(2026, 11, 30))
        self.assertEqual(
            [month for _kind, month, _amount in self._billed(line)],
            [OCTOBER, NOVEMBER],
        )
