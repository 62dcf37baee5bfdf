# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta
from unittest.mock import patch

from odoo.sql_db import Cursor
from odoo.tests import freeze_time, tagged
from odoo.tests.test_cursor import TestCursor

from ..common import IN_USE, MvnoCase


@tagged("post_install", "-at_install")
class TestPlatformClock(MvnoCase):
    """Hosts whose clocks differ agree about what is due by the database's clock."""

    def setUp(self):
        super().setUp()
        self.env.cr.execute("SELECT now() AT TIME ZONE 'UTC'")
        (self.now,) = self.env.cr.fetchone()
        for cursor in Cursor, TestCursor:
            self.startPatcher(patch.object(cursor, "now", lambda _cr: self.now))

    def on_host(self, **apart):
        """:return: context in which this host's clock is that far ahead"""
        return freeze_time(self.now + timedelta(**apart))

    def test_what_one_host_asks_to_be_read_another_reads_at_once(self):
        for asking, reading in ((1, 0), (0, -1)):
            with self.subTest(asking=asking, reading=reading):
                self.forget_answers()
                self.platform_says("GET", "/planos", {"data": []})
                with self.on_host(hours=asking):
                    self.env["mvno.sync"]._request(self.platform, "plans")
                with self.on_host(hours=reading):
                    self.cron("sync")
                sync = self.platform.sync_ids
                self.assertEqual(sync.state, "done")
                self.assertLessEqual(sync.finished_at, self.now)

    def test_a_host_ahead_does_not_try_again_at_once(self):
        self.env["mvno.sync"]._request(self.platform, "plans")
        self.platform_says("GET", "/planos", {"body": "", "status": 500})
        self.cron("sync")
        with self.on_host(hours=1):
            self.cron("sync")
        self.assertEqual(len(self.asked()), 1)

    def test_an_existing_base_is_read_at_once(self):
        self.platform_says("GET", "/assinantes/listar", {"results": []})
        with self.on_host(hours=1):
            adoption = self.env["mvno.adoption"].create(
                {"platform_id": self.platform.id}
            )
        self.cron("sync")
        self.assertEqual(adoption.state, "review")

    def test_a_host_ahead_does_not_give_up_what_was_just_asked_for(self):
        simcard = self._make_line("active").simcard_id
        simcard._read_by_cron()
        self.sim_says(simcard, IN_USE)
        with self.on_host(hours=2):
            self.cron("poll_lines")
        self.assertFalse(simcard.read_asked_at)
        self.assertEqual(simcard.platform_status, IN_USE)

    def test_a_host_ahead_does_not_read_a_port_in_twice(self):
        port_in = self.env["mvno.portability"].create(
            {"line_id": self._make_line("active").id, "number": "+5511988887777"}
        )
        port_in.write({"sent_at": self.now, "checked_at": self.now})
        with self.on_host(hours=1):
            self.assertNotIn(port_in, port_in.search(port_in._domain_to_poll()))

    def test_a_reservation_does_not_end_early_on_a_host_ahead(self):
        [simcard] = self._make_simcards(state="reserved")
        simcard.reserved_until = self.now + timedelta(minutes=30)
        with self.on_host(hours=1):
            self.assertFalse(simcard.search(simcard._expired_domain()))
