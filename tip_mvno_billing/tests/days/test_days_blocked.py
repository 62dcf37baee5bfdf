# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, datetime

from odoo.tests import tagged

from ..billing_common import DECEMBER_1, JANUARY_1, NOVEMBER, BillingCase, at_time

NOVEMBER_END = date(2026, 11, 30)


@tagged("post_install", "-at_install")
class TestMvnoLineDays(BillingCase):
    """The days on which a line is suspended and not charged."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mobile = cls._make_active_line().mvno_line_id

    def _off(self, *lines):
        lines = self.mobile.concat(*lines)
        return lines._days_not_charged(NOVEMBER, NOVEMBER_END)

    def _days(self):
        return sorted(day.day for day in self._off().get(self.mobile.id, ()))

    def test_a_line_that_worked_all_month_has_none(self):
        self.assertEqual(self._off(), {})

    def test_days_wholly_blocked_for_nonpayment_are_not_charged(self):
        # 10/11 at noon to 15/11 at noon in São Paulo
        self._suspend(
            self.mobile, datetime(2026, 11, 10, 15), datetime(2026, 11, 15, 15)
        )
        self.assertEqual(self._days(), [11, 12, 13, 14])

    def test_a_block_from_midnight_to_midnight_spares_the_whole_day(self):
        self._suspend(self.mobile, datetime(2026, 11, 10, 3), datetime(2026, 11, 11, 3))
        self.assertEqual(self._days(), [10])

    def test_the_day_is_the_platforms_not_utcs(self):
        # 23:30 of 09/11 to 00:30 of 12/11 there
        self._suspend(
            self.mobile, datetime(2026, 11, 10, 2, 30), datetime(2026, 11, 12, 3, 30)
        )
        self.assertEqual(self._days(), [10, 11])

    def test_a_block_that_goes_on_spares_every_day_to_the_end(self):
        self._suspend(self.mobile, datetime(2026, 11, 28, 15))
        self.assertEqual(self._days(), [29, 30])

    def test_a_block_from_an_earlier_month_spares_the_first_days(self):
        self._suspend(self.mobile, datetime(2026, 9, 28, 15), datetime(2026, 11, 3, 15))
        self.assertEqual(self._days(), [1, 2])

    def test_a_suspension_at_the_customers_request_is_not_charged(self):
        self._suspend(
            self.mobile,
            datetime(2026, 11, 10, 15),
            datetime(2026, 11, 12, 15),
            reason="customer",
        )
        self.assertEqual(self._days(), [11])

    def test_theft_is_charged(self):
        self._suspend(
            self.mobile,
            datetime(2026, 11, 10, 15),
            datetime(2026, 11, 20, 15),
            reason="theft",
        )
        self.assertEqual(self._off(), {})

    def test_of_two_reasons_the_one_that_is_not_charged_counts_while_it_lasts(self):
        self._suspend(
            self.mobile,
            datetime(2026, 11, 10, 15),
            datetime(2026, 11, 20, 15),
            reason="theft",
        )
        self.env["mvno.line.hold"].create(
            {
                "line_id": self.mobile.id,
                "reason": "nonpayment",
                "date_start": datetime(2026, 11, 12, 15),
                "lifted_at": datetime(2026, 11, 14, 15),
            }
        )
        self.assertEqual(self._days(), [12, 13, 14])

    def test_a_partial_block_is_charged(self):
        with at_time("2026-11-10 15:00:00"):
            self.mobile._transition("block_partial")
            self.env["mvno.line.hold"].create(
                {
                    "line_id": self.mobile.id,
                    "reason": "nonpayment",
                    "level": "partial",
                    "date_start": datetime(2026, 11, 10, 15),
                }
            )
        self.assertEqual(self._off(), {})

    def test_a_block_the_platform_refused_is_charged(self):
        """The hold is in force, and the line works."""
        self.env["mvno.line.hold"].create(
            {
                "line_id": self.mobile.id,
                "reason": "nonpayment",
                "date_start": datetime(2026, 11, 10, 15),
            }
        )
        self.assertEqual(self._off(), {})

    def test_a_line_that_waits_for_its_unblock_is_not_charged(self):
        """The customer has paid on the 12th, the platform was slow."""
        hold = self._suspend(
            self.mobile, datetime(2026, 11, 10, 15), datetime(2026, 11, 16, 15)
        )
        hold.lifted_at = datetime(2026, 11, 12, 15)
        self.assertEqual(self._days(), [11, 12, 13, 14, 15])

    def test_the_day_on_which_a_blocked_line_is_cancelled_is_not_charged(self):
        """Nobody could use it from its midnight on."""
        self._suspend(self.mobile, datetime(2026, 11, 10, 15))
        with at_time("2026-11-13 15:00:00"):
            self.mobile._on_cancelled("nonpayment", date(2026, 11, 13))
        self.assertEqual(self._days(), [11, 12, 13])

    def test_from_partial_to_total_counts_from_the_total_block(self):
        with at_time("2026-11-05 15:00:00"):
            self.mobile._transition("block_partial")
        self._suspend(
            self.mobile, datetime(2026, 11, 10, 15), datetime(2026, 11, 12, 15)
        )
        self.assertEqual(self._days(), [11])

    def test_queries_do_not_grow_with_the_lines(self):
        mobiles = self.mobile
        counts = []
        for _i in range(2):
            for _j in range(5):
                mobile = self._make_active_line().mvno_line_id
                self._suspend(mobile, datetime(2026, 11, 10, 15))
                mobiles |= mobile
            counts.append(
                self.count_queries(
                    lambda lines=mobiles: lines._days_not_charged(
                        NOVEMBER, NOVEMBER_END
                    )
                )
            )
        self.assertEqual(counts[0], counts[1])


@tagged("post_install", "-at_install")
class TestSuspendedDaysInvoiced(BillingCase):
    """What suspended days mean for the invoice."""

    def _bill_suspended(self, start, end=None, **vals):
        line = self._make_active_line(price=60)
        self._suspend(line.mvno_line_id, start, end, **vals)
        with at_time(DECEMBER_1):
            run = self._bill(NOVEMBER)
        return line, run

    def test_suspended_days_are_not_on_the_invoice(self):
        line, _run = self._bill_suspended(
            datetime(2026, 11, 10, 15), datetime(2026, 11, 15, 15)
        )
        move_line = self._invoices(line).invoice_line_ids
        # 60.00 x 26 / 30
        self.assertEqual(move_line.price_subtotal, 52)
        self.assertIn("26 of 30", move_line.name)

    def test_a_month_suspended_from_end_to_end_is_listed_and_not_billed(self):
        line, run = self._bill_suspended(datetime(2026, 10, 20, 15))
        self.assertFalse(self._invoices(line))
        issue = run.issue_ids.filtered(lambda issue: issue.contract_line_id == line)
        self.assertEqual(issue.mapped("code"), ["no_days"])

    def test_suspended_months_charged_on_return(self):
        """The line comes back in December: October and November stay free."""
        line = self._make_active_line("2026-09-01", price=60)
        self._suspend(
            line.mvno_line_id, datetime(2026, 9, 30, 15), datetime(2026, 12, 3, 15)
        )
        with at_time("2026-10-01 15:00:00"):
            self._bill(date(2026, 9, 1))
        with at_time(JANUARY_1):
            run = self._bill(date(2026, 12, 1))
        amounts = [
            (invoice.mvno_competence, invoice.amount_untaxed)
            for invoice in self._invoices(line)
        ]
        # 60.00 x 29 / 31: the 1st and 2nd were suspended
        self.assertEqual(
            amounts, [(date(2026, 9, 1), 60.0), (date(2026, 12, 1), 56.13)]
        )
        self.assertFalse(
            run.issue_ids.filtered(lambda issue: issue.contract_line_id == line)
        )

    def test_a_hold_that_is_lowered_keeps_its_total_past(self):
        """Totally blocked from the 10th to the 20th, partially from then on."""
        line = self._make_active_line(price=60)
        mobile = line.mvno_line_id
        with at_time("2026-11-10 13:00:00"):
            mobile.action_block_total("nonpayment")
            mobile._transition("block_total")
        with at_time("2026-11-20 13:00:00"):
            mobile.action_block_partial("nonpayment")
            mobile._transition("block_partial")
        with at_time(DECEMBER_1):
            self._bill(NOVEMBER)
        # 60.00 x 21 / 30: the 11th to the 19th are free
        self.assertEqual(self._invoices(line).amount_untaxed, 42)

    def test_a_customers_late_cancellation_is_billed_to_the_day_it_was_asked(self):
        """Asked on the 20th, done on the 23rd."""
        line = self._make_active_line(price=60)
        mobile = line.mvno_line_id
        with at_time("2026-11-23 15:00:00"):
            command = self._make_command(
                mobile, "cancel", "sent", cancellation_reason="customer"
            )
            self.env.flush_all()
            self.cr.execute(
                "UPDATE mvno_command SET create_date = '2026-11-20 15:00:00' "
                "WHERE id = %s",
                [command.id],
            )
            command.invalidate_recordset(["create_date"])
            command._confirm(None)
        with at_time(DECEMBER_1):
            self._bill(NOVEMBER)
        self.assertEqual(mobile.cancellation_date, date(2026, 11, 20))
        self.assertEqual(self._invoices(line).amount_untaxed, 40)
