# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..plan_common import PlanCase


@tagged("post_install", "-at_install")
class TestPlannedChange(PlanCase):
    """A change of plan that waits for the next billing month."""

    # === FROM THE NEXT BILLING MONTH === #

    def test_a_planned_change_is_asked_for_on_its_day(self):
        self.at("2026-11-12")
        self.line.action_change_plan(self.other, when="next")
        self.cron("line_day")
        self.assertFalse(self.line.open_command_id)
        self.at("2026-12-01")
        self.line.plan_change_ids.date = "2026-11-01"
        self.cron("line_day")
        self.assertEqual(self.line.plan_change_ids.state, "asked")
        self.assertEqual(self.line.open_command_id.plan_id, self.other_plan)
        self.assertFalse(self.line.plan_change_id)

    def test_a_later_wish_takes_the_place_of_the_planned_one(self):
        self.line.action_change_plan(self.other, when="next")
        first = self.line.plan_change_id
        self.line.action_change_plan(self.other, when="next", price=10)
        self.assertEqual(first.state, "cancelled")
        self.assertEqual(self.line.plan_change_id.price, 10)
        self.line.action_change_plan(self.other)
        self.assertFalse(self.line.plan_change_id)

    def test_a_planned_change_can_be_given_up(self):
        attendant = self._make_user("ana", "tip_mvno.group_attendant")
        line = self.line.with_user(attendant)
        line.action_change_plan(self.other, when="next")
        line.action_give_up_plan_change()
        self.assertEqual(line.plan_change_ids.state, "cancelled")

    def test_a_planned_change_waits_for_an_open_request(self):
        self.line.action_change_plan(self.other, when="next")
        self.line.plan_change_ids.date = "2026-01-01"
        self._make_block(self.line, state="sent", sent_at="2030-01-01")
        self.cron("line_day")
        self.assertEqual(self.line.plan_change_ids.state, "scheduled")

    @mute_logger("odoo.addons.tip_mvno.models.plan_change.mvno_plan_change")
    def test_a_planned_change_that_cannot_be_made_is_told(self):
        self.line.action_change_plan(self.other, when="next")
        self.line.plan_change_ids.date = "2026-01-01"
        self.other_plan.active = False
        self.cron("line_day")
        self.assertEqual(self.line.plan_change_ids.state, "cancelled")
        self.assertIn("catalogue", self.line.activity_ids.note)

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
