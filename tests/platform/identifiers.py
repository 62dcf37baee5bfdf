"""Identifiers of Brazilian telephony and people: made up, and checked.

Rules: ICCID by ITU-T E.118 (Luhn), CPF and CNPJ by Receita Federal's modulo 11; since
July 2026 the first twelve places of a CNPJ may hold letters (IN RFB 2.229/2024).
"""

import re
from random import Random

AREA_CODES = frozenset(
    "11 12 13 14 15 16 17 18 19 21 22 24 27 28 31 32 33 34 35 37 38 41 42 43 44 45 46 "
    "47 48 49 51 53 54 55 61 62 63 64 65 66 67 68 69 71 73 74 75 77 79 81 82 83 84 85 "
    "86 87 88 89 91 92 93 94 95 96 97 98 99".split()
)
_MOBILE = re.compile(r"([1-9]{2})9\d{8}")
_CNPJ = re.compile(r"[0-9A-Z]{12}\d{2}")


def luhn_digit(digits: str) -> str:
    """:return: the Luhn check digit that completes `digits`"""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def make_iccid(account: int, length: int = 20) -> str:
    """Build an ICCID of an invented Brazilian issuer.

    :param account: the SIM's serial number
    :param length: 19 or 20 digits, the check digit included
    """
    body = "8955" + "99" + f"{account:0{length - 7}d}"
    return body + luhn_digit(body)


def is_mobile(number: str) -> bool:
    """:return: whether `number` is DDD + 9 + 8 digits with a DDD in use"""
    match = _MOBILE.fullmatch(number)
    return match is not None and match[1] in AREA_CODES


def make_mobile(draw: Random, area_code: str) -> str:
    """:return: an invented mobile number of an area code, 11 digits"""
    return f"{area_code}9{draw.randint(60_000_000, 99_999_999)}"


def _modulo_11(values: list[int], weights: list[int]) -> int:
    rest = sum(v * w for v, w in zip(values, weights, strict=True)) % 11
    return 0 if rest < 2 else 11 - rest


def complete_cpf(base: str) -> str:
    """:return: the 11 digits of a CPF from its first nine"""
    digits = [int(digit) for digit in base]
    for _ in range(2):
        weights = list(range(len(digits) + 1, 1, -1))
        digits.append(_modulo_11(digits, weights))
    return "".join(map(str, digits))


def complete_cnpj(base: str) -> str:
    """:return: the 14 characters of a CNPJ from its first twelve"""
    values = [ord(character) - ord("0") for character in base]
    for weights in (
        [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2],
        [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2],
    ):
        values.append(_modulo_11(values, weights))
    return base + f"{values[-2]}{values[-1]}"


def is_document(document: str, person_type: str) -> bool:
    """Check a CPF or CNPJ.

    :param document: without punctuation
    :param person_type: `F` for a CPF, `J` for a CNPJ
    """
    if len(set(document)) < 2:
        return False
    if person_type == "F":
        return bool(re.fullmatch(r"\d{11}", document)) and document == complete_cpf(
            document[:9]
        )
    return bool(_CNPJ.fullmatch(document)) and document == complete_cnpj(document[:12])
