# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import tagged
from odoo.tools import SQL

from ..adoption_common import ANA, JOAO, MARIA, AdoptionCase
from ..silence_common import error_logs, refusing

NAME = "Quitéria Sigilosa"


@tagged("post_install", "-at_install")
class TestAdoptionSilence(AdoptionCase):
    """A statement that fails while the base is read tells nobody's name or CPF."""

    def setUp(self):
        super().setUp()
        self.lines = {document: self.listed() for document in (MARIA, JOAO, ANA)}

    def _read(self, name=NAME):
        return self.import_base(
            *(
                self.subscriber(document, line, nome=name)
                for document, line in self.lines.items()
            )
        )

    def _assert_silent(self, told):
        for secret in (NAME, MARIA, JOAO, ANA):
            self.assertNotIn(secret, told)
        for line in self.lines.values():
            self.assertNotIn(line["linha_contrato"], told)
            self.assertNotIn(line["numero_contrato"], told)

    def test_new_lines(self):
        with (
            refusing(self.cr, "mvno_adoption_line", "INSERT", "document", JOAO),
            error_logs() as written,
        ):
            adoption = self._read()
        self._assert_silent("\n".join([*written, adoption.message]))
        told = "Lines of an existing base, row 2: CheckViolation"
        self.assertIn(told, adoption.message)
        self.assertTrue([record for record in written if told in record])
        self.assertFalse(adoption.line_ids)

    def test_changed_lines(self):
        self._read(name="Before")
        with (
            refusing(self.cr, "mvno_adoption_line", "UPDATE", "subscriber_name", NAME),
            error_logs() as written,
        ):
            adoption = self.env["mvno.adoption"].search([])
            adoption.action_read_again()
            adoption = self._read()
        self._assert_silent("\n".join([*written, adoption.message]))
        self.assertIn("Changed lines of an existing base, row 1", adoption.message)

    def test_what_is_looked_up(self):
        """A query that is cut short holds the whole batch's documents."""

        def cut_short(lines, _company, rows):
            told = [(row["document"], row["subscriber_name"]) for row in rows]
            lines.env.execute_query(SQL("SELECT missing FROM res_partner, %s", told))

        self.patch(self.registry["mvno.adoption.line"], "_partners_here", cut_short)
        with error_logs() as written:
            adoption = self._read()
        self.assertTrue([record for record in written if "not shown" in record])
        self._assert_silent("\n".join([*written, adoption.message]))

    def test_a_contract_too_long_spoils_its_line_only(self):
        self.lines[JOAO]["numero_contrato"] = "7" * 6000
        with error_logs() as written:
            adoption = self._read()
        self.assertEqual(adoption.state, "review")
        self.assertEqual(set(adoption.line_ids.mapped("document")), {MARIA, ANA})
        self.assertIn(f"Subscriber {JOAO}: a damaged line", adoption.problems)
        self._assert_silent("\n".join(written))
