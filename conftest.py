"""A skipped test is a failure: nobody notices a check that quietly stopped running.

tests/allowed_skips.txt lists the exceptions, one a line: the test's node id, then its
reason after a `#`. Lines that begin with `#` are comments.
"""

import os
from pathlib import Path

import freezegun
import pytest
import pytest_odoo

from tests.sizes import WHICH

# It installs two versions of everything.
collect_ignore = [] if WHICH == "full" else ["tests/upgrade"]
# What a test takes is told by the real clock, also where the class's is stopped.
freezegun.configure(extend_ignore_list=["_pytest.timing"])

ALLOWED = Path(__file__).parent / "tests" / "allowed_skips.txt"
SKIPS = pytest.StashKey()


def _allowed_skips():
    if not ALLOWED.exists():
        return set()
    lines = ALLOWED.read_text(encoding="utf-8").splitlines()
    return {line.partition("#")[0].strip() for line in lines} - {""}


def _reason(report):
    longrepr = report.longrepr
    return longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)


def pytest_configure(config):
    if not config.pluginmanager.hasplugin("odoo"):
        _do_without_database()
    config.stash[SKIPS] = {}
    config.pluginmanager.register(_SkipWatch(config), "skip-watch")


def _do_without_database():
    """With ``-p no:odoo`` tests run without a database; the addons are found and named
    as Odoo does all the same."""
    from odoo.tools import config

    config.parse_config(["-c", os.environ["ODOO_RC"], "--log-level=error"])
    pytest_odoo.support_subtest()
    pytest_odoo.disable_odoo_test_retry()
    pytest_odoo.monkey_patch_resolve_pkg_root_and_module_name()


class _SkipWatch:
    """Collects the skips of one run.

    :param config: pytest's configuration; its stash gets {node id: reason}
    """

    def __init__(self, config):
        self._skips = config.stash[SKIPS]
        self._allowed = _allowed_skips()

    def _note(self, report):
        # an expected failure is reported as skipped too
        if report.skipped and not hasattr(report, "wasxfail"):
            if report.nodeid not in self._allowed:
                self._skips[report.nodeid] = _reason(report)

    def pytest_collectreport(self, report):
        self._note(report)

    def pytest_runtest_logreport(self, report):
        self._note(report)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session):
        if self._skips and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter):
        if not self._skips:
            return
        terminalreporter.section("skipped tests, which count as failures", red=True)
        for nodeid, reason in sorted(self._skips.items()):
            terminalreporter.line(f"{nodeid}: {reason}")
        terminalreporter.line(f"(allowed ones stand in {ALLOWED.name})")
