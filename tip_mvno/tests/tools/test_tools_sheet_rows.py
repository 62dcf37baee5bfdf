# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import io
import subprocess
from dataclasses import replace
from datetime import datetime, time
from decimal import Decimal
from unittest.mock import patch

import xlwt

from odoo.tests import BaseCase

from ...tools.sheet_rows import (
    BY_CRON,
    MIB,
    WHILE_WAITING,
    CutSheet,
    SheetTooLarge,
    UnreadableSheet,
    estimate_rows,
    read_rows,
)
from ..sheet_common import SHEET, STYLES, changed, with_more, workbook

STRING = '<row><c t="inlineStr"><is><t>%s</t></is></c></row>'
WIDE = '<row><c r="XFD1">%s</c></row>'
ONE_ROW = f"<row>{'<c/>' * 1_500_000}</row>"


class TestSheetRows(BaseCase):
    """Spreadsheets as people send them, and as nobody should."""

    def rows(self, content):
        return list(read_rows(content))

    def assert_beyond(self, limit, content, limits=WHILE_WAITING):
        with self.assertRaises(SheetTooLarge) as caught:
            list(read_rows(content, limits))
        self.assertEqual(caught.exception.limit, limit)

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

    def test_a_row_that_no_spreadsheet_has_is_not_waited_for(self):
        content = changed(
            workbook(["a"], ["b"]),
            SHEET,
            lambda part: part.replace('<row r="2"', '<row r="99999999999"'),
        )
        self.assert_beyond("rows", content)

    def test_a_workbook_that_unpacks_to_too_much_is_refused(self):
        limits = replace(WHILE_WAITING, unpacked=100)
        self.assert_beyond("unpacked", workbook(["a"]), limits)

    def test_a_damaged_file_is_told_as_such(self):
        damaged = changed(workbook(["a"], ["b"]), SHEET, lambda part: part[:-40])
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

    def test_an_old_workbook_is_read_as_well(self):
        book = xlwt.Workbook()
        day = xlwt.easyxf(num_format_str="dd/mm/yyyy")
        sheet = book.add_sheet("Base")
        for place, cell in enumerate(("a", "", 5, 1.5, True)):
            sheet.write(0, place, cell)
        sheet.write(0, 5, datetime(2026, 10, 3), day)
        buffer = io.BytesIO()
        book.save(buffer)
        self.assertEqual(
            self.rows(buffer.getvalue())[0][1],
            ["a", "", Decimal(5), Decimal("1.5"), "True", datetime(2026, 10, 3)],
        )

    # === A SMALL FILE IS SMALL === #

    def test_what_a_few_kilobytes_unpack_to_is_counted(self):
        small = workbook(["a"], ["b"])
        for limit, content in {
            "styles": with_more(small, "<xf/>" * 300_000, "</cellXfs>", STYLES),
            "columns": with_more(small, WIDE % "<v>1</v>"),
            "cells": with_more(small, WIDE % "" * 400),
            "rows": with_more(small, "<row/>" * 100_000),
            "text": with_more(small, STRING % ("x" * 300_000)),
        }.items():
            with self.subTest(limit):
                self.assertLess(len(content), 64 * 1024)
                self.assert_beyond(limit, content)

    def test_memory_and_seconds_of_reading_are_limited(self):
        content = with_more(workbook(["a"]), ONE_ROW)
        self.assertLess(len(content), 64 * 1024)
        for limit, limits in (
            ("memory", replace(BY_CRON, memory=100 * MIB)),
            ("seconds", replace(BY_CRON, seconds=1)),
            ("seconds", replace(WHILE_WAITING, seconds=1)),
        ):
            with self.subTest(limit, limits=limits):
                self.assert_beyond(limit, content, limits)

    def test_a_file_that_is_too_large_is_not_even_begun(self):
        with patch.object(subprocess, "Popen") as begun:
            self.assert_beyond("bytes", b"a;b", replace(BY_CRON, bytes=2))
        begun.assert_not_called()

    def test_the_process_ends_with_the_reading_and_knows_no_password(self):
        started, start = [], subprocess.Popen

        def spied(*args, **kwargs):
            started.append((start(*args, **kwargs), kwargs["env"]))
            return started[0][0]

        with (
            patch.object(subprocess, "Popen", spied),
            patch.dict("os.environ", {"PGPASSWORD": "secret"}),
        ):
            rows = read_rows(b"a;b\n" * 500_000)
            self.assertEqual(next(rows), (1, ["a", "b"]))
            rows.close()
        [(process, environment)] = started
        self.assertIsNotNone(process.returncode)
        self.assertNotIn("PGPASSWORD", environment)

    def test_a_number_beyond_all_is_no_reason_to_refuse_the_others(self):
        content = changed(
            workbook(["a", 1.5], ["b", 2]),
            SHEET,
            lambda part: part.replace("1.5", "1e400"),
        )
        (_one, [_a, infinite]), (_two, good) = self.rows(content)
        self.assertFalse(infinite.is_finite())
        self.assertEqual(good, ["b", Decimal(2)])
