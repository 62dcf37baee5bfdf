"""Promise: under 60 calls in any minute, and a person goes before bulk work."""

import unittest
from collections import Counter

from .busy_minute import PER_MINUTE, outcome
from .processes import Nursery, own_database, transaction

# Seconds a person waits for a click.
LONGEST_WAIT = 5


class TestOneLimit(unittest.TestCase):
    """However many processes there are."""

    def test_never_a_429_and_a_person_waits_under_five_seconds(self):
        minute = outcome()
        calls = Counter(operation for operation, _status in minute["calls"])
        self.assertNotIn(429, {status for _operation, status in minute["calls"]})
        self.assertLessEqual(minute["busiest"], PER_MINUTE)
        # it was the limit that held them back: both had more to do
        self.assertGreaterEqual(minute["busiest"], PER_MINUTE - 6)
        self.assertGreater(calls["stock"], 5)
        self.assertGreater(calls["activate"], 5)
        self.assertTrue(minute["clicks"])
        for seconds, state, status, error in minute["clicks"]:
            self.assertEqual((state, status), ("blocked", "blocked_total"), error)
            self.assertLess(seconds, LONGEST_WAIT)

    def test_one_limit_for_two_processes(self):
        seconds, per_minute = 4, 50
        database = self.enterContext(own_database())
        nursery = self.enterContext(Nursery(database))
        workers = [
            nursery.run("slots", "one-token", per_minute, seconds, unlimited=False)
            for _worker in range(2)
        ]
        counts, began, ended = zip(
            *(worker.result() for worker in workers), strict=True
        )
        with transaction(database) as env:
            burst, per_second = env["mvno.rate.limit"]._parameters(per_minute)
        # the second process may begin later than the first
        lasted = max(ended) - min(began)
        self.assertLessEqual(sum(counts), burst + per_second * lasted + 1)
        self.assertGreaterEqual(sum(counts), burst)
        self.assertLess(burst + per_second * 60, per_minute)
