# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..common import IN_USE
from ..plan_common import PlanCase


@tagged("post_install", "-at_install")
class TestFollowing(PlanCase):
    """What is under way on a line when TIP's people did what they were asked."""

    def _swap(self):
        return self.env["mvno.support.request"].create(
            {
                "kind": "sim_swap",
                "line_id": self.line.id,
                "reason": "broken",
                "old_simcard_id": self.line.simcard_id.id,
                "simcard_id": self._make_simcards().id,
            }
        )

    def test_what_a_new_simcard_keeps_from_being_sent_is_told(self):
        self.line.platform_contract = "C1"
        request = self._swap()
        self.line.action_top_up(1)
        top_up = self.line.open_command_id
        self.sim_says(
            request.simcard_id, IN_USE, numero_contrato="C1", cpf="52998224725"
        )
        request.action_done()
        self.assertEqual(request.state, "done")
        self.assertEqual(top_up.state, "cancelled")
        self.assertIn("another SIM card", self.line.activity_ids.note)

    def test_what_the_last_holder_wanted_does_not_fall_on_the_next(self):
        """It came after TIP was asked; the plan used to change at his price."""
        joana = self._make_partner(name="Joana Exemplo", vat="111.444.777-35")
        self.line.action_change_plan(self.other, when="next", price=1)
        self.line.action_block_total("nonpayment")
        self.line._take_holder(joana, self.platform._today())
        self.assertEqual(self.line.plan_change_ids.state, "cancelled")
        self.assertIn("another holder", self.line.activity_ids.note)
        self.assertEqual(self.line.hold_level, "none")

    def test_the_holder_does_not_change_while_the_plan_does(self):
        joana = self._make_partner(name="Joana Exemplo", vat="111.444.777-35")
        self.line.action_change_plan(self.other, price=1)
        with self.assertRaisesRegex(UserError, "is on its way"):
            self.line._take_holder(joana, self.platform._today())
