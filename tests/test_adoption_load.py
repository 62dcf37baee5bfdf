"""Promises: few calls, flat memory, and importing twice changes nothing."""

import unittest

from .adoption import Adoption, report
from .platform import SimulatedPlatform
from .processes import Nursery, own_database, transaction
from .provider import TOKEN, Provider, without_limit
from .sizes import size

#: SIM cards of one answer.
PAGE = 500
#: KiB for each line that a reading may take, and the last slice more than the first.
FLAT = 5


class TestAdoptionLoad(unittest.TestCase):
    """Over real HTTP, on a database with committed rows."""

    def setUp(self):
        super().setUp()
        self.database = self.enterContext(own_database())

    def test_an_existing_base_is_read_in_one_call_and_taken_over_in_none(self):
        count = size("lines of an existing base")
        platform = SimulatedPlatform(token=TOKEN, rpm=None, sims=60, lines=count)
        simulated = self.enterContext(platform)
        adoption = Adoption(self.database, simulated)
        adoption.ask()
        figures = adoption.fetch()
        report(f"{count} lines read", figures, adoption)
        self.assertEqual(figures["calls"], 1)
        flat = FLAT * count / 1024
        self.assertLess(figures["growth"], flat)
        self.assertEqual(adoption.state(), "review")
        adoption.decide()
        figures = adoption.apply()
        report("taken over", figures, adoption)
        self.assertEqual(figures["calls"], 0)
        memory = figures["memory"]
        self.assertLess(memory[-1] - memory[len(memory) // 5], flat)
        self.assertEqual(adoption.state(), "done")
        alive = [
            contract.code
            for contract in simulated.contracts()
            if not contract.cancelled_at
        ]
        with transaction(self.database) as env:
            lines = env["mvno.line"].search([])
            self.assertEqual(sorted(lines.mapped("platform_contract")), sorted(alive))
            self.assertEqual(len(lines.contract_line_id), len(alive))
        before = adoption.records()
        self.assertEqual(before["mvno.command"][0][0], 0)
        adoption.ask()
        figures = adoption.fetch()
        report("read again", figures, adoption)
        self.assertEqual(adoption.records(), before)
        self.assertEqual(set(adoption.counts()), {"matched", "skipped"})

    def test_a_killed_worker_is_followed_by_one_that_creates_nothing_twice(self):
        platform = SimulatedPlatform(token=TOKEN, rpm=None, sims=60, lines=300)
        simulated = self.enterContext(platform)
        adoption = Adoption(self.database, simulated)
        adoption.ask()
        adoption.fetch()
        adoption.decide()
        found = adoption.counts()["create"]
        nursery = self.enterContext(Nursery(self.database))
        worker = nursery.run("synchronize")
        while not adoption.counts().get("adopted"):
            self.assertFalse(worker.ended_within(0.05), "it took nothing over")
        worker.kill()
        self.assertEqual(adoption.state(), "applying")
        adopted = adoption.counts()["adopted"]
        self.assertTrue(0 < adopted < found, adopted)
        nursery.run("synchronize").result()
        self.assertEqual(adoption.state(), "done")
        with transaction(self.database) as env:
            lines = env["mvno.line"].search([])
            self.assertEqual(len(lines), found)
            self.assertEqual(len(set(lines.mapped("platform_contract"))), found)
            self.assertEqual(len(lines.contract_line_ids), found)
            documents = lines.partner_id.mapped("vat")
            self.assertEqual(len(set(documents)), len(lines.partner_id))
            self.assertEqual(len(lines.contract_id), len(lines.partner_id))
            self.assertFalse(env["mvno.command"].search([]))

    def test_the_stock_is_read_in_pages_of_500_and_one_call_more(self):
        count = size("SIM cards read")
        platform = SimulatedPlatform(token=TOKEN, rpm=None, sims=count)
        simulated = self.enterContext(platform)
        with transaction(self.database) as env:
            self.enterContext(without_limit(env.registry))
            provider = Provider(env, simulated)
            provider.platform.action_sync_simcards()
            provider.drive("mvno.platform", "cron_sync")
            self.assertEqual(provider.platform.simcard_count, count)
        print(f"{count} SIM cards: {len(simulated.requests)} calls")
        self.assertLessEqual(len(simulated.requests), -(-count // PAGE) + 1)
