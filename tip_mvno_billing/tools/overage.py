# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What of a month's usage lies beyond the allowance of a holder's plans."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from math import ceil

USAGE_KINDS = ("voice", "sms", "data")
# What events count (seconds, messages, MB) in what prices count (minutes, ...).
EVENT_UNITS = {"voice": 60, "sms": 1, "data": 1}


@dataclass(frozen=True)
class Tariff:
    """What usage of one kind costs on the days of a contract line, once the allowance
    that it shares with the holder's other lines of the month is used up."""

    contract_line_id: int
    mvno_line_id: int
    holder_id: int
    """The customer (``res.partner``) whose days these are."""
    kind: str
    allowance: int
    """All of the holder's month, in the events' units: seconds, messages, MB."""
    price: Decimal
    """Per minute, message or MB, in the contract's currency; 0 charges nothing."""
    decimals: int
    """Of the currency: each record's amount is cut to them."""
    since: datetime | None
    """The first moment that counts (UTC), where it is not the whole month's."""
    until: datetime | None
    """The first moment that does not count any more (UTC)."""

    @property
    def pool(self):
        """:return: tuple, what draws on the same allowance has in common"""
        return self.mvno_line_id, self.holder_id, self.kind

    @property
    def is_parted(self):
        """:return: bool, whether these are not the days of the whole month"""
        return bool(self.since or self.until)

    def covers(self, moment):
        """:param moment: UTC datetime of an event; None where it has no time
        :return: bool, whether it is of these days; without time only where no other
            days are"""
        if not moment:
            return not self.is_parted
        return not (self.since and moment < self.since) and not (
            self.until and moment >= self.until
        )


@dataclass(frozen=True)
class Excess:
    """What of one kind was used beyond the allowance, and what it costs."""

    kind: str
    quantity: Decimal
    """Minutes, messages or MB."""
    amount: Decimal
    allowance: Decimal
    """All of the holder's month, in minutes, messages or MB."""
    is_priced: bool
    """False on the days of a plan that has no price for it."""


@dataclass(frozen=True, eq=False)
class Usage:
    """What usage beyond the allowance costs on a contract line in a month."""

    line: object
    """The ``contract.line`` record that pays for the days."""
    excesses: list
    """:class:`Excess` items."""
    items: object
    """``mvno.billing.item`` records that bill some of it already."""
    elsewhere: float = 0.0
    """What counts as billed here though another line of the holder's month bills it;
    negative on that one."""

    @property
    def amount(self):
        """:return: float, all that it costs"""
        return float(sum(excess.amount for excess in self.excesses))

    @property
    def billed(self):
        """:return: float, what of it is billed"""
        return sum(self.items.mapped("amount")) + self.elsewhere

    @property
    def difference(self):
        """:return: float, what is still to be billed; negative when too much is"""
        return self.line.currency_id.round(self.amount - self.billed)

    @property
    def free(self):
        """:return: list of the :class:`Excess` items that the plan has no price for"""
        return [excess for excess in self.excesses if not excess.is_priced]

    @property
    def free_key(self):
        """:return: str, a source key that no item has: ``usage``, ``usage-2``, ..."""
        taken = set(self.items.mapped("source_key"))
        keys = ("usage", *(f"usage-{number}" for number in range(2, len(taken) + 2)))
        return next(key for key in keys if key not in taken)


def balanced(usages):
    """Let what a line bills too much count as billed of the others: a change of plan
    that is learnt after its month was billed moves usage from line to line.

    :param list usages: :class:`Usage` items of one holder's month, in one currency
    :return: list of :class:`Usage`, of which none is to be billed while another one
        bills too much
    """
    too_much = -sum(min(usage.difference, 0.0) for usage in usages)
    too_little = sum(max(usage.difference, 0.0) for usage in usages)
    moved = {1: min(too_much, too_little), -1: min(too_much, too_little)}
    settled = []
    for usage in usages:
        sign = 1 if usage.difference > 0 else -1
        share = min(abs(usage.difference), moved[sign])
        moved[sign] -= share
        settled.append(replace(usage, elsewhere=sign * share))
    return settled


def pooled_allowance(parts, total):
    """The allowance of a holder's month, which is the sum of those of their plans.

    :param parts: iterable of (allowance of a whole month, days, whether it counts by
        days only)
    :param int total: days of the month
    :return: int, rounded up in the customer's favour
    """
    return ceil(
        sum(
            Fraction(str(whole)) * (Fraction(days, total) if by_days else 1)
            for whole, days, by_days in parts
        )
    )


def drawn(tariffs, events):
    """How a month's events draw on the allowances of a mobile line's holder.

    :param list tariffs: :class:`Tariff` items of the holder's days
    :param events: iterable of (kind, UTC datetime or None, quantity in the events'
        units), those that count
    :return: dict, kind to (allowance, what was used beyond it), both in the events'
        units; kinds of which nothing can be exceeded are not in it
    """
    allowances = {tariff.kind: tariff.allowance for tariff in tariffs}
    used = dict.fromkeys(allowances, 0)
    for kind, moment, quantity in events:
        if any(tariff.kind == kind and tariff.covers(moment) for tariff in tariffs):
            used[kind] += quantity
    return {
        kind: (allowance, max(used[kind] - allowance, 0))
        for kind, allowance in allowances.items()
    }
