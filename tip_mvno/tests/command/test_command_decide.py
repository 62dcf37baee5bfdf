# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..common import NO
from ..plan_common import PlanCase


@tagged("post_install", "-at_install")
class TestDecision(PlanCase):
    """A person decides about a request whose outcome nobody knows, perhaps late."""

    def _undecided(self, operation, **vals):
        return self._make_command(self.line, operation, "needs_decision", **vals)

    def test_an_old_unblock_sent_again_does_not_free_a_stolen_line(self):
        unblock = self._undecided("unblock")
        self.line.state = "blocked"
        self.line.action_block_total("theft")
        with self.assertRaisesRegex(UserError, "does not ask for this any more"):
            unblock.action_decide_repeat()
        self.assertEqual(unblock.state, "needs_decision")
        unblock.action_cancel()

    def test_an_old_plan_sent_again_does_not_undo_a_later_one(self):
        wish = {"plan_id": self.other_plan.id, "product_id": self.other.id}
        old = self._undecided("change_plan", **wish)
        self._make_command(self.line, "change_plan", "done", **wish)
        with self.assertRaises(UserError):
            old.action_decide_repeat()

    def test_nothing_is_sent_again_to_a_simcard_the_line_left(self):
        old = self._undecided("top_up", quantity=1)
        self.line.simcard_id = self._make_simcards()
        with self.assertRaises(UserError):
            old.action_decide_repeat()

    def test_nothing_is_sent_again_for_a_line_that_ended(self):
        top_up = self._undecided("top_up", quantity=1)
        self.line._on_cancelled("customer", self.platform._today())
        with self.assertRaises(UserError):
            top_up.action_decide_repeat()
        top_up.action_decide_done()
        self.assertEqual(top_up.state, "done")

    def test_a_top_up_refused_the_second_time_is_refused(self):
        """It used to ask for the decision once more, without the platform's words."""
        top_up = self._undecided("top_up", quantity=1, attempts=1)
        top_up.action_decide_repeat()
        self.accept("saldo/adicionar", json=NO)
        self.process(top_up)
        self.assertEqual(top_up.state, "refused")
        self.assertIn(NO["msg_usuario"], top_up.error)
        self.assertTrue(self.line.activity_ids)
