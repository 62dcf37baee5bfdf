# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import json
from datetime import date, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import (
    AVAILABLE,
    BLOCKED,
    CANCELLED,
    IN_USE,
    OTHER_CPF,
    PARTIAL,
    TOTAL,
    MvnoCase,
    broken,
    unreachable,
)

ACTIVATION = "odoo.addons.tip_mvno.models.mvno_line_activation"


@tagged("post_install", "-at_install")
class TestMvnoLineActivation(MvnoCase):
    """How a line comes to life, and how its state is read back."""

    def _activating(self, state="done", **vals):
        """:return: a line whose activation the platform accepted, or not yet"""
        line = self._make_line(**vals)
        line.state = "activating"
        self._make_command(line, "activate", state)
        return line

    def _activate(self, line, **answer):
        self.sim_says(line.simcard_id, AVAILABLE)
        line.action_activate()
        self.forget_answers()
        self.write_says(line.simcard_id, "ativar", **answer)
        self.sim_says(line.simcard_id, IN_USE)

    # === ASKING === #

    def test_an_activation_is_recorded_then_sent(self):
        line = self._make_line()
        self._activate(line)
        self.assertEqual(line.state, "activating")
        command = line.open_command_id
        self.assertEqual((command.operation, command.plan_id), ("activate", self.plan))
        self.assertFalse(self.asked("ativar"))
        self.process(command)
        self.assertEqual((command.state, line.simcard_id.state), ("done", "in_use"))

    def test_a_second_click_finds_the_open_request(self):
        line = self._make_line()
        self._activate(line)
        self.assertTrue(line.action_activate())
        self.assertEqual(len(line.command_ids), 1)

    def test_a_line_in_service_is_not_activated_again(self):
        with self.assertRaisesRegex(UserError, "is Active"):
            self._make_line("active").action_activate()

    def test_several_lines_are_asked_for_together(self):
        lines = self._make_line() | self._make_line() | self._activating("pending")
        for line in lines:
            self.sim_says(line.simcard_id, AVAILABLE)
        lines.action_activate()
        self.assertEqual(set(lines.mapped("state")), {"activating"})
        self.assertEqual(len(lines.command_ids), 3)

    def test_the_platform_is_told_who_where_and_what(self):
        line = self._make_line(
            portability_ids=[(0, 0, {"number": "+5511912340003", "donor": "Outra"})]
        )
        self._activate(line)
        self.process(line.open_command_id)
        told = json.loads(self.web.calls[-2].request.body)
        self.assertEqual(
            told,
            {
                "person_type": "F",
                "person_name": "Maria Exemplo",
                "document_number": "52998224725",
                "phone_number": "11987654321",
                "date_of_birth": "20/05/1990",
                "type_of_street": "Rua",
                "address": "das Flores",
                "address_number": "123",
                "neighborhood": "Centro",
                "state": "SP",
                "city_code": "3550308",
                "postcode": "01310100",
                "plan_code": "0101",
                "portability": True,
                "cn_contract_line": "11",
                "contract_line": "11912340003",
            },
        )
        self.assertTrue(line.portability_id.sent_at)

    # === PROBLEMS === #

    def test_all_problems_are_listed_at_once_and_nothing_is_sent(self):
        partner = self._make_partner(name="João Exemplo", zip=False, birthdate_date="")
        contract = self._make_contract(partner=partner)
        line = self._make_line(contract_line=contract.contract_line_ids)
        line.simcard_id.state = "in_use"
        other = self._make_line(contract_line=None, simcard_id=False)
        other.contract_line_ids.mvno_line_id = False
        with self.assertRaises(UserError) as caught:
            (line | other).action_activate()
        for words in ("CEP", "CPF", "birth date", "is not available", "contract line"):
            self.assertIn(words, str(caught.exception))
        self.assertIn("choose a SIM card", str(caught.exception))
        self.assertFalse(self.asked())
        self.assertEqual((line | other).mapped("state"), ["draft"] * 2)

    def test_problems_name_the_record_and_field_to_correct(self):
        partner = self._make_partner(name="João Exemplo", vat=OTHER_CPF, zip=False)
        contract = self._make_contract(partner=partner)
        line = self._make_line(contract_line=contract.contract_line_ids)
        line.simcard_id.state = "cancelled"
        self.plan.active = False
        where = [(record, name) for record, name, _s in line._activation_problems()]
        template = self.product.product_tmpl_id
        self.assertEqual(
            where,
            [
                (partner, "zip"),
                (template, "mvno_plan_id"),
                (line.simcard_id, "state"),
            ],
        )

    def test_a_number_of_another_area_is_a_problem(self):
        line = self._make_line(portability_ids=[(0, 0, {"number": "+5521912340003"})])
        ((record, name, sentence),) = line._activation_problems()
        self.assertEqual((record, name), (line.portability_id, "number"))
        self.assertIn("(21) 91234-0003", sentence)

    def test_a_simcard_taken_meanwhile_is_found_before_anything_is_sent(self):
        line = self._make_line()
        self.sim_says(line.simcard_id, IN_USE)
        with self.assertRaisesRegex(UserError, "not available .EM USO."):
            line.action_activate()
        self.assertEqual((line.state, len(line.command_ids)), ("draft", 0))

    def test_a_platform_that_does_not_answer_is_named(self):
        for answer, words in (
            ({"body": unreachable()}, "could not be reached"),
            ({"body": broken()}, "does not answer properly"),
            ({"body": "", "status": 401}, "refused the token"),
            ({"body": "", "status": 429}, "asks to wait 60 seconds"),
            ({"json": {"message": "?"}, "status": 404}, "does not know this SIM card"),
        ):
            with self.subTest(words):
                line = self._make_line()
                path = f"/estoque/{line.simcard_id.iccid}"
                self.platform_says("GET", path, **answer)
                with self.assertRaisesRegex(UserError, words):
                    line.action_activate()
                self.assertEqual(line.state, "draft")

    def test_many_lines_are_checked_without_asking_the_platform(self):
        lines = self.env["mvno.line"].union(*(self._make_line() for _i in range(4)))
        lines.action_activate()
        self.assertFalse(self.asked())
        self.assertEqual(set(lines.mapped("state")), {"activating"})

    # === COMING TO LIFE === #

    @freeze_time("2026-10-05 02:30:00")
    def test_service_begins_on_the_platforms_day(self):
        line = self._activating()
        self.sim_says(
            line.simcard_id, IN_USE, numero="11912345678", data_ativacao="03/10/2026"
        )
        line.action_refresh()
        self.assertEqual((line.state, line.activation_date), ("active", date(2026, 10, 3)))
        contract_line = line.contract_line_id
        self.assertEqual(contract_line.date_start, date(2026, 10, 3))
        self.assertEqual(contract_line.commitment_end, date(2027, 10, 3))

    @freeze_time("2026-10-05 02:30:00")
    def test_service_begins_today_where_the_platform_is_when_it_tells_no_day(self):
        line = self._activating()
        self.sim_says(line.simcard_id, IN_USE, numero="11912345678")
        line.action_refresh()
        self.assertEqual(line.activation_date, date(2026, 10, 4))

    def test_a_contract_that_was_billed_keeps_its_start(self):
        line = self._activating()
        line.contract_line_id.write(
            {"date_start": "2026-08-10", "last_date_invoiced": "2026-08-31"}
        )
        self.sim_says(line.simcard_id, IN_USE, numero="11912345678")
        line.action_refresh()
        self.assertEqual(line.contract_line_id.date_start, date(2026, 8, 10))

    def test_a_contract_that_ends_first_does_not_keep_the_line_from_service(self):
        """Its start cannot lie behind its end: the whole reading used to fail."""
        line = self._activating()
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
        line = self._activating()
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
                line = self._activating()
                number = f"119{line.id:08d}"
                self.sim_says(line.simcard_id, status, numero=number)
                line.action_refresh()
                self.assertEqual((line.state, line.hold_level), (state, level))
                self.assertTrue(line.activation_date)
                self.assertFalse(line.open_command_id)

    def test_a_hold_made_while_activating_blocks_once_in_service(self):
        line = self._activating()
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
                line = self._activating(state)
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
                self.assertEqual(line.platform_status, IN_USE)

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
        first, second = self._activating(), self._activating()
        not_accepted = self._activating("unknown")
        self.sim_says(first.simcard_id, IN_USE, numero="11912345678")
        self.sim_says(second.simcard_id, IN_USE)
        self.cron("poll_lines")
        states = (first | second | not_accepted).mapped("state")
        self.assertEqual(states, ["active", "activating", "activating"])
        self.assertEqual(len(self.asked()), 2)
        soon = fields.Datetime.now() + timedelta(minutes=4)
        self.assertTrue(any(at > soon for at in self.triggers("poll_lines")))

    @mute_logger(ACTIVATION)
    def test_one_line_that_cannot_be_read_does_not_stop_the_others(self):
        """A platform without token, or a fault of ours, ended the whole run."""
        bad, unlucky, good = (self._activating() for _i in range(3))
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
        self.assertIn("does not answer", self.platform.last_error)

    def test_a_wait_of_no_seconds_asked_for_by_the_platform_is_a_wait(self):
        """``Retry-After: 0`` used to end the cron with an AttributeError."""
        line = self._activating()
        path = f"/estoque/{line.simcard_id.iccid}"
        self.platform_says("GET", path, body="", status=429, headers={"Retry-After": "0"})
        self.cron("poll_lines")
        self.assertEqual(line.state, "activating")
        self.assertEqual(len(self.asked()), 1)
