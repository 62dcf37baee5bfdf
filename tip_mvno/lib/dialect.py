# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How the platform spells things: numbers, times, codes, statuses.

Everything here turns one wire value into a typed one or raises :class:`Unreadable`.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

MB_PER = {
    "b": Decimal(1) / (1024 * 1024),
    "kb": Decimal(1) / 1024,
    "mb": Decimal(1),
    "gb": Decimal(1024),  # the trade's 1 GB = 1024 MB
    "tb": Decimal(1024 * 1024),
}
_PLAIN = re.compile(
    r"[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE
)
_GROUPED = re.compile(r"[+-]?\d{1,3}((\.\d{3})+(,\d+)?|(,\d{3})+(\.\d+)?)", re.ASCII)
_VOLUME = re.compile(r"(?P<number>.*?[\d.,])\s*(?P<unit>[KMGT]?B)", re.IGNORECASE)
_CLOCK = r"(?:[T ]+(\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?"
_OFFSET = r"\s*(Z|[+-]\d{2}(?::?\d{2})?)?"
_ISO = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})" + _CLOCK + _OFFSET, re.ASCII | re.IGNORECASE
)
_BRAZILIAN = re.compile(
    r"(\d{2})/(\d{2})/(\d{4})" + _CLOCK + _OFFSET, re.ASCII | re.IGNORECASE
)
_MONTH = re.compile(r"(\d{4})-(\d{2})(?:-\d{2})?|(\d{2})/(\d{4})", re.ASCII)
_NOTHING = {"", "-", "--", "N/A", "null"}
# What stands in the place of a value that answer_filter.py took out: a character that
# is none, reserved for the use inside of programs.
ODD = "\ufdd0"
# An identifier, and any other text that is kept, is no longer than this.
LENGTH_MAX = 250
# A number with more digits than this, or with more zeros after the comma, is none.
_DIGITS_MAX = 40


class Unreadable(ValueError):
    """A wire value that is not what its field should hold. The text says what was
    expected; it quotes no value that may be personal."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """The settings that decide what a value means.

    :param usage_unit: "mb" or "gb": unit of data volumes in the usage calls.
    :param balance_unit: the same for balances.
    :param tz: zone of times without an offset.
    """

    usage_unit: str
    balance_unit: str
    tz: ZoneInfo


# Text ------------------------------------------------------------------------


def text(value):
    """:return: the trimmed text of a scalar; "" for anything else or nothing."""
    if isinstance(value, str):
        # a database's texts hold no NUL
        return "" if value == ODD else value.replace("\0", "").strip()
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return ""
    return code(value)


def code(value):
    """:return: an identifier as text: leading zeros of texts stay, a JSON number
    gives its digits."""
    if isinstance(value, Decimal):
        if abs(value.adjusted()) > 30:  # 1e999999 is no identifier
            return ""
        value = format(value, "f")
        return value.rstrip("0").rstrip(".") if "." in value else value
    if isinstance(value, bool):
        return ""
    return text(str(value)) if isinstance(value, str | int) else ""


def digits(value):
    """:return: only the digits of an identifier."""
    return "".join(re.findall(r"[0-9]", code(value)))


def document(value):
    """:return: a CPF or CNPJ without punctuation; the letters a CNPJ may hold stay."""
    return "".join(re.findall(r"[0-9A-Z]", code(value).upper()))


def folded(value):
    """:return: a status without accents, case and punctuation: "EM USO"."""
    plain = unicodedata.normalize("NFKD", text(value))
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(re.findall(r"[0-9A-Z]+", plain.upper()))


def listed(value):
    """Read a list inside a row; PHP makes an object of "0", "2"… of one with gaps.

    :return: list without nulls; empty for nothing, and of one for a bare object.
    :raise Unreadable: when it is no list.
    """
    if value is None or value == "":
        return []
    if isinstance(value, dict):
        indexed = all(key.isdigit() for key in value)
        value = list(value.values()) if indexed else [value]
    if not isinstance(value, list):
        raise Unreadable("a list was expected")
    return [item for item in value if item is not None]


def phone(value):
    """:return: a subscriber's number as E.164, or "" when it cannot be one.

    Accepts 10 or 11 digits (DDD + number), the same with 55 or a trunk 0 before,
    punctuation, and foreign numbers written with "+".
    """
    if not value:
        return ""
    raw, number = code(value), digits(value)
    if raw.startswith("+") and not number.startswith("55"):
        return f"+{number}" if 8 <= len(number) <= 15 else ""
    number = number.removeprefix("0")
    if len(number) in (12, 13) and number.startswith("55"):
        number = number[2:]
    return f"+55{number}" if len(number) in (10, 11) else ""


def national(number):
    """:return: a Brazilian number as the platform wants it: DDD + number, no 55."""
    return phone(number).removeprefix("+55") or digits(number)


def truth(value):
    """:return: whether a flag is set, as a bool, 1, "1", "S", "sim", "true"."""
    if isinstance(value, str):
        return folded(value) in {"1", "S", "SIM", "Y", "YES", "TRUE", "V", "ESIM"}
    return bool(value)


def label(value):
    """:return: what is only shown, a status say, as :func:`text`, cut at what is kept
    of any."""
    return text(value)[:LENGTH_MAX]


def kept_code(value):
    """:return: an identifier as by :func:`code`, or "" when it is too long for one."""
    found = code(value)
    return "" if is_too_long(found) else found


def is_too_long(*texts):
    """:return: bool, whether one of these texts is longer than what is kept of any: no
    code, name or status is."""
    return any(len(written) > LENGTH_MAX for written in texts)


# Numbers ---------------------------------------------------------------------


def number(value):
    """Read a number given as a JSON number or as text with comma or point.

    A single comma or point is always the decimal sign: "12.500" is twelve and a half,
    as the platform pads decimals. Thousands are grouped only where it is evident:
    "1.234,56", "1.234.567".

    :return: Decimal, or None when there is nothing.
    :raise Unreadable: when it is no number, or one beyond any use: of 1e16 and more,
        or of more digits than a database keeps.
    """
    if value is None or isinstance(value, str) and value.strip() in _NOTHING:
        return None
    found = _decimal(value)
    if found is None or not found.is_finite() or found.adjusted() > 15:
        raise Unreadable("a number was expected")
    if -found.as_tuple().exponent > _DIGITS_MAX:
        raise Unreadable("a number of fewer digits was expected")
    return found


def _decimal(value):
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return Decimal(str(value))
    written = value.strip() if isinstance(value, str) else ""
    if _PLAIN.fullmatch(written):
        return Decimal(written.replace(",", "."))
    if _GROUPED.fullmatch(written):
        grouping = next(sign for sign in written if sign in ".,")
        return Decimal(written.replace(grouping, "").replace(",", "."))
    return None


def quantity(value):
    """:return: a whole number >= 0, rounded up; 0 for nothing.
    :raise Unreadable: when it is no number, or a negative one."""
    found = number(value) or Decimal(0)
    if found < 0:
        raise Unreadable("a quantity was expected")
    return int(found.to_integral_value("ROUND_CEILING"))


def seconds(in_seconds, in_minutes):
    """:return: whole seconds, from seconds or, where missing, from minutes.
    :raise Unreadable: when it is no number, or a negative one."""
    found = number(in_seconds)
    if found is None:
        found = (number(in_minutes) or Decimal(0)) * 60
    return quantity(found)


def volume_mb(value, unit):
    """Read a data volume.

    :param value: the number, with or without a unit of its own ("1,5 GB").
    :param unit: "mb" or "gb", what a bare number counts in.
    :return: Decimal, MB (1 GB = 1024 MB); 0 for nothing.
    :raise Unreadable: when it is no number, or a negative one.
    """
    written = _VOLUME.fullmatch(value.strip()) if isinstance(value, str) else None
    if written:
        value, unit = written["number"], written["unit"].lower()
    found = number(value) or Decimal(0)
    if found < 0:
        raise Unreadable("a data volume was expected")
    return found * MB_PER[unit]


# Times -----------------------------------------------------------------------


def moment(value, tz):
    """Read a time; one without an offset is local time.

    :param value: "YYYY-MM-DD[ HH:MM[:SS]]", "dd/mm/YYYY[ HH:MM[:SS]]", or ISO 8601.
    :param tz: zone of times without an offset.
    :return: aware datetime in UTC, or None when there is nothing.
    :raise Unreadable: when it is no time.
    """
    local = _local(value, tz)
    return local and local.astimezone(timezone.utc)


def day(value, tz):
    """:return: the local date of a time (see :func:`moment`), or None.
    :raise Unreadable: when it is no time."""
    local = _local(value, tz)
    return local and local.astimezone(tz).date()


def is_of_month(row, competence):
    """:param row: of an answer that was asked about a month
    :param competence: date, any day of that month
    :return: whether the month it names is that one, or it names none that can be read
    """
    told = _MONTH.fullmatch(text(row.get("periodo")))
    if not told:
        return True
    year, month, month_first, year_last = told.groups()
    wanted = f"{competence:%Y-%m}"
    return f"{year or year_last}-{month or month_first}" == wanted


def _local(value, tz):
    if value is None or isinstance(value, str) and value.strip() in _NOTHING:
        return None
    written = value.strip() if isinstance(value, str) else ""
    if written.startswith(("0000-00-00", "00/00/0000")):  # MySQL's empty date
        return None
    if match := _ISO.fullmatch(written):
        year, month, monthday, *clock, fraction, offset = match.groups()
    elif match := _BRAZILIAN.fullmatch(written):
        monthday, month, year, *clock, fraction, offset = match.groups()
    else:
        raise Unreadable("a date or time was expected")
    try:
        at = datetime.combine(
            date(int(year), int(month), int(monthday)),
            time(
                *(int(part or 0) for part in clock),
                int((fraction or "")[:6].ljust(6, "0")),
            ),
            _offset(offset) if offset else tz,
        )
        at.astimezone(timezone.utc)  # year 1 and 9999 do not survive it
    except (ValueError, OverflowError):
        at = None
    if at is None:
        raise Unreadable("a date or time was expected")
    return at


def _offset(written):
    if written.upper() == "Z":
        return timezone.utc
    sign = -1 if written[0] == "-" else 1
    hours, minutes = int(written[1:3]), int(written[-2:]) if len(written) > 3 else 0
    return timezone(sign * timedelta(hours=hours, minutes=minutes))
