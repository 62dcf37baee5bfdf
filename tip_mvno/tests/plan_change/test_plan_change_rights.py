# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..plan_common import PlanCase


@tagged("post_install", "-at_install")
class TestPlanChangeRights(PlanCase):
    """A change of plan is no way around what managers decide."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.attendant = cls._make_user("rita", "tip_mvno.group_attendant")
        cls.manager = cls._make_user("marta", "tip_mvno.group_manager")
        cls.committed = cls.contract_line.commitment_end

    def _ask(self, user=None, **wish):
        self.at("2026-11-12")
        line = self.line.with_user(user or self.attendant)
        line.action_change_plan(self.other.id, **wish)
        return self.line.open_command_id

    def test_an_attendant_asks_for_the_price_list_s_value_or_more(self):
        with self.assertRaisesRegex(UserError, "costs .*89"):
            self._ask(price=0.01)
        with self.assertRaisesRegex(UserError, "costs .*89"):
            self._ask(price=0.01, when="next")
        self.assertEqual(self._ask(price=95.0).price, 95.0)

    def test_a_manager_agrees_on_less(self):
        self.assertEqual(self._ask(self.manager, price=70.0).price, 70.0)

    def test_an_attendant_lets_nobody_off(self):
        for end in ("2026-11-13", date(2026, 11, 13)):
            with self.assertRaisesRegex(UserError, "committed until"):
                self._ask(commitment_end=end)
        self.other.contract_months = 0
        with self.assertRaisesRegex(UserError, "committed until"):
            self._ask(commitment_end="2026-11-13")
        command = self._ask(self.manager, commitment_end="2026-11-13")
        self.assertEqual(command.commitment_end, date(2026, 11, 13))

    def test_a_commitment_stays_or_begins_again_with_the_plan(self):
        dialog = (
            self.env["mvno.change.plan"]
            .with_user(self.attendant)
            .with_context(active_id=self.line.id)
            .create({"product_id": self.other.id, "commitment": "restart"})
        )
        self.other.contract_months = 1
        self.at("2026-11-12")
        dialog.action_change()
        self.assertEqual(self.line.open_command_id.commitment_end, date(2026, 12, 12))
