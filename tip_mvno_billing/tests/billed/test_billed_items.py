# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from freezegun import freeze_time
from psycopg2 import IntegrityError, errors

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..billing_common import DECEMBER_1, NOVEMBER, OCTOBER, BillingCase


@tagged("post_install", "-at_install")
@freeze_time(DECEMBER_1)
class TestMvnoBillingItem(BillingCase):
    """A month of a line is billed once, whatever becomes of its invoice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._make_active_line("2026-10-12")
        cls.run_ = cls._bill(NOVEMBER)

    def _take_drafts(self):
        """Let runs make drafts, and have a line that is not billed yet."""
        self.company.mvno_posting = "draft"
        self.line = self._make_active_line("2026-10-12")

    def _billed(self):
        return self.line.mvno_item_ids.filtered(lambda item: item.state == "billed")

    # === THE DATABASE HOLDS IT === #

    @mute_logger("odoo.sql_db")
    def test_two_workers_cannot_claim_one_month(self):
        # two indexes hold it: whichever is asked first
        with self.assertRaises(IntegrityError):
            self._billed().copy()

    @mute_logger("odoo.sql_db")
    def test_no_column_of_the_key_may_be_empty(self):
        item = self._billed()
        for column in ("contract_line_id", "competence", "kind", "source_key"):
            with self.assertRaises(errors.NotNullViolation), self.cr.savepoint():
                self.env.cr.execute(
                    SQL(
                        "UPDATE mvno_billing_item SET %s = NULL WHERE id = %s",
                        SQL.identifier(column),
                        item.id,
                    )
                )

    def test_what_is_billed_several_times_a_month_is_told_apart(self):
        one_offs = self._billed().copy({"kind": "one_off", "source_key": "top-up 1"})
        one_offs |= self._billed()[0].copy(
            {"kind": "one_off", "source_key": "top-up 2"}
        )
        self.assertEqual(len(self._billed()), 3)

    @mute_logger("odoo.sql_db")
    def test_a_billing_month_is_its_first_day(self):
        with self.assertRaises(errors.CheckViolation):
            self._billed().competence = "2026-11-02"
            self.env.flush_all()

    # === DELETED === #

    def test_a_deleted_draft_is_billed_anew(self):
        self._take_drafts()
        self._bill(OCTOBER)
        run = self._bill(NOVEMBER)
        self._invoices(self.line)[-1].unlink()
        self.assertEqual(self._billed().competence, OCTOBER)
        self.assertEqual(self.line.last_date_invoiced, date(2026, 10, 31))
        self.assertEqual(self.line.recurring_next_date, date(2026, 11, 30))
        self._run(run)
        self.assertEqual(len(self._invoices(self.line)), 2)
        self.assertEqual(self.line.last_date_invoiced, date(2026, 11, 30))

    def test_the_only_invoice_deleted_leaves_the_line_as_new(self):
        self._take_drafts()
        self._bill(NOVEMBER)
        self._invoices(self.line).unlink()
        self.assertFalse(self._billed())
        self.assertFalse(self.line.last_date_invoiced)

    def test_a_line_removed_from_a_draft_is_billed_anew(self):
        self._take_drafts()
        other = self._make_active_line()
        run = self._bill(NOVEMBER)
        invoice = self._invoices(self.line)
        self.assertEqual(invoice, self._invoices(other))
        gone = self._billed().move_line_id
        invoice.write({"invoice_line_ids": [Command.delete(gone.id)]})
        self.assertFalse(self._billed())
        self.assertEqual(other.mvno_item_ids.state, "billed")
        self._run(run)
        self.assertEqual(len(self._invoices(self.line)), 1)
        self.assertEqual(len(self._invoices(other)), 1)

    def test_an_invoicing_user_may_delete_a_draft(self):
        self._take_drafts()
        self._bill(NOVEMBER)
        user = self._make_user("billing_clerk", "account.group_account_invoice")
        self._invoices(self.line).with_user(user).unlink()
        self.assertFalse(self._billed())

    # === CANCELLED AND RESET === #

    def test_a_cancelled_invoice_is_billed_anew(self):
        run = self.run_
        invoice = self._invoices(self.line)
        invoice.button_cancel()
        self.assertFalse(self._billed())
        self.assertFalse(self.line.last_date_invoiced)
        self._run(run)
        self.assertEqual(len(self._invoices(self.line)), 2)
        self.assertEqual(run.invoice_count, 1)

    def test_a_cancelled_invoice_that_is_reset_takes_its_months_back(self):
        run = self.run_
        invoice = self._invoices(self.line)
        invoice.button_cancel()
        invoice.button_draft()
        self.assertEqual(self._billed().move_id, invoice)
        self.assertEqual(self.line.last_date_invoiced, date(2026, 11, 30))
        self._run(run)
        self.assertEqual(self._invoices(self.line), invoice)

    def test_a_cancelled_invoice_whose_months_are_billed_elsewhere_stays(self):
        run = self.run_
        cancelled = self._invoices(self.line)
        cancelled.button_cancel()
        self._run(run)
        other = self._invoices(self.line) - cancelled
        with self.assertRaisesRegex(UserError, other.name):
            cancelled.button_draft()

    def test_a_posted_invoice_reset_to_draft_keeps_its_months(self):
        invoice = self._invoices(self.line)
        invoice.button_draft()
        self.assertEqual(self._billed().move_id, invoice)
        invoice.action_post()
        self.assertEqual(self._billed().move_id, invoice)

    # === CREDITED === #

    def _credit(self, invoice):
        return invoice._reverse_moves([{"invoice_date": "2026-12-01"}], cancel=True)

    def test_a_credit_note_releases_nothing_by_itself(self):
        run = self.run_
        invoice = self._invoices(self.line)
        note = self._credit(invoice)
        self.assertEqual(note.mvno_competence, NOVEMBER)
        self._run(run)
        self.assertEqual(self._invoices(self.line), invoice | note)
        self.assertEqual(run.invoice_ids, invoice)

    def test_bill_again_bills_a_credited_month_anew(self):
        run = self.run_
        self._credit(self._invoices(self.line))
        self._billed().action_bill_again()
        self.assertFalse(self.line.last_date_invoiced)
        self._run(run)
        self.assertEqual(len(self._billed()), 1)
        self.assertEqual(run.invoice_count, 2)

    def test_bill_again_is_refused_while_the_invoice_stands(self):
        with self.assertRaisesRegex(UserError, "still stands"):
            self._billed().action_bill_again()

    def test_bill_again_is_refused_for_a_part_of_a_credit(self):
        invoice = self._invoices(self.line)
        note = invoice._reverse_moves([{"invoice_date": "2026-12-01"}])
        note.invoice_line_ids.price_unit = 1
        note.action_post()
        with self.assertRaisesRegex(UserError, "still stands"):
            self._billed().action_bill_again()

    def test_bill_again_of_a_released_month_says_what_to_do(self):
        self._invoices(self.line).button_cancel()
        with self.assertRaisesRegex(UserError, "11/2026"):
            self.line.mvno_item_ids.action_bill_again()

    def test_a_duplicated_invoice_claims_nothing(self):
        duplicate = self._invoices(self.line).copy()
        self.assertFalse(duplicate.mvno_competence)
        duplicate.unlink()
        self.assertEqual(len(self._billed()), 1)
