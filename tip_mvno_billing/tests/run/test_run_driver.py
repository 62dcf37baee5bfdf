# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2 import errors

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.run import mvno_billing_run_driver
from ..billing_common import DECEMBER_1, NOVEMBER, BillingCase


@tagged("post_install", "-at_install")
@freeze_time(DECEMBER_1)
class TestMvnoBillingRunDriver(BillingCase):
    """A run goes on in committed slices, whoever else is at work."""

    def test_a_stopped_run_goes_on_where_it_ended(self):
        customers = [
            self._make_partner(name=f"Cliente {number}") for number in range(3)
        ]
        for customer in customers:
            self._make_active_line(
                contract_line=self._make_contract(partner=customer).contract_line_ids
            )
        run = self.env["mvno.billing.run"].create(
            {"platform_id": self.platform.id, "competence": NOVEMBER}
        )
        with patch.object(mvno_billing_run_driver, "BATCH_CUSTOMERS", 2):
            run.action_run()
            self.assertEqual(run.state, "waiting")
            run._run_slice()
            run.action_stop()
            self.assertEqual(run._run_slice(), 0)
            self.assertRecordValues(
                run, [{"state": "stopped", "done_count": 2, "customer_count": 3}]
            )
            self.assertEqual(run.invoice_count, 2)
            run.action_continue()
            run._run_slice()
        self.assertRecordValues(run, [{"state": "done", "done_count": 3}])
        self.assertEqual(run.invoice_count, 3)

    def test_the_cron_works_off_what_waits(self):
        line = self._make_active_line()
        run = self.env["mvno.billing.run"].create(
            {"platform_id": self.platform.id, "competence": NOVEMBER}
        )
        run.action_run()
        self._drive()
        run.invalidate_recordset()
        self.assertEqual(run.state, "done")
        self.assertEqual(len(self._invoices(line)), 1)

    def test_a_month_that_somebody_else_bills_meanwhile_is_looked_at_again(self):
        line = self._make_active_line()
        run = self.env["mvno.billing.run"].create(
            {"platform_id": self.platform.id, "competence": NOVEMBER}
        )
        run.action_run()
        claims = []
        items = type(self.env["mvno.billing.item"])
        claim = items._claim

        def lose_once(model, moves, *args):
            claims.append(moves)
            if len(claims) == 1:
                raise errors.UniqueViolation("somebody else was quicker")
            return claim(model, moves, *args)

        with patch.object(items, "_claim", lose_once):
            self._drive()
        run.invalidate_recordset()
        self.assertEqual(len(claims), 2)
        self.assertEqual(run.state, "done")
        self.assertFalse(run.issue_ids)
        self.assertEqual(len(self._invoices(line)), 1)

    @mute_logger("odoo.addons.tip_mvno_billing.models.run.mvno_billing_run_driver")
    def test_what_no_customer_is_to_blame_for_halts_the_run_with_a_sentence(self):
        self._make_active_line()
        run = self.env["mvno.billing.run"].create(
            {"platform_id": self.platform.id, "competence": NOVEMBER}
        )
        run.action_run()
        with patch.object(type(run), "_survey", side_effect=ValueError("bug")):
            self._drive()
        run.invalidate_recordset()
        self.assertEqual(run.state, "error")
        self.assertIn("ValueError", run.message)
        run.action_continue()
        self._drive()
        run.invalidate_recordset()
        self.assertEqual(run.state, "done")

    def test_a_run_with_invoices_stays_on_record(self):
        self._make_active_line()
        run = self._bill(NOVEMBER)
        with self.assertRaises(UserError):
            run.unlink()

    def test_a_customer_costs_few_queries_however_many_there_are(self):
        costs = [self._cost_of(count) for count in (3, 15)]
        per_customer = (costs[1] - costs[0]) / 12
        # the invoices' own creation and posting; ours is a constant per batch
        self.assertLess(per_customer, 10)

    def _cost_of(self, count):
        platform = self._make_platform(name=f"TIP {count}")
        plan = self._make_plan("0202", "10 GB", platform)
        product = self._make_product(plan)
        for number in range(count):
            customer = self._make_partner(name=f"Cliente {count}/{number}")
            contract = self._make_contract(partner=customer, product=product)
            self._make_active_line(
                contract_line=contract.contract_line_ids,
                platform_id=platform.id,
                simcard_id=self._make_simcards(platform=platform).id,
            )
        run = self.env["mvno.billing.run"].create(
            {"platform_id": platform.id, "competence": NOVEMBER}
        )
        run.action_run()
        cost = self.count_queries(run._run_slice)
        self.assertEqual(run.invoice_count, count)
        return cost
