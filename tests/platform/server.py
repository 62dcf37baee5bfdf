"""The HTTP side: sockets, keep-alive, and the ways a connection can go wrong."""

import ipaddress
import socket
import struct
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Event, Lock
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .messages import Reply

BASE_PATH = "/api/public"
CONTROL_PATH = "/_control"

Answer = Callable[[str, str, dict[str, str], bytes], Reply]


def check_loopback(host: str) -> None:
    """:raise ValueError: for any address other machines could reach"""
    try:
        loopback = ipaddress.IPv4Address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    if not loopback:
        raise ValueError(
            f"the simulated platform binds to IPv4 loopback only, not to {host!r}"
        )


class _Handler(BaseHTTPRequestHandler):
    server: "PlatformServer"
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_version = "nginx"
    sys_version = ""

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the request line holds the token."""

    def do_GET(self) -> None:
        """Answer a read."""
        self._respond()

    do_POST = do_PUT = do_DELETE = do_PATCH = do_GET

    def _respond(self) -> None:
        url = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = url.path.removeprefix(BASE_PATH)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        is_control = path.startswith(CONTROL_PATH)
        answer = self.server.control if is_control else self.server.answer
        try:
            self._deliver(answer(self.command, path, query, raw))
        except ConnectionError:
            self.close_connection = True

    def _deliver(self, reply: Reply) -> None:
        if reply.delivery in ("silence", "slow"):
            self.server.stopping.wait(reply.seconds)
        if reply.delivery in ("silence", "reset"):
            self.close_connection = True
            if reply.delivery == "reset":
                self.server.mark_reset(self.connection)
            return
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if isinstance(reply.body, bytes):
            self._send_whole(reply, reply.body)
        else:
            self._send_pieces(reply, reply.body)

    def _send_whole(self, reply: Reply, body: bytes) -> None:
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if reply.delivery == "drip":
            self._drip(body, reply.seconds)
        elif reply.delivery == "cut":
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
        else:
            self.wfile.write(body)

    def _send_pieces(self, reply: Reply, pieces: Iterator[bytes]) -> None:
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in pieces:
            if self.server.stopping.is_set():
                self.close_connection = True
                return
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            if reply.delivery == "drip":
                self.server.stopping.wait(reply.seconds)
        self.wfile.write(b"0\r\n\r\n")

    def _drip(self, body: bytes, seconds: float) -> None:
        for place in range(len(body)):
            self.wfile.write(body[place : place + 1])
            if self.server.stopping.wait(seconds):
                self.close_connection = True
                return


class PlatformServer(ThreadingHTTPServer):
    """A thread per connection; stops at once, whatever hangs.

    :param host: a loopback address
    :param port: 0 for a free one
    :param answer: answers the API's calls
    :param control: answers those below CONTROL_PATH
    :raise ValueError: when the host is not loopback
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, host: str, port: int, answer: Answer, control: Answer) -> None:
        check_loopback(host)
        self.answer = answer
        self.control = control
        self.stopping = Event()
        self._lock = Lock()
        self._connections: set[socket.socket] = set()
        self._to_reset: set[socket.socket] = set()
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        """Bind without asking the name service who we are, as HTTPServer would."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.socket.getsockname()

    @property
    def url(self) -> str:
        """The API's base address."""
        return f"http://{self.server_name}:{self.server_port}{BASE_PATH}"

    def mark_reset(self, connection: socket.socket) -> None:
        """Let a connection end with RST instead of an orderly close."""
        linger = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        with self._lock:
            self._to_reset.add(connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, to close it when the server stops."""
        with self._lock:
            self._connections.add(request)
        return super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection; one marked for it without the FIN that goes before."""
        with self._lock:
            self._connections.discard(request)
            reset = request in self._to_reset
            self._to_reset.discard(request)
        if reset:
            return self.close_request(request)
        return super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are their business; anything else is ours."""
        if isinstance(sys.exc_info()[1], ConnectionError):
            return None
        return super().handle_error(request, client_address)

    def stop(self) -> None:
        """Stop serving, wake what waits, and close every connection."""
        self.stopping.set()
        self.shutdown()
        self.server_close()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                # Closed by its own thread in the meantime.
                continue
