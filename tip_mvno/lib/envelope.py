# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the platform wraps around its answers: a status code, a sentence, a list."""

from .answer_filter import is_odd
from .dialect import Unreadable, number, text


def refusal(payload):
    """:return: whether a 2xx answer says no: a `codigo_status_tip` that is neither
    0 nor empty."""
    for envelope in _envelopes(payload):
        if "codigo_status_tip" in envelope:
            status = envelope["codigo_status_tip"]
            try:
                if number(status):
                    return True
            except Unreadable:
                return True
    return False


def message(payload):
    """:return: the platform's sentence for people, in one line, or ""."""
    for envelope in _envelopes(payload):
        for key in ("msg_usuario", "message"):
            said = envelope.get(key)
            parts = said if isinstance(said, list) else [said]
            words = " ".join(" ".join(map(text, parts)).split())
            if words:
                return words[:500]
    return ""


def rows(payload):
    """Take the list out of its envelope: `{results: []}`, `{data: []}`,
    `{data: {results: []}}` or bare.

    :return: list.
    :raise Unreadable: when there is none: an answer without its list is not an
        empty list. An explicit null beside a success code is.
    """
    if isinstance(payload, list):
        return payload
    for envelope in reversed(list(_envelopes(payload))):
        for key in ("results", "data"):
            if isinstance(envelope.get(key), list):
                return envelope[key]
            if key in envelope and envelope[key] is None and declared(envelope):
                return []
    raise Unreadable("a list was expected")


def whole_rows(payload):
    """Take a list out of its envelope where what is missing in it says something.

    :return: list, as by :func:`rows`.
    :raise Unreadable: also when one of its rows would have to be left out.
    """
    found = rows(payload)
    for place, row in enumerate(found, start=1):
        if is_odd(row):
            raise Unreadable(f"row {place} is damaged")
    return found


def declared(envelope):
    """:return: whether an envelope has the platform's status code."""
    return "codigo_status_tip" in envelope


def single(payload):
    """Take one object out of its envelope: bare, or in `results` or `data` as an
    object or as a list of one.

    :return: dict, or None when the list in the envelope is empty.
    :raise Unreadable: when there is no object, or more than one.
    """
    found = payload
    while isinstance(found, dict):
        inner = [found[key] for key in ("results", "data") if key in found]
        inner = [value for value in inner if isinstance(value, dict | list)]
        if not inner:
            return found
        found = inner[0]
    if isinstance(found, list) and not found:
        return None
    if isinstance(found, list) and len(found) == 1 and isinstance(found[0], dict):
        return found[0]
    raise Unreadable("one object was expected")


def _envelopes(payload):
    """Yield the outer envelope and those it may hold in `data` or `results`: a list of
    one may be an envelope's, too, one of more is the contents."""
    while isinstance(payload, dict | list):
        if isinstance(payload, list):
            payload = payload[0] if len(payload) == 1 else None
            continue
        yield payload
        inner = (payload.get(key) for key in ("data", "results"))
        payload = next((part for part in inner if isinstance(part, dict | list)), None)
