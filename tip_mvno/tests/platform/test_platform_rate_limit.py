# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import datetime, timedelta
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from ...lib import BULK, INTERACTIVE, SlotUnavailable
from ...models.platform import mvno_rate_limit
from ...models.platform.mvno_rate_limit import INTERACTIVE_RESERVE

EXAMPLES = settings(derandomize=True, database=None, deadline=None, max_examples=300)
BEGINNING = datetime(2026, 10, 5, 10)


@tagged("post_install", "-at_install")
class TestMvnoRateLimit(TransactionCase):
    """The calls left for one token, on the database's clock."""

    def setUp(self):
        super().setUp()
        self.limits = self.env["mvno.rate.limit"]
        self.now = BEGINNING
        # the database's clock, to be set
        clock = patch.object(
            self.registry["mvno.rate.limit"],
            "_clock",
            lambda limits: SQL("%s::timestamp", self.now),
        )
        self.startPatcher(clock)
        context = self.enter_registry_test_mode()
        context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)

    def _take(self, priority=INTERACTIVE, rpm=50, key="key"):
        return self.limits._take_slot(key, rpm, priority)

    def _pass(self, seconds):
        self.now += timedelta(seconds=seconds)

    def _drain(self, priority=INTERACTIVE, rpm=50, key="key"):
        """:return: number of slots that were free"""
        count = 0
        while not self._take(priority, rpm, key):
            count += 1
        return count

    # === COUNTED === #

    def test_calls_of_the_last_minute_and_hour_are_counted(self):
        for _call in range(3):
            self._take()
        self.assertEqual(self.limits._used(["key", "other"]), {"key": (3, 3)})
        self._pass(90)
        self._take()
        # of the minute before the present one, half counts
        self.assertEqual(self.limits._used(["key"]), {"key": (2, 4)})
        self._pass(300)
        self.assertEqual(self.limits._used(["key"]), {"key": (0, 4)})
        self._pass(3600)
        self.assertEqual(self.limits._used(["key"])["key"][0], 0)
        self._pass(3600)
        self.assertEqual(self.limits._used(["key"]), {"key": (0, 0)})

    def test_a_call_that_had_to_wait_is_not_counted(self):
        taken = self._drain()
        self._take()
        self.assertEqual(self.limits._used(["key"])["key"][0], taken)

    # === ARITHMETIC === #

    def test_burst_and_refill_stay_below_the_limit(self):
        for rpm in range(1, 61):
            burst, per_second = self.limits._parameters(rpm)
            self.assertGreaterEqual(burst, 1)
            self.assertGreater(per_second, 0)
            most = int(burst + per_second * 59.999)
            self.assertLessEqual(most, max(rpm - 1, 1))

    @given(
        st.integers(1, 60),
        st.lists(st.floats(0, 30), max_size=60),
    )
    @EXAMPLES
    def test_no_minute_ever_holds_more_calls_than_allowed(self, rpm, pauses):
        """The arithmetic of the SQL, on paper: greedy callers after any pauses."""
        burst, per_second = self.limits._parameters(rpm)
        slots, at, calls = float(burst), 0.0, []
        for pause in [0.0, *pauses]:
            at += pause
            slots = min(burst, slots + per_second * pause)
            while slots >= 1:
                slots -= 1
                calls.append(at)
        for index, begin in enumerate(calls):
            inside = [call for call in calls[index:] if call < begin + 60]
            self.assertLessEqual(len(inside), rpm)

    def test_a_greedy_caller_stays_below_the_limit_in_any_minute(self):
        for rpm in (1, 2, 10, 50, 60):
            with self.subTest(rpm=rpm):
                key, calls = f"greedy-{rpm}", []
                while self.now < BEGINNING + timedelta(seconds=150):
                    wait = self._take(INTERACTIVE, rpm, key)
                    if wait:
                        self._pass(wait + 0.001)
                    else:
                        calls.append(self.now)
                for index, begin in enumerate(calls):
                    end = begin + timedelta(seconds=60)
                    inside = [call for call in calls[index:] if call < end]
                    self.assertLessEqual(len(inside), rpm)
                self.assertGreaterEqual(len(calls), 1.5 * (rpm - 2))
                self.now = BEGINNING

    def test_the_wait_told_is_the_wait_needed(self):
        self._drain()
        wait = self._take()
        self.assertGreater(wait, 0)
        self._pass(wait - 0.05)
        self.assertTrue(self._take())
        self._pass(0.06)
        self.assertFalse(self._take())

    def test_refused_slots_cost_nothing(self):
        self._drain()
        for _try in range(20):
            self._take()
        wait = self._take()
        self._pass(wait + 0.01)
        self.assertFalse(self._take())

    def test_unused_time_is_not_saved_up_beyond_the_burst(self):
        burst = self._drain()
        self._pass(3600)
        self.assertEqual(self._drain(), burst)

    def test_a_clock_set_back_gives_nothing_away(self):
        self._drain()
        self._pass(-3600)
        self.assertTrue(self._take())
        self._pass(1)
        self.assertTrue(self._take())

    # === WHO GOES FIRST === #

    def test_bulk_work_leaves_slots_to_people(self):
        free = self._drain(BULK)
        self.assertTrue(self._take(BULK))
        self.assertEqual(self._drain(INTERACTIVE), INTERACTIVE_RESERVE)
        self.assertEqual(free + INTERACTIVE_RESERVE, self.limits._parameters(50)[0])

    def test_bulk_work_goes_on_under_the_smallest_limit(self):
        self.assertEqual(self._drain(BULK, rpm=1, key="small"), 1)
        self._pass(60.1)
        self.assertEqual(self._drain(BULK, rpm=1, key="small"), 1)

    # === ONE BUCKET PER TOKEN === #

    def test_platforms_with_one_token_share_a_bucket(self):
        first = self.limits._key("token")
        self.assertEqual(first, self.limits._key("token"))
        self.assertNotEqual(first, self.limits._key("other"))
        self._drain(key=first)
        self.assertFalse(self._take(key="another"))

    def test_a_key_does_not_tell_the_token(self):
        self.assertNotIn("s3cr3t", self.limits._key("s3cr3t"))

    def test_calls_are_counted(self):
        self.assertEqual(self._drain(key="counted"), 9)
        self.env.invalidate_all()
        bucket = self.limits.search([("key", "=", "counted")])
        self.assertEqual(bucket.call_count, 9)

    # === RETRY-AFTER === #

    def test_a_wait_the_platform_asks_for_is_obeyed_by_everybody(self):
        self._take()
        self.limits._pause("key", 90)
        self.assertAlmostEqual(self._take(INTERACTIVE), 90, delta=0.1)
        self._pass(89)
        self.assertTrue(self._take(BULK))
        self._pass(1.1)
        self.assertFalse(self._take())

    def test_a_shorter_wait_does_not_end_a_longer_one(self):
        self._take()
        self.limits._pause("key", 90)
        self.limits._pause("key", 5)
        self.assertAlmostEqual(self._take(), 90, delta=0.1)

    def test_another_token_is_not_held_back(self):
        self._take()
        self.limits._pause("key", 90)
        self.assertFalse(self._take(key="another"))

    # === WAITING === #

    def _naps(self):
        naps = []

        def nap(seconds):
            naps.append(seconds)
            self._pass(seconds)

        self.startPatcher(patch.object(mvno_rate_limit.time, "sleep", nap))
        clock = patch.object(
            mvno_rate_limit.time,
            "monotonic",
            lambda: (self.now - BEGINNING).total_seconds(),
        )
        self.startPatcher(clock)
        return naps

    def test_a_caller_sleeps_until_a_slot_is_free(self):
        naps = self._naps()
        self._drain()
        self.limits._acquire("key", 50, INTERACTIVE, patience=5)
        self.assertTrue(1 < sum(naps) < 2, naps)
        self.assertLessEqual(max(naps), mvno_rate_limit.LONGEST_NAP)

    def test_a_caller_gives_up_at_once_when_the_wait_is_too_long(self):
        naps = self._naps()
        self._take()
        self.limits._pause("key", 30)
        with self.assertRaises(SlotUnavailable) as caught:
            self.limits._acquire("key", 50, INTERACTIVE, patience=5)
        self.assertAlmostEqual(caught.exception.retry_in, 30, delta=0.1)
        self.assertFalse(naps)
