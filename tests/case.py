"""A test transaction beside a simulated platform that answers over real HTTP."""

from datetime import datetime

from odoo import api
from odoo.tests import TransactionCase, tagged

from odoo.addons.tip_mvno.tests.common import on_the_tests_clock

from .platform import SimulatedPlatform
from .provider import TOKEN, Provider, without_limit


class Driving:
    """Of a test class in test mode: runs drivers, which commit, in its transaction."""

    @classmethod
    def drive(cls, model, method):
        """Run a cron's driver.

        :param str model: its model
        :param str method: its name
        """
        cls.env.flush_all()
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, cls.env.uid, cls.env.context)
            getattr(env[model], method)()
        cls.env.invalidate_all()


@tagged("post_install", "-at_install")
class SharedPlatformCase(Driving, TransactionCase):
    """Each class has a platform of its own, with 60 SIM cards and no rate limit. What
    happens at it stays: for tests that only read."""

    #: The platform's clock at the start.
    CLOCK = datetime(2026, 10, 5, 10)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # one transaction for everything: with cursors of two kinds the short
        # transactions of a click would wait for those of a driver
        cls.registry_enter_test_mode_cls()
        cls.startClassPatcher(without_limit(cls.registry))
        cls.enterClassContext(on_the_tests_clock())
        cls.simulated = cls.enterClassContext(
            SimulatedPlatform(
                token=TOKEN,
                seed=3,
                sims=60,
                rpm=None,
                clock=cls.CLOCK,
                untold_numbers=0,
            )
        )
        # the responsible person's language is the platform's
        cls.env.user.lang = "en_US"
        cls.provider = Provider(cls.env, cls.simulated, drive=cls.drive)


class PlatformCase(SharedPlatformCase):
    """The platform is as at the start when a test begins."""

    def setUp(self):
        super().setUp()
        # no savepoint takes back what happens there
        self.simulated.begin_again()


class SynchronizedCase(PlatformCase):
    """The provider knows plans and SIM cards already, and sells a plan."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider.synchronize()
        cls.plan = cls.provider.sell_plan()

    def subscribed(self, count=1):
        """:return: ``mvno.line`` records of a new customer, asked to be activated"""
        customer = self.provider.customer()
        lines = self.provider.draft_lines(customer, [self.plan] * count)
        lines.action_activate()
        return lines
