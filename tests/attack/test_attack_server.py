"""A server that means harm: the client comes back, in time, with a known error."""

import contextlib
import gzip
import resource
import socketserver
import threading
import time
import unittest
import zlib
from datetime import date
from functools import cache
from itertools import chain

from odoo.addons.tip_mvno.lib import (
    Misconfigured,
    OutcomeUnknown,
    TipClient,
    TipError,
    Unavailable,
)

from ..sizes import tell

TOKEN = "t0ken-of-the-client"
ICCID = "8955000000000000017"
DEADLINE = 0.4
# Seconds of a call that nobody waits for, here.
PATIENCE = 30
# Seconds a call may take beyond its deadline.
GRACE = 1.0
MEGABYTE = 1024  # of ru_maxrss
JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def _bomb(megabytes):
    """:return: pieces of a gzip stream of so much, a thousandth of it on the wire"""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    yield packer.compress(b"[")
    for _part in range(megabytes):
        yield packer.compress(b" " * 2**20)
    yield packer.flush()


@cache
def _bomb_in_a_bomb():
    return gzip.compress(gzip.compress(b"".join(_bomb(512))))


class _Silence:
    """Part of a script: nothing, until the client goes."""


# Small on the wire, a hundred times its bytes once it is decoded: start, what is said
# over and over, end.
VALUES = {
    "numbers": (b'{"status":"EM USO","x":[1', b",1.5", b"]}"),
    "objects": (b'{"results":[{}', b",{}", b"]}"),
    "rows that are numbers": (b'{"results":[1', b",1", b"]}"),
    "one row's objects": (
        b'[{"numero_contrato":"1","telefonia":[{}',
        b",{}",
        b"]}]",
    ),
    "one row's lists": (b'[{"cpf_cnpj":"1","contratos":[[]', b",[]", b"]}]"),
    "sentences": (b'{"results":[],"message":["a"', b',"ab"', b"]}"),
}


def _packed(begin, again, end, megabytes=16):
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    yield packer.compress(begin)
    part = again * (2**20 // len(again))
    for _part in range(megabytes):
        yield packer.compress(part)
    yield packer.compress(end) + packer.flush()


def _drip(pieces):
    for piece in pieces:
        yield piece
        time.sleep(0.02)


def _forever(piece):
    while True:
        yield piece


# Name of an attack: what the server says, piece by piece.
ATTACKS = {
    "sleep": lambda: [_Silence],
    "sleep in the body": lambda: [JSON + b"Content-Length: 9\r\n\r\n[", _Silence],
    "drip of headers": lambda: _drip(_forever(b"X")),
    "drip of a body": lambda: _drip(
        [JSON + b"Content-Length: 99999\r\n\r\n", *[b" "] * 99_999]
    ),
    "headers without end": lambda: _forever(b"X-A: " + b"a" * 60_000 + b"\r\n"),
    "a line without end": lambda: _forever(b"a" * 65_536),
    "a body without end": lambda: [
        JSON + b"\r\n[",
        *[b'"' + b"a" * 60_000 + b'",'] * 5000,
    ],
    "chunks without end": lambda: [
        JSON + b"Transfer-Encoding: chunked\r\n\r\n",
        *[b"10000\r\n" + b" " * 65_536 + b"\r\n"] * 5000,
    ],
    "a gzip bomb": lambda: chain(
        [JSON + b"Content-Encoding: gzip\r\n\r\n"], _bomb(10_240)
    ),
    "a bomb in a bomb": lambda: [
        JSON + b"Content-Encoding: gzip, gzip, gzip\r\n\r\n",
        _bomb_in_a_bomb(),
    ],
    "longer than it says": lambda: [JSON + b"Content-Length: 2\r\n\r\n[" + b" " * 99],
    "shorter than it says": lambda: [JSON + b"Content-Length: 99\r\n\r\n[]"],
    "a negative length": lambda: [JSON + b"Content-Length: -5\r\n\r\n[]x"],
    "two lengths": lambda: [
        JSON + b"Content-Length: 99\r\nContent-Length: 0\r\n\r\n[x"
    ],
    "a chunk of no length": lambda: [
        JSON + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n[]\r\n"
    ],
    "no status": lambda: [b"HTTP/1.1\r\n\r\n"],
    "another protocol": lambda: [b"SSH-2.0-OpenSSH_9.2\r\n"],
    "a status beyond": lambda: [b"HTTP/1.1 999 X\r\nContent-Length: 0\r\n\r\n"],
    "a hundred continues": lambda: [b"HTTP/1.1 100 Continue\r\n\r\n"] * 100,
}


class HostileServer(socketserver.ThreadingTCPServer):
    """Plays one script to whoever connects, and keeps what it was sent."""

    allow_reuse_address = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Play)
        self.url = "http://{}:{}/api".format(*self.server_address)
        self.script, self.received, self.is_over = list, b"", False
        threading.Thread(target=self.serve_forever, args=[0.02]).start()

    def end(self):
        """Stop, and wait for whatever is still being said."""
        self.is_over = True
        self.shutdown()
        self.server_close()


class _Play(socketserver.BaseRequestHandler):
    def handle(self):
        with contextlib.suppress(OSError):
            self.server.received += self.request.recv(65_536)
            for piece in self.server.script():
                if self.server.is_over:
                    return
                if piece is _Silence:
                    self.request.recv(1)
                else:
                    self.request.sendall(piece)


class TestHostileServer(unittest.TestCase):
    """Every attack on a small read, a streamed one and a write."""

    def setUp(self):
        super().setUp()
        self.server = HostileServer()
        self.addCleanup(self.server.end)

    def _client(self, deadline=DEADLINE):
        client = TipClient(
            self.server.url,
            TOKEN,
            acquire=lambda priority: None,
            read_timeout=deadline,
            deadline=deadline,
        )
        self.addCleanup(client.close)
        return client

    def _calls(self, deadline=DEADLINE):
        """:return: (name, callable) with a client of its own each"""
        month = date(2026, 9, 1)

        def statement():
            client = self._client(deadline)
            with client.detailed_usage(month, deadline=deadline) as usage:
                for _line in usage:
                    pass

        def subscribers():
            with self._client(deadline).subscribers(deadline=deadline) as found:
                for _subscriber in found:
                    pass

        yield "plans", lambda: self._client(deadline).plans()
        yield "statement", statement
        yield "subscribers", subscribers
        yield "cancel", lambda: self._client(deadline).cancel(ICCID)

    def test_no_attack_outlasts_the_deadline_or_fills_the_memory(self):
        _bomb_in_a_bomb()  # made before the clock runs
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        slowest = (0.0, "")
        for attack, script in ATTACKS.items():
            self.server.script = script
            for name, call in self._calls():
                began = time.monotonic()
                with self.subTest(attack=attack, call=name):
                    with self.assertRaises(TipError) as caught:
                        call()
                    told = f"{caught.exception!r} {caught.exception}"
                    self.assertNotIn(TOKEN, told)
                    if name == "cancel":
                        self.assertIsInstance(caught.exception, OutcomeUnknown)
                took = time.monotonic() - began
                self.assertLess(took, DEADLINE + GRACE, f"{attack}, {name}")
                slowest = max(slowest, (took, f"{attack}, {name}"))
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        took, attack = slowest
        figure = f"{took:.2f} s at most ({attack}), {grown // MEGABYTE} MB more"
        tell("a hostile server took", figure)
        self.assertLess(grown, 256 * MEGABYTE)

    def test_no_values_fill_the_memory(self):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        slowest = (0.0, "")
        for values, script in VALUES.items():
            packed = [JSON + b"Content-Encoding: gzip\r\n\r\n", *_packed(*script)]
            self.server.script = lambda packed=packed: packed
            for name, call in self._calls(deadline=PATIENCE):
                began = time.monotonic()
                with self.subTest(values=values, call=name):
                    with self.assertRaises((OutcomeUnknown, Unavailable)):
                        call()
                took = time.monotonic() - began
                slowest = max(slowest, (took, f"{values}, {name}"))
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        took, values = slowest
        figure = f"{took:.2f} s at most ({values}), {grown // MEGABYTE} MB more"
        tell("values that fill a memory took", figure)
        self.assertLess(grown, 128 * MEGABYTE)
        self.assertLess(took, PATIENCE)

    def test_the_token_goes_to_no_other_server(self):
        elsewhere = HostileServer()
        self.addCleanup(elsewhere.end)
        for status in (301, 302, 303, 307, 308):
            head = f"HTTP/1.1 {status} Moved\r\nLocation: {elsewhere.url}/planos\r\n"
            moved = head.encode() + b"Content-Length: 0\r\n\r\n"
            self.server.script = lambda moved=moved: [moved]
            for _name, call in self._calls():
                with self.assertRaises((Misconfigured, OutcomeUnknown, Unavailable)):
                    call()
        self.assertIn(TOKEN.encode(), self.server.received)
        self.assertEqual(elsewhere.received, b"")
