# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""One HTTP conversation: rate limit, deadline, errors, and one log line per call."""

import contextlib
import io
import json
import logging
import math
import re
import time
from datetime import datetime, timezone
from decimal import Decimal
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from . import envelope, errors, redaction, transport
from .answer_filter import AnswerFilter, filtered
from .dialect import ODD, Unreadable

_logger = logging.getLogger(__name__)

_MIB = 1024 * 1024
# Of an answer about one thing, of a page or catalogue, and of all lines of a token:
# bytes and values, which memory holds at once.
ONE = (_MIB, 10_000)
PAGE = (8 * _MIB, 100_000)
LINES = (64 * _MIB, 1_000_000)
# Of 2xx, the statuses by which an answer is the whole of it, and done.
_DONE = (200, 201)
_ERROR_BODY_MAX = 64 * 1024
_CHUNK = 64 * 1024
# Packed once, a chunk grows a thousandfold at most; packed twice, a millionfold.
_PACKED = ("", "identity", "gzip", "x-gzip", "deflate")
_RETRY_AFTER_DEFAULT = 60.0
_RETRY_AFTER_MAX = 3600.0


class Channel:
    """The base of a client: sends requests for one token, one at a time.

    See :class:`~.client.TipClient` for the parameters.
    """

    def __init__(
        self,
        base_url,
        token,
        *,
        acquire,
        on_throttled,
        priority,
        connect_timeout,
        read_timeout,
        deadline,
        until,
    ):
        self.base_url = base_url.strip().rstrip("/")
        self._acquire = acquire
        self._on_throttled = on_throttled
        self._priority = priority
        self._read_timeout = read_timeout
        self._deadline = deadline
        self._until = until
        self._redactor = redaction.Redactor(token)
        self._session = transport.TokenSession(
            transport.TokenAdapter(token, connect_timeout)
        )
        self._session.headers["Accept"] = "application/json"
        self._session.headers["Accept-Encoding"] = "gzip, deflate"
        redaction.protect_url_logs()

    def __repr__(self):
        return f"<{type(self).__name__}>"

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()

    def close(self):
        """Close the kept connections."""
        self._session.close()

    def call(self, operation, method, path, read, *, size=ONE, **request):
        """Make one call whose answer fits in memory.

        :param operation: our name of it, for errors.
        :param size: ONE, PAGE or LINES: how large the answer may be.
        :param read: turns the decoded answer into what is returned; may raise
            Unreadable or a TipError.
        :param request: see :meth:`exchange`.
        """

        def receive(response):
            body = io.BytesIO()
            self.save(response, body, *size)
            payload = self._redactor.tree(_decoded(body.getvalue()))
            self.check_refusal(payload)
            return read(payload)

        return self.exchange(operation, method, path, receive, **request)

    def exchange(
        self,
        operation,
        method,
        path,
        receive,
        *,
        write=False,
        deadline=None,
        read_timeout=None,
        **request,
    ):
        """Send one request, once, and log one line about it.

        :param receive: turns a 2xx response into what is returned; may raise
            Unreadable or a TipError, and lets the transport's errors pass.
        :param write: whether the platform changes something, so that an answer that
            fails to come leaves the outcome unknown.
        :param deadline: seconds for the whole of it; the client's by default.
        :param read_timeout: seconds to wait for the next bytes; also the client's.
        :param request: `json` and `params` of requests.
        :raise TipError: the class that says what to do next.
        """
        in_doubt = errors.OutcomeUnknown if write else errors.Unavailable
        url = self._url(operation, path)
        if self._left() == 0:
            too_late = errors.Unreachable if write else errors.Late
            raise too_late(operation=operation, detail="nothing was sent: no time left")
        self._acquire(self._priority)
        began, outcome, status = time.monotonic(), "interrupted", None
        failure, malformed, result = None, "", None
        try:
            with transport.exchange(
                min(deadline or self._deadline, self._left()),
                read_timeout or self._read_timeout,
            ) as current:
                try:
                    response = self._session.request(
                        method,
                        url,
                        timeout=current.remaining(),
                        allow_redirects=False,
                        stream=True,
                        **request,
                    )
                    with response:
                        status = response.status_code
                        packed = response.headers.get("Content-Encoding", "")
                        if packed.strip().lower() not in _PACKED:
                            raise Unreadable("packed in a way that was not asked for")
                        if 200 <= status < 300 and status not in _DONE:
                            raise Unreadable(f"{status} is no complete answer")
                        if status in _DONE:
                            result = receive(response)
                        else:
                            failure = self._failure(response, in_doubt)
                except errors.TipError as error:
                    failure = error
                except Unreadable as error:
                    failure = in_doubt(detail=f"malformed answer: {error}")
                    malformed = f"({failure.detail})"
                except transport.FAILURES as error:
                    kind, detail = transport.failure(error, current, in_doubt)
                    failure = kind(detail=detail)
            shown = status, failure and type(failure).__name__, malformed
            outcome = " ".join(str(part) for part in shown if part)
        finally:
            spent = (time.monotonic() - began) * 1000
            _logger.info("TIP %s %s %s %.0f ms", method, path, outcome, spent)
        if failure is None:
            return result
        if type(failure) is errors.Unavailable and self._left() == 0:
            failure = errors.Late(detail=failure.detail)
        failure.operation, failure.status = operation, status
        if isinstance(failure, errors.Throttled) and self._on_throttled:
            self._on_throttled(failure.retry_after)
        # raised here, outside every except block, so that our error refers to no
        # exception that holds the URL or the answer
        raise failure

    def _left(self):
        """:return: seconds left to a person who waits, without end when nobody does."""
        return self._until.remaining() if self._until else math.inf

    def save(self, response, file, limit, values_max=None):
        """Write a response's body to a file, as far as it is safe to parse.

        :param limit: bytes.
        :param values_max: see :class:`~.answer_filter.AnswerFilter`.
        :raise Unreadable: when it is larger, or no parser may see it.
        """
        size, passing = 0, AnswerFilter(values_max)
        for chunk in response.iter_content(_CHUNK):
            size += len(chunk)
            if size > limit:
                raise Unreadable(f"more than {limit // _MIB} MiB")
            file.write(passing.feed(chunk))
        file.write(passing.close())

    def check_refusal(self, payload):
        """:raise Refused: when a 2xx answer says no."""
        if envelope.refusal(payload):
            raise errors.Refused(self._redactor.text(envelope.message(payload)))

    def _url(self, operation, path):
        if not is_plain_address(self.base_url):
            raise errors.Misconfigured(
                operation=operation, detail="the base URL is not a plain web address"
            )
        return self.base_url + path

    def _failure(self, response, in_doubt):
        """Turn an answer other than 2xx into an error.

        :param in_doubt: class for an answer that does not say what was done.
        """
        status = response.status_code
        if 300 <= status < 400:
            # what redirects a write may have passed it on before
            redirected = errors.Misconfigured
            if in_doubt is errors.OutcomeUnknown:
                redirected = in_doubt
            return redirected(detail="the address redirects to another one")
        said = self._said(response)
        if status in (401, 403):
            return errors.TokenRefused(said)
        if status == 404:
            return errors.NotFound(said)
        if status == 429:
            wait = _retry_after(response.headers.get("Retry-After", ""))
            return errors.Throttled(said, retry_after=wait)
        # 408 comes from a proxy that gave up in the middle, like a 5xx
        if 400 <= status < 500 and status != 408:
            return errors.Refused(said)
        return in_doubt(said)

    def _said(self, response):
        """:return: the sentence for people in an error's body, "" for a HTML page."""
        body = bytearray()
        # a body that breaks changes nothing: the status has said what it was
        with contextlib.suppress(*transport.FAILURES):
            for chunk in response.iter_content(_CHUNK):
                body += chunk
                if len(body) > _ERROR_BODY_MAX:
                    return ""
            payload = _decoded(filtered(bytes(body)))
            return envelope.message(self._redactor.tree(payload))
        return ""


def is_plain_address(base_url):
    """:return: whether this is a web address that a path can be added to, and that
    holds neither a name nor a password"""
    try:
        address = urlsplit(base_url)
        # a property that checks; 0 is no port to call
        if address.port == 0:
            return False
    except ValueError:
        return False
    spare = "?" in base_url or "#" in base_url or "@" in address.netloc
    return bool(address.scheme in ("http", "https") and address.hostname and not spare)


def _decoded(body):
    """:param bytes body: as the filter gives it; the filter knows UTF-8 only.
    :raise Unreadable: when the bytes are not JSON. The parser's own error holds
        the whole answer, so nothing refers to it."""
    with contextlib.suppress(ValueError, ArithmeticError, RecursionError):
        return json.loads(
            body,
            parse_float=Decimal,
            parse_constant=_no_constant,
            object_pairs_hook=_object,
        )
    raise Unreadable("it is cut or is not JSON")


def _object(pairs):
    """:return: dict; odd where a name comes twice: nobody knows which one counts"""
    found = dict(pairs)
    if len(found) < len(pairs):
        found[ODD] = None
    return found


def _no_constant(name):
    raise ValueError(f"{name} is not JSON")


def _retry_after(header):
    """:param header: seconds, or an HTTP date.
    :return: seconds to wait, an hour at most; a minute when nothing usable is said."""
    seconds = _RETRY_AFTER_DEFAULT
    if re.fullmatch(r"\s*[0-9]{1,9}\s*", header):
        seconds = float(header)
    else:
        with contextlib.suppress(ValueError, TypeError):
            at = parsedate_to_datetime(header)
            at = at if at.tzinfo else at.replace(tzinfo=timezone.utc)
            seconds = (at - datetime.now(timezone.utc)).total_seconds()
    return min(max(seconds, 0.0), _RETRY_AFTER_MAX)
