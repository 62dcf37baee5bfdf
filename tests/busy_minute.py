"""For a minute: two processes with more to do than they may, an attendant in between.

It takes real time and next to no work. So it goes on in a process of its own
(``python -m tests.busy_minute``) while other tests run, see conftest.py; its own test
has only to look at the outcome.
"""

import functools
import json
import os
import subprocess
import sys
import threading
import time

from odoo.tools import config

from .platform import SimulatedPlatform
from .processes import CHECKOUT, Nursery, own_database, transaction
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
# A person clicks this often (seconds).
PAUSE = 8
CLICKS = 6
# Seconds in which it must be over.
PATIENCE = 300


class BusyMinute:
    """The minute itself.

    :param str database: see :func:`tests.processes.own_database`
    :param simulated: :class:`tests.platform.SimulatedPlatform` without a limit yet
    """

    def __init__(self, database, simulated):
        self._database, self._simulated = database, simulated

    def prepare(self):
        """Lines to click on, and more to do for the workers than a minute allows."""
        with transaction(self._database) as env:
            provider = Provider(env, self._simulated, requests_per_minute=PER_MINUTE)
            with without_limit(env.registry):
                provider.synchronize()
            plan = provider.sell_plan()
            lines = provider.draft_lines(provider.customer(1), [plan] * CLICKS)
            self._ask_for(lines)
            self._line_ids = lines.ids
        with transaction(self._database) as env, without_limit(env.registry):
            env["mvno.command"].cron_process()
            env["mvno.line"].cron_poll()
        with transaction(self._database) as env:
            plan = env["product.product"].search([("is_telephony", "=", True)])
            provider = Provider(env, self._simulated)
            self._ask_for(provider.draft_lines(provider.customer(2), [plan] * WAITING))
        self._simulated.set_options(rpm=PER_MINUTE)
        self._simulated.reset_limit()
        self._simulated.reset_log()

    def _ask_for(self, lines):
        """Ask for activations and leave them to the workers."""
        lines._request_activation()
        lines.env.cr.postcommit.clear()

    def pass_by(self, nursery):
        """Let it pass.

        :param nursery: where the two processes come from
        :return: dict: ``clicks`` (see :meth:`_click`), ``calls`` as (operation, HTTP
            status) and ``busiest``, the most calls of any 60 s
        """
        for drivers in (SYNCHRONIZE, SEND):
            nursery.hire(*drivers, unlimited=False)
        began, clicks = time.monotonic(), []
        for line_id in self._line_ids:
            # the bulk work takes whatever is free meanwhile
            self._wait_until(began + PAUSE * (len(clicks) + 1))
            clicks.append(self._click(line_id))
        self._wait_until(began + SECONDS)
        calls = self._simulated.requests
        return {
            "clicks": clicks,
            "calls": [(call.operation, call.status) for call in calls],
            "busiest": self._simulated.busiest_minute,
        }

    def _click(self, line_id):
        """Block a line as an attendant does, and wait for the answer.

        :return: seconds it took, the line's state, its SIM card's at the platform, and
            the request's error
        """
        began = time.monotonic()
        with transaction(self._database) as env:
            env["mvno.line"].browse(line_id).action_block_total("nonpayment")
        took = time.monotonic() - began
        with transaction(self._database) as env:
            line = env["mvno.line"].browse(line_id)
            status = self._simulated.sim(line.simcard_id.iccid).status
            return took, line.state, status.value, line.command_ids[:1].error

    def _wait_until(self, moment):
        """Real time is what the limit counts: nothing else can be waited for."""
        threading.Event().wait(max(0, moment - time.monotonic()))


@functools.cache
def begin():
    """Begin it, unless it has begun.

    :return: :class:`subprocess.Popen`, which tells the outcome and the log
    """
    return subprocess.Popen(
        [sys.executable, "-m", "tests.busy_minute"],
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@functools.cache
def outcome():
    """Wait until it is over.

    :return: see :meth:`BusyMinute.pass_by`
    :raise AssertionError: when it failed, with its log
    """
    told, log = begin().communicate(timeout=PATIENCE)
    if not told:
        raise AssertionError(f"The busy minute failed:\n{log}")
    return json.loads(told)


def main():
    """Let it pass, and print the outcome as JSON."""
    if os.fork():
        # Odoo's test classes terminate whatever children the process has
        return
    config.parse_config(["-c", os.environ["ODOO_RC"], "--no-http", "--log-level=warn"])
    with (
        own_database() as database,
        Nursery(database) as nursery,
        SimulatedPlatform(
            token=TOKEN, seed=9, sims=1200, rpm=None, untold_numbers=0
        ) as simulated,
    ):
        minute = BusyMinute(database, simulated)
        minute.prepare()
        print(json.dumps(minute.pass_by(nursery)))


if __name__ == "__main__":
    main()
