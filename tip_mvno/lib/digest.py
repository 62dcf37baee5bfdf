# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The identity of a usage event, which the platform gives no id.

Two answers to the same question may differ in the order of keys, in "12.50000" or
12.5, in blanks, in a field that is null or left out, in a bare text or an object of
one: none of that makes another event.
"""

import functools
import hashlib
import json
import re
import unicodedata
from decimal import Decimal

from .answer_filter import DEPTH_MAX
from .dialect import Unreadable

# texts that are numbers; a leading zero makes a code ("0800…"), which stays text
_NUMERIC = re.compile(
    r"-?((0|[1-9][0-9]*)([.,][0-9]+)?|[.,][0-9]+)(e[+-]?[0-9]{1,3})?", re.IGNORECASE
)


_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def event_digest(kind, raw):
    """:param kind: "voice", "sms" or "data".
    :param raw: the event as decoded from JSON: an object, or a scalar for its `data`.
    :return: sha256 in hex, the same for every spelling of the same event.
    :raise Unreadable: when it is nested deeper than any answer may be.
    """
    fields = raw if isinstance(raw, dict) else {"data": raw}
    return hashlib.sha256(_encode([kind, _canonical(fields)]).encode()).hexdigest()


def _canonical(value, depth=0):
    if depth > DEPTH_MAX:
        raise Unreadable("an event was expected")
    # texts and numbers carry a mark, so that none can pass for the other
    if isinstance(value, str):
        value = value.strip()
        if not value.isascii():
            return "t" + unicodedata.normalize("NFC", value)
        return _number(value.replace(",", ".")) if _is_number(value) else "t" + value
    if isinstance(value, dict):
        return {
            key: _canonical(item, depth + 1)
            for key, item in value.items()
            if not (item is None or isinstance(item, str) and not item.strip())
        }
    if isinstance(value, list):
        return [_canonical(item, depth + 1) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    return _number(str(value))


def _is_number(written):
    return len(written) < 40 and _NUMERIC.fullmatch(written)


@functools.lru_cache(maxsize=4096)
def _number(written):
    """:return: sign, digits and exponent without trailing zeros, at any precision."""
    sign, digits, exponent = Decimal(written).as_tuple()
    significant = "".join(map(str, digits)).lstrip("0")
    if not significant:
        return "n0"
    stripped = significant.rstrip("0")
    exponent += len(significant) - len(stripped)
    return f"n{'-' if sign else ''}{stripped}e{exponent}"
