"""What Odoo and PostgreSQL write into their logs, for a search in it."""

import logging
from contextlib import contextmanager
from pathlib import Path


class _Recorder(logging.Handler):
    def __init__(self):
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))


class Logs:
    """Filled when the block of :func:`both_logs` is over: ``odoo`` and ``postgres``."""

    odoo = postgres = ""


@contextmanager
def both_logs(cr):
    """Record what is logged meanwhile.

    :param cr: a cursor of a PostgreSQL whose log stands beside its data
    :return: :class:`Logs`
    """
    cr.execute("SHOW data_directory")
    path = Path(cr.fetchone()[0]).parent / "log"
    recorder, logs, begin = _Recorder(), Logs(), path.stat().st_size
    logging.getLogger().addHandler(recorder)
    try:
        yield logs
    finally:
        logging.getLogger().removeHandler(recorder)
        logs.odoo = "\n".join(recorder.lines)
        with path.open("rb") as written:
            written.seek(begin)
            logs.postgres = written.read().decode(errors="replace")
