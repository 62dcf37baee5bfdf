# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.tip_mvno.tools.local_time import local_day, utc_midnight

from ...models.days.mvno_line import _kind_of, _whole_days
from ...models.days.mvno_line_hold import CHARGED, FREE, UNSAID
from ..tools.test_tools_month import EXAMPLES

DAY = timedelta(days=1)
# With summer time: until 2019 it began at midnight in Brazil, an hour that never was.
ZONES = st.sampled_from(["America/Sao_Paulo", "America/Manaus", "UTC", "Asia/Tokyo"])
# Whole hours: midnights are among them.
MOMENTS = st.builds(
    lambda days, hour: datetime(2017, 10, 1) + timedelta(days=days, hours=hour),
    st.integers(0, 4500),
    st.integers(0, 23),
)
HOURS = st.integers(0, 24 * 70)


@tagged("post_install", "-at_install")
class TestWholeDays(BaseCase):
    """The days that a block takes from their first to their last moment."""

    @EXAMPLES
    @given(MOMENTS, HOURS, ZONES)
    def test_they_are_all_those_that_lie_within_the_block(self, start, hours, zone):
        end = start + timedelta(hours=hours)
        found = [day for day, _midnight, _next in _whole_days(start, end, zone)]
        day, expected = local_day(start, zone), []
        while day <= local_day(end, zone):
            within = start <= utc_midnight(day, zone)
            if within and utc_midnight(day + DAY, zone) <= end:
                expected.append(day)
            day += DAY
        self.assertEqual(found, expected)

    @EXAMPLES
    @given(MOMENTS, HOURS, ZONES)
    def test_a_day_of_use_on_either_side_is_never_among_them(self, start, hours, zone):
        end = start + timedelta(hours=hours)
        days = [day for day, _midnight, _next in _whole_days(start, end, zone)]
        for moment in (start - timedelta(seconds=1), end):
            self.assertNotIn(local_day(moment, zone), days)
        self.assertLessEqual(len(days), hours / 23)

    @EXAMPLES
    @given(st.lists(st.sampled_from([CHARGED, FREE, UNSAID]), max_size=4))
    def test_a_blocked_day_is_free_for_any_such_reason_and_charged_for_another(
        self, kinds
    ):
        """Only where nothing but TIP's own block covers it, a person is asked."""
        midnight, next_midnight = datetime(2026, 11, 10, 3), datetime(2026, 11, 11, 3)
        holds = [(midnight, next_midnight, kind) for kind in kinds]
        if FREE in kinds or not kinds:
            expected = FREE
        else:
            expected = CHARGED if CHARGED in kinds else UNSAID
        self.assertEqual(_kind_of(holds, midnight, next_midnight), expected)

    @EXAMPLES
    @given(st.integers(0, 48), st.integers(0, 48))
    def test_a_hold_counts_for_the_days_it_touches(self, begin, length):
        """Hours of two days; the second one is asked about."""
        midnight, next_midnight = datetime(2026, 11, 10, 3), datetime(2026, 11, 11, 3)
        start = midnight - DAY + timedelta(hours=begin)
        end = start + timedelta(hours=length)
        touches = start < next_midnight and end > midnight
        kind = _kind_of([(start, end, CHARGED)], midnight, next_midnight)
        self.assertEqual(kind, CHARGED if touches else FREE)
