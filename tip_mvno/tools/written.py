# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Dates and amounts as people write them in a spreadsheet.

Pure functions without Odoo. A cell may be typed already: spreadsheets give dates.
"""

import re
from datetime import date, datetime
from decimal import Decimal

# No spreadsheet, and no float, keeps all digits from here on.
BEYOND_USE = 10**15
DECIMALS_MAX = 40
_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ][\d:.]*)?")
# 1.234,56 or 1234,56; 1,234.56 or 1234.56; 1.234 alone is a thousand in Brazil
_BRAZILIAN = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+,\d+")
_ENGLISH = re.compile(r"\d{1,3}(?:,\d{3})+\.\d+|\d+\.\d+")


def written_date(cell):
    """Read a date: dd/mm/yyyy as in Brazil, or yyyy-mm-dd.

    :param cell: text, date or datetime
    :return: date
    :raise ValueError: no date, or one that no calendar has
    """
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = str(cell).strip()
    found = _DATE.fullmatch(text)
    if found:
        day, month, year = map(int, found.groups())
    else:
        found = _ISO_DATE.fullmatch(text)
        if not found:
            raise ValueError("Not a date")
        year, month, day = map(int, found.groups())
    return date(year, month, day)


def written_amount(cell):
    """Read an amount of money, with a decimal comma or point, "R$" or not.

    :param cell: text or number
    :return: Decimal, not negative
    :raise ValueError: no amount, or one beyond any use
    """
    text = re.sub(r"^R\$|[\s\u00a0]", "", str(cell).strip())
    if re.fullmatch(r"\d+", text):
        return usable(Decimal(text))
    if _BRAZILIAN.fullmatch(text):
        return usable(Decimal(text.replace(".", "").replace(",", ".")))
    if _ENGLISH.fullmatch(text):
        return usable(Decimal(text.replace(",", "")))
    raise ValueError("Not an amount of money")


def usable(number):
    """Check that a number is one to reckon with, and that a database keeps.

    :param Decimal number: from a cell
    :return: the same
    :raise ValueError: infinite, none at all, or of too many digits
    """
    if (
        not number.is_finite()
        or abs(number) >= BEYOND_USE
        or -number.as_tuple().exponent > DECIMALS_MAX
    ):
        raise ValueError("Not a usable number")
    return number
