# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What of an answer could not be used, for others to put into words."""

from dataclasses import dataclass, field
from enum import Enum

from . import errors


class ProblemKind(Enum):
    """What is wrong, and what the problem's `about` and `value` hold.

    ============== ============================= ======================= ==============
    kind           what                          about                   value
    ============== ============================= ======================= ==============
    ROW            a row of a list is no object, its place, from 1       ""
                   or damaged
    ICCID          not 19 or 20 digits           subscriber, or ""       what came
    NO_IDENTITY    a line without ICCID and      subscriber              ""
                   contract
    LINES          lines that are no list        subscriber              ""
    LINE           a damaged line                subscriber              ""
    EVENT          a damaged event               platform contract       event's kind
    EVENT_TIME     no date or time               platform contract       event's kind
    EVENT_DURATION no number, or a negative one  the same                the same
    EVENT_VOLUME   the same                      the same                the same
    EVENT_PRICE    no number                     the same                the same
    ============== ============================= ======================= ==============

    A subscriber is told by document, or by name where there is none. What is damaged
    holds a text too long to be what it should, or something that the filter before the
    parser took out.
    """

    ROW = "row"
    ICCID = "iccid"
    NO_IDENTITY = "no_identity"
    LINES = "lines"
    LINE = "line"
    EVENT = "event"
    EVENT_TIME = "event_time"
    EVENT_DURATION = "event_duration"
    EVENT_VOLUME = "event_volume"
    EVENT_PRICE = "event_price"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing of an answer that was left out or left empty.

    Its text names only the kind: the rest may be personal.
    """

    kind: ProblemKind
    about: str = field(default="", repr=False)
    value: str = field(default="", repr=False)

    @property
    def is_left_out(self):
        """Whether a row, a line or an event is missing, not only a value of one."""
        return self.kind not in _VALUES


_VALUES = {
    ProblemKind.EVENT_TIME,
    ProblemKind.EVENT_DURATION,
    ProblemKind.EVENT_VOLUME,
    ProblemKind.EVENT_PRICE,
}


# Parts of an answer that may be damaged; one of more is none to go by.
PROBLEMS_MAX = 10_000


class Problems(list):
    """What of an answer could not be used, as :class:`Problem` items.

    :raise Unavailable: while it grows, when that is too much of it.
    """

    def append(self, problem):
        if len(self) == PROBLEMS_MAX:
            detail = f"more than {PROBLEMS_MAX} parts of it are damaged"
            raise errors.Unavailable(detail=detail)
        return super().append(problem)

    def extend(self, problems):
        for problem in problems:
            self.append(problem)
