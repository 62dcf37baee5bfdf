"""Faults to order: what goes wrong, at which call, and whether the effect happens."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Lock
from typing import Any

from .calls import OPERATIONS

# kind -> (when the effect happens, what the client gets). Effect: none | now | late.
KINDS: dict[str, tuple[str, str]] = {
    "timeout_before": ("none", "silence"),
    "timeout_after": ("now", "silence"),
    "reset_before": ("none", "reset"),
    "reset_after": ("now", "reset"),
    "late": ("late", "silence"),
    "too_many": ("none", "too_many"),
    "server_error": ("none", "server_error"),
    "malformed": ("now", "malformed"),
    "refused": ("none", "refusal"),
    "slow": ("now", "slow"),
    "drip": ("now", "drip"),
    "no_number": ("now", "normal"),
}
EFFECTS = ("none", "now", "late")
ANSWERS = (
    "silence reset too_many server_error malformed refusal slow drip normal".split()
)
MALFORMED = ("truncated", "html", "empty", "cut", "wrong_shape", "mutated")


@dataclass
class Fault:
    """One thing going wrong.

    Options, all of them optional:

    - effect: none | now | late, instead of the kind's own
    - answer: what the client gets instead of the kind's own (see ANSWERS)
    - seconds: real length of a silence (120), of slowness (5), or between two drips
      (0.2)
    - delay: seconds of the platform's clock until a late effect (30); or
    - reads: the n-th read of the SIM sees the late effect
    - retry_after: seconds in a 429's header (2)
    - status: of a server error (500); json: true for a JSON body instead of HTML
    - form: of a malformed answer: truncated | html | empty | cut (shorter than it says)
      | wrong_shape (JSON, but a text) | mutated (see mutations.py; seed: which
      one; keep: a key that stays)
    - code, text: of a refusal
    - reads: for no_number, reads that do not tell the number yet
    """

    kind: str
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _one_of("kind of fault", self.kind, KINDS)
        _one_of("effect", self.effect, EFFECTS)
        _one_of("answer", self.answer, ANSWERS)
        _one_of("form", self.options.get("form", "truncated"), MALFORMED)

    @property
    def effect(self) -> str:
        """When the effect happens: none | now | late."""
        return self.options.get("effect", KINDS[self.kind][0])

    @property
    def answer(self) -> str:
        """What the client gets, one of ANSWERS."""
        return self.options.get("answer", KINDS[self.kind][1])


@dataclass
class Order:
    """A fault for certain calls of an operation ("*": of any).

    :param times: how many calls it hits
    :param after: how many calls it lets pass first
    :param ident: only calls for this ICCID or number; "" for any
    """

    operation: str
    fault: Fault
    times: int = 1
    after: int = 0
    ident: str = ""
    seen: int = 0

    def matches(self, operation: str, ident: str) -> bool:
        """Whether a call is one the order counts."""
        return self.operation in ("*", operation) and self.ident in ("", ident)


# (operation, ident, how often it was called for that ident: 1, 2, ...) -> the fault
Draw = Callable[[str, str, int], Fault | None]


def _one_of(what: str, value: str, known: Any) -> None:
    if value not in known:
        raise ValueError(f"unknown {what} {value!r}: one of {', '.join(known)}")


class FaultPlan:
    """Decides for each call whether and how it goes wrong.

    Explicit orders come first; else chance decides, drawn from the seed, the operation
    and how often it was called, so the same seed makes the same plan. Where several
    workers call, only a plan for each SIM is the same whoever comes first: see
    `set_draw`.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._lock = Lock()
        self._orders: list[Order] = []
        self._chances: dict[str, dict[str, float]] = {}
        self._chance_options: dict[str, Any] = {}
        self._counts: dict[str, int] = {}
        self._draw: Draw | None = None
        self._counts_of_ident: dict[tuple[str, str], int] = {}

    def order(
        self,
        operation: str,
        kind: str,
        times: int = 1,
        after: int = 0,
        ident: str = "",
        **options: Any,
    ) -> None:
        """Order a fault.

        :param operation: a key of OPERATIONS, or "*"
        :param kind: a key of KINDS
        :param times: how many calls it hits
        :param after: how many calls it lets pass first
        :param ident: only calls for this ICCID or number
        :param options: see `Fault`
        :raise ValueError: for an unknown operation, kind or option value
        """
        _one_of("operation", operation, ("*", *OPERATIONS))
        fault = Fault(kind, options)
        with self._lock:
            self._orders.append(Order(operation, fault, times, after, ident))

    def set_chances(self, chances: dict[str, dict[str, float]], **options: Any) -> None:
        """Let calls go wrong by chance.

        :param chances: operation (or "*") -> kind -> probability
        :param options: of every fault drawn, see `Fault`
        :raise ValueError: for an unknown operation or kind
        """
        for operation, kinds in chances.items():
            _one_of("operation", operation, ("*", *OPERATIONS))
            for kind in kinds:
                Fault(kind, options)
        with self._lock:
            self._chances = chances
            self._chance_options = options

    def set_draw(self, draw: Draw | None) -> None:
        """Let a function decide in the place of chance.

        :param draw: of operation, ident and how often that was called for that ident
        """
        with self._lock:
            self._draw = draw

    def load(self, plan: dict[str, Any] | list[dict[str, Any]]) -> None:
        """Take a plan as JSON has it.

        :param plan: a list of orders (`{"operation", "kind", "times", "after" or the
            "call" it hits, ...options}`), or `{"seed", "orders", "probabilities",
            "options"}`
        :raise ValueError: for anything unknown in it
        """
        if isinstance(plan, list):
            plan = {"orders": plan}
        unknown = plan.keys() - {"seed", "orders", "probabilities", "options"}
        if unknown:
            raise ValueError(f"unknown in a plan of faults: {', '.join(unknown)}")
        self.seed = plan.get("seed", self.seed)
        for order in plan.get("orders", []):
            order = dict(order)
            if "call" in order:
                order["after"] = order.pop("call") - 1
            if not {"operation", "kind"} <= order.keys():
                raise ValueError("an order of a fault needs operation and kind")
            self.order(**order)
        if "probabilities" in plan:
            self.set_chances(plan["probabilities"], **plan.get("options", {}))

    def load_file(self, path: Path) -> None:
        """Take a plan from a JSON file, see `load`."""
        self.load(json.loads(path.read_text(encoding="utf-8")))

    def clear(self) -> None:
        """Drop every order and chance; what already hangs goes on hanging."""
        with self._lock:
            self._orders.clear()
            self._chances = {}
            self._draw = None

    def as_json(self) -> dict[str, Any]:
        """:return: what is still ordered"""
        with self._lock:
            orders = [
                {
                    "operation": order.operation,
                    "kind": order.fault.kind,
                    "times": order.times,
                    "after": max(0, order.after - order.seen),
                    "ident": order.ident,
                    **order.fault.options,
                }
                for order in self._orders
            ]
            return {"seed": self.seed, "orders": orders, "chances": self._chances}

    def take(self, operation: str, ident: str) -> Fault | None:
        """Decide on one call.

        :return: what goes wrong, or None
        """
        with self._lock:
            nth = self._counts[operation] = self._counts.get(operation, 0) + 1
            of_ident = self._counts_of_ident.get((operation, ident), 0) + 1
            self._counts_of_ident[operation, ident] = of_ident
            taken = None
            for order in self._orders:
                if not order.matches(operation, ident):
                    continue
                order.seen += 1
                if taken is None and order.seen > order.after:
                    order.times -= 1
                    taken = order.fault
            self._orders = [order for order in self._orders if order.times > 0]
            if taken is None and self._draw is not None:
                return self._draw(operation, ident, of_ident)
            return taken or self._drawn(operation, nth)

    def _drawn(self, operation: str, nth: int) -> Fault | None:
        chances = self._chances.get(operation, self._chances.get("*", {}))
        roll = Random(f"{self.seed}/fault/{operation}/{nth}").random()
        for kind, chance in chances.items():
            if roll < chance:
                return Fault(kind, self._chance_options)
            roll -= chance
        return None
