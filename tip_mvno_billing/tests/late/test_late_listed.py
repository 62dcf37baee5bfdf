# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, datetime

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..billing_common import NOVEMBER, at_time
from ..late_common import LateCase


@tagged("post_install", "-at_install")
class TestLateListed(LateCase):
    """What waits for a person stands on a list with its amount."""

    def _listed(self):
        self.env.flush_all()
        return self.env["mvno.billing.exception"].search(
            [("kind", "=", "late"), ("mvno_line_id", "=", self.mobile.id)]
        )

    def _paid_and_gone(self):
        self._pay(self.invoice)
        self._cancel(date(2026, 11, 20))
        self._settle()
        return self._fact()

    def test_what_nobody_can_take_off_is_to_be_refunded(self):
        fact = self._paid_and_gone()
        self.assertRecordValues(
            fact,
            [{"state": "refund", "amount": -20.0, "learnt_on": date(2026, 12, 5)}],
        )
        self.assertRecordValues(
            self._listed(),
            [
                {
                    "amount": -20.0,
                    "competence": NOVEMBER,
                    "since": date(2026, 12, 5),
                    "partner_id": self.partner.id,
                }
            ],
        )
        self.assertIn("To refund", self._listed().reason)
        self.assertEqual(self._listed().action_open()["res_id"], fact.id)
        self._settle()
        self.assertEqual(self._adjustments(), [])

    def test_a_refund_is_a_credit_note_once(self):
        fact = self._paid_and_gone()
        fact.action_refund()
        note = self.invoice.reversal_move_ids
        self.assertEqual((note.state, note.amount_residual), ("posted", 20))
        self.assertEqual(self._adjustments(), [-20.0])
        self.assertFalse(self._listed())
        with self.assertRaises(UserError):
            fact.action_refund()

    def test_what_nobody_pays_any_more_is_to_be_charged(self):
        """Billed as blocked from the 10th on; it worked from the 25th, and is gone."""
        gone = self._make_partner(name="Gone")
        line = self._make_active_line(
            contract_line=self._make_contract(partner=gone).contract_line_ids, price=60
        )
        mobile = line.mvno_line_id
        hold = self._suspend(mobile, datetime(2026, 11, 10, 13))
        self._run(self.run_)
        hold.lifted_at = datetime(2026, 11, 25, 13)
        with at_time("2026-11-25 13:00:00"):
            mobile._transition("unblock")
        self._learn(mobile, "block", date(2026, 11, 25))
        mobile._on_cancelled("customer", date(2026, 11, 30))
        self._settle()
        fact = self._fact(mobile)
        self.assertRecordValues(fact, [{"state": "charge", "amount": 12.0}])
        action = fact.action_charge()
        invoice = self.env["account.move"].search(action["domain"])
        self.assertEqual(
            (invoice.move_type, invoice.state, invoice.amount_untaxed),
            ("out_invoice", "posted", 12),
        )
        self.assertEqual(self._adjustments(line), [12.0])

    def test_a_person_confirms_each_where_the_company_wants_that(self):
        self.company.mvno_late_facts = "confirm"
        self._cancel(date(2026, 11, 20))
        self._settle()
        fact = self._fact()
        self.assertRecordValues(fact, [{"state": "confirm", "amount": -20.0}])
        self.assertEqual(self._listed().amount, -20)
        self._settle()
        self.assertEqual(self.invoice.amount_residual, 60)
        fact.action_confirm()
        self._settle()
        self.assertEqual(self.invoice.amount_residual, 40)
        self.assertFalse(self._listed())

    def test_an_invoice_credited_in_part_by_hand_is_for_a_person(self):
        note = self.invoice._reverse_moves([{"invoice_date": date(2026, 12, 5)}])
        note.invoice_line_ids.price_unit = 15
        note.action_post()
        self._cancel(date(2026, 11, 20))
        self._settle()
        fact = self._fact()
        self.assertRecordValues(fact, [{"state": "manual", "amount": -20.0}])
        self.assertIn(self.invoice.name, self._listed().reason)
        self.assertEqual(self._adjustments(), [])
        fact.action_done()
        self.assertFalse(self._listed())

    def test_an_invoice_credited_in_full_by_hand_gives_nothing_more(self):
        self.invoice._reverse_moves([{"invoice_date": date(2026, 12, 5)}], cancel=True)
        self._cancel(date(2026, 11, 20))
        self._settle()
        self.assertFalse(self._fact())

    def test_attendants_neither_read_nor_settle(self):
        fact = self._paid_and_gone()
        attendant = self._make_user("late attendant", "tip_mvno.group_attendant")
        with self.assertRaises(AccessError):
            fact.with_user(attendant).action_refund()
        auditor = self._make_user("late auditor", "account.group_account_readonly")
        self.assertEqual(fact.with_user(auditor).amount, -20)
        with self.assertRaises(AccessError):
            fact.with_user(auditor).action_refund()
        clerk = self._make_user("late clerk", "account.group_account_invoice")
        fact.with_user(clerk).action_refund()
        self.assertEqual(fact.state, "settled")
