# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import tagged

from ..common import BLOCKED, IN_USE, MARIA_CPF, OTHER_CPF
from ..drift_common import DriftCase


@tagged("post_install", "-at_install")
class TestDriftForeign(DriftCase):
    """Lines about which the platform tells what is another line's are listed."""

    def test_a_line_answered_about_wrongly_is_listed_until_it_is_read_well(self):
        line = self.live_line()
        self.sim_says(line.simcard_id, IN_USE, cpf=OTHER_CPF)
        line.action_refresh()
        drift = self.sweep()
        self.assert_listed(line, "foreign_answer")
        self.assertEqual(drift.there, "Another holder")
        self.forget_answers()
        self.sim_says(line.simcard_id, IN_USE, cpf=OTHER_CPF)
        self.assertIn("another holder", drift.action_read()["params"]["message"])
        self.forget_answers()
        self.sim_says(line.simcard_id, IN_USE, cpf=MARIA_CPF)
        drift.action_read()
        self.assertEqual(drift.state, "resolved")
        self.assertFalse(self.sweep())

    def test_a_line_the_list_agrees_about_is_read_anew(self):
        line = self.live_line()
        self.sim_says(line.simcard_id, IN_USE, cpf=OTHER_CPF)
        line.action_refresh()
        self.forget_answers()
        self.sweep()
        self.assertTrue(line.simcard_id.read_asked_at)
        self.sim_says(line.simcard_id, IN_USE, cpf=MARIA_CPF)
        self.cron("poll_lines")
        self.assertFalse(line.foreign_answer)
        self.assertFalse(self.sweep())
        self.assertFalse(line.simcard_id.read_asked_at)

    def test_nothing_is_taken_from_another_contract_or_sim_card(self):
        for changes in (
            {"numero_contrato": "000999"},
            {"sim_card": "8955000000000099999"},
        ):
            with self.subTest(changes):
                line = self.live_line()
                before = line.number, line.state, line.platform_status
                self.row_of(line).update(
                    status=BLOCKED, linha_contrato="11912340000", **changes
                )
                self.sweep()
                self.assertEqual(
                    (line.number, line.state, line.platform_status), before
                )
                self.assertTrue(line.drift_ids)

    def test_one_number_told_for_several_lines_is_nobodys(self):
        lines = [self.live_line() for _index in range(3)]
        numbers = [line.number for line in lines]
        for line in lines[:2]:
            self.row_of(line)["linha_contrato"] = "11912340000"
        taken = lines[0].number.removeprefix("+55")
        self.row_of(lines[2])["linha_contrato"] = taken
        drifts = self.sweep()
        self.assertEqual([line.number for line in lines], numbers)
        self.assertEqual(drifts.mapped("kind"), ["foreign_answer"] * 3)
        self.assertIn("(11) 91234-0000", lines[0].warning)

    def test_lines_that_share_a_number_already_are_listed(self):
        first, second = self.live_line(), self.live_line()
        self.row_of(second)["linha_contrato"] = first.number.removeprefix("+55")
        second.number = first.number
        drifts = self.sweep()
        self.assertEqual(drifts.mapped("kind"), ["same_number"] * 2)
        self.assertEqual(drifts.line_id, first | second)
