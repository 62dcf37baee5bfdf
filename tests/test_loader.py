"""Odoo's own runner finds every test that pytest finds.

It looks only at modules that an addon's ``tests`` package itself has under names that
begin with ``test_``: a test in a subject's folder that nobody star-imports, or one of
two files of one name, would vanish in silence.
"""

import importlib
import unittest
from collections import Counter
from pathlib import Path

from odoo.modules.module import get_module_path
from odoo.tests.loader import get_module_test_cases, get_test_modules

ADDONS = ("tip_mvno", "tip_mvno_billing")


def pytest_finds(addon):
    """:return: Counter of the tests of an addon's files, one entry each: of every test
    class in the file, inherited tests included"""
    tests = Path(get_module_path(addon)) / "tests"
    loader = unittest.TestLoader()
    found = Counter()
    for path in tests.rglob("test_*.py"):
        parts = path.relative_to(tests).with_suffix("").parts
        name = ".".join(("odoo.addons", addon, "tests", *parts))
        for item in vars(importlib.import_module(name)).values():
            if isinstance(item, type) and issubclass(item, unittest.TestCase):
                for test in loader.getTestCaseNames(item):
                    found[name, item.__qualname__, test] += 1
    return found


def odoo_finds(addon):
    """:return: Counter like :func:`pytest_finds`"""
    return Counter(
        (test.__module__, type(test).__qualname__, test._testMethodName)
        for module in get_test_modules(addon)
        for test in get_module_test_cases(module)
    )


class TestLoader(unittest.TestCase):
    def test_odoo_s_loader_finds_what_pytest_collects(self):
        for addon in ADDONS:
            with self.subTest(addon):
                collected, loaded = pytest_finds(addon), odoo_finds(addon)
                self.assertTrue(collected)
                self.assertFalse(collected - loaded, "Odoo's loader misses these.")
                self.assertFalse(loaded - collected, "pytest misses these.")

    def test_no_two_files_of_an_addon_have_one_name(self):
        for addon in ADDONS:
            tests = Path(get_module_path(addon)) / "tests"
            names = Counter(path.name for path in tests.rglob("test_*.py"))
            twice = [name for name, count in names.items() if count > 1]
            with self.subTest(addon):
                self.assertFalse(twice)
