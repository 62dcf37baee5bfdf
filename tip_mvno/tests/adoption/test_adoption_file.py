# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
import io
from datetime import date, datetime, timedelta

import openpyxl

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import BaseCase, tagged

from ...tools.sheet_rows import (
    BY_CRON,
    Limits,
    SheetTooLarge,
    unreadable_sentence,
)
from ...tools.written import written_amount, written_date
from ..adoption_common import COMPANY, JOAO, MARIA, AdoptionCase
from ..sheet_common import SHEET, STYLES, changed, with_more, workbook


class TestWritten(BaseCase):
    """Dates and amounts as people write them."""

    def test_dates(self):
        for cell in (
            "31/12/2026",
            " 31/12/2026 ",
            "31.12.2026",
            "2026-12-31",
            "2026-12-31 00:00:00",
            date(2026, 12, 31),
            datetime(2026, 12, 31, 10),
        ):
            self.assertEqual(written_date(cell), date(2026, 12, 31), cell)
        for cell in ("31/02/2026", "12/31/2026", "dezembro", "46022", "", "31/12/26"):
            with self.subTest(cell), self.assertRaises(ValueError):
                written_date(cell)

    def test_amounts(self):
        for cell, amount in (
            ("49,90", "49.90"),
            ("R$ 1.234,50", "1234.50"),
            ("1,234.50", "1234.50"),
            ("1.234", "1234"),
            ("49.9", "49.9"),
            (49.9, "49.9"),
            (50, "50"),
            ("0", "0"),
        ):
            self.assertEqual(str(written_amount(cell)), amount, cell)
        for cell in ("-1", "grátis", "", "1,2,3", "nan", "1e3", "9" * 400):
            with self.subTest(cell), self.assertRaises(ValueError):
                written_amount(cell)


@tagged("post_install", "-at_install")
class TestMvnoAdoptionFile(AdoptionCase):
    """Filling an import in from a spreadsheet."""

    def setUp(self):
        super().setUp()
        self.one, self.two, self.joaos = (self.listed() for _i in range(3))
        self.adoption = self.import_base(
            self.subscriber(MARIA, self.one, self.two),
            self.subscriber(JOAO, self.joaos),
        )
        self.adoption.create_partners = True

    def _line(self, listed):
        return self.adoption.line_ids.filtered(
            lambda line: line.iccid == listed["sim_card"]
        )

    def _load(self, content, name="base.csv", env=None):
        dialog = (env or self.env)["mvno.adoption.file"].create(
            {
                "adoption_id": self.adoption.id,
                "file": base64.b64encode(content),
                "file_name": name,
            }
        )
        dialog.action_load()
        return dialog

    def _load_csv(self, *rows, **kwargs):
        return self._load("\n".join(rows).encode(), **kwargs)

    def _load_xlsx(self, *rows):
        return self._load(workbook(*rows), "base.xlsx")

    def test_a_csv_with_decimal_commas_and_brazilian_dates(self):
        dialog = self._load_csv(
            "ICCID;Cobrar a partir de;Valor;Fidelidade;Nome;E-mail",
            f"{self.one['sim_card']};01/12/2026;1.049,90;31/12/2027;;",
            f"{self.joaos['sim_card']};2026-12-05;;;João Fictício;Joao@Example.com",
        )
        self.assertFalse(dialog.problem_ids.mapped("reason"))
        self.assertRecordValues(
            self._line(self.one) + self._line(self.joaos),
            [
                {
                    "bill_from": date(2026, 12, 1),
                    "price": 1049.9,
                    "commitment_end": date(2027, 12, 31),
                    "customer_name": "Assinante 529",
                    "customer_email": False,
                },
                {
                    "bill_from": date(2026, 12, 5),
                    "price": 59.9,
                    "commitment_end": False,
                    "customer_name": "João Fictício",
                    "customer_email": "joao@example.com",
                },
            ],
        )
        self.assertRecordValues(
            dialog,
            [
                {
                    "state": "done",
                    "row_count": 2,
                    "changed_count": 2,
                    "untouched_count": 1,
                }
            ],
        )

    def test_an_xlsx_with_real_dates_and_numbers(self):
        dialog = self._load_xlsx(
            ("CPF/CNPJ", "Bill from", "Monthly Value", "Observação"),
            (int(MARIA), datetime(2026, 12, 1), 39.5, "x"),
        )
        self.assertFalse(dialog.problem_ids.mapped("reason"))
        lines = self._line(self.one) + self._line(self.two)
        self.assertEqual(lines.mapped("price"), [39.5, 39.5])
        self.assertEqual(lines.mapped("bill_from"), [date(2026, 12, 1)] * 2)
        self.assertEqual(dialog.unused_columns, "Observação")

    def test_a_row_about_a_simcard_goes_before_one_about_its_subscriber(self):
        self._load_csv(
            "iccid,cpf,bill_from,price",
            f"{self.one['sim_card']},,2026-12-15,",
            f",{MARIA},2026-12-01,30.00",
        )
        self.assertEqual(str(self._line(self.one).bill_from), "2026-12-15")
        self.assertEqual(self._line(self.one).price, 30)
        self.assertEqual(str(self._line(self.two).bill_from), "2026-12-01")

    def test_prints_and_documents_are_read_as_people_write_them(self):
        company = self.listed()
        self.adoption.action_read_again()
        self.import_base(
            self.subscriber(MARIA, self.one),
            self.subscriber(COMPANY, company),
        )
        dialog = self._load_csv(
            "chip;documento;bill_from",
            f"{self.one['sim_card'][:4]} {self.one['sim_card'][4:]}7;529.982.247-25;"
            "01/12/2026",
            f";{COMPANY[:2].lower()}.{COMPANY[2:]};02/12/2026",
        )
        self.assertFalse(dialog.problem_ids.mapped("reason"))
        self.assertEqual(str(self._line(self.one).bill_from), "2026-12-01")
        self.assertEqual(str(self._line(company).bill_from), "2026-12-02")

    def test_a_plan_is_chosen_by_its_linked_code(self):
        other = self._make_product(self._make_plan("0202", "20 GB"), list_price=99)
        self._load_csv("iccid;vinculo", f"{self.one['sim_card']};202")
        self.assertRecordValues(
            self._line(self.one), [{"product_id": other.id, "price": 99.0}]
        )

    def test_a_row_with_one_wrong_value_changes_nothing_and_is_listed(self):
        iccid = self.one["sim_card"]
        dialog = self._load_csv(
            "iccid;cpf;bill_from;price;plan_code;e-mail",
            f"{iccid};;31/02/2026;10,00;;",
            f"{iccid};;01/12/2026;dez;;",
            f"{iccid};;01/12/2026;;9999;",
            f"{iccid};;01/12/2026;;;sem arroba",
            f"{iccid};{JOAO};01/12/2026;;;",
            "8.95501E+18;;01/12/2026;;;",
            "123;;01/12/2026;;;",
            "8955999999999999999;;01/12/2026;;;",
            ";12345678900;01/12/2026;;;",
            ";390.533.447-05;01/12/2026;;;",
            ";;01/12/2026;;;",
            f"{iccid};;01/12/2026;{'9' * 400};;",
        )
        self.assertFalse(self._line(self.one).bill_from)
        self.assertEqual((dialog.row_count, dialog.changed_count), (12, 0))
        expected = (
            (2, "Not a date"),
            (3, "Not an amount"),
            (4, "No plan here"),
            (5, "Not an e-mail"),
            (6, "another CPF"),
            (7, "shortened"),
            (8, "19 or 20 digits"),
            (9, "no line with this ICCID"),
            (10, "Not a valid CPF"),
            (11, "no line of this CPF"),
            (12, "neither ICCID nor"),
            (13, "Not an amount"),
        )
        for problem, (row, words) in zip(dialog.problem_ids, expected, strict=True):
            self.assertEqual(problem.row, row)
            self.assertIn(words, problem.reason)

    def test_lines_here_already_stay_and_are_counted(self):
        self._line(self.one).skip = True
        dialog = self._load_csv("cpf;price", f"{MARIA};10")
        self.assertEqual((dialog.changed_count, dialog.settled_count), (1, 1))
        self.assertEqual(self._line(self.one).price, 59.9)

    def test_what_is_no_spreadsheet_is_refused(self):
        for content, name, words in (
            (b"", "leer.csv", "Choose a file"),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "foto.png", "cannot be read"),
            (b"PK\x03\x04broken", "base.xlsx", "cannot be read"),
            (b"iccid;price", "base.csv", "no rows"),
        ):
            with self.subTest(name), self.assertRaisesRegex(UserError, words):
                self._load(content, name)

    def test_a_workbook_made_to_harm_is_refused_with_its_limit(self):
        content = workbook(["iccid", "price"], [self.one["sim_card"], "10"])
        for words, more, before, name in (
            ("200000 cell formats", "<xf/>" * 300_000, "</cellXfs>", STYLES),
            ("100000 rows", "<row/>" * 100_000, "</sheetData>", SHEET),
        ):
            with self.subTest(words), self.assertRaisesRegex(UserError, words):
                self._load(with_more(content, more, before, name), "base.xlsx")

    def test_every_limit_has_its_sentence(self):
        for limit in Limits.__annotations__.keys() - {"is_waited_for"}:
            error = SheetTooLarge(limit, getattr(BY_CRON, limit))
            with self.subTest(limit):
                sentence = unreadable_sentence(self.env, error)
                self.assertRegex(sentence, r"^[^%]*[0-9][^%]*\. Copy the rows")

    def test_a_file_with_a_password_or_stray_quotation_marks_is_told_as_such(self):
        for words, content in (
            ("password", b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le")),
            ("In row 3 ", b'iccid;price;e\n1;2;x\n2;"3;x\n4;3";y\n'),
        ):
            with self.subTest(words), self.assertRaisesRegex(UserError, words):
                self._load(content, "base.csv")

    def test_what_is_taken_over_is_not_in_service_in_the_future(self):
        iccid = self.one["sim_card"]
        for year, reasons in (("9999", 1), ("1999", 0)):
            with self.subTest(year):
                dialog = self._load_csv("iccid;ativacao", f"{iccid};30/12/{year}")
                self.assertEqual(len(dialog.problem_ids), reasons)
        line = self._line(self.one)
        self.assertEqual(str(line.activation_date), "1999-12-30")
        with self.assertRaisesRegex(ValidationError, "in the future"):
            line.activation_date = fields.Date.today() + timedelta(days=2)

    def test_of_a_file_only_the_known_columns_are_kept(self):
        rows = [["x" * 100, self.one["sim_card"], 10] for _row in range(3)]
        content = workbook(["Anything", "iccid", "price"], *rows)
        dialog = self.env["mvno.adoption.file"].create(
            {"adoption_id": self.adoption.id, "file": base64.b64encode(content)}
        )
        kept, unused = dialog._read_rows()
        self.assertEqual(unused, ["Anything"])
        cells = {"iccid": self.one["sim_card"], "price": "10"}
        self.assertEqual(kept, [(number, cells) for number in (2, 3, 4)])

    def test_a_number_beyond_all_is_refused_for_its_row(self):
        content = workbook(
            ["iccid", "price"],
            [self.one["sim_card"], 1.5],
            [self.two["sim_card"], 10],
        )
        dialog = self._load(
            changed(content, SHEET, lambda part: part.replace("1.5", "1e400")),
            "base.xlsx",
        )
        self.assertEqual((dialog.problem_ids.row, dialog.changed_count), (2, 1))
        self.assertIn("Not an amount", dialog.problem_ids.reason)
        self.assertEqual(self._line(self.two).price, 10)

    def test_the_first_problems_are_listed_and_the_others_counted(self):
        dialog = self._load_csv("iccid;price", *["123;1"] * 250)
        self.assertEqual(len(dialog.problem_ids), 201)
        self.assertIn("50 more values", dialog.problem_ids[-1].reason)

    def test_a_file_without_key_column_is_refused(self):
        with self.assertRaisesRegex(UserError, "ICCID"):
            self._load_csv("nome;valor", "Maria;10")

    def test_the_template_is_loaded_as_it_is(self):
        line = self._line(self.one)
        line.write({"bill_from": "2026-12-01", "commitment_end": "2027-01-31"})
        dialog = self.env["mvno.adoption.file"].create(
            {"adoption_id": self.adoption.id}
        )
        self.assertIn("/template/", dialog.action_template()["url"])
        content = base64.b64decode(dialog.template)
        rows = list(openpyxl.load_workbook(io.BytesIO(content)).active.values)
        self.assertEqual(len(rows), 4)
        self.assertIn(self.one["sim_card"], [row[0] for row in rows])
        self.adoption.bill_from = False
        loaded = self._load(content, "existing base.xlsx")
        self.assertFalse(loaded.problem_ids.mapped("reason"))
        self.assertEqual(loaded.changed_count, 3)
        self.assertEqual(str(line.commitment_end), "2027-01-31")
        loaded.action_again()
        self.assertEqual((loaded.state, loaded.file), ("choose", False))

    def test_headings_are_understood_in_portuguese(self):
        self.env["res.lang"]._activate_lang("pt_BR")
        dialog = self.env["mvno.adoption.file"].with_context(lang="pt_BR")
        columns, unused = dialog._place_columns(list(dialog._columns().values()))
        self.assertEqual(columns.keys(), dialog._columns().keys())
        self.assertFalse(unused)

    def test_only_a_manager_loads_files(self):
        manager = self._make_user("gestor", "tip_mvno.group_manager")
        self._load_csv("cpf;price", f"{MARIA};10", env=self.env(user=manager))
        self.assertEqual(self._line(self.one).price, 10)
        attendant = self._make_user("atendente", "tip_mvno.group_attendant")
        with self.assertRaises(AccessError):
            self._load_csv("cpf;price", f"{MARIA};10", env=self.env(user=attendant))

    def test_a_file_is_loaded_during_the_review_only(self):
        self.adoption.write({"bill_from": fields.Date.today()})
        self.adoption.action_apply()
        with self.assertRaises(UserError):
            self._load_csv("cpf;price", f"{MARIA};10")
