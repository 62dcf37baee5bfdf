# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..common import MvnoCase


@tagged("post_install", "-at_install")
class TestPortInEnd(MvnoCase):
    """The day on which a port-in ended, where the platform is."""

    def setUp(self):
        super().setUp()
        self.port_in = self.env["mvno.portability"].create(
            {"line_id": self._make_line("active").id, "number": "+5511912340003"}
        )
        self.port_in._transition("send")

    def test_one_under_way_has_not_ended_nor_has_a_conflict(self):
        for event in ("window", "conflict", "send"):
            self.port_in._transition(event)
            self.assertFalse(self.port_in.ended_on)

    def test_a_number_moves_in_its_window_whenever_that_is_read(self):
        self.port_in.write(
            {
                "window_start": "2026-11-13 01:30:00",
                "checked_at": "2026-11-15 12:00:00",
            }
        )
        self.port_in._transition("finish")
        self.assertEqual(self.port_in.ended_on, date(2026, 11, 12))

    def test_a_refusal_ends_it_when_it_is_read_for_the_first_time(self):
        self.port_in.write(
            {
                "window_start": "2026-11-13 01:30:00",
                "checked_at": "2026-11-15 12:00:00",
            }
        )
        self.port_in._transition("refuse")
        self.assertEqual(self.port_in.ended_on, date(2026, 11, 15))
        self.env.flush_all()
        self.port_in.checked_at = "2026-11-20 12:00:00"
        self.env.flush_all()
        self.assertEqual(self.port_in.ended_on, date(2026, 11, 15))

    def test_nobody_types_it_in(self):
        manager = self._make_user("manager", "tip_mvno.group_manager")
        with self.assertRaises(AccessError):
            self.port_in.with_user(manager).ended_on = "2026-11-15"
