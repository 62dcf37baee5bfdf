# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The token is found nowhere but on the wire."""

import contextlib
import html
import json
import logging
import traceback
from datetime import date
from urllib.parse import quote, quote_plus

import responses

from ...lib import Refused, TipError, Unavailable, Unreachable
from ...lib.redaction import MASK, Redactor, protect_url_logs
from ..lib_common import (
    BASE,
    ICCID,
    LOGGER,
    TOKEN,
    LibCase,
    all_logs,
    chain,
    make_client,
    reply,
)
from ..lib_common import server as loopback

FORMS = {TOKEN, quote(TOKEN, safe=""), quote_plus(TOKEN), html.escape(TOKEN)}


class TestTokenStaysPrivate(LibCase):
    def assertPrivate(self, text):
        for form in FORMS:
            self.assertNotIn(form, str(text))

    def assertPrivateError(self, error):
        for found in chain(error):
            self.assertPrivate("".join(traceback.format_exception(found)))
            self.assertPrivate(repr(found))
            self.assertPrivate(repr(vars(found)))

    def test_nowhere_in_the_client_s_representation(self):
        self.assertPrivate(repr(make_client()))
        self.assertEqual(repr(make_client()), "<TipClient>")

    def test_on_the_wire_it_is_quoted(self):
        with loopback(reply(b"[]")) as httpd:
            make_client(httpd.url).plans()
        self.assertIn(f"user_token={quote(TOKEN, safe='')} ", httpd.seen[0][0])

    def test_nowhere_in_the_logs_at_any_level(self):
        with all_logs() as written, loopback(reply(b"[]")) as httpd:
            make_client(httpd.url).plans()
        text = "\n".join(written)
        self.assertPrivate(text)
        self.assertIn(f"user_token={MASK}", text, "urllib3 wrote no URL to mask")

    def test_nowhere_in_a_transport_failure(self):
        with all_logs() as written, self.assertRaises(Unreachable) as caught:
            make_client("http://127.0.0.1:1").plans()
        self.assertPrivateError(caught.exception)
        self.assertPrivate("\n".join(written))

    @responses.activate
    def test_nowhere_in_an_error_that_echoes_it(self):
        for said in FORMS:
            for status in (200, 422, 404, 401, 429, 500):
                body = {"codigo_status_tip": 1, "msg_usuario": f"Token {said} !"}
                responses.upsert("GET", BASE + "/planos", json=body, status=status)
                with self.assertRaises(TipError) as caught:
                    make_client().plans()
                self.assertPrivateError(caught.exception)
                self.assertEqual(caught.exception.user_message, f"Token {MASK} !")

    @responses.activate
    def test_nowhere_in_a_malformed_answer_s_error(self):
        responses.get(BASE + "/planos", body=f'{{"x": "{TOKEN}"')
        with self.assertRaises(Unavailable) as caught:
            make_client().plans()
        self.assertPrivateError(caught.exception)

    @responses.activate
    def test_nowhere_in_an_answer_that_echoes_it(self):
        body = {"codigo_status_tip": 0, "msg_usuario": f"?user_token={TOKEN}"}
        responses.post(f"{BASE}/simcard/{ICCID}/desbloquear", json=body)
        result = make_client().unblock(ICCID)
        self.assertPrivate(result)
        self.assertEqual(result.user_message, f"?user_token={MASK}")

    @responses.activate
    def test_nowhere_in_a_statement_s_refusal(self):
        body = {"codigo_status_tip": 1, "msg_usuario": TOKEN, "results": []}
        responses.post(f"{BASE}/consumo-detalhado", body=json.dumps(body))
        with (
            self.assertRaises(Refused) as caught,
            make_client().detailed_usage(date(2026, 10, 1)),
        ):
            self.fail("a refusal was handed out")
        self.assertPrivateError(caught.exception)

    def test_the_filter_is_put_on_once(self):
        protect_url_logs()
        logger = logging.getLogger("urllib3.connectionpool")
        before = list(logger.filters)
        protect_url_logs()
        self.assertEqual(logger.filters, before)

    def test_an_empty_token_masks_nothing(self):
        self.assertEqual(Redactor("").text("abc"), "abc")

    def test_masking_reaches_into_lists_and_objects(self):
        tree = {"a": [TOKEN, 1, None, {"b": f"x{TOKEN}"}]}
        masked = {"a": [MASK, 1, None, {"b": f"x{MASK}"}]}
        self.assertEqual(Redactor(TOKEN).tree(tree), masked)


class TestLogLine(LibCase):
    def lines(self, call):
        with (
            self.assertLogs(LOGGER, logging.INFO) as logs,
            contextlib.suppress(TipError),
        ):
            call(make_client())
        return [record.getMessage() for record in logs.records]

    @responses.activate
    def test_one_line_per_call_with_path_status_and_time(self):
        responses.get(BASE + "/planos", json=[])
        [line] = self.lines(lambda client: client.plans())
        self.assertRegex(line, r"^TIP GET /planos 200 \d+ ms$")

    @responses.activate
    def test_a_failure_names_its_class_beside_the_status(self):
        responses.post(f"{BASE}/simcard/{ICCID}/desbloquear", status=502)
        [line] = self.lines(lambda client: client.unblock(ICCID))
        self.assertRegex(
            line, rf"^TIP POST /simcard/{ICCID}/desbloquear 502 OutcomeUnknown \d+ ms$"
        )

    @responses.activate
    def test_a_business_refusal_is_told_from_a_success(self):
        responses.get(BASE + "/planos", json={"codigo_status_tip": 3})
        [line] = self.lines(lambda client: client.plans())
        self.assertRegex(line, r"200 Refused \d+ ms$")

    @responses.activate
    def test_an_answer_that_cannot_be_read_is_told_with_its_place(self):
        responses.get(BASE + "/planos", body=b"[1, " + b"1" * 4301 + b"]")
        [line] = self.lines(lambda client: client.plans())
        self.assertIn(
            "Unavailable (malformed answer: no usable number at byte 4)", line
        )

    @responses.activate
    def test_without_an_answer_there_is_only_the_class(self):
        responses.get(BASE + "/planos", body=ConnectionResetError())
        [line] = self.lines(lambda client: client.plans())
        self.assertRegex(line, r"^TIP GET /planos Unavailable \d+ ms$")
