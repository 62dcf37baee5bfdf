# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date
from unittest.mock import patch

from psycopg2.errors import LockNotAvailable, UniqueViolation

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CANCELLED, IN_USE, NO, broken
from .drift_common import DriftCase
from .test_mvno_line_plan import PlanCase


@tagged("post_install", "-at_install")
class TestReviewLife(PlanCase):
    """What a hostile reading of a line's operations found."""

    def _undecided(self, operation, **vals):
        return self._make_command(self.line, operation, "needs_decision", **vals)

    # === DECISIONS THAT CAME TOO LATE === #

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

    # === THEFT WAITS FOR NOTHING === #

    def test_a_theft_does_not_wait_for_a_lost_cancellation(self):
        self.platform.settle_seconds = 900
        self.line.action_cancel("customer")
        cancel = self.line.open_command_id
        self.accept("cancelar", body=broken())
        self.process(cancel)
        self.assertEqual(cancel.state, "unknown")
        self.line.action_block_total("theft")
        self.assertEqual(cancel.state, "needs_decision")
        self.assertEqual(self.line.open_command_id.operation, "block_total")

    def test_a_cancellation_not_sent_yet_goes_out_as_fast_as_a_theft(self):
        self.line.action_cancel("customer")
        cancel = self.line.open_command_id
        self.line.action_block_total("theft")
        self.assertEqual((cancel.state, cancel.priority), ("pending", "0"))
        self.accept("cancelar", json=NO)
        self.process(cancel)
        self.assertEqual(self.line.open_command_id.operation, "block_total")

    # === A LINE THAT ENDED === #

    def test_a_line_that_ended_gives_up_what_was_asked_for_it(self):
        for operation, state in (("change_plan", "pending"), ("unblock", "unknown")):
            line = self._make_line("active")
            wish = {"plan_id": self.other_plan.id, "product_id": self.other.id}
            command = self._make_command(line, operation, state, **wish)
            line._on_cancelled("platform", self.platform._today())
            self.assertEqual(command.state, "cancelled", operation)

    def test_a_lost_top_up_of_a_line_that_ended_stays_to_be_decided(self):
        command = self._make_command(self.line, "top_up", "unknown", quantity=1)
        self.line._on_cancelled("platform", self.platform._today())
        self.assertEqual(command.state, "unknown")

    # === PLANS === #

    def test_no_plan_change_where_the_contract_line_has_ended(self):
        """The platform used to change the plan, and the contract could not follow."""
        self.contract_line.date_end = "2026-10-31"
        self.at("2026-11-12")
        with self.assertRaisesRegex(UserError, "ended on"):
            self.line.action_change_plan(self.other)
        self.assertFalse(self.line.command_ids)

    def _due_change(self, error):
        self.line.action_change_plan(self.other, when="next")
        change = self.line.plan_change_ids
        change.date = "2026-01-01"
        with patch.object(self.registry["mvno.line"], "_request", side_effect=error):
            self.cron("line_day")
        return change

    def test_a_planned_change_that_met_another_request_waits_for_its_turn(self):
        """It used to be cancelled, with the database's words in the activity."""
        change = self._due_change(UniqueViolation("Key (simcard_id)=(7) exists"))
        self.assertEqual(change.state, "scheduled")
        self.assertFalse(self.line.activity_ids)
        self.cron("line_day")
        self.assertEqual(change.state, "asked")

    @mute_logger("odoo.addons.tip_mvno.models.plan_change.mvno_plan_change")
    def test_a_fault_of_ours_is_not_quoted_to_people(self):
        change = self._due_change(ValueError("row of 529.982.247-25"))
        self.assertEqual(change.state, "cancelled")
        self.assertNotIn("529", self.line.activity_ids.note)
        self.assertNotIn("529", change.transition_ids[:1].reason)

    @mute_logger("odoo.addons.tip_mvno.models.plan_change.mvno_plan_change")
    def test_a_planned_change_of_somebody_who_left_does_not_stop_the_day(self):
        attendant = self._make_user("ana", "tip_mvno.group_attendant")
        self.line.with_user(attendant).action_change_plan(self.other, when="next")
        change = self.line.plan_change_ids
        change.date = "2026-01-01"
        attendant.group_ids = self.env.ref("base.group_user")
        self.other_plan.active = False
        self.cron("line_day")
        self.assertEqual(change.state, "cancelled")
        self.assertEqual(self.line.activity_ids.user_id, self.platform.user_id)

    def test_a_successor_does_not_begin_before_what_it_follows(self):
        """A day long ago used to make months billable that another system billed."""
        successor = self.contract_line._mvno_succeed(
            date(2025, 3, 1), product_id=self.other.id
        )
        self.assertEqual(successor.date_start, date(2026, 1, 10))
        self.assertTrue(self.contract_line.is_canceled)

    # === AN ANSWER THAT COULD NOT BE NOTED AT ONCE === #

    def test_an_answer_that_met_a_lock_is_noted_the_second_time(self):
        """A top-up that was accepted used to be put before a person."""
        self.line.action_top_up(1)
        top_up = self.line.open_command_id
        self.accept("saldo/adicionar")
        commands = self.registry["mvno.command"]
        settle, calls = commands._settle, []

        def meet_lock(model, claim, outcome):
            calls.append(outcome)
            if len(calls) == 1:
                raise LockNotAvailable
            return settle(model, claim, outcome)

        with patch.object(commands, "_settle", meet_lock):
            self.process(top_up)
        self.assertEqual(top_up.state, "done")
        self.assertEqual(len(self.asked("saldo/adicionar")), 1)

    # === ANOTHER SIM CARD === #

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

    # === ANOTHER HOLDER === #

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

    # === A DAY OF MANY CHANGES === #

    def test_planned_changes_are_asked_for_a_committed_part_at_a_time(self):
        """All of them in one transaction would outlast a worker, every hour anew."""
        lines = self.line | self._make_line("active") | self._make_line("active")
        lines.action_change_plan(self.other, when="next")
        lines.plan_change_ids.date = "2026-01-01"
        changes = self.env["mvno.plan.change"]
        first = changes._request_due(0, 2)
        self.assertEqual(first.mapped("state"), ["asked", "asked"])
        rest = changes._request_due(first[-1:].id, 2)
        self.assertEqual(rest.mapped("state"), ["asked"])
        self.assertFalse(changes._request_due(rest.id, 2))


@tagged("post_install", "-at_install")
class TestReviewDrift(DriftCase):
    """Ways out of a drift that would hit something else."""

    def test_a_simcard_given_to_somebody_else_is_not_cancelled_for_the_old_line(self):
        old = self.live_line("cancelled")
        self.sweep()
        drift = self.assert_listed(old, "active_there")
        contract = self._make_contract(
            partner=self._make_partner(name="Joana Exemplo", vat="111.444.777-35")
        )
        self._make_line(
            "active", contract.contract_line_ids, simcard_id=old.simcard_id.id
        )
        with self.assertRaisesRegex(UserError, "already that of line"):
            drift.action_cancel_there()
        self.assertFalse(self.env["mvno.command"].search([("line_id", "=", old.id)]))

    def test_no_other_simcard_while_a_request_for_the_old_one_is_on_its_way(self):
        line = self.live_line()
        new = self._make_simcards()
        self.row_of(line)["sim_card"] = new.iccid
        self.stock[new.iccid] = {"sim_card": new.iccid, "status": IN_USE}
        self.stock[line.simcard_id.iccid]["status"] = CANCELLED
        self.sweep()
        drift = self.assert_listed(line, "other_simcard")
        self._make_command(line, "top_up", "sent", quantity=1)
        with self.assertRaisesRegex(UserError, "is on its way"):
            drift.action_follow_simcard()
