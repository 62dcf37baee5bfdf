"""Promise: each contract is billed once, whoever is killed, whatever is broken.

Real processes on a database with committed rows; nothing talks to a platform.
"""

import time
import unittest
from contextlib import contextmanager
from decimal import Decimal
from random import Random
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tools import mute_logger

from .money.contracts import (
    FIRST,
    SECOND,
    cost_of,
    in_slices,
    know_the_tables,
    make_contracts,
    make_run,
)
from .processes import Nursery, own_database, transaction
from .sizes import size

SEED = 2026
#: Slices in which a run bills the customers.
SLICES = 20
REASON = "The plan has no income account."
#: Seconds in which everything must be billed.
PATIENCE = 900
#: A broken contract may cost so much more: a tenth of invoices made, which is where the
#: time goes; its small batches ask the database more often.
LIMITS = {"invoices": 1.1, "queries": 1.25}


class TestBillingCrash(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contracts = size("contracts billed by two processes")
        cls.slice = cls.contracts // SLICES
        cls.database = cls.enterClassContext(own_database())
        with transaction(cls.database) as env:
            cls.line_ids = make_contracts(env, cls.contracts).ids

    # === TWO PROCESSES, ONE OF THEM KILLED === #

    def test_two_runs_at_once_one_of_them_killed_again_and_again(self):
        began = time.monotonic()
        with transaction(self.database) as env:
            runs = make_run(env, FIRST) + make_run(env, FIRST)
            runs.action_run()
            run_ids = runs.ids
        draw = Random(SEED)
        print(f"killing by seed {SEED}")
        kills = size("workers killed while they bill")
        moments = sorted(draw.sample(range(1, self.contracts), kills))
        with Nursery(self.database) as nursery:
            workers = [nursery.run("bill_in_slices", self.slice) for _ in range(2)]
            for done in moments:
                self.wait_until(run_ids, done)
                with transaction(self.database) as env:
                    know_the_tables(env)
                time.sleep(draw.uniform(0, 0.5))
                victim = draw.randrange(2)
                self.assertTrue(workers[victim].is_alive(), nursery.log())
                workers[victim].kill()
                workers[victim] = nursery.run("bill_in_slices", self.slice)
            self.wait_until(run_ids, 2 * self.contracts)
            seconds = time.monotonic() - began
            self.check_billed(FIRST)
            with transaction(self.database) as env:
                env["mvno.billing.run"].browse(run_ids).action_run()
            self.wait_until(run_ids, 2 * self.contracts)
        print(f"billed by two, {kills} times killed: {seconds:.0f} s")
        self.check_billed(FIRST)
        with transaction(self.database) as env:
            runs = env["mvno.billing.run"].browse(run_ids)
            self.assertEqual(runs.mapped("state"), ["done", "done"])
            self.assertFalse(runs.issue_ids.mapped("reason"))

    def wait_until(self, run_ids, done):
        """Wait until so many customers are done, of the runs together; all of them
        when the runs are."""
        end = time.monotonic() + PATIENCE
        while True:
            with transaction(self.database) as env:
                runs = env["mvno.billing.run"].browse(run_ids)
                self.assertNotIn("error", runs.mapped("state"))
                if set(runs.mapped("state")) == {"done"}:
                    return
                if done <= sum(runs.mapped("done_count")) < 2 * self.contracts:
                    return
            self.assertLess(time.monotonic(), end, "the runs do not come to their end")
            time.sleep(0.05)

    def check_billed(self, month):
        """Each contract once, on an invoice of its own, and the sum is right."""
        with transaction(self.database) as env:
            items = env["mvno.billing.item"].search(
                [("competence", "=", month), ("state", "=", "billed")]
            )
            self.assertEqual(
                sorted(items.contract_line_id.ids), sorted(self.line_ids), "missing"
            )
            self.assertEqual(len(items), self.contracts, "billed twice")
            moves = env["account.move"].search([("mvno_competence", "=", month)])
            self.assertEqual(set(moves.mapped("state")), {"posted"})
            self.assertEqual(len(moves), self.contracts)
            lines = moves.invoice_line_ids
            self.assertEqual(len(lines), self.contracts)
            place = {line_id: n for n, line_id in enumerate(self.line_ids)}
            for line in lines:
                number = place[line.contract_line_id.id]
                self.assertEqual(
                    Decimal(str(line.price_subtotal)), cost_of(number, month)
                )
            total = sum(Decimal(str(amount)) for amount in moves.mapped("amount_total"))
            expected = sum(cost_of(number, month) for number in range(self.contracts))
            self.assertEqual(total, expected)

    # === ONE IS BROKEN === #

    def test_a_broken_contract_parks_only_itself_and_costs_a_tenth_at_most(self):
        """Counted in invoices and queries: seconds depend on what else goes on."""
        usual = self.bill_and_count()
        self.assertEqual((usual["billed"], usual["parked"]), (self.contracts, []))
        broken = self.line_ids[self.contracts // 2 + 7]
        for where in ("_prepare_invoice_line", "_issue_moves"):
            with self.subTest(fails_in=where):
                figures = self.bill_and_count(where, broken)
                print(f"broken in {where}: {figures}, usually {usual}")
                self.assertEqual(figures["parked"], [broken])
                self.assertEqual(figures["billed"], self.contracts - 1)
                for name, limit in LIMITS.items():
                    self.assertLess(figures[name], limit * usual[name], name)

    def bill_and_count(self, where=None, broken=None):
        """Run the second month in a transaction that is taken back.

        :param str where: the method that fails for the broken contract line
        :return: dict of figures
        """
        with transaction(self.database) as env, self.failing(env, where, broken):
            # whether the first month is billed is of no concern here
            env["contract.line"].browse(self.line_ids).mvno_billing_from = SECOND
            env.company.mvno_posting = "draft"
            run = make_run(env, SECOND)
            run.action_run()
            created, create = [], type(env["account.move"]).create

            def count(moves, vals_list):
                created.extend(vals_list)
                return create(moves, vals_list)

            env.flush_all()
            queries, began = env.cr.sql_log_count, time.monotonic()
            with (
                in_slices(env, self.slice),
                patch.object(env.registry["account.move"], "create", count),
            ):
                while run.state in ("waiting", "running"):
                    run._run_slice()
                    # as the driver does after each of them
                    env.flush_all()
                    env.invalidate_all()
                    know_the_tables(env)
            figures = {
                "seconds": round(time.monotonic() - began, 1),
                "queries": env.cr.sql_log_count - queries,
                "invoices": len(created),
                "billed": len(run.invoice_ids.mvno_item_ids),
                "parked": run.issue_ids.filtered(
                    lambda issue: issue.code == "failed"
                ).contract_line_id.ids,
            }
            env.cr.rollback()
        return figures

    @contextmanager
    def failing(self, env, where, broken):
        """Let a method fail for a contract line, or once its invoice is made."""
        if not where:
            yield
            return
        model = "contract.line" if where.startswith("_prepare") else "mvno.billing.run"
        original = getattr(env.registry[model], where)

        def fail(records, *moves):
            lines = moves[0].invoice_line_ids.contract_line_id if moves else records
            if broken in lines.ids:
                raise UserError(REASON)
            return original(records, *moves)

        with patch.object(env.registry[model], where, fail), mute_logger("odoo"):
            yield
