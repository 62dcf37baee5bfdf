# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Short database transactions of our own, beside the caller's, and the end of his."""

from contextlib import contextmanager

from odoo import SUPERUSER_ID, api
from odoo.modules import module
from odoo.sql_db import Cursor


def database_now(cr):
    """Tell the time of what several hosts decide together: theirs may differ.

    :param cr: the database cursor
    :return: when its transaction began by the database's clock, naive UTC, in seconds
    """
    return cr.now().replace(microsecond=0)


@contextmanager
def short_transaction(registry, context=None):
    """Open a transaction that sees what others committed, and commit it at the end.

    Under Odoo's REPEATABLE READ two processes that update one row fail with a
    serialization error; what these transactions do (take a slot, claim a command)
    is exactly that, so they run READ COMMITTED. None waits longer than 15 s for a
    lock: an error that says so is better than a worker that hangs. A cursor of Odoo's
    test mode lives inside the test's transaction, whose level cannot change any more.

    :param registry: the database's registry (``env.registry``)
    :param dict context: context of the environment handed out
    :return: an ``Environment`` of the superuser; leave no HTTP inside the block
    """
    with registry.cursor() as cr:
        if isinstance(cr, Cursor):
            cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            cr.execute("SET LOCAL lock_timeout = '15s'")
        yield api.Environment(cr, SUPERUSER_ID, context or {})


def end_transaction(env):
    """Commit what a click has done so far, before it waits for somebody else.

    :param env: the click's environment; what it reads next begins a new transaction
    """
    if module.current_test:
        # a test's transaction is its own to end
        env.flush_all()
    else:
        env.cr.commit()  # pylint: disable=invalid-commit
