# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from freezegun import freeze_time

from odoo.tests import tagged

from ..line_view_common import NOON, LineViewCase


@tagged("post_install", "-at_install")
@freeze_time(NOON)
class TestHoldsOfLine(LineViewCase):
    """The holds that block a line, named."""

    # === HOLDS === #

    def test_the_holds_in_force_are_named_with_level_and_end(self):
        self.line.action_block_total("theft")
        self.line.action_block_partial("misuse", "2026-12-24")
        self.line.hold_ids.filtered(lambda hold: hold.reason == "theft")._lift()
        self.line.action_block_total("customer", "2026-12-20")
        holds = self.seen.hold_in_force_ids.with_context(mvno_hold_details=True)
        self.assertEqual(
            set(holds.mapped("display_name")),
            {
                f"Misuse (partial) until {self._written(2026, 12, 24)}",
                f"Customer's request until {self._written(2026, 12, 20)}",
            },
        )
        self.assertTrue(all(holds.mapped("color")))

    def test_theft_and_loss_are_told_apart_to_ask_before_an_unblock(self):
        self.line.action_block_partial("misuse")
        self.assertFalse(self.seen.is_stolen)
        self.line.action_block_total("loss")
        self.assertTrue(self.seen.is_stolen)
        self.line.action_unblock("loss")
        self.assertFalse(self.seen.is_stolen)

    def test_nothing_holds_a_cancelled_line(self):
        self.line.action_block_total("theft")
        self.line._on_cancelled("customer", date(2026, 11, 12))
        self.assertFalse(self.seen.hold_in_force_ids)
        self.assertFalse(self.seen.is_stolen)
