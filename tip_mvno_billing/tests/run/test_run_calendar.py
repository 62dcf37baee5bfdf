# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, datetime, timedelta

from odoo.tests import tagged

from ...tools.month import month_end, next_month
from ..billing_common import (
    DECEMBER,
    JANUARY_1,
    NOVEMBER,
    OCTOBER,
    BillingCase,
    at_time,
)


@tagged("post_install", "-at_install")
class TestCalendar(BillingCase):
    """Midnights, ends of months and missed months: where billing software is known to
    go wrong, each a test of its bug's name."""

    def _amounts(self, line):
        """:return: list of (month of the invoice, amount)"""
        return [
            (invoice.mvno_competence, invoice.amount_untaxed)
            for invoice in self._invoices(line)
        ]

    def test_billed_twice_across_the_utc_midnight(self):
        """A month is billed at 20:59 on the last day of the next one and again at
        21:01, which is the new year in UTC."""
        line = self._make_active_line(price=60)
        with at_time("2026-12-31 23:59:00"):
            run = self._bill(NOVEMBER)
        with at_time("2027-01-01 00:01:00"):
            self._run(run)
            self._bill(NOVEMBER)
        self.assertEqual(self._amounts(line), [(NOVEMBER, 60)])
        self.assertEqual(self._invoices(line).invoice_date, date(2026, 12, 31))

    def test_billed_twice_across_the_utc_midnight_from_its_first_evening(self):
        """A line and a top-up of 23:30 on the 31st are October's, and October's only,
        though both are November's in UTC."""
        with at_time("2026-11-01 02:30:00"):
            line = self._make_line("draft").contract_line_id
            line.specific_price = 62
            mobile = line.mvno_line_id
            mobile._transition("request")
            mobile._start_service(None)
        package = self.env["product.product"].create(
            {"name": "5 GB", "mvno_top_up_gb": 5}
        )
        moment = datetime(2026, 11, 1, 2, 30)
        self._make_command(
            mobile,
            "top_up",
            "done",
            quantity=5,
            price=15.0,
            product_id=package.id,
            sent_at=moment,
            settled_at=moment,
        )
        with at_time(JANUARY_1):
            runs = self._bill(OCTOBER) | self._bill(NOVEMBER)
        self.assertEqual(self._amounts(line), [(OCTOBER, 17), (NOVEMBER, 62)])
        self.assertFalse(runs.issue_ids)

    def test_month_end_drifting_to_the_28th(self):
        """From the 31st over February, of a leap year too, and back to the 31st."""
        month = date(2027, 1, 1)
        line = self._make_active_line("2027-01-31", price=31)
        while month < date(2028, 5, 1):
            following = next_month(month)
            with at_time(
                datetime.combine(following, datetime.min.time()).replace(hour=15)
            ):
                self._bill(month)
            self.assertEqual(line.last_date_invoiced, month_end(month))
            self.assertEqual(line.recurring_next_date, month_end(following))
            month = following
        first, *others = line.mvno_item_ids.sorted("competence")
        self.assertEqual((first.period_start.day, first.amount), (31, 1))
        self.assertEqual(len(others), 15)
        for item in others:
            self.assertEqual(item.period_start, item.competence)
            self.assertEqual(item.period_end, month_end(item.competence))
            self.assertEqual(item.amount, 31)

    def test_catch_up_of_three_missed_months_gives_three_invoices(self):
        """Each of its own month, and none is due before it can be paid."""
        line = self._make_active_line("2026-10-16", price=62)
        months = [OCTOBER, NOVEMBER, DECEMBER]
        today = date(2027, 1, 4)
        with at_time("2027-01-04 15:00:00"):
            missed = self._bill(DECEMBER)
            self.assertEqual(
                sorted(missed.issue_ids.mapped("competence")), [OCTOBER, NOVEMBER]
            )
            for month in (OCTOBER, NOVEMBER):
                self._bill(month)
            self.assertFalse(self._run(missed).issue_ids)
        self.assertEqual(
            self._amounts(line), list(zip(months, (32, 62, 62), strict=True))
        )
        invoices = self._invoices(line)
        self.assertEqual(
            invoices.mapped("invoice_date_due"),
            [today + timedelta(5), today + timedelta(5), date(2027, 1, 10)],
        )
        self.assertEqual(set(invoices.mapped("invoice_date")), {today})
        for invoice in invoices:
            period = invoice.mvno_item_ids
            self.assertEqual(period.competence, invoice.mvno_competence)
            self.assertEqual(period.period_end, month_end(invoice.mvno_competence))
