"""The calls the platform was made: which operation, and what became of each."""

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from threading import Lock
from typing import Any

OPERATIONS: dict[str, tuple[str, str]] = {
    "plans": ("GET", "/planos"),
    "stock": ("GET", "/estoque/listar"),
    "simcard": ("GET", "/estoque/{iccid}"),
    "subscribers": ("GET", "/assinantes/listar"),
    "activate": ("POST", "/simcard/{iccid}/ativar"),
    "block_partial": ("POST", "/simcard/{id}/bloquear/parcial"),
    "block_total": ("POST", "/simcard/{id}/bloquear/total"),
    "unblock": ("POST", "/simcard/{id}/desbloquear"),
    "change_plan": ("POST", "/simcard/{iccid}/plano/alterar"),
    "cancel": ("POST", "/simcard/{iccid}/cancelar"),
    "last_top_up": ("GET", "/simcard/{iccid}/ultima-recarga"),
    "top_up": ("POST", "/simcard/{id}/saldo/adicionar"),
    "balance": ("POST", "/saldo/{id}/dados"),
    "usage": ("POST", "/consumo-consolidado"),
    "statement": ("POST", "/consumo-detalhado"),
    "port_in": ("GET", "/portabilidade/status/{id}"),
}
WRITES = frozenset(
    "activate block_partial block_total unblock change_plan cancel top_up".split()
)
_PATTERNS = [
    (name, method, re.compile(re.sub(r"\{\w+\}", "([^/]+)", path)))
    for name, (method, path) in OPERATIONS.items()
]


class WrongMethod(Exception):
    """The path is known, but not with that method."""


def find_operation(method: str, path: str) -> tuple[str, str] | None:
    """Tell which operation a request means.

    :param path: without base path and query
    :return: operation and the ident in its path (or ""); None for an unknown path
    :raise WrongMethod: the path goes with another method
    """
    known = False
    for name, its_method, pattern in _PATTERNS:
        match = pattern.fullmatch(path)
        if match and method == its_method:
            return name, match[1] if match.groups() else ""
        known = known or bool(match)
    if known:
        raise WrongMethod(method)
    return None


@dataclass
class Call:
    """One recorded call, the token left out.

    :param number: 1, 2, ... over all operations, never started again
    :param operation: a key of OPERATIONS; "" when there is none
    :param status: HTTP status that was sent; None when the client got no answer
    :param code: the answer's `codigo_status_tip`; None when it had none
    :param effect: whether it changed the platform (set later for a late effect)
    :param fault: the kind of fault that was ordered for it, or ""
    :param at: the platform's local time
    :param received: real seconds of a monotonic clock
    """

    number: int
    method: str
    path: str
    operation: str
    ident: str
    query: dict[str, str]
    body: Any
    at: datetime
    received: float
    status: int | None = None
    code: int | None = None
    effect: bool = False
    fault: str = ""

    def as_json(self) -> dict[str, Any]:
        """:return: the call as plain values"""
        return {**asdict(self), "at": self.at.isoformat(" ")}


class CallLog:
    """The calls in the order they came."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._calls: list[Call] = []
        self._count = 0

    def add(self, **facts: Any) -> Call:
        """Record a call that has just come in.

        :param facts: fields of `Call` but its number
        """
        with self._lock:
            self._count += 1
            call = Call(number=self._count, **facts)
            self._calls.append(call)
        return call

    def all(self) -> list[Call]:
        """:return: the recorded calls, oldest first"""
        with self._lock:
            return list(self._calls)

    @property
    def count(self) -> int:
        """How many calls were ever recorded."""
        return self._count

    def reset(self) -> None:
        """Forget the calls; their numbers go on."""
        with self._lock:
            self._calls.clear()

    def busiest(self, seconds: float = 60) -> int:
        """:return: the most calls that came within any such stretch of real time"""
        times = [call.received for call in self.all()]
        most = first = 0
        for place, moment in enumerate(times):
            while times[first] <= moment - seconds:
                first += 1
            most = max(most, place - first + 1)
        return most
