"""A test transaction beside a simulated platform that answers over real HTTP."""

from datetime import datetime

from odoo import api
from odoo.tests import TransactionCase, tagged

from .platform import SimulatedPlatform
from .provider import TOKEN, Provider, without_limit


@tagged("post_install", "-at_install")
class PlatformCase(TransactionCase):
    """Each test has a platform of its own, with 60 SIM cards and no rate limit."""

    #: The platform's clock at the beginning of each test.
    CLOCK = datetime(2026, 10, 5, 10)

    def setUp(self):
        super().setUp()
        # one transaction for everything: with cursors of two kinds the short
        # transactions of a click would wait for those of a driver
        self.registry_enter_test_mode()
        self.startPatcher(without_limit(self.registry))
        self.simulated = self.enterContext(
            SimulatedPlatform(
                token=TOKEN,
                seed=3,
                sims=60,
                rpm=None,
                clock=self.CLOCK,
                untold_numbers=0,
            )
        )
        # the responsible person's language is the platform's
        self.env.user.lang = "en_US"
        self.provider = Provider(self.env, self.simulated, drive=self.drive)

    def drive(self, model, method):
        """Run a cron's driver, which commits, inside the test's transaction.

        :param str model: its model
        :param str method: its name
        """
        self.env.flush_all()
        with self.registry.cursor() as cr:
            env = api.Environment(cr, self.env.uid, self.env.context)
            getattr(env[model], method)()
        self.env.invalidate_all()

    def subscribed(self, count=1):
        """:return: ``mvno.line`` records of a new customer, asked to be activated"""
        self.provider.synchronize()
        plan = self.provider.sell_plan()
        lines = self.provider.draft_lines(self.provider.customer(), [plan] * count)
        lines.action_activate()
        return lines
