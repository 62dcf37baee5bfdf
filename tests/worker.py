"""A nursery of worker processes: ``python -m tests.worker DATABASE``.

:class:`tests.processes.Nursery` starts it and says what its workers do.
"""

import contextlib
import json
import logging
import os
import select
import signal
import sys
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from psycopg2.extensions import TRANSACTION_STATUS_IDLE
from requests.adapters import HTTPAdapter

import odoo
from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tools import config

from .money.contracts import in_slices
from .provider import without_limit

_logger = logging.getLogger(__name__)


def process(env, rounds):
    """Send what is due, so many times.

    :return: how many requests were handled
    """
    return sum(env["mvno.command"]._process() for _round in range(rounds))


def die_of_the_answer(env):
    """Send what is due, and be killed when the first answer has come."""

    def die(*_claim_and_outcome):
        os.kill(os.getpid(), signal.SIGKILL)

    env.registry["mvno.command"]._settle = die
    env["mvno.command"]._process()


def slots(env, key, requests_per_minute, seconds):
    """Take every slot there is for so many seconds.

    :return: how many there were, and when that began and ended (seconds of the
        machine's clock)
    """
    limits = env["mvno.rate.limit"]
    taken, began = 0, time.monotonic()
    while time.monotonic() < began + seconds:
        taken += not limits._take_slot(key, requests_per_minute, "interactive")
    return taken, began, time.monotonic()


def click(env, model, record_id, method, *arguments):
    """Press a button, as the web client's request does.

    :return: how many seconds it took, how many of them the platform was waited for,
        how many calls went out while a transaction was open here, and what the person
        is told, "" for nothing
    """
    began, told = time.monotonic(), ""
    with _watched_calls() as calls:
        try:
            record = env[model].browse(record_id)
            answer = retrying(partial(getattr(record, method), *arguments), env)
            if isinstance(answer, dict):
                told = answer.get("params", {}).get("message", "")
        except UserError as refusal:
            told = str(refusal)
    return time.monotonic() - began, calls.seconds, calls.in_transaction, told


@contextlib.contextmanager
def _watched_calls():
    """Watch what this process asks of the platform.

    :return: namespace with ``seconds``, which all calls took, and ``in_transaction``,
        how many went out while this process had a transaction open
    """
    calls = SimpleNamespace(seconds=0.0, in_transaction=0)
    send = HTTPAdapter.send

    def watched(adapter, *args, **kwargs):
        pool = odoo.sql_db._Pool
        calls.in_transaction += any(
            connection.info.transaction_status != TRANSACTION_STATUS_IDLE
            for connection in pool._connections
            if connection._pool_in_use and not connection.closed
        )
        began = time.monotonic()
        try:
            return send(adapter, *args, **kwargs)
        finally:
            calls.seconds += time.monotonic() - began

    with mock.patch.object(HTTPAdapter, "send", watched):
        yield calls


def bill(env, run_id):
    """Press a billing run's button and run its driver."""
    retrying(env["mvno.billing.run"].browse(run_id).action_run, env)
    env["mvno.billing.run"].cron_run()


def invoice_services(env):
    """Press the button of each contract that has other services, one by one."""
    lines = env["contract.line"].search([("is_telephony", "=", False)])
    for contract in lines.contract_id:
        retrying(contract.recurring_create_invoice, env)


def settle_late(env, dies):
    """Run the driver that settles what was learnt after its month was billed.

    :param bool dies: be killed when the first credit notes are made
    """
    if dies:
        facts = env.registry["mvno.billing.fact"]
        make = facts._make_moves

        def fatal(records, move_type):
            moves = make(records, move_type)
            moves.env.flush_all()
            os.kill(os.getpid(), signal.SIGKILL)

        facts._make_moves = fatal
    env["mvno.billing.fact"].cron_settle()


def import_statement(env, statement_id):
    """Press a statement's button, if one is named, and run the driver."""
    if statement_id:
        retrying(env["mvno.statement"].browse(statement_id).action_import, env)
    env["mvno.statement"].cron_import()


def import_and_die(env, statement_id, step):
    """Do as :func:`import_statement`, and be killed within the import.

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


def drive(env, *drivers, pause=0.05):
    """Run drivers round after round, as the scheduler does, while the nursery lives.

    :param drivers: (model, method) each; a button's is pressed for all records
    :param float pause: seconds between two rounds
    """
    nursery_pid = os.getppid()
    while os.getppid() == nursery_pid:
        for model, method in drivers:
            try:
                with env.registry.cursor() as cr:
                    records = api.Environment(cr, SUPERUSER_ID, {})[model]
                    if method.startswith("action_"):
                        records = records.search([])
                    getattr(records, method)()
            except Exception:
                # the next round may succeed
                _logger.exception("Driver %s.%s failed", model, method)
        time.sleep(pause)


def bill_in_slices(env, customers):
    """Run the billing's driver for ever, so many customers at a time."""
    with in_slices(env, customers):
        drive(env, ("mvno.billing.run", "cron_run"))


JOBS = {
    job.__name__: job
    for job in (
        process,
        die_of_the_answer,
        slots,
        click,
        bill,
        invoice_services,
        settle_late,
        import_statement,
        import_and_die,
        synchronize,
        drive,
        bill_in_slices,
    )
}


def fork(registry, job, arguments, unlimited, log, answer):
    """Fork a worker, which has no connection and no thread of its parent's.

    :param str job: a name of ``JOBS``
    :param list arguments: its arguments
    :param bool unlimited: without the limit of calls per minute
    :param str log: path of the file it logs to
    :param str answer: path of the file that gets what the job returns, as JSON
    :return: its process id
    """
    odoo.sql_db.close_all()
    if pid := os.fork():
        return pid
    log_fd = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for standard_fd in (1, 2):
        os.dup2(log_fd, standard_fd)
    try:
        if unlimited:
            without_limit(registry).start()
        with registry.cursor() as cr:
            result = JOBS[job](api.Environment(cr, SUPERUSER_ID, {}), *arguments)
        Path(answer).write_text(json.dumps(result))
    except BaseException:
        _logger.critical("The job failed", exc_info=True)
        os._exit(1)
    os._exit(0)


def ended(pid, seconds):
    """Wait for a worker, so many seconds at most.

    :return: its exit code, negative when a signal ended it; None when it still works
    """
    process_fd = os.pidfd_open(pid)
    try:
        if not select.select([process_fd], [], [], seconds)[0]:
            return None
    finally:
        os.close(process_fd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def main(database):
    """Load a database's registry once, and do what standard input asks for.

    Odoo's own server forks its workers as well, so one that is killed is replaced at
    once. A line in is JSON, ``["fork", job, ...]`` or ``["ended", pid, seconds]``, and
    so is the line out that answers it.

    :param str database: its name
    """
    config.parse_config(["-c", os.environ["ODOO_RC"], "--no-http", "--log-level=warn"])
    registry = Registry(database)
    for line in sys.stdin:
        asked, *arguments = json.loads(line)
        if asked == "fork":
            answer = fork(registry, *arguments)
        else:
            answer = ended(*arguments)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
