"""The same controls over HTTP, below /_control, for other processes and browsers."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from .domain import Contract, Sim
from .exchange import json_reply
from .messages import Reply
from .port_in import PortIn
from .refusals import NotFound

if TYPE_CHECKING:
    from .simulated import SimulatedPlatform


def _moment(value: datetime | None) -> str | None:
    return value.isoformat(" ") if value else None


def _port_in(port_in: PortIn) -> dict[str, Any]:
    return {
        "number": port_in.number,
        "temporary_number": port_in.temporary_number,
        "requested_at": _moment(port_in.requested_at),
        "status": port_in.status,
        "window": _moment(port_in.window),
        "reason": port_in.reason,
    }


def _contract(contract: Contract) -> dict[str, Any]:
    return {
        "code": contract.code,
        "number": contract.number,
        "document": contract.subscriber.document,
        "name": contract.subscriber.name,
        "plan": contract.plan.code,
        "activated_at": _moment(contract.activated_at),
        "cancelled_at": _moment(contract.cancelled_at),
        "top_up_gb": contract.top_up_gb,
        "block_reason": contract.block_reason,
        "port_in": _port_in(contract.port_in) if contract.port_in else None,
    }


def _sim(sim: Sim) -> dict[str, Any]:
    return {
        "iccid": sim.iccid,
        "status": sim.status,
        "esim": sim.esim,
        "operator": sim.operator,
        "contract": _contract(sim.contract) if sim.contract else None,
    }


class Control:
    """Carries out controls.

    A control is a method named after its HTTP method and path: POST /_control/clock
    is `post_clock`. It takes the JSON body and gives plain values.
    """

    def __init__(self, platform: "SimulatedPlatform") -> None:
        self._platform = platform

    def answer(self, method: str, path: str, query: dict, raw_body: bytes) -> Reply:
        """Carry one out.

        :param path: from /_control on
        """
        what = path.removeprefix("/_control").strip("/")
        name, _, ident = what.partition("/")
        if name == "port-in":
            name, ident = f"port_in_{ident}", ""
        control: Callable[[dict[str, Any]], Any] | None = getattr(
            self, f"{method.lower()}_{name}" if name else "get_state", None
        )
        if control is None:
            return json_reply(404, {"error": f"no control {method} /{what}"})
        try:
            body = json.loads(raw_body) if raw_body.strip() else {}
            if isinstance(body, list):
                body = {"orders": body}
            asked = {**query, **body, **({"ident": ident} if ident else {})}
            return json_reply(200, {"result": control(asked)})
        except NotFound:
            return json_reply(404, {"error": "no such SIM or line"})
        except (ValueError, TypeError, KeyError) as error:
            return json_reply(400, {"error": str(error)})

    # --- looking ---

    def get_state(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Clock, options, counts, plans."""
        platform = self._platform
        sims = platform.sims()
        counts: dict[str, int] = {}
        for sim in sims:
            counts[sim.status] = counts.get(sim.status, 0) + 1
        return {
            "now": _moment(platform.now()),
            "options": vars(platform.options),
            "sims": counts,
            "plans": [vars(plan) for plan in platform.world.plans.values()],
            "contracts": len(platform.contracts()),
            "calls": len(platform.requests),
            "busiest_minute": platform.busiest_minute,
            "pending_effects": platform.world.pending_effects,
        }

    def get_sims(self, asked: dict[str, Any]) -> Any:
        """One SIM with its line (/_control/sims/ICCID), or all (?status=...)."""
        if "ident" in asked:
            return _sim(self._platform.sim(asked["ident"]))
        return [_sim(sim) for sim in self._platform.sims(asked.get("status"))]

    def get_requests(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        """The recorded calls, without tokens; ?operation=... for one operation."""
        wanted = asked.get("operation")
        calls = self._platform.requests
        return [c.as_json() for c in calls if wanted in (None, c.operation)]

    def delete_requests(self, asked: dict[str, Any]) -> None:
        """Forget the recorded calls."""
        self._platform.reset_log()

    def get_journal(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        """Every change of the platform's state since the start."""
        return [
            {**vars(effect), "at": _moment(effect.at)}
            for effect in self._platform.journal
        ]

    # --- telling ---

    def get_clock(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The platform's present."""
        return {"now": _moment(self._platform.now())}

    def post_clock(self, asked: dict[str, Any]) -> dict[str, Any]:
        """{"now": ISO moment}, {"advance": {"days": 3, "hours": 1}}, or both."""
        if not asked.keys() & {"now", "advance"}:
            raise ValueError("say now or advance")
        if "now" in asked:
            self._platform.set_clock(datetime.fromisoformat(asked["now"]))
        if "advance" in asked:
            self._platform.advance(timedelta(**asked["advance"]))
        return self.get_clock({})

    def get_faults(self, asked: dict[str, Any]) -> dict[str, Any]:
        """What is still ordered."""
        return self._platform.faults.as_json()

    def post_faults(self, asked: dict[str, Any]) -> dict[str, Any]:
        """One order ({"operation", "kind", ...}), a list of them, or a whole plan."""
        if "operation" in asked:
            self._platform.order_faults([asked])
        else:
            self._platform.order_faults(asked)
        return self.get_faults({})

    def delete_faults(self, asked: dict[str, Any]) -> None:
        """Drop every order and chance."""
        self._platform.faults.clear()

    def post_options(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Change options, by name."""
        self._platform.set_options(**asked)
        return vars(self._platform.options)

    def post_sims(self, asked: dict[str, Any]) -> Any:
        """Add SIMs ({"count": 10, "esim", "operator"}), or set one's status
        (/_control/sims/ICCID {"status": "available"})."""
        if "ident" in asked:
            return _sim(self._platform.set_status(asked["ident"], asked["status"]))
        return [_sim(sim) for sim in self._platform.add_sims(**asked)]

    def post_lines(self, asked: dict[str, Any]) -> Any:
        """Add active lines for a load: {"count": 1000}; or do to one what TIP's people
        do (/_control/lines/CONTRACT): {"sim": ICCID, "fresh": true for a new contract}
        or {"document": CPF or CNPJ, "name": text}."""
        if "ident" not in asked:
            return len(self._platform.add_lines(asked["count"]))
        code = asked["ident"]
        if "sim" in asked:
            fresh = bool(asked.get("fresh"))
            return _contract(self._platform.move_line(code, asked["sim"], fresh))
        name = asked.get("name", "Titular Fictício")
        return _contract(self._platform.change_holder(code, asked["document"], name))

    def post_port_in_advance(self, asked: dict[str, Any]) -> dict[str, Any]:
        """{"id": ICCID or number, "to": status or nothing, "reason": text}."""
        reason = asked.get("reason", "")
        moved = self._platform.advance_port_in(asked["id"], asked.get("to"), reason)
        return _port_in(moved)

    def post_port_in_repeat(self, asked: dict[str, Any]) -> dict[str, Any]:
        """{"id": ICCID or number, "number": the corrected one, or nothing}."""
        number = asked.get("number", "")
        return _port_in(self._platform.repeat_port_in(asked["id"], number))

    def post_limit(self, asked: dict[str, Any]) -> None:
        """Forget the calls that count against the rate limit."""
        self._platform.reset_limit()
