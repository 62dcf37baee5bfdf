"""Promise: exactly once in money, and the same statement, under two workers."""

import unittest
from datetime import date, datetime, timedelta

from .platform import SimulatedPlatform
from .processes import Worker, own_database, transaction
from .provider import TOKEN, Provider

COMPETENCE = date(2026, 10, 1)
CUSTOMERS = 12


class TestTwoWorkersMoney(unittest.TestCase):
    """Real processes on a database with committed rows."""

    def setUp(self):
        super().setUp()
        self.database = self.enterContext(own_database())
        self.simulated = self.enterContext(
            SimulatedPlatform(
                token=TOKEN,
                seed=7,
                sims=60,
                rpm=None,
                clock=datetime(2026, 11, 2, 9),
            )
        )
        with transaction(self.database) as env:
            Provider(env, self.simulated).synchronize()

    def billing_runs(self, env, count):
        company = env.company
        company.mvno_journal_id = env["account.journal"].create(
            {"name": "Telefonia", "code": "TEL", "type": "sale"}
        )
        return env["mvno.billing.run"].create(
            [
                {
                    "company_id": company.id,
                    "platform_id": env["mvno.platform"].search([]).id,
                    "competence": COMPETENCE,
                }
                for _run in range(count)
            ]
        )

    def top_up(self, env, line):
        """:return: a top-up for 15.00 that was done in the month"""
        package = env["product.product"].create(
            {"name": "5 GB", "type": "service", "mvno_top_up_gb": 5, "taxes_id": False}
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
            env["account.chart.template"].try_loading(
                "generic_coa", env.company, install_demo=False
            )
            provider = Provider(env, self.simulated)
            plan = provider.sell_plan()
            for number in range(CUSTOMERS):
                lines = provider.lines_in_service(
                    provider.customer(number), [plan, plan], COMPETENCE
                )
                self.top_up(env, lines[0])
            run_ids = self.billing_runs(env, 2).ids
        workers = [Worker(self.database, "bill", run_id) for run_id in run_ids]
        for worker in workers:
            worker.result()
        # whichever came second may have left its run to the next turn of the cron
        for run_id in run_ids:
            Worker(self.database, "bill", run_id).result()
        with transaction(self.database) as env:
            items = env["mvno.billing.item"].search([("state", "=", "billed")])
            self.assertEqual(len(items), 3 * CUSTOMERS)
            self.assertEqual(len(items.contract_line_id), 2 * CUSTOMERS)
            self.assertEqual(len(items.command_id), CUSTOMERS)
            invoices = env["account.move"].search(
                [("mvno_competence", "=", COMPETENCE)]
            )
            self.assertEqual(len(invoices), CUSTOMERS)
            self.assertEqual(len(invoices.partner_id), CUSTOMERS)
            runs = env["mvno.billing.run"].browse(run_ids)
            self.assertEqual(set(runs.mapped("state")), {"done"})
            self.assertFalse(runs.issue_ids.mapped("reason"))

    def add_fibre(self, env, contract):
        """Give a contract a monthly service that is no telephony."""
        fibre = env["product.product"].create(
            {"name": "Fibra", "type": "service", "taxes_id": False}
        )
        contract.write(
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
            env["account.chart.template"].try_loading(
                "generic_coa", env.company, install_demo=False
            )
            provider = Provider(env, self.simulated)
            plan = provider.sell_plan()
            for number in range(CUSTOMERS):
                customer = provider.customer(number, mvno_invoice_grouping="everything")
                lines = provider.lines_in_service(customer, [plan], COMPETENCE)
                self.add_fibre(env, lines.contract_line_id.contract_id)
            run_ids = self.billing_runs(env, 2).ids
        workers = [
            *(Worker(self.database, "bill", run_id) for run_id in run_ids),
            Worker(self.database, "invoice_services"),
        ]
        for worker in workers:
            worker.result()
        for run_id in run_ids:
            Worker(self.database, "bill", run_id).result()
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
        workers = [
            Worker(self.database, "import_statement", statement_id) for _ in range(2)
        ]
        for worker in workers:
            worker.result()
        with transaction(self.database) as env:
            events = env["mvno.usage.event"].search([])
            self.assertEqual(len(events), truth)
            identities = events.mapped(
                lambda event: (event.platform_contract, event.digest, event.ordinal)
            )
            self.assertEqual(len(set(identities)), truth)
