# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..common import (
    AVAILABLE,
    IN_USE,
    OTHER_CPF,
    TOTAL,
    MvnoCase,
    broken,
    unreachable,
)


@tagged("post_install", "-at_install")
class TestMvnoLineActivation(MvnoCase):
    """What an activation asks of the records, and of the platform."""

    def _activate(self, line, **answer):
        line.action_activate()
        self.sim_says(line.simcard_id, AVAILABLE)
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
        lines = self._make_line() | self._make_line() | self._make_activating("pending")
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
        line.action_activate()
        self.sim_says(line.simcard_id, IN_USE)
        self.process(line.command_ids)
        self.assertEqual((line.state, line.command_ids.state), ("draft", "refused"))
        self.assertRegex(line.command_ids.error, "not available .EM USO.")
        self.assertFalse(self.asked("ativar"))

    def test_another_holders_simcard_is_not_given_back_to_the_stock(self):
        line = self._make_line()
        line.action_activate()
        self.sim_says(line.simcard_id, IN_USE, cpf=OTHER_CPF)
        self.process(line.command_ids)
        self.assertEqual((line.state, line.command_ids.state), ("draft", "refused"))
        self.assertEqual(line.simcard_id.state, "in_use")

    def test_answers_about_another_simcard_end_the_check(self):
        line = self._make_line()
        line.action_activate()
        for _read in range(10):
            self.forget_answers()
            self.sim_says(line.simcard_id, AVAILABLE, iccid="8955999999999999999")
            line.command_ids.next_attempt = fields.Datetime.now()
            self.process(line.command_ids)
            if line.command_ids.state != "pending":
                break
        self.assertEqual((line.state, line.command_ids.state), ("draft", "refused"))
        self.assertIn("another SIM card", line.command_ids.error)
        self.assertEqual(line.foreign_answer, "simcard")
        self.assertFalse(self.asked("ativar"))

    def test_a_platform_that_does_not_answer_is_named(self):
        """The click used to be refused, and the person to press it again."""
        for answer, words in (
            ({"body": unreachable()}, "could not be reached"),
            ({"body": broken()}, "does not answer whether SIM card"),
            ({"body": "", "status": 401}, "refused the token"),
            ({"body": "", "status": 429}, "asks to wait 60 seconds"),
        ):
            with self.subTest(words):
                line = self._make_line()
                line.action_activate()
                path = f"/estoque/{line.simcard_id.iccid}"
                self.platform_says("GET", path, **answer)
                self.process(line.command_ids)
                self.assertIn(words, line.command_ids.error)
                self.assertGreater(line.command_ids.next_attempt, fields.Datetime.now())
                self.assertEqual(
                    (line.state, line.command_ids.state), ("activating", "pending")
                )

    def test_a_simcard_the_platform_does_not_know_is_refused(self):
        line = self._make_line()
        line.action_activate()
        path = f"/estoque/{line.simcard_id.iccid}"
        self.platform_says("GET", path, {"message": "?"}, status=404)
        self.process(line.command_ids)
        self.assertEqual((line.state, line.command_ids.state), ("draft", "refused"))
        self.assertIn("does not know this SIM card", line.command_ids.error)

    def test_many_lines_are_checked_without_asking_the_platform(self):
        lines = self.env["mvno.line"].union(*(self._make_line() for _i in range(4)))
        lines.action_activate()
        self.assertFalse(self.asked())
        self.assertEqual(set(lines.mapped("state")), {"activating"})

    def test_the_customer_registered_is_the_one_who_pays(self):
        """A draft could be given to somebody else while the contract stayed."""
        line = self._make_line()
        other = self._make_partner(name="João Exemplo", vat=OTHER_CPF)
        line.partner_id = other
        ((record, name, sentence),) = line._activation_problems()
        self.assertEqual((record, name), (line, "partner_id"))
        self.assertIn("João Exemplo", sentence)
        self.assertIn("Maria Exemplo", sentence)
        contact = self.env["res.partner"].create(
            {"name": "Contato", "parent_id": self.partner.id}
        )
        line.partner_id = contact
        self.assertFalse(line._contract_problems())

    def test_a_contract_that_has_ended_pays_for_nothing(self):
        ended, archived = self._make_line(), self._make_line()
        ended.contract_line_id.write(
            {"date_start": "2026-01-01", "date_end": "2026-02-28"}
        )
        archived.contract_id.active = False
        for line in ended | archived:
            ((record, name, sentence),) = line._activation_problems()
            self.assertEqual((record, name), (line.contract_line_id, "date_end"))
            self.assertIn("has ended", sentence)

    def test_many_lines_cost_few_queries_each(self):
        lines = [self._make_line() for _line in range(24)]
        few = self.env["mvno.line"].union(*lines[:4])
        many = self.env["mvno.line"].union(*lines[4:])
        grown = self.count_queries(many.action_activate) - self.count_queries(
            few.action_activate
        )
        self.assertLessEqual(grown, 16 * 4)

    def test_several_lines_are_read_by_the_cron(self):
        lines = self._make_line("active") | self._make_line("active")
        told = lines.action_refresh()["params"]["message"]
        self.assertIn("goes on by itself", told)
        self.assertFalse(self.asked())
        for line in lines:
            self.sim_says(line.simcard_id, TOTAL)
        self.cron("poll_lines")
        self.assertEqual(lines.mapped("state"), ["blocked"] * 2)
        self.assertFalse(any(lines.simcard_id.mapped("read_asked_at")))

    def test_what_is_asked_of_a_silent_platform_is_given_up_after_an_hour(self):
        line = self._make_line("active")
        simcard = line.simcard_id
        simcard._read_by_cron()
        path = f"/estoque/{simcard.iccid}"
        self.platform_says("GET", path, body=broken())
        self.cron("poll_lines")
        self.assertTrue(simcard.read_asked_at)
        simcard.read_asked_at -= timedelta(minutes=61)
        self.cron("poll_lines")
        self.assertFalse(simcard.read_asked_at)
        self.assertEqual(len(self.asked()), 1)

    def test_what_the_platform_refuses_to_tell_is_not_asked_again(self):
        simcard = self._make_simcards()
        simcard._read_by_cron()
        path = f"/estoque/{simcard.iccid}"
        self.platform_says("GET", path, {"message": "?"}, status=404)
        self.cron("poll_lines")
        self.assertFalse(simcard.read_asked_at)
