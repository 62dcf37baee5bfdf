# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import io
import zipfile
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from unittest.mock import patch

import openpyxl

from odoo.tests import BaseCase

from ...tools import sheet
from ...tools.sheet import (
    CutSheet,
    UnreadableSheet,
    estimate_rows,
    place_headings,
    read_rows,
    written_clock,
    written_code,
    written_duration,
    written_number,
)


def workbook(*rows):
    """:return: bytes of an XLSX file with these rows"""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


class TestSheet(BaseCase):
    """Spreadsheets as people send them."""

    def rows(self, content):
        return list(read_rows(content))

    def test_any_usual_separator_and_encoding_is_understood(self):
        for content in (
            "Número;Preço\n11;1,50\n".encode(),
            "\ufeffNúmero;Preço\r\n11;1,50\r\n".encode(),
            "Número;Preço\n11;1,50\n".encode("cp1252"),
            'Número,Preço\n11,"1,50"\n'.encode(),
            "Número\tPreço\n11\t1,50\n".encode("utf-16"),
            "sep=;\nNúmero;Preço\n11;1,50\n".encode(),
        ):
            with self.subTest(content):
                cells = [cells for _row, cells in self.rows(content)]
                self.assertEqual(cells, [["Número", "Preço"], ["11", "1,50"]])

    def test_rows_are_counted_as_the_reader_of_the_file_does(self):
        content = b'a;b\n\n1;"two\nlines"\n3;4\n'
        self.assertEqual([row for row, _cells in self.rows(content)], [1, 3, 5])
        self.assertEqual(
            [row for row, _cells in self.rows(workbook(["a"], [], ["b"]))], [1, 3]
        )
        self.assertEqual([row for row, _ in self.rows(b"sep=;\na;b\n1;2\n")], [2, 3])

    def _changed(self, content, change):
        """:param change: from a part's text to another
        :return: bytes of a workbook whose first sheet says something else"""
        buffer = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(content)) as source,
            zipfile.ZipFile(buffer, "w") as target,
        ):
            for name in source.namelist():
                part = source.read(name)
                if name == "xl/worksheets/sheet1.xml":
                    part = change(part.decode()).encode()
                target.writestr(name, part)
        return buffer.getvalue()

    def test_a_row_that_no_spreadsheet_has_is_not_waited_for(self):
        content = self._changed(
            workbook(["a"], ["b"]),
            lambda part: part.replace('<row r="2"', '<row r="99999999999"'),
        )
        with self.assertRaisesRegex(UnreadableSheet, "too many rows"):
            self.rows(content)

    def test_a_workbook_that_unpacks_to_too_much_is_refused(self):
        with (
            patch.object(sheet, "MAX_UNPACKED", 100),
            self.assertRaisesRegex(UnreadableSheet, "too large"),
        ):
            self.rows(workbook(["a"]))

    def test_a_damaged_file_is_told_as_such(self):
        damaged = self._changed(workbook(["a"], ["b"]), lambda part: part[:-40])
        for content in (
            damaged,
            workbook(["a"])[:300],
            b"PK\x03\x04",
            "Número;Preço\n".encode("utf-16")[:-1],
        ):
            with self.subTest(content[:20]), self.assertRaises(UnreadableSheet):
                self.rows(content)

    def test_a_workbook_s_cells_keep_their_type(self):
        content = workbook(
            ["a", None, 5, 1.234, datetime(2026, 10, 3, 14, 5), time(0, 1, 30), True]
        )
        [(_row, cells)] = self.rows(content)
        self.assertEqual(
            cells,
            [
                "a",
                "",
                Decimal(5),
                Decimal("1.234"),
                datetime(2026, 10, 3, 14, 5),
                time(0, 1, 30),
                "True",
            ],
        )

    def test_what_is_no_spreadsheet_is_refused(self):
        for content in (b"PK\x03\x04 no zip", b"\xd0\xcf\x11\xe0 xls", b"a\0b\0c"):
            with self.subTest(content), self.assertRaises(UnreadableSheet):
                self.rows(content)

    def test_a_file_cut_within_a_row_is_refused(self):
        self.assertEqual(len(self.rows(b"a;b;c\n1;2;3")), 2)
        self.assertEqual(len(self.rows(b"a;b;c\n1;2;3\n1;2\n")), 3)
        with self.assertRaises(CutSheet):
            self.rows(b"a;b;c\n1;2;3\n1;2")

    def test_about_how_many_rows_there_are(self):
        self.assertEqual(estimate_rows(b"a;b\n1;2\n3;4\n"), 3)
        self.assertEqual(estimate_rows(workbook(["a"], ["b"])), 2)

    def test_headings_are_found_below_a_title(self):
        rows = iter(
            [
                (1, ["Extrato de outubro"]),
                (3, ["Nº", "Valor", "Valor"]),
                (4, ["1", "2"]),
            ]
        )
        headings, below = place_headings(rows, {"valor"})
        self.assertEqual(headings, ["Nº", "Valor", "Valor (2)"])
        self.assertEqual(list(below), [(4, ["1", "2"])])

    def test_unknown_headings_are_the_first_row_of_several_cells(self):
        rows = iter([(1, ["Extrato", ""]), (2, ["x", "y"]), (3, ["1", "2"])])
        self.assertEqual(place_headings(rows, {"valor"})[0], ["x", "y"])

    def test_an_empty_file_has_no_headings(self):
        headings, below = place_headings(read_rows(b""), {"valor"})
        self.assertEqual((headings, list(below)), ([], []))

    def test_numbers_nobody_can_reckon_with_are_none(self):
        content = workbook(["a", 5])
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = {name: packed.read(name) for name in packed.namelist()}
        sheet_name = "xl/worksheets/sheet1.xml"
        parts[sheet_name] = parts[sheet_name].replace(b"<v>5</v>", b"<v>1e400</v>")
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as packed:
            for name, part in parts.items():
                packed.writestr(name, part)
        [(_row, cells)] = self.rows(buffer.getvalue())
        for cell in (
            cells[1],
            Decimal("1e400"),
            Decimal("Infinity"),
            Decimal("NaN"),
            Decimal("5e-324"),
            "9" * 400,
            "0," + "1" * 60,
            "1e400",
        ):
            for reader in (written_number, written_duration):
                with self.subTest(cell), self.assertRaises(ValueError):
                    reader(cell)
        with self.assertRaises(ValueError):
            written_duration("9" * 5000 + ":00")
        with self.assertRaises(ValueError):
            written_code("7" * 6000)

    def test_codes(self):
        self.assertEqual(written_code("007"), "007")
        self.assertEqual(written_code(Decimal(7)), "7")
        for cell in ("8,9553E+18", "8.9553e+18", Decimal("8.9553E+18"), Decimal("1.5")):
            with self.subTest(cell), self.assertRaises(ValueError):
                written_code(cell)

    def test_numbers(self):
        for cell, number in (
            ("1.234,50", "1234.50"),
            ("-1,5", "-1.5"),
            ("R$ -1,50", "-1.50"),
            ("-R$ 1,50", "-1.50"),
            ("(1,50)", "-1.50"),
            (Decimal("1.234"), "1.234"),
        ):
            self.assertEqual(written_number(cell), Decimal(number), cell)
        for cell in ("", "grátis", "1-2", date(2026, 10, 3)):
            with self.subTest(cell), self.assertRaises(ValueError):
                written_number(cell)

    def test_durations(self):
        for cell, seconds in (
            ("90", 90),
            ("1:30", 90),
            ("00:01:30", 90),
            ("100:00:00", 360000),
            ("89,5", 90),
            (Decimal(90), 90),
            (time(0, 1, 30), 90),
            (timedelta(days=1, seconds=1), 86401),
        ):
            self.assertEqual(written_duration(cell), seconds, cell)
        for cell in ("1:75", "-1", "um minuto", date(2026, 10, 3)):
            with self.subTest(cell), self.assertRaises(ValueError):
                written_duration(cell)

    def test_times_of_day(self):
        for cell in ("14:30", "14:30:00", time(14, 30), datetime(1899, 12, 30, 14, 30)):
            self.assertEqual(written_clock(cell), time(14, 30), cell)
        for cell in ("25:00", "90", ""):
            with self.subTest(cell), self.assertRaises(ValueError):
                written_clock(cell)
