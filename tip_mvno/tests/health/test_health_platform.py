# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from contextlib import suppress
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.health.mvno_heartbeat import SLACK
from ..common import MvnoCase

ACTIVITY = "tip_mvno.mail_activity_type_health"


@tagged("post_install", "-at_install")
class TestMvnoPlatformHealth(MvnoCase):
    """What is red, why, and who is told."""

    def setUp(self):
        super().setUp()
        self.now = fields.Datetime.now()
        self.platform.write({"state": "connected", "swept_at": self.now})
        beats = self.env["mvno.heartbeat"]
        beats._ensure()
        self.beats = beats.search([("cron_id", "!=", False)])
        self.beats.write({"last_good": self.now, "failing_since": False})

    def _beat(self, name):
        cron = self.env.ref(f"tip_mvno.ir_cron_{name}")
        return self.beats.filtered(lambda beat: beat.cron_id == cron)

    def _problems(self):
        self.env.invalidate_all()
        return self.platform.health_problems or ""

    def _activities(self):
        kind = self.env.ref(ACTIVITY)
        return self.platform.activity_ids.filtered(
            lambda activity: activity.activity_type_id == kind
        )

    # === SCHEDULED ACTIONS === #

    def test_each_of_our_actions_has_a_heartbeat(self):
        ours = self.env["ir.model.data"].search(
            [("model", "=", "ir.cron"), ("module", "=", "tip_mvno")]
        )
        self.assertGreaterEqual(set(self.beats.cron_id.ids), set(ours.mapped("res_id")))
        count = len(self.beats)
        self.beats._ensure()
        self.assertEqual(self.beats.search_count([("cron_id", "!=", False)]), count)

    def test_a_good_run_is_noted(self):
        beat = self._beat("line_day")
        beat.write({"last_good": "2026-01-01", "failing_since": "2026-01-02"})
        self.cron("line_day")
        self.env.invalidate_all()
        self.assertGreaterEqual(beat.last_good, self.now.replace(microsecond=0))
        self.assertFalse(beat.failing_since)
        self.assertEqual(beat.state, "good")

    def test_a_run_that_failed_is_no_good_run(self):
        beat = self._beat("line_day")
        before = beat.last_good = self.now - timedelta(minutes=30)

        def broken(lines):
            raise ValueError("broken")

        self.patch(self.registry["mvno.line"], "cron_day", broken)
        cron = self.env.ref("tip_mvno.ir_cron_line_day")
        action = cron.ir_actions_server_id.id
        self.env.flush_all()
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            # Odoo's assertRaises would roll back what is noted
            with suppress(ValueError), mute_logger("odoo.tools.safe_eval"):
                cron.with_env(self.env(cr=cr))._callback(cron.cron_name, action)
        self.env.invalidate_all()
        self.assertEqual(beat.last_good, before)
        self.assertTrue(beat.failing_since)
        self.assertEqual(beat.state, "failing")

    def test_other_addons_actions_are_not_noted(self):
        cron = self.env.ref("base.autovacuum_job")
        self.env["mvno.heartbeat"]._ensure()
        self.assertNotIn(cron, self.env["mvno.heartbeat"].search([]).cron_id)

    def test_an_action_is_red_after_two_intervals_and_a_little(self):
        beat = self._beat("process")
        window = timedelta(minutes=10) + SLACK
        beat.last_good = self.now - window + timedelta(minutes=1)
        self.assertEqual((beat.state, self._problems()), ("good", ""))
        beat.last_good = self.now - window - timedelta(minutes=1)
        self.assertEqual(beat.state, "missed")
        self.assertIn(beat.name, self._problems())
        self.assertIn("5 minutes", self._problems())

    def test_an_action_that_never_ran_has_the_same_time(self):
        beat = self._beat("process")
        beat.write({"last_good": False, "since": self.now})
        self.assertEqual((beat.state, self._problems()), ("waiting", ""))
        beat.since = self.now - timedelta(hours=1)
        self.assertEqual(beat.state, "missed")
        self.assertIn("never", self._problems())

    def test_an_action_switched_off_is_red(self):
        beat = self._beat("process")
        beat.cron_id.active = False
        self.assertEqual(beat.state, "off")
        self.assertIn(beat.name, self._problems())

    # === REQUESTS AND CALLS === #

    def test_requests_are_counted(self):
        for vals in (
            {"state": "pending"},
            {"state": "unknown", "unknown_since": "2026-10-02 00:00:00"},
            {"state": "unknown", "unknown_since": "2026-10-01 00:00:00"},
            {"state": "needs_decision"},
            {"state": "refused", "settled_at": self.now - timedelta(days=1)},
            {"state": "refused", "settled_at": self.now - timedelta(days=8)},
            {"state": "done", "settled_at": self.now},
        ):
            self._make_command(**vals)
        self.assertRecordValues(
            self.platform,
            [
                {
                    "open_command_count": 3,
                    "undecided_command_count": 1,
                    "failed_command_count": 1,
                    "oldest_unknown": fields.Datetime.to_datetime("2026-10-01"),
                }
            ],
        )

    def test_an_outcome_unclear_for_too_long_is_red(self):
        self.platform.settle_seconds = 900
        command = self._make_command(
            state="unknown", unknown_since=self.now - timedelta(hours=1)
        )
        self.assertFalse(self._problems())
        command.unknown_since -= timedelta(minutes=20)
        self.assertIn("unclear", self._problems())
        self.assertEqual(self.platform.unknown_minutes, 80)

    def test_calls_of_the_last_minute_and_hour_are_told(self):
        limits = self.env["mvno.rate.limit"]
        key = limits._key(self.platform.user_token)
        self.assertEqual(self.platform.calls_last_minute, 0)
        limits.create(
            {
                "key": key,
                "slots": 0,
                "refilled_at": self.now,
                "minute_at": self.now.replace(second=0),
                "minute_calls": 7,
                "minute_before": 0,
                "hour_at": self.now.replace(minute=0, second=0),
                "hour_calls": 40,
                "hour_before": 0,
            }
        )
        self.env.invalidate_all()
        self.assertEqual(self.platform.calls_last_hour, 40)
        self.assertIn(self.platform.calls_last_minute, range(8))

    def test_an_error_of_the_platform_is_red(self):
        self.platform.write({"state": "error", "last_error": "Token refused."})
        self.assertIn("Token refused.", self._problems())

    def test_a_comparison_that_is_not_made_is_red(self):
        self.platform.swept_at = self.now - timedelta(days=2, minutes=5)
        self.assertFalse(self._problems())
        self.platform.swept_at -= timedelta(minutes=10)
        self.assertIn("compared", self._problems())

    def test_a_new_platform_has_time_for_its_first_comparison(self):
        self.platform.swept_at = False
        self.assertFalse(self._problems())

    def test_a_platform_that_is_not_in_use_is_never_red(self):
        self.beats.write({"last_good": "2026-01-01"})
        self.assertTrue(self._problems())
        for vals in ({"state": "draft"}, {"state": "connected", "active": False}):
            self.platform.write(vals)
            self.assertFalse(self._problems())

    def test_ten_platforms_take_no_more_queries_than_two(self):
        def count(number):
            platforms = self.env["mvno.platform"]
            for index in range(number):
                platforms |= self._make_platform(
                    name=f"P{number}-{index}", state="connected", swept_at=self.now
                )
            names = ["is_healthy", "open_command_count", "calls_last_hour"]
            return self.count_queries(
                lambda: platforms.read([*names, "drift_count", "heartbeat_ids"])
            )

        count(1)
        self.assertEqual(count(10), count(2))

    # === TELLING === #

    def test_who_is_responsible_is_told_once_until_it_works_again(self):
        self.platform.user_id = self._make_user("responsible", "base.group_system")
        self.cron("health")
        self.assertFalse(self._activities())
        self._beat("process").last_good = "2026-01-01"
        self.cron("health")
        self.cron("health")
        self.env.invalidate_all()
        activity = self._activities()
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.user_id, self.platform.user_id)
        self.assertIn(self._beat("process").name, activity.note)
        self._beat("process").last_good = self.now
        self.cron("health")
        self.env.invalidate_all()
        self.assertFalse(self._activities())

    def test_the_activity_says_what_is_red_now(self):
        self._beat("process").last_good = "2026-01-01"
        self.cron("health")
        self._beat("process").last_good = self.now
        self._beat("sync").last_good = "2026-01-01"
        self.cron("health")
        self.env.invalidate_all()
        activity = self._activities()
        self.assertEqual(len(activity), 1)
        self.assertIn(self._beat("sync").name, activity.note)
        self.assertNotIn(self._beat("process").name, activity.note)

    def test_attendants_see_the_health(self):
        user = self._make_user("attendant of health", "tip_mvno.group_attendant")
        platform = self.platform.with_user(user)
        self.assertTrue(platform.is_healthy)
        self._beat("process").last_good = "2026-01-01"
        self.env.invalidate_all()
        self.assertIn(self._beat("process").name, platform.health_problems)
        self.assertEqual(platform.calls_last_hour, 0)
