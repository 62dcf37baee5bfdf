"""A worker process: ``python -m tests.worker DATABASE JOB [ARGUMENT ...]``."""

import os
import sys
import time

import odoo
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tools import config


def process(env, rounds):
    """Send what is due, so many times; print how many requests were handled."""
    handled = sum(env["mvno.command"]._process() for _round in range(int(rounds)))
    print(handled)


def slots(env, key, requests_per_minute, seconds):
    """Take every slot there is for so many seconds; print how many there were."""
    limits = env["mvno.rate.limit"]
    taken, end = 0, time.monotonic() + float(seconds)
    while time.monotonic() < end:
        taken += not limits._take_slot(key, int(requests_per_minute), "interactive")
    print(taken)


def bill(env, run_id):
    """Press a billing run's button and run its driver."""
    retrying(env["mvno.billing.run"].browse(int(run_id)).action_run, env)
    env["mvno.billing.run"].cron_run()


def import_statement(env, statement_id):
    """Press a statement's button and run its driver."""
    retrying(env["mvno.statement"].browse(int(statement_id)).action_import, env)
    env["mvno.statement"].cron_import()


JOBS = {job.__name__: job for job in (process, slots, bill, import_statement)}


def main(database, job, *arguments):
    """Connect to a database and run a job in it.

    :param str database: its name
    :param str job: a name of ``JOBS``
    """
    config.parse_config(["-c", os.environ["ODOO_RC"], "--no-http", "--log-level=warn"])
    registry = Registry(database)
    with registry.cursor() as cr:
        JOBS[job](api.Environment(cr, SUPERUSER_ID, {}), *arguments)
    odoo.sql_db.close_all()


if __name__ == "__main__":
    main(*sys.argv[1:])
