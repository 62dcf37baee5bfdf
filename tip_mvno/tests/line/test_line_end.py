# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tests import Form, tagged
from odoo.tools import format_date, mute_logger

from ...models.command.mvno_command_settle import READS_BEFORE_ASKING
from ..common import NO, broken
from ..plan_common import PlanCase


@tagged("post_install", "-at_install")
class TestMvnoLineEnd(PlanCase):
    """A line's end: the platform first, then line, contract line and SIM card."""

    def test_a_cancelled_line_ends_with_its_contract_line_and_simcard(self):
        self.at("2026-11-12")
        self.line.action_cancel("customer")
        self.assertEqual(self.line.state, "active")
        self.accept("cancelar")
        self.process()
        self.assertEqual(self.line.state, "cancelled")
        self.assertEqual(self.line.cancellation_date, date(2026, 11, 12))
        self.assertEqual(self.line.cancellation_reason, "customer")
        self.assertEqual(self.line.simcard_id.state, "cancelled")
        self.assertEqual(self.contract_line.date_end, date(2026, 11, 12))
        self.assertIn("Cancel the line", self.line.transition_ids[0].reason)

    def test_who_asked_is_on_record(self):
        attendant = self._make_user("ana", "tip_mvno.group_attendant")
        self.line.with_user(attendant).action_cancel("customer")
        self.accept("cancelar")
        self.process()
        self.assertEqual(self.line.transition_ids[0].user_id, attendant)
        self.assertEqual(self.line.transition_ids[0].state_to, "cancelled")

    def test_a_refused_cancellation_leaves_the_line_in_service(self):
        self.line.action_cancel("customer")
        self.accept("cancelar", json=NO)
        self.process()
        self.assertEqual(self.line.state, "active")
        self.assertFalse(self.contract_line.date_end)
        self.assertIn(NO["msg_usuario"], self.line.activity_ids.note)

    def test_a_lost_answer_is_settled_by_the_platforms_state(self):
        # one senseless answer may be a slip: a person is asked at the third
        senseless = ["unknown"] * (READS_BEFORE_ASKING - 1) + ["needs_decision"]
        for status, states in (
            ("CANCELADO", ["done"]),
            ("EM USO", ["pending"]),
            ("BLOQUEADO", ["pending"]),
            ("DISPONÍVEL", senseless),
        ):
            with self.subTest(status):
                line = self._make_line("active")
                line.action_cancel("fraud")
                self.write_says(line.simcard_id, "cancelar", body=broken())
                self.process(line.command_ids)
                self._time_passes(line.command_ids)
                for state in states:
                    self._read(line.command_ids, status)
                    self.assertEqual(line.command_ids.state, state)
                self.assertEqual(line.state == "cancelled", state == "done")

    def test_a_second_click_finds_the_open_request(self):
        self.line.action_cancel("customer")
        self.line.action_cancel("customer")
        self.assertEqual(len(self.line.command_ids), 1)

    def test_an_open_port_in_ends_with_the_line(self):
        port_in = self.env["mvno.portability"].create(
            {"line_id": self.line.id, "number": "+5511912345678"}
        )
        self.line._on_cancelled("customer", date(2026, 11, 12))
        self.assertEqual(port_in.state, "cancelled")

    def test_a_month_invoiced_already_ends_with_what_is_invoiced(self):
        """The line has ended before: billing gives back what is too much."""
        self.contract_line.last_date_invoiced = "2026-11-30"
        self.line._on_cancelled("customer", date(2026, 11, 12))
        self.assertEqual(self.line.state, "cancelled")
        self.assertEqual(self.contract_line.date_end, date(2026, 11, 30))
        self.assertFalse(self.line.activity_ids)

    def test_an_invoiced_contract_line_that_would_begin_later_is_put_before_a_person(
        self,
    ):
        self.contract_line.write(
            {"date_start": "2026-11-20", "last_date_invoiced": "2026-11-30"}
        )
        self.line._on_cancelled("customer", date(2026, 11, 12))
        self.assertEqual(self.line.state, "cancelled")
        self.assertIn("is invoiced up to", self.line.activity_ids.note)

    def test_a_line_ends_once(self):
        self.line._on_cancelled("port_out", date(2026, 11, 12))
        self.line._on_cancelled("customer", date(2026, 11, 20))
        self.assertEqual(self.line.cancellation_reason, "port_out")
        self.assertEqual(self.contract_line.date_end, date(2026, 11, 12))

    def test_a_cancelled_line_has_a_date_in_the_database(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.cr.savepoint(),
        ):
            self.line.state = "cancelled"
            self.line.flush_recordset()

    def test_the_dialog_tells_of_the_commitment(self):
        self.at("2026-11-12")
        dialog = Form(
            self.env["mvno.cancel"].with_context(
                active_model="mvno.line", active_ids=self.line.ids
            )
        )
        self.assertIn(format_date(self.env, "2027-01-10"), dialog.commitment)
        dialog.understood = True
        dialog.save().action_cancel_lines()
        self.assertEqual(self.line.open_command_id.operation, "cancel")

    def test_a_line_not_in_service_cannot_be_cancelled(self):
        with self.assertRaisesRegex(UserError, "for lines in service only"):
            self._make_line().action_cancel("customer")
        with self.assertRaisesRegex(UserError, "no reason to cancel"):
            self.line.action_cancel("boredom")

    def test_each_request_has_a_protocol_of_its_own(self):
        other = self._make_line("active")
        (self.line | other).action_cancel("customer")
        protocols = (self.line | other).command_ids.mapped("protocol")
        self.assertEqual(len(set(protocols)), 2)
        for protocol in protocols:
            self.assertRegex(protocol, r"^20\d{14}$")

    def test_a_line_that_ended_gives_up_what_was_asked_for_it(self):
        for operation, state in (("change_plan", "pending"), ("unblock", "unknown")):
            line = self._make_line("active")
            wish = {"plan_id": self.other_plan.id, "product_id": self.other.id}
            command = self._make_command(line, operation, state, **wish)
            line._on_cancelled("platform", self.platform._today())
            self.assertEqual(command.state, "cancelled", operation)

    def test_a_lost_top_up_of_a_line_that_ended_stays_to_be_decided(self):
        command = self._make_command(self.line, "top_up", "unknown", quantity=1)
        self.line._on_cancelled("platform", self.platform._today())
        self.assertEqual(command.state, "unknown")
