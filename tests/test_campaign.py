"""Promise: a line's requests survive anything (see campaign/README.md)."""

import unittest

from odoo.addons.tip_mvno.models.command.operation import OPERATIONS

from .campaign.campaign import Campaign
from .campaign.check import explained
from .campaign.plan import Plan
from .campaign.report import report
from .sizes import size

SEED = 2026


class TestCampaign(unittest.TestCase):
    """Real processes, real HTTP, a fifth of the calls faulty."""

    def test_each_request_takes_effect_once_or_is_put_before_a_person(self):
        requests = size("requests of the campaign")
        plan = Plan(SEED, requests, size("lines of the campaign"))
        campaign = Campaign(plan, tell_blocks_apart=True).run()
        print(*report(campaign), sep="\n")
        self.assertFalse(campaign.problems)
        self.assertGreaterEqual(sum(campaign.counts.values()), requests)
        self.assertGreaterEqual(campaign.figures["kills"], max(4, requests // 200))
        faulty = sum(sum(kinds.values()) for kinds in campaign.faults.values())
        self.assertGreater(faulty, 0.12 * campaign.figures["calls"])
        # whatever the clerk asks for is done now and then
        done = {name for name, state in campaign.counts if state == "done"}
        self.assertEqual(done, set(OPERATIONS))
        self.assertGreater(campaign.figures["stolen"], 0)

    def test_a_platform_that_does_not_tell_one_block_from_another(self):
        campaign = Campaign(Plan(SEED, 200, 40), tell_blocks_apart=False).run()
        print(*report(campaign), sep="\n")
        self.assertFalse(campaign.problems)

    def test_one_seed_is_one_plan(self):
        iccids = [f"8955{place}" for place in range(20)]
        digests = [Plan(seed, 200, 20).digest(iccids) for seed in (1, 1, 2)]
        self.assertEqual(digests[0], digests[1])
        self.assertNotEqual(digests[0], digests[2])
        self.assertEqual(Plan(1, 200, 20).kills, Plan(1, 200, 20).kills)

    def test_what_happened_twice_or_never_is_noticed(self):
        done, refused, asked = (1,), (0,), (0, 1)
        for requests, effects, is_right in (
            ([("block", done), ("unblock", done)], ["block", "unblock"], True),
            ([("block", done), ("unblock", done)], ["unblock", "block"], False),
            ([("block", done)], ["block", "block"], False),
            ([("block", done)], [], False),
            ([("block", refused)], ["block"], False),
            ([], ["block"], False),
            ([("top_up", asked), ("block", done)], ["block", "top_up"], True),
            ([("top_up", asked), ("block", done)], ["block"], True),
            ([("top_up", asked)], ["top_up", "top_up"], False),
        ):
            with self.subTest(requests=requests, effects=effects):
                self.assertIs(explained(requests, effects), is_right)
