# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Bugs that billing software is known for, each a test of its name.

Suspended months charged on return: test_mvno_line_days.py. An empty invoice for a
customer with nothing to bill: test_mvno_billing_run_months.py.
"""

from datetime import date, datetime, timedelta

from odoo.tests import tagged

from odoo.addons.tip_mvno.tests.adoption_common import JOAO, MARIA, AdoptionCase

from ..tools.month import month_end, next_month
from .billing_common import DECEMBER, JANUARY_1, NOVEMBER, OCTOBER, BillingCase, at_time


@tagged("post_install", "-at_install")
class TestMoneyRegressions(BillingCase):
    def _amounts(self, line):
        """:return: list of (month of the invoice, amount)"""
        return [
            (invoice.mvno_competence, invoice.amount_untaxed)
            for invoice in self._invoices(line)
        ]

    # === THE UTC MIDNIGHT === #

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
            {"name": "5 GB", "mvno_top_up_gb": 5, "taxes_id": False}
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

    # === THE END OF THE MONTH === #

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

    # === CATCHING UP === #

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


@tagged("post_install", "-at_install")
class TestAdoptedRegressions(BillingCase, AdoptionCase):
    def test_an_adopted_base_billed_for_months_before_billing_from(self):
        """Whatever the contract lines say of their beginning: not in arrears, not in
        advance, not as a first month that is charged in full."""
        with at_time("2026-12-03 15:00:00"):
            adoption = self.import_base(
                self.subscriber(MARIA, self.listed(), self.listed()),
                self.subscriber(JOAO, self.listed()),
            )
            self.apply(adoption, bill_from="2026-12-16", create_partners=True)
        lines = adoption.line_ids.line_id.contract_line_id
        self.assertEqual(len(lines), 3)
        lines.date_start = "2026-01-10"
        lines.specific_price = 62
        lines.product_id.product_tmpl_id.write(
            {
                "mvno_first_month": "full",
                "mvno_billing_timing": "advance",
                "mvno_join_days": 31,
            }
        )
        with at_time("2027-01-01 15:00:00"):
            for month in (date(2026, 1, 1), date(2026, 2, 1), OCTOBER):
                run = self._bill(month)
                self.assertFalse(run.invoice_ids)
                self.assertFalse(run.issue_ids.mapped("reason"))
            run = self._bill(NOVEMBER) | self._bill(DECEMBER)
        self.assertFalse(run.issue_ids.mapped("reason"))
        items = lines.mvno_item_ids
        self.assertEqual(min(items.mapped("period_start")), date(2026, 12, 16))
        december = items.filtered(lambda item: item.competence == DECEMBER)
        self.assertEqual(december.mapped("amount"), [32, 32, 32])
