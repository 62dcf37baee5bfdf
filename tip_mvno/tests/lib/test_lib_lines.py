# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the client does to a line in service, and what it asks of its balance."""

import datetime
from decimal import Decimal

from responses import matchers

from ...lib import Balance, NotFound, OutcomeUnknown, Refused, Unavailable
from ..lib_common import ICCID, TOKEN, ClientCase, make_client

DONE = {"codigo_status_tip": 0, "msg_usuario": "Feito"}


class TestLineWrites(ClientCase):
    def writes(self, action, call, wanted, payload=None):
        """:return: the result of a call that must send `wanted`"""
        match = [matchers.json_params_matcher(wanted)] if wanted else []
        path = f"/simcard/{ICCID}/{action}"
        self.answer("POST", path, payload or DONE, match=match)
        return call()

    def test_a_plan_is_changed_by_its_code_as_text(self):
        result = self.writes(
            "plano/alterar",
            lambda: self.client.change_plan(ICCID, "0104"),
            {"plan_code": "0104"},
        )
        self.assertEqual(result.user_message, "Feito")

    def test_a_line_is_cancelled_without_a_body(self):
        self.writes("cancelar", lambda: self.client.cancel(ICCID), None)
        self.assertIsNone(self.wire.calls[0].request.body)

    def test_a_top_up_is_a_whole_number_of_gigabytes(self):
        for gigabytes in (3, 3.0, Decimal(3)):
            with self.subTest(gigabytes=gigabytes):
                self.writes(
                    "saldo/adicionar",
                    lambda gigabytes=gigabytes: self.client.top_up(ICCID, gigabytes),
                    {"quantity": 3},
                )
                self.assertEqual(self.wire.calls[0].request.body, b'{"quantity": 3}')
                self.wire.reset()

    def test_another_quantity_is_not_sent(self):
        for gigabytes in (0, -1, 0.5, 1.5, Decimal("2.1")):
            with self.subTest(gigabytes=gigabytes), self.assertRaises(ValueError):
                self.client.top_up(ICCID, gigabytes)
        self.assertEqual(len(self.wire.calls), 0)

    def test_a_lost_answer_leaves_the_outcome_unknown(self):
        for action, call in self.calls():
            self.answer("POST", f"/simcard/{ICCID}/{action}", status=502, body="<p>")
            with self.subTest(action=action), self.assertRaises(OutcomeUnknown):
                call()

    def test_a_no_is_the_platform_s(self):
        no = {"codigo_status_tip": 12, "msg_usuario": "Linha bloqueada"}
        for action, call in self.calls():
            self.answer("POST", f"/simcard/{ICCID}/{action}", no)
            with self.subTest(action=action), self.assertRaises(Refused) as caught:
                call()
            self.assertEqual(caught.exception.user_message, "Linha bloqueada")

    def test_an_iccid_that_is_none_never_reaches_a_path(self):
        for call in (
            lambda: self.client.change_plan("11987654321", "1"),
            lambda: self.client.cancel("../planos"),
            lambda: self.client.top_up("", 1),
            lambda: self.client.balance("1"),
            lambda: self.client.last_top_up(ICCID + "\n"),
        ):
            with self.assertRaises(ValueError):
                call()

    def calls(self):
        return (
            ("plano/alterar", lambda: self.client.change_plan(ICCID, "1")),
            ("cancelar", lambda: self.client.cancel(ICCID)),
            ("saldo/adicionar", lambda: self.client.top_up(ICCID, 1)),
        )


class TestBalance(ClientCase):
    def balance(self, told, client=None):
        """:return: the balance read from an answer's value"""
        payload = {"balance": told, "codigo_status_tip": "0"}
        self.answer("POST", f"/saldo/{ICCID}/dados", payload)
        found = (client or self.client).balance(ICCID)
        self.wire.reset()
        return found

    def test_a_bare_number_counts_in_the_unit_of_the_platform(self):
        self.assertEqual(self.balance("12.50000"), Balance(Decimal(12800), "12.50000"))
        self.assertEqual(self.balance(1.5).data_mb, 1536)
        in_mb = make_client(balance_unit="mb")
        self.assertEqual(self.balance("12,5", in_mb).data_mb, Decimal("12.5"))

    def test_a_unit_of_its_own_counts(self):
        self.assertEqual(self.balance("512 MB"), Balance(Decimal(512), "512 MB"))

    def test_nothing_left_is_not_nothing_told(self):
        self.assertEqual(self.balance(0), Balance(Decimal(0), "0"))
        self.assertEqual(self.balance(None), Balance(None, ""))
        self.assertEqual(self.balance(""), Balance(None, ""))

    def test_what_is_no_amount_is_kept_as_told(self):
        self.assertEqual(self.balance("ilimitado"), Balance(None, "ilimitado"))
        self.assertEqual(self.balance("-0.5"), Balance(None, "-0.5"))

    def test_an_answer_without_a_balance(self):
        self.answer("POST", f"/saldo/{ICCID}/dados", {"codigo_status_tip": 0})
        self.assertEqual(self.client.balance(ICCID), Balance(None, ""))

    def test_the_network_is_asked_only_when_wanted(self):
        for real_time, wanted in ((False, {}), (True, {"real_time": "true"})):
            match = [matchers.query_param_matcher({"user_token": TOKEN, **wanted})]
            path = f"/saldo/{ICCID}/dados"
            self.answer("POST", path, {"data": [{"balance": 1}]}, match=match)
            self.client.balance(ICCID, real_time=real_time)
            self.wire.reset()

    def test_it_is_a_read_that_may_be_repeated(self):
        self.answer("POST", f"/saldo/{ICCID}/dados", status=502, body="")
        with self.assertRaises(Unavailable):
            self.client.balance(ICCID)


class TestLastTopUp(ClientCase):
    def last(self, payload):
        self.answer("GET", f"/simcard/{ICCID}/ultima-recarga", payload)
        try:
            return self.client.last_top_up(ICCID)
        finally:
            self.wire.reset()

    def test_it_is_a_local_date(self):
        for told in ("2026-10-03", "2026-10-03 23:59:59", "03/10/2026"):
            day = self.last({"ultima_recarga": told, "codigo_status_tip": 0})
            self.assertEqual(day, datetime.date(2026, 10, 3))

    def test_a_line_without_a_top_up(self):
        for told in (None, "", "0000-00-00"):
            self.assertIsNone(self.last({"ultima_recarga": told}))
        self.assertIsNone(self.last({"codigo_status_tip": 0}))

    def test_a_strange_date_is_not_taken_for_none(self):
        with self.assertRaises(Unavailable):
            self.last({"ultima_recarga": "ontem"})

    def test_an_unknown_line(self):
        self.answer("GET", f"/simcard/{ICCID}/ultima-recarga", {}, status=404)
        with self.assertRaises(NotFound):
            self.client.last_top_up(ICCID)
