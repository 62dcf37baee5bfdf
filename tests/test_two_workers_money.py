"""Promise: exactly once in money, and the same statement, under two workers."""

import itertools
import unittest
from datetime import date, datetime, timedelta

from .platform import SimulatedPlatform
from .processes import Nursery, own_database, transaction
from .provider import TOKEN, Provider, telephony_journal

COMPETENCE = date(2026, 10, 1)
CUSTOMERS = 12


class TestTwoWorkersMoney(unittest.TestCase):
    """Real processes, committed rows; each test has customers of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.database = cls.enterClassContext(own_database())
        cls.nursery = cls.enterClassContext(Nursery(cls.database))
        cls.simulated = cls.enterClassContext(
            SimulatedPlatform(
                token=TOKEN, seed=7, rpm=None, clock=datetime(2026, 11, 2, 9)
            )
        )
        cls.customers = itertools.count(1)
        with transaction(cls.database) as env:
            provider = Provider(env, cls.simulated)
            provider.synchronize()
            cls.product_id = provider.sell_plan().id
            env.company.mvno_journal_id = telephony_journal(env)

    def lines_in_service(self, env, plans, **values):
        """Make customers with lines in service.

        :param int plans: how many lines each has
        :param values: of the customers
        :return: ``mvno.line`` records
        """
        provider = Provider(env, self.simulated)
        product = env["product.product"].browse(self.product_id)
        lines = env["mvno.line"]
        for number in itertools.islice(self.customers, CUSTOMERS):
            customer = provider.customer(number, **values)
            lines |= provider.lines_in_service(customer, [product] * plans, COMPETENCE)
        return lines

    def billing_runs(self, env, count):
        return env["mvno.billing.run"].create(
            [
                {
                    "company_id": env.company.id,
                    "platform_id": env["mvno.platform"].search([]).id,
                    "competence": COMPETENCE,
                }
                for _run in range(count)
            ]
        )

    def work(self, run_ids, *others):
        """Have each run billed by a worker of its own, and others work meanwhile."""
        workers = [self.nursery.run("bill", run_id) for run_id in run_ids]
        workers += [self.nursery.run(job) for job in others]
        for worker in workers:
            worker.result()
        # whichever came second may have left its run to the next turn of the cron
        for run_id in run_ids:
            self.nursery.run("bill", run_id).result()

    def top_up(self, env, line):
        """:return: a top-up for 15.00 that was done in the month"""
        package = env["product.product"].create(
            {"name": "5 GB", "type": "service", "mvno_top_up_gb": 5}
        )
        moment = datetime(2026, 10, 12, 15)
        return env["mvno.command"].create(
            {
                "operation": "top_up",
                "platform_id": line.platform_id.id,
                "line_id": line.id,
                "simcard_id": line.simcard_id.id,
                "state": "done",
                "quantity": 5,
                "price": 15.0,
                "product_id": package.id,
                "sent_at": moment,
                "settled_at": moment,
            }
        )

    def test_two_runs_of_one_month_at_once(self):
        with transaction(self.database) as env:
            lines = self.lines_in_service(env, 2)
            for its_lines in lines.grouped("partner_id").values():
                self.top_up(env, its_lines[0])
            customer_ids = lines.partner_id.ids
            run_ids = self.billing_runs(env, 2).ids
        self.work(run_ids)
        with transaction(self.database) as env:
            items = env["mvno.billing.item"].search(
                [
                    ("contract_line_id.contract_id.partner_id", "in", customer_ids),
                    ("state", "=", "billed"),
                ]
            )
            self.assertEqual(len(items), 3 * CUSTOMERS)
            self.assertEqual(len(items.contract_line_id), 2 * CUSTOMERS)
            self.assertEqual(len(items.command_id), CUSTOMERS)
            invoices = env["account.move"].search(
                [
                    ("mvno_competence", "=", COMPETENCE),
                    ("partner_id", "in", customer_ids),
                ]
            )
            self.assertEqual(len(invoices), CUSTOMERS)
            self.assertEqual(len(invoices.partner_id), CUSTOMERS)
            runs = env["mvno.billing.run"].browse(run_ids)
            self.assertEqual(set(runs.mapped("state")), {"done"})
            self.assertFalse(runs.issue_ids.mapped("reason"))

    def add_fibre(self, env, contracts):
        """Give contracts a monthly service that is no telephony."""
        fibre = env["product.product"].create(
            {"name": "Fibra", "type": "service", "taxes_id": False}
        )
        contracts.write(
            {
                "line_recurrence": True,
                "contract_line_ids": [
                    (
                        0,
                        0,
                        {
                            "name": "Fibra 300 Mb",
                            "product_id": fibre.id,
                            "specific_price": 100.0,
                            "date_start": date(2026, 10, 15),
                            "recurring_rule_type": "monthly",
                            "recurring_interval": 1,
                            "recurring_invoicing_type": "pre-paid",
                        },
                    )
                ],
            }
        )

    def test_services_are_invoiced_once_by_two_runs_and_a_persons_button(self):
        with transaction(self.database) as env:
            lines = self.lines_in_service(env, 1, mvno_invoice_grouping="everything")
            self.add_fibre(env, lines.contract_line_id.contract_id)
            run_ids = self.billing_runs(env, 2).ids
        self.work(run_ids, "invoice_services")
        with transaction(self.database) as env:
            services = env["contract.line"].search([("is_telephony", "=", False)])
            self.assertEqual(len(services), CUSTOMERS)
            for service in services:
                invoiced = env["account.move.line"].search_count(
                    [("contract_line_id", "=", service.id)]
                )
                after = service.last_date_invoiced + timedelta(days=1)
                months = 12 * (after.year - 2026) + after.month - 10
                self.assertEqual((after.day, invoiced), (15, months))
            items = env["mvno.billing.item"].search([("kind", "=", "service")])
            self.assertTrue(items)
            runs = env["mvno.billing.run"].browse(run_ids)
            self.assertFalse(runs.issue_ids.mapped("reason"))

    def test_what_is_learnt_late_is_settled_once(self):
        """Cancelled on 20/10, told when October was billed; one worker is killed."""
        with transaction(self.database) as env:
            env.company.mvno_posting = "posted"
            lines = self.lines_in_service(env, 1)
            run_ids = self.billing_runs(env, 1).ids
        self.work(run_ids)
        with transaction(self.database) as env:
            lines = env["mvno.line"].browse(lines.ids)
            lines._on_cancelled("port_out", date(2026, 10, 20))
        self.nursery.run("settle_late", True).wait_for_its_death()
        workers = [self.nursery.run("settle_late", False) for _worker in range(2)]
        for worker in workers:
            worker.result()
        # whichever found the other at work has left it to the next turn of the cron
        self.nursery.run("settle_late", False).result()
        with transaction(self.database) as env:
            items = env["mvno.billing.item"].search(
                [("mvno_line_id", "in", lines.ids), ("state", "=", "billed")]
            )
            months = items.filtered(lambda item: item.kind == "recurring")
            corrections = items - months
            self.assertEqual(len(corrections), CUSTOMERS)
            # 49.90 x 20 / 31
            self.assertEqual(set(months.move_id.mapped("amount_residual")), {32.19})
            self.assertEqual(len(months.move_id.reversal_move_ids), CUSTOMERS)
            facts = env["mvno.billing.fact"].search(
                [("mvno_line_id", "in", lines.ids), ("state", "!=", "void")]
            )
            self.assertEqual(set(facts.mapped("state")), {"settled"})

    def test_two_imports_of_one_month_at_once(self):
        with transaction(self.database) as env:
            statement = env["mvno.statement"].create(
                {
                    "platform_id": env["mvno.platform"].search([]).id,
                    "competence": COMPETENCE,
                }
            )
            statement_id = statement.id
        truth = sum(
            len(list(self.simulated.events(contract, COMPETENCE)))
            for contract in self.simulated.contracts()
        )
        workers = [self.nursery.run("import_statement", statement_id) for _ in range(2)]
        for worker in workers:
            worker.result()
        with transaction(self.database) as env:
            events = env["mvno.usage.event"].search([])
            self.assertEqual(len(events), truth)
            identities = events.mapped(
                lambda event: (event.platform_contract, event.digest, event.ordinal)
            )
            self.assertEqual(len(set(identities)), truth)
