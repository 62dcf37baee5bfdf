# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the tests share that let a statement about people fail, and search the logs."""

import contextlib
import logging

from odoo.tools import SQL


@contextlib.contextmanager
def refusing(cr, table, change, column, value):
    """Let the database refuse each row of a table that has a value, and quote it.

    :param str change: "INSERT" or "UPDATE"
    """
    cr.execute(
        SQL(
            """
            CREATE OR REPLACE FUNCTION mvno_refuse() RETURNS trigger AS $$
            BEGIN
                RAISE EXCEPTION 'not this one: %%', NEW USING ERRCODE = '23514';
            END $$ LANGUAGE plpgsql;
            CREATE TRIGGER mvno_refuse BEFORE %s ON %s FOR EACH ROW
              WHEN (NEW.%s = %s) EXECUTE FUNCTION mvno_refuse()
            """,
            SQL(change),
            SQL.identifier(table),
            SQL.identifier(column),
            value,
        )
    )
    yield
    cr.execute(SQL("DROP TRIGGER mvno_refuse ON %s", SQL.identifier(table)))


@contextlib.contextmanager
def error_logs():
    """Collect what any logger writes as an information or worse, and keep it from the
    run's own log, where an error of ours would fail the run.

    :return: list of formatted records, with their tracebacks
    """
    written = []

    class Recorder(logging.Handler):
        def emit(self, record):
            written.append(self.format(record))

    loggers = [logging.getLogger(name) for name in ("", "odoo")]
    levels = [logger.level for logger in loggers]
    root = loggers[0]
    handlers, root.handlers = root.handlers, [Recorder()]
    for logger in loggers:
        logger.setLevel(logging.INFO)
    try:
        yield written
    finally:
        root.handlers = handlers
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
