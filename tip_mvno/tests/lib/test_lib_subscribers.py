# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import json
import tracemalloc
from unittest.mock import patch

from responses import matchers

from ...lib import (
    Problem,
    ProblemKind,
    Refused,
    SimStatus,
    Subscriber,
    SubscriberContract,
    TipError,
    Unavailable,
    errors,
)
from ...lib import client as client_module
from ..lib_common import (
    BASE,
    ICCID,
    TOKEN,
    ClientCase,
    LibCase,
    chain,
    make_client,
    reply,
    server,
)

PATH = "/assinantes/listar"
LINE = {
    "status": "ATIVO",
    "sim_card": ICCID,
    "numero_contrato": "000123",
    "linha_contrato": "11987654321",
    "plano": "5GB",
}
PERSON = {
    "tipo_pessoa": "F",
    "cpf_cnpj": "123.456.789-09",
    "nome": "Fulana de Exemplo",
    "contratos": [LINE],
}
COMPANY = {
    "tipo_pessoa": "J",
    "cpf_cnpj": "12.ABC.345/01DE-35",
    "razao_social": "Exemplo Telecom Ltda",
    "nome_fantasia": "Exemplo",
    "contratos": [],
}


class SubscribersCase(ClientCase):
    def fetch(self, payload, status=200):
        """:return: subscribers, and what could not be used"""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self.wire.upsert("GET", BASE + PATH, body=body, status=status)
        with self.client.subscribers() as found:
            told = list(found)
            problems = list(found.problems)
            self.assertEqual(list(found), told, "a second reading differs")
            self.assertEqual(found.problems, problems)
            return told, problems

    def one(self, **changes):
        """:return: the subscriber read from a changed row"""
        [subscriber], _problems = self.fetch([PERSON | changes])
        return subscriber

    def lines(self, *rows):
        """:return: lines of a subscriber, and what could not be used"""
        [subscriber], problems = self.fetch([PERSON | {"contratos": rows}])
        return subscriber.contracts, problems


class TestSubscribers(SubscribersCase):
    def test_a_person_with_a_line_and_a_company_without(self):
        payload = {"codigo_status_tip": 0, "results": [PERSON, COMPANY]}
        contract = SubscriberContract(
            ICCID, "000123", "+5511987654321", SimStatus.IN_USE, "ATIVO", "5GB"
        )
        person = Subscriber("12345678909", "Fulana de Exemplo", "", False, [contract])
        company = Subscriber(
            "12ABC34501DE35", "Exemplo Telecom Ltda", "Exemplo", True, []
        )
        self.assertEqual(self.fetch(payload), ([person, company], []))

    def test_all_four_envelopes(self):
        for payload in (
            [PERSON, COMPANY],
            {"results": [PERSON, COMPANY]},
            {"data": [PERSON, COMPANY], "codigo_status_tip": "0"},
            {"data": {"results": [PERSON, COMPANY]}},
        ):
            with self.subTest(keys=next(iter(payload))):
                self.assertEqual(len(self.fetch(payload)[0]), 2)

    def test_a_token_without_subscribers(self):
        for payload in ([], {"results": []}, {"codigo_status_tip": 0, "data": None}):
            self.assertEqual(self.fetch(payload), ([], []))

    def test_their_number_is_known_before_they_are_read(self):
        self.answer("GET", PATH, [PERSON, COMPANY])
        with self.client.subscribers() as found:
            self.assertEqual(found.subscriber_count, 2)

    def test_one_document_is_asked_for_without_punctuation(self):
        for document, wanted in (
            (None, {}),
            ("", {}),
            ("123.456.789-09", {"cpf_cnpj": "12345678909"}),
            ("12.abc.345/01de-35", {"cpf_cnpj": "12ABC34501DE35"}),
        ):
            match = [matchers.query_param_matcher({"user_token": TOKEN, **wanted})]
            self.answer("GET", PATH, [], match=match)
            with self.client.subscribers(document) as found:
                self.assertEqual(list(found), [])
            self.wire.reset()

    def test_a_name_is_taken_from_where_it_is(self):
        for changes, name in (
            ({"nome": "", "razao_social": "Fulana"}, "Fulana"),
            ({"tipo_pessoa": "J", "razao_social": None}, "Fulana de Exemplo"),
            ({"tipo_pessoa": "J", "nome": "", "nome_fantasia": "Loja"}, "Loja"),
            ({"nome": None}, ""),
        ):
            with self.subTest(changes=changes):
                self.assertEqual(self.one(**changes).name, name)

    def test_a_company_shows_by_its_document_or_name_when_nothing_says_so(self):
        for changes, expected in (
            ({"tipo_pessoa": None}, False),
            ({"tipo_pessoa": "j"}, True),
            ({"tipo_pessoa": None, "cpf_cnpj": COMPANY["cpf_cnpj"]}, True),
            ({"tipo_pessoa": None, "cpf_cnpj": "", "razao_social": "Loja"}, True),
        ):
            with self.subTest(changes=changes):
                self.assertIs(self.one(**changes).is_company, expected)

    def test_a_document_sent_as_a_number_gets_its_zeros_back(self):
        self.assertEqual(self.one(cpf_cnpj=1234567890).document, "01234567890")
        company = self.one(tipo_pessoa="J", cpf_cnpj=191)
        self.assertEqual(company.document, "00000000000191")
        self.assertEqual(self.one(cpf_cnpj=None).document, "")

    def test_the_token_is_in_no_row(self):
        [subscriber], _problems = self.fetch([PERSON | {"nome": f"X {TOKEN}"}])
        self.assertEqual(subscriber.name, "X ***")


class TestLines(SubscribersCase):
    def test_states_whatever_their_spelling(self):
        for told, expected in (
            ("Cancelado", SimStatus.CANCELLED),
            ("BLOQUEADO", SimStatus.BLOCKED),
            ("bloqueio parcial", SimStatus.PARTIALLY_BLOCKED),
            ("EM USO", SimStatus.IN_USE),
            ("Estranho", SimStatus.UNKNOWN),
            (None, SimStatus.UNKNOWN),
        ):
            [line], _problems = self.lines(LINE | {"status": told})
            self.assertEqual((line.status, line.raw_status), (expected, told or ""))

    def test_codes_are_text_and_numbers_e164(self):
        [line], problems = self.lines(
            LINE | {"numero_contrato": 123, "linha_contrato": 1132654321}
        )
        self.assertEqual(line.platform_contract, "123")
        self.assertEqual((line.number, problems), ("+551132654321", []))

    def test_a_line_is_known_by_its_iccid_or_its_contract(self):
        lines, problems = self.lines(
            LINE | {"sim_card": None}, LINE | {"numero_contrato": ""}
        )
        self.assertEqual([line.iccid for line in lines], ["", ICCID])
        self.assertEqual([line.platform_contract for line in lines], ["000123", ""])
        self.assertEqual(problems, [])

    def test_a_line_known_by_neither_is_told(self):
        lines, problems = self.lines({"status": "ATIVO"}, "x", LINE)
        self.assertEqual(len(lines), 1)
        told = Problem(ProblemKind.NO_IDENTITY, "12345678909")
        self.assertEqual(problems, [told, told])

    def test_an_iccid_that_is_none_is_told_and_the_line_kept(self):
        [line], problems = self.lines(LINE | {"sim_card": "8955"})
        self.assertEqual((line.iccid, line.platform_contract), ("", "000123"))
        told = [Problem(ProblemKind.ICCID, "12345678909", "8955")]
        self.assertEqual(problems, told)

    def test_lists_php_made_objects_of(self):
        for told, count in (({"0": LINE, "2": LINE}, 2), (LINE, 1), (None, 0), ({}, 0)):
            [subscriber], problems = self.fetch([PERSON | {"contratos": told}])
            self.assertEqual((len(subscriber.contracts), problems), (count, []))

    def test_lines_that_are_no_list_are_told(self):
        rows = [PERSON | {"contratos": "x"}, {"nome": "Y", "contratos": 1}]
        subscribers, problems = self.fetch(rows)
        self.assertEqual([one.contracts for one in subscribers], [[], []])
        kinds = [(problem.kind, problem.about) for problem in problems]
        lines = ProblemKind.LINES
        self.assertEqual(kinds, [(lines, "12345678909"), (lines, "Y")])

    def test_a_row_that_is_no_object_is_told_and_the_others_kept(self):
        subscribers, problems = self.fetch([None, PERSON, 7])
        self.assertEqual(len(subscribers), 1)
        rows = [Problem(ProblemKind.ROW, "1"), Problem(ProblemKind.ROW, "3")]
        self.assertEqual(problems, rows)

    def test_a_problem_s_text_names_no_person(self):
        self.assertNotIn("123", repr(Problem(ProblemKind.ICCID, "12345678909", "123")))


class TestFailures(SubscribersCase):
    def test_nothing_is_handed_out_of_an_incomplete_answer(self):
        whole = json.dumps({"codigo_status_tip": 0, "results": [PERSON] * 2}).encode()
        for cut in (0, 1, len(whole) // 2, len(whole) - 1):
            with self.subTest(cut=cut), self.assertRaises(Unavailable) as caught:
                self.fetch(whole[:cut])
            self.assertEqual(chain(caught.exception), [caught.exception])

    def test_what_is_no_list_is_not_an_empty_one(self):
        for body in (b"<html>", b"{}", b'{"codigo_status_tip": 0}', b"null", b"[] x"):
            with self.subTest(body=body), self.assertRaises(Unavailable):
                self.fetch(body)

    def test_a_refusal_after_the_list_counts(self):
        payload = {"results": [PERSON], "codigo_status_tip": "9", "msg_usuario": "Não"}
        with self.assertRaises(Refused) as caught:
            self.fetch(payload)
        self.assertEqual(caught.exception.user_message, "Não")
        self.assertEqual(caught.exception.operation, "subscribers")

    def test_failures_keep_their_class(self):
        for status, expected in (
            (401, "TokenRefused"),
            (404, "NotFound"),
            (429, "Throttled"),
            (500, "Unavailable"),
        ):
            with self.assertRaises(TipError) as caught:
                self.fetch(b"<html>", status=status)
            self.assertIs(type(caught.exception), getattr(errors, expected))


class TestMemory(LibCase):
    def test_memory_does_not_grow_with_the_subscribers(self):
        # 10,000 lines, 2.6 MB on the wire: beyond what is kept in memory, here 1 MB
        row = json.dumps(PERSON | {"contratos": [LINE | {"x": "x" * 100}] * 5}).encode()
        body = b'{"results": [' + b",".join([row] * 2_000) + b"]}"
        self.startPatcher(patch.object(client_module, "_IN_MEMORY_MAX", 1024**2))
        with server(reply(body)) as httpd, make_client(httpd.url) as client:
            tracemalloc.start()
            self.addCleanup(tracemalloc.stop)
            with client.subscribers() as found:
                lines = sum(len(subscriber.contracts) for subscriber in found)
            peak = tracemalloc.get_traced_memory()[1]
        self.assertEqual(lines, 10_000)
        self.assertGreater(len(body), 2_400_000)
        self.assertLess(peak, 2_000_000)
