# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from ...tools.month import exact_share, month_end
from ..billing_common import BillingCase
from ..tools.test_tools_month import EXAMPLES

DAY = timedelta(days=1)
SPLITS = st.lists(st.integers(2, 31), max_size=4)
MONTHS = st.sampled_from(
    [date(2026, 11, 1), date(2027, 12, 1), date(2028, 2, 1), date(2027, 2, 1)]
)


@tagged("post_install", "-at_install")
class TestSplitMonths(BillingCase):
    """Contract lines that follow each other within a month."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._make_active_line("2026-10-01", price=59.9)

    def _split(self, month, splits):
        """:return: the contract lines of a mobile line, one from each day on"""
        lines = line = self.line
        for day in sorted({min(day, month_end(month).day) for day in splits}):
            line = line._mvno_succeed(month.replace(day=day))
            lines |= line
        return lines

    @settings(EXAMPLES, max_examples=25)
    @given(MONTHS, SPLITS, st.frozensets(st.integers(1, 31), max_size=20))
    def test_successors_pay_for_each_day_of_the_month_once(self, month, splits, off):
        last = month_end(month)
        off = {month.replace(day=min(day, last.day)) for day in off}
        with self.env.cr.savepoint() as savepoint:
            lines = self._split(month, splits)
            parts = [line._mvno_part(month, off) for line in lines]
            savepoint.close(rollback=True)
        self.env.invalidate_all()
        self.assertEqual(sum(part.charged for part in parts), last.day - len(off))
        for before, after in zip(parts, parts[1:], strict=False):
            self.assertEqual(before.end + DAY, after.start)
        self.assertEqual((parts[0].start, parts[-1].end), (month, last))
        for part in parts:
            self.assertLessEqual(0, part.charged)
            self.assertLessEqual(part.charged, (part.end - part.start).days + 1)
            self.assertEqual(
                part.amount, exact_share(59.9, part.charged, last.day, 0.0, 0.01)
            )
