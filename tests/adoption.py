"""Taking over an existing base, measured: ``python -m tests.adoption --lines 5000``.

Needs ``MVNO_TEST_TEMPLATE`` and ``ODOO_RC``, as :mod:`tests.processes` says.
"""

import argparse
import os
import threading
import time
from pathlib import Path

from odoo.tools import config

from .platform import SimulatedPlatform
from .processes import own_database, transaction
from .provider import TOKEN, Provider

#: What a run must leave as it is: all that an import may create.
CREATED = (
    "res.partner",
    "contract.contract",
    "contract.line",
    "mvno.simcard",
    "mvno.line",
    "mvno.line.hold",
    "mvno.command",
)
MIB = 1024
# Seconds between two looks at the memory.
LOOK = 0.01


def _memory():
    """:return: MiB this process holds now; pages of files come and go by themselves"""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1]) / MIB
    raise RuntimeError("RssAnon")


class _Growth(threading.Thread):
    """What the process holds at most while this lasts, beyond what it held before."""

    def __init__(self):
        super().__init__(name="memory", daemon=True)
        self._before = self._most = _memory()
        self._over = threading.Event()

    def run(self):
        while not self._over.wait(LOOK):
            self._most = max(self._most, _memory())

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exc_info):
        self._over.set()
        self.join()

    @property
    def most(self):
        """MiB"""
        return max(self._most, _memory()) - self._before


class Adoption:
    """An existing base at the simulated platform, and a database that knows none.

    :param str database: see :func:`tests.processes.own_database`
    :param simulated: :class:`tests.platform.SimulatedPlatform`
    """

    def __init__(self, database, simulated):
        self.database = database
        self.simulated = simulated
        with transaction(database) as env:
            provider = Provider(env, simulated)
            provider.platform.action_sync_plans()
            provider.drive("mvno.platform", "cron_sync")
            for code in ("101", "102", "103", "0104"):
                provider.sell_plan(code)
            self.platform_id = provider.platform.id
            self.adoption_id = 0
        simulated.reset_log()

    def ask(self):
        """Press the platform's button."""
        with transaction(self.database) as env:
            action = env["mvno.platform"].browse(self.platform_id).action_sync_lines()
            self.adoption_id = action["res_id"]

    def fetch(self):
        """Run the cron's driver, which reads.

        :return: dict of figures
        """
        began = time.monotonic()
        with _Growth() as growth, transaction(self.database) as env:
            env["mvno.platform"].cron_sync()
        return {
            "seconds": time.monotonic() - began,
            "growth": growth.most,
            "calls": len(self.simulated.requests),
        }

    def decide(self, bill_from="2026-11-01"):
        """Fill in what the person must choose, and press "Apply"."""
        with transaction(self.database) as env:
            adoption = env["mvno.adoption"].browse(self.adoption_id)
            adoption.write({"bill_from": bill_from, "create_partners": True})
            adoption.action_apply()

    def apply(self):
        """Take the lines over, slice by slice.

        :return: dict of figures; ``memory`` is what the process had after each slice
        """
        self.simulated.reset_log()
        began, memory = time.monotonic(), []
        while self.state() == "applying":
            with transaction(self.database) as env:
                env["mvno.adoption"]._apply_slice(self.adoption_id)
            memory.append(_memory())
        return {
            "seconds": time.monotonic() - began,
            "memory": memory,
            "calls": len(self.simulated.requests),
        }

    def state(self):
        """:return: the import's state"""
        with transaction(self.database) as env:
            return env["mvno.adoption"].browse(self.adoption_id).state

    def counts(self):
        """:return: dict of verdict: number of lines"""
        with transaction(self.database) as env:
            groups = env["mvno.adoption.line"]._read_group(
                [("adoption_id", "=", self.adoption_id)], ["verdict"], ["__count"]
            )
            return dict(groups)

    def records(self):
        """:return: dict of model: (number of records, last change)"""
        with transaction(self.database) as env:
            found = {}
            for name in CREATED:
                model = env[name].with_context(active_test=False)
                found[name] = model._read_group([], [], ["__count", "write_date:max"])
            return found


def main():
    """Print what taking over so many lines costs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=5000)
    options = parser.parse_args()
    config.parse_config(["-c", os.environ["ODOO_RC"], "--no-http", "--log-level=warn"])
    with (
        own_database() as database,
        SimulatedPlatform(token=TOKEN, rpm=None, sims=60, lines=options.lines) as base,
    ):
        adoption = Adoption(database, base)
        adoption.ask()
        report("read", adoption.fetch(), adoption)
        adoption.decide()
        report("applied", adoption.apply(), adoption)
        before = adoption.records()
        base.reset_log()
        adoption.ask()
        report("read again", adoption.fetch(), adoption)
        print("changed nothing:", adoption.records() == before)


def report(what, figures, adoption):
    """Print one step's figures."""
    memory = figures.get("memory")
    growth = memory[-1] - memory[len(memory) // 5] if memory else figures["growth"]
    print(
        f"{what}: {figures['seconds']:.1f} s, {figures['calls']} calls, "
        f"memory +{growth:.0f} MiB, {adoption.counts()}",
        flush=True,
    )


if __name__ == "__main__":
    main()
