# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The headings of spreadsheets, and their cells as people write them.

Pure functions without Odoo; the rows are read by ``tip_mvno.tools.sheet_rows``.
"""

import itertools
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal

from odoo.addons.tip_mvno.tools.brazil import plain_key
from odoo.addons.tip_mvno.tools.written import usable, written_amount

# Rows above the headings that a report may begin with.
PREAMBLE = 20
# Longer than this is no contract, number or ICCID.
CODE_MAX = 250
_CLOCK = re.compile(r"(\d{1,7}):(\d{2})(?::(\d{2}))?")


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
        if usable(cell) != cell.to_integral_value():
            raise ValueError("Shortened")
        return str(cell)
    text = str(cell).strip()
    if len(text) > CODE_MAX or re.fullmatch(r"\d+([.,]\d+)?[eE]\+\d+", text):
        raise ValueError("Shortened")
    return text


def written_number(cell):
    """Read an amount or a quantity, which may be below zero; see ``written_amount``.

    :return: Decimal
    :raise ValueError: no number, or one beyond any use
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
