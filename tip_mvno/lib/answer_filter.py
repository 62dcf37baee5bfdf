# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Between the socket and the JSON parser: nothing comes through that breaks the parser.

A parser trusts what it reads: an integer of thousands of digits ends the process in
yajl, nesting costs memory by the square of its depth, a lone surrogate is text that no
database takes, and a single byte of another encoding spoils all that comes with it. So
every answer, of any size, passes here first, in one pass.

What goes beyond a bound is odd: it is replaced by :data:`~.dialect.ODD`, a text that
readers take for nothing, so that the row it stands in can be left out and all others
come in. What is beyond any oddity, or no JSON, ends the reading with its place.
"""

import json
import re

from .dialect import ODD, Unreadable

# Levels of arrays and objects, bytes of a number and of a text.
DEPTH_MAX = 32
NUMBER_MAX = 40
EXPONENT_MAX = 3
TEXT_MAX = 64 * 1024
# So many times a bound is odd; more is no answer but an attack on whoever reads it.
_BEYOND = 32
_CHUNK = 64 * 1024

_ODD = json.dumps(ODD).encode()
_BRACKETS = b"[]{}"
# Both kinds of bracket look the same, quotes stay, everything else goes.
_SAME_BRACKETS = bytes.maketrans(b"[]", b"{}")
_NO_STRUCTURE = bytes(set(range(256)) - set(_BRACKETS + b'"'))
# The bytes of numbers look like a 0, and all others like a space.
_NUMERIC = b"0123456789+-.eE"
_SHAPES = bytes(ord("0" if byte in _NUMERIC else " ") for byte in range(256))
_LONG_NUMBER = b"0" * (NUMBER_MAX + 1)
# Digits look like a 0, the letter before an exponent like an e, its sign goes.
_POWERS = bytearray(b" " * 256)
_POWERS[ord("0") : ord("9") + 1] = b"0" * 10
_POWERS[ord("e")] = _POWERS[ord("E")] = ord("e")
_FAR_NUMBER = b"0e" + b"0" * (EXPONENT_MAX + 1)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# What a number, true, false and null are made of: not cut in two.
_BARE = b"0123456789+-.ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_PAIR = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")
_TOKEN = re.compile(
    rb'(?P<text>"[^"\\]*(?:\\.[^"\\]*)*")'
    rb"|(?P<open>[\[{])|(?P<close>[\]}])"
    rb"|(?P<long>[-+.0-9eE]{%d,})"
    % (NUMBER_MAX + 1)
    + rb"|(?P<far>[-.0-9]+[eE][-+]?[0-9]{%d,})" % (EXPONENT_MAX + 1),
    re.DOTALL,
)
_NUMBER = re.compile(rb"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")


class AnswerFilter:
    """Takes an answer's bytes as they come and gives those that are safe to parse.

    Most of an answer is looked at by a few operations on 64 KB at once; only where
    these find something is it gone through value by value.

    :param int most: values of an answer that is held in memory as a whole, where each
        takes up to a hundred times its bytes; None where it is not
    """

    def __init__(self, most=None):
        self._most = most
        self._count = 0
        self._waiting = []
        self._waiting_size = 0
        self._has_begun = False
        # bytes not looked at yet; they begin outside of any text
        self._rest = b""
        # of the answer, where the rest begins
        self._at = 0
        self._depth = 0
        # of the text that is being left out, so far; None when there is none
        self._text_length = None

    def feed(self, chunk):
        """:param bytes chunk: the next bytes of the answer
        :return: bytes to parse, maybe none yet
        :raise Unreadable: with the place, when the answer cannot be one
        """
        self._waiting.append(chunk)
        self._waiting_size += len(chunk)
        return self._take() if self._waiting_size >= _CHUNK else b""

    def close(self):
        """:return: the last bytes to parse
        :raise Unreadable: see :meth:`feed`
        """
        checked = self._take()
        if self._text_length is not None or self._depth > DEPTH_MAX:
            raise Unreadable("it is cut or is not JSON")
        return checked + self._one_by_one(self._rest)

    def _take(self):
        arrived = b"".join(self._waiting)
        self._waiting, self._waiting_size = [], 0
        if not self._has_begun:
            arrived = arrived.removeprefix(_BYTE_ORDER_MARK)
            self._has_begun = True
        checked = []
        for start in range(0, len(arrived), _CHUNK):
            self._rest += arrived[start : start + _CHUNK]
            checked.append(self._look())
        return b"".join(checked)

    def _look(self):
        """Look at the rest, as far as it holds whole values.

        :return: bytes to parse
        """
        if self._text_length is not None and not self._leave_text_out():
            return b""
        # no quote or backslash that belongs to an escape, at the same places
        plain = self._rest
        if b"\\" in plain:
            plain = plain.replace(b"\\\\", b"__").replace(b'\\"', b"__")
        if plain.count(b'"') % 2:
            end = plain.rfind(b'"')
        else:
            end = len(plain.rstrip(_BARE))
        unfinished = len(plain) - end
        whole, self._rest = self._rest[:end], self._rest[end:]
        safe = self._is_safe(whole, plain[:end])
        checked = whole if safe else self._one_by_one(whole)
        self._at += end
        # a comma within a text counts, too: the bound is far from any answer
        self._count += whole.count(b",")
        if self._most is not None and self._count > self._most:
            raise Unreadable(f"more than {self._most} values at byte {self._at}")
        if self._rest.startswith(b'"'):
            if unfinished > TEXT_MAX:
                self._text_length = 0
                checked += b"" if self._depth > DEPTH_MAX else _ODD
                self._rest, self._at = self._rest[1:], self._at + 1
                self._leave_text_out()
        elif unfinished > NUMBER_MAX * _BEYOND:
            raise Unreadable(f"a value without end at byte {self._at}")
        return checked

    def _leave_text_out(self):
        """Leave out more of a text that is too long.

        :return: bool, whether it has ended; the rest begins after it then
        """
        plain = self._rest.replace(b"\\\\", b"__").replace(b'\\"', b"__")
        quote = plain.find(b'"')
        # a backslash at the end escapes what comes next
        end = quote if quote >= 0 else len(plain) - plain.endswith(b"\\")
        self._text_length += end
        if self._text_length > TEXT_MAX * _BEYOND:
            raise Unreadable(f"a text without end at byte {self._at}")
        if quote >= 0:
            end += 1
            self._text_length = None
        self._rest, self._at = self._rest[end:], self._at + end
        return quote >= 0

    def _is_safe(self, whole, plain):
        """Look at whole values at once; the depth follows where nothing is odd.

        :param whole: bytes that begin and end outside of any text
        :param plain: the same without escaped quotes and backslashes
        :return: bool; where it is False, that is to be looked at one by one
        """
        if plain.startswith(b'"') and plain.find(b'"', 1) > TEXT_MAX:
            # only the first text was longer than a chunk
            return False
        if b"\\" in plain and _has_half_pair(plain):
            return False
        if _LONG_NUMBER in plain.translate(_SHAPES):
            return False
        if _FAR_NUMBER in plain.translate(_POWERS, b"+-") or not _is_utf8(whole):
            return False
        # a pair of neighbouring quotes goes, and what was inside of a text stays so
        structure = plain.translate(_SAME_BRACKETS, _NO_STRUCTURE).replace(b'""', b"")
        if b'"' in structure:
            structure = b"".join(structure.split(b'"')[::2])
        count, levels = structure.count(b"{"), 0
        while levels <= DEPTH_MAX:
            flatter = structure.replace(b"{}", b"")
            if len(flatter) == len(structure):
                break
            structure, levels = flatter, levels + 1
        opened = structure.count(b"{")
        after = self._depth - (len(structure) - opened) + opened
        if max(self._depth, after) + levels > DEPTH_MAX:
            return False
        self._depth = after
        self._count += count
        return True

    def _one_by_one(self, whole):
        """Look at value by value, and replace what is odd.

        :return: bytes to parse
        """
        checked, copied = [], 0

        def replace(start, end, by):
            nonlocal copied
            if self._depth <= DEPTH_MAX:
                checked.extend((whole[copied:start], by))
            copied = end

        for token in _TOKEN.finditer(whole):
            kind, (start, end) = token.lastgroup, token.span()
            if kind == "open":
                if self._depth == DEPTH_MAX:
                    replace(start, end, _ODD)
                self._depth += 1
                self._count += 1
                if self._depth > DEPTH_MAX * _BEYOND:
                    raise Unreadable(f"nested too deep at byte {self._at + start}")
            elif kind == "close":
                self._depth -= 1
                if self._depth == DEPTH_MAX:
                    copied = end
            elif kind in ("long", "far"):
                written = token.group()
                beyond = len(written) > NUMBER_MAX * _BEYOND
                if beyond or not _NUMBER.fullmatch(written):
                    raise Unreadable(f"no usable number at byte {self._at + start}")
                replace(start, end, _ODD)
            elif end - start - 2 > TEXT_MAX or _is_no_text(token.group()):
                replace(start, end, _ODD)
        if self._depth <= DEPTH_MAX:
            checked.append(whole[copied:])
        return b"".join(checked)


def _has_half_pair(plain):
    """:param bytes plain: JSON without escaped backslashes
    :return: bool, whether a surrogate stands in it without its other half"""
    return bool(_SURROGATE.search(plain) and _SURROGATE.search(_PAIR.sub(b"", plain)))


def _is_no_text(written):
    """:param bytes written: a text of JSON
    :return: bool, whether it holds half of a surrogate pair, or another encoding"""
    if not _is_utf8(written):
        return True
    return b"\\u" in written and _has_half_pair(written.replace(b"\\\\", b"__"))


def _is_utf8(written):
    try:
        written.decode()
    except UnicodeDecodeError:
        return False
    return True


def filtered(body):
    """:param bytes body: a whole answer
    :return: bytes to parse
    :raise Unreadable: see :class:`AnswerFilter`
    """
    passing = AnswerFilter()
    return passing.feed(body) + passing.close()


def is_odd(value):
    """:param value: as decoded from JSON
    :return: bool, whether something in it, however deep, was replaced by the filter"""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if found == ODD:
            return True
        if isinstance(found, dict):
            waiting.extend(found)
            waiting.extend(found.values())
        elif isinstance(found, list):
            waiting.extend(found)
    return False
