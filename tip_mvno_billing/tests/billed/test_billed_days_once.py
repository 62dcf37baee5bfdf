# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import ExclusionViolation

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..billing_common import DECEMBER_1, NOVEMBER, BillingCase


@tagged("post_install", "-at_install")
@freeze_time(DECEMBER_1)
class TestMvnoBillingItemOverlap(BillingCase):
    """No day of a mobile line is billed twice, whichever contract lines pay for it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._make_active_line(price=60)
        cls.mobile = cls.line.mvno_line_id

    def _successor(self, end, start):
        """End the contract line and have another one pay for its mobile line.

        :return: the other contract line, whose first day may be one that the first
            still pays for: somebody changed it behind the contract's own checks
        """
        self.line.date_end = end
        successor = self._make_contract(partner=self.partner).contract_line_ids
        successor.date_start = "2027-01-01"
        successor.write({"mvno_line_id": self.mobile.id, "specific_price": 90})
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE contract_line SET date_start = %s WHERE id = %s",
                start,
                successor.id,
            )
        )
        self.env.invalidate_all()
        successor._compute_mvno_paid_days()
        return successor

    def _item(self, contract_line, start, end, **vals):
        return {
            "contract_line_id": contract_line.id,
            "mvno_line_id": self.mobile.id,
            "competence": NOVEMBER,
            "period_start": start,
            "period_end": end,
            **vals,
        }

    def test_two_contract_lines_in_one_month_are_billed_one_after_the_other(self):
        successor = self._successor("2026-11-14", "2026-11-15")
        run = self._bill(NOVEMBER)
        items = (self.line | successor).mvno_item_ids.sorted("period_start")
        self.assertRecordValues(
            items,
            [
                {
                    "contract_line_id": self.line.id,
                    "period_start": NOVEMBER,
                    "period_end": date(2026, 11, 14),
                },
                {
                    "contract_line_id": successor.id,
                    "period_start": date(2026, 11, 15),
                    "period_end": date(2026, 11, 30),
                },
            ],
        )
        # 60 x 14/30 + 90 x 16/30
        self.assertEqual(run.invoice_ids.amount_untaxed, 28.0 + 48.0)

    def test_a_day_that_two_contract_lines_pay_for_parks_their_customer(self):
        self._successor("2026-11-15", "2026-11-15")
        other = self._make_partner(name="Other")
        good = self._make_active_line(
            contract_line=self._make_contract(partner=other).contract_line_ids
        )
        run = self._bill(NOVEMBER)
        self.assertEqual(run.invoice_ids, self._invoices(good))
        self.assertEqual(set(run.issue_ids.mapped("code")), {"failed"})
        for text in (self.mobile.display_name, "billed twice"):
            self.assertIn(text, run.issue_ids[0].reason)

    def test_a_day_that_another_contract_line_was_billed_for_is_told(self):
        run = self._bill(NOVEMBER)
        self._successor("2026-11-30", "2026-11-20")
        self._run(run)
        self.assertEqual(len(run.invoice_ids), 1)
        self.assertIn(run.invoice_ids.name, run.issue_ids.reason)

    @mute_logger("odoo.sql_db")
    def test_the_database_holds_it_when_two_workers_are_at_it(self):
        self._bill(NOVEMBER)
        successor = self._successor("2026-11-30", "2026-11-20")
        items = self.env["mvno.billing.item"]
        with (
            patch.object(type(items), "_check_days_once", lambda model, periods: None),
            self.assertRaises(ExclusionViolation),
        ):
            items.create(
                self._item(successor, "2026-11-30", "2026-11-30", kind="recurring")
            )

    def test_what_is_no_plan_may_fall_on_the_same_days(self):
        self._bill(NOVEMBER)
        for number, kind in enumerate(("one_off", "adjustment", "usage", "fine")):
            self.env["mvno.billing.item"].create(
                self._item(
                    self.line, NOVEMBER, NOVEMBER, kind=kind, source_key=str(number)
                )
            )
        self.assertEqual(len(self.line.mvno_item_ids), 5)

    def test_released_days_may_be_billed_with_another_contract_line(self):
        run = self._bill(NOVEMBER)
        cancelled = run.invoice_ids
        cancelled.button_cancel()
        self._successor("2026-11-19", "2026-11-20")
        self._run(run)
        standing = run.invoice_ids - cancelled
        self.assertEqual(standing.amount_untaxed, 38.0 + 33.0)
        with self.assertRaises(UserError):
            cancelled.button_draft()

    def test_days_of_another_contract_line_keep_a_cancelled_invoice_cancelled(self):
        cancelled = self._bill(NOVEMBER).invoice_ids
        cancelled.button_cancel()
        successor = self._successor("2026-11-30", NOVEMBER)
        self.line.is_canceled = True
        standing = self._bill(NOVEMBER).invoice_ids
        self.assertEqual(standing.invoice_line_ids.contract_line_id, successor)
        with self.assertRaisesRegex(UserError, standing.name):
            cancelled.button_draft()
