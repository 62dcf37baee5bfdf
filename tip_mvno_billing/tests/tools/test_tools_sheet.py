# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from odoo.tests import BaseCase

from ...tools.sheet import (
    place_headings,
    written_clock,
    written_code,
    written_duration,
    written_number,
)

# What a spreadsheet makes of 1e400, and numbers that nobody means.
BEYOND_USE = (Decimal("Infinity"), Decimal("NaN"), Decimal("1E+300"), "9" * 400)


class TestSheet(BaseCase):
    """Spreadsheets as people send them."""

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
        headings, below = place_headings(iter(()), {"valor"})
        self.assertEqual((headings, list(below)), ([], []))

    def test_numbers_nobody_can_reckon_with_are_none(self):
        for cell in (
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
        for cell in (
            "8,9553E+18",
            "8.9553e+18",
            Decimal("8.9553E+18"),
            Decimal("1.5"),
            *BEYOND_USE[:3],
        ):
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
        for cell in ("", "grátis", "1-2", date(2026, 10, 3), *BEYOND_USE):
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
        for cell in ("1:75", "-1", "um minuto", date(2026, 10, 3), *BEYOND_USE):
            with self.subTest(cell), self.assertRaises(ValueError):
                written_duration(cell)

    def test_times_of_day(self):
        for cell in ("14:30", "14:30:00", time(14, 30), datetime(1899, 12, 30, 14, 30)):
            self.assertEqual(written_clock(cell), time(14, 30), cell)
        for cell in ("25:00", "90", ""):
            with self.subTest(cell), self.assertRaises(ValueError):
                written_clock(cell)
