"""A worker process: ``python -m tests.worker DATABASE JOB [ARGUMENT ...]``.

As ``nursery`` it forks workers that loop drivers, see :func:`nursery`.
"""

import json
import logging
import os
import signal
import sys
import time

import odoo
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tools import config

from .provider import without_limit

_logger = logging.getLogger(__name__)


def process(env, rounds):
    """Send what is due, so many times; print how many requests were handled."""
    handled = sum(env["mvno.command"]._process() for _round in range(int(rounds)))
    print(handled)


def die_of_the_answer(env):
    """Send what is due, and be killed when the first answer has come."""

    def die(*_claim_and_outcome):
        os.kill(os.getpid(), signal.SIGKILL)

    env.registry["mvno.command"]._settle = die
    env["mvno.command"]._process()


def slots(env, key, requests_per_minute, seconds):
    """Take every slot there is for so many seconds; print how many there were, and
    when that began and ended (seconds of the machine's clock)."""
    limits = env["mvno.rate.limit"]
    taken, began = 0, time.monotonic()
    while time.monotonic() < began + float(seconds):
        taken += not limits._take_slot(key, int(requests_per_minute), "interactive")
    print(taken, began, time.monotonic())


def bill(env, run_id):
    """Press a billing run's button and run its driver."""
    retrying(env["mvno.billing.run"].browse(int(run_id)).action_run, env)
    env["mvno.billing.run"].cron_run()


def invoice_services(env):
    """Press the button of each contract that has other services, one by one."""
    lines = env["contract.line"].search([("is_telephony", "=", False)])
    for contract in lines.contract_id:
        retrying(contract.recurring_create_invoice, env)


def import_statement(env, statement_id):
    """Press a statement's button and run its driver."""
    retrying(env["mvno.statement"].browse(int(statement_id)).action_import, env)
    env["mvno.statement"].cron_import()


def import_and_die(env, statement_id, step):
    """Press a statement's button, run its driver, and be killed within the import.

    :param str step: model and method after which, as ``mvno.usage.event:_insert``
    """
    model, method = step.split(":")
    original = getattr(env.registry[model], method)

    def fatal(records, *args, **kwargs):
        outcome = original(records, *args, **kwargs)
        if method == "_load":
            next(outcome)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(env.registry[model], method, fatal)
    import_statement(env, statement_id)


def synchronize(env):
    """Run the driver of the synchronizations and of the imports of existing bases."""
    env["mvno.platform"].cron_sync()


JOBS = {
    job.__name__: job
    for job in (
        process,
        die_of_the_answer,
        slots,
        bill,
        invoice_services,
        import_statement,
        import_and_die,
        synchronize,
    )
}


def drive(registry, drivers, pause=0.05):
    """Run drivers round after round, as the scheduler does, while the parent lives.

    :param list drivers: of (model, method); a button's is pressed for all records
    :param float pause: seconds between two rounds
    """
    parent = os.getppid()
    while os.getppid() == parent:
        for model, method in drivers:
            try:
                with registry.cursor() as cr:
                    records = api.Environment(cr, SUPERUSER_ID, {})[model]
                    if method.startswith("action_"):
                        records = records.search([])
                    getattr(records, method)()
            except Exception:
                # the next round may succeed
                _logger.exception("Driver %s.%s failed", model, method)
        time.sleep(pause)


def nursery(registry):
    """Fork a worker for every line on standard input and print its process id.

    A line is JSON: the ``log`` the worker writes, its ``drivers``, and whether it is
    ``unlimited``. Odoo's own server forks its workers as well, so one that is killed is
    replaced at once.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        wanted = json.loads(line)
        odoo.sql_db.close_all()
        if pid := os.fork():
            print(pid, flush=True)
            continue
        os.dup2(os.open(wanted["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
        try:
            if wanted["unlimited"]:
                without_limit(registry).start()
            drive(registry, wanted["drivers"])
        finally:
            os._exit(1)


def main(database, job, *arguments):
    """Connect to a database and run a job in it.

    :param str database: its name
    :param str job: a name of ``JOBS``
    """
    config.parse_config(["-c", os.environ["ODOO_RC"], "--no-http", "--log-level=warn"])
    registry = Registry(database)
    if job == nursery.__name__:
        nursery(registry)
        return
    with registry.cursor() as cr:
        JOBS[job](api.Environment(cr, SUPERUSER_ID, {}), *arguments)
    odoo.sql_db.close_all()


if __name__ == "__main__":
    main(*sys.argv[1:])
