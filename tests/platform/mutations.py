"""Answers that were right until something happened to them on their way."""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random
from typing import Any

# What a value may turn into. The outcome of a write is told by a number: another number
# would be another answer, not a broken one.
_VALUES: tuple[Any, ...] = (
    None,
    "",
    [],
    {},
    [[]],
    {"": None},
    True,
    -1,
    10**30,
    1e300,
    "texto",
    "<script>alert(1)</script>",
    "ç" * 6000,
    "\ud800",
    "a\u0000b",
    "2026-02-30 25:61:61",
    "1e400",
    "NaN",
)
_OUTCOME = "codigo_status_tip"
# Written into the JSON text as they are: json has no way to say them.
_RAW: tuple[bytes, ...] = (
    b"9" * 4301,
    b"-" + b"9" * 4301,
    b"1e999999999",
    b"[" * 600 + b"]" * 600,
    b'{"a":' * 600 + b"1" + b"}" * 600,
    b'"' + b"x" * 70_000 + b'"',
    b"NaN",
    b"-",
)
_HOLE = "@@hole@@"
_Place = tuple[Any, Any]


def mutate(body: bytes, draw: Random, keep: str = "") -> bytes:
    """Let something happen to an answer.

    :param body: JSON, or anything else
    :param draw: decides what, and where
    :param keep: a key that stays with its value, though perhaps further inside
    :return: what arrives
    """
    try:
        tree = [json.loads(body)]
    except ValueError:  # a page of HTML, or one that was cut
        tree = []
    if not tree or draw.random() < 0.2:
        return draw.choice(_BYTES)(body, draw)
    for _time in range(draw.choice((1, 1, 1, 2, 5))):
        if places := list(_places(tree)):
            holder, key = draw.choice(places)
            if not keep or key != keep and not _holds(holder[key], keep):
                draw.choice(_CHANGES)(holder, key, draw)
            elif key != keep:
                _wrap(holder, key, draw)
    text = json.dumps(tree[0] if tree else None)
    hole = json.dumps(_HOLE).encode()
    return text.encode().replace(hole, draw.choice(_RAW))


def _places(tree: Any) -> Iterator[_Place]:
    """:return: every (list or object, its index or key) of a tree, in order"""
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in pairs:
        yield tree, key
        if isinstance(value, dict | list):
            yield from _places(value)


def _holds(tree: Any, name: str) -> bool:
    if not isinstance(tree, dict | list):
        return False
    return any(key == name for _holder, key in _places(tree))


def _replace(holder: Any, key: Any, draw: Random) -> None:
    value = deepcopy(draw.choice(_VALUES))
    numeric = isinstance(value, int | float)
    holder[key] = None if key == _OUTCOME and numeric else value


def _pierce(holder: Any, key: Any, draw: Random) -> None:
    holder[key] = None if key == _OUTCOME else _HOLE


def _wrap(holder: Any, key: Any, draw: Random) -> None:
    holder[key] = draw.choice(([holder[key]], {"data": holder[key]}))


def _drop(holder: Any, key: Any, draw: Random) -> None:
    del holder[key]


def _rename(holder: Any, key: Any, draw: Random) -> None:
    if isinstance(holder, dict):
        holder[draw.choice(("", "data", "x" * 6000))] = holder.pop(key)
    else:
        holder.insert(key, holder[key])


def _shout(holder: Any, key: Any, draw: Random) -> None:
    holder[key] = str(holder[key]).upper()


_Change = Callable[[Any, Any, Random], None]
_CHANGES: tuple[_Change, ...] = (
    _replace,
    _replace,
    _replace,
    _pierce,
    _wrap,
    _drop,
    _rename,
    _shout,
)


def _flip(body: bytes, draw: Random) -> bytes:
    spoilt = bytearray(body)
    # a brace or a quote: a digit might make another answer of it
    signs = [place for place, sign in enumerate(spoilt) if sign in b'{}[]":,']
    for place in draw.choices(signs or [0], k=3):
        spoilt[place : place + 1] = bytes([draw.choice(b'\x00\xff{}"[')])
    return bytes(spoilt)


_BYTES: tuple[Callable[[bytes, Random], bytes], ...] = (
    _flip,
    lambda body, draw: body[: draw.randrange(len(body) + 1)],
    lambda body, draw: body + draw.choice((b"}", b"\x00", b" {}", b"<br>")),
    lambda body, draw: b"\xef\xbb\xbf" + body,
    lambda body, draw: body.decode().encode("utf-16"),
    lambda body, draw: b"[" * 100_000,
    lambda body, draw: b"",
)
