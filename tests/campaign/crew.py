"""The workers, and who kills them."""

import time
from threading import Event, Thread

POLL = 0.01
# What the scheduler runs: the requests, and the lines whose number is not told yet.
DRIVERS = (("mvno.command", "cron_process"), ("mvno.line", "cron_poll"))


class Crew:
    """Processes that loop the drivers; one is killed when the plan says, and replaced.

    :param nursery: :class:`tests.processes.Nursery`
    :param plan: :class:`tests.campaign.plan.Plan`
    :param platform: :class:`tests.platform.SimulatedPlatform`, whose calls tell when
    """

    def __init__(self, nursery, plan, platform):
        self._nursery, self._plan, self._platform = nursery, plan, platform
        self._workers = []
        self._over = Event()
        self._killer = Thread(target=self._kill_as_planned, name="killer", daemon=True)
        #: How often one was killed.
        self.kills = 0

    def __enter__(self):
        self._workers = [self._hire() for _place in range(self._plan.workers)]
        self._killer.start()
        return self

    def __exit__(self, *exc_info):
        self._over.set()
        self._killer.join()
        for worker in self._workers:
            worker.kill()

    def check(self):
        """:raise AssertionError: when a worker ended by itself"""
        for worker in list(self._workers):
            if not worker.is_alive() and worker in self._workers:
                raise AssertionError(f"A worker ended:\n{self._nursery.log()[-4000:]}")

    def _hire(self):
        return self._nursery.hire(*DRIVERS)

    def _kill_as_planned(self):
        for kill in self._plan.kills:
            while self._platform.call_count < kill.after:
                if self._over.wait(POLL):
                    return
            time.sleep(kill.delay)
            victim = self._workers[kill.worker]
            self._workers[kill.worker] = self._hire()
            victim.kill()
            self.kills += 1
