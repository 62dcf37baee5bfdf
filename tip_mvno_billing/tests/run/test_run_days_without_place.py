# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, datetime

from odoo.tests import tagged

from ..billing_common import DECEMBER_1, NOVEMBER, SEPTEMBER
from ..months_common import MonthsCase


def day(number):
    """:return: a date of November"""
    return NOVEMBER.replace(day=number)


@tagged("post_install", "-at_install")
class TestDaysWithoutPlace(MonthsCase):
    """Each day in service is on an invoice, free by a rule, or on a list; a line of
    60.00 costs 2.00 a day in November."""

    def setUp(self):
        super().setUp()
        self.at(DECEMBER_1)
        self.line = self._make_active_line(price=60)
        self.mobile = self.line.mvno_line_id

    def _cancel(self, number, mobile=None):
        (mobile or self.mobile).write(
            {"state": "cancelled", "cancellation_date": day(number)}
        )

    def _lists(self, run, *expected):
        """Check what a run lists of days."""
        issues = run.issue_ids.filtered("day_from").sorted("day_from")
        self.assertEqual(
            [(i.code, i.day_from, i.day_to, i.amount) for i in issues], list(expected)
        )

    def _amounts(self, *lines):
        items = self.env["mvno.billing.item"].browse()
        for line in lines or [self.line]:
            items |= line.mvno_item_ids
        return items.sorted("id").mapped("amount")

    # === WHAT WAS NOWHERE === #

    def test_days_between_the_contract_lines_end_and_the_lines(self):
        self.line.date_end = day(5)
        self._cancel(25)
        run = self._bill(NOVEMBER)
        self.assertEqual(self._amounts(), [10.0])
        self._lists(run, ("no_place", day(6), day(25), 40.0))
        issue = run.issue_ids
        self.assertEqual(issue.mvno_line_id, self.mobile)
        self.assertEqual(issue.partner_id, self.partner)
        self.assertEqual(issue.action_open()["res_id"], self.mobile.id)

    def test_days_between_two_contract_lines(self):
        self.line.date_end = day(10)
        following = self.env["contract.line"].create(
            {
                "contract_id": self.line.contract_id.id,
                "product_id": self.product.id,
                "mvno_line_id": self.mobile.id,
                "date_start": day(20),
                "specific_price": 60,
            }
        )
        run = self._bill(NOVEMBER)
        self.assertEqual(self._amounts(self.line, following), [20.0, 22.0])
        self._lists(run, ("no_place", day(11), day(19), 18.0))

    def test_days_before_a_start_that_was_moved_to_a_later_day(self):
        self.line.date_start = day(10)
        run = self._bill(NOVEMBER)
        self.assertEqual(self._amounts(), [42.0])
        self._lists(run, ("no_place", day(1), day(9), 18.0))

    def test_days_of_a_missed_month_after_the_lines_end(self):
        line = self._make_active_line("2026-09-01", price=60)
        line.date_end = "2026-09-05"
        line.mvno_line_id.write(
            {"state": "cancelled", "cancellation_date": "2026-09-20"}
        )
        run = self._bill(SEPTEMBER)
        self.assertEqual(self._amounts(line), [10.0])
        self._lists(run, ("no_place", date(2026, 9, 6), date(2026, 9, 20), 30.0))

    def test_days_of_a_contract_that_buys(self):
        self.line.contract_id.contract_type = "purchase"
        self._lists(self._bill(NOVEMBER), ("no_place", day(1), day(30), 60.0))

    def test_days_of_a_contract_of_another_company(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.env.flush_all()
        self.cr.execute(
            "UPDATE contract_contract SET company_id = %s WHERE id = %s",
            (company.id, self.line.contract_id.id),
        )
        self.cr.execute(
            "UPDATE contract_line SET company_id = %s WHERE id = %s",
            (company.id, self.line.id),
        )
        self.env.invalidate_all()
        self._lists(self._bill(NOVEMBER), ("no_place", day(1), day(30), 60.0))

    def test_days_of_a_plan_that_is_sold_on_another_platform_now(self):
        other = self._make_platform(name="Other")
        plan = self._make_plan("0900", "Other", other)
        self.product.product_tmpl_id.write(
            {"mvno_platform_id": other.id, "mvno_plan_id": plan.id}
        )
        self._lists(self._bill(NOVEMBER), ("no_place", day(1), day(30), 60.0))

    def test_days_of_a_cancelled_line_whose_contract_line_is_gone(self):
        self._cancel(20)
        self._delete_as_if_it_could_be(self.line)
        self._lists(self._bill(NOVEMBER), ("no_place", day(1), day(20), 0.0))

    def test_days_of_a_cancelled_line_whose_contract_line_was_cancelled_by_hand(self):
        self._cancel(20)
        self.line.is_canceled = True
        self._lists(self._bill(NOVEMBER), ("no_place", day(1), day(20), 40.0))

    def test_days_to_the_months_end_are_told_with_the_line_that_nobody_pays_for(self):
        self.line.date_end = day(10)
        run = self._bill(NOVEMBER)
        self.assertEqual(self._amounts(), [20.0])
        self._lists(run, ("no_contract", day(11), day(30), 40.0))

    def test_days_cost_what_was_agreed_for_their_month(self):
        self.line.write(
            {"discount": 50, "mvno_discount_end": "2026-10-01", "date_end": day(5)}
        )
        self._cancel(25)
        self._lists(self._bill(NOVEMBER), ("no_place", day(6), day(25), 40.0))
        self.line.mvno_discount_end = NOVEMBER
        self._lists(self._bill(NOVEMBER), ("no_place", day(6), day(25), 20.0))

    # === FREE DAYS === #

    def test_a_free_first_month_is_listed_with_its_days(self):
        free = self._make_active_line("2026-11-10", price=60)
        free.mvno_first_month = "free"
        run = self._bill(NOVEMBER)
        self.assertEqual(self._amounts(free), [])
        self._lists(run, ("free_days", day(10), day(30), 0.0))
        self.assertIn("free first month", run.issue_ids.reason)

    def test_a_change_of_plan_does_not_end_a_free_month(self):
        free = self._make_active_line("2026-11-10", price=60)
        free.mvno_first_month = "free"
        large = self._make_product(self._make_plan("0102", "50 GB"), list_price=90)
        successor = free._mvno_succeed(day(20), product_id=large.id)
        run = self._bill(NOVEMBER)
        self.assertEqual(self._amounts(free, successor), [])
        self._lists(
            run,
            ("free_days", day(10), day(19), 0.0),
            ("free_days", day(20), day(30), 0.0),
        )
        self.assertEqual(successor.mvno_paid_from, date(2026, 12, 1))

    def test_another_holder_pays_in_a_free_month(self):
        free = self._make_active_line("2026-11-10", price=60)
        free.mvno_first_month = "free"
        other = self._make_partner(name="João", vat="529.982.247-25")
        contract = self._make_contract(partner=other, count=0)
        free.mvno_line_id.sudo().partner_id = other
        free.date_end = day(19)
        following = self.env["contract.line"].create(
            {
                "contract_id": contract.id,
                "product_id": self.product.id,
                "mvno_line_id": free.mvno_line_id.id,
                "date_start": day(20),
                "specific_price": 60,
            }
        )
        self._bill(NOVEMBER)
        self.assertEqual(self._amounts(following), [22.0])

    def test_days_before_the_end_of_a_port_in_are_on_the_invoice(self):
        line = self._make_active_line("2026-11-03", price=60)
        line.mvno_bill_from = "port_in"
        self._port_in(line, "done", datetime(2026, 11, 13, 15))
        run = self._bill(NOVEMBER)
        self.assertEqual(self._amounts(line), [36.0])
        self._lists(run)
        self.assertIn(
            f"Free: {self._written(2026, 11, 3)} to {self._written(2026, 11, 12)} "
            "(before the end of the port-in)",
            line.mvno_item_ids.move_line_id.name,
        )

    def test_suspended_days_are_on_the_invoice(self):
        self._suspend(self.mobile, "2026-11-09 15:00:00", "2026-11-20 15:00:00")
        self._bill(NOVEMBER)
        self.assertEqual(self._amounts(), [40.0])
        self.assertIn(
            f"Free: {self._written(2026, 11, 10)} to {self._written(2026, 11, 19)} "
            "(suspension)",
            self.line.mvno_item_ids.move_line_id.name,
        )

    def test_suspended_days_that_nobody_pays_for_are_not_missing(self):
        self._suspend(self.mobile, "2026-11-09 15:00:00", "2026-11-20 15:00:00")
        self.line.date_end = day(5)
        self._cancel(25)
        self._lists(
            self._bill(NOVEMBER),
            ("no_place", day(6), day(9), 8.0),
            ("no_place", day(20), day(25), 12.0),
        )

    def test_days_before_an_agreed_start_are_free(self):
        self.at("2026-11-12 15:00:00")
        line = self._make_contract().contract_line_ids
        line.write({"date_start": day(20), "specific_price": 60})
        mobile = self._make_line("draft", line)
        mobile.write({"state": "active", "activation_date": day(12)})
        line._mvno_begin_service(day(12))
        self.at(DECEMBER_1)
        run = self._bill(NOVEMBER)
        self.assertEqual(self._amounts(line), [22.0])
        self._lists(run)
        self.assertIn("before the agreed start", line.mvno_item_ids.move_line_id.name)

    def test_days_that_were_billed_elsewhere_are_not_missing(self):
        self.line.mvno_billing_from = day(16)
        run = self._bill(NOVEMBER)
        self.assertEqual(self._amounts(), [30.0])
        self._lists(run)

    # === NOTHING ELSE === #

    def test_what_a_run_could_not_bill_is_listed_once(self):
        self.line.specific_price = 0
        run = self._bill(NOVEMBER)
        self.assertEqual(run.issue_ids.mapped("code"), ["price_zero"])

    def test_a_preview_lists_the_same(self):
        self._make_active_line(price=60)
        self.line.date_end = day(5)
        self._cancel(25)
        run = self.env["mvno.billing.run"].create(
            {"platform_id": self.platform.id, "competence": NOVEMBER}
        )
        run.action_preview()
        while run.state in ("waiting", "running"):
            run._run_slice()
        self._lists(run, ("no_place", day(6), day(25), 40.0))

    def test_days_that_are_paid_for_afterwards_leave_the_list(self):
        self.line.date_end = day(5)
        self._cancel(25)
        run = self._bill(NOVEMBER)
        self.line.date_end = False
        self._run(run)
        self._lists(run)
        self.assertEqual(sum(self._amounts()), 50.0)

    def _port_in(self, line, state, ended):
        return self.env["mvno.portability"].create(
            {
                "line_id": line.mvno_line_id.id,
                "number": "+5511912345678",
                "state": state,
                "checked_at": ended,
            }
        )
