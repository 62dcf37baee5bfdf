# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from freezegun import freeze_time

from odoo.tests import tagged

from ..common import MvnoCase


@tagged("post_install", "-at_install")
class TestHoldLowered(MvnoCase):
    """A total hold that becomes a partial one keeps its past."""

    def _lowered(self, reason="nonpayment"):
        line = self._make_line("active")
        with freeze_time("2026-11-10 13:00:00"):
            line.action_block_total(reason, note="BO 123")
        with freeze_time("2026-11-20 13:00:00"):
            line.action_block_partial(reason)
        return line

    def test_the_total_hold_ends_and_a_partial_one_of_the_same_reason_begins(self):
        for reason in ("nonpayment", "theft", "misuse"):
            with self.subTest(reason):
                line = self._lowered(reason)
                before, after = line.hold_ids.sorted("id")
                self.assertEqual(
                    (before.level, before.lifted_how, str(before.lifted_at)),
                    ("total", "lowered", "2026-11-20 13:00:00"),
                )
                self.assertEqual(
                    (after.level, after.reason, after.note, str(after.date_start)),
                    ("partial", reason, "BO 123", "2026-11-20 13:00:00"),
                )
                self.assertFalse(after.lifted_at)
                self.assertEqual(line.hold_level, "partial")

    def test_the_line_is_not_freed_in_between(self):
        line = self._make_line("blocked")
        hold = self.env["mvno.line.hold"].create(
            {"line_id": line.id, "reason": "nonpayment", "level": "total"}
        )
        line.action_block_partial("nonpayment")
        self.assertEqual(hold.lifted_how, "lowered")
        # the platform has one unblock for both: it comes first, and is nobody's wish
        self.assertEqual(line.open_command_id.operation, "unblock")
        self.assertFalse(line.open_command_id.reason)

    def test_raised_it_goes_on(self):
        line = self._make_line("active")
        line.action_block_partial("nonpayment")
        line.action_block_total("nonpayment")
        self.assertEqual(line.hold_ids.mapped("level"), ["total"])
