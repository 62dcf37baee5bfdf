# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import datetime

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..adoption_common import MARIA, AdoptionCase


@tagged("post_install", "-at_install")
class TestAdoptionBlocked(AdoptionCase):
    """A line that is blocked at the platform when it is taken over."""

    def test_the_review_asks_why_and_takes_the_answer(self):
        line = self.import_line(MARIA, status="BLOQUEADO")
        self.assertIn("say why", line.reason)
        manager = self._make_user("boss", "tip_mvno.group_manager")
        line.with_user(manager).block_reason = "nonpayment"
        self.assertNotIn("say why", line.reason)
        self.apply(line.adoption_id)
        hold = line.line_id.hold_ids
        self.assertRecordValues(
            hold,
            [
                {
                    "reason": "platform",
                    "platform_reason": "nonpayment",
                    "is_unanswered": False,
                }
            ],
        )
        self.assertTrue(hold.platform_reason_at)

    def test_unanswered_it_is_taken_over_and_asked_about_later(self):
        line = self.import_line(MARIA, status="BLOQUEADO")
        self.apply(line.adoption_id)
        holds = self.env["mvno.line.hold"]
        self.assertIn(
            line.line_id.hold_ids, holds.search([("is_unanswered", "=", True)])
        )

    def test_a_partial_block_is_not_asked_about(self):
        line = self.import_line(MARIA, status="BLOQUEADO PARCIAL")
        self.assertNotIn("say why", line.reason)
        self.apply(line.adoption_id)
        self.assertFalse(line.line_id.hold_ids.is_unanswered)

    def test_of_a_line_in_service_there_is_nothing_to_say(self):
        line = self.import_line(MARIA)
        with self.assertRaises(ValidationError):
            line.block_reason = "theft"

    def test_attendants_do_not_answer(self):
        line = self.import_line(MARIA, status="BLOQUEADO")
        attendant = self._make_user("att", "tip_mvno.group_attendant")
        with self.assertRaises(AccessError):
            line.with_user(attendant).block_reason = "theft"

    @freeze_time("2026-11-20 15:00:00")
    def test_it_counts_from_the_first_day_that_is_billed_here(self):
        """Nobody knows that it worked on any of these days."""
        line = self.import_line(MARIA, status="BLOQUEADO")
        self.apply(line.adoption_id)
        mobile = line.line_id
        self.assertRecordValues(
            mobile.transition_ids,
            [
                {
                    "event": "adopt_total",
                    "date": datetime(2026, 11, 20, 15),
                    "effective_at": datetime(2026, 11, 1, 3),
                    "effective_source": "taken_over",
                }
            ],
        )
        self.assertEqual(mobile.hold_ids.date_start, datetime(2026, 11, 1, 3))

    def test_only_of_tips_own_holds_it_is_said_why(self):
        line = self._make_line("active")
        line.action_block_total("theft")
        with self.assertRaises(UserError):
            line.hold_ids._say_why("nonpayment")
