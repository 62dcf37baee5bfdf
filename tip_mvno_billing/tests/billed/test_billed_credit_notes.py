# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..billing_common import DECEMBER_1, NOVEMBER, BillingCase


@tagged("post_install", "-at_install")
@freeze_time(DECEMBER_1)
class TestCreditNotes(BillingCase):
    """A credited month is billed once, whatever becomes of the credit note."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._make_active_line()
        cls.run_ = cls._bill(NOVEMBER)

    def _credit(self, invoice):
        today = date(2026, 12, 1)
        return invoice._reverse_moves(
            [{"date": today, "invoice_date": today}], cancel=True
        )

    def _replace(self, invoice):
        """:return: the draft that replaces an invoice, which is credited"""
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id, "date": "2026-12-01"})
        )
        wizard.modify_moves()
        return wizard.new_move_ids

    def _billed(self, line):
        return line.mvno_item_ids.filtered(lambda item: item.state == "billed")

    def test_a_runs_total_counts_what_stands(self):
        """59.90, credited, billed again, and replaced by a corrected invoice."""
        line, run = self.line, self.run_
        self.assertEqual(run.amount_total, 59.9)
        note = self._credit(self._invoices(line))
        self.assertEqual(run.amount_total, 0)
        line.mvno_item_ids.action_bill_again()
        self._run(run)
        self.assertEqual(run.amount_total, 59.9)
        again = run.invoice_ids - note.reversed_entry_id
        self._replace(again).invoice_line_ids.price_unit = 50
        self.assertEqual(run.amount_total, 50)

    def test_a_credit_note_of_a_part_leaves_the_rest_in_the_runs_total(self):
        [invoice] = self._invoices(self.line)
        note = invoice._reverse_moves([{"invoice_date": date(2026, 12, 1)}])
        note.invoice_line_ids.price_unit = 10
        self.assertEqual(self.run_.amount_total, 59.9)
        note.action_post()
        self.assertEqual(self.run_.amount_total, 49.9)

    def test_a_credit_note_cannot_be_withdrawn_once_the_month_is_billed_again(self):
        line, run = self.line, self.run_
        note = self._credit(self._invoices(line))
        line.mvno_item_ids.action_bill_again()
        self._run(run)
        with self.assertRaisesRegex(UserError, "meanwhile"):
            note.button_draft()

    def test_an_invoice_whose_credit_note_is_withdrawn_keeps_its_month(self):
        line, run = self.line, self.run_
        note = self._credit(self._invoices(line))
        line.mvno_item_ids.action_bill_again()
        note.button_draft()
        self.assertEqual(line.mvno_item_ids.state, "billed")
        before = self._invoices(line)
        self._run(run)
        self.assertEqual(self._invoices(line), before)

    def test_a_corrected_invoice_bills_the_month_of_the_one_it_replaces(self):
        line, run = self.line, self.run_
        corrected = self._replace(self._invoices(line))
        self.assertEqual(corrected.mvno_competence, NOVEMBER)
        self.assertEqual(corrected.mvno_item_ids, self._billed(line))
        with self.assertRaisesRegex(UserError, "still stands"):
            self._billed(line).action_bill_again()
        corrected.action_post()
        self.assertEqual(corrected.invoice_date_due, date(2026, 12, 10))
        corrected.button_draft()
        corrected.unlink()
        self.assertFalse(self._billed(line))
        self._run(run)
        self.assertEqual(len(self._billed(line)), 1)

    def test_a_corrected_invoice_is_its_runs_and_posted_with_its_drafts(self):
        line, run = self.line, self.run_
        corrected = self._replace(self._invoices(line))
        self.assertEqual(run.draft_count, 1)
        run.action_post()
        run._run_slice()
        self.assertEqual(corrected.state, "posted")

    def test_a_credit_note_cannot_be_withdrawn_while_another_invoice_replaces_it(self):
        line, run = self.line, self.run_
        invoice = self._invoices(line)
        corrected = self._replace(invoice)
        corrected.action_post()
        with self.assertRaises(UserError) as refused:
            invoice.reversal_move_ids.button_draft()
        self.assertIn("meanwhile", str(refused.exception))
        corrected.button_draft()
        corrected.button_cancel()
        invoice.reversal_move_ids.button_draft()
        self.assertEqual(self._billed(line).move_id, invoice)
        before = self._invoices(line)
        self._run(run)
        self.assertEqual(self._invoices(line), before)
        with self.assertRaisesRegex(UserError, "meanwhile"):
            corrected.button_draft()

    def test_a_charge_on_a_corrected_invoice_is_billed_once(self):
        line = self._make_active_line()
        charge = self.env["mvno.billing.charge"].create(
            {
                "mvno_line_id": line.mvno_line_id.id,
                "contract_line_id": line.id,
                "product_id": self.product.id,
                "price": 10.0,
                "text": "SIM card",
                "date": NOVEMBER,
                "competence": NOVEMBER,
            }
        )
        self._bill(NOVEMBER)
        invoice = self._invoices(line)
        corrected = self._replace(invoice)
        self.assertEqual(charge.state, "billed")
        corrected.button_cancel()
        self.assertEqual(charge.state, "open")
        invoice.reversal_move_ids.button_draft()
        self.assertEqual(charge.state, "billed")
