"""The simulated platform from outside: access, controls, and as a process."""

import os
import signal
import subprocess
import sys
import unittest
from copy import deepcopy
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.platform import SimStatus, SimulatedPlatform
from tests.platform.tests.case import OCTOBER_5, TOKEN, PlatformCase, call


class TestAccess(PlatformCase):
    def test_a_call_without_token_is_401_and_with_a_wrong_one_403(self):
        self.assertEqual(self.call("GET", "/planos", token=None).status, 401)
        self.assertEqual(self.call("GET", "/planos", token="other").status, 403)

    def test_a_call_above_the_limit_is_429_and_says_how_long_to_wait(self):
        self.platform.set_options(rpm=2)
        statuses = [self.call("GET", "/planos").status for _ in range(3)]
        refused = self.call("GET", "/planos")
        self.assertEqual(statuses, [200, 200, 429])
        self.assertTrue(1 <= int(refused.headers["Retry-After"]) <= 60)
        self.assertEqual(self.platform.busiest_minute, 4)

    def test_the_token_is_in_no_record(self):
        self.call("GET", "/estoque/listar", page=1)
        recorded = self.call("GET", "/_control/requests").raw.decode()
        self.assertIn("/estoque/listar", recorded)
        self.assertNotIn(TOKEN, recorded)

    def test_other_addresses_than_loopback_are_refused(self):
        for host in ("0.0.0.0", "", "192.0.2.1", "example.com"):
            with self.subTest(host=host), self.assertRaises(ValueError):
                SimulatedPlatform(host=host)

    def test_an_unknown_path_and_a_wrong_method_are_html_errors(self):
        self.assertEqual(self.call("GET", "/nada").status, 404)
        wrong = self.call("PUT", "/planos")
        self.assertEqual(wrong.status, 405)
        self.assertIn(b"<html>", wrong.raw)

    def test_the_base_path_may_be_left_out(self):
        root = self.platform.url.removesuffix("/api/public")
        self.assertEqual(call(root, "GET", "/planos").status, 200)


class TestControl(PlatformCase):
    def control(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        answer = self.call(method, f"/_control/{path}", body, token=None, **query)
        self.assertEqual(answer.status, 200, answer.raw)
        return answer.json["result"]

    def test_the_clock_is_set_and_advanced(self):
        told = self.control("POST", "clock", {"now": "2026-09-10T08:00"})
        self.assertEqual(told["now"], "2026-09-10 08:00:00")
        self.control("POST", "clock", {"advance": {"days": 1, "hours": 2}})
        self.assertEqual(self.platform.now().date(), date(2026, 9, 11))
        self.control("POST", "clock", {"now": "2026-09-10T08:00:00+00:00"})
        self.assertEqual(self.platform.now().hour, 5)

    def test_faults_options_and_port_ins_are_controlled(self):
        order = {"operation": "plans", "kind": "server_error", "status": 503}
        self.assertEqual(len(self.control("POST", "faults", order)["orders"]), 1)
        self.assertEqual(self.call("GET", "/planos").status, 503)
        self.control("POST", "faults", [order, order])
        self.control("DELETE", "faults")
        self.assertEqual(self.call("GET", "/planos").status, 200)
        self.control("POST", "options", {"rpm": 1})
        self.control("POST", "limit")
        statuses = [self.call("GET", "/planos").status for _ in range(2)]
        self.assertEqual(statuses, [200, 429])
        self.control("POST", "options", {"rpm": None})
        iccid = self.available()
        self.activate(iccid, portability=True, contract_line="11987654321")
        moved = self.control("POST", "port-in/advance", {"id": iccid})
        self.assertEqual(moved["status"], "AGUARDANDO JANELA")

    def test_state_sims_requests_and_journal_are_told(self):
        iccid = self.available()
        self.activate(iccid)
        state = self.control("GET", "state")
        self.assertEqual(sum(state["sims"].values()), 160)
        sim = self.control("GET", f"sims/{iccid}")
        self.assertEqual(sim["contract"]["plan"], "101")
        only = self.control("GET", "requests", operation="activate")
        self.assertEqual([one["effect"] for one in only], [True])
        journal = self.control("GET", "journal")
        self.assertEqual(journal[0]["facts"]["document"], "52998224725")
        self.control("DELETE", "requests")
        self.assertEqual(self.platform.requests, [])
        added = self.control("POST", "sims", {"count": 3, "esim": True})
        self.assertTrue(all(one["esim"] for one in added))
        self.assertEqual(self.control("POST", "lines", {"count": 2}), 2)
        cancelled = self.platform.sims(SimStatus.CANCELLED)[0].iccid
        freed = self.control("POST", f"sims/{cancelled}", {"status": "available"})
        self.assertEqual(freed["status"], "available")

    def test_a_bad_control_is_told(self):
        cases = (
            ("GET", "nothing", None, 404),
            ("GET", "sims/123", None, 404),
            ("POST", "clock", {}, 400),
            ("POST", "options", {"colour": 1}, 400),
            ("POST", "faults", {"operation": "plans"}, 400),
            ("POST", "faults", [{"kind": "late"}], 400),
        )
        for method, path, body, status in cases:
            answer = self.call(method, f"/_control/{path}", body, token=None)
            self.assertEqual(answer.status, status, path)
            self.assertTrue(answer.json["error"])


class TestBeginAgain(PlatformCase):
    options = {"faults": [{"operation": "stock", "kind": "server_error"}]}

    def test_nothing_is_left_of_what_happened(self):
        first = self.call("GET", "/planos").raw
        before, iccid = deepcopy(self.platform.sims()), self.available()
        self.assertEqual(self.activate(iccid).status, 200)
        self.assertEqual(self.call("GET", "/estoque/listar").status, 500)
        self.platform.set_options(rpm=1)
        self.platform.advance(timedelta(days=40))
        address = self.platform.url
        self.platform.begin_again()
        self.assertEqual(self.platform.url, address)
        self.assertEqual(self.platform.sims(), before)
        self.assertEqual((self.platform.requests, self.platform.journal), ([], []))
        self.assertEqual(self.platform.now().date(), OCTOBER_5.date())
        self.assertEqual(self.call("GET", "/planos").raw, first)
        self.assertEqual(self.call("GET", "/estoque/listar").status, 500)


class TestProcess(unittest.TestCase):
    def test_it_runs_as_a_process_and_prints_its_url(self):
        arguments = ["--port", "0", "--token", TOKEN, "--clock", "2026-10-05T10:00"]
        with subprocess.Popen(
            [sys.executable, "-m", "tests.platform", *arguments],
            cwd=Path(__file__).parent.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            self.addCleanup(process.kill)
            url = process.stdout.readline().strip()
            self.assertEqual(call(url, "GET", "/planos").status, 200)
            now = call(url, "GET", "/_control/clock").json["result"]["now"]
            self.assertTrue(now.startswith("2026-10-05 10:00"))
            os.kill(process.pid, signal.SIGTERM)
            _rest, errors = process.communicate(timeout=10)
        self.assertEqual((process.returncode, errors), (0, ""))

    def test_it_stops_at_once_while_a_call_hangs(self):
        platform = SimulatedPlatform(TOKEN).start()
        platform.order_fault("plans", "timeout_before")
        with self.assertRaises(TimeoutError):
            call(platform.url, "GET", "/planos", timeout=0.1)
        before = datetime.now()
        platform.stop()
        self.assertLess(datetime.now() - before, timedelta(seconds=5))
        with self.assertRaises(RuntimeError):
            self.assertFalse(platform.url)
