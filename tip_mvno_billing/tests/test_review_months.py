# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What an accountant's second reading found about months, each once."""

from datetime import date, datetime

from odoo.tests import tagged

from .billing_common import (
    DECEMBER,
    DECEMBER_1,
    JANUARY_1,
    NOVEMBER,
    OCTOBER,
    SEPTEMBER,
    at_time,
)
from .test_mvno_billing_run_months import NOVEMBER_1, MonthsCase


@tagged("post_install", "-at_install")
class TestReviewMonths(MonthsCase):
    def _bill_on(self, moment, competence):
        with at_time(moment):
            return self._bill(competence)

    def _run_on(self, moment, run):
        with at_time(moment):
            return self._run(run)

    # === LOST MONTHS === #

    def test_the_last_days_of_an_archived_contract_are_listed(self):
        line = self._make_active_line("2026-09-01", price=60)
        self._bill_on("2026-10-01 15:00:00", SEPTEMBER)
        line.mvno_line_id._on_cancelled("port_out", date(2026, 10, 20))
        line.contract_id.active = False
        run = self._bill_on(NOVEMBER_1, OCTOBER)
        self.assertEqual(self._codes(run, line), [("archived", OCTOBER)])
        line.contract_id.active = True
        self._run_on(NOVEMBER_1, run)
        self.assertEqual(self._billed(line)[-1], ("recurring", OCTOBER, 38.71))
        line.contract_id.active = False
        self.assertFalse(self._codes(self._bill_on(DECEMBER_1, NOVEMBER), line))

    def test_a_line_extended_after_its_part_of_a_month_was_billed(self):
        line = self._make_active_line("2026-09-01", price=62)
        line.date_end = "2026-10-15"
        self._bill_on("2026-10-01 15:00:00", SEPTEMBER)
        run = self._bill_on(NOVEMBER_1, OCTOBER)
        line.date_end = False
        later = self._bill_on(DECEMBER_1, NOVEMBER)
        self.assertEqual(self._codes(later, line), [("earlier_month", OCTOBER)])
        self._run_on(DECEMBER_1, run)
        self._run_on(DECEMBER_1, run)
        self.assertCountEqual(
            self._billed(line),
            [
                ("recurring", SEPTEMBER, 62.0),
                ("recurring", OCTOBER, 30.0),
                ("recurring", NOVEMBER, 62.0),
                ("adjustment", OCTOBER, 32.0),
            ],
        )
        self.assertFalse(self._codes(self._run_on(DECEMBER_1, later), line))

    def test_a_plans_new_rule_changes_no_month_that_is_billed(self):
        line = self._make_active_line("2026-10-12", price=62)
        run = self._bill_on(NOVEMBER_1, OCTOBER)
        line.product_id.product_tmpl_id.mvno_first_month = "full"
        self._run_on(NOVEMBER_1, run)
        self.assertEqual(self._billed(line), [("recurring", OCTOBER, 40.0)])

    def test_a_missed_month_is_listed_after_the_contract_line_ended(self):
        line = self._make_active_line("2026-09-01", price=60)
        self._bill_on(NOVEMBER_1, OCTOBER)
        line._mvno_succeed(NOVEMBER, specific_price=70)
        run = self._bill_on(DECEMBER_1, NOVEMBER)
        self.assertEqual(self._codes(run, line), [("earlier_month", SEPTEMBER)])

    def test_a_port_in_that_is_repeated_interrupts_nothing(self):
        line = self._make_active_line("2026-09-01", price=62)
        line.product_id.mvno_bill_from = "port_in"
        values = {"line_id": line.mvno_line_id.id, "number": "+5511912345678"}
        self.env["mvno.portability"].create(
            {**values, "state": "refused", "checked_at": datetime(2026, 9, 6, 15)}
        )
        self._bill_on("2026-10-01 15:00:00", SEPTEMBER)
        repeated = self.env["mvno.portability"].create(values)
        with self.subTest("while it is open"):
            self.assertIsNone(line._mvno_hindrance())
        repeated.write({"state": "done", "checked_at": datetime(2026, 10, 20, 15)})
        self._bill_on(NOVEMBER_1, OCTOBER)
        self.assertEqual(self._billed(line)[-1], ("recurring", OCTOBER, 62.0))

    # === CREDIT NOTES OF MONTHS IN ADVANCE === #

    def _make_advance(self):
        line = self._make_active_line("2026-10-01", price=60)
        line.product_id.product_tmpl_id.mvno_billing_timing = "advance"
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

    # === WHAT A PERSON ADJUSTS === #

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

    def test_months_before_and_after_an_extension_are_at_rest(self):
        line = self._make_active_line("2026-10-01", price=60)
        for moment, month in (
            (NOVEMBER_1, OCTOBER),
            (DECEMBER_1, NOVEMBER),
            (JANUARY_1, DECEMBER),
        ):
            run = self._bill_on(moment, month)
            self.assertFalse(self._codes(run, line))
        self.assertEqual(len(self._billed(line)), 3)
