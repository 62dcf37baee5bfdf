# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is printed on SIM cards: numbers that scanners read, codes of eSIMs.

Pure functions without Odoo: they read and judge text. Callers turn the outcome into a
sentence in the user's language.
"""

import re

#: Digits that the prints with and without the check digit share (ITU-T E.118).
STEM = 19

_CELLS = re.compile(r"[\n\r\t,;|]+")
_PUNCTUATION = re.compile(r"[\s.\-\u2010-\u2015\u00a0]+")
_ICCID = re.compile(r"([0-9]{19,20})[Ff]?")
# GSMA SGP.22, 4.1: format "1", address of the SM-DP+, matching ID (may be empty),
# then optionally the address's OID and "1" where a confirmation code is asked for.
_ACTIVATION_CODE = re.compile(
    r"(?:LPA:)?"
    r"(1\$(?:[A-Z0-9](?:[A-Z0-9-]{0,61}[A-Z0-9])?\.)+[A-Z]{2,63}"
    r"\$[0-9A-Z%*+./:_-]*"
    r"(?:\$[0-9.]*(?:\$1?)?)?)",
    re.IGNORECASE,
)
_ACTIVATION_CODE_LENGTH = 255


def iccid_stem(iccid):
    """Give what the 19- and the 20-digit print of one SIM card share.

    :param str iccid: 19 or 20 digits
    :return: the first 19 digits
    """
    return (iccid or "")[:STEM]


def as_iccid(text):
    """Read one ICCID as people and scanners write it.

    :param str text: "8955 0000 ...", or with the "F" that pads 19 digits in a bar code
    :return: 19 or 20 digits, or "" when the text is no ICCID
    """
    found = _ICCID.fullmatch(_PUNCTUATION.sub("", text or ""))
    return found[1] if found else ""


def read_iccids(text):
    """Read what a bar code scanner typed, or a list that was pasted.

    One ICCID per line; commas, semicolons and tabs part them as well, and so do spaces
    where each part is a whole ICCID.

    :param str text: possibly empty
    :return: ``(iccids, rest)``: two lists in the text's order, nothing twice; `rest`
        holds what is no ICCID, as it was written
    """
    iccids, rest = {}, {}
    for cell in filter(None, map(str.strip, _CELLS.split(text or ""))):
        whole = as_iccid(cell)
        parts = [whole] if whole else [as_iccid(part) for part in cell.split()]
        if all(parts):
            iccids.update(dict.fromkeys(parts))
        else:
            rest[cell] = True
    return list(iccids), list(rest)


def same_card(printed, iccid):
    """Tell whether a print can be that of a SIM card, but for the check digit.

    :param str printed: 19 or 20 digits, as scanned
    :param str iccid: 19 or 20 digits, as the platform has it
    """
    if len(printed) == len(iccid):
        return printed == iccid
    return iccid_stem(printed) == iccid_stem(iccid)


def match_iccids(printed, cards):
    """Find the SIM cards whose prints these are.

    The very number goes before the same number with or without a check digit. A print
    is ambiguous when several SIM cards answer to it, or when it is one of several
    prints that differ in nothing but the last digit of the one card they answer to.

    :param list printed: ICCIDs of 19 or 20 digits, nothing twice
    :param cards: iterable of objects with an ``iccid``
    :return: ``(found, ambiguous, unknown)``: {print: card}, {print: [cards]}, [prints]
    """
    by_stem = {}
    for card in cards:
        by_stem.setdefault(iccid_stem(card.iccid), []).append(card)
    candidates, claims = {}, {}
    for text in printed:
        same = by_stem.get(iccid_stem(text), [])
        exact = [card for card in same if card.iccid == text]
        candidates[text] = exact or [
            card for card in same if same_card(text, card.iccid)
        ]
        for card in candidates[text]:
            claims.setdefault((card, len(text)), []).append(text)
    found, ambiguous, unknown = {}, {}, []
    for text, matches in candidates.items():
        if not matches:
            unknown.append(text)
        elif len(matches) > 1 or len(claims[matches[0], len(text)]) > 1:
            ambiguous[text] = matches
        else:
            found[text] = matches[0]
    return found, ambiguous, unknown


def activation_code(text):
    """Normalise an eSIM's activation code (GSMA SGP.22, 4.1).

    :param str text: "LPA:1$address$matching-id", with or without "LPA:"
    :return: the code as a QR code holds it, beginning with "LPA:"
    :raise ValueError: the text has not this shape; the text itself is not quoted
    """
    found = _ACTIVATION_CODE.fullmatch(re.sub(r"\s+", "", text or ""))
    if not found or len(found[1]) > _ACTIVATION_CODE_LENGTH:
        raise ValueError("Not an activation code of an eSIM")
    return f"LPA:{found[1]}"
