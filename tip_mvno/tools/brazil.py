# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Brazilian identifiers of a mobile line: documents, numbers, SIM cards, streets.

Pure functions without Odoo: they judge and normalise text. Callers turn the outcome
into a sentence in the user's language.
"""

import re
import unicodedata

from stdnum import luhn
from stdnum.br import cnpj, cpf

#: Area codes (DDD) in use, Plano Geral de Códigos Nacionais of Anatel.
AREA_CODES = frozenset(
    "11 12 13 14 15 16 17 18 19 21 22 24 27 28 31 32 33 34 35 37 38 "
    "41 42 43 44 45 46 47 48 49 51 53 54 55 61 62 63 64 65 66 67 68 69 "
    "71 73 74 75 77 79 81 82 83 84 85 86 87 88 89 91 92 93 94 95 96 97 98 99".split()
)

#: First word of a street, as people write it (see :func:`plain_key`) -> its type.
STREET_TYPES = {
    abbreviation: street_type
    for street_type, abbreviations in {
        "Alameda": "alameda al",
        "Avenida": "avenida av aven",
        "Beco": "beco bc",
        "Chácara": "chacara chac",
        "Condomínio": "condominio cond",
        "Conjunto": "conjunto cj conj",
        "Estrada": "estrada estr est",
        "Fazenda": "fazenda faz",
        "Jardim": "jardim jd",
        "Ladeira": "ladeira lad",
        "Largo": "largo lgo",
        "Loteamento": "loteamento lot",
        "Parque": "parque pq",
        "Passagem": "passagem pass",
        "Praça": "praca pc pca",
        "Quadra": "quadra qd",
        "Residencial": "residencial res",
        "Rodovia": "rodovia rod",
        "Rua": "rua r",
        "Servidão": "servidao serv",
        "Setor": "setor st",
        "Sítio": "sitio sit",
        "Travessa": "travessa tv trav",
        "Via": "via",
        "Viela": "viela",
        "Vila": "vila vl",
    }.items()
    for abbreviation in abbreviations.split()
}

_CPF = re.compile(r"[0-9]{11}")
_CNPJ = re.compile(r"[0-9A-Z]{12}[0-9]{2}")
_CNPJ = re.compile(r"[0-9A-Z]{12}[0-9]{2}")
_CNPJ_WEIGHTS = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
_PHONE_TEXT = re.compile(r"\+?[0-9 ()./\-\u2010-\u2015\u00a0]+")
_NO_NUMBER = re.compile(
    r"[\s,]+(s\s*[/.]?\s*n[.º°o]?|sem n[uú]mero)\s*$", re.IGNORECASE
)


def plain_key(text):
    """Reduce a Brazilian name to what two spellings of it share.

    Accents, case, apostrophes, hyphens and spaces go: "Olho-d'Água" and
    "OLHO D´AGUA" give the same key.

    :param str text: any name, possibly empty
    :return: lower-case letters and digits only
    """
    decomposed = unicodedata.normalize("NFKD", text or "").casefold()
    return "".join(char for char in decomposed if char.isascii() and char.isalnum())


def clean_document(text):
    """Strip a CPF's or CNPJ's punctuation; letters stay, in upper case.

    A CNPJ given out since July 2026 may hold letters in its first 12 characters
    (Instrução Normativa RFB 2.229/2024): stripping them would make another number.

    :param str text: document as typed, possibly empty
    :return: letters and digits only
    """
    return "".join(char for char in (text or "").upper() if char.isalnum())


def is_other_document(told, document):
    """Tell whether a CPF or CNPJ that somebody names is another than the known one.

    One with more or fewer leading zeros, as of a number or a padded field, is the same;
    one that is shown in part ("***.456.789-**") says nothing.

    :param str told: document as told, possibly empty
    :param str document: the known one, possibly empty
    :return: bool
    """
    told, known = clean_document(told), clean_document(document)
    if not (told and known) or told.lstrip("0") == known.lstrip("0"):
        return False
    return bool(_CPF.fullmatch(told) or _CNPJ.fullmatch(told))


def formatted_document(document):
    """:return: a CPF as 529.982.247-25, a CNPJ as 12.ABC.345/01DE-35"""
    text = clean_document(document)
    if len(text) == 11:
        return f"{text[:3]}.{text[3:6]}.{text[6:9]}-{text[9:]}"
    if len(text) == 14:
        return f"{text[:2]}.{text[2:5]}.{text[5:8]}/{text[8:12]}-{text[12:]}"
    return text


def masked_document(document):
    """:return: a person's CPF with its middle only, which is enough to compare it with;
    a CNPJ, which is public, as it is"""
    text = formatted_document(document)
    return f"***{text[3:11]}-**" if len(text) == 14 and text[3] == "." else text


def is_valid_cpf(text):
    """Tell whether a CPF (person's tax number) has 11 digits and its check digits hold.

    Eleven equal digits satisfy the arithmetic but are never given out.

    :param str text: with or without punctuation
    """
    document = clean_document(text)
    return bool(
        _CPF.fullmatch(document) and len(set(document)) > 1 and cpf.is_valid(document)
    )


def is_valid_cnpj(text):
    """Tell whether a CNPJ (company's tax number), numeric or with letters, is valid.

    With letters the check digits are computed here (modulo 11 over
    ``ord(character) - 48``, same instruction as :func:`clean_document`), because
    python-stdnum knows such numbers only from 2.2 on.

    :param str text: with or without punctuation
    """
    document = clean_document(text)
    if not _CNPJ.fullmatch(document) or len(set(document)) == 1:
        return False
    if document.isdigit():
        return cnpj.is_valid(document)
    return document[12:] == cnpj_check_digits(document[:12])


def cnpj_check_digits(base):
    """Compute a CNPJ's two check digits.

    :param str base: the 12 characters before them, upper case
    :return: two digits
    """
    digits = ""
    for count in (12, 13):
        total = sum(
            (ord(char) - 48) * weight
            for char, weight in zip(
                base + digits, _CNPJ_WEIGHTS[13 - count :], strict=True
            )
        )
        digits += str(0 if total % 11 < 2 else 11 - total % 11)
    return digits


def mobile_e164(text, area_code=None):
    """Normalise a Brazilian mobile number to E.164.

    A mobile number is an area code, a 9 and eight digits more (Anatel, Resolução
    553/2010). "55" opens both the country's numbers and those of area 55 (Santa
    Maria): the length tells them apart.

    :param str text: "(11) 98765-4321", "+55 11 98765-4321", "011987654321" ...
    :param str area_code: area code of a number typed without one
    :return: "+55" and 11 digits
    :raise ValueError: not a Brazilian mobile number
    """
    text = (text or "").strip()
    if not _PHONE_TEXT.fullmatch(text):
        raise ValueError("A mobile number holds digits only")
    digits = re.sub(r"[^0-9]", "", text)
    if text.startswith("+") and not digits.startswith("55"):
        raise ValueError("Not a number of Brazil (+55)")
    if text.startswith("+") or len(digits) == 13 and digits.startswith("55"):
        digits = digits[2:]
    elif len(digits) == 12 and digits.startswith("0"):
        digits = digits[1:]
    if len(digits) == 9 and area_code and not text.startswith("+"):
        digits = area_code + digits
    if len(digits) != 11:
        raise ValueError("A mobile number has an area code and 9 digits")
    if digits[:2] not in AREA_CODES:
        raise ValueError("The area code is not in use")
    if digits[2] != "9":
        raise ValueError("A mobile number starts with 9 after the area code")
    return f"+55{digits}"


def mobile_area_code(text):
    """Give the area code (DDD, two digits) of a mobile number.

    :param str text: anything :func:`mobile_e164` takes
    :raise ValueError: not a Brazilian mobile number
    """
    return mobile_e164(text)[3:5]


def iccid_problems(text):
    """Judge a SIM card's number (ICCID).

    ITU-T E.118: 89, country (55), issuer, account and a Luhn digit, 19 or 20 together.
    Cards and stock lists print or leave out the check digit as they like, so that a
    wrong one, like a foreign prefix, is worth a look but no proof of an error.

    :param str text: the number, no punctuation but spaces around it
    :return: ``(errors, warnings)``; errors hold "digits" and "length" (19 or 20),
        warnings "prefix" (not 8955, telecommunications of Brazil) and "luhn"
    """
    iccid = (text or "").strip()
    errors, warnings = [], []
    if not re.fullmatch(r"[0-9]+", iccid):
        errors.append("digits")
    if len(iccid) not in (19, 20):
        errors.append("length")
    if not errors:
        if not iccid.startswith("8955"):
            warnings.append("prefix")
        if not luhn.is_valid(iccid):
            warnings.append("luhn")
    return errors, warnings


def clean_postcode(text):
    """Give a CEP's eight digits (Correios), or "" when the text is not one.

    :param str text: "01310-100", "01.310-100", "01310100"
    """
    digits = re.sub(r"[\s.\-]", "", text or "")
    if re.fullmatch(r"[0-9]{8}", digits) and digits.strip("0"):
        return digits
    return ""


def split_street_type(street):
    """Split a street into its type and its name.

    :param str street: "Av. Paulista", "Rua XV de Novembro", "SQS 308"
    :return: ``(type, name)``: ("Avenida", "Paulista"); the type is "" when the first
        word is none, and the name then is the whole street
    """
    street = " ".join((street or "").split())
    # "R.Augusta", "Av.Paulista": the dot parts the words as well as a space
    first, rest = re.fullmatch(r"([^\s.]*)[.\s]*(.*)", street).groups()
    street_type = STREET_TYPES.get(plain_key(first), "")
    return (street_type, rest) if street_type else ("", street)


def split_without_number(street):
    """Split off the mark of a house without a number.

    :param str street: "Estrada Velha, S/N"
    :return: ``(street, "S/N")``, or ``(street, "")`` when the mark is not there
    """
    street = (street or "").strip()
    found = _NO_NUMBER.search(street)
    return (street[: found.start()].strip(" ,"), "S/N") if found else (street, "")
