# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import io
import json
import os
import select
import signal
import struct
import subprocess
import sys
from dataclasses import asdict, replace
from datetime import datetime, time
from decimal import Decimal
from unittest.mock import patch

import xlwt

from odoo.tests import BaseCase

from ...tools import sheet_child
from ...tools.sheet_rows import (
    BY_CRON,
    MIB,
    WHILE_WAITING,
    CutSheet,
    FirstOf,
    LockedSheet,
    MisquotedSheet,
    SheetTooLarge,
    UnreadableSheet,
    estimate_rows,
    read_rows,
)
from ..sheet_common import SHEET, STYLES, changed, with_more, workbook

STRING = '<row><c t="inlineStr"><is><t>%s</t></is></c></row>'
WIDE = '<row><c r="XFD1">%s</c></row>'
ONE_ROW = f"<row>{'<c/>' * 1_500_000}</row>"
HEADINGS = "Contrato;Tipo;Nome;Valor\n"
CALLS = "".join(f"{number};voz;Zé;3\n" for number in range(20, 30))
# Starts the reading process with what it has got itself, says so, and stays.
STARTER = """
import os, subprocess, sys, time
subprocess.Popen([sys.executable, *sys.argv[1:], str(os.getpid())])
print("started", flush=True)
time.sleep(60)
"""


def old_workbook(*rows):
    """:return: bytes of an XLS file with these rows"""
    book = xlwt.Workbook()
    sheet = book.add_sheet("Base")
    for place, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            sheet.write(place, column, cell)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


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

    def test_the_characters_of_all_rows_are_limited(self):
        content = workbook(*[["x" * 30_000] * 8] * 150)
        self.assertLess(len(content), 300 * 1024)
        self.assert_beyond("characters", content)

    def test_of_many_problems_the_first_are_kept(self):
        problems = FirstOf(3)
        problems.add([1, 2])
        problems.add([3, 4])
        problems.add([5])
        self.assertEqual((problems.kept, problems.count), ([1, 2, 3], 5))

    # === QUOTATION MARKS === #

    def test_a_stray_quotation_mark_swallows_no_rows(self):
        for row, content in (
            (3, '1;voz;Ana;1\n2;voz;"Ana;1\n3;voz;x;2\n4;voz;Bia";4\n' + CALLS),
            (2, '1;voz;"Ana;1\n2;voz;Bia";4\n' + CALLS),
            (2, '1;voz;"Ana;1\n2;voz;Bia";4\n'),
            (2, '1;"voz;Ana;1\n2;voz;x;3\n3;voz;Bia";4\n' + CALLS),
            (2, '1;voz;x;"3\n2";voz;Bia;4\n' + CALLS),
            (12, CALLS + '1;voz;"Ana;1\n' + CALLS),
            (12, CALLS + '1;voz;"Ana;1\n' + CALLS * 1500),
            (12, CALLS + '1;voz;"Ana" Maria;1\n'),
            (12, CALLS + '1;voz;"Ana;1"\n' + CALLS),
            (12, CALLS + '1;"voz;Ana";1\n' + CALLS),
            (12, CALLS + '"1;voz;Ana;1"\n' + CALLS),
        ):
            with self.subTest(content[:300]):
                with self.assertRaises(MisquotedSheet) as caught:
                    self.rows((HEADINGS + content).encode())
                self.assertEqual(caught.exception.row, row)
        with self.assertRaises(MisquotedSheet) as caught:
            self.rows(f'Contrato;Tipo;"Nome;Valor\n1;voz;Ana";1\n{CALLS}'.encode())
        self.assertEqual(caught.exception.row, 1)

    def test_cells_with_separators_and_ends_of_lines_are_read(self):
        for content, row in (
            ('a;b;c\n1;"Rua X; 5\nBairro; Centro";2\n3;4;5', 1),
            ('a,b,c\n1,"Rua A, 5\nCentro, SP",10\n2,"Rua B, 6\nCentro, SP",10', 1),
            ('a;b\n"Rua A\nCentro";10\nRua B;20', 1),
            ('a;b;c\n1;10;"entregue\n12/10/2026"\n2;10;x', 1),
            ('"Data\nHora";Tipo\n1;voz', 0),
            ('"De 1, até 2"\na,b,c\n1,1,x', 0),
            ('a,b,c\n1,1,x\nTotal,"4,00"', 2),
            ('a, b, c\n1, "x, y", 2', 1),
            ('a;b\n1;"diz ""oi""; sim"\n2;y', 1),
        ):
            with self.subTest(content):
                cells = self.rows(f"{content}\n".encode())[row][1]
                self.assertTrue(any(sign in "".join(cells) for sign in "\n,;"), cells)
        self.assertEqual(self.rows(b'a;b\n1;TV 5"\n')[1], (2, ["1", 'TV 5"']))

    # === OLD WORKBOOKS === #

    def test_an_old_workbook_of_any_length_is_read(self):
        content = old_workbook(["a"], ["1"])
        for other in (content + b"\n", content.rstrip(b"\0")):
            with self.subTest(len(other)):
                self.assertEqual(self.rows(other), [(1, ["a"]), (2, ["1"])])

    def test_a_file_with_a_password_says_so(self):
        old = old_workbook(["a"])
        begin = old.index(b"\x09\x08\x10\x00")
        end = begin + 4 + struct.unpack("<H", old[begin + 2 : begin + 4])[0]
        encrypted = old[:end] + b"\x2f\x00" + old[end + 2 :]
        new = bytearray(workbook(["a"]))
        for place in range(len(new)):
            if new[place : place + 4] == b"PK\x01\x02":
                new[place + 8] |= 1
        part = "Workbook".encode("utf-16-le")
        for content in (
            encrypted,
            bytes(new),
            old.replace(part + bytes(16), "EncryptedPackage".encode("utf-16-le")),
        ):
            with self.subTest(content[:4]), self.assertRaises(LockedSheet):
                self.rows(content)

    def test_another_or_a_damaged_old_file_is_not_said_to_be_large(self):
        content = old_workbook(["a"])
        part = "Workbook".encode("utf-16-le")
        for other in (
            content.replace(part, "Document".encode("utf-16-le")),
            content[:8] + b"x" * 5000,
            content[:8] + bytes(5000),
            content[: len(content) // 2],
        ):
            with self.subTest(other[:100]), self.assertRaises(UnreadableSheet) as error:
                self.rows(other)
            self.assertIs(type(error.exception), UnreadableSheet)

    # === THE READING PROCESS ENDS === #

    def test_the_reading_process_ends_with_the_one_that_started_it(self):
        starter = subprocess.Popen(
            [
                sys.executable,
                "-c",
                STARTER,
                sheet_child.__file__,
                json.dumps(asdict(BY_CRON)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        with starter:
            self.assertEqual(starter.stdout.readline(), b"started\n")
            starter.kill()
            # its end, once nobody can write to it
            ended, _write, _other = select.select([starter.stdout], [], [], 20)
            self.assertTrue(ended)

    def test_the_reading_process_ends_when_it_waits_for_too_long(self):
        with subprocess.Popen(
            [
                sys.executable,
                "-c",
                "import sheet_child; sheet_child.WAITS = 1; sheet_child.main()",
                json.dumps(asdict(replace(BY_CRON, seconds=1))),
                str(os.getpid()),
            ],
            stdin=subprocess.PIPE,
            cwd=os.path.dirname(sheet_child.__file__),
        ) as process:
            self.assertEqual(process.wait(timeout=20), -signal.SIGALRM)
