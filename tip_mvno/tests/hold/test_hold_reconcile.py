# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.hold.mvno_line_hold import BLOCK_REASON, HOLD_REASONS
from ..common import BLOCKED, IN_USE, NO, PARTIAL, TOTAL, MvnoCase, broken

BLOCK = "odoo.addons.tip_mvno.models.hold.mvno_line"
ENDS = {
    "block_partial": "bloquear/parcial",
    "block_total": "bloquear/total",
    "unblock": "desbloquear",
}


@tagged("post_install", "-at_install")
class TestMvnoLineBlock(MvnoCase):
    """Holds say what a line should be; one place follows, and never raises."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._make_line("active")

    def settle(self, line=None, **answer):
        """Send the line's open request."""
        line = line or self.line
        command = line.open_command_id
        self.write_says(line.simcard_id, ENDS[command.operation], **answer)
        self.process(command)
        return command

    # === REASONS ARE A SET === #

    def test_lifting_one_reason_never_lifts_another(self):
        self.line.action_block_total("nonpayment")
        self.line.action_block_total("theft")
        self.settle()
        self.assertEqual(self.line.state, "blocked")
        self.line.action_unblock("nonpayment")
        self.assertEqual(self.line.hold_level, "total")
        self.assertFalse(self.line.open_command_id)
        self.line.action_unblock("theft")
        self.settle()
        self.assertEqual((self.line.state, self.line.hold_level), ("active", "none"))

    def test_several_reasons_must_be_lifted_one_by_one(self):
        self.line.action_block_total("nonpayment")
        self.line.action_block_total("theft")
        with self.assertRaisesRegex(UserError, "Non-payment, Theft|Theft, Non-payment"):
            self.line.action_unblock()
        self.assertFalse(self.line.hold_ids.filtered("lifted_at"))

    def test_a_reason_holds_a_line_once(self):
        self.line.action_block_total("customer", origin="first")
        self.line.action_block_total("customer", "2027-01-31", origin="second")
        hold = self.line.hold_ids
        self.assertEqual(len(hold), 1)
        self.assertEqual(str(hold.date_end), "2027-01-31")
        self.assertEqual(len(self.line.command_ids), 1)

    def test_a_reason_may_come_back_after_it_was_lifted(self):
        for _time in range(2):
            self.line.action_block_partial("customer")
            self.settle()
            self.line.action_unblock()
            self.settle()
        self.assertEqual(len(self.line.hold_ids), 2)
        self.assertEqual(self.line.state, "active")

    def test_the_strongest_level_wins(self):
        self.line.action_block_partial("nonpayment")
        self.assertEqual(self.settle().operation, "block_partial")
        self.line.action_block_total("customer")
        self.assertEqual(self.settle().operation, "block_total")
        self.line.action_unblock("customer")
        self.assertEqual(self.settle().operation, "unblock")
        # the platform has one unblock for both: the partial block is put on again
        self.assertEqual(self.settle().operation, "block_partial")
        self.assertEqual(self.line.state, "partially_blocked")
        self.assertFalse(self.line.open_command_id)

    def test_the_platform_is_told_each_reason(self):
        told = {}
        for reason, _label in HOLD_REASONS:
            line = self._make_line("active")
            self._make_block(line, reason)
            command = self.settle(line)
            self.assertEqual(command.reason, reason)
            told[reason] = self.web.calls[-1].request.body
        for reason, code in BLOCK_REASON.items():
            self.assertEqual(told[reason], b'{"reason": %d}' % code)

    # === WHAT CANNOT BE BLOCKED OR LIFTED === #

    def test_only_lines_in_service_are_blocked(self):
        for state in ("draft", "activating", "cancelled"):
            with self.subTest(state):
                line = self._make_line(state)
                with self.assertRaisesRegex(UserError, "not in service"):
                    (self.line | line).action_block_total()
        self.assertFalse(self.line.hold_ids)

    def test_an_unknown_reason_is_refused(self):
        for reason in ("boredom", "platform"):
            with self.assertRaisesRegex(UserError, "no reason to block"):
                self.line.action_block_total(reason)

    def test_nothing_to_lift_is_said(self):
        with self.assertRaisesRegex(UserError, "nothing to lift"):
            self.line.action_unblock()
        self.line.action_block_total("theft")
        with self.assertRaisesRegex(UserError, "nothing to lift"):
            self.line.action_unblock("nonpayment")

    # === PENDING REQUESTS FOLLOW === #

    def test_theft_overtakes_a_partial_block_that_waits(self):
        self.line.action_block_partial("customer")
        waiting = self.line.open_command_id
        self.line.action_block_total("theft")
        command = self.line.open_command_id
        self.assertEqual(waiting.state, "cancelled")
        self.assertEqual((command.operation, command.priority), ("block_total", "0"))
        self.assertEqual(command.reason, "theft")

    def test_theft_overtakes_an_unblock_that_waits(self):
        """It used to be sent: a stolen line was free for a while."""
        self.line.action_block_total("nonpayment")
        self.settle()
        self.line.action_unblock()
        waiting = self.line.open_command_id
        self.line.action_block_total("theft")
        self.assertEqual(waiting.state, "cancelled")
        self.assertFalse(self.line.open_command_id)
        self.assertEqual(self.line.state, "blocked")

    def test_theft_hurries_a_total_block_that_waits(self):
        self.line.action_block_total("nonpayment")
        command = self.line.open_command_id
        self.line.action_block_total("loss")
        self.assertEqual((self.line.open_command_id, command.priority), (command, "0"))

    def test_a_block_is_not_sent_when_the_payment_came_first(self):
        """The line of somebody who had paid was blocked and unblocked again."""
        self.line.action_block_total("nonpayment")
        waiting = self.line.open_command_id
        self.line.action_unblock()
        self.assertEqual(waiting.state, "cancelled")
        self.assertFalse(self.line.open_command_id)
        self.process()
        self.assertFalse(self.asked())

    def test_what_is_being_sent_is_settled_before_theft(self):
        line = self._make_line("active")
        command = self._make_block(line, "customer", "partial", state="sent")
        line.action_block_total("theft")
        self.assertEqual(line.open_command_id, command)
        command.write({"state": "unknown"})
        self.sim_says(line.simcard_id, PARTIAL)
        self.process(command)
        self.assertEqual(line.state, "partially_blocked")
        self.assertEqual(line.open_command_id.reason, "theft")

    def test_theft_does_not_wait_for_what_became_of_another_request(self):
        for reason, operation, outcome in (
            ("theft", "block_partial", "cancelled"),
            ("loss", "unblock", "cancelled"),
            ("theft", "change_plan", "needs_decision"),
            ("loss", "top_up", "needs_decision"),
        ):
            with self.subTest(operation):
                line = self._make_line("active")
                command = self._make_command(
                    line,
                    operation,
                    "unknown",
                    plan_id=self.plan.id,
                    product_id=self.product.id,
                    quantity=1,
                )
                line.action_block_total(reason)
                self.assertEqual(command.state, outcome)
                self.assertEqual(line.open_command_id.operation, "block_total")
                self.assertEqual(line.open_command_id.priority, "0")

    def test_other_reasons_wait_for_what_became_of_a_request(self):
        line = self._make_line("active")
        command = self._make_command(line, "unblock", "unknown")
        line.action_block_total("nonpayment")
        self.assertEqual(line.open_command_id, command)

    def test_theft_takes_back_a_plan_change_that_was_not_sent(self):
        line = self._make_line("active")
        command = self._make_command(
            line, "change_plan", plan_id=self.plan.id, product_id=self.product.id
        )
        line.action_block_total("theft")
        self.assertEqual(command.state, "cancelled")
        self.assertIn("theft or loss first", line.activity_ids.note)
        self.assertEqual(line.open_command_id.operation, "block_total")

    def test_an_activation_under_way_is_never_overtaken(self):
        line = self._make_line()
        line.state = "activating"
        command = self._make_command(line, "activate")
        self.env["mvno.line.hold"].create({"line_id": line.id, "reason": "theft"})
        self.assertEqual(command.state, "pending")

    # === TURNED DOWN === #

    def test_a_refused_block_is_not_repeated_by_itself(self):
        self.line.action_block_total("nonpayment")
        self.assertEqual(self.settle(json=NO).state, "refused")
        self.env["mvno.line"]._reconcile_due()
        self.assertFalse(self.line.open_command_id)

    def test_a_refused_block_is_asked_for_again_by_a_person(self):
        """The second click on the button did nothing at all."""
        self.line.action_block_total("customer")
        self.settle(json=NO)
        self.line.action_block_total("customer")
        self.assertEqual(self.line.open_command_id.operation, "block_total")

    def test_a_refused_block_is_asked_for_again_when_a_reason_comes(self):
        self.line.action_block_total("customer")
        self.settle(json=NO)
        self.line.action_block_total("theft")
        self.assertEqual(self.line.open_command_id.reason, "theft")

    def test_a_refused_unblock_is_asked_for_again_by_a_person(self):
        self.line.action_block_total("customer")
        self.settle()
        self.line.action_unblock()
        self.settle(json=NO)
        self.assertEqual((self.line.state, self.line.hold_level), ("blocked", "none"))
        self.env["mvno.line"]._reconcile_due()
        self.assertFalse(self.line.open_command_id)
        self.line.action_unblock()
        self.assertEqual(self.line.open_command_id.operation, "unblock")

    def test_an_open_decision_stops_the_reconciler_until_a_reason_changes(self):
        self._make_block(self.line, "customer", state="needs_decision")
        self.env["mvno.line"]._reconcile_due()
        self.assertFalse(self.line.open_command_id)
        self.line.action_block_total("theft")
        self.assertTrue(self.line.open_command_id)

    # === THE RECONCILER NEVER RAISES === #

    @mute_logger(BLOCK)
    def test_a_fault_in_what_follows_never_undoes_the_lifting(self):
        self.line.action_block_total("nonpayment")
        self.settle()
        model = self.registry["mvno.command"]
        with patch.object(model, "_submit", side_effect=ValueError("a fault of ours")):
            self.line.action_unblock()
        self.assertEqual(self.line.hold_level, "none")
        self.assertFalse(self.line.open_command_id)
        self.env["mvno.line"]._reconcile_due()
        self.assertEqual(self.line.open_command_id.operation, "unblock")

    @mute_logger(BLOCK, "odoo.sql_db")
    def test_a_refusal_of_the_database_never_undoes_the_lifting(self):
        hold = self.env["mvno.line.hold"].create(
            {"line_id": self.line.id, "reason": "nonpayment"}
        )
        self.line.command_ids.unlink()
        self.line.state = "blocked"
        self._make_command(self._make_line(), simcard_id=self.line.simcard_id.id)
        hold._lift()
        self.assertEqual(self.line.hold_level, "none")
        self.env.flush_all()

    @mute_logger(BLOCK, "odoo.sql_db")
    def test_one_line_that_cannot_be_reconciled_does_not_stop_the_others(self):
        """All lines of a run shared one savepoint."""
        good = self._make_line("active")
        for line in self.line | good:
            self.env["mvno.line.hold"].create(
                {"line_id": line.id, "reason": "nonpayment"}
            )
        (self.line | good).command_ids.unlink()
        self._make_command(self._make_line(), simcard_id=self.line.simcard_id.id)
        self.env["mvno.line"]._reconcile_due()
        self.assertTrue(good.open_command_id)

    # === WHAT THE PLATFORM DOES BY ITSELF === #

    def _refresh(self, status):
        self.forget_answers()
        self.sim_says(self.line.simcard_id, status)
        self.line.action_refresh()

    def test_a_block_made_at_the_platform_is_not_undone_by_a_refresh(self):
        for status, level in ((BLOCKED, "total"), (PARTIAL, "partial")):
            with self.subTest(status):
                self._refresh(status)
                self.assertEqual(self.line.hold_level, level)
                self.assertFalse(self.line.open_command_id)
                hold = self.line.hold_ids.filtered(lambda hold: not hold.lifted_at)
                self.assertEqual((hold.reason, hold.origin), ("platform", status))
                self._refresh(IN_USE)
                self.assertEqual(self.line.hold_level, "none")
                self.assertEqual(self.line.state, "active")
                self.assertFalse(self.line.open_command_id)

    def test_an_unblock_made_at_the_platform_is_followed_by_our_block(self):
        self.line.action_block_total("theft")
        self.settle()
        self._refresh(IN_USE)
        self.assertEqual(self.line.open_command_id.operation, "block_total")

    def test_a_refresh_changes_no_state_while_a_request_is_open(self):
        self.line.action_block_total("customer")
        self._refresh(TOTAL)
        self.assertEqual((self.line.state, len(self.line.hold_ids)), ("active", 1))

    def test_a_late_effect_is_followed_after_a_decision(self):
        self.platform.settle_seconds = 0
        command = self._make_block(self.line, attempts=2)
        self.write_says(self.line.simcard_id, "bloquear/total", body=broken())
        self.process(command)
        self.sim_says(self.line.simcard_id, IN_USE)
        self.process(command)
        self.assertEqual(command.state, "needs_decision")
        self._refresh(TOTAL)
        self.assertEqual((self.line.state, len(self.line.hold_ids)), ("blocked", 1))
        self.assertFalse(self.line.open_command_id)

    def test_a_refused_block_is_told_by_the_lines_warning(self):
        line = self._make_line("active")
        command = self._make_block(line)
        command._transition("refuse", "Não.")
        self.assertIn("refused the last request", line.warning)
        # what else is asked for does not hide it
        self._make_command(line, "top_up", "done", quantity=1)
        self.assertIn("refused the last request", line.warning)
        line.hold_ids._lift()
        self.assertFalse(line.warning)
