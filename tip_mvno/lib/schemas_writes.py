# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the platform is told to do, and its yes. The wire's Portuguese stops here."""

from dataclasses import dataclass
from datetime import date

from . import dialect, envelope
from .dialect import Unreadable
from .schemas import is_about


@dataclass(frozen=True, slots=True)
class Activation:
    """A SIM card's activation for a subscriber.

    :param person_type: "F" (person) or "J" (company).
    :param birth_date: for people only.
    :param city_code: IBGE, 7 digits.
    :param ported_number: E.164 of the number to port in, or "".
    """

    person_type: str
    person_name: str
    document: str
    phone: str
    birth_date: date | None
    street_type: str
    street: str
    street_number: str
    neighborhood: str
    state: str
    city_code: str
    postcode: str
    plan_code: str
    portability: bool
    area_code: str
    ported_number: str

    def wire(self):
        """:return: dict, the request's body."""
        born = self.birth_date
        return {
            "person_type": self.person_type,
            "person_name": self.person_name,
            "document_number": dialect.document(self.document),
            "phone_number": dialect.national(self.phone),
            **({"date_of_birth": born.strftime("%d/%m/%Y")} if born else {}),
            "type_of_street": self.street_type,
            "address": self.street,
            "address_number": self.street_number,
            "neighborhood": self.neighborhood,
            "state": self.state,
            "city_code": self.city_code,
            "postcode": dialect.digits(self.postcode),
            "plan_code": self.plan_code,
            "portability": self.portability,
            "cn_contract_line": self.area_code,
            "contract_line": dialect.national(self.ported_number),
        }


@dataclass(frozen=True, slots=True)
class WriteResult:
    """The platform's yes. `number` (E.164) and `platform_contract` are "" unless the
    answer names them; an activation's may come later, see `TipClient.sim`."""

    user_message: str
    number: str
    platform_contract: str

    @classmethod
    def from_wire(cls, payload, iccid):
        """:param iccid: of the SIM card that was to be changed.
        :raise Unreadable: when the answer is neither object nor list of objects, or
            about another SIM card."""
        rows = payload if isinstance(payload, list) else [payload]
        if not all(isinstance(row, dict) for row in rows):
            raise Unreadable("an object was expected")
        parts = envelope.parts(payload)
        if any([envelope.says_no(part) for part in parts]):
            raise Unreadable("it says yes and no")
        if not is_about(parts, iccid):
            raise Unreadable("it is about another SIM card")
        try:
            row = envelope.single(payload) or {}
        except Unreadable:  # a yes whose contents nobody needs is still a yes
            row = {}
        return cls(
            user_message=envelope.message(payload) or envelope.message(row),
            number=dialect.phone(
                row.get("numero") or row.get("linha") or row.get("linha_contrato")
            ),
            platform_contract=dialect.kept_code(row.get("numero_contrato")),
        )
