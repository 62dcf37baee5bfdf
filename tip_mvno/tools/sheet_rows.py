# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Spreadsheets read row by row, whatever is in the file.

A process of its own reads, see ``sheet_child``: this one holds the file and a row. Who
knows no Odoo can use all of this but the sentence.
"""

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from . import sheet_child

# From here on a spreadsheet's number has lost digits.
EXACT = 10**15
MIB = 1024**2
# All that the child knows of the server's environment: no password is in it.
_ENVIRONMENT = {
    "OPENPYXL_LXML": "False",  # which takes lack of memory for a damaged file
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONIOENCODING": "ascii",
    "PYTHONSAFEPATH": "1",
}


class UnreadableSheet(ValueError):
    """A file that is no spreadsheet we can read."""


class CutSheet(UnreadableSheet):
    """A file that ends in the middle of a row."""


class LockedSheet(UnreadableSheet):
    """A workbook with a password."""


class MisquotedSheet(UnreadableSheet):
    """A CSV file whose quotation marks may make one row or cell of several.

    :param int row: the number of the row where they begin
    """

    def __init__(self, row):
        super().__init__(f"Quotation marks in row {row}")
        self.row = row


class SheetTooLarge(UnreadableSheet):
    """A file that passes a limit.

    :param str limit: the name of a field of :class:`Limits`
    :param most: how much is allowed
    """

    def __init__(self, limit, most):
        super().__init__(f"{limit} beyond {most}")
        self.limit, self.most = limit, most


@dataclass(frozen=True)
class Limits:
    """How large a spreadsheet may be.

    :param bytes: of the file
    :param unpacked: bytes of a workbook's parts
    :param memory: bytes of the process that reads
    :param seconds: of its work
    :param rows: the last row's number
    :param columns: of a row
    :param cells: of all rows
    :param styles: tags of a workbook's formats
    :param text: characters of a row
    :param characters: of all rows
    :param is_waited_for: whether the seconds are those of a person who waits
    """

    bytes: int = 128 * MIB
    unpacked: int = 512 * MIB
    memory: int = 512 * MIB
    seconds: int = 600
    rows: int = 1_048_576  # a spreadsheet has no more
    columns: int = 1024
    cells: int = 50_000_000
    styles: int = 200_000
    text: int = 256 * 1024
    characters: int = 512 * MIB
    is_waited_for: bool = False


# Where nobody waits, and where a person does.
BY_CRON = Limits()
WHILE_WAITING = Limits(
    seconds=8,
    rows=100_000,
    cells=5_000_000,
    characters=32 * MIB,
    is_waited_for=True,
)


@dataclass
class FirstOf:
    """The first of many, a file's problems say; the others are counted.

    :param most: so many are kept
    """

    most: int
    kept: list = field(default_factory=list)
    count: int = 0

    def add(self, items):
        """:param list items: more of them"""
        self.count += len(items)
        self.kept += items[: max(self.most - len(self.kept), 0)]


def read_rows(content, limits=BY_CRON):
    """Read the first sheet of an XLSX or XLS file, or a CSV file, row by row.

    A CSV's separator and encoding (UTF-8, UTF-16 or Windows') are found out.

    :param bytes content: the file
    :param Limits limits: how large it may be
    :return: generator of (row number from 1, list of cells); empty rows are left out.
        A cell is text, or typed where the spreadsheet has it so: Decimal, date,
        datetime, time or timedelta
    :raise UnreadableSheet: when it is none of these, or passes a limit
    """
    with _child(content, limits) as told:
        next(told)
        for number, cells in told:
            yield number, list(map(_cell, cells))


def estimate_rows(content):
    """:param bytes content: the file
    :return: about how many rows it has, for a progress bar; 0 when it does not say
    :raise UnreadableSheet: see :func:`read_rows`"""
    with _child(content, BY_CRON) as told:
        return next(told)


@contextlib.contextmanager
def _child(content, limits):
    """:return: context manager giving an iterator of what the child says; the child
    does not outlive it"""
    if len(content) > limits.bytes:
        raise SheetTooLarge(sheet_child.BYTES, limits.bytes)
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        process = subprocess.Popen(
            [
                sys.executable,
                sheet_child.__file__,
                json.dumps(dataclasses.asdict(limits)),
                str(os.getpid()),
            ],
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**_ENVIRONMENT, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
    overdue = threading.Event()

    def end():
        overdue.set()
        process.kill()

    # the kernel counts seconds of work: a person waits for those between as well
    timer = threading.Timer(limits.seconds, end) if limits.is_waited_for else None
    try:
        if timer:
            timer.daemon = True
            timer.start()
        yield _told(process, limits, overdue)
    finally:
        if timer:
            timer.cancel()
        process.kill()
        process.stdout.close()
        process.wait()


def _told(process, limits, overdue):
    """:return: generator of what the child says before it ends well
    :raise UnreadableSheet: when it does not"""
    for line in process.stdout:
        # a line that was cut is that of a child that was ended
        told = json.loads(line) if line.endswith(b"\n") else {}
        if not isinstance(told, dict):
            yield told
        elif sheet_child.END in told:
            return
        elif sheet_child.CUT in told:
            raise CutSheet("It ends within a row")
        elif sheet_child.LOCKED in told:
            raise LockedSheet("It has a password")
        elif sheet_child.MISQUOTED in told:
            raise MisquotedSheet(told[sheet_child.MISQUOTED])
        elif sheet_child.DAMAGED in told:
            raise UnreadableSheet(told[sheet_child.DAMAGED])
        elif sheet_child.BEYOND in told:
            limit = told[sheet_child.BEYOND]
            raise SheetTooLarge(limit, getattr(limits, limit))
    if overdue.is_set() or -process.wait() in (signal.SIGXCPU, signal.SIGALRM):
        raise SheetTooLarge(sheet_child.SECONDS, limits.seconds)
    raise SheetTooLarge(sheet_child.MEMORY, limits.memory)


def _cell(told):
    if isinstance(told, str):
        return told
    [(kind, value)] = told.items()
    return _READ[kind](value)


def _number(written):
    number = Decimal(written)
    if not number.is_finite():
        return number
    whole = number == number.to_integral_value()
    return number.quantize(Decimal(1)) if whole and abs(number) < EXACT else number


_READ = {
    "number": _number,
    "duration": lambda seconds: timedelta(seconds=seconds),
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
}


def shown(cell):
    """:return: a cell as text, for a sentence about it"""
    if isinstance(cell, datetime):
        return f"{cell:%d/%m/%Y %H:%M:%S}"
    return f"{cell:%d/%m/%Y}" if isinstance(cell, date) else str(cell)


def unreadable_sentence(env, error):
    """Say why a file could not be read, and what to do.

    :param env: environment of the reader's language
    :param UnreadableSheet error: from :func:`read_rows`
    :return: str
    """
    if isinstance(error, CutSheet):
        return env._(
            "This file ends in the middle of a row: a part of it is missing. Get "
            "it again, complete, and load that."
        )
    if isinstance(error, LockedSheet):
        return env._(
            "This file has a password, and without it nobody can read it. Take the "
            "password away in the spreadsheet program, save it and load it again."
        )
    if isinstance(error, MisquotedSheet):
        return env._(
            "In row %(row)s of this file a cell begins with a quotation mark, and it "
            "cannot be told where the cell ends: rows below could be lost. Correct the "
            "quotation marks of that row, or save the file as XLSX, and load it again.",
            row=error.row,
        )
    if not isinstance(error, SheetTooLarge):
        return env._(
            "This file cannot be read as a spreadsheet. Save it as XLSX or CSV and "
            "load it again."
        )
    sentences = {
        sheet_child.BYTES: env._("This file is larger than %(most)s MB."),
        sheet_child.UNPACKED: env._("This file unpacks to more than %(most)s MB."),
        sheet_child.MEMORY: env._(
            "Reading this file takes more than %(most)s MB of memory."
        ),
        sheet_child.SECONDS: env._(
            "Reading this file takes longer than %(most)s seconds."
        ),
        sheet_child.ROWS: env._("This file has more than %(most)s rows."),
        sheet_child.COLUMNS: env._(
            "This file has a row of more than %(most)s columns."
        ),
        sheet_child.CELLS: env._("This file has more than %(most)s cells."),
        sheet_child.STYLES: env._("This file has more than %(most)s cell formats."),
        sheet_child.TEXT: env._(
            "This file has a row of more than %(most)s characters."
        ),
        sheet_child.CHARACTERS: env._(
            "This file has more than %(most)s characters in all."
        ),
    }
    in_mib = (sheet_child.BYTES, sheet_child.UNPACKED, sheet_child.MEMORY)
    most = error.most // MIB if error.limit in in_mib else error.most
    return env._(
        "%(limit)s Copy the rows that are needed into a new spreadsheet, without "
        "formats, or save it as CSV; load more rows than that in several files.",
        limit=sentences[error.limit] % {"most": most},
    )
