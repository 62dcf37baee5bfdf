# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from freezegun import freeze_time

from odoo.tests import tagged

from ..common import IN_USE, YES
from ..line_view_common import NOON, LineViewCase


@tagged("post_install", "-at_install")
@freeze_time(NOON)
class TestStatusText(LineViewCase):
    """The last thing that is known for certain of a line."""

    # === WHAT IS KNOWN OF THE PLATFORM === #

    def test_what_was_confirmed_after_the_last_read_is_told_as_such(self):
        self.sim_says(self.line.simcard_id, IN_USE)
        self.line.action_refresh()
        self.assertIn(f"{IN_USE}, read on", self.seen.platform_status_text)
        self.write_says(self.line.simcard_id, "bloquear/total", YES)
        with freeze_time("2026-11-10 16:30:00"):
            self.line.action_block_total("theft")
            self.process()
        self.assertEqual(self.line.state, "blocked")
        text = self.seen.platform_status_text
        self.assertIn("“Block totally” confirmed on", text)
        self.assertIn("not read since", text)
        self.assertNotIn(IN_USE, text)

    def test_a_later_read_is_told_again(self):
        self.write_says(self.line.simcard_id, "bloquear/total", YES)
        self.line.action_block_total("theft")
        self.process()
        self.sim_says(self.line.simcard_id, "BLOQUEADO TOTAL")
        with freeze_time("2026-11-10 16:30:00"):
            self.line.action_refresh()
        self.assertIn("BLOQUEADO TOTAL, read on", self.seen.platform_status_text)

    def test_of_two_confirmed_in_one_second_the_later_is_told(self):
        self.write_says(self.line.simcard_id, "bloquear/total", YES)
        self.write_says(self.line.simcard_id, "desbloquear", YES)
        self.line.action_block_total("theft")
        self.process()
        self.line.action_unblock("theft")
        self.process()
        self.assertEqual(self.line.state, "active")
        text = self.seen.platform_status_text
        self.assertIn("“Unblock” confirmed on", text)

    def test_of_a_line_never_read_nothing_is_told(self):
        self.assertFalse(self.seen.platform_status_text)
