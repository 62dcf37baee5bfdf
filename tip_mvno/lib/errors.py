# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What can go wrong between us and the platform. The class says what to do next.

============== ======================================= ==============================
class          what happened                           what to do next
============== ======================================= ==============================
TokenRefused   the platform does not accept the token  ask for the right token
Unreachable    nothing was sent                        send again later
OutcomeUnknown a write may have taken effect           read the state before resending
Unavailable    a read got no usable answer             read again later
OtherSim       a read was answered about another card  the same; show it to a person
Late           no answer while a person waited         read again where nobody waits
Throttled      too many calls, the platform says       wait ``retry_after`` seconds
Refused        the platform said no                    show why to a person
NotFound       the platform does not know the thing    the same
Misconfigured  the address is not the platform's API   correct the address
SlotUnavailable our own limit, nothing was sent        wait ``retry_in`` seconds
============== ======================================= ==============================
"""


class TipError(Exception):
    """Base of every error of this package.

    The text of the exception (``str``) is technical, written by us and fit for a log:
    it never quotes the platform, whose sentences may name a person.

    :param user_message: the platform's own sentence for people, in Portuguese, or "".
    :param status: HTTP status of the answer, or None when there was none.
    :param operation: our name of the operation, such as "activate".
    :param detail: our technical words on the cause.
    """

    def __init__(self, user_message="", *, status=None, operation="", detail=""):
        self.user_message = user_message
        self.status = status
        self.operation = operation
        self.detail = detail
        super().__init__(user_message)

    def __str__(self):
        status = f"HTTP {self.status}" if self.status else ""
        told = ", ".join(filter(None, (self.operation, status, self.detail)))
        return f"{type(self).__name__} ({told})" if told else type(self).__name__

    def __repr__(self):
        return f"<{self}>"


class TokenRefused(TipError):
    """401 or 403: the platform does not accept the token."""


class Unreachable(TipError):
    """Nothing was sent (name, connection, TLS): sending again is safe."""


class OutcomeUnknown(TipError):
    """A write may or may not have taken effect: read the state before resending."""


class Unavailable(TipError):
    """A read got no usable answer (timeout, 5xx, malformed): try later."""


class OtherSim(Unavailable):
    """A read got an answer about another SIM card than was asked about, which is no
    answer: nothing of it may be taken over."""


class Late(Unavailable):
    """A read that the deadline of a person who waits cut off, or let not go out."""


class Throttled(TipError):
    """429: the platform wants fewer calls; it did nothing.

    :param retry_after: seconds to wait before the next call.
    """

    def __init__(self, user_message="", *, retry_after=60.0, **kwargs):
        self.retry_after = retry_after
        super().__init__(user_message, **kwargs)


class Refused(TipError):
    """The platform understood and said no; ``user_message`` says why."""


class NotFound(Refused):
    """The platform does not know the SIM, line or path."""


class Misconfigured(Refused):
    """The base URL cannot be the platform's API: invalid, or it redirects."""


class SlotUnavailable(TipError):
    """Our own rate limit has no slot to give; nothing was sent. Raised by ``acquire``.

    :param retry_in: seconds until a slot may be free.
    """

    def __init__(self, retry_in=0.0, user_message="", **kwargs):
        self.retry_in = retry_in
        super().__init__(user_message, **kwargs)
