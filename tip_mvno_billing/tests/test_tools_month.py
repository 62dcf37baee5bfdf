# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..tools.month import days_in, month_end, month_of, months_between, next_month

EXAMPLES = settings(
    deadline=None,
    database=None,
    derandomize=True,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow],
)
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@tagged("post_install", "-at_install")
class TestToolsMonth(BaseCase):
    def test_february_of_a_leap_year_ends_on_the_29th(self):
        self.assertEqual(month_end(date(2028, 2, 10)), date(2028, 2, 29))

    def test_december_is_followed_by_january(self):
        self.assertEqual(next_month(date(2026, 12, 31)), date(2027, 1, 1))

    def test_months_between_starts_with_the_month_of_the_day(self):
        self.assertEqual(
            months_between(date(2026, 10, 31), date(2027, 1, 1)),
            [date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)],
        )

    def test_no_month_lies_between_a_day_and_its_own_month(self):
        self.assertEqual(months_between(date(2026, 10, 31), date(2026, 10, 1)), [])

    @EXAMPLES
    @given(DAYS)
    def test_every_day_lies_in_its_month_and_months_follow_without_a_gap(self, day):
        self.assertLessEqual(month_of(day), day)
        self.assertLessEqual(day, month_end(day))
        self.assertEqual(month_end(day) + timedelta(days=1), next_month(day))

    @EXAMPLES
    @given(DAYS)
    def test_a_month_split_anywhere_keeps_its_days(self, day):
        first, last = month_of(day), month_end(day)
        before = (day - first).days
        self.assertEqual(before + days_in(day, last), days_in(first, last))
