# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The last step before the socket: the token, the deadline, and what was sent.

Three things `requests` does not do by itself:

* The token joins the URL in the transport adapter, so that no prepared request,
  response, session hook or patched ``Session.send`` ever carries it.
* ``requests``' timeout is per socket read; an answer that drips never ends. Here
  every read of an exchange, headers and body, is cut at one deadline.
* Whether a byte of the request was handed to the socket is recorded, because that
  decides between "send again" and "the outcome is unknown".
"""

import contextlib
import contextvars
import http.client
import io
import time
from urllib.parse import quote

import requests
from requests.adapters import HTTPAdapter
from urllib3 import exceptions as u3

from .errors import Misconfigured, Unreachable

_MOMENT = 0.05

_exchange = contextvars.ContextVar("tip_exchange", default=None)

# urllib3's reasons for a request that never left: NewConnectionError and
# NameResolutionError are kinds of ConnectTimeoutError or HTTPError by version
_NEVER_LEFT = (
    u3.ConnectTimeoutError,
    u3.NewConnectionError,
    u3.SSLError,
    u3.ProxyError,
)
# Whatever comes out of requests, or of decoding an answer, may hold the URL with the
# token or the answer: all of it is translated. Not plain Exception: Odoo interrupts a
# worker over its limits with one.
FAILURES = (
    OSError,
    http.client.HTTPException,
    u3.HTTPError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
_BAD_ADDRESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
)


class Deadline:
    """The moment by which all calls of a person who waits are to be through.

    :param seconds: from now on.
    """

    __slots__ = ("_ends_at",)

    def __init__(self, seconds):
        self._ends_at = time.monotonic() + seconds

    def remaining(self):
        """:return: seconds left, 0 when it has passed: what is left of a moment is
        enough for no call."""
        left = self._ends_at - time.monotonic()
        return left if left > _MOMENT else 0.0


class Exchange:
    """One request and its answer.

    :param seconds: total time for it.
    :param read_timeout: longest wait for the next bytes, seconds.
    """

    __slots__ = ("ends_at", "read_timeout", "sent")

    def __init__(self, seconds, read_timeout):
        self.ends_at = time.monotonic() + seconds
        self.read_timeout = read_timeout
        self.sent = False

    def remaining(self):
        """:return: seconds left, never below a millisecond: 0 means "no limit" or
        "do not block" to sockets."""
        return max(self.ends_at - time.monotonic(), 0.001)


@contextlib.contextmanager
def exchange(seconds, read_timeout):
    """Run one request and read its answer under a total deadline.

    :return: the :class:`Exchange`.
    """
    current = Exchange(seconds, read_timeout)
    reset = _exchange.set(current)
    try:
        yield current
    finally:
        _exchange.reset(reset)


class _DeadlineReader(io.RawIOBase):
    """A socket's bytes, each read cut at the deadline of the current exchange."""

    def __init__(self, sock):
        super().__init__()
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self):
        return True

    def readinto(self, buffer):
        current = _exchange.get()
        if current:
            if time.monotonic() >= current.ends_at:
                raise TimeoutError("the exchange's deadline has passed")
            self._sock.settimeout(min(current.read_timeout, current.remaining()))
        return self._raw.readinto(buffer)

    def close(self):
        self._raw.close()
        return super().close()


class _DeadlineSocket:
    """What http.client's response needs of a socket: the file to read from."""

    def __init__(self, sock):
        self._sock = sock

    def makefile(self, _mode):
        return io.BufferedReader(_DeadlineReader(self._sock))


class _DeadlineResponse(http.client.HTTPResponse):
    def __init__(self, sock, *args, **kwargs):
        super().__init__(_DeadlineSocket(sock), *args, **kwargs)


class _WatchedConnection:
    """Mixed into urllib3's connection classes."""

    response_class = _DeadlineResponse
    _connected = False

    def connect(self):
        # a proxy's CONNECT is sent from here too: it is not yet our request
        self._connected = False
        result = super().connect()
        self._connected = True
        return result

    def send(self, data):
        if self.sock is None and self.auto_open:
            self.connect()
        current = _exchange.get()
        if current and self._connected:
            current.sent = True
        return super().send(data)


def _watched(pool_class):
    base = pool_class.ConnectionCls
    connection = type(f"Watched{base.__name__}", (_WatchedConnection, base), {})
    name = f"Watched{pool_class.__name__}"
    return type(name, (pool_class,), {"ConnectionCls": connection})


def _watch(manager):
    """Make a pool manager, a proxy's too, open watched connections only."""
    classes = manager.pool_classes_by_scheme
    manager.pool_classes_by_scheme = {
        scheme: _watched(pool_class) for scheme, pool_class in classes.items()
    }
    return manager


class TokenAdapter(HTTPAdapter):
    """Adds the token to the URL on its way out, and takes it back afterwards.

    :param token: value of the query parameter ``user_token``.
    :param connect_timeout: seconds for each address tried.
    """

    def __init__(self, token, connect_timeout):
        self._query = "user_token=" + quote(token, safe="")
        self._connect_timeout = connect_timeout
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args, **kwargs):
        result = super().init_poolmanager(*args, **kwargs)
        _watch(self.poolmanager)
        return result

    def proxy_manager_for(self, proxy, **kwargs):
        if proxy in self.proxy_manager:
            return self.proxy_manager[proxy]
        return _watch(super().proxy_manager_for(proxy, **kwargs))

    def send(self, request, timeout=None, **kwargs):
        """See ``HTTPAdapter.send``. `timeout` is replaced by the exchange's: Odoo's
        test mode lifts short ones, and understands only a plain number."""
        current = _exchange.get()
        outgoing = request.copy()
        outgoing.url += ("&" if "?" in outgoing.url else "?") + self._query
        left = current.remaining()
        # each of a name's addresses has its own wait, and most have two
        connect_timeout = min(self._connect_timeout, left / 2)
        timeout = (connect_timeout, min(current.read_timeout, left))
        response = super().send(outgoing, timeout=timeout, **kwargs)
        response.request, response.url = request, request.url
        return response


class TokenSession(requests.Session):
    """A keep-alive session that follows no redirect and takes no netrc login.

    Proxies and CA bundles still come from the environment, as an administrator of
    the server expects.
    """

    def __init__(self, adapter):
        super().__init__()
        self.mount("https://", adapter)
        self.mount("http://", adapter)
        # a login from netrc is added only when there is no auth at all
        self.auth = _no_login

    def get_redirect_target(self, resp):
        """:return: None always: the token must not follow to another address."""
        return


def _no_login(request):
    return request


def _reasons(error):
    """Yield an exception and what it wraps, as requests and urllib3 nest them."""
    seen, queue = set(), [error]
    while queue:
        current = queue.pop()
        if id(current) in seen or not isinstance(current, BaseException):
            continue
        seen.add(id(current))
        yield current
        queue.append(getattr(current, "reason", None))
        queue.append(getattr(current, "original_error", None))
        queue.extend(current.args)


def failure(error, current, in_doubt):
    """Turn an exception of requests into one of ours, keeping no reference to it:
    its text and its request hold the URL with the token.

    :param error: the exception.
    :param current: the :class:`Exchange` it ended.
    :param in_doubt: class to use unless it is certain that nothing was sent.
    :return: ``(class, detail)`` for the caller to raise outside its except block.
    """
    if isinstance(error, _BAD_ADDRESS):
        return Misconfigured, "the base URL is not a valid address"
    reasons = list(_reasons(error))
    kind = next((r for r in reasons if isinstance(r, _NEVER_LEFT)), None)
    if kind is None and isinstance(error, requests.exceptions.ConnectTimeout):
        kind = error
    if kind is not None and not current.sent:
        return Unreachable, f"nothing was sent: {type(kind).__name__}"
    return in_doubt, f"no complete answer: {type(reasons[-1]).__name__}"
