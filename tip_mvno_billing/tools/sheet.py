# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Spreadsheets read row by row, and cells as people write them.

Pure functions without Odoo. Beside the file itself memory holds a row: Odoo's own
reader holds every cell of a workbook at once. (A workbook's texts are held, too; how
large they may be is limited.)
"""

import codecs
import contextlib
import csv
import io
import itertools
import math
import re
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import openpyxl
import openpyxl.utils.exceptions

from odoo.addons.tip_mvno.tools.brazil import plain_key
from odoo.addons.tip_mvno.tools.written import usable, written_amount

SEPARATORS = ";,\t|"
# Rows above the headings that a report may begin with.
PREAMBLE = 20
# Longer than this is no contract, number or ICCID.
CODE_MAX = 250
# From here on a spreadsheet's number has lost digits.
EXACT = 10**15
# A spreadsheet has no more rows; a file that says so would be read for ever.
MAX_ROWS = 1_048_576
# Bytes that a workbook may unpack to.
MAX_UNPACKED = 512 * 1024**2
# What the libraries raise for files that are damaged, encrypted or no workbook at all.
_DAMAGED = (
    EOFError,
    KeyError,
    NotImplementedError,
    OSError,
    RuntimeError,
    SyntaxError,  # XML's ParseError is one
    ValueError,
    csv.Error,
    openpyxl.utils.exceptions.InvalidFileException,
    zipfile.BadZipFile,
    zlib.error,
)
_SNIFFED = 64 * 1024
_CLOCK = re.compile(r"(\d{1,7}):(\d{2})(?::(\d{2}))?")


class UnreadableSheet(ValueError):
    """A file that is no spreadsheet we can read."""


class CutSheet(UnreadableSheet):
    """A file that ends in the middle of a row."""


@dataclass(frozen=True)
class Column:
    """A column that a file may have.

    :param label: its heading in the reader's language
    :param aliases: other headings that mean it, as ``plain_key`` reduces them
    :param required: whether a file without it is of no use
    :param secret: whether its cells may be shown to the call records group only
    """

    label: str
    aliases: tuple = ()
    required: bool = False
    secret: bool = False


# Rows ------------------------------------------------------------------------


def read_rows(content):
    """Read the first sheet of an XLSX file, or a CSV file, row by row.

    A CSV's separator and encoding (UTF-8, UTF-16 or Windows') are found out.

    :param bytes content: the file
    :return: generator of (row number from 1, list of cells); empty rows are left out.
        A cell is text, or typed where the spreadsheet has it so: Decimal, date,
        datetime, time or timedelta
    :raise UnreadableSheet: when it is neither
    """
    if content.startswith(b"PK"):
        return _workbook_rows(content)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableSheet("xls")
    return _text_rows(content)


def estimate_rows(content):
    """:param bytes content: the file
    :return: about how many rows it has, for a progress bar; 0 when it does not say"""
    if not content.startswith(b"PK"):
        return content.count(b"\n")
    with contextlib.closing(_workbook(content)) as book:
        return book.worksheets[0].max_row or 0


@contextlib.contextmanager
def _readable():
    """What goes wrong with a file that cannot be read is told as such."""
    try:
        yield
    except UnreadableSheet:
        raise
    except _DAMAGED as error:
        raise UnreadableSheet(type(error).__name__) from None


def _workbook(content):
    with _readable():
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MAX_UNPACKED:
                raise UnreadableSheet("too large")
        return openpyxl.load_workbook(
            io.BytesIO(content), read_only=True, data_only=True
        )


def _workbook_rows(content):
    with contextlib.closing(_workbook(content)) as book, _readable():
        sheet = book.worksheets[0]
        # some programs write a wrong size, and rows beyond it would be missing
        sheet.reset_dimensions()
        for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
            if number > MAX_ROWS:
                raise UnreadableSheet("too many rows")
            cells = list(map(_cell, row))
            if any(cell != "" for cell in cells):
                yield number, cells


def _cell(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        if not math.isfinite(value):
            return str(value)
        number = Decimal(repr(value))
        whole = number == number.to_integral_value()
        return number.quantize(Decimal(1)) if whole and abs(number) < EXACT else number
    return value.strip() if isinstance(value, str) else value


def _text_rows(content):
    if b"\0" in content[:_SNIFFED] and not content.startswith(
        (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    ):
        raise UnreadableSheet("binary")
    width, last = 0, []
    with _readable():
        file = io.TextIOWrapper(
            io.BytesIO(content), encoding=_encoding(content), newline=""
        )
        head = file.read(_SNIFFED)
        file.seek(0)
        told = re.match(r"sep=(.)\r?\n", head)  # Excel's own way to name it
        if told:
            file.readline()
        reader = csv.reader(file, delimiter=told[1] if told else _separator(head))
        number = 2 if told else 1
        for row in reader:
            cells = [cell.replace("\0", "").strip() for cell in row]
            if any(cells):
                width, last = len(last), cells
                yield number, cells
            number = reader.line_num + (2 if told else 1)
    if len(last) < width and not content.endswith((b"\n", b"\r", b"\n\0")):
        raise CutSheet("It ends within a row")


def _encoding(content):
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(content), _SNIFFED):
            decoder.decode(content[start : start + _SNIFFED])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        # what Excel in Brazil writes; latin-1 for the bytes that it leaves undefined
        try:
            content.decode("cp1252")
        except UnicodeDecodeError:
            return "latin-1"
        return "cp1252"
    return "utf-8-sig"


def _separator(head):
    """:return: the separator that the first rows have most of"""
    counts = Counter()
    for line in itertools.islice(filter(None, head.splitlines()), PREAMBLE):
        unquoted = re.sub(r'"[^"]*"', "", line)
        # decimal commas do not separate
        unquoted = re.sub(r"(?<=\d),(?=\d)", "", unquoted)
        counts.update(sign for sign in unquoted if sign in SEPARATORS)
    return max(SEPARATORS, key=lambda sign: counts[sign])


# Headings --------------------------------------------------------------------


def place_headings(rows, known):
    """Find the row of the headings, which need not be the first.

    :param rows: iterator of (row number, cells); is moved behind the headings
    :param known: set of headings that are looked for, as ``plain_key`` reduces them
    :return: (list of headings, the second of a name as "name (2)", iterator of the rows
        below them)
    """
    first = list(itertools.islice(rows, PREAMBLE))
    found = [
        sum(plain_key(str(cell)) in known for cell in cells) for _number, cells in first
    ]
    if any(found):
        place = found.index(max(found))
    else:
        wide = [sum(cell != "" for cell in cells) > 1 for _number, cells in first]
        place = wide.index(True) if True in wide else 0
    seen, headings = Counter(), []
    for cell in first[place][1] if first else ():
        heading = " ".join(str(cell).split())
        seen[heading] += 1
        again = heading and seen[heading] > 1
        headings.append(f"{heading} ({seen[heading]})" if again else heading)
    return headings, itertools.chain(first[place + 1 :], rows)


# Cells -----------------------------------------------------------------------


def written_code(cell):
    """Read an identifier: a contract, a number, an ICCID.

    :return: str; leading zeros stay where the spreadsheet left them
    :raise ValueError: for a number that the spreadsheet has shortened, or a text too
        long for any
    """
    if isinstance(cell, Decimal):
        if abs(cell) >= EXACT or cell != cell.to_integral_value():
            raise ValueError("Shortened")
        return str(cell)
    text = str(cell).strip()
    if len(text) > CODE_MAX or re.fullmatch(r"\d+([.,]\d+)?[eE]\+\d+", text):
        raise ValueError("Shortened")
    return text


def written_number(cell):
    """Read an amount or a quantity, which may be below zero; see ``written_amount``.

    :return: Decimal
    :raise ValueError: no number
    """
    if isinstance(cell, Decimal):
        return usable(cell)
    text = re.sub(r"^R\$|[\s\u00a0]", "", str(cell).strip())
    bare = text.strip("()").lstrip("-\u2212").removeprefix("R$")
    negative = text.startswith(("-", "\u2212", "(")) or text.startswith("R$-")
    found = written_amount(bare)
    return -found if negative else found


def written_duration(cell):
    """Read a duration: h:mm:ss, or seconds.

    :return: whole seconds, rounded up
    :raise ValueError: no duration
    """
    if isinstance(cell, datetime):  # a spreadsheet's time beyond its day zero
        raise ValueError("Not a duration")
    if isinstance(cell, time):
        return cell.hour * 3600 + cell.minute * 60 + cell.second
    if isinstance(cell, timedelta):
        return round(cell.total_seconds())
    clock = _CLOCK.fullmatch(str(cell).strip())
    if clock:
        first, second, third = (int(part) if part else None for part in clock.groups())
        if second > 59 or (third or 0) > 59:
            raise ValueError("Not a duration")
        if third is None:  # minutes and seconds
            return first * 60 + second
        return first * 3600 + second * 60 + third
    found = written_number(cell)
    if found < 0:
        raise ValueError("Not a duration")
    return int(found.to_integral_value("ROUND_CEILING"))


def written_clock(cell):
    """Read a time of day: 14:30 or 14:30:05.

    :return: time
    :raise ValueError: no time of day
    """
    if isinstance(cell, datetime):
        return cell.time().replace(microsecond=0)
    if isinstance(cell, time):
        return cell.replace(microsecond=0)
    clock = _CLOCK.fullmatch(str(cell).strip())
    if not clock:
        raise ValueError("Not a time of day")
    return time(*(int(part or 0) for part in clock.groups()))


def shown(cell):
    """:return: a cell as text, for a sentence about it"""
    if isinstance(cell, datetime):
        return f"{cell:%d/%m/%Y %H:%M:%S}"
    return f"{cell:%d/%m/%Y}" if isinstance(cell, date) else str(cell)
