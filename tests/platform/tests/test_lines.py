"""The life of a line: activation, port-in, blocks, plan, top-up, end."""

from datetime import datetime, timedelta
from typing import Any

from tests.platform import OPERATIONS, PortInStatus, SimStatus, SimulatedPlatform
from tests.platform.dialect import without_accents
from tests.platform.tests.case import (
    ACTIVATION,
    OCTOBER_5,
    TOKEN,
    Answer,
    PlatformCase,
    call,
    ticks,
)
from tests.platform.usage import TICKS


class TestActivation(PlatformCase):
    def test_an_activated_sim_is_in_use_with_a_number_of_the_area(self):
        iccid = self.available()
        answer = self.activate(iccid)
        self.assertEqual(answer.code, 0)
        self.assertTrue(answer.json["numero"].startswith("119"))
        sim = self.call("GET", f"/estoque/{iccid}").row
        self.assertEqual(sim["numero"], answer.json["numero"])
        self.assertEqual(sim["cpf"], ACTIVATION["document_number"])
        self.assertEqual(sim["data_ativacao"][:10], "2026-10-05")
        self.assertEqual(self.platform.sim(iccid).status, SimStatus.IN_USE)

    def test_a_number_may_be_told_only_later(self):
        self.platform.set_options(untold_numbers=1)
        iccid = self.available()
        self.assertNotIn("numero", self.activate(iccid).json)
        reads = [self.call("GET", f"/estoque/{iccid}").row for _ in range(2)]
        self.assertFalse(reads[0]["numero"])
        self.assertEqual(reads[1]["numero"], self.contract(iccid).number)

    def test_numbers_do_not_depend_on_the_order_of_activation(self):
        other = SimulatedPlatform(TOKEN, clock=OCTOBER_5).start()
        self.addCleanup(other.stop)
        first, second = self.available(0), self.available(1)
        for iccid in (first, second):
            self.activate(iccid)
        for iccid in (second, first):
            call(other.url, "POST", f"/simcard/{iccid}/ativar", ACTIVATION)
        for iccid in (first, second):
            ours, theirs = self.platform.sim(iccid), other.sim(iccid)
            self.assertEqual(ours.contract.number, theirs.contract.number)
            self.assertEqual(ours.contract.code, theirs.contract.code)

    def test_business_refusals_are_200_with_a_code_and_change_nothing(self):
        cancelled = self.platform.sims(SimStatus.CANCELLED)[0].iccid
        taken = self.active()[1]
        port = {"portability": True}
        cases = (
            (11, {"iccid": self.active()[0]}),
            (12, {"iccid": cancelled}),
            (13, {"plan_code": "999"}),
            (14, {"document_number": "52998224724"}),
            (15, {"cn_contract_line": "20"}),
            (16, port | {"contract_line": "21987654321"}),
            (17, port | {"contract_line": "1132654321"}),
            (18, port | {"contract_line": taken, "cn_contract_line": taken[:2]}),
        )
        for code, changes in cases:
            with self.subTest(code=code):
                answer = self.activate(**changes)
                self.assertEqual((answer.status, answer.code), (200, code))
                self.assertTrue(answer.json["msg_usuario"])
        self.assertEqual(self.platform.journal, [])

    def test_a_bad_form_is_422_with_every_fault_at_once(self):
        answer = self.activate(
            person_name="",
            portability="sim",
            date_of_birth="1990-01-31",
            postcode="01000-000",
            city_code="355",
        )
        self.assertEqual(answer.status, 422)
        self.assertEqual(len(answer.json["message"]), 5)

    def test_a_body_that_is_not_json_is_400(self):
        path = f"/simcard/{self.available()}/ativar"
        answer = self.call("POST", path, "{not json")
        self.assertEqual(answer.status, 400)
        self.assertIsInstance(answer.json["message"], str)


class TestPortIn(PlatformCase):
    def request(self, number: str) -> tuple[str, str]:
        iccid = self.available()
        answer = self.activate(iccid, portability=True, contract_line=number)
        self.assertEqual(answer.code, 0)
        return iccid, self.contract(iccid).number

    def status(self, ident: str) -> dict[str, Any]:
        return self.call("GET", f"/portabilidade/status/{ident}").json

    def test_a_port_in_walks_through_its_states_by_the_platforms_clock(self):
        self.platform.set_options(plain=True)
        iccid, temporary = self.request("11987654321")
        self.assertNotEqual(temporary, "11987654321")
        self.assertEqual(self.status(iccid)["status"], "PENDENTE")
        self.platform.advance(timedelta(hours=1))
        waiting = self.status("11987654321")
        self.assertEqual(waiting["status"], "AGUARDANDO JANELA")
        self.assertEqual(waiting["janela"], "2026-10-08 09:00:00")
        self.platform.set_clock(datetime(2026, 10, 8, 11))
        self.assertEqual(self.status(iccid)["status"], "PORTABILIDADE CONCLUÍDA")
        sim = self.call("GET", f"/estoque/{iccid}").row
        self.assertEqual(sim["numero"], "11987654321")
        gone = self.call("GET", f"/portabilidade/status/{temporary}")
        self.assertEqual(gone.status, 404)

    def test_the_last_digits_of_a_number_decide_its_fate(self):
        fates = {
            "11987650001": PortInStatus.REFUSED,
            "11987650002": PortInStatus.CONFLICT,
            "11987650003": PortInStatus.CANCELLED,
            "11987650004": PortInStatus.SUSPENDED,
            "11987650005": PortInStatus.PARTIAL_FAILURE,
        }
        asked = {number: self.request(number) for number in fates}
        self.platform.advance(timedelta(days=10))
        for number, (iccid, temporary) in asked.items():
            answer = self.status(iccid)
            told = without_accents(answer["status"]).upper()
            self.assertEqual(told, fates[number])
            self.assertTrue(answer["erro_info"])
            self.assertEqual(self.contract(iccid).number, temporary)

    def test_a_port_in_can_be_moved_by_hand(self):
        iccid, _temporary = self.request("11987654321")
        self.platform.advance_port_in(iccid)
        moved = self.platform.advance_port_in(iccid, PortInStatus.DONE)
        self.assertTrue(moved.window)
        self.assertEqual(self.contract(iccid).number, "11987654321")
        with self.assertRaises(ValueError):
            self.platform.advance_port_in(iccid)

    def test_support_repeats_a_port_in_with_another_number(self):
        iccid, temporary = self.request("11987650001")
        self.platform.advance(timedelta(hours=1))
        self.assertEqual(self.status(iccid)["status"].upper(), "RECUSADA")
        again = self.platform.repeat_port_in(iccid, "11987654321")
        self.assertEqual((again.status, again.reason), (PortInStatus.PENDING, ""))
        self.assertEqual(again.temporary_number, temporary)
        self.platform.advance(timedelta(days=10))
        self.status(iccid)
        self.assertEqual(self.contract(iccid).number, "11987654321")
        with self.assertRaises(ValueError):
            self.platform.repeat_port_in(iccid)

    def test_a_line_without_port_in_says_how_it_is(self):
        answer = self.status(self.active()[0])
        self.assertEqual(answer["status"].upper(), "EM USO")


class TestLineOperations(PlatformCase):
    def post(self, ident: str, path: str, body: Any = None) -> Answer:
        return self.call("POST", f"/simcard/{ident}/{path}", body)

    def test_a_line_is_blocked_and_unblocked_by_iccid_or_number(self):
        iccid, number = self.active()
        steps = (
            (iccid, "bloquear/parcial", None, 0, SimStatus.BLOCKED_PARTIAL),
            (number, "bloquear/total", {"reason": "4"}, 0, SimStatus.BLOCKED_TOTAL),
            (iccid, "bloquear/total", {"reason": 1}, 22, SimStatus.BLOCKED_TOTAL),
            (iccid, "bloquear/parcial", None, 22, SimStatus.BLOCKED_TOTAL),
            (number, "desbloquear", None, 0, SimStatus.IN_USE),
            (number, "desbloquear", None, 23, SimStatus.IN_USE),
        )
        for ident, path, body, code, status in steps:
            with self.subTest(path=path, code=code):
                self.assertEqual(self.post(ident, path, body).code, code)
                self.assertEqual(self.platform.sim(iccid).status, status)
        self.assertEqual(self.post("55" + number, "desbloquear").status, 404)

    def test_a_total_block_needs_a_reason_from_1_to_5(self):
        iccid, _number = self.active()
        for body in (None, {}, {"reason": 6}, {"reason": "x"}, {"reason": True}):
            answer = self.post(iccid, "bloquear/total", body)
            self.assertEqual(answer.status, 422)

    def test_a_sim_without_line_is_refused(self):
        self.assertEqual(self.post(self.available(), "desbloquear").code, 21)
        body = {"reason": 4}
        self.assertEqual(self.post(self.available(), "bloquear/total", body).code, 21)

    def test_plan_change_top_up_and_cancellation(self):
        iccid, number = self.active()
        before = self.call("POST", f"/saldo/{iccid}/dados").json["balance"]
        self.assertEqual(self.post(number, "saldo/adicionar", {"quantity": 2}).code, 0)
        after = self.call("POST", f"/saldo/{number}/dados", real_time="true")
        self.assertEqual(ticks(after.json["balance"]) - ticks(before), 2 * TICKS)
        told = self.call("GET", f"/simcard/{iccid}/ultima-recarga").json
        self.assertEqual(told["ultima_recarga"], "2026-10-05")
        for bad in ({}, {"quantity": 0}, {"quantity": 1.5}, {"quantity": True}):
            self.assertEqual(self.post(iccid, "saldo/adicionar", bad).status, 422)
        changed = [
            self.post(iccid, "plano/alterar", {"plan_code": code}).code
            for code in (206, "206", 999)
        ]
        self.assertEqual(changed, [0, 25, 13])
        self.assertEqual([self.post(iccid, "cancelar").code for _ in "12"], [0, 24])
        self.assertEqual(self.post(iccid, "desbloquear").code, 24)
        self.assertEqual(self.activate(iccid).code, 12)

    def test_staff_can_make_a_cancelled_sim_available_for_a_new_line(self):
        sim = self.platform.sims(SimStatus.CANCELLED)[0]
        old = sim.contract
        self.platform.set_status(sim.iccid, "available")
        self.assertEqual(self.activate(sim.iccid).code, 0)
        self.assertIsNot(self.contract(sim.iccid), old)
        with self.assertRaises(ValueError):
            self.platform.set_status(self.available(), SimStatus.IN_USE)

    def test_every_operation_is_served(self):
        for operation, (method, path) in OPERATIONS.items():
            iccid, number = self.active()
            ident = iccid if "{iccid}" in path else number
            path = path.replace("{iccid}", ident).replace("{id}", ident)
            body = {"periodo": "2026-09", "quantity": 1, "reason": 4}
            with self.subTest(operation=operation):
                answer = self.call(method, path, body if method == "POST" else None)
                self.assertIn(answer.status, (200, 422))
                self.assertEqual(self.platform.requests[-1].operation, operation)
