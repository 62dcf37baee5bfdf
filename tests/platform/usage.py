"""Usage events of a line, made from nothing but the seed, the contract and the month.

So one month asked twice gives the same events, in whatever order the lines came to be,
and a load of millions of events needs no memory.
"""

from calendar import monthrange
from datetime import date, datetime, timedelta
from random import Random
from typing import NamedTuple

from .domain import Contract

# Volumes and minutes are counted in whole hundred-thousandths: sums stay exact.
TICKS = 100_000


class UsageEvent(NamedTuple):
    """One call, message or data session.

    `kind` is voice, sms or data; `seconds` is the length of a call; `upload` and
    `download` are hundred-thousandths of a MB.
    """

    started_at: datetime
    kind: str
    seconds: int = 0
    upload: int = 0
    download: int = 0

    @property
    def minutes(self) -> int:
        """Length of a call in hundred-thousandths of a minute."""
        return round(self.seconds * TICKS / 60)


def month_seconds(month: date) -> int:
    """:return: how many seconds the local month has (no daylight saving time)"""
    return monthrange(month.year, month.month)[1] * 86_400


def next_month(month: date) -> date:
    """:return: the first day of the month after `month`'s"""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def _drawn(draw: Random, start: datetime, length: int) -> UsageEvent:
    moment = start + timedelta(seconds=int(draw.random() * length))
    chance = draw.random()
    if chance < 0.4:
        return UsageEvent(moment, "voice", 1 + int(draw.random() * 1_800))
    if chance < 0.6:
        return UsageEvent(moment, "sms")
    return UsageEvent(
        moment,
        "data",
        0,
        int(draw.random() * 20 * TICKS),
        int(draw.random() * 200 * TICKS),
    )


def _notable(draw: Random, start: datetime, length: int) -> list[UsageEvent]:
    """The events an importer goes wrong on: every line has them in every month."""
    first, last = start, start + timedelta(seconds=length - 1)
    call = start + timedelta(seconds=draw.randrange(length))
    message = start + timedelta(seconds=draw.randrange(length))
    twin = UsageEvent(call, "voice", draw.randint(1, 600))
    return [
        UsageEvent(first, "voice", draw.randint(1, 600)),
        UsageEvent(last, "data", upload=TICKS // 2, download=12 * TICKS + TICKS // 2),
        twin,
        twin,
        UsageEvent(message, "sms"),
        UsageEvent(message, "sms"),
        UsageEvent(last, "sms"),
        UsageEvent(call, "data"),
        UsageEvent(message, "voice"),
    ]


def month_events(
    seed: int, contract_code: str, month: date, count: int | None = None
) -> list[UsageEvent]:
    """Make every event a line would have in a whole month, in order of time.

    Among them: one at the first second of the month, two at the last, two pairs of
    twins (equal in everything), and two of no size.

    :param month: any day of it
    :param count: how many; left out, the seed says (10 to 30)
    """
    draw = Random(f"{seed}/{contract_code}/{month:%Y-%m}")
    start = datetime(month.year, month.month, 1)
    length = month_seconds(month)
    wanted = draw.randint(10, 30) if count is None else count
    events = _notable(draw, start, length)[:wanted]
    events.extend(_drawn(draw, start, length) for _ in range(wanted - len(events)))
    events.sort(key=lambda event: event.started_at)
    return events


def existed_in(contract: Contract, month: date) -> bool:
    """:return: whether the line was alive at any moment of the month"""
    start = datetime(month.year, month.month, 1)
    end = start + timedelta(seconds=month_seconds(month))
    cancelled_at = contract.cancelled_at
    return contract.activated_at < end and (
        cancelled_at is None or cancelled_at >= start
    )


def line_events(
    seed: int, contract: Contract, month: date, now: datetime, count: int | None
) -> list[UsageEvent]:
    """The events of a month that have really happened on a line.

    :param now: the platform's present; later events are not known yet
    :param count: events of a whole month, see `month_events`
    """
    until = contract.cancelled_at or now
    since, until = contract.activated_at, min(until, now)
    if not existed_in(contract, month) or until < datetime(month.year, month.month, 1):
        return []
    events = month_events(seed, contract.code, month, count)
    if events and since <= events[0].started_at and events[-1].started_at <= until:
        return events
    return [event for event in events if since <= event.started_at <= until]
