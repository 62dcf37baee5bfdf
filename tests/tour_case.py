"""Browser tours against a simulated platform, with the cron's work done meanwhile."""

import functools
import queue
import threading
from datetime import datetime
from unittest.mock import patch
from zoneinfo import ZoneInfo

from odoo import SUPERUSER_ID, api, fields
from odoo.modules.registry import Registry
from odoo.tests import HttpCase, tagged
from odoo.tests.common import get_db_name, release_test_lock

from .case import Driving
from .platform import SimulatedPlatform
from .provider import TOKEN, without_limit

BROWSER_SECONDS = 120
#: What the web client loads in a tour.
BUNDLES = (
    "web.assets_web",
    "web.assets_web_print",
    "web.assets_tests",
    "web.__assets_tests_call__",
)


class CronWorker:
    """A thread that runs a cron's driver as soon as somebody triggers the cron.

    As with a real worker the driver begins once the click's transaction is over: its
    cursor waits for the lock of the test's cursors until then.

    :param registry: the test's registry, in test mode
    """

    def __init__(self, registry):
        self.errors = []
        self._registry = registry
        self._due = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="tour-cron")

    def trigger(self, cron):
        """:param cron: ``ir.cron`` record that is due now"""
        cron = cron.sudo()
        self._due.put((cron.model_id.model, cron.code))

    def _work(self):
        while job := self._due.get():
            model, code = job
            try:
                with self._registry.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    driver = code.removeprefix("model.").removesuffix("()")
                    getattr(env[model], driver)()
            except Exception as error:
                self.errors.append(error)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_failure):
        self._due.put(None)
        # what is still due needs the lock the test holds between two tours
        with release_test_lock():
            self._thread.join(BROWSER_SECONDS)


@functools.cache
def keep_assets():
    """Make the web client's bundles once and keep them, or every test class would make
    them again in its own transaction."""
    with Registry(get_db_name()).cursor() as cr:
        qweb = api.Environment(cr, SUPERUSER_ID, {})["ir.qweb"]
        for name in BUNDLES:
            bundle = qweb._get_asset_bundle(name)
            bundle.js()
            bundle.css()


@tagged("post_install", "-at_install")
class TourCase(Driving, HttpCase):
    """Each class has a platform of its own, whose clock shows the real day."""

    @classmethod
    def setUpClass(cls):
        keep_assets()
        super().setUpClass()
        # where Odoo speaks only another language
        cls.env["res.lang"]._activate_lang("en_US")
        cls.now = datetime.now(ZoneInfo("America/Sao_Paulo")).replace(tzinfo=None)
        cls.simulated = cls.enterClassContext(
            SimulatedPlatform(
                token=TOKEN,
                seed=3,
                sims=60,
                rpm=None,
                clock=cls.now,
                untold_numbers=0,
            )
        )
        cls.startClassPatcher(without_limit(cls.registry))
        # a test's cursor runs no hooks after a commit: send within the click
        cls.startClassPatcher(
            patch.object(
                cls.registry["mvno.command"], "_process_after_commit", _process_now
            )
        )

    def run_tour(self, name, login, **told):
        """Run a tour from the home page, with a worker for the crons it triggers.

        :param str name: its name in the browser's registry
        :param str login: whose tour it is
        :param told: what only this run knows; the tour reads it from cookies
        """
        triggers = type(self.env["ir.cron"])
        trigger_list = triggers._trigger_list
        with CronWorker(self.registry) as worker:

            def trigger_now(cron, at_list):
                if min(at_list) <= fields.Datetime.now():
                    worker.trigger(cron)
                return trigger_list(cron, at_list)

            with patch.object(triggers, "_trigger_list", trigger_now):
                self.start_tour(
                    "/odoo",
                    name,
                    login=login,
                    timeout=BROWSER_SECONDS,
                    cookies={f"tour_{key}": value for key, value in told.items()},
                )
        self.assertFalse(worker.errors)
        self.env.invalidate_all()


def _process_now(commands):
    commands.env.flush_all()
    commands.browse()._process(command_ids=commands.ids)
    commands.env.invalidate_all()
