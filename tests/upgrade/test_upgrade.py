"""A provider's database of the version before, upgraded, and billed once more."""

import contextlib
import unittest
from datetime import date

import psycopg2

from ..platform import SimulatedPlatform
from ..processes import CHECKOUT
from ..provider import TOKEN
from . import ledger
from .versions import OURS, database_of_its_own, odoo, worktree_before

# The story of `setup/demo`, a platform, customers, a port-in, a statement and invoices;
# and a view of the provider's own on one that the next version has dissolved.
STORY = """
from tests.demo_story import main

main(env)
env["ir.ui.view"].create(
    {
        "name": "of the provider's own",
        "model": "mvno.line",
        "inherit_id": env.ref("tip_mvno.mvno_line_view_form_support").id,
        "arch": "<field name='area_code' position='attributes'>"
        "<attribute name='placeholder'>Own DDD</attribute></field>",
    }
)
env.cr.commit()
"""
FORM = """
print(env["mvno.line"].get_view(env.ref("tip_mvno.mvno_line_view_form").id)["arch"])
"""
# The month after the story's, billed on the first day of the one that follows.
NEXT_MONTH = """
from freezegun import freeze_time

with freeze_time("{day} 15:00:00"):
    billed = env["mvno.billing.run"].search([], order="competence DESC", limit=1)
    run = billed.copy({{"competence": "{competence}", "due_date": False}})
    run.action_run()
    env.cr.commit()
    env["mvno.billing.run"].cron_run()
    for invoice in run.invoice_ids:
        print("INVOICE", invoice.state, invoice.amount_total)
    for issue in run.issue_ids:
        print("ISSUE", issue.reason)
"""
MONTHLY_VALUES = [49.90 + 79.90, 49.90, 79.90 + 79.90 + 49.90]


def _month_after(day, months=1):
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, 1)


class TestUpgrade(unittest.TestCase):
    """The old database is made once; the tests read what became of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.database = cls.enterClassContext(database_of_its_own("upgraded"))
        platform = cls.enterClassContext(SimulatedPlatform(token=TOKEN))
        with worktree_before() as tree:
            odoo(
                tree,
                cls.database,
                "-i",
                OURS,
                "--load-language=pt_BR",
                "--stop-after-init",
            )
            odoo(
                tree,
                cls.database,
                script=STORY,
                MVNO_DEMO_PLATFORM_URL=platform.url,
                MVNO_DEMO_TOKEN=TOKEN,
            )
        with cls._cursor() as cursor:
            cls.sums_before = ledger.sums(cursor)
            cls.counts_before = ledger.counts(cursor)
            cls.constraints_before = set(ledger.rows(cursor, ledger.CONSTRAINTS))
        odoo(CHECKOUT, cls.database, "-u", OURS, "--stop-after-init")

    @classmethod
    @contextlib.contextmanager
    def _cursor(cls):
        with contextlib.closing(psycopg2.connect(dbname=cls.database)) as connection:
            yield connection.cursor()

    def test_every_sum_is_what_it_was(self):
        with self._cursor() as cursor:
            sums_after = ledger.sums(cursor)
        for title, before in self.sums_before.items():
            with self.subTest(title):
                self.assertTrue(before)
                self.assertEqual(sums_after[title], before)

    def test_the_token_is_kept(self):
        query = "SELECT token FROM mvno_platform_token"
        with self._cursor() as cursor:
            self.assertEqual(ledger.rows(cursor, query), [(TOKEN,)])

    def test_no_table_loses_a_row(self):
        with self._cursor() as cursor:
            counts_after = ledger.counts(cursor)
        lost = {
            table: (before, counts_after.get(table))
            for table, before in self.counts_before.items()
            if counts_after.get(table, 0) < before
        }
        self.assertTrue(any(self.counts_before.values()))
        self.assertEqual(lost, {})

    def test_no_constraint_and_no_index_is_lost(self):
        with self._cursor() as cursor:
            after = set(ledger.rows(cursor, ledger.CONSTRAINTS))
        lost = {name for _table, name, *_text in self.constraints_before - after}
        # a kind of synchronization is one a month now, which an index sees to
        self.assertEqual(lost, {"mvno_sync_kind_uniq"})

    def test_no_view_is_left_that_no_file_has(self):
        files = "".join(
            path.read_text(encoding="utf-8")
            for addon in OURS.split(",")
            for path in (CHECKOUT / addon).glob("**/*.xml")
        )
        with self._cursor() as cursor:
            names = [name for (name,) in ledger.rows(cursor, ledger.OURS)]
            nameless = ledger.rows(cursor, ledger.NAMELESS)
        self.assertTrue(names)
        self.assertEqual([name for _id, name in nameless], ["of the provider's own"])
        self.assertEqual(
            [name for name in names if f'id="{name.partition(".")[2]}"' not in files],
            [],
        )

    def test_a_view_of_the_providers_own_stands_on_what_took_its_base_over(self):
        shown = odoo(CHECKOUT, self.database, script=FORM)
        self.assertIn("Own DDD", shown)

    def test_the_month_after_is_billed_as_if_nothing_had_happened(self):
        with self._cursor() as cursor:
            [[billed]] = ledger.rows(
                cursor, "SELECT max(competence) FROM mvno_billing_run"
            )
        printed = odoo(
            CHECKOUT,
            self.database,
            script=NEXT_MONTH.format(
                competence=_month_after(billed), day=_month_after(billed, 2)
            ),
        )
        invoices = [
            line.split()[1:]
            for line in printed.splitlines()
            if line.startswith("INVOICE")
        ]
        self.assertNotIn("ISSUE", printed)
        self.assertEqual({state for state, _amount in invoices}, {"posted"})
        self.assertEqual(
            sorted(round(float(amount), 2) for _state, amount in invoices),
            sorted(round(amount, 2) for amount in MONTHLY_VALUES),
        )
