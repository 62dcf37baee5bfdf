# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from odoo.modules.migration import load_script
from odoo.modules.module import get_module_path
from odoo.tests import tagged

from ..billing_common import DECEMBER_1, NOVEMBER
from ..usage_common import UsageCase


@tagged("post_install", "-at_install")
class TestOverageUpgrade(UsageCase):
    """A database of before goes on with what its lines were billed by."""

    def setUp(self):
        super().setUp()
        self.at(DECEMBER_1)

    def _upgrade(self):
        """Run the upgrade on a database that kept no share of allowances yet."""
        self.env.flush_all()
        self.cr.execute("UPDATE contract_line SET mvno_allowance_share = NULL")
        path = f"{get_module_path('tip_mvno_billing')}/migrations/19.0.5.0.0"
        load_script(f"{path}/pre-usage.py", "pre-usage").migrate(self.cr, "19.0.4.0.0")
        self.env.invalidate_all()

    def _two_plans(self):
        """:return: the contract lines of a mobile line that changes its plan within
        the month"""
        line = self._sell(1000, mvno_overage=True, mvno_price_mb=0.02)
        other = self._make_product(
            self._make_plan("0102", "Outro"), mvno_overage=True, mvno_price_mb=0.05
        )
        other.mvno_plan_id.data_mb = 500
        return line | line._mvno_succeed(date(2026, 11, 16), product_id=other.id)

    def _bill_as_before(self, amount):
        """:return: a line of two plans, billed in a run of before: what was beyond on
        any day costs the last plan's price"""
        lines = self._two_plans()
        self._used(lines[0], 2000)
        run = self._bill(NOVEMBER)
        items = lines.mvno_item_ids.filtered(lambda item: item.kind == "usage")
        items.write({"amount": amount, "contract_line_id": lines[1].id})
        return lines, run

    def test_contract_lines_keep_their_allowance_by_days(self):
        line = self._sell(300, since="2026-11-21", mvno_overage=True, mvno_price_mb=1.0)
        fibre = self._make_fibre(line.contract_id)
        self.assertEqual(line.mvno_allowance_share, "whole")
        self._upgrade()
        self.assertEqual(line.mvno_allowance_share, "by_days")
        self.assertFalse(fibre.mvno_allowance_share)
        self.assertEqual(self.product.mvno_allowance_share, "whole")
        self._used(line, 150, at="2026-11-25 15:00:00")
        self._bill(NOVEMBER)
        # of 100 MB, as it was before
        self.assertEqual(self._usage_of(line), [50.0])
        self.assertEqual(
            line._mvno_succeed(date(2026, 12, 1)).mvno_allowance_share, "by_days"
        )

    def test_a_month_of_several_plans_that_was_billed_is_not_priced_again(self):
        lines, run = self._bill_as_before(62.5)
        self._upgrade()
        self._run(run)
        self.assertEqual(sum(self._usage_of(lines)), 62.5)
        self.assertFalse(run.issue_ids)

    def test_what_comes_late_for_it_is_listed(self):
        lines, run = self._bill_as_before(62.5)
        self._upgrade()
        self._used(lines[0], 700)
        self._run(run)
        self.assertEqual(sum(self._usage_of(lines)), 62.5)
        self.assertRecordValues(
            run.issue_ids, [{"code": "usage_late", "contract_line_id": lines[0].id}]
        )
        self.assertIn("1 records", run.issue_ids.reason)
        self.assertIn("700", run.issue_ids.reason)
        self.env.flush_all()
        exceptions = self.env["mvno.billing.exception"].search(
            [("mvno_line_id", "=", lines.mvno_line_id.id), ("kind", "=", "parked")]
        )
        self.assertIn("700", exceptions.reason)

    def test_a_month_of_one_plan_goes_on_being_billed(self):
        line = self._sell(1000, mvno_overage=True, mvno_price_mb=0.02)
        self._used(line, 2000)
        run = self._bill(NOVEMBER)
        self._upgrade()
        self._used(line, 500)
        self._run(run)
        self.assertEqual(self._usage_of(line), [20.0, 10.0])
        self.assertFalse(run.issue_ids)

    def test_a_month_of_several_plans_that_awaits_its_statement_is_billed(self):
        lines = self._two_plans()
        self._used(lines[0], 2000)
        statement = self.env["mvno.statement"].search([])
        statement.state = "done"
        run = self._bill(NOVEMBER)
        self._upgrade()
        statement.state = "closed"
        self._run(run)
        # 500 and 250 MB by days; the 12th is the first plan's
        self.assertEqual(self._usage_of(lines[0]), [25.0])
        self.assertEqual(self._usage_of(lines[1]), [])
