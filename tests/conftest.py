"""What pytest does besides for the whole-system tests."""

import pytest

from .sizes import pytest_terminal_summary

__all__ = ["pytest_terminal_summary"]

#: Looks at the outcome of a minute of real time, which goes on while others run.
BUSY_MINUTE = "TestOneLimit"


def _waits(item):
    return item.cls is not None and item.cls.__name__ == BUSY_MINUTE


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
