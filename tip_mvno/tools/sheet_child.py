# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Read a spreadsheet in a process of its own, which may fail for it alone.

A small file can unpack to anything, and the libraries hold what they read at once: the
kernel limits this process's memory and seconds, and what a spreadsheet is made of is
counted. It stands alone, without Odoo; ``sheet_rows`` starts it, with the limits as its
argument and the file as its standard input. Its output are lines of JSON: about how
many rows there are, then ``[row number, cells]`` each, then how it ended.
"""

import codecs
import csv
import io
import itertools
import json
import re
import sys
import zipfile
import zlib
from collections import Counter
from datetime import date, datetime, time, timedelta

# Limits: who passes one is told which.
BYTES, UNPACKED, MEMORY, SECONDS = "bytes", "unpacked", "memory", "seconds"
ROWS, COLUMNS, CELLS, STYLES, TEXT = "rows", "columns", "cells", "styles", "text"
# How it ended.
END, CUT, DAMAGED, BEYOND = "end", "cut", "damaged", "beyond"

SEPARATORS = ";,\t|"
# Rows that are looked at to find out what separates the cells.
SAMPLED = 20
CHUNK = 64 * 1024
STYLE_PART = "xl/styles.xml"
# What the libraries raise for files that are damaged, encrypted or no workbook at all.
UNREADABLE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    SyntaxError,  # XML's ParseError is one
    TypeError,
    ValueError,
    csv.Error,
    zipfile.BadZipFile,
    zlib.error,
)


class Beyond(Exception):
    """A limit is passed.

    :param limit: its name
    """


class Cut(Exception):
    """The file ends in the middle of a row."""


# Limits ----------------------------------------------------------------------


def limit_itself(limits):
    """Let the kernel end this process when it takes too much."""
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
    cell_count = 0
    for number, cells in rows:
        cell_count += len(cells)
        while cells and cells[-1] == "":
            cells.pop()
        for limit, found in (
            (ROWS, number),
            (COLUMNS, len(cells)),
            (CELLS, cell_count),
            (TEXT, sum(len(cell) for cell in cells if isinstance(cell, str))),
        ):
            if found > limits[limit]:
                raise Beyond(limit)
        if cells:
            yield number, cells


# Workbooks -------------------------------------------------------------------


def check_packed(file, limits):
    """See what a workbook unpacks to before anything of it is.

    :raise Beyond: when it is too much
    """
    with zipfile.ZipFile(file) as packed:
        parts = packed.infolist()
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
    """:return: see :func:`workbook_rows`, of an XLS file"""
    import xlrd  # noqa: PLC0415, a CSV file does not wait for it

    book = xlrd.open_workbook(file_contents=file.read(), on_demand=True)
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
    :raise Cut: when it ends within a row"""
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
    reader = csv.reader(text, delimiter=told[1] if told else separator_of(head))
    number = 2 if told else 1
    width, last = 0, []
    for row in reader:
        cells = [cell.replace("\0", "").strip() for cell in row]
        if any(cells):
            width, last = len(last), list(cells)
            yield number, cells
        number = reader.line_num + (2 if told else 1)
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
    limits = json.loads(sys.argv[1])
    limit_itself(limits)

    def say(told):
        sys.stdout.write(json.dumps(told) + "\n")

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
    except UNREADABLE as error:
        # its text may quote what the file says
        end = {DAMAGED: type(error).__name__}
    else:
        end = {END: True}
    say(end)


if __name__ == "__main__":
    main()
