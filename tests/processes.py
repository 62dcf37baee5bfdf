"""Databases and worker processes of their own, for what one test transaction hides.

Odoo's test mode keeps everything in one transaction: two workers, a killed one, or a
call that outlives its worker can only be tried outside it, on a database whose rows are
committed.
"""

import contextlib
import os
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


class Worker:
    """A process of its own that runs one of :mod:`tests.worker`'s jobs.

    :param str database: the database it works on
    :param str job: name of the job
    :param arguments: its arguments, as text
    """

    def __init__(self, database, job, *arguments):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.worker", database, job, *map(str, arguments)],
            cwd=CHECKOUT,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
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
