"""A platform for each test, and a client of a few lines that knows no addon."""

import http.client
import json
import unittest
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.platform import Contract, SimStatus, SimulatedPlatform
from tests.platform.usage import TICKS

TOKEN = "a-secret-of-the-test"
OCTOBER_5 = datetime(2026, 10, 5, 10)
ACTIVATION = {
    "person_type": "F",
    "person_name": "Assinante Fictício 99",
    "document_number": "52998224725",
    "plan_code": 101,
    "portability": False,
    "cn_contract_line": "11",
    "contract_line": "",
    "city_code": "3550308",
}


class Answer:
    """What came back: status, headers, raw body."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.raw = response.read()

    @property
    def json(self) -> Any:
        return json.loads(self.raw)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The list, out of whichever envelope it came in."""
        found = self.json
        while isinstance(found, dict):
            found = found["results"] if "results" in found else found["data"]
        return found

    @property
    def row(self) -> dict[str, Any]:
        """One object, out of its envelope if it came in one."""
        found = self.json
        return found.get("results") or found.get("data") or found

    @property
    def code(self) -> int:
        return int(self.json["codigo_status_tip"])


def call(
    url: str,
    method: str,
    path: str,
    body: Any = None,
    *,
    token: str | None = TOKEN,
    timeout: float = 5,
    **query: Any,
) -> Answer:
    """Make one call on a connection of its own."""
    parts = urlsplit(url)
    if token is not None:
        query["user_token"] = token
    connection = http.client.HTTPConnection(parts.netloc, timeout=timeout)
    try:
        sent = json.dumps(body) if isinstance(body, dict | list) else body
        target = f"{parts.path}{path}?{urlencode(query)}"
        connection.request(method, target, sent, {"Content-Type": "application/json"})
        return Answer(connection.getresponse())
    finally:
        connection.close()


def ticks(value: float | str) -> int:
    """A decimal of the wire as whole hundred-thousandths."""
    return round(float(value) * TICKS)


class PlatformCase(unittest.TestCase):
    """A platform of its own for each test, on 5 October 2026."""

    options: dict[str, Any] = {}

    def setUp(self) -> None:
        super().setUp()
        settings = {"rpm": None, "clock": OCTOBER_5, "untold_numbers": 0}
        self.platform = SimulatedPlatform(TOKEN, **(settings | self.options))
        self.platform.start()
        self.addCleanup(self.platform.stop)

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> Answer:
        return call(self.platform.url, method, path, body, **more)

    def available(self, place: int = 0) -> str:
        return self.platform.sims(SimStatus.AVAILABLE)[place].iccid

    def activate(self, iccid: str = "", **changes: Any) -> Answer:
        path = f"/simcard/{iccid or self.available()}/ativar"
        return self.call("POST", path, ACTIVATION | changes)

    def active(self) -> tuple[str, str]:
        """ICCID and number of a line that is active since long."""
        sim = self.platform.sims(SimStatus.IN_USE)[0]
        return sim.iccid, self.contract(sim.iccid).number

    def contract(self, iccid: str) -> Contract:
        """The line of a SIM that must have one."""
        found = self.platform.sim(iccid).contract
        if found is None:
            self.fail(f"no line on {iccid}")
        return found
