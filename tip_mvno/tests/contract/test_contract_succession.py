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
