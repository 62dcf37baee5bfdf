# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta
from unittest.mock import patch

from odoo.sql_db import Cursor
from odoo.tests import freeze_time, tagged
from odoo.tests.test_cursor import TestCursor

from ..common import BASE_URL, YES, SettleCase


@tagged("post_install", "-at_install")
class TestCommandClock(SettleCase):
    """Hosts whose clocks differ agree about requests by the database's clock."""

    def setUp(self):
        super().setUp()
        self.env.cr.execute("SELECT now() AT TIME ZONE 'UTC'")
        (self.now,) = self.env.cr.fetchone()
        for cursor in Cursor, TestCursor:
            self.startPatcher(patch.object(cursor, "now", lambda _cr: self.now))

    def on_host(self, **apart):
        """:return: context in which this host's clock is that far ahead"""
        return freeze_time(self.now + timedelta(**apart))

    def test_a_host_ahead_does_not_take_a_request_under_way_for_lost(self):
        command = self._make_block()
        command.write({"state": "sent", "attempts": 1, "sent_at": self.now})
        with self.on_host(minutes=20):
            self.assertEqual(self.process(), 0)
        self.assertEqual((command.state, command.attempts), ("sent", 1))

    def test_a_host_ahead_does_not_send_again_at_once(self):
        command = self._send({"body": "", "status": 429})
        self.write_says(command.simcard_id, "bloquear/total", YES)
        with self.on_host(minutes=20):
            self.assertEqual(self.process(), 0)
        self.assertEqual(command.state, "pending")

    def test_a_host_behind_sends_a_theft_at_once(self):
        theft = self._make_block(reason="theft")
        self.write_says(theft.simcard_id, "bloquear/total", YES)
        with self.on_host(hours=-1):
            self.assertEqual(self.process(), 1)
        self.assertEqual((theft.state, theft.sent_at), ("done", self._second()))

    def test_what_a_host_ahead_asks_for_is_due_at_once(self):
        with self.on_host(hours=1):
            theft = self._make_block(reason="theft")
        self.assertLessEqual(theft.next_attempt, self.now)
        self.assertIn(self._second(), self.triggers("process"))

    def _second(self):
        return self.now.replace(microsecond=0)

    # === A NEW TOKEN OR ADDRESS === #

    def test_a_new_token_or_address_wakes_what_waited_for_it(self):
        for vals in ({"user_token": "new"}, {"base_url": BASE_URL + "/"}):
            with self.subTest(vals):
                self.forget_answers()
                command = self._send({"body": "", "status": 401})
                self.assertGreater(command.next_attempt, self.now)
                self.platform.write(vals)
                self.assertLessEqual(command.next_attempt, self.now)
                self.forget_answers()
                self.write_says(command.simcard_id, "bloquear/total", YES)
                self.process()
                self.assertEqual(command.state, "done")

    def test_a_new_name_wakes_nothing(self):
        command = self._send({"body": "", "status": 401})
        waits = command.next_attempt
        self.platform.name = "Other"
        self.assertEqual(command.next_attempt, waits)
