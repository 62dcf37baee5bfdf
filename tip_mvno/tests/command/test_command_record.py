# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.command.mvno_command import TRANSITIONS
from ..common import TOTAL, YES, MvnoCase

EVENTS = {event for events in TRANSITIONS.values() for event in events}
STATES = list(TRANSITIONS)
DRIVER = "odoo.addons.tip_mvno.models.command.mvno_command_driver"


@tagged("post_install", "-at_install")
class TestMvnoCommand(MvnoCase):
    """The record: its states, its uniqueness, a person's decisions."""

    # === STATES === #

    def test_every_state_of_the_table_is_one_of_the_field(self):
        states = set(dict(self.env["mvno.command"]._fields["state"].selection))
        self.assertEqual(set(TRANSITIONS), states)
        targets = {to for events in TRANSITIONS.values() for to in events.values()}
        self.assertLessEqual(targets, states)
        open_states = self.env["mvno.command"]._open_states
        self.assertFalse([state for state in open_states if not TRANSITIONS[state]])

    def test_every_pair_of_state_and_event(self):
        lines = [self._make_line("active") for _state in STATES]
        for event in EVENTS:
            for line, state in zip(lines, STATES, strict=True):
                with self.subTest(state=state, event=event):
                    command = self._make_command(line, state=state)
                    target = TRANSITIONS[state].get(event)
                    if target is None:
                        with self.assertRaises(UserError):
                            command._transition(event)
                        self.assertEqual(command.state, state)
                    else:
                        command._transition(event, "why")
                        self.assertEqual(command.state, target)
                        self.assertEqual(command.error, "why")
                        is_open = target in command._open_states
                        self.assertEqual(command.is_open, is_open)
                        self.assertEqual(bool(command.settled_at), not is_open)
                    command.unlink()

    def test_a_refused_step_names_the_request_and_its_state(self):
        command = self._make_command(state="done")
        with self.assertRaisesRegex(UserError, "Block totally .* is Done"):
            command._transition("send")

    # === ONE OPEN REQUEST PER SIM === #

    @mute_logger("odoo.sql_db")
    def test_a_simcard_has_one_open_request(self):
        line = self._make_line("active")
        for state in self.env["mvno.command"]._open_states:
            with self.subTest(state=state):
                first = self._make_command(line, state=state)
                with self.assertRaises(IntegrityError), self.cr.savepoint():
                    self._make_command(line, "unblock")
                first.unlink()

    def test_settled_requests_leave_room_for_the_next(self):
        line = self._make_line("active")
        settled = set(STATES) - set(self.env["mvno.command"]._open_states)
        for state in settled:
            self._make_command(line, state=state)
        self.assertTrue(self._make_command(line))
        self.assertEqual(line.open_command_id.state, "pending")

    # === ASKING === #

    def test_many_requests_are_left_to_the_cron(self):
        model = type(self.env["mvno.command"])
        for count, at_once in ((3, True), (4, False)):
            values = [self._block_values() for _i in range(count)]
            before = len(self.triggers("process"))
            with patch.object(model, "_process_after_commit") as hook:
                self.env["mvno.command"]._submit(values)
            self.assertEqual(hook.called, at_once)
            self.assertEqual(len(self.triggers("process")), before + 1)

    def _block_values(self):
        line = self._make_line("active")
        return {
            "operation": "block_partial",
            "platform_id": line.platform_id.id,
            "line_id": line.id,
            "simcard_id": line.simcard_id.id,
        }

    @mute_logger(DRIVER)
    def test_nothing_that_fails_after_the_commit_reaches_the_caller(self):
        command = self._make_command()
        hooks = self.cr.postcommit
        hooks._funcs.clear()
        command._process_after_commit()

        def fail(*args, **kwargs):
            raise RuntimeError("a fault of ours")

        self.patch(type(command), "_process", fail)
        hooks.run()
        self.assertEqual(command.state, "pending")

    # === DECISIONS === #

    def test_a_person_says_it_was_done(self):
        line = self._make_line("active")
        self._hold_quietly(line)
        command = self._make_command(line, state="needs_decision")
        command.action_decide_done()
        self.assertEqual((command.state, line.state), ("done", "blocked"))
        self.assertIn(self.env.user.name, command.error)

    def _hold_quietly(self, line, reason="customer"):
        """A hold whose request was decided on already."""
        hold = self.env["mvno.line.hold"].create(
            {"line_id": line.id, "reason": reason, "level": "total"}
        )
        line.command_ids.unlink()
        return hold

    def test_a_person_has_it_sent_again(self):
        line = self._make_line("active")
        self._hold_quietly(line)
        command = self._make_command(line, state="needs_decision", attempts=3, reads=7)
        command.unknown_since = fields.Datetime.now() - timedelta(hours=1)
        command.action_decide_repeat()
        self.assertEqual((command.state, command.reads), ("pending", 0))
        self.write_says(command.simcard_id, "bloquear/total")
        self.process(command)
        self.assertEqual((command.state, command.attempts), ("done", 4))

    def test_only_a_request_not_sent_can_be_taken_back(self):
        for state in ("sent", "unknown", "done", "refused", "cancelled"):
            with self.subTest(state=state), self.assertRaises(UserError):
                self._make_command(state=state).action_cancel()

    def test_an_activation_taken_back_leaves_a_draft_line(self):
        line = self._make_line("activating")
        command = self._make_command(line, "activate")
        command.action_cancel()
        self.assertEqual((command.state, line.state), ("cancelled", "draft"))

    def test_a_block_taken_back_is_not_asked_for_again_at_once(self):
        """The reconciler used to make a twin of the request just cancelled."""
        line = self._make_line("active")
        line.action_block_total()
        command = line.open_command_id
        command.action_cancel()
        self.assertEqual(line.command_ids, command)
        self.env["mvno.line"]._reconcile_due()
        self.assertEqual(line.command_ids, command)
        self.env["mvno.line.hold"].create(
            {
                "line_id": line.id,
                "reason": "theft",
                "date_start": fields.Datetime.now() + timedelta(seconds=1),
            }
        )
        self.assertEqual(line.open_command_id.reason, "theft")

    def test_deciding_twice_changes_nothing_the_second_time(self):
        line = self._make_line("active")
        command = self._make_command(line, state="needs_decision")
        command.action_decide_done()
        with self.assertRaises(UserError):
            command.action_decide_done()
        with self.assertRaises(UserError):
            command.action_decide_repeat()

    # === WHO IS TOLD === #

    def _refuse(self, command):
        self.write_says(
            command.simcard_id,
            "bloquear/total",
            {"codigo_status_tip": 22, "msg_usuario": "Linha já bloqueada"},
        )
        self.process(command)
        self.assertEqual(command.state, "refused")
        return command.line_id.activity_ids

    def test_whoever_asked_is_told_of_a_refusal(self):
        asker = self._make_user("asker", "tip_mvno.group_attendant")
        activity = self._refuse(self._make_command(user_id=asker.id))
        self.assertEqual(activity.user_id, asker)
        self.assertIn("Linha já bloqueada", activity.note)

    def test_the_platforms_responsible_is_told_when_nobody_asked(self):
        responsible = self._make_user("responsible", "tip_mvno.group_manager")
        self.platform.user_id = responsible
        robot = self.env.ref("base.user_root")
        activity = self._refuse(self._make_command(user_id=robot.id))
        self.assertEqual(activity.user_id, responsible)

    def test_an_asker_who_left_does_not_stop_the_settling(self):
        """An activity for somebody without access used to undo the settling."""
        responsible = self._make_user("responsible", "tip_mvno.group_manager")
        self.platform.user_id = responsible
        asker = self._make_user("asker", "base.group_user")
        activity = self._refuse(self._make_command(user_id=asker.id))
        self.assertEqual(activity.user_id, responsible)

    # === ONE OF MANY FAILS === #

    @mute_logger("odoo.sql_db", DRIVER)
    def test_a_request_that_cannot_be_settled_does_not_stop_the_others(self):
        """One such request used to end the cron's every run before the next one."""
        bad = self._make_command(priority="0")
        good = self._make_command()
        for command in bad, good:
            self.write_says(command.simcard_id, "bloquear/total", YES)
        apply = type(bad)._apply_effect

        def fail(command, result=None):
            if command.id == bad.id:
                raise ValueError("a fault of ours")
            return apply(command, result)

        self.patch(type(bad), "_apply_effect", fail)
        self.sim_says(bad.simcard_id, TOTAL)
        self.cron("process")
        self.assertEqual((bad.state, good.state), ("unknown", "done"))
        self.assertIn("ValueError", bad.error)
        self.assertNotIn("a fault of ours", bad.error, "it may quote people's data")
        while bad.state == "unknown":
            self.make_due(bad)
            self.process(bad)
        self.assertEqual((bad.state, bad.reads), ("needs_decision", 3))
        self.assertTrue(bad.line_id.activity_ids)
        self.assertEqual(len(self.asked("bloquear/total")), 2)
