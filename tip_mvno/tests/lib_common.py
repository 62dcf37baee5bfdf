# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the library's tests share: a client, a recorder, a loopback server."""

import contextlib
import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests
import responses
from hypothesis import settings

from odoo.tests import BaseCase

from ..lib import TipClient

BASE = "https://tip.example/api/public"
TOKEN = "s3cr3t/T0ken+=&"
ICCID = "8955320210000000017"
# the same examples every time, nothing written to the folder of the checkout
EXAMPLES = settings(deadline=None, database=None, derandomize=True)
# levels go by number: Odoo gives the name "INFO" to a level of its own
LOGGER = TipClient.__module__.rpartition(".")[0]
# before Odoo's tests put their own in its place
SEND = requests.Session.send


def make_client(base_url=BASE, **kwargs):
    """:return: a client without a rate limit."""
    kwargs.setdefault("acquire", lambda priority: None)
    return TipClient(base_url, TOKEN, **kwargs)


class LibCase(BaseCase):
    """A test that needs no database, and that Odoo's own runner finds.

    What the library sends is sent as it is: Odoo's tests are kept from other hosts, and
    wait 10 seconds at least.
    """

    @classmethod
    def _request_handler(cls, session, request, /, **kwargs):
        return SEND(session, request, **kwargs)


class ClientCase(LibCase):
    """A client whose calls are answered below requests' adapter."""

    def setUp(self):
        super().setUp()
        self.wire = responses.RequestsMock()
        self.wire.start()
        self.addCleanup(self.wire.stop)
        self.client = make_client()

    def answer(self, method, path, payload=None, status=200, **kwargs):
        if payload is not None:
            kwargs["json"] = payload
        return self.wire.add(method, BASE + path, status=status, **kwargs)


def chain(error):
    """:return: the exception and all it refers to."""
    found = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


@contextlib.contextmanager
def all_logs():
    """Collect what any logger writes, debug included.

    :return: list of formatted records.
    """
    written = []

    class Recorder(logging.Handler):
        def emit(self, record):
            written.append(self.format(record))

    root, recorder = logging.getLogger(), Recorder()
    names = ("", "urllib3", "urllib3.connectionpool", "urllib3.util.retry", LOGGER)
    levels = {name: logging.getLogger(name).level for name in names}
    root.addHandler(recorder)
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    try:
        yield written
    finally:
        root.removeHandler(recorder)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


@contextlib.contextmanager
def server(answer):
    """Serve on loopback.

    :param answer: ``answer(handler)`` for every request; `handler.server.over` is an
        event that is set when the test is.
    :return: the server; `.url`, and `.seen`, the request lines.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self):
            self.server.seen.append((self.requestline, dict(self.headers)))
            length = int(self.headers.get("Content-Length") or 0)
            self.rfile.read(length)
            with contextlib.suppress(ConnectionError):
                answer(self)

        do_GET = do_POST = handle_any

        def log_message(self, *args):
            """Keep the test's output clean."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request, client_address):
            """A client that hangs up is what some tests are about."""

    httpd = Server(("127.0.0.1", 0), Handler)
    httpd.seen, httpd.over = [], threading.Event()
    httpd.url = f"http://127.0.0.1:{httpd.server_address[1]}"
    thread = threading.Thread(target=httpd.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield httpd
    finally:
        httpd.over.set()
        httpd.shutdown()
        httpd.server_close()
        thread.join(5)


def reply(body, status=200, **headers):
    """:return: an `answer` that sends one body."""

    def answer(handler):
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer
