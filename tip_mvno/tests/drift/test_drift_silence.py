# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import tagged

from ..drift_common import DriftCase
from ..silence_common import error_logs, refusing

NAME = "Quitéria Sigilosa"


@tagged("post_install", "-at_install")
class TestDriftSilence(DriftCase):
    """A statement that fails while lines are compared tells nobody's name or CPF."""

    def test_lines_as_the_platform_listed_them(self):
        lines = [self.live_line() for _line in range(3)]
        self.row_of(lines[1])["nome"] = NAME
        contract = lines[1].platform_contract
        with (
            refusing(
                self.cr, "mvno_drift_seen", "INSERT", "platform_contract", contract
            ),
            error_logs() as written,
        ):
            self.sweep()
        told = "\n".join([*written, self.sync.message])
        self.assertIn("Lines as the platform listed them, row 2", self.sync.message)
        for secret in (NAME, contract, lines[1].number, self.contracts[1]["cpf_cnpj"]):
            self.assertNotIn(secret, told)

    def test_what_a_comparison_found(self):
        line = self.live_line()
        self.row_of(line).update(nome=NAME, cpf_cnpj="11144477735")
        with (
            refusing(self.cr, "mvno_drift", "INSERT", "line_id", line.id),
            error_logs() as written,
        ):
            self.assertFalse(self.sweep())
        told = "\n".join([*written, self.sync.message])
        self.assertIn("CheckViolation", told)
        for secret in (NAME, "11144477735", line.platform_contract, line.number):
            self.assertNotIn(secret, told)

    def test_a_damaged_line_keeps_the_others_compared(self):
        lines = [self.live_line() for _line in range(2)]
        self.row_of(lines[0])["plano"] = "half a pair \ud800"
        self.row_of(lines[1])["status"] = "CANCELADO"
        self.sweep()
        self.assertEqual(self.sync.state, "done")
        self.assertIn("a damaged line was left out", self.sync.problems)
        self.assert_listed(lines[1], "cancelled_there")
