# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from odoo.tests import tagged

from ..plan_common import PlanCase


@tagged("post_install", "-at_install")
class TestSuccession(PlanCase):
    """What follows a telephony contract line."""

    def test_a_successor_does_not_begin_before_what_it_follows(self):
        """A day long ago used to make months billable that another system billed."""
        successor = self.contract_line._mvno_succeed(
            date(2025, 3, 1), product_id=self.other.id
        )
        self.assertEqual(successor.date_start, date(2026, 1, 10))
        self.assertTrue(self.contract_line.is_canceled)

    def test_what_costs_nothing_goes_on_costing_nothing(self):
        """It used to begin again at the plan's price, with another holder say."""
        free, paying = self._make_contract(2).contract_line_ids
        free.specific_price = 0.0
        paying.specific_price = 35.0
        successors = (free | paying)._mvno_succeed(date(2027, 3, 1))
        self.assertEqual(successors.mapped("specific_price"), [0.0, 35.0])

    def test_what_cost_nothing_costs_what_another_plan_does(self):
        self.contract_line.specific_price = 0.0
        successor = self.contract_line._mvno_succeed(
            date(2027, 3, 1), product_id=self.other.id
        )
        self.assertEqual(successor.specific_price, self.other.list_price)
