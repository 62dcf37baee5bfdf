"""What goes into an operation, and what comes out of an exchange."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Request:
    """A call to an operation.

    :param ident: the ICCID or number in the path, or ""
    :param query: without the token
    :param body: the JSON object sent; {} when none was
    """

    operation: str
    ident: str = ""
    query: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)


@dataclass
class Reply:
    """What the server does with the connection.

    :param body: whole, or in pieces for a large answer
    :param delivery: send | silence (keep it open, say nothing) | reset | slow | drip
        | cut (close before the body's announced end)
    :param seconds: real length of a silence or delay, or between two drips
    """

    status: int = 200
    body: bytes | Iterator[bytes] = b""
    content_type: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    delivery: str = "send"
    seconds: float = 0
