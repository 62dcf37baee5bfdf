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
import tempfile
import threading
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
#: Seconds in which a worker must have done its job.
PATIENCE = 120


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
    """Copy the installed template to a database of a test's own, or of a class's.

    Whoever made the template drops it, with its files, at the end of the run. Not
    sooner: for each of the next copy's three thousand files ext4 would pass over all
    inodes that were freed in the last minutes, which makes a copy ten times as long.

    :return: the name of the database
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


def waiting_in_transaction(database, seconds):
    """Look who keeps a transaction open and does nothing in it.

    :param str database: of whose connections
    :param float seconds: for longer than that
    :return: list of the last statements of those connections
    """
    connection = _connection()
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT query FROM pg_stat_activity
                 WHERE datname = %s AND state LIKE 'idle in transaction%%'
                   AND clock_timestamp() - state_change
                       > make_interval(secs => %s)
                """,
                [database, seconds],
            )
            return [query for (query,) in cursor.fetchall()]
    finally:
        connection.close()


class Nursery:
    """A loaded process from which workers are forked: starting one takes seconds.

    Used as a context manager; whoever still works at its end is killed.

    :param str database: the database they work on
    """

    def __init__(self, database):
        self._folder = tempfile.TemporaryDirectory()
        self._path, self._count = Path(self._folder.name), 0
        self._lock = threading.Lock()
        with open(self._path / "nursery.log", "w") as log:
            # a session of its own is ended as one
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.worker", database],
                cwd=CHECKOUT,
                env={**os.environ, "PYTHONWARNINGS": "ignore"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()
        self._folder.cleanup()

    def ask(self, *what):
        """Have the process do something, see :func:`tests.worker.main`.

        :return: its answer
        :raise AssertionError: when it is no longer there, with its log
        """
        with self._lock, contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(what) + "\n")
            self._process.stdin.flush()
            if answer := self._process.stdout.readline():
                return json.loads(answer)
        raise AssertionError(f"The nursery ended:\n{self.log('nursery')}")

    def run(self, job, *arguments, unlimited=True):
        """Start a worker.

        :param str job: one of :mod:`tests.worker`'s
        :param arguments: its arguments, as JSON can say them
        :param bool unlimited: without the limit of calls per minute
        :return: :class:`Worker`
        """
        with self._lock:
            self._count += 1
            name = f"worker_{self._count:03d}"
        log, answer = self._path / f"{name}.log", self._path / f"{name}.json"
        pid = self.ask("fork", job, arguments, unlimited, str(log), str(answer))
        return Worker(self, pid, log, answer)

    def hire(self, *drivers, unlimited=True):
        """Start a worker that loops drivers.

        :param drivers: (model, method) of what it runs round after round
        :param bool unlimited: without the limit of calls per minute
        :return: :class:`Worker`
        """
        return self.run("drive", *drivers, unlimited=unlimited)

    def log(self, who="worker_*"):
        """:return: what the workers logged, warnings and worse"""
        logs = sorted(self._path.glob(f"{who}.log"))
        return "".join(path.read_text(errors="replace") for path in logs)


class Worker:
    """A process forked in a :class:`Nursery`.

    :param nursery: its nursery
    :param int pid: its process
    :param log: :class:`Path` of the file it logs to
    :param answer: :class:`Path` of the file that gets the job's result
    """

    def __init__(self, nursery, pid, log, answer):
        self._nursery, self._pid, self._code = nursery, pid, None
        self._log, self._answer = log, answer
        self._lock = threading.Lock()

    def ended_within(self, seconds):
        """:return: bool, whether it came to its end in that time"""
        with self._lock:
            if self._code is None:
                self._code = self._nursery.ask("ended", self._pid, seconds)
            return self._code is not None

    def is_alive(self):
        """:return: bool"""
        return not self.ended_within(0)

    def kill(self):
        """End it at once, as the kernel would (SIGKILL)."""
        if self.is_alive():
            os.kill(self._pid, signal.SIGKILL)
            self.ended_within(PATIENCE)

    def wait_for_its_death(self):
        """Wait until it was killed.

        :raise AssertionError: when it ended otherwise, with its log
        """
        self._wait_for(-signal.SIGKILL)

    def result(self):
        """Wait for its end.

        :return: what the job returned
        :raise AssertionError: when it failed, with its log
        """
        self._wait_for(0)
        return json.loads(self._answer.read_text())

    def _wait_for(self, code):
        if not self.ended_within(PATIENCE):
            raise AssertionError(f"The worker does not end:\n{self._said()}")
        if self._code != code:
            raise AssertionError(
                f"The worker ended with {self._code}, not {code}:\n{self._said()}"
            )

    def _said(self):
        return self._log.read_text(errors="replace")
