# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import datetime
import json
import tracemalloc
from decimal import Decimal
from unittest.mock import patch

import responses
from responses import matchers

from ...lib import Problem, ProblemKind, Refused, TipError, Unavailable, errors
from ...lib import client as client_module
from ..lib_common import BASE, ICCID, LibCase, chain, make_client, reply, server

MONTH = datetime.date(2026, 10, 1)
UTC = datetime.timezone.utc
LINE = {
    "numero_contrato": "000123",
    "iccid": ICCID,
    "linha": "11987654321",
    "cliente_cnpj_cpf": "123.456.789-09",
    "cliente_nome": "Fulana de Exemplo",
    "plano": "5GB",
    "telefonia": [
        {"data": "2026-10-03 14:22:05", "consumo_segundos": "61"},
        {"data": "2026-10-03 14:22:05", "consumo_minutos": "1,5"},
    ],
    "sms": ["2026-10-04 08:00:00", {"data": "2026-10-05 08:00:00"}],
    "internet": [
        {"data": "05/10/2026 00:00:00", "consumo_upload": "1", "consumo_download": 2},
        {"data": "2026-10-06", "consumo": "3.5"},
    ],
}


class UsageCase(LibCase):
    def setUp(self):
        super().setUp()
        self.wire = responses.RequestsMock(assert_all_requests_are_fired=False)
        self.wire.start()
        self.addCleanup(self.wire.stop)

    def fetch(self, payload, client=None, status=200, **kwargs):
        """:return: lines of the statement, and what could not be read"""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        url = f"{BASE}/consumo-detalhado"
        self.wire.upsert("POST", url, body=body, status=status)
        client = client or make_client()
        with client.detailed_usage(MONTH, **kwargs) as usage:
            lines = list(usage)
            self.assertEqual(list(usage), lines, "a second reading differs")
            left_out = [
                found for found in usage.problems if found.kind == ProblemKind.ROW
            ]
            self.assertEqual(usage.line_count, len(lines) + len(left_out))
            return lines, usage.problems

    def events(self, kind, entries, **client):
        """:return: events of one line, and what could not be read"""
        row = {"numero_contrato": "9", kind: entries}
        [line], problems = self.fetch([row], make_client(**client))
        return line.events, problems


class TestStatement(UsageCase):
    def test_a_line_with_its_events(self):
        [line], problems = self.fetch({"codigo_status_tip": 0, "results": [LINE]})
        self.assertEqual(problems, [])
        self.assertEqual(line.platform_contract, "000123")
        self.assertEqual(line.iccid, ICCID)
        self.assertEqual(line.number, "+5511987654321")
        self.assertEqual(line.document, "12345678909")
        self.assertEqual(line.subscriber_name, "Fulana de Exemplo")
        self.assertEqual(line.plan_name, "5GB")
        kinds = [event.kind for event in line.events]
        self.assertEqual(kinds, ["voice", "voice", "sms", "sms", "data", "data"])
        call, short, sms, _sms, data, total = line.events
        started = datetime.datetime(2026, 10, 3, 17, 22, 5, tzinfo=UTC)
        self.assertEqual((call.started_at, call.seconds), (started, 61))
        self.assertEqual(short.seconds, 90)
        self.assertEqual(sms.started_at.hour, 11)
        self.assertEqual((data.upload_mb, data.download_mb), (1, 2))
        self.assertEqual(total.download_mb, Decimal("3.5"))
        self.assertEqual((call.called_number, call.amount), ("", None))

    def test_the_month_and_the_person_are_asked_for(self):
        wanted = {"periodo": "2026-10", "cpf_cnpj": "12345678909"}
        match = [matchers.json_params_matcher(wanted)]
        self.wire.post(f"{BASE}/consumo-detalhado", json=[], match=match)
        with make_client().detailed_usage(MONTH, document="123.456.789-09") as usage:
            self.assertEqual(list(usage), [])

    def test_all_four_envelopes(self):
        for payload in (
            [LINE, LINE],
            {"results": [LINE, LINE]},
            {"data": [LINE, LINE], "codigo_status_tip": "0"},
            {"data": {"results": [LINE, LINE]}},
        ):
            with self.subTest(keys=next(iter(payload))):
                self.assertEqual(len(self.fetch(payload)[0]), 2)

    def test_a_month_without_usage(self):
        for payload in ([], {"results": []}, {"codigo_status_tip": 0, "results": None}):
            self.assertEqual(self.fetch(payload), ([], []))

    def test_a_status_code_after_the_lines_counts(self):
        payload = {"results": [LINE], "codigo_status_tip": "9", "msg_usuario": "Não"}
        with self.assertRaises(Refused) as caught:
            self.fetch(payload)
        self.assertEqual(caught.exception.user_message, "Não")
        self.assertEqual(caught.exception.operation, "detailed_usage")

    def test_a_refusal_without_lines_is_a_refusal(self):
        with self.assertRaises(Refused) as caught:
            self.fetch({"codigo_status_tip": 9, "message": ["a", "b"]})
        self.assertEqual(caught.exception.user_message, "a b")

    def test_nothing_is_handed_out_of_an_incomplete_answer(self):
        whole = json.dumps({"codigo_status_tip": 0, "results": [LINE, LINE]}).encode()
        for cut in (0, 1, len(whole) // 2, len(whole) - 2, len(whole) - 1):
            with self.subTest(cut=cut), self.assertRaises(Unavailable) as caught:
                self.fetch(whole[:cut])
            self.assertEqual(chain(caught.exception), [caught.exception])

    def test_what_is_no_statement_is_not_an_empty_one(self):
        for body in (
            b"<html>",
            b"{}",
            b'{"codigo_status_tip": 0}',
            b"null",
            b'"x"',
            b'{"results": null}',
            b'{"results": {}}',
            b'{"results": [1]}',
            b'{"results": [null]}',
            b'{"results": [[]]}',
            b"[] []",
            b"[] x",
            b'{"results": ["\xff"]}',
            b"[NaN]",
        ):
            with self.subTest(body=body), self.assertRaises(Unavailable):
                self.fetch(body)

    def test_failures_keep_their_class(self):
        for status, expected in (
            (401, "TokenRefused"),
            (404, "NotFound"),
            (422, "Refused"),
            (429, "Throttled"),
            (500, "Unavailable"),
        ):
            with self.assertRaises(TipError) as caught:
                self.fetch(b"<html>", status=status)
            self.assertIs(type(caught.exception), getattr(errors, expected))

    def test_a_row_that_is_no_line_of_the_month_is_left_out_alone(self):
        for odd in (
            LINE | {"sms": "muitos"},
            LINE | {"telefonia": 5},
            LINE | {"codigo_status_tip": 5},
            LINE | {"codigo_status_tip": "não"},
            LINE | {"periodo": "2025-01"},
            LINE | {"periodo": "01/2026"},
            {"telefonia": LINE["telefonia"]},
            {},
            7,
            None,
            [LINE],
        ):
            with self.subTest(odd=odd):
                lines, problems = self.fetch([LINE, odd, LINE])
                self.assertEqual(len(lines), 2)
                self.assertEqual(problems, [Problem(ProblemKind.ROW, "2")])
                self.assertTrue(problems[0].is_left_out)

    def test_a_line_may_name_its_month_in_any_way(self):
        for month in ("2026-10", "10/2026", "2026-10-01", "outubro", 202610, None):
            with self.subTest(month):
                lines, problems = self.fetch([LINE | {"periodo": month}])
                self.assertEqual((len(lines), problems), (1, []))

    def test_refusals_in_the_place_of_lines_are_a_refusal(self):
        no = {"codigo_status_tip": 5, "msg_usuario": "Indisponível"}
        for payload in ([no], [no, no], {"results": [no]}, {"data": {"results": [no]}}):
            with self.subTest(payload), self.assertRaises(Refused) as caught:
                self.fetch(payload)
            self.assertEqual(caught.exception.user_message, "Indisponível")

    def test_a_part_of_the_answer_is_not_all_of_it(self):
        for status in (202, 203, 206):
            with self.subTest(status), self.assertRaises(Unavailable):
                self.fetch([LINE], status=status)

    def test_two_codes_in_one_envelope(self):
        body = b'{"codigo_status_tip": 5, "codigo_status_tip": 0, "results": []}'
        with self.assertRaises(Unavailable):
            self.fetch(body)

    def test_an_error_of_the_reader_passes_and_closes_the_file(self):
        self.wire.post(f"{BASE}/consumo-detalhado", json=[LINE])
        with (
            self.assertRaises(ZeroDivisionError),
            make_client().detailed_usage(MONTH) as usage,
        ):
            raise ZeroDivisionError
        with self.assertRaises(ValueError):
            list(usage)


class TestEvents(UsageCase):
    def test_a_field_that_cannot_be_read_is_told_and_the_event_kept(self):
        entries = [{"data": "ontem", "consumo_segundos": "muito", "valor": "caro"}]
        [event], problems = self.events("telefonia", entries)
        self.assertIsNone(event.started_at)
        self.assertEqual((event.seconds, event.amount), (0, None))
        self.assertEqual(
            problems,
            [
                Problem(kind, "9", "voice")
                for kind in (
                    ProblemKind.EVENT_DURATION,
                    ProblemKind.EVENT_TIME,
                    ProblemKind.EVENT_PRICE,
                )
            ],
        )

    def test_called_numbers_and_prices_are_taken_when_they_come(self):
        entries = [
            {"numero_destino": "11912345678", "valor": "0,15"},
            {"destino": "190", "preco": 0},
        ]
        (call, short), _problems = self.events("telefonia", entries)
        self.assertEqual(call.called_number, "+5511912345678")
        self.assertEqual(call.amount, Decimal("0.15"))
        self.assertEqual((short.called_number, short.amount), ("190", 0))

    def test_volumes_follow_the_unit_of_the_platform(self):
        entries = [{"consumo_upload": "0.5", "consumo_download": "1"}]
        [event], _problems = self.events("internet", entries, usage_unit="gb")
        self.assertEqual((event.upload_mb, event.download_mb), (512, 1024))

    def test_empty_halves_leave_the_total(self):
        entries = [{"consumo_upload": None, "consumo_download": "", "consumo": 7}]
        [event], _problems = self.events("internet", entries)
        self.assertEqual(event.download_mb, 7)

    def test_times_follow_the_zone_of_the_platform(self):
        [event], _problems = self.events("sms", ["2026-10-03"], tz="America/Manaus")
        self.assertEqual(event.started_at.hour, 4)

    def test_lists_php_made_objects_of(self):
        entries = {"0": {"data": "2026-10-03"}, "2": {"data": "2026-10-04"}}
        self.assertEqual(len(self.events("sms", entries)[0]), 2)
        self.assertEqual(len(self.events("sms", {"data": "2026-10-03"})[0]), 1)
        self.assertEqual(len(self.events("sms", {})[0]), 0)

    def test_no_events_at_all(self):
        for nothing in (None, "", [], [None]):
            self.assertEqual(self.events("sms", nothing)[0], [])

    def test_twins_share_a_digest(self):
        events, _problems = self.events("sms", ["2026-10-03", {"data": "2026-10-03"}])
        self.assertEqual(events[0].digest, events[1].digest)

    def test_the_digest_does_not_depend_on_spelling_or_order(self):
        one = [{"consumo_segundos": "61.00000", "data": "2026-10-03", "x": None}]
        other = [{"data": "2026-10-03 ", "consumo_segundos": 61}]
        self.assertEqual(
            self.events("telefonia", one)[0][0].digest,
            self.events("telefonia", other)[0][0].digest,
        )


class TestMemory(LibCase):
    def test_memory_does_not_grow_with_the_month(self):
        # 10 MB on the wire, of which 1 MB is kept in memory; one line of it is 35 kB
        row = json.dumps(LINE | {"sms": ["2026-10-04 08:00:00"] * 1500}).encode()
        body = b"[" + b",".join([row] * 300) + b"]"
        self.startPatcher(patch.object(client_module, "_IN_MEMORY_MAX", 1024**2))
        with server(reply(body)) as httpd, make_client(httpd.url) as client:
            tracemalloc.start()
            self.addCleanup(tracemalloc.stop)
            with client.detailed_usage(MONTH) as usage:
                self.assertEqual(usage.line_count, 300)
                next(iter(usage))
            peak = tracemalloc.get_traced_memory()[1]
        self.assertGreater(len(body), 9_000_000)
        self.assertLess(peak, 4_000_000)
