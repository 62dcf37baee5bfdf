# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.modules.migration import load_script
from odoo.modules.module import get_module_path
from odoo.tests import tagged

from ..billing_common import DECEMBER_1, JANUARY_1, NOVEMBER
from ..usage_common import UsageCase

ADDONS = ("tip_mvno", "tip_mvno_billing")
# Terms that a later upgrade brings.
LATER = {"mvno_allowance_share"}


@tagged("post_install", "-at_install")
class TestTermsUpgrade(UsageCase):
    """A database of before takes over what its plans say on the day of the upgrade."""

    def setUp(self):
        super().setUp()
        self.at(DECEMBER_1)

    def _upgrade(self, lines):
        """Run the upgrade on a database whose contract lines kept nothing yet."""
        names = lines._mvno_plan_terms()
        self.env.flush_all()
        columns = ", ".join(f"{name} = NULL" for name in names)
        self.cr.execute(
            f"UPDATE contract_line SET {columns} WHERE id = ANY(%s)", (lines.ids,)
        )
        self.cr.execute("UPDATE mvno_billing_item SET is_usage_settled = NULL")
        for addon in ADDONS:
            path = f"{get_module_path(addon)}/migrations/19.0.4.0.0/pre-terms.py"
            load_script(path, "pre-terms").migrate(self.cr, "19.0.3.0.0")
        self.env.invalidate_all()

    def test_contract_lines_have_what_product_and_catalogue_say(self):
        self.plan.write({"voice_minutes": 100, "sms": 10, "data_mb": 1000.5})
        self.product.product_tmpl_id.write(
            {
                "mvno_bill_from": "port_in",
                "mvno_first_month": "free",
                "mvno_last_month": "full",
                "mvno_join_days": 3,
                "mvno_billing_timing": "advance",
                "mvno_overage": True,
                "mvno_price_mb": 0.02,
            }
        )
        line = self._make_active_line()
        fibre = self._make_fibre(line.contract_id)
        names = set(line._mvno_plan_terms()) - LATER
        before = line.read(names)
        self._upgrade(line | fibre)
        self.assertEqual(line.read(names), before)
        self.assertEqual(line.mvno_first_month, "free")
        self.assertEqual(line.mvno_usage_currency_id, self.company.currency_id)
        self.assertFalse(fibre.mvno_first_month)

    def test_usage_that_was_billed_is_never_priced_again(self):
        line = self._sell(1000, mvno_overage=True, mvno_price_mb=0.02)
        saver = self._sell(1000)
        self._used(line, 2000)
        self._used(saver, 900)
        run = self._bill(NOVEMBER)
        # somebody had changed them before the upgrade
        self.plan.data_mb = 500
        self.product.mvno_price_mb = 0.05
        self._upgrade(line | saver)
        self.assertEqual(line.mvno_allowance_mb, 500)
        self._run(run)
        self.assertEqual(self._usage_of(line), [20.0])
        self.assertEqual(self._usage_of(saver), [])
        self.assertFalse(run.issue_ids)

    def test_usage_that_awaited_its_statement_is_billed(self):
        line = self._sell(1000, mvno_overage=True, mvno_price_mb=0.02)
        self._used(line, 2000)
        statement = self.env["mvno.statement"].search([])
        statement.state = "done"
        run = self._bill(NOVEMBER)
        self._upgrade(line)
        statement.state = "closed"
        self.at(JANUARY_1)
        self._run(run)
        self.assertEqual(self._usage_of(line), [20.0])
