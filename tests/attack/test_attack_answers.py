"""Mutated answers: each is understood or a known error, and none is taken for more."""

import resource
import time
from datetime import date

from odoo.addons.tip_mvno.lib import (
    Activation,
    BlockReason,
    Refused,
    TipClient,
    TipError,
)

from ..platform.calls import OPERATIONS, WRITES
from ..platform.tests.case import TOKEN, PlatformCase
from ..sizes import size, tell

MONTH = date(2026, 9, 1)
ACTIVATION = Activation(
    person_type="F",
    person_name="Assinante Fictício",
    document="52998224725",
    phone="11987654321",
    birth_date=date(1990, 1, 31),
    street_type="Rua",
    street="das Flores",
    street_number="1",
    neighborhood="Centro",
    state="SP",
    city_code="3550308",
    postcode="01001000",
    plan_code="101",
    portability=False,
    area_code="11",
    ported_number="",
)
# Seconds in which any answer must be dealt with.
PATIENCE = 5
MEGABYTE = 1024  # of ru_maxrss


class TestMutatedAnswers(PlatformCase):
    """The library's client and a platform whose answers arrive changed."""

    def setUp(self):
        super().setUp()
        self.client = TipClient(
            self.platform.url, TOKEN, acquire=lambda priority: None, read_timeout=2.0
        )
        self.addCleanup(self.client.close)
        self.active = self.platform.sims("in_use")[0].iccid
        self.blocked = self.platform.sims("blocked_total")[0].iccid

    def _statement(self):
        with self.client.detailed_usage(MONTH) as usage:
            return [event for line in usage for event in line.events]

    def _subscribers(self):
        with self.client.subscribers() as found:
            return [line for subscriber in found for line in subscriber.contracts]

    def _calls(self, iccid):
        """:return: dict {operation: callable}, with the arguments for that SIM card"""
        client = self.client
        return {
            "plans": client.plans,
            "stock": lambda: client.stock_page(1),
            "simcard": lambda: client.sim(iccid),
            "subscribers": self._subscribers,
            "activate": lambda: client.activate(iccid, ACTIVATION),
            "block_partial": lambda: client.block_partial(iccid),
            "block_total": lambda: client.block_total(iccid, BlockReason.THEFT),
            "unblock": lambda: client.unblock(iccid),
            "change_plan": lambda: client.change_plan(iccid, "999"),
            "cancel": lambda: client.cancel(iccid),
            "last_top_up": lambda: client.last_top_up(iccid),
            "top_up": lambda: client.top_up(iccid, 1),
            "balance": lambda: client.balance(iccid),
            "usage": lambda: client.consolidated_usage(MONTH),
            "statement": self._statement,
            "port_in": lambda: client.port_in(iccid),
        }

    def test_each_is_understood_or_a_known_error(self):
        calls, answers = self._calls(self.active), size("mutated answers")
        self.assertEqual(set(calls), set(OPERATIONS))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began, slowest = time.monotonic(), 0
        for seed in range(answers):
            operation = sorted(calls)[seed % len(calls)]
            self.platform.order_fault(operation, "malformed", form="mutated", seed=seed)
            start = time.monotonic()
            with self.subTest(operation=operation, seed=seed):
                try:
                    calls[operation]()
                except TipError as error:
                    self.assertNotIn(TOKEN, f"{error!r} {error}")
            slowest = max(slowest, time.monotonic() - start)
            if operation in WRITES:
                # the next one finds the line as this one did
                self.platform.begin_again()
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        tell(
            "mutated answers took",
            f"{time.monotonic() - began:.0f} s, the slowest {slowest:.2f} s, "
            f"{grown // MEGABYTE} MB more",
        )
        self.assertLess(slowest, PATIENCE)
        self.assertLess(grown, 256 * MEGABYTE)

    def test_no_refusal_is_taken_for_a_success(self):
        calls = self._calls(self.blocked)
        refused = ("block_partial", "block_total", "top_up", "change_plan", "activate")
        for operation in refused:
            with self.assertRaises(Refused):
                calls[operation]()
        for seed in range(size("mutated answers") // 2):
            operation = refused[seed % len(refused)]
            # without its code an answer would be a yes
            kept = {"seed": seed, "keep": "codigo_status_tip"}
            self.platform.order_fault(operation, "malformed", form="mutated", **kept)
            with self.subTest(operation=operation, seed=seed):
                with self.assertRaises(TipError):
                    calls[operation]()
        self.assertFalse(self.platform.journal)
