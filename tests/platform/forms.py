"""The form of what clients send: read, and refused with every fault at once."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from .refusals import Invalid

_PERIOD = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
# Optional fields of an activation and how they must look when they are given.
_SHAPES: dict[str, tuple[str, str]] = {
    "state": (r"[A-Z]{2}", "O campo state deve ser uma UF."),
    "city_code": (r"\d{7}", "O campo city_code deve ter 7 dígitos (IBGE)."),
    "postcode": (r"\d{8}", "O campo postcode deve ter 8 dígitos."),
    "phone_number": (r"\d{10,13}", "O campo phone_number deve conter só dígitos."),
}


@dataclass
class Activation:
    """An activation as asked for, well formed."""

    person_type: str
    person_name: str
    document_number: str
    plan_code: str
    portability: bool
    area_code: str
    ported_number: str
    city_code: str


@dataclass
class UsageFilter:
    """What part of which month's usage is asked for; empty texts do not filter."""

    month: date
    document: str
    contract_code: str
    number: str


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    return "" if value is None else str(value).strip()


def _is_birth_date(text: str) -> bool:
    try:
        return bool(datetime.strptime(text, "%d/%m/%Y"))
    except ValueError:
        return False


def read_activation(body: dict[str, Any]) -> Activation:
    """Read the body of an activation.

    :raise Invalid: with a sentence for each missing or malformed field
    """
    required = (
        "person_type",
        "person_name",
        "document_number",
        "plan_code",
        "cn_contract_line",
    )
    faults = [
        f"O campo {name} é obrigatório." for name in required if not _text(body, name)
    ]
    if _text(body, "person_type") not in ("", "F", "J"):
        faults.append("O campo person_type deve ser F ou J.")
    if not re.fullmatch(r"(\d{2})?", _text(body, "cn_contract_line")):
        faults.append("O campo cn_contract_line deve ter 2 dígitos.")
    portability = body.get("portability")
    if not isinstance(portability, bool):
        faults.append("O campo portability deve ser verdadeiro ou falso.")
    elif portability and not _text(body, "contract_line"):
        faults.append("O campo contract_line é obrigatório quando há portabilidade.")
    elif not portability and _text(body, "contract_line"):
        faults.append("O campo contract_line só é aceito quando há portabilidade.")
    if not re.fullmatch(r"[0-9A-Z]*", _text(body, "document_number")):
        faults.append("O campo document_number não aceita pontuação.")
    for name, (shape, message) in _SHAPES.items():
        if _text(body, name) and not re.fullmatch(shape, _text(body, name)):
            faults.append(message)
    if _text(body, "date_of_birth") and not _is_birth_date(body["date_of_birth"]):
        faults.append("O campo date_of_birth deve estar no formato dd/mm/aaaa.")
    if faults:
        raise Invalid(*faults)
    return Activation(
        _text(body, "person_type"),
        _text(body, "person_name"),
        _text(body, "document_number"),
        _text(body, "plan_code"),
        bool(portability),
        _text(body, "cn_contract_line"),
        _text(body, "contract_line"),
        _text(body, "city_code"),
    )


def read_reason(body: dict[str, Any], *, required: bool) -> int | None:
    """Read why a line is blocked.

    :return: 1 theft, 2 loss, 3 misuse, 4 non-payment, 5 temporary; as number or text
    :raise Invalid: missing though required, or another value
    """
    reason = body.get("reason")
    if reason is None and not required:
        return None
    if isinstance(reason, bool) or str(reason) not in {"1", "2", "3", "4", "5"}:
        raise Invalid("O campo reason é obrigatório e deve ser de 1 a 5.")
    return int(str(reason))


def read_plan_code(body: dict[str, Any]) -> str:
    """:raise Invalid: without a plan code"""
    if not _text(body, "plan_code"):
        raise Invalid("O campo plan_code é obrigatório.")
    return _text(body, "plan_code")


def read_quantity(body: dict[str, Any]) -> int:
    """:return: whole GB to add

    :raise Invalid: anything but a whole number from 1 up
    """
    quantity = body.get("quantity")
    if not isinstance(quantity, int) or isinstance(quantity, bool) or quantity < 1:
        raise Invalid("O campo quantity deve ser um inteiro maior ou igual a 1.")
    return quantity


def read_usage_filter(body: dict[str, Any]) -> UsageFilter:
    """:raise Invalid: without a period, or with one that is not YYYY-MM"""
    match = _PERIOD.fullmatch(_text(body, "periodo"))
    if not match:
        raise Invalid("O campo periodo é obrigatório no formato AAAA-MM.")
    number = _text(body, "linha_contrato")
    if not re.fullmatch(r"(\d{11})?", number):
        raise Invalid("O campo linha_contrato deve ter 11 dígitos, sem o 55.")
    return UsageFilter(
        date(int(match[1]), int(match[2]), 1),
        _text(body, "cpf_cnpj"),
        _text(body, "numero_contrato"),
        number,
    )


def read_page(query: dict[str, str]) -> tuple[int, int, str]:
    """Read which page of the stock is asked for.

    :return: page from 1 up, rows per page (50 when left out, 500 at most), status
        ("1", "2", "3", or "" for all)
    :raise Invalid: with a sentence for each bad parameter
    """
    page, per_page = query.get("page", "1"), query.get("per_page", "50")
    faults = []
    if not page.isdigit() or int(page) < 1:
        faults.append("O campo page deve ser maior ou igual a 1.")
    if not per_page.isdigit() or not 1 <= int(per_page) <= 500:
        faults.append("O campo per_page deve ser de 1 a 500.")
    status = query.get("status", "")
    if status not in ("", "1", "2", "3"):
        faults.append("O campo status deve ser 1, 2 ou 3.")
    if faults:
        raise Invalid(*faults)
    return int(page), int(per_page), status
