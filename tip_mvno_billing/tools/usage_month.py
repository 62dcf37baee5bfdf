# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which dates a month's call records can have."""

import dataclasses
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from .month import month_end

# A record may reach the platform late, and is of the month it is told in then; a day
# after the month is one of another time zone.
LATE, ZONES = timedelta(days=31), timedelta(days=1)


def can_be_of_month(day, competence):
    """:param day: local date of a call record
    :param competence: first day of the month it is told in
    :return: bool, whether that can be"""
    return competence - LATE <= day <= month_end(competence) + ZONES


@dataclass(frozen=True)
class StrayEvents:
    """Events of a line that are of no time near the month, and were left out.

    :param platform_contract: the line's
    :param count: how many
    :param first: local date of the first one told
    """

    platform_contract: str
    count: int
    first: date
    is_left_out: bool = True


class UsageOfMonth:
    """A month's statement without the events that cannot be of the month.

    :param usage: ``lib.DetailedUsage``
    :param competence: first day of the month
    :param str tz: the platform's time zone
    """

    def __init__(self, usage, competence, tz):
        self._usage = usage
        self._competence = competence
        self._tz = ZoneInfo(tz)
        self._strays = []
        self.line_count = usage.line_count

    @property
    def problems(self):
        """What was left out or could not be read, once all is read."""
        return [*self._usage.problems, *self._strays]

    def __iter__(self):
        self._strays.clear()
        for line in self._usage:
            days = [self._stray_day(event) for event in line.events]
            strays = [day for day in days if day]
            if strays:
                contract = line.platform_contract
                self._strays.append(StrayEvents(contract, len(strays), strays[0]))
                kept = zip(line.events, days, strict=True)
                events = [event for event, day in kept if not day]
                line = dataclasses.replace(line, events=events)
            yield line

    def _stray_day(self, event):
        """:return: an event's local date where it cannot be of the month, else None"""
        if event.started_at is None:
            return None
        day = event.started_at.astimezone(self._tz).date()
        return None if can_be_of_month(day, self._competence) else day


@contextmanager
def of_month(ask, competence, tz):
    """:param ask: context manager giving a ``lib.DetailedUsage``
    :return: context manager giving it as a :class:`UsageOfMonth`"""
    with ask as usage:
        yield UsageOfMonth(usage, competence, tz)
