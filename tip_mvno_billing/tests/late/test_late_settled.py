# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, datetime

from odoo import Command
from odoo.tests import tagged

from ..billing_common import DECEMBER, JANUARY_1, NOVEMBER, at_time
from ..late_common import DECEMBER_5, LateCase


@tagged("post_install", "-at_install")
class TestLateOnOpenInvoice(LateCase):
    """Days that were billed and are free are taken off the invoice while it is open."""

    def test_a_cancellation_learnt_late_is_credited_at_once(self):
        self._cancel(date(2026, 11, 20))
        self._settle()
        note = self.invoice.reversal_move_ids
        self.assertRecordValues(
            note,
            [
                {
                    "move_type": "out_refund",
                    "state": "posted",
                    "amount_total": 20.0,
                    "payment_state": "paid",
                    "mvno_competence": NOVEMBER,
                    "invoice_date": date(2026, 12, 5),
                }
            ],
        )
        self.assertEqual(self.invoice.amount_residual, 40)
        self.assertEqual(self._adjustments(), [-20.0])
        self.assertEqual(self.month.days_free, "21-30")
        self.assertEqual(self._fact().state, "settled")
        self.assertIn("21/11/2026 to 30/11/2026", note.invoice_line_ids.name)
        self.assertEqual(note.invoice_line_ids.contract_line_id, self.line)

    def test_the_contract_line_of_a_cancelled_line_ends_on_its_day(self):
        self._cancel(date(2026, 11, 20))
        self.assertEqual(self.line.date_end, date(2026, 11, 20))
        self.assertFalse(self.mobile.activity_ids)

    def test_a_line_cancelled_before_its_month_began_gets_all_of_it_back(self):
        self.line.date_start = "2026-10-01"
        self._cancel(date(2026, 10, 20))
        self._settle()
        self.assertEqual(self.invoice.payment_state, "reversed")
        self.assertEqual(self._adjustments(), [-60.0])
        self.assertEqual(self.line.date_end, date(2026, 10, 20))

    def test_what_is_left_to_pay_is_sent_as_a_new_document(self):
        self.company.mvno_send_invoices = True
        self.partner.email = "maria@example.com"
        self.invoice.is_move_sent = True
        old = self.env["ir.attachment"].create(
            {
                "name": "INV.pdf",
                "res_model": "account.move",
                "res_id": self.invoice.id,
                "res_field": "invoice_pdf_report_file",
                "raw": b"asks for 60.00",
            }
        )
        self.invoice.invalidate_recordset()
        self.assertEqual(self.invoice.invoice_pdf_report_id, old)
        self._cancel(date(2026, 11, 20))
        self._settle()
        self.assertTrue(self.invoice.sending_data)
        self.assertFalse(self.invoice.invoice_pdf_report_id)
        self.assertFalse(old.res_field)

    def test_nothing_is_sent_where_nothing_is_left_to_pay(self):
        self.company.mvno_send_invoices = True
        self.partner.email = "maria@example.com"
        self.line.date_start = "2026-10-01"
        self._cancel(date(2026, 10, 20))
        self._settle()
        self.assertFalse(self.invoice.sending_data)

    def test_a_block_learnt_late_gives_its_whole_days_back(self):
        self._block()
        self._settle()
        # the 11th to the 19th
        self.assertEqual(self._adjustments(), [-18.0])
        self.assertEqual(self.invoice.amount_residual, 42)

    def test_the_closing_of_the_month_counts_it_once(self):
        self._cancel(date(2026, 11, 20))
        self._settle()
        row = self.env["mvno.month.closing"].search(
            [("competence", "=", NOVEMBER), ("mvno_line_id", "=", self.mobile.id)]
        )
        self.assertRecordValues(
            row, [{"recurring": 60, "adjustment": -20, "credited": 0, "value": 40}]
        )
        self.assertEqual(self.run_.amount_total, 40)

    def test_taxes_are_credited_as_they_were_billed(self):
        tax = self.env["account.tax"].create(
            {"name": "ISS", "amount": 5, "type_tax_use": "sale"}
        )
        line = self._make_active_line(price=60)
        line.product_id.taxes_id = [Command.set(tax.ids)]
        self._run(self.run_)
        invoice = self._invoices(line)
        self.assertEqual(invoice.amount_total, 63)
        line.product_id.taxes_id = False
        self._cancel(date(2026, 11, 20), line.mvno_line_id)
        self._settle()
        self.assertEqual(invoice.reversal_move_ids.amount_total, 21)
        self.assertEqual(invoice.amount_residual, 42)

    def test_two_lines_of_one_invoice_are_on_one_credit_note(self):
        partner = self._make_partner(name="Two Lines")
        contract = self._make_contract(partner=partner, count=2)
        lines = contract.contract_line_ids
        for line in lines:
            self._make_active_line(contract_line=line, price=60)
        self._run(self.run_)
        for line in lines:
            self._cancel(date(2026, 11, 20), line.mvno_line_id)
        self._settle()
        invoice = self._invoices(lines)[0]
        self.assertEqual(invoice.reversal_move_ids.amount_total, 40)
        self.assertEqual(invoice.amount_residual, 80)

    def test_a_draft_is_corrected_before_anybody_gets_it(self):
        self.company.mvno_posting = "draft"
        line = self._make_active_line(price=60)
        self._run(self.run_)
        draft = self._invoices(line)
        self.assertEqual(draft.state, "draft")
        self._cancel(date(2026, 11, 20), line.mvno_line_id)
        self._settle()
        self.assertEqual(draft.amount_total, 40)
        self.assertEqual(self._adjustments(line), [-20.0])
        self.run_.action_post()
        self.run_._run_slice()
        self.assertEqual((draft.state, draft.amount_total), ("posted", 40))

    def _corrected_draft(self):
        """:return: (contract line, its draft, with what was learnt late on it)"""
        self.company.mvno_posting = "draft"
        line = self._make_active_line(price=60)
        self._run(self.run_)
        self._cancel(date(2026, 11, 20), line.mvno_line_id)
        self._settle()
        return line, self._invoices(line)

    def test_a_corrected_draft_that_is_deleted_is_made_anew(self):
        line, draft = self._corrected_draft()
        draft.unlink()
        self._settle()
        self.assertFalse(self._fact(line.mvno_line_id))
        self._run(self.run_)
        self.assertEqual(self._invoices(line).amount_untaxed, 40)
        self.assertEqual(self._adjustments(line), [])

    def test_a_corrected_draft_that_is_cancelled_and_taken_up_again(self):
        line, draft = self._corrected_draft()
        draft.button_cancel()
        self.assertFalse(self._fact(line.mvno_line_id))
        draft.button_draft()
        self.assertEqual(self._adjustments(line), [-20.0])
        self.assertEqual(self._fact(line.mvno_line_id).state, "settled")
        month = line.mvno_item_ids.filtered(lambda item: item.kind == "recurring")
        self.assertEqual(month.days_free, "21-30")

    def test_a_month_that_is_billed_again_after_it_was_credited(self):
        """60, 20 taken off, 40 credited by hand: billed again with 40."""
        self._cancel(date(2026, 11, 20))
        self._settle()
        rest = self.invoice._reverse_moves([{"invoice_date": date(2026, 12, 5)}])
        rest.invoice_line_ids.price_unit = 40
        rest.action_post()
        self.month.action_bill_again()
        self._run(self.run_)
        again = self.run_.invoice_ids - self.invoice
        self.assertEqual(again.amount_untaxed, 40)
        self.assertEqual(self._adjustments(), [])

    def test_a_locked_month_keeps_its_invoice_and_the_note_is_of_today(self):
        self.company.fiscalyear_lock_date = date(2026, 11, 30)
        self._cancel(date(2026, 11, 20))
        self._settle()
        note = self.invoice.reversal_move_ids
        self.assertEqual((note.state, note.date), ("posted", date(2026, 12, 5)))

    def test_one_invoice_that_accounting_refuses_leaves_the_others_alone(self):
        other = self._make_active_line(price=60)
        self._run(self.run_)
        self.company.mvno_journal_id = self._make_journal(code="TL2")
        broken = self._make_active_line(price=60)
        self._run(self.run_)
        self._invoices(broken).journal_id.active = False
        for line in (other, broken):
            self._cancel(date(2026, 11, 20), line.mvno_line_id)
        self._settle()
        self.assertEqual(self._invoices(other)[0].amount_residual, 40)
        fact = self._fact(broken.mvno_line_id)
        self.assertEqual(fact.state, "manual")
        self.assertTrue(fact.message)
        self.assertEqual(self._invoices(broken).amount_residual, 60)

    def test_a_credit_note_that_a_person_cancels_waits_for_a_person(self):
        self._cancel(date(2026, 11, 20))
        self._settle()
        note = self.invoice.reversal_move_ids
        note.button_draft()
        note.button_cancel()
        fact = self._fact()
        self.assertEqual(fact.state, "confirm")
        self.assertEqual(self.month.days_free, "")
        self._settle()
        self.assertEqual(self.invoice.reversal_move_ids, note)
        fact.action_confirm()
        self._settle()
        self.assertEqual(self._adjustments(), [-20.0])
        self.assertEqual(self.invoice.amount_residual, 40)
        with self.assertRaisesRegex(Exception, "meanwhile"):
            note.button_draft()

    def test_a_month_whose_invoice_is_gone_is_billed_anew_by_what_is_known(self):
        self.invoice.button_draft()
        self.invoice.button_cancel()
        self._cancel(date(2026, 11, 20))
        self._settle()
        self.assertFalse(self._facts())
        self._run(self.run_)
        standing = self._invoices(self.line) - self.invoice
        self.assertEqual(standing.amount_untaxed, 40)

    def _learn_of_customers(self, count):
        """:return: what was learnt late of the lines of so many customers"""
        lines = self.env["contract.line"]
        for number in range(count):
            partner = self._make_partner(name=f"Customer {number}")
            lines |= self._make_active_line(
                contract_line=self._make_contract(partner=partner).contract_line_ids,
                price=60,
            )
        self._run(self.run_)
        facts = self.env["mvno.billing.fact"]
        for line in lines:
            self._cancel(date(2026, 11, 20), line.mvno_line_id)
            facts |= self._facts(line.mvno_line_id)
        self.env.flush_all()
        self.env.invalidate_all()
        return facts

    def test_queries_do_not_grow_with_what_is_worked_out(self):
        self.company.mvno_late_facts = "confirm"
        measured = []
        for count in (2, 6):
            facts = self._learn_of_customers(count)
            measured.append(self.count_queries(facts._settle))
            self.assertEqual(facts.mapped("amount"), [-20.0] * count)
        self.assertEqual(measured[0], measured[1])

    def test_a_credit_note_costs_no_more_than_accountings_own(self):
        """Which names and reconciles them one by one."""

        def settle(facts):
            facts._settle()
            self.assertEqual(set(facts.mapped("state")), {"settled"})

        def reverse(facts):
            notes = facts.invoice_id._reverse_moves(cancel=True)
            self.assertEqual(set(notes.mapped("payment_state")), {"paid"})

        growth = []
        for work in (settle, reverse):
            few, more = (
                self.count_queries(lambda facts=facts, work=work: work(facts))
                for facts in map(self._learn_of_customers, (2, 6))
            )
            growth.append(more - few)
        ours, accountings = growth
        self.assertLessEqual(ours, accountings)


@tagged("post_install", "-at_install")
class TestLateOnNextInvoice(LateCase):
    """What was paid already is on the next invoice of a customer who goes on."""

    def test_paid_days_that_are_free_are_taken_off_the_next_invoice(self):
        other = self._second_line()
        self._pay(self.invoice)
        self._cancel(date(2026, 11, 20))
        self._settle()
        self.assertFalse(self.invoice.reversal_move_ids)
        self.assertRecordValues(
            self._fact(),
            [{"state": "due", "amount": -20.0, "billed_with": DECEMBER}],
        )
        with at_time(JANUARY_1):
            self._bill(DECEMBER)
        invoice = self._invoices(other)
        self.assertEqual(invoice.move_type, "out_invoice")
        self.assertCountEqual(
            invoice.invoice_line_ids.mapped("price_subtotal"), [60.0, -20.0]
        )
        self.assertEqual(self._adjustments(), [-20.0])
        self.assertEqual(self._fact().state, "settled")

    def test_the_month_that_is_run_again_does_not_give_back(self):
        self._second_line()
        self._pay(self.invoice)
        self._cancel(date(2026, 11, 20))
        self._settle()
        self._run(self.run_)
        self.assertEqual(self._adjustments(), [])

    def test_the_line_itself_goes_on_after_a_block(self):
        self._pay(self.invoice)
        self._block()
        self._settle()
        self.assertEqual(self._fact().state, "due")
        with at_time(JANUARY_1):
            self._bill(DECEMBER)
            self._run(self.run_)
        self.assertEqual(self._invoices(self.line)[-1].amount_untaxed, 42)
        self.assertEqual(self._adjustments(), [-18.0])

    def test_an_unblock_learnt_late_is_charged_on_the_next_invoice(self):
        """Billed as blocked from the 10th on; it worked again from the 25th."""
        line = self._make_active_line(price=60)
        mobile = line.mvno_line_id
        hold = self._suspend(mobile, datetime(2026, 11, 10, 13))
        self._run(self.run_)
        self.assertEqual(self._invoices(line).amount_untaxed, 20)
        hold.lifted_at = datetime(2026, 11, 25, 13)
        with at_time("2026-11-25 13:00:00"):
            mobile._transition("unblock")
        self._learn(mobile, "block", date(2026, 11, 25))
        self._settle()
        fact = self._fact(mobile)
        self.assertRecordValues(
            fact, [{"state": "due", "amount": 12.0, "days_on": "25-30"}]
        )
        with at_time(JANUARY_1):
            self._bill(DECEMBER)
        # with the customer's other line
        self.assertEqual(self._invoices(line)[-1].amount_untaxed, 60 + 60 + 12)

    def test_what_was_paid_in_part_is_taken_off_as_far_as_it_is_open(self):
        self._second_line()
        self._pay(self.invoice, 50)
        self._cancel(date(2026, 11, 20))
        self._settle()
        self.assertEqual(self.invoice.amount_residual, 0)
        self.assertEqual(self._adjustments(), [-10.0])
        with at_time(JANUARY_1):
            self._bill(DECEMBER)
        self.assertEqual(self._adjustments(), [-10.0, -10.0])

    def test_a_customer_who_leaves_meanwhile_is_refunded(self):
        other = self._second_line()
        self._pay(self.invoice)
        self._cancel(date(2026, 11, 20))
        self._settle()
        other.mvno_line_id._on_cancelled("customer", date(2026, 11, 30))
        self._settle()
        self.assertEqual(self._fact().state, "refund")

    def test_an_invoice_that_was_to_take_it_off_and_is_cancelled(self):
        self._second_line()
        self._pay(self.invoice)
        self._cancel(date(2026, 11, 20))
        self._settle()
        with at_time(JANUARY_1):
            run = self._bill(DECEMBER)
            run.invoice_ids.button_draft()
            run.invoice_ids.button_cancel()
        self.assertEqual(self._fact().state, "confirm")
        with at_time(JANUARY_1):
            self._fact().action_confirm()
            self._settle()
            self._run(run)
        self.assertEqual(self._adjustments(), [-20.0])

    def test_a_contract_with_another_due_day_is_no_next_invoice(self):
        other = self._second_line()
        other.contract_id.mvno_due_day = 25
        self._pay(self.invoice)
        self._cancel(date(2026, 11, 20))
        self._settle()
        self.assertEqual(self._fact().state, "refund")

    def test_what_is_learnt_before_the_last_month_is_billed_goes_with_it(self):
        """Of October, on 01/12 before November's run."""
        line = self._make_active_line("2026-10-01", price=62)
        with at_time("2026-11-01 15:00:00"):
            self._bill(date(2026, 10, 1))
        self.run_.billed_at = False
        self._pay(self._invoices(line))
        self._suspend(
            line.mvno_line_id,
            datetime(2026, 10, 10, 13),
            datetime(2026, 10, 12, 13),
        )
        self._learn(line.mvno_line_id, "block", date(2026, 10, 10))
        with at_time(DECEMBER_5):
            self._settle()
            self.assertEqual(self._fact(line.mvno_line_id).billed_with, NOVEMBER)
            self._run(self.run_)
        self.assertEqual(self._adjustments(line), [-2.0])
