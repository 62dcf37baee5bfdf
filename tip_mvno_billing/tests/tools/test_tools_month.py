# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...tools.month import (
    days_in,
    exact_share,
    month_end,
    month_of,
    months_between,
    next_month,
)

EXAMPLES = settings(
    deadline=None,
    database=None,
    derandomize=True,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow],
)
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
CENTS = st.integers(0, 10_000_000)
# Thousandths of a percent.
DISCOUNTS = st.integers(0, 100_000)
MONTHS = st.sampled_from([28, 29, 30, 31])
# What the smallest unit of a currency may be, in thousandths.
UNITS = st.sampled_from([1, 10, 50, 100, 1000])


def rounded(exact, unit):
    """:return: Fraction, a multiple of the unit, half a unit rounded up"""
    return (exact / unit + Fraction(1, 2)).__floor__() * unit


@st.composite
def parts_of_months(draw):
    """:return: (days of a month, days of a part of it)"""
    total = draw(MONTHS)
    return total, draw(st.integers(0, total))


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

    @EXAMPLES
    @given(DAYS, st.lists(st.integers(2, 31), max_size=6))
    def test_a_month_split_at_any_days_keeps_its_days(self, day, splits):
        first, last = month_of(day), month_end(day)
        starts = sorted({first, *(first.replace(day=min(s, last.day)) for s in splits)})
        ends = [start - timedelta(days=1) for start in starts[1:]] + [last]
        parts = [days_in(start, end) for start, end in zip(starts, ends, strict=True)]
        self.assertEqual(sum(parts), last.day)
        self.assertGreater(min(parts), 0)


@tagged("post_install", "-at_install")
class TestExactShare(BaseCase):
    """What part of a monthly price some days cost."""

    @EXAMPLES
    @given(CENTS, parts_of_months(), DISCOUNTS, UNITS)
    @example(cents=5, part=(30, 15), discount=0, unit=10)  # half a cent
    @example(cents=1, part=(30, 15), discount=0, unit=10)
    @example(cents=5990, part=(30, 30), discount=5000, unit=10)
    def test_it_is_the_exact_fraction_rounded_once(self, cents, part, discount, unit):
        total, charged = part
        exact = Fraction(cents, 100) * charged / total
        exact *= 1 - Fraction(discount, 100_000)
        share = exact_share(cents / 100, charged, total, discount / 1000, unit / 1000)
        self.assertEqual(share, float(rounded(exact, Fraction(unit, 1000))))

    @EXAMPLES
    @given(CENTS, MONTHS)
    def test_a_whole_month_costs_its_price(self, cents, total):
        self.assertEqual(exact_share(cents / 100, total, total, 0.0, 0.01), cents / 100)

    @EXAMPLES
    @given(CENTS, parts_of_months(), DISCOUNTS)
    def test_it_is_never_negative_and_never_more_than_the_price(
        self, cents, part, discount
    ):
        total, charged = part
        share = exact_share(cents / 100, charged, total, discount / 1000, 0.01)
        self.assertGreaterEqual(share, 0)
        self.assertLessEqual(share, cents / 100)

    @EXAMPLES
    @given(CENTS, MONTHS, DISCOUNTS)
    def test_no_day_costs_nothing(self, cents, total, discount):
        self.assertEqual(exact_share(cents / 100, 0, total, discount / 1000, 0.01), 0)

    @EXAMPLES
    @given(CENTS, MONTHS, st.data())
    def test_parts_of_a_split_month_differ_by_rounding_alone(self, cents, total, data):
        """By half a cent each, at most."""
        cuts = data.draw(st.lists(st.integers(1, total - 1), max_size=5))
        edges = [0, *sorted(set(cuts)), total]
        parts = [end - start for start, end in zip(edges, edges[1:], strict=False)]
        shares = [
            Fraction(str(exact_share(cents / 100, part, total, 0.0, 0.01)))
            for part in parts
        ]
        difference = abs(sum(shares) - Fraction(cents, 100))
        self.assertLessEqual(difference, len(parts) * Fraction(1, 200))

    @EXAMPLES
    @given(CENTS, MONTHS, DISCOUNTS)
    def test_a_day_more_never_costs_less(self, cents, total, discount):
        shares = [
            exact_share(cents / 100, charged, total, discount / 1000, 0.01)
            for charged in range(total + 1)
        ]
        self.assertEqual(shares, sorted(shares))
