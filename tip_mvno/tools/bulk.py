# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Statements about many people at once, of whom nothing gets into a log.

Odoo logs a statement that fails with its values, PostgreSQL beside it, and the error
quotes the row. Here rows go by COPY into a temporary table that takes any text, and
from there to their place by a statement without values; what fails is told by the
row's place.
"""

import contextlib
import io
import logging
import re
import traceback
from contextvars import ContextVar

import psycopg2

from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

NULL = b"\\N"
_ESCAPES = str.maketrans(
    {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": None}
)
_PLACE = re.compile(r"\bline (\d+)")
_silent = ContextVar("mvno_silent", default=False)


class StatementFailed(Exception):
    """A statement that the database refused, told without the values it refused.

    :param str what: what was to be done
    :param error: the psycopg2 error
    :param place: of the row that is at fault, from 1, where it is known
    """

    def __init__(self, what, error, place=None):
        diag = getattr(error, "diag", None)
        names = [
            getattr(diag, name, None) for name in ("constraint_name", "column_name")
        ]
        told = ", ".join(filter(None, [type(error).__name__, *names]))
        row = f", row {place}" if place else ""
        super().__init__(f"{what}{row}: {told}")


@contextlib.contextmanager
def without_values(what):
    """Work on people's data, of which neither a log nor an error quotes anything.

    What another transaction caused passes as it is: it names no values, and whoever
    tries again needs to know it.

    :param str what: what is done, for the error
    :raise StatementFailed: in the place of another error of the database
    """
    logger = logging.getLogger("odoo.sql_db")
    if not any(isinstance(found, _SilentFilter) for found in logger.filters):
        logger.addFilter(_SilentFilter())
    before = _silent.set(True)
    try:
        yield
    except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
        raise
    except psycopg2.Error as error:
        raise StatementFailed(what, error) from None
    finally:
        _silent.reset(before)


class _SilentFilter(logging.Filter):
    """Odoo's record of a failed statement holds the statement."""

    def filter(self, record):
        if _silent.get() and str(record.msg).startswith("bad query"):
            record.msg, record.args = "bad query, not shown: it may name people", ()
        return True


def named(error):
    """:return: str, an exception's name; what a failed statement tells, which quotes no
    value"""
    return str(error) if isinstance(error, StatementFailed) else type(error).__name__


def where(error):
    """Say for a log where something went wrong, and nothing of what it was about.

    :param error: an exception, whose words may quote a value
    :return: str, its class and the way to it
    """
    return "".join([f"{named(error)}\n", *traceback.format_tb(error.__traceback__)])


def as_text(value):
    """:return: bytes, a text as COPY reads it"""
    return value.translate(_ESCAPES).encode(errors="replace")


def copy(cr, table, buffer):
    """Copy rows into a temporary table.

    :param str table: its name
    :param buffer: binary file of rows as COPY reads them
    :raise StatementFailed: with the place of a row that the table does not take
    """
    buffer.seek(0)
    try:
        cr.copy_expert(f"COPY pg_temp.{table} FROM STDIN", buffer)
    except psycopg2.DataError as error:
        place = _PLACE.search(error.diag.context or "")
        raise StatementFailed(table, error, place and place.group(1)) from None


def run(model, query):
    """Run a statement about many people's records that holds no values itself.

    :param model: whose records they are
    :param query: text or SQL
    :raise StatementFailed: when the database refuses it
    """
    with without_values(model._description):
        model.env.cr.execute(query, log_exceptions=False)


def run_over_rows(cr, what, columns, rows, query):
    """Run one statement over rows that are people's data.

    :param str what: what it does, for the error
    :param dict columns: name of each column of the rows: its PostgreSQL type
    :param list rows: tuples in that order
    :param SQL query: reads ``pg_temp.mvno_rows``, whose ``place`` counts from 1
    :return: list of tuples that it returns
    :raise StatementFailed: with the place of the row that the database refuses
    """
    cr.execute("DROP TABLE IF EXISTS pg_temp.mvno_rows")
    cr.execute(
        SQL(
            "CREATE TEMPORARY TABLE mvno_rows (place integer, %s) ON COMMIT DROP",
            SQL(", ").join(
                SQL("%s %s", SQL.identifier(name), SQL(kind))
                for name, kind in columns.items()
            ),
        )
    )
    buffer = io.BytesIO()
    for place, row in enumerate(rows, start=1):
        buffer.write(b"\t".join(map(_as_copied, (place, *row))) + b"\n")
    copy(cr, "mvno_rows", buffer)
    failure = None
    try:
        with cr.savepoint(flush=False):
            cr.execute(query, log_exceptions=False)
            found = cr.fetchall() if cr.description else []
    except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
        raise
    except psycopg2.Error as error:
        failure = error
    if failure:
        place = _place_at_fault(cr, len(rows), query)
        raise StatementFailed(what, failure, place) from None
    cr.execute("DROP TABLE pg_temp.mvno_rows")
    return found


def _as_copied(value):
    if value is None:
        return NULL
    return as_text(value if isinstance(value, str) else str(value))


def _place_at_fault(cr, last, query):
    """:return: place of the first row that fails, found by halves"""
    first = 1
    while first < last:
        middle = (first + last) // 2
        if _fails(cr, first, middle, query):
            last = middle
        else:
            first = middle + 1
    return first


def _fails(cr, first, last, query):
    with contextlib.closing(cr.savepoint(flush=False)):
        cr.execute(
            SQL(
                "DELETE FROM pg_temp.mvno_rows WHERE place NOT BETWEEN %s AND %s",
                first,
                last,
            )
        )
        try:
            cr.execute(query, log_exceptions=False)
        except psycopg2.Error:
            return True
    return False
