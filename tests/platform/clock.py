"""The platform's own clock: local time in São Paulo, which can be set."""

import time
from datetime import datetime, timedelta, timezone

# America/Sao_Paulo has had no daylight saving time since 2019, so a fixed offset
# says the same as the zone's data, and needs no zone data on the machine.
SAO_PAULO = timezone(timedelta(hours=-3), "America/Sao_Paulo")


def as_local(moment: datetime) -> datetime:
    """Take a moment to São Paulo's wall clock.

    :param moment: aware, or naive and then already local
    :return: naive local time, the way the platform writes it
    """
    if moment.tzinfo is None:
        return moment
    return moment.astimezone(SAO_PAULO).replace(tzinfo=None)


class Clock:
    """A clock that runs with real time from whatever moment it was set to."""

    def __init__(self, start: datetime | None = None) -> None:
        self.set(start or datetime.now(SAO_PAULO))

    def now(self) -> datetime:
        """:return: the platform's present, naive local time without fractions"""
        elapsed = timedelta(seconds=time.monotonic() - self._set_at)
        return (self._start + elapsed).replace(microsecond=0)

    def set(self, moment: datetime) -> None:
        """Jump to a moment; back is allowed.

        :param moment: aware, or naive local time
        """
        self._start = as_local(moment)
        self._set_at = time.monotonic()

    def advance(self, by: timedelta) -> None:
        """Let time pass.

        :param by: how much
        """
        self._start += by
