"""How much the whole-system tests do: every day, and in full.

``MVNO_FULL=1`` asks for the full sizes (``setup/test --full`` sets it). What a run used
stands at the end of its output, so that nobody takes the one for the other.
"""

import os
from datetime import date
from typing import Any, NamedTuple


class Size(NamedTuple):
    """How many there are of something, or which.

    :param every_day: enough to prove the idea
    :param full: as many as a provider may have
    """

    every_day: Any
    full: Any


SIZES = {
    "contracts billed by two processes": Size(200, 1000),
    "workers killed while they bill": Size(4, 8),
    "requests of the campaign": Size(500, 3000),
    "lines of the campaign": Size(50, 200),
    "lines of an existing base": Size(1500, 5000),
    "SIM cards read": Size(1600, 10_000),
    "mutated answers": Size(500, 10_000),
    "lines told in one answer": Size(20_000, 50_000),
    # besides the day's own, see money_seeds
    "seeds of the money book (MONEY_SEEDS)": Size([2026], [2026, *range(1, 29)]),
}
#: Which of the sizes were asked for.
WHICH = "full" if os.environ.get("MVNO_FULL") == "1" else "every_day"

_used = {}


def size(name):
    """Say how many a test makes, and remember it for the summary.

    :param str name: one of ``SIZES``
    :return: int
    """
    return _note(name, getattr(SIZES[name], WHICH))


def money_seeds():
    """Say which years of money are told, and remember it for the summary.

    ``MONEY_SEEDS=1,2026`` names others than the usual ones and the day's.

    :return: list of int
    """
    name = "seeds of the money book (MONEY_SEEDS)"
    if named := os.environ.get("MONEY_SEEDS"):
        return _note(name, [int(seed) for seed in named.split(",")])
    return _note(name, [*getattr(SIZES[name], WHICH), date.today().toordinal()])


def tell(what, figure):
    """Have a figure that was measured printed with the sizes.

    :param str what: what was measured
    :param figure: how much, with its unit
    """
    _note(what, figure)


def _note(name, used):
    _used[name] = used
    return used


def pytest_terminal_summary(terminalreporter):
    """pytest's hook: print what this run used."""
    if not _used:
        return
    title = "full" if WHICH == "full" else "every day's (MVNO_FULL=1: full ones)"
    terminalreporter.section(f"sizes: {title}")
    for what, used in _used.items():
        terminalreporter.line(f"{what}: {used}")
