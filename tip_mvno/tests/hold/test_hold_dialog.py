# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..common import MvnoCase


@tagged("post_install", "-at_install")
class TestMvnoBlock(MvnoCase):
    """The dialog that blocks lines for a reason."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lines = cls._make_line("active") | cls._make_line("active")

    def _dialog(self, lines):
        return Form(
            self.env["mvno.block"].with_context(
                active_model="mvno.line", active_ids=lines.ids
            )
        )

    def test_chosen_lines_are_held_for_the_reason(self):
        for level, operation in (
            ("partial", "block_partial"),
            ("total", "block_total"),
        ):
            with self.subTest(level):
                line = self._make_line("active")
                with self._dialog(line) as dialog:
                    dialog.level = level
                    dialog.reason = "nonpayment"
                    dialog.date_end = "2027-01-31"
                action = dialog.record.action_block()
                self.assertEqual(action["type"], "ir.actions.act_window_close")
                hold = line.hold_ids
                self.assertRecordValues(
                    hold, [{"reason": "nonpayment", "level": level, "lifted_at": False}]
                )
                self.assertEqual(str(hold.date_end), "2027-01-31")
                self.assertEqual(line.open_command_id.operation, operation)

    def test_pressing_twice_changes_nothing_the_second_time(self):
        dialog = self._dialog(self.lines).save()
        for _time in range(2):
            dialog.action_block()
        self.assertEqual(len(self.lines.hold_ids), 2)
        self.assertEqual(len(self.lines.command_ids), 2)

    def test_the_platforms_own_reason_is_not_offered(self):
        reasons = dict(self.env["mvno.block"]._fields["reason"].selection)
        self.assertNotIn("platform", reasons)
        self.assertIn("theft", reasons)

    def test_one_line_not_in_service_stops_them_all(self):
        draft = self._make_line()
        dialog = self._dialog(self.lines | draft).save()
        with self.assertRaisesRegex(UserError, "not in service"):
            dialog.action_block()
        self.assertFalse(self.lines.hold_ids)

    def test_who_asked_is_on_the_hold(self):
        attendant = self._make_user("attendant", "tip_mvno.group_attendant")
        dialog = (
            self.env["mvno.block"]
            .with_user(attendant)
            .create({"line_ids": self.lines.ids})
        )
        dialog.action_block()
        self.assertEqual(self.lines.hold_ids.user_id, attendant)
        self.assertEqual(set(self.lines.hold_ids.mapped("origin")), {attendant.name})
        self.assertEqual(self.lines.command_ids.user_id, attendant)
