# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from decimal import Decimal

from psycopg2 import IntegrityError

from odoo.tests import tagged
from odoo.tools import mute_logger

from ...lib import Plan
from ..common import MvnoCase


def offered(code, name="Plano", data_mb=5120, voice_minutes=100, sms=50):
    data_mb = None if data_mb is None else Decimal(data_mb)
    return Plan(code, name, "Vivo", data_mb, voice_minutes, sms)


@tagged("post_install", "-at_install")
class TestMvnoPlan(MvnoCase):
    """The mirror of the platform's catalogue."""

    def setUp(self):
        super().setUp()
        self.plans = self.env["mvno.plan"]

    def _mirror(self, *catalogue, platform=None):
        self.plans._mirror(platform or self.platform, list(catalogue))
        domain = [("platform_id", "=", (platform or self.platform).id)]
        found = self.plans.with_context(active_test=False).search(domain)
        return {plan.code: plan for plan in found}

    def test_new_plans_come_changed_ones_follow_and_gone_ones_are_archived(self):
        plans = self._mirror(offered("0101", "6 GB"), offered("200"))
        self.assertEqual(plans["0101"], self.plan)
        self.assertEqual(self.plan.name, "6 GB")
        self.assertEqual(plans["200"].data_mb, 5120)
        self._mirror(offered("200"))
        self.assertFalse(self.plan.active)
        self.assertEqual(self.product.mvno_plan_id, self.plan, "lines still use it")
        self._mirror(offered("0101"), offered("200"))
        self.assertTrue(self.plan.active)

    def test_leading_zeros_tell_codes_apart(self):
        plans = self._mirror(offered("0101"), offered("101"))
        self.assertEqual(set(plans), {"0101", "101"})

    def test_a_code_offered_twice_is_one_plan(self):
        plans = self._mirror(offered("0101", "first"), offered("0101", "second"))
        self.assertEqual(plans["0101"].name, "first")

    def test_allowances_that_are_not_told_are_zero(self):
        plans = self._mirror(
            offered("1", "", data_mb=None, voice_minutes=None, sms=None)
        )
        plan = plans["1"]
        self.assertEqual((plan.name, plan.data_mb, plan.sms), ("1", 0, 0))

    def test_an_unlimited_allowance_written_as_a_huge_number_is_kept(self):
        """It used to be more than the column holds, and ended the whole run."""
        huge = 999999999999
        plans = self._mirror(offered("1", "Livre", huge, huge, huge))
        self.assertEqual(plans["1"].data_mb, huge)
        self.assertGreater(plans["1"].voice_minutes, 10**9)
        self.assertGreater(plans["1"].sms, 10**9)

    def test_each_platform_has_a_catalogue_of_its_own(self):
        other = self._make_platform(name="Other")
        self._mirror(offered("0101"), platform=other)
        self._mirror()
        self.assertFalse(self.plan.active)
        other.invalidate_recordset()
        self.assertEqual(other.plan_count, 1)

    def test_nothing_is_written_when_nothing_changed(self):
        catalogue = [offered("0101"), offered("200")]
        self._mirror(*catalogue)
        self.env.flush_all()
        self.env.cr.execute("SELECT max(write_date) FROM mvno_plan")
        (before,) = self.env.cr.fetchone()
        self.env.invalidate_all()
        with self.assertQueryCount(2):
            self.plans._mirror(self.platform, catalogue)
        self.env.cr.execute("SELECT max(write_date) FROM mvno_plan")
        self.assertEqual(self.env.cr.fetchone(), (before,))

    def test_a_large_catalogue_costs_no_query_for_each_plan(self):
        def mirror(count, platform, name):
            catalogue = [offered(str(code), name) for code in range(count)]
            return self.count_queries(lambda: self.plans._mirror(platform, catalogue))

        one, two = (self._make_platform(name=f"P{number}") for number in range(2))
        few = mirror(10, one, "new")
        self.assertLessEqual(mirror(90, two, "new"), few + 1)
        few = mirror(10, one, "changed")
        self.assertLessEqual(mirror(90, two, "changed"), few + 1)

    def test_a_plan_is_found_and_named_by_its_code(self):
        self.assertEqual(self.plan.display_name, "[0101] 5 GB")
        self.assertIn(self.plan.id, dict(self.plans.name_search("0101")))
        self.assertIn(self.plan.id, dict(self.plans.name_search("5 GB")))

    @mute_logger("odoo.sql_db")
    def test_the_catalogue_holds_a_code_once(self):
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self._make_plan("0101", "again")
