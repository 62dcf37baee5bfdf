"""Databases and worker processes of their own, for what one test transaction hides.

Odoo's test mode keeps everything in one transaction: two workers, a killed one, or a
call that outlives its worker can only be tried outside it, on a database whose rows are
committed.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import psycopg2

import odoo
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config

CHECKOUT = Path(__file__).resolve().parent.parent
#: A database with the addons installed that nobody is connected to (setup/test).
TEMPLATE = "MVNO_TEST_TEMPLATE"


def _connection():
    return psycopg2.connect(
        dbname="postgres",
        host=config["db_host"] or None,
        port=config["db_port"] or None,
        user=config["db_user"] or None,
    )


def _run_sql(statement):
    connection = _connection()
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()


@contextlib.contextmanager
def own_database():
    """Copy the installed template to a database of this test's own.

    :return: the name of the database, dropped afterwards
    """
    template = os.environ.get(TEMPLATE)
    if not template:
        raise RuntimeError(
            f"Set {TEMPLATE} to an installed database that nobody is connected to, as "
            "setup/test does."
        )
    name = f"{template}_{uuid.uuid4().hex[:8]}"
    _run_sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield name
    finally:
        Registry.delete(name)
        odoo.sql_db.close_db(name)
        _run_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _loaded(database):
    """The database's registry; loaded without Odoo's own test run at its end."""
    testing = config["test_enable"]
    config["test_enable"] = False
    try:
        return Registry(database)
    finally:
        config["test_enable"] = testing


@contextlib.contextmanager
def transaction(database):
    """A committed transaction in that database.

    :return: an environment of the superuser
    """
    with _loaded(database).cursor() as cr:
        yield api.Environment(cr, SUPERUSER_ID, {})


def _popen(*arguments, **pipes):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.worker", *arguments],
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        stdout=subprocess.PIPE,
        text=True,
        **pipes,
    )


class Worker:
    """A process of its own that runs one of :mod:`tests.worker`'s jobs.

    :param str database: the database it works on
    :param str job: name of the job
    :param arguments: its arguments, as text
    """

    def __init__(self, database, job, *arguments):
        self._process = _popen(
            database, job, *map(str, arguments), stderr=subprocess.PIPE
        )

    def ended_within(self, seconds):
        """:return: bool, whether it ended by itself in that time"""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self):
        """End it at once, as the kernel would (SIGKILL)."""
        self._process.kill()
        self._process.communicate()

    def wait_for_its_death(self, timeout=120):
        """Wait until it was killed.

        :raise AssertionError: when it ended otherwise, with its log
        """
        _printed, log = self._process.communicate(timeout=timeout)
        if self._process.returncode != -signal.SIGKILL:
            raise AssertionError(f"The worker was not killed:\n{log}")

    def result(self, timeout=120):
        """Wait for its end.

        :return: what it printed
        :raise AssertionError: when it failed, with its log
        """
        try:
            printed, log = self._process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        if self._process.returncode:
            raise AssertionError(f"The worker failed:\n{log}")
        return printed


class Nursery:
    """A loaded process from which workers are forked that loop drivers.

    Used as a context manager; whoever still works at its end is killed.

    :param str database: the database they work on
    :param folder: :class:`Path` for their logs
    """

    def __init__(self, database, folder):
        self._folder, self._count = folder, 0
        with open(folder / "nursery.log", "w") as log:
            self._process = _popen(
                database, "nursery", stdin=subprocess.PIPE, stderr=log
            )

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        # its workers end when they find themselves without it
        self._process.kill()
        self._process.communicate()

    def hire(self, *drivers, unlimited=True):
        """Start a worker.

        :param drivers: (model, method) of what it runs round after round
        :param bool unlimited: without the limit of calls per minute
        :return: :class:`ForkedWorker`
        """
        self._count += 1
        log = str(self._folder / f"worker_{self._count:03d}.log")
        wanted = {"log": log, "drivers": drivers, "unlimited": unlimited}
        self._process.stdin.write(json.dumps(wanted) + "\n")
        self._process.stdin.flush()
        return ForkedWorker(int(self._process.stdout.readline()))

    def log(self):
        """:return: what the workers logged, warnings and worse"""
        logs = sorted(self._folder.glob("worker_*.log"))
        return "".join(path.read_text(errors="replace") for path in logs)


class ForkedWorker:
    """A worker forked in a :class:`Nursery`.

    :param int pid: its process
    """

    def __init__(self, pid):
        self.pid = pid

    def kill(self):
        """End it at once, as the kernel would (SIGKILL)."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def is_alive(self):
        """:return: bool"""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True
