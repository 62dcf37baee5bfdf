# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import tagged

from ...models.command.mvno_command_settle import READS_BEFORE_ASKING
from ..common import (
    AVAILABLE,
    BLOCKED,
    IN_USE,
    MARIA_CPF,
    NO,
    OTHER_CPF,
    PARTIAL,
    TOTAL,
    SettleCase,
    broken,
)


@tagged("post_install", "-at_install")
class TestMvnoCommandRepeat(SettleCase):
    """When a request is sent again, when it never is, and who decides then."""

    # === SENT AGAIN === #

    def test_it_is_sent_again_only_after_the_whole_time_of_reading(self):
        command = self._lose()
        self._read(command, IN_USE)
        self.assertEqual((command.state, command.attempts), ("unknown", 1))
        self._time_passes(command)
        self._read(command, IN_USE)
        self.assertEqual((command.state, command.attempts), ("pending", 1))
        self.write_says(command.simcard_id, "bloquear/total")
        self.process(command)
        self.assertEqual((command.state, command.attempts), ("done", 2))

    def test_after_three_sends_a_person_decides(self):
        command = self._lose()
        for sends in (2, 3):
            self._time_passes(command)
            self._read(command, IN_USE)
            self.write_says(command.simcard_id, "bloquear/total", body=broken())
            self.process(command)
            self.assertEqual((command.state, command.attempts), ("unknown", sends))
        self._time_passes(command)
        self._read(command, IN_USE)
        self.assertEqual(command.state, "needs_decision")
        self.assertTrue(command.line_id.activity_ids)
        self.assertTrue(command.line_id.warning)

    def test_what_stays_unclear_is_put_before_a_person(self):
        """One senseless answer may be a slip, also when the first read came late."""
        command = self._lose()
        self._time_passes(command)
        for _read in range(READS_BEFORE_ASKING - 1):
            self._read(command, "EM MANUTENÇÃO")
            self.assertEqual(command.state, "unknown")
        self._read(command, "EM MANUTENÇÃO")
        self.assertEqual(command.state, "needs_decision")
        self.assertIn("EM MANUTENÇÃO", command.error)

    def test_a_simcard_the_platform_does_not_know_any_more_asks_a_person(self):
        """It used to be read every five minutes for ever."""
        command = self._lose()
        self._time_passes(command)
        path = f"/estoque/{command.simcard_id.iccid}"
        self.platform_says("GET", path, {"message": "x"}, status=404)
        for state in ("unknown", "unknown", "needs_decision"):
            self.make_due(command)
            self.process(command)
            self.assertEqual(command.state, state)

    def test_one_refused_read_does_not_put_it_before_a_person(self):
        """The first read came late, and the platform said no for once."""
        command = self._lose()
        self._time_passes(command)
        self._read(command, json=NO)
        self.assertEqual(command.state, "unknown")
        self._read(command, TOTAL)
        self.assertEqual(command.state, "done")

    def test_a_platform_that_is_down_for_long_is_waited_for(self):
        command = self._lose()
        self._time_passes(command)
        self._read(command, body=broken())
        self.assertEqual(command.state, "unknown")

    # === REFUSED AFTER A REPEATED SEND === #

    def _refuse_the_second(self):
        command = self._lose()
        self._time_passes(command)
        self._read(command, IN_USE)
        self.write_says(command.simcard_id, "bloquear/total", NO)
        self.process(command)
        self.assertEqual((command.state, command.attempts), ("unknown", 2))
        return command

    def test_a_repeated_request_that_is_refused_is_read_first(self):
        command = self._refuse_the_second()
        self._read(command, TOTAL)
        self.assertEqual((command.state, command.line_id.state), ("done", "blocked"))

    def test_a_repeated_request_without_effect_is_refused_with_the_platforms_words(
        self,
    ):
        command = self._refuse_the_second()
        self._read(command, IN_USE)
        self.assertEqual(command.state, "refused")
        self.assertIn("Não foi possível", command.error)

    def test_an_old_refusal_does_not_decide_about_a_later_send(self):
        """The refusal of the second send used to settle the third one at once."""
        command = self._refuse_the_second()
        self._time_passes(command)
        for _read in range(READS_BEFORE_ASKING):
            self._read(command, "EM MANUTENÇÃO")
        self.assertEqual(command.state, "needs_decision")
        command.action_decide_repeat()
        self.write_says(command.simcard_id, "bloquear/total", body=broken())
        self.process(command)
        self._read(command, IN_USE)
        self.assertEqual(command.state, "unknown", "its effect may come late")

    # === WHOSE LINE === #

    def _lose_activation(self):
        line = self._make_line()
        line.state = "activating"
        self.platform.settle_seconds = 900
        command = self._make_command(line, "activate")
        self.write_says(line.simcard_id, "ativar", body=broken())
        self.process(command)
        return command

    def test_an_activation_found_for_the_customer_is_done(self):
        command = self._lose_activation()
        self._read(command, IN_USE, cpf=MARIA_CPF, numero="11912345678")
        self.assertEqual(command.state, "done")
        self.assertEqual(command.line_id.number, "+5511912345678")

    def test_an_activation_found_for_somebody_else_asks_a_person(self):
        command = self._lose_activation()
        self._read(command, IN_USE, cpf=OTHER_CPF, numero="11912345678")
        self.assertEqual(command.state, "needs_decision")
        self.assertFalse(command.line_id.number)
        self.assertNotIn("111", command.error)

    def test_a_lost_activation_without_effect_is_sent_again(self):
        command = self._lose_activation()
        self._time_passes(command)
        self._read(command, AVAILABLE)
        self.assertEqual((command.state, command.attempts), ("pending", 1))

    def test_nonsense_about_the_line_does_not_stop_the_settling(self):
        """A number that is none used to make the database refuse the settling."""
        for number in ("000", "+351 912 345 678", "0000000000", 12.5, {"a": 1}, ""):
            with self.subTest(number=number):
                command = self._lose_activation()
                self._read(command, IN_USE, numero=number, data_ativacao="99/99/9999")
                self.assertEqual(command.state, "done")
                self.assertFalse(command.line_id.number)

    def test_a_contract_of_another_line_settles_nothing(self):
        first = self._lose_activation()
        self._read(first, IN_USE, numero_contrato="007")
        second = self._lose_activation()
        self._read(second, IN_USE, numero_contrato="007")
        self.assertEqual((first.state, second.state), ("done", "unknown"))
        self.assertEqual(first.line_id.platform_contract, "007")
        self.assertEqual(second.line_id.foreign_answer, "contract")
        self.assertFalse(second.line_id.platform_contract)

    def test_an_untold_block_level_counts_for_a_line_that_was_free(self):
        command = self._lose()
        self._read(command, BLOCKED)
        self.assertEqual(command.state, "done")

    def test_a_partial_block_found_is_no_total_one(self):
        command = self._lose()
        self._time_passes(command)
        self._read(command, PARTIAL)
        self.assertEqual(command.state, "pending")
