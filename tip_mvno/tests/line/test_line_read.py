# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import (
    BLOCKED,
    CANCELLED,
    IN_USE,
    OTHER_CPF,
    PARTIAL,
    TOTAL,
    MvnoCase,
    broken,
)

READING = "odoo.addons.tip_mvno.models.platform.mvno_platform_client"


@tagged("post_install", "-at_install")
class TestMvnoLineRefresh(MvnoCase):
    """How a line comes to life, and how its state is read back."""

    # === COMING TO LIFE === #

    @freeze_time("2026-10-05 02:30:00")
    def test_service_begins_on_the_platforms_day(self):
        line = self._make_activating()
        self.sim_says(
            line.simcard_id, IN_USE, numero="11912345678", data_ativacao="03/10/2026"
        )
        line.action_refresh()
        self.assertEqual(
            (line.state, line.activation_date), ("active", date(2026, 10, 3))
        )
        contract_line = line.contract_line_id
        self.assertEqual(contract_line.date_start, date(2026, 10, 3))
        self.assertEqual(contract_line.commitment_end, date(2027, 10, 3))

    @freeze_time("2026-10-05 12:30:00")
    def test_a_day_that_cannot_be_is_not_when_service_begins(self):
        """Months since 1900 were billed; of the year 9999 no read came to an end."""
        for told, day in (
            ("1900-01-01", date(2026, 10, 4)),
            ("2026-10-01", date(2026, 10, 4)),
            ("2026-10-06", date(2026, 10, 4)),
            ("2999-12-31", date(2026, 10, 4)),
            ("9999-12-30", date(2026, 10, 4)),
            ("2026-10-02", date(2026, 10, 2)),
            ("2026-10-05", date(2026, 10, 5)),
        ):
            with self.subTest(told):
                self.forget_answers()
                line = self._make_activating()
                line.command_ids.write(
                    {
                        "sent_at": "2026-10-04 01:00:00",
                        "settled_at": "2026-10-04 12:00:00",
                    }
                )
                number = f"119{line.id:08}"[:11]
                self.sim_says(
                    line.simcard_id, IN_USE, numero=number, data_ativacao=told
                )
                line.action_refresh()
                self.assertEqual(
                    (
                        line.state,
                        line.activation_date,
                        line.contract_line_id.date_start,
                    ),
                    ("active", day, day),
                )
                said = "which cannot be" in "".join(line.message_ids.mapped("body"))
                self.assertEqual(said, str(day) != told)

    @freeze_time("2026-10-05 02:30:00")
    def test_service_begins_today_where_the_platform_is_when_it_tells_no_day(self):
        line = self._make_activating()
        self.sim_says(line.simcard_id, IN_USE, numero="11912345678")
        line.action_refresh()
        self.assertEqual(line.activation_date, date(2026, 10, 4))

    def test_a_contract_that_was_billed_keeps_its_start(self):
        line = self._make_activating()
        line.contract_line_id.write(
            {"date_start": "2026-08-10", "last_date_invoiced": "2026-08-31"}
        )
        self.sim_says(line.simcard_id, IN_USE, numero="11912345678")
        line.action_refresh()
        self.assertEqual(line.contract_line_id.date_start, date(2026, 8, 10))

    def test_a_contract_that_ends_first_does_not_keep_the_line_from_service(self):
        """Its start cannot lie behind its end: the whole reading used to fail."""
        line = self._make_activating()
        line.contract_line_id.write(
            {"date_start": "2026-08-10", "date_end": "2026-09-10"}
        )
        self.sim_says(
            line.simcard_id, IN_USE, numero="11912345678", data_ativacao="2026-10-03"
        )
        line.action_refresh()
        self.assertEqual(line.state, "active")
        self.assertEqual(line.contract_line_id.date_start, date(2026, 8, 10))

    def test_a_line_waits_for_its_number(self):
        line = self._make_activating()
        self.sim_says(line.simcard_id, IN_USE)
        line.action_refresh()
        self.assertEqual((line.state, line.platform_status), ("activating", IN_USE))
        self.assertTrue(line.checked_at)

    def test_a_line_blocked_from_the_start_comes_to_life_blocked(self):
        """It used to wait for its activation for ever."""
        for status, state, level in (
            (PARTIAL, "partially_blocked", "partial"),
            (TOTAL, "blocked", "total"),
            (BLOCKED, "blocked", "total"),
        ):
            with self.subTest(status):
                line = self._make_activating()
                number = f"119{line.id:08d}"
                self.sim_says(line.simcard_id, status, numero=number)
                line.action_refresh()
                self.assertEqual((line.state, line.hold_level), (state, level))
                self.assertTrue(line.activation_date)
                self.assertFalse(line.open_command_id)

    def test_a_hold_made_while_activating_blocks_once_in_service(self):
        line = self._make_activating()
        self.env["mvno.line.hold"].create({"line_id": line.id, "reason": "theft"})
        self.assertFalse(line.open_command_id)
        with self.assertRaisesRegex(UserError, "not in service"):
            line.action_block_total()
        self.sim_says(line.simcard_id, IN_USE, numero="11912345678")
        line.action_refresh()
        self.assertEqual(line.open_command_id.operation, "block_total")

    def test_a_refresh_never_takes_over_another_holders_line(self):
        """While the request was open or undecided it made their line this one's."""
        for state in ("pending", "sent", "unknown", "needs_decision"):
            with self.subTest(state):
                line = self._make_activating(state)
                self.sim_says(
                    line.simcard_id,
                    IN_USE,
                    cpf=OTHER_CPF,
                    numero="11912345678",
                    numero_contrato="77",
                )
                line.action_refresh()
                self.assertEqual(line.state, "activating")
                self.assertFalse(line.number or line.platform_contract)
                self.assertFalse(line.platform_status)
                self.assertIn("another holder", line.warning)

    def test_nonsense_of_the_platform_keeps_what_is_known(self):
        line = self._make_line("active")
        number = line.number
        line.platform_contract = "00123"
        for more in (
            {"numero": "000", "numero_contrato": ""},
            {"numero": None, "numero_contrato": None},
            {"numero": "+351 912 345 678", "numero_contrato": "99"},
        ):
            self.forget_answers()
            self.sim_says(line.simcard_id, IN_USE, **more)
            line.action_refresh()
            self.assertEqual((line.number, line.platform_contract), (number, "00123"))

    def test_a_line_cancelled_at_the_platform_is_a_persons_matter(self):
        line = self._make_line("active")
        self.sim_says(line.simcard_id, CANCELLED)
        line.action_refresh()
        self.assertEqual((line.state, line.simcard_id.state), ("active", "cancelled"))
        self.assertIn(CANCELLED, line.warning)
        self.assertFalse(line.command_ids)

    # === POLLING === #

    def test_lines_being_activated_are_polled_until_they_have_their_number(self):
        first, second = self._make_activating(), self._make_activating()
        not_accepted = self._make_activating("unknown")
        self.sim_says(first.simcard_id, IN_USE, numero="11912345678")
        self.sim_says(second.simcard_id, IN_USE)
        self.cron("poll_lines")
        states = (first | second | not_accepted).mapped("state")
        self.assertEqual(states, ["active", "activating", "activating"])
        self.assertEqual(len(self.asked()), 2)
        soon = fields.Datetime.now() + timedelta(minutes=4)
        self.assertTrue(any(at > soon for at in self.triggers("poll_lines")))

    @mute_logger(READING)
    def test_one_line_that_cannot_be_read_does_not_stop_the_others(self):
        """A platform without token, or a fault of ours, ended the whole run."""
        bad, unlucky, good = (self._make_activating() for _i in range(3))
        other = self._make_platform(name="Other", user_token=False)
        self.env.cr.execute(
            "UPDATE mvno_line SET platform_id = %s WHERE id = %s", [other.id, bad.id]
        )
        bad.invalidate_recordset()
        path = f"/estoque/{unlucky.simcard_id.iccid}"
        self.platform_says("GET", path, body=broken())
        self.sim_says(good.simcard_id, IN_USE, numero="11912345678")
        self.cron("poll_lines")
        self.assertEqual(good.state, "active")
        # the platform's own is over with the next answer
        self.assertTrue(other.last_error)
        self.assertFalse(self.platform.last_error)

    def test_a_wait_of_no_seconds_asked_for_by_the_platform_is_a_wait(self):
        """``Retry-After: 0`` used to end the cron with an AttributeError."""
        line = self._make_activating()
        path = f"/estoque/{line.simcard_id.iccid}"
        self.platform_says(
            "GET", path, body="", status=429, headers={"Retry-After": "0"}
        )
        self.cron("poll_lines")
        self.assertEqual(line.state, "activating")
        self.assertEqual(len(self.asked()), 1)

    def test_a_platform_that_is_busy_does_not_hold_up_the_others(self):
        """Its lines came first, and the run ended with them."""
        busy = self._make_activating()
        other = self._make_platform(name="Other", user_token="another")
        free = self._make_activating()
        (free.simcard_id | busy.simcard_id).flush_recordset()
        self.env.cr.execute(
            "UPDATE mvno_line SET platform_id = %s WHERE id = %s", [other.id, free.id]
        )
        free.invalidate_recordset()
        path = f"/estoque/{busy.simcard_id.iccid}"
        self.platform_says("GET", path, body="", status=429)
        self.sim_says(free.simcard_id, IN_USE, numero="11912345678")
        self.cron("poll_lines")
        self.assertEqual((busy.state, free.state), ("activating", "active"))
