# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command
from odoo.tests import tagged

from ..billing_common import DECEMBER_1, NOVEMBER, BillingCase


@tagged("post_install", "-at_install")
class TestInvoiceByHand(BillingCase):
    """What somebody makes of a run's draft by hand does not count as billed in
    silence."""

    def setUp(self):
        super().setUp()
        self.at(DECEMBER_1)
        self.company.mvno_posting = "draft"
        self.line = self._make_active_line("2026-11-01", price=60)
        self.run_ = self._bill(NOVEMBER)
        self.invoice = self._invoices(self.line)

    def _billed(self):
        return self.line.mvno_item_ids.filtered(lambda item: item.state == "billed")

    def _closing(self):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["mvno.month.closing"].search(
            [("competence", "=", NOVEMBER), ("contract_line_id", "=", self.line.id)]
        )

    def _exceptions(self):
        self.env.flush_all()
        return self.env["mvno.billing.exception"].search(
            [("contract_line_id", "=", self.line.id), ("kind", "=", "parked")]
        )

    # === SWITCHED TO A CREDIT NOTE === #

    def test_a_draft_switched_to_a_credit_note_bills_nothing_and_is_told(self):
        self.assertEqual(self._closing().status, "billed")
        self.invoice.action_switch_move_type()
        self.assertEqual(self.invoice.move_type, "out_refund")
        self.assertFalse(self._billed())
        self.assertRecordValues(
            self.run_.issue_ids,
            [
                {
                    "code": "by_hand",
                    "competence": NOVEMBER,
                    "contract_line_id": self.line.id,
                    "move_id": self.invoice.id,
                    "partner_id": self.partner.id,
                }
            ],
        )
        closing = self._closing()
        self.assertEqual((closing.status, closing.value), ("not_billed", 0.0))
        self.assertIn("switched", closing.reason)
        self.assertIn("switched", self._exceptions().reason)
        self.assertEqual(self.run_.issue_ids.action_open()["res_id"], self.invoice.id)

    def test_switched_back_it_bills_its_month_again(self):
        self.invoice.action_switch_move_type()
        self.invoice.action_switch_move_type()
        self.assertEqual(self._billed().move_id, self.invoice)
        self.assertEqual(self._closing().status, "billed")
        self.assertFalse(self.run_.issue_ids)
        self._run(self.run_)
        self.assertEqual(self._invoices(self.line), self.invoice)

    def test_run_again_it_bills_the_month_and_goes_on_telling_of_the_credit_note(self):
        self.invoice.action_switch_move_type()
        self._run(self.run_)
        other = self._invoices(self.line) - self.invoice
        self.assertEqual(self._billed().move_id, other)
        self.assertEqual(self._closing().status, "billed")
        self.assertEqual(self.run_.issue_ids.move_id, self.invoice)
        self.invoice.unlink()
        self.assertFalse(self.run_.issue_ids)

    def test_cancelled_as_a_credit_note_it_never_bills_its_month_again(self):
        self.invoice.action_switch_move_type()
        self.invoice.button_cancel()
        self.invoice.button_draft()
        self.assertFalse(self._billed())

    def test_what_is_below_zero_still_bills_its_month_as_a_credit_note(self):
        self.invoice.write(
            {
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Acordo", "price_unit": -100.0, "tax_ids": False}
                    )
                ]
            }
        )
        self.invoice.action_switch_move_type()
        # 60.00 charged and 100.00 given back, as before
        self.assertRecordValues(
            self.invoice, [{"move_type": "out_refund", "amount_total": 40.0}]
        )
        self.assertEqual(self._billed().move_id, self.invoice)
        self.assertEqual(self._closing().value, 60.0)
        self.assertFalse(self.run_.issue_ids)

    def test_switched_by_a_remote_call_it_is_told_as_well(self):
        self.invoice.write({"move_type": "out_refund"})
        self.assertFalse(self._billed())
        self.assertEqual(self.run_.issue_ids.code, "by_hand")

    def test_an_accountant_may_switch_it(self):
        user = self._make_user("billing_clerk", "account.group_account_invoice")
        self.invoice.with_user(user).action_switch_move_type()
        self.assertFalse(self._billed())

    def test_a_draft_of_no_run_is_nobody_s_business(self):
        duplicate = self.invoice.copy()
        duplicate.action_switch_move_type()
        self.assertFalse(self.run_.issue_ids)
        self.assertTrue(self._billed())

    # === ITS LINE REPLACED === #

    def test_a_line_replaced_by_hand_is_told(self):
        self.invoice.write(
            {
                "invoice_line_ids": [
                    Command.delete(self._billed().move_line_id.id),
                    Command.create(
                        {"name": "Telefonia", "price_unit": 60.0, "tax_ids": False}
                    ),
                ]
            }
        )
        self.assertFalse(self._billed())
        self.assertRecordValues(
            self.run_.issue_ids,
            [
                {
                    "code": "by_hand",
                    "contract_line_id": self.line.id,
                    "move_id": self.invoice.id,
                }
            ],
        )
        self.assertIn("typed in its place", self.run_.issue_ids.reason)
        closing = self._closing()
        self.assertEqual(closing.status, "not_billed")
        self.assertIn("deleted", closing.reason)
        self._run(self.run_)
        # billed anew: the line that was typed would be paid twice
        self.assertTrue(self._billed())
        self.assertIn("paid twice", self._exceptions().reason)

    def test_a_deleted_draft_is_no_line_replaced_by_hand(self):
        self.invoice.unlink()
        self.assertFalse(self.run_.issue_ids)
