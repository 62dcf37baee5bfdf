"""Ordered faults: what the client sees, and what really happened."""

import http.client
import json
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.platform import SimStatus, SimulatedPlatform
from tests.platform.tests.case import (
    TOKEN,
    Answer,
    PlatformCase,
    call,
)


class TestFaults(PlatformCase):
    def unblock(self, **more: Any) -> Answer:
        iccid = self.platform.sims(SimStatus.BLOCKED_TOTAL)[0].iccid
        return self.call("POST", f"/simcard/{iccid}/desbloquear", **more)

    def test_a_broken_answer_comes_before_or_after_the_effect(self):
        cases = (
            ("timeout_before", TimeoutError, False),
            ("timeout_after", TimeoutError, True),
            ("reset_before", ConnectionResetError, False),
            ("reset_after", ConnectionResetError, True),
        )
        for kind, error, effect in cases:
            with self.subTest(kind=kind):
                done = len(self.platform.effects("unblock"))
                self.platform.order_fault("unblock", kind)
                with self.assertRaises(error):
                    self.unblock(timeout=0.2)
                happened = len(self.platform.effects("unblock")) - done
                recorded = self.platform.calls("unblock")[-1]
                self.assertEqual(happened, int(effect))
                self.assertEqual(recorded.effect, effect)
                self.assertEqual((recorded.status, recorded.fault), (None, kind))

    def test_a_late_effect_comes_by_the_clock(self):
        iccid, _number = self.active()
        self.platform.order_fault("top_up", "late", delay=60, answer="server_error")
        path = f"/simcard/{iccid}/saldo/adicionar"
        answer = self.call("POST", path, {"quantity": 3})
        self.assertEqual(answer.status, 500)
        self.assertIn(b"<html>", answer.raw)
        self.assertEqual(self.contract(iccid).top_up_gb, 0)
        self.platform.advance(timedelta(seconds=61))
        self.assertEqual(self.contract(iccid).top_up_gb, 3)
        self.assertTrue(self.platform.calls("top_up")[0].effect)

    def test_a_late_effect_comes_with_the_nth_read(self):
        iccid = self.available()
        self.platform.order_fault("activate", "late", reads=3, answer="reset")
        with self.assertRaises(ConnectionResetError):
            self.activate(iccid)
        told = [
            "numero_contrato" in row and bool(row["numero_contrato"])
            for row in (self.call("GET", f"/estoque/{iccid}").row for _ in range(3))
        ]
        self.assertEqual(told, [False, False, True])

    def test_a_late_effect_that_is_no_longer_possible_is_journalled_as_refused(self):
        iccid = self.available()
        self.platform.order_fault("activate", "late", delay=5, answer="server_error")
        self.activate(iccid)
        self.assertEqual(self.activate(iccid).code, 0)
        self.platform.advance(timedelta(seconds=6))
        outcomes = [effect.refused for effect in self.platform.journal]
        self.assertEqual(outcomes, [False, True])
        self.assertEqual(len(self.platform.effects("activate", iccid)), 1)
        self.assertEqual(self.platform.sent_again(), {("activate", iccid): 2})

    def test_an_error_answer_can_hide_an_effect(self):
        self.platform.order_fault("activate", "server_error", effect="now", json=True)
        iccid = self.available()
        answer = self.activate(iccid)
        self.assertEqual(answer.status, 500)
        self.assertIn("message", answer.json)
        self.assertEqual(self.platform.sim(iccid).status, SimStatus.IN_USE)

    def test_malformed_answers_cannot_be_read(self):
        for form in ("truncated", "html", "empty"):
            self.platform.order_fault("plans", "malformed", form=form)
            with self.subTest(form=form), self.assertRaises(ValueError):
                self.assertEqual(self.call("GET", "/planos").json, None)
        self.platform.order_fault("plans", "malformed", form="cut")
        with self.assertRaises(http.client.IncompleteRead):
            self.call("GET", "/planos")
        self.platform.order_fault("plans", "malformed", form="wrong_shape")
        self.assertEqual(self.call("GET", "/planos").json, "OK")

    def test_429_and_refusals_can_be_ordered(self):
        self.platform.order_fault("unblock", "too_many", retry_after=7)
        self.platform.order_fault("unblock", "refused", code=77, text="Não hoje.")
        limited = self.unblock()
        self.assertEqual((limited.status, limited.headers["Retry-After"]), (429, "7"))
        refused = self.unblock()
        self.assertEqual((refused.code, refused.json["msg_usuario"]), (77, "Não hoje."))
        self.assertEqual(self.platform.journal, [])

    def test_an_activation_without_number_can_be_ordered(self):
        self.platform.order_fault("activate", "no_number", reads=2)
        iccid = self.available()
        self.assertNotIn("numero", self.activate(iccid).json)
        told = [self.call("GET", f"/estoque/{iccid}").row["numero"] for _ in range(3)]
        self.assertEqual([bool(number) for number in told], [False, False, True])

    def test_a_slow_answer_defeats_a_timeout_per_read(self):
        self.platform.order_fault("plans", "drip", seconds=0.0005)
        self.assertEqual(len(self.call("GET", "/planos", timeout=1).rows), 6)
        self.platform.order_fault("plans", "slow", seconds=60)
        with self.assertRaises(TimeoutError):
            self.call("GET", "/planos", timeout=0.1)

    def test_an_order_hits_the_calls_it_names(self):
        first, second = self.available(0), self.available(1)
        self.platform.order_fault("simcard", "server_error", after=1, times=2)
        self.platform.order_fault("simcard", "refused", ident=second)
        self.assertEqual(self.call("GET", f"/estoque/{second}").code, 99)
        found = [self.call("GET", f"/estoque/{first}").status for _ in range(3)]
        self.assertEqual(found, [500, 500, 200])

    def test_chance_makes_the_same_plan_of_the_same_seed(self):
        plan = {"seed": 5, "probabilities": {"plans": {"server_error": 0.4}}}
        other = SimulatedPlatform(TOKEN, rpm=None, faults=plan).start()
        self.addCleanup(other.stop)
        self.platform.order_faults(plan)
        ours, theirs = (
            [call(url, "GET", "/planos").status for _ in range(20)]
            for url in (self.platform.url, other.url)
        )
        self.assertEqual(ours, theirs)
        self.assertEqual(set(ours), {200, 500})

    def test_a_plan_can_come_from_a_file(self):
        with TemporaryDirectory() as folder:
            path = Path(folder) / "faults.json"
            orders = [{"operation": "plans", "kind": "server_error", "call": 2}]
            path.write_text(json.dumps({"orders": orders}), encoding="utf-8")
            other = SimulatedPlatform(TOKEN, faults=path).start()
        self.addCleanup(other.stop)
        statuses = [call(other.url, "GET", "/planos").status for _ in range(3)]
        self.assertEqual(statuses, [200, 500, 200])

    def test_what_is_not_known_cannot_be_ordered(self):
        for operation, kind, options in (
            ("plan", "late", {}),
            ("plans", "explode", {}),
            ("plans", "malformed", {"form": "blue"}),
            ("plans", "late", {"effect": "soon"}),
        ):
            with self.assertRaises(ValueError):
                self.platform.order_fault(operation, kind, **options)
