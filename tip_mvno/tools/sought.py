# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What people type or paste into a search box, and what is found by it."""

import re

from odoo.fields import Domain
from odoo.tools import SQL

from .brazil import clean_document

# Digits with what is written between them; Excel and e-mails paste odd dashes, spaces
_NUMBER = re.compile(
    r"[\d\s()+./\-\u2010-\u2015\u00a0]*\d[\d\s()+./\-\u2010-\u2015\u00a0]*"
)
COUNTRY = "55"
#: DDD, and nine digits
NATIONAL = 11


def phone_key(phone):
    """Give what a telephone number is found by.

    :param str phone: "+55 11 98123-4567", "(011) 98123-4567", possibly empty
    :return: its digits, without the country's code and the trunk prefix
    """
    digits = re.sub(r"\D", "", phone or "")
    if len(digits) > NATIONAL:
        digits = digits.removeprefix(COUNTRY).lstrip("0")
    return digits


def sought_digits(text):
    """Give the digits of a number, or of a part of one, as it is kept.

    :param str text: "(11) 98123-4567", "700.000.011-20", an ICCID
    :return: digits; "" when the text is no number
    """
    if not _NUMBER.fullmatch(text or ""):
        return ""
    digits = re.sub(r"\D", "", text)
    is_phone = NATIONAL < len(digits) <= NATIONAL + len(COUNTRY)
    return phone_key(digits) if is_phone else digits


def sought_document(text):
    """Give what a text that can be part of a CPF or CNPJ is compared by.

    :param str text: "700.000.011-20", "12.ABC.345/01DE-35", or a part of one
    :return: digits and capital letters; "" when the text has no digit
    """
    return clean_document(text) if re.search(r"\d", text or "") else ""


def found_by_any(model, *domains):
    """Join conditions on several tables so that each uses its own index.

    PostgreSQL reads a whole table for conditions joined by OR, and expects so many rows
    of them that it compiles the query first: a second at 50,000 lines.

    :param model: empty recordset of what is sought
    :param domains: each finds some of them
    :return: domain of all that one of these finds
    """
    # whether archived ones count is for whoever searches
    everyone = model.with_context(active_test=False)
    queries = [everyone._search(domain).subselect() for domain in domains]
    return Domain("id", "in", SQL("(%s)", SQL(" UNION ").join(queries)))
