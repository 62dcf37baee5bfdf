# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What of a month's usage lies beyond the allowance of a plan."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from math import ceil

KINDS = ("voice", "sms", "data")
# What events count (seconds, messages, MB) in what prices count (minutes, ...).
EVENT_UNITS = {"voice": 60, "sms": 1, "data": 1}


@dataclass(frozen=True)
class Tariff:
    """What a contract line pays for usage of one kind beyond its allowance."""

    contract_line_id: int
    mvno_line_id: int
    kind: str
    allowance: int
    """In the events' units: seconds, messages, MB."""
    price: Decimal
    """Per minute, message or MB, in the contract's currency."""
    decimals: int
    """Of the currency: each record's amount is cut to them."""
    since: datetime | None
    """The first moment that counts (UTC), where it is not the whole month's."""
    until: datetime | None
    """The first moment that does not count any more (UTC)."""


@dataclass(frozen=True)
class Excess:
    """What of one kind was used beyond the allowance, and what it costs."""

    kind: str
    quantity: Decimal
    """Minutes, messages or MB."""
    amount: Decimal


def share_of_allowance(parts, total):
    """The allowance of a month that several plans, or a part of the month, make up.

    :param parts: iterable of (allowance of a whole month, days)
    :param int total: days of the month
    :return: int, rounded up in the customer's favour
    """
    return ceil(sum(Fraction(str(whole)) * days for whole, days in parts) / total)
