# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import OTHER_CPF, TOTAL, YES, SettleCase

DRIVER = "odoo.addons.tip_mvno.models.command.mvno_command_driver"
HTML = "<img src=x onerror=alert(1)> <b>Linha</b> bloqueada"


@tagged("post_install", "-at_install")
class TestCommandForeign(SettleCase):
    """What the platform tells of another line settles nothing; what it says is text."""

    def test_another_lines_state_settles_nothing_and_a_person_is_asked_in_the_end(self):
        for told in (
            {"cpf": OTHER_CPF},
            {"numero_contrato": "999"},
            {"iccid": "8955999999999999999"},
        ):
            with self.subTest(told):
                command = self._lose()
                command.line_id.platform_contract = f"{command.line_id.id:09d}"
                for _read in range(3):
                    self._read(command, TOTAL, **told)
                    self.assertEqual(command.state, "unknown")
                    self.assertEqual(command.line_id.state, "active")
                self.assertTrue(command.line_id.foreign_answer)
                self._time_passes(command)
                self._read(command, TOTAL, **told)
                self.assertEqual(command.state, "needs_decision")
                self.assertEqual(command.line_id.state, "active")

    def test_a_yes_about_another_sim_card_is_read_before_it_counts(self):
        answer = {**YES, "simcard": "8955999999999999999"}
        command = self._send({"json": answer})
        self.assertEqual(command.state, "unknown")
        self._read(command, TOTAL)
        self.assertEqual((command.state, command.line_id.state), ("done", "blocked"))

    def test_html_of_the_platform_is_text_in_an_activity(self):
        command = self._send({"json": {"codigo_status_tip": 9, "msg_usuario": HTML}})
        line = command.line_id
        for text in (line.activity_ids.note, *line.message_ids.mapped("body")):
            self.assertNotIn("<img", text)
        self.assertIn("&lt;b&gt;Linha&lt;/b&gt;", line.activity_ids.note)

    @mute_logger(DRIVER)
    def test_an_answer_that_could_not_be_noted_is_told_in_the_askers_language(self):
        self.env["res.lang"]._activate_lang("pt_BR")
        asker = self._make_user("asker", "tip_mvno.group_attendant", lang="pt_BR")

        def fail(command, result=None):
            raise ValueError("a fault of ours")

        self.patch(type(self.env["mvno.command"]), "_apply_effect", fail)
        command = self._send({"json": YES}, user_id=asker.id)
        self.assertIn("Odoo não conseguiu", command.error)
