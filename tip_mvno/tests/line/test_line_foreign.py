# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import tagged

from ..common import IN_USE, MARIA_CPF, OTHER_CPF, TOTAL, MvnoCase

NUMBER = "11912345678"
OTHER_ICCID = "8955999999999999999"


@tagged("post_install", "-at_install")
class TestLineForeign(MvnoCase):
    """What the platform tells of another line is not taken over, and the line says
    so."""

    def _live_line(self):
        line = self._make_line("active")
        line.platform_contract = f"{line.id:09d}"
        return line

    def _refresh(self, line, status=IN_USE, **more):
        self.forget_answers()
        self.sim_says(line.simcard_id, status, **more)
        line.action_refresh()

    def _is_as(self, line):
        return (
            line.state,
            line.number,
            line.platform_contract,
            line.platform_status,
            line.checked_at,
            line.simcard_id.platform_status,
        )

    def test_nothing_is_taken_of_another_contract_or_holder(self):
        line = self._live_line()
        before = self._is_as(line)
        for words, told in (
            ("contract 000999", {"numero_contrato": "000999", "cpf": MARIA_CPF}),
            ("another holder", {"cpf": OTHER_CPF}),
        ):
            with self.subTest(words):
                self._refresh(line, TOTAL, numero=NUMBER, **told)
                self.assertEqual(self._is_as(line), before)
                self.assertIn(words, line.warning)
                self.assertNotIn("111.444", line.warning)
                self.assertFalse(line.hold_ids)

    def test_nothing_is_taken_of_a_contract_that_another_line_has(self):
        other, line = self._live_line(), self._make_line("active")
        before = self._is_as(line)
        self._refresh(line, numero=NUMBER, numero_contrato=other.platform_contract)
        self.assertEqual(self._is_as(line), before)
        self.assertIn(other.platform_contract, line.warning)

    def test_the_sim_card_of_a_line_is_not_what_another_lines_is(self):
        line = self._live_line()
        before = self._is_as(line)
        self.sim_says(line.simcard_id, "CANCELADO", numero_contrato="000999")
        line.simcard_id.action_refresh()
        self.assertEqual(self._is_as(line), before)
        self.assertEqual(line.simcard_id.state, "in_use")
        self.assertIn("contract 000999", line.warning)

    def test_what_lost_or_got_zeros_on_its_way_is_the_same(self):
        line = self._live_line()
        for told in (
            {"numero_contrato": int(line.platform_contract)},
            {"cpf": f"000{MARIA_CPF}"},
            {"cpf": "***.982.247-**"},
        ):
            with self.subTest(told):
                self._refresh(line, **told)
                self.assertFalse(line.foreign_answer)
        self._refresh(line, cpf=f"000{OTHER_CPF}")
        self.assertEqual(line.foreign_answer, "holder")

    def test_a_document_shown_in_part_says_nothing(self):
        line = self._live_line()
        self._refresh(line, cpf="***.982.247-**", numero=NUMBER)
        self.assertEqual(line.number, f"+55{NUMBER}")

    def test_a_good_answer_takes_the_warning_back(self):
        line = self._live_line()
        self._refresh(line, cpf=OTHER_CPF)
        self.assertTrue(line.warning)
        self._refresh(line, cpf=MARIA_CPF)
        self.assertFalse(line.warning)
        self.assertEqual(line.platform_status, IN_USE)

    def test_six_lines_do_not_end_with_one_number(self):
        lines = [self._live_line() for _index in range(6)]
        numbers = [line.number for line in lines]
        for line in lines:
            self._refresh(line, numero=NUMBER)
        self.assertEqual(
            [line.number for line in lines], [f"+55{NUMBER}", *numbers[1:]]
        )
        self.assertFalse(lines[0].warning)
        for line in lines[1:]:
            self.assertIn("(11) 91234-5678", line.warning)

    def test_a_number_is_taken_when_the_other_line_is_gone(self):
        first, second = self._live_line(), self._live_line()
        self._refresh(first, numero=NUMBER)
        self._refresh(second, numero=NUMBER)
        first._on_cancelled("customer", self.platform._today())
        self._refresh(second, numero=NUMBER)
        self.assertEqual(second.number, f"+55{NUMBER}")
        self.assertFalse(second.warning)

    def test_an_activation_does_not_begin_with_another_lines_number(self):
        other, line = self._live_line(), self._make_line()
        self._refresh(other, numero=NUMBER)
        line.state = "activating"
        command = self._make_command(line, "activate")
        self.write_says(line.simcard_id, "ativar", {"numero": NUMBER})
        self.sim_says(line.simcard_id, IN_USE, numero=NUMBER)
        self.process(command)
        self.assertEqual((command.state, line.state), ("done", "activating"))
        self.assertFalse(line.number)
        self.assertTrue(line.warning)

    def test_another_sim_card_is_told_and_noted(self):
        line, waiting = self._live_line(), self._make_activating()
        before = self._is_as(line)
        for click in (line.action_refresh, line.simcard_id.action_refresh):
            line.foreign_answer = False
            self.forget_answers()
            self.sim_says(line.simcard_id, IN_USE, iccid=OTHER_ICCID, numero=NUMBER)
            self.assertIn("about another SIM card", self.told(click))
            self.assertIn("another SIM card", line.warning)
        self.assertEqual(self._is_as(line), before)
        self.sim_says(waiting.simcard_id, IN_USE, iccid=OTHER_ICCID, numero=NUMBER)
        self.cron("poll_lines")
        self.assertEqual((waiting.state, waiting.number), ("activating", False))
        self.assertIn("another SIM card", waiting.warning)

    def test_a_port_in_answered_for_another_sim_card_was_read(self):
        line = self._live_line()
        port_in = self._make_port_in(line)
        path = f"/portabilidade/status/{line.simcard_id.iccid}"
        other = {"status": "PORTABILIDADE CONCLUIDA", "iccid": OTHER_ICCID}
        self.platform_says("GET", path, other)
        self.assertIn("about another SIM card", self.told(port_in.action_refresh))
        self.assertIn("another SIM card", line.warning)
        line.foreign_answer = port_in.checked_at = False
        self.cron("poll_portabilities")
        self.assertIn("another SIM card", line.warning)
        self.assertTrue(port_in.checked_at)
        self.assertEqual(port_in.state, "requested")

    def test_an_error_hides_no_other_answer(self):
        line = self._live_line()
        port_in = self._make_port_in(line)
        path = f"/estoque/{line.simcard_id.iccid}"
        self.platform_says("GET", path, {"message": "?"}, status=404)
        path = f"/portabilidade/status/{line.simcard_id.iccid}"
        self.platform_says("GET", path, {"status": "PORTABILIDADE CONCLUIDA"})
        self.assertIn("does not know", self.told(line.action_refresh))
        self.assertEqual(port_in.state, "done")

    def test_every_error_of_a_click_is_told(self):
        line = self._live_line()
        port_in = self._make_port_in(line)
        iccid = line.simcard_id.iccid
        for path in (f"/estoque/{iccid}", f"/portabilidade/status/{iccid}"):
            self.platform_says("GET", path, {"message": "?"}, status=404)
        told = self.told(line.action_refresh)
        self.assertIn(f"SIM card {iccid}: ", told)
        self.assertIn("Port-in of (11) 91234-0003: ", told)
        self.assertEqual(port_in.state, "requested")

    def _make_port_in(self, line):
        port_in = self.env["mvno.portability"].create(
            {"line_id": line.id, "number": "+5511912340003", "donor": "Outra"}
        )
        port_in._transition("send")
        return port_in

    def test_a_port_in_does_not_take_another_lines_number(self):
        other, line = self._live_line(), self._live_line()
        self._refresh(other, numero=NUMBER)
        port_in = self._make_port_in(line)
        other.number = port_in.number
        path = f"/portabilidade/status/{line.simcard_id.iccid}"
        self.platform_says("GET", path, {"status": "PORTABILIDADE CONCLUIDA"})
        port_in.action_refresh()
        self.assertEqual(port_in.state, "done")
        self.assertNotEqual(line.number, port_in.number)
        self.assertIn("(11) 91234-0003", line.warning)
        self.assertIn("Nothing of it was taken over", line.message_ids[0].body)
