# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import datetime
import json
import logging
from decimal import Decimal

import requests
from responses import matchers

from ...lib import (
    BULK,
    INTERACTIVE,
    Activation,
    BlockReason,
    Plan,
    PortInStatus,
    Problem,
    ProblemKind,
    SimStatus,
    SlotUnavailable,
    StockSim,
    TipError,
    Unavailable,
)
from ...lib import errors as tip_errors
from ..lib_common import BASE, ICCID, LOGGER, TOKEN, ClientCase, make_client

MONTH = datetime.date(2026, 10, 1)
UTC = datetime.timezone.utc
PERSON = Activation(
    person_type="F",
    person_name="Fulana de Exemplo",
    document="123.456.789-09",
    phone="+5511987654321",
    birth_date=datetime.date(1990, 2, 1),
    street_type="Rua",
    street="das Amostras",
    street_number="10",
    neighborhood="Centro",
    state="SP",
    city_code="3550308",
    postcode="01001-000",
    plan_code="0042",
    portability=True,
    area_code="11",
    ported_number="+5511912345678",
)


class TestReads(ClientCase):
    def test_plans(self):
        quantity = {"dados": "5120", "sms": 100, "telefonia": "60"}
        row = {"id": "007", "description": "5GB", "rede": "X", "quantity": quantity}
        self.answer("GET", "/planos", {"data": [row]})
        self.assertEqual(
            self.client.plans(), [Plan("007", "5GB", "X", Decimal(5120), 60, 100)]
        )

    def test_a_plan_may_lack_allowances(self):
        for quantity in (None, {}, [], {"dados": "ilimitado", "telefonia": -1}):
            with self.subTest(quantity=quantity):
                self.answer("GET", "/planos", [{"id": 7, "quantity": quantity}])
                plan = Plan("7", "", "", None, None, None)
                self.assertEqual(self.client.plans(), [plan])
                self.wire.reset()

    def test_a_plan_without_a_code_is_left_out_and_logged(self):
        self.answer("GET", "/planos", [{"id": 7}, {"description": "?"}])
        with self.assertLogs(LOGGER, logging.WARNING) as logs:
            self.assertEqual([plan.code for plan in self.client.plans()], ["7"])
        self.assertIn("1 rows without a code", logs.output[0])

    def test_stock_page(self):
        rows = [
            {"sim_card": ICCID, "status": "DISPONÍVEL", "eSim": "S"},
            {"sim_card": int(ICCID), "status": "ESTRANHO", "operadora": "Y", "x": 1},
        ]
        wanted = {"page": 2, "per_page": 2, "status": 1, "user_token": TOKEN}
        match = [matchers.query_param_matcher(wanted)]
        self.answer("GET", "/estoque/listar", {"results": rows}, match=match)
        page = self.client.stock_page(2, per_page=2, status=SimStatus.AVAILABLE)
        self.assertEqual(
            page.sims,
            [
                StockSim(ICCID, SimStatus.AVAILABLE, "DISPONÍVEL", True, ""),
                StockSim(ICCID, SimStatus.UNKNOWN, "ESTRANHO", False, "Y"),
            ],
        )
        self.assertFalse(page.is_last)
        self.assertEqual(page.problems, [])

    def test_the_last_page_has_fewer_rows(self):
        self.answer("GET", "/estoque/listar", [])
        self.assertTrue(self.client.stock_page(1).is_last)

    def test_unreadable_stock_rows_are_told_and_count_for_the_page(self):
        rows = [{"sim_card": "8955"}, "x", {"sim_card": ICCID}]
        self.answer("GET", "/estoque/listar", rows)
        page = self.client.stock_page(1, per_page=3)
        self.assertEqual([sim.iccid for sim in page.sims], [ICCID])
        self.assertFalse(page.is_last)
        self.assertEqual(
            page.problems,
            [Problem(ProblemKind.ICCID, "", "8955"), Problem(ProblemKind.ROW, "2")],
        )

    def test_a_page_never_asks_for_more_than_the_platform_gives(self):
        wanted = {"page": 1, "per_page": 500, "user_token": TOKEN}
        match = [matchers.query_param_matcher(wanted)]
        self.answer("GET", "/estoque/listar", [], match=match)
        self.client.stock_page(1, per_page=9999)

    def test_sim(self):
        row = {
            "cpf": "123.456.789-09",
            "nome": "Fulana",
            "numero": 11987654321,
            "data_ativacao": "2026-10-03",
            "cidade": "São Paulo",
            "plano": "5GB",
            "numero_contrato": "000123",
            "status": "Em uso",
        }
        self.answer("GET", f"/estoque/{ICCID}", {"results": [row]})
        sim = self.client.sim(ICCID)
        self.assertIs(sim.status, SimStatus.IN_USE)
        self.assertEqual(sim.raw_status, "Em uso")
        self.assertEqual(sim.number, "+5511987654321")
        self.assertEqual(sim.platform_contract, "000123")
        self.assertEqual((sim.document, sim.subscriber_name), ("12345678909", "Fulana"))
        self.assertEqual((sim.plan_name, sim.city), ("5GB", "São Paulo"))
        self.assertEqual(sim.activation_date, datetime.date(2026, 10, 3))

    def test_an_available_sim_has_no_line(self):
        row = {"status": "DISPONIVEL", "numero": None, "data_ativacao": "?"}
        self.answer("GET", f"/estoque/{ICCID}", row)
        sim = self.client.sim(ICCID)
        self.assertEqual((sim.number, sim.activation_date), ("", None))

    def test_a_sim_in_an_empty_list_is_not_found(self):
        self.answer("GET", f"/estoque/{ICCID}", {"results": []})
        with self.assertRaises(tip_errors.NotFound) as caught:
            self.client.sim(ICCID)
        self.assertEqual(caught.exception.status, 200)
        self.assertEqual(caught.exception.operation, "sim")

    def test_port_in(self):
        row = {
            "status": "AGUARDANDO JANELA",
            "msg_usuario": "Aguarde",
            "janela": "25/11/2026 10:00 - 12:00",
            "erro_info": None,
            "codigo_status_tip": 0,
        }
        self.answer("GET", f"/portabilidade/status/{ICCID}", row)
        port_in = self.client.port_in(ICCID)
        self.assertIs(port_in.status, PortInStatus.AWAITING_WINDOW)
        self.assertEqual(port_in.raw_status, "AGUARDANDO JANELA")
        self.assertEqual(port_in.message, "Aguarde")
        window = datetime.datetime(2026, 11, 25, 13, tzinfo=UTC)
        self.assertEqual(port_in.window_start, window)
        self.assertEqual(port_in.reason, "")

    def test_a_refused_port_in_says_why(self):
        for told in ("Dados", ["Dados"], {"descricao": "Dados"}):
            row = {"status": "Recusada", "erro_info": told, "janela": "a definir"}
            self.answer("GET", f"/portabilidade/status/{ICCID}", row)
            port_in = self.client.port_in(ICCID)
            self.assertIs(port_in.status, PortInStatus.REFUSED)
            self.assertEqual(port_in.reason, "Dados")
            self.assertIsNone(port_in.window_start)
            self.wire.reset()

    def test_consolidated_usage(self):
        row = {
            "consumo_sms": "3",
            "consumo_dados": "1.5",
            "consumo_minutos": "2.50000",
            "linha": "11987654321",
            "numero_contrato": 123,
            "cliente_nome": "Fulana",
        }
        wanted = {"periodo": "2026-10"}
        match = [matchers.json_params_matcher(wanted)]
        self.answer("POST", "/consumo-consolidado", {"data": [row]}, match=match)
        [usage] = make_client(usage_unit="gb").consolidated_usage(MONTH)
        self.assertEqual(usage.platform_contract, "123")
        self.assertEqual(usage.number, "+5511987654321")
        self.assertEqual(usage.subscriber_name, "Fulana")
        self.assertEqual(usage.data_mb, 1536)
        self.assertEqual((usage.voice_seconds, usage.sms_count), (150, 3))

    def test_usage_of_one_subscriber_or_line(self):
        wanted = {
            "periodo": "2026-10",
            "cpf_cnpj": "12ABC34501DE35",
            "numero_contrato": "0012",
        }
        match = [matchers.json_params_matcher(wanted)]
        self.answer("POST", "/consumo-consolidado", [], match=match)
        self.client.consolidated_usage(
            MONTH, document="12.ABC.345/01DE-35", platform_contract="0012"
        )

    def test_usage_that_cannot_be_read_is_not_taken_for_zero(self):
        self.answer("POST", "/consumo-consolidado", [{"consumo_dados": "muito"}])
        with self.assertRaises(Unavailable):
            self.client.consolidated_usage(MONTH)

    def test_a_line_s_usage_that_cannot_be_read_spoils_no_other(self):
        good = {"numero_contrato": "1", "consumo_sms": 2}
        for odd in (
            {"numero_contrato": "2", "consumo_dados": "muito"},
            {"numero_contrato": "2", "consumo_sms": 10**15},
            {"numero_contrato": "2", "consumo_segundos": 2**31},
            {"numero_contrato": "2", "periodo": "2025-01"},
            {"codigo_status_tip": 5},
            7,
        ):
            with self.subTest(odd=odd):
                self.wire.reset()
                self.answer("POST", "/consumo-consolidado", [odd, good])
                totals = self.client.consolidated_usage(MONTH)
                self.assertEqual([item.platform_contract for item in totals], ["1"])
                self.assertEqual(totals.problems, [Problem(ProblemKind.ROW, "1")])

    def test_refusals_are_no_plans(self):
        no = {"codigo_status_tip": 5}
        self.answer("GET", "/planos", [no, no])
        with self.assertRaises(tip_errors.Refused):
            self.client.plans()
        self.wire.reset()
        self.answer("GET", "/planos", [{"id": 1}, no])
        with self.assertRaises(Unavailable):
            self.client.plans()

    def test_what_tells_no_status_tells_of_no_sim_card(self):
        for payload in ({}, {"message": "erro interno"}, {"status": ""}):
            for path, read in (
                (f"/estoque/{ICCID}", self.client.sim),
                (f"/portabilidade/status/{ICCID}", self.client.port_in),
            ):
                with self.subTest(payload, path=path):
                    self.wire.reset()
                    self.answer("GET", path, payload)
                    with self.assertRaises(Unavailable):
                        read(ICCID)


class TestWrites(ClientCase):
    def test_activation_on_the_wire(self):
        wanted = {
            "person_type": "F",
            "person_name": "Fulana de Exemplo",
            "document_number": "12345678909",
            "phone_number": "11987654321",
            "date_of_birth": "01/02/1990",
            "type_of_street": "Rua",
            "address": "das Amostras",
            "address_number": "10",
            "neighborhood": "Centro",
            "state": "SP",
            "city_code": "3550308",
            "postcode": "01001000",
            "plan_code": "0042",
            "portability": True,
            "cn_contract_line": "11",
            "contract_line": "11912345678",
        }
        match = [matchers.json_params_matcher(wanted)]
        payload = {"codigo_status_tip": "0", "msg_usuario": "Ativado"}
        self.answer("POST", f"/simcard/{ICCID}/ativar", payload, match=match)
        result = self.client.activate(ICCID, PERSON)
        self.assertEqual(result.user_message, "Ativado")
        self.assertEqual((result.number, result.platform_contract), ("", ""))

    def test_a_company_has_no_birth_date_and_maybe_no_number_to_port(self):
        values = {name: getattr(PERSON, name) for name in PERSON.__slots__}
        values |= {"birth_date": None, "ported_number": "", "portability": False}
        wire = Activation(**values).wire()
        self.assertNotIn("date_of_birth", wire)
        self.assertEqual((wire["contract_line"], wire["portability"]), ("", False))

    def test_an_answer_may_name_the_new_line(self):
        row = {"numero": "11987654321", "numero_contrato": "0099"}
        for payload in (
            {"codigo_status_tip": 0, **row},
            {"codigo_status_tip": 0, "results": row},
            {"codigo_status_tip": 0, "data": [row]},
            [row],
        ):
            with self.subTest(payload=payload):
                self.answer("POST", f"/simcard/{ICCID}/ativar", payload)
                result = self.client.activate(ICCID, PERSON)
                self.assertEqual(result.number, "+5511987654321")
                self.assertEqual(result.platform_contract, "0099")
                self.wire.reset()

    def test_a_yes_whose_contents_are_strange_is_still_a_yes(self):
        payload = {"codigo_status_tip": 0, "msg_usuario": "Ok", "results": [1, 2]}
        self.answer("POST", f"/simcard/{ICCID}/desbloquear", payload)
        self.assertEqual(self.client.unblock(ICCID).user_message, "Ok")

    def test_blocks_and_unblock(self):
        match = [matchers.json_params_matcher({"reason": 4})]
        done = {"codigo_status_tip": 0}
        self.answer("POST", f"/simcard/{ICCID}/bloquear/total", done, match=match)
        self.answer("POST", f"/simcard/{ICCID}/bloquear/parcial", done)
        self.answer("POST", f"/simcard/{ICCID}/desbloquear", done)
        self.client.block_total(ICCID, BlockReason.NONPAYMENT)
        self.client.block_partial(ICCID)
        self.client.unblock(ICCID)

    def test_an_iccid_that_is_none_never_reaches_a_path(self):
        for iccid in ("", "11987654321", "../planos", ICCID + "\n"):
            with self.subTest(iccid=iccid), self.assertRaises(ValueError):
                self.client.unblock(iccid)

    def test_a_refusal_in_a_2xx_quotes_the_platform(self):
        payload = {"codigo_status_tip": 7, "msg_usuario": "Chip já em uso"}
        self.answer("POST", f"/simcard/{ICCID}/desbloquear", payload)
        with self.assertRaises(tip_errors.Refused) as caught:
            self.client.unblock(ICCID)
        self.assertEqual(caught.exception.user_message, "Chip já em uso")
        self.assertEqual(caught.exception.status, 200)

    def test_the_error_text_does_not_quote_the_platform(self):
        payload = {"message": "CPF 123.456.789-09 inválido"}
        self.answer("POST", f"/simcard/{ICCID}/desbloquear", payload, status=422)
        with self.assertRaises(tip_errors.Refused) as caught:
            self.client.unblock(ICCID)
        self.assertEqual(str(caught.exception), "Refused (unblock, HTTP 422)")


class TestFailures(ClientCase):
    """Which class each failure becomes, for a read and for a write."""

    def fails(self, expected_read, expected_write, **answer):
        """Both a read and a write get the same answer."""
        self.answer("GET", "/planos", **answer)
        self.answer("POST", f"/simcard/{ICCID}/desbloquear", **answer)
        caught = []
        for call, expected in (
            (self.client.plans, expected_read),
            (lambda: self.client.unblock(ICCID), expected_write),
        ):
            with self.assertRaises(TipError) as context:
                call()
            self.assertIs(type(context.exception), getattr(tip_errors, expected))
            caught.append(context.exception)
        self.wire.reset()
        return caught

    def test_refused_tokens(self):
        for status in (401, 403):
            self.fails("TokenRefused", "TokenRefused", status=status, body="<html>")

    def test_not_found(self):
        said = {"message": ["Não", "existe"]}
        for error in self.fails("NotFound", "NotFound", status=404, payload=said):
            self.assertEqual(error.user_message, "Não existe")
            self.assertEqual(error.status, 404)

    def test_other_4xx_are_refusals(self):
        for status in (400, 405, 409, 413, 422):
            self.fails("Refused", "Refused", status=status, body="")

    def test_a_proxy_that_gave_up_leaves_the_outcome_unknown(self):
        self.fails("Unavailable", "OutcomeUnknown", status=408, body="")

    def test_5xx_with_html_or_json(self):
        html, said = "<html>Bad gateway</html>", {"message": "Fora do ar"}
        for error in self.fails("Unavailable", "OutcomeUnknown", status=502, body=html):
            self.assertEqual(error.user_message, "")
        for error in self.fails(
            "Unavailable", "OutcomeUnknown", status=500, payload=said
        ):
            self.assertEqual(error.user_message, "Fora do ar")

    def test_a_redirect_is_a_wrong_address_and_a_write_may_have_been_done_before(self):
        for status in (301, 302, 307, 308, 304):
            self.fails(
                "Misconfigured",
                "OutcomeUnknown",
                status=status,
                headers={"Location": "https://elsewhere.example/"},
                body="",
            )

    def test_a_2xx_that_is_not_json(self):
        for body in ("", "<html>ok</html>", '{"results": [', "[1] x", "NaN", "\xff"):
            with self.subTest(body=body):
                self.fails("Unavailable", "OutcomeUnknown", body=body)

    def test_a_2xx_that_is_neither_object_nor_list(self):
        for body in ('"ok"', "null", "0", "true"):
            with self.subTest(body=body):
                self.fails("Unavailable", "OutcomeUnknown", body=body)

    def test_a_2xx_nested_beyond_reason(self):
        body = "[" * 100_000 + "]" * 100_000
        self.fails("Unavailable", "OutcomeUnknown", body=body)

    def test_transport_failures_without_proof_leave_the_outcome_unknown(self):
        for failure in (
            requests.ConnectionError("?"),
            requests.ReadTimeout("?"),
            requests.exceptions.ChunkedEncodingError("?"),
            OSError("no CA bundle"),
            AttributeError("readline"),
        ):
            with self.subTest(failure=failure):
                self.fails("Unavailable", "OutcomeUnknown", body=failure)

    def test_a_connect_timeout_sent_nothing(self):
        failure = requests.ConnectTimeout("?")
        self.fails("Unreachable", "Unreachable", body=failure)

    def test_an_address_that_is_none(self):
        for base_url in (
            "",
            "tip.example",
            "ftp://tip.example",
            "https://",
            "https://user:pass@tip.example",
            "https://tip.example/?user_token=abc",
            "https://tip.example:port",
            "https://[::1",
        ):
            taken = []
            client = make_client(base_url, acquire=taken.append)
            with self.subTest(base_url=base_url):
                with self.assertRaises(tip_errors.Misconfigured):
                    client.plans()
                self.assertEqual(taken, [], "a slot was taken for nothing")

    def test_a_host_that_cannot_be_one(self):
        with self.assertRaises(tip_errors.Misconfigured):
            make_client("https://*.example").plans()

    def test_a_slash_at_the_end_of_the_address_is_not_doubled(self):
        self.answer("GET", "/planos", [])
        self.assertEqual(make_client(BASE + "/").plans(), [])


class TestRateLimit(ClientCase):
    def test_each_request_acquires_a_slot_with_its_priority(self):
        self.answer("GET", "/planos", [])
        taken = []
        make_client(acquire=taken.append).plans()
        client = make_client(acquire=taken.append, priority=INTERACTIVE)
        client.plans()
        client.plans()
        self.assertEqual(taken, [BULK, INTERACTIVE, INTERACTIVE])

    def test_without_a_slot_nothing_is_sent(self):
        def acquire(priority):
            raise SlotUnavailable(retry_in=3.0)

        with self.assertRaises(SlotUnavailable) as caught:
            make_client(acquire=acquire).plans()
        self.assertEqual(caught.exception.retry_in, 3.0)
        self.assertEqual(len(self.wire.calls), 0)

    def throttled(self, **headers):
        """:return: seconds told to on_throttled, and those in the error"""
        self.answer("GET", "/planos", {}, status=429, headers=headers)
        told = []
        with self.assertRaises(tip_errors.Throttled) as caught:
            make_client(on_throttled=told.append).plans()
        self.wire.reset()
        return told, caught.exception.retry_after

    def test_retry_after_in_seconds(self):
        self.assertEqual(self.throttled(**{"Retry-After": "7"}), ([7.0], 7.0))

    def test_retry_after_as_a_date(self):
        at = datetime.datetime.now(UTC) + datetime.timedelta(seconds=90)
        date = at.strftime("%a, %d %b %Y %H:%M:%S GMT")
        [told], wait = self.throttled(**{"Retry-After": date})
        self.assertEqual(told, wait)
        self.assertTrue(60 < wait <= 90, wait)

    def test_a_date_that_has_passed_is_no_wait(self):
        date = "Wed, 01 Jan 2020 00:00:00 GMT"
        self.assertEqual(self.throttled(**{"Retry-After": date})[1], 0.0)

    def test_a_minute_when_nothing_usable_is_said(self):
        for headers in ({}, {"Retry-After": "logo"}, {"Retry-After": "-5"}):
            self.assertEqual(self.throttled(**headers)[1], 60.0)

    def test_an_hour_at_most(self):
        self.assertEqual(self.throttled(**{"Retry-After": "999999"})[1], 3600.0)

    def test_a_throttled_write_did_nothing(self):
        self.answer("POST", f"/simcard/{ICCID}/desbloquear", {}, status=429)
        with self.assertRaises(tip_errors.Throttled):
            self.client.unblock(ICCID)

    def test_nothing_is_repeated_by_itself(self):
        self.answer("GET", "/planos", {}, status=503, headers={"Retry-After": "0"})
        with self.assertRaises(Unavailable):
            self.client.plans()
        self.assertEqual(len(self.wire.calls), 1)


class TestAnswersToWrites(ClientCase):
    """What is neither a clear yes nor a clear no is to be confirmed."""

    PATH = f"/simcard/{ICCID}/bloquear/parcial"

    def _block(self, **answer):
        self.wire.reset()
        self.answer("POST", self.PATH, **answer)
        return self.client.block_partial(ICCID)

    def test_a_no_in_every_row_is_a_no(self):
        no = {"codigo_status_tip": 5, "msg_usuario": "Não pode"}
        for payload in (
            [no, no],
            {"results": [no, no]},
            {"codigo_status_tip": 0, "data": {"results": [no]}},
        ):
            with self.subTest(payload), self.assertRaises(tip_errors.Refused) as caught:
                self._block(payload=payload)
            self.assertEqual(caught.exception.user_message, "Não pode")

    def test_a_yes_and_a_no_is_neither(self):
        yes, no = {"codigo_status_tip": 0}, {"codigo_status_tip": 5}
        for payload in (
            [yes, no],
            [no, yes],
            {**yes, "results": [no, {}]},
            {**yes, "data": [{"ok": 1}, no]},
        ):
            with (
                self.subTest(payload),
                self.assertRaises(tip_errors.OutcomeUnknown),
            ):
                self._block(payload=payload)

    def test_a_code_that_is_none_is_neither(self):
        for written in (
            b"[]",
            b"{}",
            b"false",
            b'"OK"',
            b'"\\ud800"',
            b"0." + b"0" * 40,
            b'5, "codigo_status_tip": 0',
            b'0, "codigo_status_tip": 5',
        ):
            with (
                self.subTest(written),
                self.assertRaises(tip_errors.OutcomeUnknown),
            ):
                self._block(body=b'{"codigo_status_tip": %s}' % written)

    def test_what_was_only_taken_in_is_not_done(self):
        for status in (202, 203, 206):
            with (
                self.subTest(status),
                self.assertRaises(tip_errors.OutcomeUnknown),
            ):
                self._block(payload={"codigo_status_tip": 0}, status=status)
        self._block(payload={"codigo_status_tip": 0}, status=201)


class TestAnswerSize(ClientCase):
    def test_an_answer_beyond_the_limit_is_not_read_on(self):
        answer = {"status": "EM USO", "x": ["x" * 1000] * 3000}
        self.answer("GET", f"/estoque/{ICCID}", answer)
        with self.assertRaises(Unavailable) as caught:
            self.client.sim(ICCID)
        self.assertIn("more than 1 MiB", str(caught.exception))

    def test_values_that_memory_does_not_hold_are_not_read_on(self):
        answer = {"status": "EM USO", "x": [1] * 20_000}
        self.answer("GET", f"/estoque/{ICCID}", answer)
        with self.assertRaisesRegex(Unavailable, "more than 10000 values"):
            self.client.sim(ICCID)

    def test_a_long_error_page_is_not_read_on(self):
        body = json.dumps({"message": "x" * 100_000})
        self.answer("GET", "/planos", body=body, status=422)
        with self.assertRaises(tip_errors.Refused) as caught:
            self.client.plans()
        self.assertEqual(caught.exception.user_message, "")
