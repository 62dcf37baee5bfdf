# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What only a real socket shows."""

import contextlib
import os
import socket
import ssl
import struct
import tempfile
import time
from unittest import mock

from ...lib import (
    Deadline,
    Late,
    Misconfigured,
    OutcomeUnknown,
    Unavailable,
    Unreachable,
)
from ..lib_common import ICCID, LibCase, chain, make_client, reply, server

# seconds; what must end at it goes on for ever by itself
SHORT = 0.4
LONG = 20.0


def reset(handler):
    """Break the connection the hard way, with nothing answered."""
    linger = struct.pack("ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.close_connection = True
    handler.connection.close()
    handler.wfile = handler.rfile = open(os.devnull, "r+b")  # noqa: SIM115


def silent(handler):
    """Accept and never answer."""
    handler.server.over.wait(LONG)


def drip(opening):
    """:return: an `answer` that begins so and goes on a byte at a time for ever."""

    def answer(handler):
        handler.wfile.write(opening)
        while not handler.server.over.wait(0.02):
            handler.wfile.write(b" ")

    return answer


def free_port():
    """:return: a port of the loopback on which nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@contextlib.contextmanager
def watched_send(client):
    """:return: list of (request, keywords, response) that pass the session."""
    seen, send = [], client._session.send

    def watch(request, **kwargs):
        response = send(request, **kwargs)
        seen.append((request, kwargs, response))
        return response

    with mock.patch.object(client._session, "send", watch):
        yield seen


class TestNothingSent(LibCase):
    def assertUnreachable(self, base_url):
        for call in ("plans", "unblock"):
            client = make_client(base_url, connect_timeout=SHORT)
            with self.assertRaises(Unreachable) as caught:
                getattr(client, call)(*([ICCID] if call == "unblock" else []))
            self.assertEqual(chain(caught.exception), [caught.exception])

    def test_connection_refused(self):
        self.assertUnreachable(f"http://127.0.0.1:{free_port()}")

    def test_a_name_that_does_not_exist(self):
        with mock.patch("socket.getaddrinfo", side_effect=socket.gaierror(-2, "?")):
            self.assertUnreachable("http://nowhere.invalid")

    def test_a_connection_that_times_out(self):
        with mock.patch("socket.socket.connect", side_effect=TimeoutError("?")):
            self.assertUnreachable(f"http://127.0.0.1:{free_port()}")

    def test_a_server_that_speaks_no_tls(self):
        with server(reply(b"[]")) as httpd:
            self.assertUnreachable(httpd.url.replace("http:", "https:"))

    def test_a_proxy_that_refuses_connections(self):
        proxy = f"http://127.0.0.1:{free_port()}"
        with mock.patch.dict(os.environ, {"HTTP_PROXY": proxy, "NO_PROXY": ""}):
            self.assertUnreachable("http://tip.invalid")

    def test_a_proxy_that_refuses_to_connect_through(self):
        with server(reply(b"", 502)) as httpd:
            httpd.RequestHandlerClass.do_CONNECT = httpd.RequestHandlerClass.do_GET
            environ = {"HTTPS_PROXY": httpd.url, "NO_PROXY": ""}
            with mock.patch.dict(os.environ, environ):
                self.assertUnreachable("https://tip.invalid")
            self.assertNotIn("user_token", str(httpd.seen))


class TestOutcomeInDoubt(LibCase):
    def assertInDoubt(self, answer, **timeouts):
        timeouts = {"read_timeout": LONG, "deadline": LONG} | timeouts
        with server(answer) as httpd:
            for call, expected in (("plans", Unavailable), ("unblock", OutcomeUnknown)):
                client = make_client(httpd.url, **timeouts)
                began = time.monotonic()
                with self.subTest(call=call), self.assertRaises(expected) as caught:
                    getattr(client, call)(*([ICCID] if call == "unblock" else []))
                self.assertLess(time.monotonic() - began, LONG / 2)
                self.assertEqual(chain(caught.exception), [caught.exception])
            self.assertEqual(len(httpd.seen), 2, "a request was sent again")

    def test_reset_after_sending(self):
        self.assertInDoubt(reset)

    def test_closed_without_an_answer(self):
        self.assertInDoubt(lambda handler: setattr(handler, "close_connection", True))

    def test_no_answer_in_time(self):
        self.assertInDoubt(silent, read_timeout=SHORT)

    def test_the_deadline_ends_a_silent_answer(self):
        self.assertInDoubt(silent, deadline=SHORT)

    def test_the_deadline_ends_a_body_that_stalls(self):
        def answer(handler):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n[")
            silent(handler)

        self.assertInDoubt(answer, deadline=SHORT)

    def test_the_deadline_ends_dripping_headers(self):
        self.assertInDoubt(drip(b"HTTP/1.1 200 OK\r\nX-Slow:"), deadline=SHORT)

    def test_the_deadline_ends_a_dripping_body(self):
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n["
        self.assertInDoubt(drip(head), deadline=SHORT)

    def test_the_deadline_ends_a_dripping_chunk(self):
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n["
        self.assertInDoubt(drip(head), deadline=SHORT)

    def test_the_deadline_ends_a_dripping_error_page(self):
        head = b"HTTP/1.1 500 No\r\nContent-Length: 99999\r\n\r\n<"
        self.assertInDoubt(drip(head), deadline=SHORT)

    def test_the_calls_of_a_person_who_waits_share_their_deadline(self):
        """What comes when it has passed is no call at all: it takes no slot."""
        taken = []
        with server(silent) as httpd:
            until = Deadline(SHORT)
            client = make_client(httpd.url, until=until, acquire=taken.append)
            other = make_client(httpd.url, until=until, acquire=taken.append)
            began = time.monotonic()
            for asked in (client, client, other):
                with self.assertRaises(Late):
                    asked.plans()
            self.assertLess(time.monotonic() - began, 2 * SHORT)
            self.assertEqual((len(httpd.seen), len(taken)), (1, 1))

    def test_a_write_that_the_deadline_of_a_person_ends_is_in_doubt(self):
        with server(silent) as httpd:
            client = make_client(httpd.url, until=Deadline(SHORT))
            with self.assertRaises(OutcomeUnknown):
                client.unblock(ICCID)
            # and what is begun too late surely had no effect
            with self.assertRaises(Unreachable):
                client.unblock(ICCID)
            self.assertEqual(len(httpd.seen), 1)

    def test_a_tls_failure_after_sending(self):
        # the same exception as a failed handshake, which sent nothing
        failure = ssl.SSLEOFError(8, "EOF occurred in violation of protocol")
        broken = mock.patch(
            "http.client.HTTPConnection.getresponse", side_effect=failure
        )
        with broken, server(reply(b"[]")) as httpd:
            with self.assertRaises(OutcomeUnknown):
                make_client(httpd.url).unblock(ICCID)
            with self.assertRaises(Unavailable):
                make_client(httpd.url).plans()

    def test_a_body_cut_before_its_length(self):
        def answer(handler):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n[1")
            handler.close_connection = True

        self.assertInDoubt(answer)

    def test_a_chunked_body_cut_in_the_middle(self):
        def answer(handler):
            handler.wfile.write(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n"
            )
            handler.close_connection = True

        self.assertInDoubt(answer)

    def test_an_answer_that_is_not_http(self):
        def answer(handler):
            handler.wfile.write(b"SSH-2.0-OpenSSH\r\n")
            handler.close_connection = True

        self.assertInDoubt(answer)

    def test_gzip_that_is_none(self):
        self.assertInDoubt(reply(b"not gzip", Content_Encoding="gzip"))


class TestManners(LibCase):
    def test_the_connection_is_kept(self):
        ports = []

        def answer(handler):
            ports.append(handler.client_address[1])
            reply(b"[]")(handler)

        with server(answer) as httpd, make_client(httpd.url) as client:
            client.plans()
            client.plans()
        self.assertEqual(len(set(ports)), 1)

    def test_a_connection_closed_while_idle_is_replaced(self):
        closing = reply(b"[]", Connection="close")
        with server(closing) as httpd, make_client(httpd.url) as client:
            client.plans()
            client.plans()
        self.assertEqual(len(httpd.seen), 2)

    def test_the_token_does_not_follow_a_redirect(self):
        with server(reply(b"[]")) as elsewhere:
            moved = reply(b"", 307, Location=elsewhere.url + "/planos")
            with server(moved) as httpd, self.assertRaises(Misconfigured):
                make_client(httpd.url).plans()
            self.assertEqual(elsewhere.seen, [])

    def test_no_login_is_taken_from_netrc(self):
        with tempfile.NamedTemporaryFile("w") as netrc, server(reply(b"[]")) as httpd:
            netrc.write("machine 127.0.0.1 login someone password something\n")
            netrc.flush()
            with mock.patch.dict(os.environ, {"NETRC": netrc.name}):
                make_client(httpd.url).plans()
        self.assertNotIn("Authorization", httpd.seen[0][1])

    def test_a_proxy_of_the_environment_is_used(self):
        with server(reply(b"[]")) as proxy:
            environ = {"HTTP_PROXY": proxy.url, "NO_PROXY": ""}
            with mock.patch.dict(os.environ, environ):
                self.assertEqual(make_client("http://tip.invalid/api").plans(), [])
        self.assertIn("GET http://tip.invalid/api/planos?", proxy.seen[0][0])

    def test_a_number_is_all_that_the_session_gets_as_timeout(self):
        # Odoo's test mode compares it with a number
        with server(reply(b"[]")) as httpd:
            client = make_client(httpd.url, deadline=12.0)
            with watched_send(client) as sent:
                client.plans()
        [(_request, kwargs, _response)] = sent
        self.assertIsInstance(kwargs["timeout"], float)

    def test_the_session_never_sees_the_token(self):
        # Odoo's test mode, for one, logs the URLs that pass there
        with server(reply(b"[]")) as httpd:
            client = make_client(httpd.url)
            with watched_send(client) as sent:
                client.plans()
        [(request, _kwargs, response)] = sent
        for url in (request.url, response.url, response.request.url):
            self.assertEqual(url, httpd.url + "/planos")
