"""Promise: under 60 calls in any minute, and a person goes before bulk work."""

import tempfile
import threading
import time
import unittest
from pathlib import Path

from .platform import SimStatus, SimulatedPlatform
from .processes import Nursery, own_database, transaction
from .provider import TOKEN, Provider, without_limit

PER_MINUTE = 50
# Longer than the window: its worst minute begins with a bucket that is full.
SECONDS = 64
# What each process does round after round.
SYNCHRONIZE = (
    ("mvno.platform", "action_sync_simcards"),
    ("mvno.platform", "cron_sync"),
)
SEND = (("mvno.command", "cron_process"),)
# More requests than a minute's calls.
WAITING = 60
# Seconds a person waits for a click.
LONGEST_WAIT = 5
# A person clicks this often (seconds).
PAUSE = 8
CLICKS = 6


class TestOneLimit(unittest.TestCase):
    """Two processes with more to do than they may, and an attendant in between."""

    def setUp(self):
        super().setUp()
        self.database = self.enterContext(own_database())
        self.simulated = self.enterContext(
            SimulatedPlatform(
                token=TOKEN, seed=9, sims=1200, rpm=None, untold_numbers=0
            )
        )
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.nursery = self.enterContext(Nursery(self.database, folder))
        with transaction(self.database) as env:
            provider = Provider(env, self.simulated, requests_per_minute=PER_MINUTE)
            with without_limit(env.registry):
                provider.synchronize()
            plan = provider.sell_plan()
            lines = provider.draft_lines(provider.customer(1), [plan] * CLICKS)
            self.ask_for(lines)
            self.clicked_ids = lines.ids
        with transaction(self.database) as env, without_limit(env.registry):
            env["mvno.command"].cron_process()
            env["mvno.line"].cron_poll()
        with transaction(self.database) as env:
            plan = env["product.product"].search([("is_telephony", "=", True)])
            provider = Provider(env, self.simulated)
            self.ask_for(provider.draft_lines(provider.customer(2), [plan] * WAITING))
        self.simulated.set_options(rpm=PER_MINUTE)
        self.simulated.reset_limit()
        self.simulated.reset_log()

    def ask_for(self, lines):
        """Ask for activations and leave them to the workers."""
        lines._request_activation()
        lines.env.cr.postcommit.clear()

    def click(self, line_id):
        """Block a line as an attendant does, and wait for the answer.

        :return: seconds it took
        """
        began = time.monotonic()
        with transaction(self.database) as env:
            env["mvno.line"].browse(line_id).action_block_total("nonpayment")
        took = time.monotonic() - began
        with transaction(self.database) as env:
            line = env["mvno.line"].browse(line_id)
            self.assertEqual(line.state, "blocked", line.command_ids[:1].error)
            status = self.simulated.sim(line.simcard_id.iccid).status
        self.assertEqual(status, SimStatus.BLOCKED_TOTAL)
        return took

    def test_never_a_429_and_a_person_waits_under_five_seconds(self):
        for drivers in (SYNCHRONIZE, SEND):
            self.nursery.hire(*drivers, unlimited=False)
        began, waits = time.monotonic(), []
        for line_id in self.clicked_ids:
            # the bulk work takes whatever is free meanwhile
            self.wait_until(began + PAUSE * (len(waits) + 1))
            waits.append(self.click(line_id))
        self.wait_until(began + SECONDS)
        calls = self.simulated.requests
        self.assertFalse([call for call in calls if call.status == 429])
        self.assertLessEqual(self.simulated.busiest_minute, PER_MINUTE)
        # it was the limit that held them back: both had more to do
        self.assertGreaterEqual(self.simulated.busiest_minute, PER_MINUTE - 6)
        self.assertGreater(len(self.simulated.calls("stock")), 5)
        self.assertGreater(len(self.simulated.calls("activate")), 5)
        self.assertLess(max(waits), LONGEST_WAIT, waits)

    def wait_until(self, moment):
        """Real time is what the limit counts: nothing else can be waited for."""
        threading.Event().wait(max(0, moment - time.monotonic()))
