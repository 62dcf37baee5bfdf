# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What of a month's usage lies beyond the allowance of a plan."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from math import ceil

USAGE_KINDS = ("voice", "sms", "data")
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


@dataclass(frozen=True, eq=False)
class Usage:
    """What a mobile line's month costs one customer beyond the allowance."""

    line: object
    """The ``contract.line`` record that pays for the last part of the month."""
    excesses: list
    """:class:`Excess` items."""
    items: object
    """``mvno.billing.item`` records that bill some of it already."""

    @property
    def amount(self):
        """:return: float, all that it costs"""
        return float(sum(excess.amount for excess in self.excesses))

    @property
    def billed(self):
        """:return: float, what of it is billed"""
        return sum(self.items.mapped("amount"))

    @property
    def difference(self):
        """:return: float, what is still to be billed; negative when too much is"""
        return self.line.currency_id.round(self.amount - self.billed)

    @property
    def free_key(self):
        """:return: str, a source key that no item has: ``usage``, ``usage-2``, ..."""
        taken = set(self.items.mapped("source_key"))
        keys = ("usage", *(f"usage-{number}" for number in range(2, len(taken) + 2)))
        return next(key for key in keys if key not in taken)


def share_of_allowance(parts, total):
    """The allowance of a month that several plans, or a part of the month, make up.

    :param parts: iterable of (allowance of a whole month, days)
    :param int total: days of the month
    :return: int, rounded up in the customer's favour
    """
    return ceil(sum(Fraction(str(whole)) * days for whole, days in parts) / total)
