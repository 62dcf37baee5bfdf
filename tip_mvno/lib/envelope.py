# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the platform wraps around its answers: a status code, a sentence, a list."""

from .answer_filter import is_odd
from .dialect import ODD, Unreadable, number, text


def refusal(payload):
    """:return: whether a 2xx answer says no: a `codigo_status_tip` that is neither
    0 nor empty, in an envelope or in each row of a list.
    :raise Unreadable: when what it says is neither yes nor no.
    """
    outer, several = _unwrapped(payload)
    if any([says_no(layer) for layer in outer]):
        return True
    return bool(several) and all(map(is_refusal, several))


def says_no(envelope):
    """:return: whether an object refuses what was asked.
    :raise Unreadable: when its code is no number, or it may have two.
    """
    if ODD in envelope:
        raise Unreadable("a yes or a no was expected")
    status = envelope.get("codigo_status_tip")
    if isinstance(status, bool | dict | list) or status == ODD:
        raise Unreadable("a yes or a no was expected")
    return bool(number(status))


def message(payload):
    """:return: the platform's sentence for people, in one line, or ""."""
    outer, several = _unwrapped(payload)
    for envelope in [*outer, *several[:1]]:
        if not isinstance(envelope, dict):
            break
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
    for envelope in reversed(layers(payload)):
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
        if is_damaged(row):
            raise Unreadable(f"row {place} is damaged")
    return found


def is_damaged(row):
    """:return: whether a row of a list is none that can be read: no object, one that
    the filter before the parser took something out of, or a refusal in its place."""
    return not isinstance(row, dict) or is_odd(row) or is_refusal(row)


def is_refusal(row):
    """:return: whether a row of a list is a refusal in its place, also one whose code
    is none"""
    try:
        return isinstance(row, dict) and says_no(row)
    except Unreadable:
        return True


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


def layers(payload):
    """:return: list of dict: an answer's outer envelope and those it holds in `results`
    or `data`, down to the one object it is about, where it is about one"""
    return _unwrapped(payload)[0]


def parts(payload):
    """:return: list of dict: the :func:`layers`, and those of each object of a list"""
    outer, several = _unwrapped(payload)
    return outer + [part for row in several for part in parts(row)]


def _unwrapped(payload):
    """:return: (list of dict, the layers; the list of several in the innermost, or []).
    A list of one may be an envelope's, too, one of more is the contents."""
    found = []
    while isinstance(payload, dict | list):
        if isinstance(payload, list):
            if len(payload) != 1:
                return found, payload
            payload = payload[0]
            continue
        found.append(payload)
        inner = (payload.get(key) for key in ("results", "data"))
        payload = next((part for part in inner if isinstance(part, dict | list)), None)
    return found, []
