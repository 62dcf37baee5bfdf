"""What will be asked for, what will go wrong, and when a worker dies: all by seed.

Everything is drawn for a line (or its SIM card) and a count, never in the order in
which two workers happen to come: so a seed means one plan, whoever is quicker.
"""

import hashlib
from dataclasses import dataclass
from random import Random

from ..platform.calls import WRITES
from ..platform.faults import MALFORMED, Fault

FAULTY = 0.2
# Seconds: a late effect comes within the time in which the platform is read.
LATE = (0.5, 1.5, 2.5)
# How often a fault is drawn, its kind, its options. Silences cost real seconds.
WRITE_FAULTS = (
    (2, "timeout_before", {}),
    (2, "timeout_after", {}),
    (1, "late", {}),
    (4, "late", {"answer": "reset"}),
    (2, "late", {"answer": "server_error"}),
    (5, "reset_before", {}),
    (5, "reset_after", {}),
    (4, "server_error", {}),
    (4, "server_error", {"effect": "now"}),
    (2, "server_error", {"effect": "now", "status": 503, "json": True}),
    (5, "malformed", {}),
    (2, "malformed", {"effect": "none"}),
    (3, "too_many", {"retry_after": 0}),
    (1, "too_many", {"retry_after": 1}),
    (6, "refused", {}),
    (2, "slow", {"seconds": 0.4}),
)
READ_FAULTS = (
    (1, "timeout_before", {}),
    (5, "reset_before", {}),
    (5, "server_error", {}),
    (5, "malformed", {}),
    (3, "too_many", {"retry_after": 0}),
    (1, "too_many", {"retry_after": 1}),
    (1, "refused", {}),
    (1, "slow", {"seconds": 0.4}),
)
# How often a wish is drawn, and what it is: (operation, reason of a hold).
WISHES = (
    (10, ("block_partial", "customer")),
    (10, ("block_partial", "nonpayment")),
    (2, ("block_total", "customer")),
    (8, ("block_total", "nonpayment")),
    (6, ("block_total", "misuse")),
    (3, ("block_total", "theft")),
    (2, ("block_total", "loss")),
    (32, ("unblock", "")),
    (6, ("burst", "misuse")),
    (10, ("change_plan", "")),
    (9, ("top_up", "")),
    (1, ("cancel", "")),
)


@dataclass(frozen=True)
class Wish:
    """One thing somebody wants for a line.

    :param operation: of ``mvno.command``, or ``burst``: block, unblock and block again
    :param reason: of the hold
    :param choice: 0 to 1, which of what there is to choose from
    :param hasty: does not wait for the line's request that is under way
    :param click: alone, by a person who waits; others are asked for together
    """

    operation: str
    reason: str
    choice: float
    hasty: bool
    click: bool


@dataclass(frozen=True)
class Kill:
    """A worker's sudden end.

    :param after: calls the platform has received by then
    :param delay: seconds after that call
    :param worker: which one
    """

    after: int
    delay: float
    worker: int


def _drawn(draw, table):
    weights = [weight for weight, *_rest in table]
    return draw.choices(table, weights)[0][1:]


class Plan:
    """A campaign's plan.

    :param int seed: the same seed is the same plan
    :param int commands: requests to the platform to reach
    :param int lines: lines they are spread over
    :param int workers: processes that send them
    """

    def __init__(self, seed, commands, lines, workers=2):
        self.seed, self.commands = seed, commands
        self.lines, self.workers = lines, workers
        draw = Random(f"{seed}/kills")
        # a request takes a call at least
        moments = draw.sample(range(lines, commands), max(4, commands // 150))
        self.kills = [
            Kill(after, draw.uniform(0, 0.05), draw.randrange(workers))
            for after in sorted(moments)
        ]

    def wish(self, line, nth):
        """:param int line: 0, 1, ...
        :param int nth: how many wishes it had before
        :return: ``Wish``
        """
        draw = Random(f"{self.seed}/wish/{line}/{nth}")
        ((operation, reason),) = _drawn(draw, WISHES)
        return Wish(
            operation,
            reason,
            choice=draw.random(),
            hasty=draw.random() < 0.15,
            click=draw.random() < 0.08,
        )

    def fault(self, operation, iccid, nth):
        """What goes wrong with a call, for ``FaultPlan.set_draw``.

        :param int nth: of this operation's calls for this SIM card
        """
        draw = Random(f"{self.seed}/fault/{operation}/{iccid}/{nth}")
        if draw.random() >= FAULTY:
            return None
        table = WRITE_FAULTS if operation in WRITES else READ_FAULTS
        kind, options = _drawn(draw, table)
        if kind == "malformed":
            options = {**options, "form": draw.choice(MALFORMED)}
        is_done = operation in WRITES and options.get("effect") != "none"
        if options.get("form") == "mutated" and not is_done:
            # it might say yes to what was not done, which no platform does; and a last
            # read whose status is nonsense is for a person, which is no problem
            options = {**options, "form": "truncated"}
        elif options.get("form") == "mutated":
            kept = "codigo_status_tip"
            options = {**options, "seed": draw.random(), "keep": kept}
        if kind == "late":
            options = {**options, "delay": draw.choice(LATE)}
        return Fault(kind, options)

    def digest(self, iccids):
        """Name the plan: the same seed gives the same digest.

        :param iccids: the lines' SIM cards in order
        """
        said = hashlib.sha256(repr((self.lines, self.workers, self.kills)).encode())
        # as many for each line as the whole of it can take
        for nth in range(3 * self.commands // self.lines):
            for line, iccid in enumerate(iccids):
                said.update(repr(self.wish(line, nth)).encode())
                for operation in (*sorted(WRITES), "simcard"):
                    said.update(repr(self.fault(operation, iccid, nth + 1)).encode())
        return said.hexdigest()[:16]
