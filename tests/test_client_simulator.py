"""The library's client and the simulated platform, over real HTTP."""

import subprocess
import sys
import tracemalloc
import unittest
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch

from odoo.addons.tip_mvno.lib import (
    NotFound,
    OutcomeUnknown,
    Refused,
    SimStatus,
    TipClient,
)

from .platform.tests.case import TOKEN, PlatformCase
from .sizes import size

client_module = sys.modules[TipClient.__module__]
ENVELOPES = ("results", "data", "nested", "bare")


class ClientCase(PlatformCase):
    """A client of the platform without a rate limit."""

    def setUp(self):
        super().setUp()
        self.client = TipClient(
            self.platform.url, TOKEN, acquire=lambda priority: None, read_timeout=2.0
        )
        self.addCleanup(self.client.close)

    def told(self, document=None):
        """:return: {contract code: its line}, as the list of subscribers tells them"""
        with self.client.subscribers(document) as found:
            lines = [line for subscriber in found for line in subscriber.contracts]
        self.assertEqual(found.problems, [])
        by_code = {line.platform_contract: line for line in lines}
        self.assertEqual(len(by_code), len(lines), "a line is told twice")
        return by_code


class TestSubscribers(ClientCase):
    def test_every_line_is_told_whatever_the_envelope(self):
        contracts = {contract.code: contract for contract in self.platform.contracts()}
        for envelope in ENVELOPES:
            self.platform.set_options(envelope=envelope)
            told = self.told()
            self.assertEqual(set(told), set(contracts), envelope)
            for code, line in told.items():
                contract = contracts[code]
                self.assertEqual(line.iccid, contract.iccid)
                self.assertEqual(line.number, f"+55{contract.number}")
                self.assertEqual(line.plan, contract.plan.description)

    def test_states_are_those_of_the_lines(self):
        states = Counter(line.status for line in self.told().values())
        ended = sum(bool(one.cancelled_at) for one in self.platform.contracts())
        self.assertEqual(states[SimStatus.CANCELLED], ended)
        self.assertEqual(states[SimStatus.BLOCKED], 6)
        self.assertEqual(states[SimStatus.UNKNOWN], 0)

    def test_people_and_companies_are_told_apart(self):
        holders = {
            contract.subscriber.document: contract.subscriber
            for contract in self.platform.contracts()
        }
        with self.client.subscribers() as found:
            told = {subscriber.document: subscriber for subscriber in found}
        self.assertEqual(set(told), set(holders))
        for document, subscriber in told.items():
            holder = holders[document]
            self.assertEqual(subscriber.is_company, holder.person_type == "J")
            self.assertEqual(subscriber.name, holder.name)
        companies = [one for one in told.values() if one.is_company]
        self.assertTrue(any(not one.document.isdigit() for one in companies))

    def test_one_subscriber_is_asked_for(self):
        contract = self.platform.contracts()[0]
        document = contract.subscriber.document
        theirs = {
            one.code
            for one in self.platform.contracts()
            if one.subscriber.document == document
        }
        self.assertEqual(set(self.told(document)), theirs)
        self.assertEqual(self.told("00000000191"), {})


class TestMemory(unittest.TestCase):
    """The platform is a process of its own: what it needs is not counted."""

    def setUp(self):
        super().setUp()
        self.lines = size("lines told in one answer")
        arguments = ["--token", TOKEN, "--rpm", "0", "--lines", str(self.lines)]
        process = self.enterContext(
            subprocess.Popen(
                [sys.executable, "-m", "tests.platform", *arguments],
                cwd=Path(__file__).parent.parent,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        self.addCleanup(process.terminate)
        self.url = process.stdout.readline().strip()

    def test_a_long_answer_takes_no_more_than_the_file_s_buffer(self):
        # an answer of 50,000 lines does not fit in the usual one
        buffer = client_module._IN_MEMORY_MAX * self.lines // 50_000
        self.enterContext(patch.object(client_module, "_IN_MEMORY_MAX", buffer))
        client = self.enterContext(
            TipClient(self.url, TOKEN, acquire=lambda priority: None)
        )
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        with client.subscribers() as found:
            count = sum(len(subscriber.contracts) for subscriber in found)
        peak = tracemalloc.get_traced_memory()[1]
        self.assertGreater(count, self.lines)
        # and the portions that are filtered
        self.assertLess(peak, buffer + 2**20)


class TestLineWrites(ClientCase):
    def test_a_changed_plan_is_told_by_the_line(self):
        iccid, _number = self.active()
        before = self.client.sim(iccid).plan_name
        plan = next(
            plan for plan in self.client.plans() if plan.name not in (before, "")
        )
        self.assertTrue(self.client.change_plan(iccid, plan.code).user_message)
        self.assertEqual(self.client.sim(iccid).plan_name, plan.name)
        self.assertEqual(self.contract(iccid).plan.code, plan.code)

    def test_a_plan_that_is_none_is_refused(self):
        iccid, _number = self.active()
        for code in ("999", self.contract(iccid).plan.code):
            with self.assertRaises(Refused) as caught:
                self.client.change_plan(iccid, code)
            self.assertTrue(caught.exception.user_message)

    def test_a_cancelled_line_is_told_by_its_sim_and_in_the_list(self):
        iccid, _number = self.active()
        code = self.contract(iccid).code
        self.client.cancel(iccid)
        self.assertIs(self.client.sim(iccid).status, SimStatus.CANCELLED)
        self.assertIs(self.told()[code].status, SimStatus.CANCELLED)
        with self.assertRaises(Refused):
            self.client.cancel(iccid)

    def test_a_top_up_raises_the_balance_and_dates_the_last_one(self):
        iccid, _number = self.active()
        self.assertIsNone(self.client.last_top_up(iccid))
        before = self.client.balance(iccid).data_mb
        self.client.top_up(iccid, 3)
        after = self.client.balance(iccid, real_time=True)
        self.assertEqual(after.data_mb - before, 3 * Decimal(1024))
        self.assertTrue(after.raw)
        self.assertEqual(self.client.last_top_up(iccid), date(2026, 10, 5))

    def test_a_blocked_line_is_not_topped_up(self):
        blocked = self.platform.sims("blocked_total")[0].iccid
        with self.assertRaises(Refused):
            self.client.top_up(blocked, 1)

    def test_a_sim_that_the_platform_does_not_know(self):
        for call in (self.client.balance, self.client.last_top_up, self.client.cancel):
            with self.assertRaises(NotFound):
                call("8955000000000000000")

    def test_a_broken_answer_leaves_the_outcome_to_be_read(self):
        iccid, _number = self.active()
        for operation, call in (
            ("top_up", lambda: self.client.top_up(iccid, 2)),
            ("change_plan", lambda: self.client.change_plan(iccid, "0104")),
            ("cancel", lambda: self.client.cancel(iccid)),
        ):
            self.platform.order_fault(operation, "reset_after")
            with self.subTest(operation), self.assertRaises(OutcomeUnknown):
                call()
        self.assertEqual(self.contract(iccid).top_up_gb, 2)
        self.assertEqual(self.contract(iccid).plan.code, "0104")
        self.assertIs(self.client.sim(iccid).status, SimStatus.CANCELLED)
