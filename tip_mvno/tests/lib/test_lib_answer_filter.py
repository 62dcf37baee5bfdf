# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import datetime
import json
import pathlib
import subprocess
import sys
import textwrap
import time
from decimal import Decimal
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from ... import lib
from ...lib import Problem, ProblemKind, Unavailable, answer_filter
from ...lib.answer_filter import filtered, is_odd
from ...lib.dialect import ODD, Unreadable
from ...lib.digest import event_digest
from ...lib.redaction import Redactor
from ..lib_common import BASE, EXAMPLES, ICCID, ClientCase, LibCase

MONTH = datetime.date(2026, 10, 1)
SUBSCRIBERS = f"{BASE}/assinantes/listar"
USAGE = f"{BASE}/consumo-detalhado"
SIZES = (1, 2, 7, 4096, 64 * 1024)
# what it takes to read one answer, away from the tests' own process
CHILD = """
    import datetime, resource, sys
    sys.path.insert(0, sys.argv[1])
    import responses
    import lib
    resource.setrlimit(resource.RLIMIT_AS, (512 * 1024**2,) * 2)
    client = lib.TipClient("https://tip.example", "t", acquire=lambda priority: None)
    with responses.RequestsMock() as wire:
        wire.get("https://tip.example/assinantes/listar", body=sys.stdin.buffer.read())
        try:
            with client.subscribers() as subscribers:
                print(len(list(subscribers)))
        except lib.Unavailable as error:
            print(error)
"""


def nested(depth, inside=b"1"):
    """:return: bytes of JSON, arrays in arrays"""
    return b"[" * depth + inside + b"]" * depth


def passed(body, size=64 * 1024):
    """:return: what the filter lets through of an answer it looks at in such pieces"""
    with patch.object(answer_filter, "_CHUNK", size):
        return filtered(body)


def sizes(body):
    """:return: sizes of pieces, small ones for small answers only"""
    return [size for size in SIZES if size > 1000 or len(body) < 3000]


class TestAnswerFilter(LibCase):
    def test_a_sound_answer_passes_unchanged(self):
        for written in (
            [],
            {
                "results": [{"nome": 'João "Zé" \\', "n": -1.5e3, "x": [None, True]}]
                * 99
            },
            "a [ text { with } brackets ] and a \\",
            [["]"], ['"'], ["\\"], ["\\\\"], ["😀"], [""], ["[", "["]],
            json.loads(nested(32)),
            [int("9" * 40)],
            ["x" * 64 * 1024],
            [{"key\\": "\\\\ud800"}],
        ):
            for ascii_only in (True, False):
                body = json.dumps(written, ensure_ascii=ascii_only).encode()
                for size in sizes(body):
                    self.assertEqual(passed(body, size), body)

    def test_what_is_beyond_a_bound_is_replaced_wherever_it_is_cut(self):
        odd = json.dumps(ODD).encode()
        for value in (
            b"9" * 41,
            b"-1." + b"5" * 60 + b"e10",
            b'"' + b"x" * (64 * 1024 + 1) + b'"',
            b'"' + b'\\"' * 50_000 + b'"',
            rb'"half a pair \ud800 here"',
            rb'"the other half \udc00"',
            rb'"two first ones \ud83d\ud83d\ude00"',
        ):
            rows = b'[{"a": [], "b": %s, "c": "d"}, {"e": 1}]'
            for size in sizes(value):
                self.assertEqual(passed(rows % value, size), rows % odd)

    def test_what_is_too_deep_is_replaced_from_there_on(self):
        odd = json.dumps(ODD).encode()
        for value in (
            nested(31),
            nested(600),
            nested(40, b'"]" , {"a": "}\\""}'),
        ):
            rows = b'[{"a": [], "b": %s, "c": "d"}, {"e": 1}]'
            for size in sizes(value):
                self.assertEqual(passed(rows % value, size), rows % nested(30, odd))

    def test_what_no_answer_holds_is_refused_with_its_place(self):
        for value in (
            b"1" * 4301,
            b"1" * 45 + b"." + b"1" * 45 + b".1",
            b"0" * 50,
            nested(40_000),
            b"[" * 2000,
            b'"' + b"x" * 3 * 1024**2 + b'"',
            b"t" * 70_000,
        ):
            for size in sizes(value):
                with self.assertRaisesRegex(Unreadable, r"at byte \d+"):
                    passed(b'{"results": [%s]}' % value, size)
        with self.assertRaisesRegex(Unreadable, "at byte 3$"):
            filtered(b"[1," + b"1" * 2000 + b"]")

    def test_what_is_cut_stays_cut(self):
        for body in (
            b'["',
            b'["x' + b"x" * 70_000,
            nested(40)[:70],
            b'{"a": 1',
            b'["\\',
        ):
            with self.assertRaises(ValueError):
                json.loads(passed(body))

    @EXAMPLES
    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers(-(10**38), 10**38) | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
            max_leaves=20,
        ),
        st.integers(1, 50),
        st.booleans(),
    )
    def test_any_json_within_the_bounds_means_the_same(self, value, size, ascii_only):
        body = json.dumps(value, ensure_ascii=ascii_only).encode(errors="replace")
        self.assertEqual(passed(body, size), body)

    @EXAMPLES
    @given(st.binary(max_size=300), st.integers(1, 50))
    def test_no_bytes_break_it(self, body, size):
        for written in (
            body,
            b'["' + body + b'"]',
            body.translate(bytes(b'"\\[]{},1' * 32)),
        ):
            try:
                passed(written, size)
            except Unreadable:
                continue

    def test_it_is_faster_than_the_parser(self):
        call = {"data": "2026-10-03 14:22:05", "consumo_segundos": "61"}
        line = {"numero_contrato": "000123", "telefonia": [call] * 100}
        body = json.dumps([line] * 2000).encode()
        seconds = {}
        for name, work in (("filter", passed), ("parser", json.loads)):
            began = time.process_time()
            work(body)
            seconds[name] = time.process_time() - began
        speeds = {name: len(body) / 1e6 / spent for name, spent in seconds.items()}
        self.assertGreater(speeds["filter"], speeds["parser"], f"MB/s: {speeds}")

    def test_odd_is_found_however_deep(self):
        value = ODD
        for _level in range(5000):
            value = [{"a": value}]
        self.assertTrue(is_odd(value))
        self.assertTrue(is_odd({ODD: 1}))
        self.assertFalse(is_odd([{"a": [1, None, "x", Decimal(1)]}]))


class TestNothingRecursesAway(LibCase):
    def test_the_token_is_taken_out_at_any_depth(self):
        value = "a secret"
        for _level in range(5000):
            value = {"a": [value]}
        masked = Redactor("secret").tree(value)
        for _level in range(5000):
            masked = masked["a"][0]
        self.assertEqual(masked, "a ***")

    def test_the_digest_refuses_what_is_too_deep(self):
        value = "x"
        for _level in range(5000):
            value = [value]
        with self.assertRaises(Unreadable):
            event_digest("voice", {"data": value})


class TestNoAnswerEndsTheProcess(LibCase):
    def _read_in_a_child(self, body):
        """:return: what a process of its own, of 512 MB, says of an answer"""
        folder = str(pathlib.Path(lib.__file__).parent.parent)
        ended = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(CHILD), folder],
            input=body,
            capture_output=True,
            timeout=60,
            check=False,
        )
        self.assertEqual(ended.returncode, 0, ended.stderr.decode()[-2000:])
        return ended.stdout.decode().strip()

    def test_an_integer_of_4301_digits(self):
        said = self._read_in_a_child(b'{"results": [{"nome": ' + b"1" * 4301 + b"}]}")
        self.assertIn("no usable number at byte 22", said)

    def test_nesting_does_not_cost_memory(self):
        said = self._read_in_a_child(b'{"results": ' + nested(39_000) + b"}")
        self.assertIn("nested too deep at byte", said)


class TestOneOddRow(ClientCase):
    """It spoils itself only: kept out, told, and the rest comes in."""

    LONG = "7" * 6000

    def _subscribers(self, body):
        self.wire.get(SUBSCRIBERS, body=body)
        with self.client.subscribers() as subscribers:
            found = list(subscribers)
            return found, [
                (problem.kind, problem.about) for problem in subscribers.problems
            ]

    def _usage(self, body):
        self.wire.post(USAGE, body=body)
        with self.client.detailed_usage(MONTH) as usage:
            return list(usage), usage.problems

    def test_of_the_subscribers(self):
        line = {"sim_card": ICCID, "numero_contrato": "1", "plano": "x" * 6000}
        deep = json.loads(nested(600))
        odd_lines = [
            {"sim_card": ICCID, "numero_contrato": self.LONG},
            {"numero_contrato": "2", "status": deep},
            {"numero_contrato": "3", "plano": "\ud800"},
            {"numero_contrato": int("9" * 41)},
        ]
        rows = [
            {"cpf_cnpj": "11144477735", "nome": "Ana", "contratos": [line, *odd_lines]},
            {"cpf_cnpj": "11144477735", "nome": "half \udc00", "contratos": [line]},
            {"cpf_cnpj": "11144477735", "nome": "x" * 6000, "contratos": [line]},
            {"cpf_cnpj": "52998224725", "nome": deep, "contratos": [line]},
            {"cpf_cnpj": "52998224725", "nome": "Rui", "contratos": [line]},
        ]
        found, problems = self._subscribers(json.dumps(rows).encode())
        self.assertEqual([subscriber.name for subscriber in found], ["Ana", "Rui"])
        kept = [line for subscriber in found for line in subscriber.contracts]
        self.assertEqual([line.platform_contract for line in kept], ["1", "1"])
        self.assertEqual(kept[0].plan, "x" * 250)
        in_line = [(ProblemKind.LINE, "11144477735")] * 4
        self.assertEqual(
            problems, [*in_line, *[(ProblemKind.ROW, place) for place in "234"]]
        )

    def test_of_the_statement(self):
        call = {"data": "2026-10-03 14:22:05", "consumo_segundos": 61}
        odd_calls = [
            {**call, "numero_destino": json.loads(nested(600))},
            {**call, "valor": int("9" * 50)},
            {**call, "operadora": "\ud800"},
            {**call, "numero_destino": "a" * 6000},
        ]
        rows = [
            {"numero_contrato": "1", "telefonia": [call, *odd_calls]},
            {"numero_contrato": self.LONG, "telefonia": [call]},
            {"numero_contrato": "\ud800", "telefonia": [call]},
            {"numero_contrato": "4", "telefonia": [call]},
        ]
        lines, problems = self._usage(json.dumps(rows).encode())
        self.assertEqual([line.platform_contract for line in lines], ["1", "4"])
        self.assertEqual([len(line.events) for line in lines], [1, 1])
        told = [(problem.kind, problem.about) for problem in problems]
        event, row = ProblemKind.EVENT, ProblemKind.ROW
        self.assertEqual(told, [*[(event, "1")] * 4, (row, "2"), (row, "3")])
        self.assertTrue(all(problem.is_left_out for problem in problems))

    def test_of_the_stock(self):
        rows = [{"sim_card": ICCID, "operadora": "\ud800"}, {"sim_card": ICCID}]
        self.wire.get(f"{BASE}/estoque/listar", body=json.dumps(rows))
        page = self.client.stock_page(1)
        self.assertEqual([sim.iccid for sim in page.sims], [ICCID])
        self.assertEqual([problem.kind for problem in page.problems], [ProblemKind.ROW])

    def test_a_catalogue_or_totals_with_one_are_none(self):
        plan = {"id": "1", "description": "\ud800"}
        self.wire.get(f"{BASE}/planos", body=json.dumps([plan]))
        with self.assertRaisesRegex(Unavailable, "row 1 is damaged"):
            self.client.plans()

    def test_a_value_of_a_single_answer_is_taken_for_nothing(self):
        sim = {"nome": "\ud800", "numero_contrato": self.LONG, "status": "EM USO"}
        self.wire.get(f"{BASE}/estoque/{ICCID}", body=json.dumps({"data": sim}))
        detail = self.client.sim(ICCID)
        self.assertEqual((detail.subscriber_name, detail.platform_contract), ("", ""))
        self.assertEqual(detail.raw_status, "EM USO")

    def test_numbers_no_database_keeps(self):
        call = {"data": "2026-10-03", "consumo_segundos": 1}
        odd = [{**call, "valor": value} for value in ("0," + "1" * 60, "1e-999")]
        body = json.dumps([{"numero_contrato": "1", "telefonia": odd}]).encode()
        body = body.replace(b'"1e-999"', b"1e-999")
        [line], problems = self._usage(body)
        self.assertEqual([event.amount for event in line.events], [None, None])
        kinds = [problem.kind for problem in problems]
        self.assertEqual(kinds, [ProblemKind.EVENT_PRICE] * 2)
        sim = {"status": "EM USO", "numero_contrato": 0.5}
        body = json.dumps(sim).replace("0.5", "1e-999999999")
        self.wire.get(f"{BASE}/estoque/{ICCID}", body=body)
        self.assertEqual(self.client.sim(ICCID).platform_contract, "")

    def test_more_objects_than_memory_holds(self):
        self.wire.get(f"{BASE}/planos", body=b"[" + b"{},[]," * 60_000 + b"{}]")
        with self.assertRaisesRegex(Unavailable, r"more than 100000 values at byte"):
            self.client.plans()

    def test_one_more_than_memory_holds_of_a_row(self):
        row = {"numero_contrato": "1", "telefonia": [{}] * 600_000}
        with self.assertRaisesRegex(Unavailable, "a row of more than 1000000 values"):
            self._usage(json.dumps([row]).encode())

    def test_more_damaged_rows_than_an_answer_has(self):
        body = b'[{"numero_contrato": "1"}' + b",1" * 20_000 + b"]"
        with self.assertRaisesRegex(Unavailable, "more than 10000 parts"):
            self._usage(body)

    def test_an_exponent_that_no_number_has(self):
        good = {"numero_contrato": "1", "sms": ["2026-10-03"]}
        for written in (b"1e1000000000000000000", b"-2.5E+99999", b"1e-1000"):
            odd = b'{"numero_contrato": "2", "x": %s}' % written
            with self.subTest(written):
                self.wire.reset()
                body = b"[%s, %s]" % (json.dumps(good).encode(), odd)
                [line], problems = self._usage(body)
                self.assertEqual(line.platform_contract, "1")
                self.assertEqual(problems, [Problem(ProblemKind.ROW, "2")])

    def test_a_text_like_an_exponent_stays_one(self):
        row = {"numero_contrato": "1e99999", "plano": "3E+12345 0e0000"}
        [line], problems = self._usage(json.dumps([row]).encode())
        self.assertEqual((line.platform_contract, problems), ("1e99999", []))
        self.assertEqual(line.plan_name, "3E+12345 0e0000")

    def test_a_name_in_another_encoding_spoils_its_row_only(self):
        good = {"numero_contrato": "1", "cliente_nome": "João"}
        odd = {"numero_contrato": "2", "cliente_nome": "João"}
        body = b"[%s, %s]" % (
            json.dumps(odd, ensure_ascii=False).encode("latin-1"),
            json.dumps(good, ensure_ascii=False).encode(),
        )
        [line], problems = self._usage(body)
        self.assertEqual(line.subscriber_name, "João")
        self.assertEqual(problems, [Problem(ProblemKind.ROW, "1")])

    def test_a_mark_of_the_byte_order(self):
        body = b"\xef\xbb\xbf" + json.dumps([{"numero_contrato": "1"}]).encode()
        [line], problems = self._usage(body)
        self.assertEqual((line.platform_contract, problems), ("1", []))

    def test_an_error_s_words(self):
        body = b'{"msg_usuario": ' + b"1" * 5000 + b"}"
        self.wire.get(f"{BASE}/planos", body=body, status=500)
        with self.assertRaises(Unavailable) as caught:
            self.client.plans()
        self.assertEqual(caught.exception.user_message, "")
