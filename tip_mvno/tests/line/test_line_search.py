# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import tagged

from ..common import MvnoCase

CNPJ = "12.ABC.345/01DE-35"


@tagged("post_install", "-at_install")
class TestLineSearch(MvnoCase):
    """What the screen shows is found, as typed or pasted, on every list."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner.write({"phone": "+55 (11) 3333-4444", "vat": "700.000.011-20"})
        cls.contract = cls._make_contract(code="CT-2026/0042")
        cls.line = cls._make_line("active", cls.contract.contract_line_ids)
        cls.line.write({"number": "+5511981234567", "platform_contract": "0007780042"})
        cls.port_in = cls.env["mvno.portability"].create(
            {"line_id": cls.line.id, "number": "+5511977776666", "donor": "Vivo"}
        )
        cls.firm = cls._make_partner(name="Empresa Exemplo", vat=CNPJ)
        other = cls._make_contract(partner=cls.firm, code="CT-2026/0099")
        cls.other = cls._make_line("active", other.contract_line_ids)
        cls.other.number = "+5521955554444"

    def found(self, text):
        """:return: what each list shows after Enter, first search field of each"""
        return [
            self.env[model].search([(field, "ilike", text)])
            for model, field in (
                ("res.partner", "mvno_sought"),
                ("mvno.line", "display_name"),
                ("mvno.simcard", "display_name"),
                ("mvno.portability", "display_name"),
            )
        ]

    def test_each_list_finds_by_whatever_it_shows(self):
        iccid = self.line.simcard_id.iccid
        shown = [self.partner, self.line, self.line.simcard_id, self.port_in]
        strangers = {
            "res.partner": self.firm,
            "mvno.line": self.other,
            "mvno.simcard": self.other.simcard_id,
            "mvno.portability": self.env["mvno.portability"],
        }
        for text in (
            "700.000.011-20",
            "70000001120",
            " 700.000 ",
            "(11) 98123-4567",
            "11981234567",
            "+55 11 98123-4567",
            "011 98123-4567",
            "98123-4567",
            "98123\u20114567",
            "3333-4444",
            "(11) 3333-4444",
            iccid,
            iccid[-6:],
            f"{iccid[:5]} {iccid[5:12]} {iccid[12:]}",
            f"{iccid[8:13]} {iccid[13:]}",
            "CT-2026/0042",
            "ct-2026/0042",
            "Maria Ex",
        ):
            with self.subTest(text):
                for records, expected in zip(self.found(text), shown, strict=True):
                    self.assertIn(expected, records)
                    self.assertFalse(records & strangers[records._name])

    def test_a_cnpj_with_letters_is_found(self):
        for text in (CNPJ, "12abc34501de35", "abc.345/01"):
            with self.subTest(text):
                partners, lines, cards, _port_ins = self.found(text)
                self.assertEqual(partners, self.firm)
                self.assertEqual(lines, self.other)
                self.assertEqual(cards, self.other.simcard_id)

    def test_a_code_at_the_platform_finds_its_line(self):
        self.assertIn(self.line, self.found("0007780042")[1])

    def test_the_number_to_bring_finds_the_port_in(self):
        for text in ("(11) 97777-6666", "7777-6666"):
            with self.subTest(text):
                self.assertEqual(self.found(text)[3], self.port_in)

    def test_a_customer_is_chosen_by_a_number_in_any_dialog(self):
        for text in ("700.000.011-20", "98123-4567", "(11) 3333-4444"):
            with self.subTest(text):
                names = self.env["res.partner"].name_search(text)
                self.assertIn(self.partner.id, [row[0] for row in names])

    def test_archived_customers_are_found_where_they_are_asked_for(self):
        self.firm.active = False
        partners = self.env["res.partner"]
        sought = [("mvno_sought", "ilike", "abc.345/01")]
        self.assertFalse(partners.search(sought))
        self.assertEqual(partners.search([*sought, ("active", "=", False)]), self.firm)

    def test_nothing_is_found_by_what_nobody_has(self):
        for records in self.found("(11) 90000-0009"):
            self.assertFalse(records)
