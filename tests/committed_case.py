"""Lines whose rows are committed, for what one test transaction hides."""

import itertools
import unittest

from .platform import SimulatedPlatform
from .processes import own_database, transaction
from .provider import TOKEN, Provider, without_limit


class CommittedCase(unittest.TestCase):
    """Each class has a database and a platform of its own, each test its lines."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.database = cls.enterClassContext(own_database())
        cls.simulated = cls.enterClassContext(
            SimulatedPlatform(token=TOKEN, seed=7, sims=160, rpm=None, untold_numbers=0)
        )
        cls.customers = itertools.count(1)
        with transaction(cls.database) as env:
            cls.enterClassContext(without_limit(env.registry))
            # the responsible person's language is the platform's
            env.user.lang = "en_US"
            # a worker waits long enough to be killed while it does
            provider = Provider(env, cls.simulated, call_deadline=60)
            provider.synchronize()
            cls.product_id = provider.sell_plan().id

    def setUp(self):
        super().setUp()
        # what another test left to the cron
        with transaction(self.database) as env:
            env["mvno.command"]._process()
        self.simulated.reset_log()

    def draft_lines(self, count):
        """:return: ids of lines of a new customer, saved and not asked for yet"""
        with transaction(self.database) as env:
            provider = Provider(env, self.simulated)
            product = env["product.product"].browse(self.product_id)
            customer = provider.customer(next(self.customers))
            return provider.draft_lines(customer, [product] * count).ids

    def ask_for_activation(self, line_ids):
        """Leave the activation of lines to the cron."""
        with transaction(self.database) as env:
            env["mvno.line"].browse(line_ids)._request_activation()
            env.cr.postcommit.clear()

    def lines_in_service(self, count):
        """:return: ids of lines that are active, and whose calls are forgotten"""
        line_ids = self.draft_lines(count)
        self.ask_for_activation(line_ids)
        with transaction(self.database) as env:
            env["mvno.command"]._process()
        with transaction(self.database) as env:
            lines = env["mvno.line"].browse(line_ids)
            for line in lines:
                line.action_refresh()
            self.assertEqual(set(lines.mapped("state")), {"active"})
        self.simulated.reset_log()
        return line_ids

    def commands(self, env, line_ids):
        """:return: the requests of lines, oldest first"""
        return env["mvno.command"].search([("line_id", "in", line_ids)], order="id")

    def iccids(self, line_ids):
        """:return: the ICCIDs of lines, in order"""
        with transaction(self.database) as env:
            return env["mvno.line"].browse(line_ids).simcard_id.mapped("iccid")
