# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, datetime

from odoo.tests import tagged

from ..billing_common import (
    DECEMBER_1,
    NOVEMBER,
    OCTOBER,
    SEPTEMBER,
    BillingCase,
)
from ..months_common import NOVEMBER_1, MonthsCase


@tagged("post_install", "-at_install")
class TestDaysInService(BillingCase):
    """The days of a month that a contract line pays for."""

    def test_a_line_pays_from_its_activation_on(self):
        line = self._make_active_line("2026-11-10")
        self.assertEqual(
            line._mvno_period(NOVEMBER), (date(2026, 11, 10), date(2026, 11, 30))
        )

    def test_a_line_activated_on_the_last_day_pays_one_day(self):
        line = self._make_active_line("2026-10-31")
        self.assertEqual(
            line._mvno_period(OCTOBER), (date(2026, 10, 31), date(2026, 10, 31))
        )

    def test_february_is_billed_to_its_end(self):
        line = self._make_active_line("2027-01-31")
        self.assertEqual(
            line._mvno_period(date(2027, 2, 1)), (date(2027, 2, 1), date(2027, 2, 28))
        )

    def test_an_ended_line_pays_to_its_end_date(self):
        line = self._make_active_line()
        line.date_end = "2026-11-07"
        self.assertEqual(line._mvno_period(NOVEMBER), (NOVEMBER, date(2026, 11, 7)))
        self.assertIsNone(line._mvno_period(date(2026, 12, 1)))

    def test_a_cancelled_mobile_line_pays_to_its_cancellation(self):
        line = self._make_active_line()
        line.mvno_line_id.write(
            {"state": "cancelled", "cancellation_date": "2026-11-20"}
        )
        self.assertEqual(line._mvno_period(NOVEMBER), (NOVEMBER, date(2026, 11, 20)))

    def test_months_billed_elsewhere_are_not_billed(self):
        line = self._make_active_line()
        line.mvno_billing_from = "2026-11-15"
        self.assertIsNone(line._mvno_period(OCTOBER))
        self.assertEqual(line._mvno_period(NOVEMBER)[0], date(2026, 11, 15))

    def test_a_plan_can_bill_from_the_end_of_the_port_in(self):
        line = self._make_active_line("2026-11-03")
        line.mvno_bill_from = "port_in"
        self._make_port_in(line, "done", checked_at=datetime(2026, 11, 13, 1, 30))
        # 01:30 UTC is the evening before in São Paulo
        self.assertEqual(line._mvno_period(NOVEMBER)[0], date(2026, 11, 12))

    def test_by_default_a_port_in_does_not_delay_billing(self):
        line = self._make_active_line("2026-11-03")
        self._make_port_in(line, "done", checked_at=datetime(2026, 11, 13))
        self.assertEqual(line._mvno_period(NOVEMBER)[0], date(2026, 11, 3))

    def test_a_refused_port_in_is_an_end_too(self):
        line = self._make_active_line("2026-11-03")
        line.mvno_bill_from = "port_in"
        self._make_port_in(line, "refused", checked_at=datetime(2026, 11, 9, 12))
        self.assertEqual(line._mvno_period(NOVEMBER)[0], date(2026, 11, 9))

    def _make_port_in(self, line, state, **vals):
        return self.env["mvno.portability"].create(
            {
                "line_id": line.mvno_line_id.id,
                "number": "+5511912345678",
                "state": state,
                **vals,
            }
        )


@tagged("post_install", "-at_install")
class TestRepeatedPortIn(MonthsCase):
    def test_a_port_in_that_is_repeated_interrupts_nothing(self):
        line = self._make_active_line("2026-09-01", price=62)
        line.mvno_bill_from = "port_in"
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

    def _port_in(self, line, state, ended=False):
        return self.env["mvno.portability"].create(
            {
                "line_id": line.mvno_line_id.id,
                "number": "+5511912345678",
                "state": state,
                "checked_at": ended,
            }
        )

    def test_a_port_in_that_is_sent_again_is_awaited(self):
        line = self._make_active_line("2026-11-03", price=60)
        line.mvno_bill_from = "port_in"
        self._port_in(line, "refused", datetime(2026, 11, 9, 15))
        self.assertEqual(line.mvno_paid_from, date(2026, 11, 9))
        repeated = self._port_in(line, "requested")
        self.assertFalse(line.mvno_paid_from)
        self.assertEqual(line._mvno_hindrance()[0], "port_in")
        repeated.write({"state": "done", "checked_at": datetime(2026, 11, 21, 15)})
        self.assertEqual(line.mvno_paid_from, date(2026, 11, 21))
        self._bill_on(DECEMBER_1, NOVEMBER)
        self.assertEqual(self._billed(line), [("recurring", NOVEMBER, 20.0)])

    def test_a_port_in_that_is_given_up_ends_with_the_last_refusal(self):
        line = self._make_active_line("2026-11-03", price=60)
        line.mvno_bill_from = "port_in"
        self._port_in(line, "refused", datetime(2026, 11, 9, 15))
        self._port_in(line, "refused", datetime(2026, 11, 16, 15))
        self.assertEqual(line.mvno_paid_from, date(2026, 11, 16))

    def test_a_later_reading_of_a_port_in_moves_nothing(self):
        line = self._make_active_line("2026-11-03", price=60)
        line.mvno_bill_from = "port_in"
        port_in = self._port_in(line, "refused", datetime(2026, 11, 9, 15))
        self.env.flush_all()
        port_in.checked_at = datetime(2026, 11, 8, 15)
        self.env.flush_all()
        self.assertEqual(line.mvno_paid_from, date(2026, 11, 9))


@tagged("post_install", "-at_install")
class TestPaidDays(BillingCase):
    """The first and last day that a contract line pays for, as they are kept."""

    def test_they_follow_what_they_depend_on(self):
        line = self._make_active_line("2026-11-10")
        mobile = line.mvno_line_id
        for record, vals, expected in (
            (line, {}, ("2026-11-10", False)),
            (line, {"mvno_first_month": "full"}, ("2026-11-01", False)),
            (line, {"mvno_first_month": "free"}, ("2026-12-01", False)),
            (line, {"mvno_first_month": "by_days"}, ("2026-11-10", False)),
            (line, {"date_start": "2026-11-12"}, ("2026-11-12", False)),
            (mobile, {"activation_date": "2026-11-14"}, ("2026-11-14", False)),
            (line, {"mvno_billing_from": "2026-11-16"}, ("2026-11-16", False)),
            (line, {"date_end": "2026-12-10"}, ("2026-11-16", "2026-12-10")),
            (line, {"mvno_last_month": "full"}, ("2026-11-16", "2026-12-31")),
            (line, {"mvno_last_month": "by_days"}, ("2026-11-16", "2026-12-10")),
            (
                mobile,
                {"state": "cancelled", "cancellation_date": "2026-12-05"},
                ("2026-11-16", "2026-12-05"),
            ),
            (mobile, {"activation_date": False}, (False, "2026-12-05")),
        ):
            with self.subTest(**vals):
                record.write(vals)
                self.env.flush_all()
                self.cr.execute(
                    "SELECT mvno_paid_from, mvno_paid_until FROM contract_line "
                    "WHERE id = %s",
                    line.ids,
                )
                [kept] = self.cr.fetchall()
                self.assertEqual(
                    tuple(day and str(day) for day in kept),
                    tuple(day or None for day in expected),
                )

    def test_a_contract_line_before_it_makes_a_free_month_void(self):
        line = self._make_active_line("2026-11-10")
        line.mvno_first_month = "free"
        self.assertEqual(line.mvno_paid_from, date(2026, 12, 1))
        earlier = line.copy(
            {
                "date_start": "2026-10-01",
                "date_end": "2026-11-09",
                "mvno_line_id": False,
            }
        )
        earlier.mvno_line_id = line.mvno_line_id
        self.assertEqual(line.mvno_paid_from, date(2026, 11, 10))
        earlier.is_canceled = True
        self.assertEqual(line.mvno_paid_from, date(2026, 12, 1))

    def test_no_row_is_written_when_its_dates_stay(self):
        line = self._make_active_line("2026-11-10")
        self.env.flush_all()
        self.cr.execute("SELECT xmin FROM contract_line WHERE id = %s", line.ids)
        [before] = self.cr.fetchall()
        line.mvno_line_id.write({"state": "blocked"})
        self._make_port_in_beside(line)
        self.env.flush_all()
        self.cr.execute("SELECT xmin FROM contract_line WHERE id = %s", line.ids)
        self.assertEqual(self.cr.fetchall(), [before])

    def _make_port_in_beside(self, line):
        """By default it delays nothing."""
        self.env["mvno.portability"].create(
            {
                "line_id": line.mvno_line_id.id,
                "number": "+5511912345678",
                "state": "done",
                "checked_at": datetime(2026, 11, 20, 15),
            }
        )

    def test_nobody_types_them_in(self):
        line = self._make_active_line("2026-11-10")
        manager = self._make_user("manager", "tip_mvno.group_manager")
        line.with_user(manager).write({"mvno_paid_from": "2027-01-01"})
        self.assertEqual(line.mvno_paid_from, date(2026, 11, 10))
