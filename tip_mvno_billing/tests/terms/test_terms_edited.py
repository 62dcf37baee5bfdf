# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from odoo.tests import tagged

from ..billing_common import DECEMBER, DECEMBER_1, JANUARY_1, NOVEMBER
from ..usage_common import UsageCase


@tagged("post_install", "-at_install")
class TestTermsEdited(UsageCase):
    """What is edited on a contract line in service leaves past months as they were."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._make_user("marta", "tip_mvno.group_manager")

    def setUp(self):
        super().setUp()
        self.at(DECEMBER_1)

    def _edit(self, line, **vals):
        line.with_user(self.manager).write(vals)
        return line.mvno_line_id.contract_line_ids - line

    def test_a_month_that_is_not_billed_yet_keeps_its_price(self):
        line = self._sell()
        after = self._edit(line, specific_price=90.0)
        run = self._bill(NOVEMBER)
        self.assertFalse(run.issue_ids)
        self.at(JANUARY_1)
        self._bill(DECEMBER)
        self.assertEqual(self._amounts(line, "recurring"), [60.0])
        self.assertEqual(self._amounts(after, "recurring"), [90.0])

    def test_usage_of_the_months_before_keeps_its_price(self):
        line = self._sell(1000, mvno_overage=True, mvno_price_mb=0.02)
        self._used(line, 2000)
        self._used(line, 2000, DECEMBER)
        after = self._edit(line, mvno_price_mb=0.05, mvno_allowance_mb=500.0)
        self._bill(NOVEMBER)
        self.at(JANUARY_1)
        self._bill(DECEMBER)
        self.assertEqual(self._usage_of(line), [20.0])
        self.assertEqual(self._usage_of(after), [75.0])

    def test_a_free_first_month_stays_free_when_the_rule_is_edited(self):
        line = self._sell(since="2026-11-05", mvno_first_month="free")
        self._edit(line, mvno_first_month="by_days")
        self._bill(NOVEMBER)
        self.assertFalse(line.mvno_item_ids)

    def test_part_of_a_discount_leaves_the_rest_of_it(self):
        line = self._sell()
        line.write({"discount": 10.0, "mvno_discount_end": "2027-02-01"})
        after = self._edit(line, discount=20.0)
        self.assertRecordValues(
            after, [{"discount": 20.0, "mvno_discount_end": date(2027, 2, 1)}]
        )

    def test_a_courtesy_that_ends_leaves_its_months_free(self):
        line = self._sell()
        line.write({"specific_price": 0.0, "mvno_courtesy": True})
        after = self._edit(line, specific_price=60.0, mvno_courtesy=False)
        self.assertEqual((line.price_unit, line.mvno_courtesy), (0.0, True))
        self.assertEqual((after.price_unit, after.mvno_courtesy), (60.0, False))

    def test_a_courtesy_that_is_given_begins_with_the_month(self):
        line = self._sell()
        after = self._edit(line, specific_price=0.0, mvno_courtesy=True)
        self.assertEqual((line.price_unit, line.mvno_courtesy), (60.0, False))
        self.assertEqual((after.price_unit, after.mvno_courtesy), (0.0, True))

    def test_a_line_without_price_is_mended_for_the_month_that_lists_it(self):
        line = self._sell()
        line.specific_price = 0.0
        run = self._bill(NOVEMBER)
        self.assertEqual(run.issue_ids.code, "price_zero")
        self.assertFalse(self._edit(line, specific_price=60.0))
        self._run(run)
        self.assertEqual(self._amounts(line, "recurring"), [60.0])
