# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.tests import BaseCase, tagged

from ...tools.business_days import after_business_days
from ..common import MvnoCase

FRIDAY = datetime(2026, 10, 2, 13)


class TestBusinessDays(BaseCase):
    def test_weekends_do_not_count(self):
        for days, expected in (
            (0, FRIDAY),
            (1, datetime(2026, 10, 5, 13)),
            (4, datetime(2026, 10, 8, 13)),
            (6, datetime(2026, 10, 12, 13)),
        ):
            with self.subTest(days):
                self.assertEqual(after_business_days(FRIDAY, days), expected)
        saturday = FRIDAY + timedelta(days=1)
        self.assertEqual(after_business_days(saturday, 1), datetime(2026, 10, 5, 13))


@tagged("post_install", "-at_install")
class TestMvnoPortabilityAlarm(MvnoCase):
    """A port-in that stands still, or fails, is put before a person."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.responsible = cls._make_user("responsible", "tip_mvno.group_manager")
        cls.attendant = cls._make_user("asker", "tip_mvno.group_attendant")
        cls.platform.user_id = cls.responsible
        with freeze_time(FRIDAY):
            cls.port_in = cls._make_port_in("+5511912340003")

    @classmethod
    def _make_port_in(cls, number, sent=True, state="active"):
        line = cls._make_line("draft")
        port_in = cls.env["mvno.portability"].with_user(cls.attendant)
        port_in = port_in.create({"line_id": line.id, "number": number}).sudo()
        line.write({"state": state, "number": f"+55119{line.id:08d}"})
        if sent:
            port_in._transition("send")
        return port_in

    def _alarm(self, moment):
        """:return: the port-ins' activities after the alarm was looked at"""
        with freeze_time(moment):
            self.env["mvno.portability"]._alarm_standing_still()
        return self.port_in.activity_ids

    def test_it_is_due_after_the_business_days_of_the_setting(self):
        self.assertEqual(self.port_in.alarm_due, datetime(2026, 10, 8, 13))
        self.platform.port_in_alarm_days = 1
        self.assertEqual(self.port_in.alarm_due, datetime(2026, 10, 5, 13))
        self.platform.port_in_alarm_days = 0
        self.assertFalse(self.port_in.alarm_due)

    def test_a_weekend_begins_by_the_local_clock(self):
        """Saturday 01:00 in UTC is still Friday evening in São Paulo."""
        with freeze_time("2026-10-03 01:00:00"):
            port_in = self._make_port_in("+5511912340004")
        self.assertEqual(port_in.alarm_due, datetime(2026, 10, 9, 1))

    def test_it_waits_for_its_window(self):
        self.port_in.window_start = datetime(2026, 10, 20, 12)
        with freeze_time(FRIDAY + timedelta(hours=1)):
            self.port_in._transition("window")
        self.assertEqual(self.port_in.alarm_due, datetime(2026, 10, 26, 12))

    def test_the_alarm_is_raised_once(self):
        self.assertFalse(self._alarm("2026-10-08 12:59:00"))
        activity = self._alarm("2026-10-08 13:01:00")
        self.assertEqual(activity.user_id, self.responsible)
        self.assertIn("stands still", activity.summary)
        # in local time
        self.assertIn("2026 at 10:00", activity.note)
        self.assertEqual(self._alarm("2026-10-20 13:00:00"), activity)

    def test_without_a_responsible_person_the_asker_is_told(self):
        self.platform.user_id = False
        self.assertEqual(self._alarm("2026-10-09 12:00:00").user_id, self.attendant)

    def test_progress_takes_the_alarm_back(self):
        self._alarm("2026-10-09 12:00:00")
        with freeze_time("2026-10-09 15:00:00"):
            self.port_in._transition("window")
        self.assertFalse(self.port_in.activity_ids)
        self.assertFalse(self.port_in.alarmed_at)
        self.assertEqual(self.port_in.alarm_due, datetime(2026, 10, 15, 15))
        self.assertTrue(self._alarm("2026-10-16 12:00:00"))

    def test_going_to_and_fro_is_no_progress(self):
        with freeze_time("2026-10-05 13:00:00"):
            self.port_in._transition("window")
        due = self.port_in.alarm_due
        for day in (6, 7, 8):
            with freeze_time(datetime(2026, 10, day, 13)):
                self.port_in._transition("send")
                self.port_in._transition("window")
        self.assertEqual(self.port_in.alarm_due, due)

    def test_what_ended_or_was_never_sent_does_not_stand_still(self):
        unsent = self._make_port_in("+5511912340005", sent=False, state="draft")
        self.port_in._transition("refuse")
        self.assertFalse((self.port_in | unsent).filtered("alarm_due"))

    def test_those_that_stand_still_are_found(self):
        model = self.env["mvno.portability"]
        with freeze_time("2026-10-09 12:00:00"):
            fresh = self._make_port_in("+5511912340006")
            both = [("id", "in", (self.port_in | fresh).ids)]
            late = model.search([("is_standing_still", "=", True), *both])
            in_time = model.search([("is_standing_still", "=", False), *both])
            self.assertTrue(self.port_in.is_standing_still)
        self.assertEqual((late, in_time), (self.port_in, fresh))

    def test_a_failure_is_put_before_who_asked(self):
        for event in ("conflict", "refuse"):
            self.port_in.activity_ids.unlink()
            self.port_in.refusal_kind = "data"
            self.port_in._transition(event)
            activity = self.port_in.activity_ids
            self.assertEqual(activity.user_id, self.attendant)
            self.assertIn("Correct and Send Again", activity.note)

    def test_who_left_is_replaced_by_the_responsible_person(self):
        self.attendant.write({"group_ids": [(3, self._group("attendant"))]})
        self.port_in._transition("refuse")
        self.assertEqual(self.port_in.activity_ids.user_id, self.responsible)

    def _group(self, name):
        return self.env.ref(f"tip_mvno.group_{name}").id

    def test_the_cron_raises_the_alarm(self):
        self.port_in.line_id.simcard_id.flush_recordset()
        self.platform.active = False
        with freeze_time("2026-10-09 12:00:00"):
            self.cron("poll_portabilities")
            self.assertFalse(self.port_in.activity_ids)
            self.platform.active = True
            self.port_in.checked_at = datetime(2026, 10, 9, 12)
            self.cron("poll_portabilities")
        self.assertTrue(self.port_in.activity_ids)
