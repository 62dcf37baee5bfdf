# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Read a spreadsheet in a process of its own, which may fail for it alone.

A small file can unpack to anything, and the libraries hold what they read at once: the
kernel limits this process's memory and seconds, and what a spreadsheet is made of is
counted. It stands alone, without Odoo; ``sheet_rows`` starts it, with the limits and
its own process id as arguments and the file as its standard input. Its output are lines
of JSON: about how many rows there are, then ``[row number, cells]`` each, then how it
ended. It ends with the process that started it.
"""

import codecs
import csv
import io
import itertools
import json
import os
import re
import signal
import sys
import zipfile
from collections import Counter
from contextlib import suppress
from datetime import date, datetime, time, timedelta

# Limits: who passes one is told which.
BYTES, UNPACKED, MEMORY, SECONDS = "bytes", "unpacked", "memory", "seconds"
ROWS, COLUMNS, CELLS, STYLES = "rows", "columns", "cells", "styles"
TEXT, CHARACTERS = "text", "characters"
# How it ended.
END, CUT, DAMAGED, BEYOND = "end", "cut", "damaged", "beyond"
MISQUOTED, LOCKED = "misquoted", "locked"

SEPARATORS = ";,\t|"
# Rows that are looked at to find out what separates the cells.
SAMPLED = 20
CHUNK = 64 * 1024
STYLE_PART = "xl/styles.xml"
# The name, in an OLE file, of the part that holds a workbook with a password.
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
SECTOR = 512
# Of a packed part: it can be read with a password only.
WITH_PASSWORD = 0x1
# The process may take so many times its seconds of work, waits included.
WAITS = 6
# From Linux's prctl.h: the signal for when the parent dies.
PR_SET_PDEATHSIG = 1


class Beyond(Exception):
    """A limit is passed.

    :param limit: its name
    """


class Cut(Exception):
    """The file ends in the middle of a row."""


class Locked(Exception):
    """The file can be read with a password only."""


class Misquoted(Exception):
    """Quotation marks that may have swallowed cells or rows.

    :param row: the number of the row they begin in
    """


# Limits ----------------------------------------------------------------------


def end_with_parent(parent):
    """Let the kernel end this process when the one that reads what it says dies.

    :param int parent: that one's id
    """
    with suppress(ImportError, AttributeError, OSError):  # Linux only
        import ctypes  # noqa: PLC0415

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit()  # it died meanwhile


def limit_itself(limits):
    """Let the kernel end this process when it takes too much."""
    if hasattr(signal, "alarm"):
        signal.alarm(WAITS * limits[SECONDS])
    try:
        import resource  # noqa: PLC0415, there is none on Windows
    except ImportError:
        return
    for what, *wanted in (
        (resource.RLIMIT_AS, limits[MEMORY], limits[MEMORY]),
        # the first of the two says by its signal why it ends
        (resource.RLIMIT_CPU, limits[SECONDS], limits[SECONDS] + 1),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        _soft, hard = resource.getrlimit(what)
        is_free = hard == resource.RLIM_INFINITY
        resource.setrlimit(
            what, [most if is_free else min(most, hard) for most in wanted]
        )


def counted(rows, limits):
    """:param rows: iterator of (row number, list of cells)
    :return: generator of the same, without empty cells at a row's end
    :raise Beyond: when there are more than a person can have written"""
    cell_count = characters = 0
    for number, cells in rows:
        cell_count += len(cells)
        while cells and cells[-1] == "":
            cells.pop()
        text = sum(len(cell) for cell in cells if isinstance(cell, str))
        characters += text
        for limit, found in (
            (ROWS, number),
            (COLUMNS, len(cells)),
            (CELLS, cell_count),
            (TEXT, text),
            (CHARACTERS, characters),
        ):
            if found > limits[limit]:
                raise Beyond(limit)
        if cells:
            yield number, cells


# Workbooks -------------------------------------------------------------------


def check_packed(file, limits):
    """See what a workbook unpacks to before anything of it is.

    :raise Beyond: when it is too much
    :raise Locked: when it has a password
    """
    with zipfile.ZipFile(file) as packed:
        parts = packed.infolist()
        if any(part.flag_bits & WITH_PASSWORD for part in parts):
            raise Locked
        if sum(part.file_size for part in parts) > limits[UNPACKED]:
            raise Beyond(UNPACKED)
        if STYLE_PART in packed.namelist():
            tags = 0
            with packed.open(STYLE_PART) as part:
                while chunk := part.read(CHUNK):
                    tags += chunk.count(b"<")
                    if tags > limits[STYLES]:
                        raise Beyond(STYLES)
    file.seek(0)


def workbook_rows(file, limits):
    """:return: (about how many rows, iterator of (row number, cells)) of an XLSX file's
    first sheet"""
    check_packed(file, limits)
    import openpyxl  # noqa: PLC0415, a CSV file does not wait for it

    book = openpyxl.load_workbook(
        file, read_only=True, data_only=True, keep_links=False
    )
    sheet = book.worksheets[0]
    row_count = sheet.max_row or 0
    # some programs write a wrong size, and rows beyond it would be missing
    sheet.reset_dimensions()
    rows = sheet.iter_rows(values_only=True)
    return row_count, ((n, list(map(wired, row))) for n, row in enumerate(rows, 1))


def old_workbook_rows(file):
    """:return: see :func:`workbook_rows`, of an XLS file
    :raise Locked: when it has a password"""
    import xlrd  # noqa: PLC0415, a CSV file does not wait for it

    content = file.read()
    if ENCRYPTED in content:
        raise Locked
    # not every program fills the last sector up, and some append a byte
    content += bytes(-len(content) % SECTOR)
    try:
        # what it warns of is no row
        book = xlrd.open_workbook(
            file_contents=content, on_demand=True, logfile=sys.stderr
        )
    except xlrd.XLRDError as error:
        if "encrypted" in str(error):
            raise Locked from None
        raise
    sheet = book.sheet_by_index(0)

    def cell(found):
        if found.ctype == xlrd.XL_CELL_DATE:
            return wired(xlrd.xldate.xldate_as_datetime(found.value, book.datemode))
        if found.ctype == xlrd.XL_CELL_BOOLEAN:
            return wired(bool(found.value))
        return "" if found.ctype == xlrd.XL_CELL_ERROR else wired(found.value)

    rows = (list(map(cell, sheet.row(place))) for place in range(sheet.nrows))
    return sheet.nrows, enumerate(rows, 1)


def wired(value):
    """:return: a cell as JSON has it: text, or an object of its type's name"""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return {"number": repr(value)}
    if isinstance(value, timedelta):
        return {"duration": value.total_seconds()}
    for kind, name in ((datetime, "datetime"), (date, "date"), (time, "time")):
        if isinstance(value, kind):
            return {name: value.isoformat()}
    return str(value).strip()


# CSV -------------------------------------------------------------------------


def text_rows(file):
    """:return: see :func:`workbook_rows`, of a CSV file
    :raise Cut: when it ends within a row
    :raise Misquoted: see :class:`Quotes`"""
    start = file.read(CHUNK)
    if b"\0" in start and not start.startswith(
        (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    ):
        raise ValueError("binary")
    file.seek(0)
    row_count = sum(chunk.count(b"\n") for chunk in chunks(file))
    return row_count, separated_rows(file)


def separated_rows(file):
    encoding = encoding_of(file)
    file.seek(max(file.seek(0, io.SEEK_END) - 2, 0))
    is_ended = file.read().endswith((b"\n", b"\r", b"\n\0"))
    file.seek(0)
    told, head = None, ""
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    head = text.read(CHUNK)
    text.seek(0)
    told = re.match(r"sep=(.)\r?\n", head)  # Excel's own way to name it
    if told:
        text.readline()
    separator = told[1] if told else separator_of(head)
    first_row = 2 if told else 1
    # with a blank before a quotation mark, the mark is one nevertheless
    reader = csv.reader(text, delimiter=separator, strict=True, skipinitialspace=True)
    quotes = Quotes(separator)
    number = first_row
    width, last = 0, []
    try:
        for row in reader:
            cells = [cell.replace("\0", "").strip() for cell in row]
            if any(cells):
                width, last = len(last), list(cells)
                quotes.check(number, row, reader.line_num + first_row - number > 1)
                yield number, cells
            number = reader.line_num + first_row
    except csv.Error as error:
        is_one_line = reader.line_num + first_row - number == 1
        if is_one_line and "limit" in str(error):
            raise  # a text longer than any
        raise Misquoted(number) from None
    quotes.end()
    if len(last) < width and not is_ended:
        raise Cut


def chunks(file):
    return iter(lambda: file.read(CHUNK), b"")


def encoding_of(file):
    """:return: the encoding of all of a file's text"""
    file.seek(0)
    if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    # the second is what Excel in Brazil writes, but for the bytes it leaves undefined
    for encoding in "utf-8", "cp1252":
        file.seek(0)
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            for chunk in chunks(file):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return "utf-8-sig" if encoding == "utf-8" else encoding
    return "latin-1"


def separator_of(head):
    """:return: the separator that the first rows have most of"""
    counts = Counter()
    for line in itertools.islice(filter(None, head.splitlines()), SAMPLED):
        unquoted = re.sub(r'"[^"]*"', "", line)
        # decimal commas do not separate
        unquoted = re.sub(r"(?<=\d),(?=\d)", "", unquoted)
        counts.update(sign for sign in unquoted if sign in SEPARATORS)
    return max(SEPARATORS, key=lambda sign: counts[sign])


# Quotation marks -------------------------------------------------------------


# What a cell is made of: a date, a number, an amount have no letters.
FIGURES, WORDS, NOTHING = "figures", "words", ""
LINE_END = re.compile(r"\r\n|\r|\n")
DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")


def kinds_of(cells):
    """:return: tuple, of what each cell is made"""
    return tuple(
        WORDS
        if any(map(str.isalpha, cell))
        else FIGURES
        if any(map(str.isdigit, cell))
        else NOTHING
        for cell in cells
    )


def is_alike(kinds, others):
    """:return: bool, whether two rows have as many cells, of the same kinds; figures
    are among them, for words only may be an address"""
    if len(kinds) != len(others):
        return False
    pairs = [pair for pair in zip(kinds, others, strict=True) if all(pair)]
    return all(one == other for one, other in pairs) and (FIGURES, FIGURES) in pairs


def begins_alike(line, kinds):
    """:return: bool, whether a line can be a row as well, though cells may be missing
    at its end; a row's first cell alone is none"""
    most = len(line)
    return most == len(kinds) or (most > 1 and is_alike(line, kinds[:most]))


class Quotes:
    """Find rows and cells that stray quotation marks have made one.

    A mark swallows everything up to the next one, and what comes of it is well formed.
    So where a cell holds the end of a line, no line of its row may look like a row of
    its own, and the row has to have as many cells as others. Where it holds a
    separator, the row may not be narrower than others by just that.

    :param separator: of the cells
    """

    def __init__(self, separator):
        self.separator = separator
        self.doubtful = None  # (number, row) until the row after it is known
        self.before = ()  # the row before that one
        self.widths = set()

    def check(self, number, row, has_line_end):
        """:param number: of a row
        :param row: its cells, as they are
        :param has_line_end: whether a cell holds the end of a line
        :raise Misquoted: when it, or the one before it, may be several"""
        self._settle(row)
        swallowed = self.separator.join(row).count(self.separator) >= len(row)
        if has_line_end or swallowed:
            self.doubtful = number, row
        else:
            self._pass(row)

    def end(self):
        """There is no row any more: see about the last one.

        :raise Misquoted: see :meth:`check`"""
        self._settle(())

    def _pass(self, row):
        self.before = row
        self.widths.add(len(row))

    def _settle(self, after):
        """:param after: the row after the one in doubt, if there is one"""
        if self.doubtful:
            number, row = self.doubtful
            if self._is_several_rows(row, after) or self._is_narrower(row, after):
                raise Misquoted(number)
            self._pass(row)
            self.doubtful = None

    def _is_several_rows(self, row, after):
        lines = self._lines(row)
        if len(lines) == 1:
            return False
        if len(row) > 1 and self.widths and len(row) not in {*self.widths, len(after)}:
            return True
        first, *more = map(kinds_of, lines)
        others = [kinds_of(self.before), kinds_of(after), first]
        for place, kinds in enumerate(more, start=2):
            is_whole = place < len(lines) or begins_alike(first, kinds)
            if is_whole and any(is_alike(kinds, other) for other in others):
                return True
            others.append(kinds)
        return False

    def _lines(self, row):
        """:return: list of the lines a row is written in, each as a list of the cells
        it would have if the marks around the ends of lines were none"""
        lines = [[]]
        for cell in row:
            first, *more = LINE_END.split(cell)
            if more:
                first, *more = (part.split(self.separator) for part in (first, *more))
                lines[-1] += first
                lines += more
            else:
                lines[-1].append(cell)
        return lines

    def _is_narrower(self, row, after):
        swallowed = sum(
            DECIMAL_COMMA.sub("", cell).count(self.separator) for cell in row
        )
        without_marks = len(row) + swallowed
        others = {*self.widths, len(after)} if len(row) > 1 else self.widths
        return (
            swallowed > 0
            and len(row) not in {*self.widths, len(after)}
            and without_marks in others
        )


# The process -----------------------------------------------------------------


def opened(file, limits):
    """:return: see :func:`workbook_rows`, of any of the kinds"""
    start = file.read(4)
    file.seek(0)
    if start.startswith(b"PK"):
        return workbook_rows(file, limits)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        return old_workbook_rows(file)
    return text_rows(file)


def main():
    limits, parent = json.loads(sys.argv[1]), int(sys.argv[2])
    end_with_parent(parent)
    limit_itself(limits)
    # what a library prints is not what this process says
    out, sys.stdout = sys.stdout, sys.stderr

    def say(told):
        out.write(json.dumps(told) + "\n")

    try:
        row_count, rows = opened(open(0, "rb"), limits)  # noqa: SIM115
        say(row_count)
        for row in counted(rows, limits):
            say(row)
    except Beyond as error:
        end = {BEYOND: error.args[0]}
    except MemoryError:
        end = {BEYOND: MEMORY}
    except Cut:
        end = {CUT: True}
    except Locked:
        end = {LOCKED: True}
    except Misquoted as error:
        end = {MISQUOTED: error.args[0]}
    except Exception as error:
        # damaged, or no workbook at all: what the libraries raise then is without end.
        # Its text may quote what the file says.
        end = {DAMAGED: type(error).__name__}
    else:
        end = {END: True}
    say(end)


if __name__ == "__main__":
    main()
