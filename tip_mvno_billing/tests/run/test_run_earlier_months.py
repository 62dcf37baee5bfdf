# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from odoo.tests import tagged

from ..billing_common import (
    DECEMBER,
    DECEMBER_1,
    JANUARY_1,
    NOVEMBER,
    OCTOBER,
    SEPTEMBER,
)
from ..months_common import NOVEMBER_1, MonthsCase


@tagged("post_install", "-at_install")
class TestEarlierMonths(MonthsCase):
    """Months before the run's: what is left to bill of them is listed, nothing else."""

    def test_the_last_days_of_an_archived_contract_are_listed(self):
        line = self._make_active_line("2026-09-01", price=60)
        self._bill_on("2026-10-01 15:00:00", SEPTEMBER)
        line.mvno_line_id._on_cancelled("port_out", date(2026, 10, 20))
        line.contract_id.active = False
        run = self._bill_on(NOVEMBER_1, OCTOBER)
        self.assertEqual(self._codes(run, line), [("archived", OCTOBER)])
        line.contract_id.active = True
        self._run_on(NOVEMBER_1, run)
        self.assertEqual(self._billed(line)[-1], ("recurring", OCTOBER, 38.71))
        line.contract_id.active = False
        self.assertFalse(self._codes(self._bill_on(DECEMBER_1, NOVEMBER), line))

    def test_a_line_extended_after_its_part_of_a_month_was_billed(self):
        line = self._make_active_line("2026-09-01", price=62)
        line.date_end = "2026-10-15"
        self._bill_on("2026-10-01 15:00:00", SEPTEMBER)
        run = self._bill_on(NOVEMBER_1, OCTOBER)
        line.date_end = False
        later = self._bill_on(DECEMBER_1, NOVEMBER)
        self.assertEqual(self._codes(later, line), [("earlier_month", OCTOBER)])
        self._run_on(DECEMBER_1, run)
        self._run_on(DECEMBER_1, run)
        self.assertCountEqual(
            self._billed(line),
            [
                ("recurring", SEPTEMBER, 62.0),
                ("recurring", OCTOBER, 30.0),
                ("recurring", NOVEMBER, 62.0),
                ("adjustment", OCTOBER, 32.0),
            ],
        )
        self.assertFalse(self._codes(self._run_on(DECEMBER_1, later), line))

    def test_another_rule_changes_no_month_that_is_billed(self):
        line = self._make_active_line("2026-10-12", price=62)
        run = self._bill_on(NOVEMBER_1, OCTOBER)
        line.mvno_first_month = "full"
        self._run_on(NOVEMBER_1, run)
        self.assertEqual(self._billed(line), [("recurring", OCTOBER, 40.0)])

    def test_a_missed_month_is_listed_after_the_contract_line_ended(self):
        line = self._make_active_line("2026-09-01", price=60)
        self._bill_on(NOVEMBER_1, OCTOBER)
        line._mvno_succeed(NOVEMBER, specific_price=70)
        run = self._bill_on(DECEMBER_1, NOVEMBER)
        self.assertEqual(self._codes(run, line), [("earlier_month", SEPTEMBER)])

    def test_months_before_and_after_an_extension_are_at_rest(self):
        line = self._make_active_line("2026-10-01", price=60)
        for moment, month in (
            (NOVEMBER_1, OCTOBER),
            (DECEMBER_1, NOVEMBER),
            (JANUARY_1, DECEMBER),
        ):
            run = self._bill_on(moment, month)
            self.assertFalse(self._codes(run, line))
        self.assertEqual(len(self._billed(line)), 3)
