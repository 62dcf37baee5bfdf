"""Promise: one writer, whatever happens to it; one limit, however many there are."""

import unittest
from datetime import timedelta

from odoo import fields

from .platform import SimulatedPlatform
from .processes import Worker, own_database, transaction
from .provider import TOKEN, Provider


class TestTwoWorkers(unittest.TestCase):
    """Real processes on a database with committed rows."""

    def setUp(self):
        super().setUp()
        self.database = self.enterContext(own_database())
        self.simulated = self.enterContext(
            SimulatedPlatform(token=TOKEN, seed=7, sims=60, rpm=None, untold_numbers=0)
        )

    def provider(self, env, **values):
        provider = Provider(env, self.simulated, **values)
        provider.synchronize()
        return provider

    def pending_activations(self, count, **values):
        """:return: ICCIDs of lines whose activation waits for the cron"""
        with transaction(self.database) as env:
            provider = self.provider(env, **values)
            plan = provider.sell_plan()
            lines = provider.draft_lines(provider.customer(), [plan] * count)
            lines._request_activation()
            env.cr.postcommit.clear()
            return lines.simcard_id.mapped("iccid")

    def states(self):
        with transaction(self.database) as env:
            return env["mvno.command"].search([], order="id").mapped("state")

    def test_two_workers_send_each_request_once(self):
        iccids = self.pending_activations(8)
        workers = [Worker(self.database, "process", 3) for _worker in range(2)]
        handled = sum(int(worker.result()) for worker in workers)
        self.assertEqual(handled, 8)
        self.assertEqual(self.states(), ["done"] * 8)
        self.assertEqual(
            [len(self.simulated.effects("activate", iccid)) for iccid in iccids],
            [1] * 8,
        )
        self.assertFalse(self.simulated.sent_again())

    def test_worker_killed_while_it_waits_for_the_answer(self):
        """The effect took place, its worker did not live to hear of it."""
        (iccid,) = self.pending_activations(1, call_deadline=60)
        self.simulated.order_fault("activate", "timeout_after")
        worker = Worker(self.database, "process", 1)
        while not self.simulated.effects("activate", iccid):
            self.assertFalse(worker.ended_within(0.1), "it did not wait for the answer")
        worker.kill()
        self.assertEqual(self.states(), ["sent"])
        with transaction(self.database) as env:
            # longer ago than any call can last
            env["mvno.command"].search([]).sent_at = fields.Datetime.now() - timedelta(
                minutes=10
            )
        Worker(self.database, "process", 2).result()
        self.assertEqual(self.states(), ["done"])
        self.assertEqual(len(self.simulated.effects("activate", iccid)), 1)
        self.assertEqual(len(self.simulated.calls("activate")), 1)

    def test_one_limit_for_two_processes(self):
        seconds, per_minute = 4, 50
        workers = [
            Worker(self.database, "slots", "one-token", per_minute, seconds)
            for _worker in range(2)
        ]
        told = [map(float, worker.result().split()) for worker in workers]
        counts, began, ended = zip(*told, strict=True)
        with transaction(self.database) as env:
            burst, per_second = env["mvno.rate.limit"]._parameters(per_minute)
        # the second process may begin later than the first
        lasted = max(ended) - min(began)
        self.assertLessEqual(sum(counts), burst + per_second * lasted + 1)
        self.assertGreaterEqual(sum(counts), burst)
        self.assertLess(burst + per_second * 60, per_minute)
