# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...tools.overage import Excess, Tariff, Usage, balanced, drawn, pooled_allowance

EXAMPLES = settings(
    deadline=None,
    database=None,
    derandomize=True,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow],
)
CURRENCY = SimpleNamespace(round=lambda amount: round(amount, 2))
FIRST = datetime(2026, 11, 1, 3)


class Items(list):
    """Billed items, as far as a :class:`Usage` looks at them."""

    def mapped(self, _name):
        return list(self)


def usage(due, billed):
    """:return: :class:`Usage`; cents that are due, and cents that are billed"""
    excess = Excess("data", Decimal(1), Decimal(due) / 100, Decimal(1), True)
    line = SimpleNamespace(currency_id=CURRENCY)
    return Usage(line, [excess], Items([billed / 100]))


def tariff(first_day, last_day, allowance=100):
    """:return: :class:`Tariff` of data for days of a month of 30"""
    return Tariff(
        contract_line_id=first_day,
        mvno_line_id=1,
        holder_id=1,
        kind="data",
        allowance=allowance,
        price=Decimal(1),
        decimals=2,
        since=FIRST + timedelta(days=first_day - 1) if first_day > 1 else None,
        until=FIRST + timedelta(days=last_day) if last_day < 30 else None,
    )


@tagged("post_install", "-at_install")
class TestToolsOverage(BaseCase):
    def test_allowances_add_up_whole_or_by_days_rounded_up_once(self):
        for parts, expected in (
            ([(100, 30, True)], 100),
            ([(0.1, 30, True)], 1),
            ([(100, 10, True), (400, 20, True)], 300),
            ([(100, 11, True)], 37),
            ([(100, 11, False)], 100),
            ([(100, 1, True), (100, 1, True), (100, 1, True)], 10),
            ([(100, 11, False), (30, 1, True)], 101),
            ([], 0),
        ):
            with self.subTest(parts):
                self.assertEqual(pooled_allowance(parts, 30), expected)

    @EXAMPLES
    @given(st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 9999)), max_size=5))
    def test_what_is_billed_on_another_line_is_billed(self, cents):
        before = [usage(due, billed) for due, billed in cents]
        after = balanced(before)
        differences = [one.difference for one in after]
        # the same in all, and nothing is charged where too much is billed
        self.assertAlmostEqual(
            sum(differences), sum(due - billed for due, billed in cents) / 100, 2
        )
        self.assertFalse(max(differences, default=0) > 0 > min(differences, default=0))
        for one, other in zip(before, after, strict=True):
            self.assertLessEqual(abs(other.difference), abs(one.difference))
            self.assertGreaterEqual(other.difference * one.difference, 0)

    @EXAMPLES
    @given(
        st.lists(st.integers(1, 30), unique=True, max_size=4).map(sorted),
        st.lists(
            st.tuples(
                st.sampled_from(["data", "sms"]),
                st.one_of(
                    st.none(),
                    st.integers(0, 30 * 24 * 60 - 1).map(
                        lambda minute: FIRST + timedelta(minutes=minute)
                    ),
                ),
                st.integers(1, 90),
            ),
            max_size=20,
        ),
    )
    def test_only_what_is_of_the_days_draws(self, days, events):
        # every other stretch between the days is the holder's
        edges = [1, *(day + 1 for day in days)]
        last_days = [*days, 30]
        tariffs = [
            tariff(first, last)
            for first, last in list(zip(edges, last_days, strict=True))[::2]
            if first <= last
        ]
        whole = any(one.since is None and one.until is None for one in tariffs)
        counted = 0
        for kind, moment, quantity in events:
            number = moment and (moment - FIRST).days + 1
            mine = (
                whole if number is None else sum(day < number for day in days) % 2 == 0
            )
            if kind == "data" and mine:
                counted += quantity
        found = drawn(tariffs, events)
        self.assertEqual(found, {"data": (100, max(counted - 100, 0))})
