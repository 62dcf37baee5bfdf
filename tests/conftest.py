"""What pytest does besides for the whole-system tests."""

import pytest

from .sizes import pytest_terminal_summary

__all__ = ["pytest_terminal_summary"]

#: Looks at the outcome of a minute of real time, which goes on while others run.
BUSY_MINUTE = "test_never_a_429_and_a_person_waits_under_five_seconds"


def _waits(item):
    return item.name == BUSY_MINUTE


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Let who waits come last."""
    items.sort(key=_waits)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session):
    """Let the minute begin before all tests."""
    if any(map(_waits, session.items)) and not session.config.option.collectonly:
        # imports Odoo
        from .busy_minute import begin

        begin()
