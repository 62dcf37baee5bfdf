"""One call from request to reply: token, rate limit, faults, operation, wording."""

import hmac
import json
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from random import Random
from threading import Lock
from typing import Any

from . import reads, statement, writes
from .calls import WRITES, Call, CallLog, WrongMethod, find_operation
from .dialect import Listing, Row, Speaker, encode
from .faults import Fault, FaultPlan
from .limiter import Limiter
from .messages import Reply, Request
from .mutations import mutate
from .refusals import Invalid, NotFound, Refusal
from .world import World

HTML = (
    "<!DOCTYPE html><html><head><title>{title}</title></head>"
    "<body><h1>{title}</h1><hr><center>nginx</center></body></html>"
)
_TOO_MANY = "Too Many Attempts."
# Of a large answer that is spoilt, as much as this is made before it is cut.
_SPOILT_AT_MOST = 262_144

Operation = Callable[[World, Request, Speaker], Row | Listing]
_HANDLERS: dict[str, Operation] = {
    "plans": reads.plans,
    "stock": reads.stock,
    "simcard": reads.simcard,
    "subscribers": reads.subscribers,
    "activate": writes.activate,
    "block_partial": writes.block_partial,
    "block_total": writes.block_total,
    "unblock": writes.unblock,
    "change_plan": writes.change_plan,
    "cancel": writes.cancel,
    "last_top_up": reads.last_top_up,
    "top_up": writes.top_up,
    "balance": reads.balance,
    "usage": statement.usage,
    "statement": statement.statement,
    "port_in": reads.port_in,
}


def json_reply(status: int, payload: Row | Listing | list, **headers: str) -> Reply:
    """:return: a reply with a JSON body; a listing's goes out in pieces"""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if isinstance(payload, Listing):
        return Reply(status, payload.pieces(), headers=named)
    return Reply(status, encode(payload).encode(), headers=named)


def html_reply(status: int, title: str) -> Reply:
    """:return: a reply with a web server's HTML page instead of JSON"""
    body = HTML.format(title=f"{status} {title}").encode()
    return Reply(status, body, "text/html; charset=utf-8")


class Exchange:
    """Answers calls; knows nothing of sockets."""

    def __init__(
        self, world: World, token: str, faults: FaultPlan, log: CallLog
    ) -> None:
        self._world = world
        self._token = token
        self._faults = faults
        self._log = log
        self._limiter = Limiter()
        self._counts: dict[str, count] = {}
        self._counts_lock = Lock()

    def reset_limit(self) -> None:
        """Forget the calls that count against the rate limit."""
        self._limiter.reset()

    def answer(self, method: str, path: str, query: dict, raw_body: bytes) -> Reply:
        """Answer one call, and record it.

        :param path: below the API's base
        :param query: with the token
        :param raw_body: as received
        """
        token = query.pop("user_token", None)
        body, unreadable = self._read_body(raw_body)
        wrong_method, found = False, None
        try:
            found = find_operation(method, path)
        except WrongMethod:
            wrong_method = True
        operation, ident = found or ("", "")
        call = self._log.add(
            method=method,
            path=path,
            operation=operation,
            ident=ident,
            query=query,
            body=body,
            at=self._world.clock.now(),
            received=time.monotonic(),
        )
        if wrong_method:
            reply = html_reply(405, "Method Not Allowed")
        elif not operation:
            reply = html_reply(404, "Not Found")
        else:
            reply = self._refuse_access(token) or self._carry_out(call, unreadable)
        if reply.delivery in ("silence", "reset"):
            call.status = call.code = None
        else:
            call.status = reply.status
        return reply

    @staticmethod
    def _read_body(raw: bytes) -> tuple[Any, str]:
        """:return: what was sent, and why it cannot be used, if it cannot"""
        if not raw.strip():
            return {}, ""
        try:
            body = json.loads(raw)
        except ValueError:
            return raw.decode(errors="replace"), "O corpo não é um JSON válido."
        if body == []:
            # What clients in PHP send when they have nothing to say.
            return {}, ""
        if not isinstance(body, dict):
            return body, "O corpo deve ser um objeto JSON."
        return body, ""

    def _refuse_access(self, token: str | None) -> Reply | None:
        if not token:
            return json_reply(401, {"message": "Token não informado."})
        if not hmac.compare_digest(token.encode(), self._token.encode()):
            return json_reply(403, {"message": "Token inválido."})
        wait = self._limiter.wait_for(self._world.options.rpm)
        if wait:
            return json_reply(429, {"message": _TOO_MANY}, Retry_After=str(wait))
        return None

    def _carry_out(self, call: Call, unreadable: str) -> Reply:
        """Do what was asked, or what was ordered to go wrong instead."""
        world = self._world
        fault = self._faults.take(call.operation, call.ident)
        call.fault = fault.kind if fault else ""
        say = self._speaker(call.operation)
        with world.lock:
            world.settle(call.ident if call.operation == "simcard" else "")
            if fault is None:
                return self._operate(call, say, unreadable)
            # Without an effect yet, an answer can only say that it was asked for.
            reply = json_reply(200, say.success("Solicitação recebida."))
            if fault.effect == "now":
                reply = self._operate(call, say, unreadable, fault)
            elif fault.effect == "late" and call.operation in WRITES:
                self._put_off(call, fault, unreadable)
        return self._spoil(reply, fault, say, call)

    def _speaker(self, operation: str) -> Speaker:
        with self._counts_lock:
            nth = next(self._counts.setdefault(operation, count(1)))
        draw = Random(f"{self._world.seed}/say/{operation}/{nth}")
        return Speaker(draw, self._world.options)

    def _operate(
        self, call: Call, say: Speaker, unreadable: str, fault: Fault | None = None
    ) -> Reply:
        """Do what was asked and word the outcome; the caller holds the lock."""
        world = self._world
        body = {} if unreadable else call.body
        request = Request(call.operation, call.ident, call.query, body)
        effects = len(world.journal)
        try:
            if unreadable:
                raise Invalid(unreadable, status=400)
            payload = world.perform(
                call.number, lambda: _HANDLERS[call.operation](world, request, say)
            )
        except Refusal as no:
            call.code = no.code
            return json_reply(200, say.refusal(no.code, no.text))
        except NotFound:
            text = "SIM card ou linha não encontrado."
            return json_reply(404, {"message": text})
        except Invalid as no:
            messages = no.messages
            said = messages if no.status == 422 else messages[0]
            return json_reply(no.status, {"message": said})
        call.effect = len(world.journal) > effects
        if isinstance(payload, dict):
            call.code = 0 if "codigo_status_tip" in payload else None
            if fault and fault.kind == "no_number" and call.effect:
                self._untell_number(call, fault, payload)
        return json_reply(200, payload)

    def _untell_number(self, call: Call, fault: Fault, payload: Row) -> None:
        contract = self._world.sim_of(call.ident).contract
        payload.pop("numero", None)
        payload.pop("numero_contrato", None)
        if contract:
            default = self._world.options.untold_reads
            self._world.withhold_number(contract, fault.options.get("reads", default))

    def _put_off(self, call: Call, fault: Fault, unreadable: str) -> None:
        """Let the effect come later; what the SIM then allows decides."""
        world = self._world
        try:
            iccid = world.sim_of(call.ident).iccid
        except NotFound:
            return

        def come() -> None:
            # What the client got is the fault's answer: a late effect changes nothing
            # of it but the record that there was one.
            told = call.code
            self._operate(call, Speaker(Random(call.number), world.options), unreadable)
            call.code = told
            if not call.effect:
                world.note_refused(call.operation, iccid, call.number)

        reads_left = fault.options.get("reads")
        delay = timedelta(seconds=fault.options.get("delay", 30))
        world.defer(
            iccid, come, delay=None if reads_left else delay, reads=reads_left or None
        )

    def _spoil(self, reply: Reply, fault: Fault, say: Speaker, call: Call) -> Reply:
        """:return: what the client gets instead of the reply it should have got"""
        options, kind = fault.options, fault.answer
        if kind in ("silence", "reset"):
            return Reply(delivery=kind, seconds=options.get("seconds", 120))
        if kind == "too_many":
            wait = str(options.get("retry_after", 2))
            return json_reply(429, {"message": _TOO_MANY}, Retry_After=wait)
        if kind == "server_error":
            status, text = options.get("status", 500), "Internal Server Error"
            if options.get("json"):
                return json_reply(status, {"message": text})
            return html_reply(status, text)
        if kind == "refusal":
            no = Refusal("refused", options.get("code", 0), options.get("text", ""))
            call.code = no.code
            return json_reply(200, say.refusal(no.code, no.text))
        if kind == "malformed":
            call.code = None
            seed = options.get("seed", f"{self._world.seed}/{call.number}")
            draw, keep = Random(str(seed)), options.get("keep", "")
            return _malformed(reply, options.get("form", "truncated"), draw, keep)
        if kind in ("slow", "drip"):
            reply.delivery = kind
            reply.seconds = options.get("seconds", 5 if kind == "slow" else 0.2)
        return reply


def _malformed(reply: Reply, form: str, draw: Random, keep: str) -> Reply:
    if form == "html":
        return html_reply(200, "Manutenção")
    if form == "empty":
        return Reply(200, b"")
    if form == "wrong_shape":
        return Reply(200, b'"OK"')
    body = reply.body
    if not isinstance(body, bytes):
        taken = b""
        for piece in body:
            taken += piece
            if len(taken) > _SPOILT_AT_MOST:
                break
        body = taken
    if form == "mutated":
        return Reply(reply.status, mutate(body, draw, keep))
    if form == "cut":
        return Reply(200, body, delivery="cut")
    return Reply(200, body[: len(body) * 2 // 3])
