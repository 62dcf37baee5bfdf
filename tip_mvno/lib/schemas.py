# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the platform says and is told, typed. The wire's Portuguese stops here.

Every class has a constructor `from_wire` or a form for it, `wire`.
Unknown extra fields are ignored; missing optional ones give "", 0 or None.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from . import dialect, envelope
from .dialect import Dialect, Unreadable
from .statuses import PortInStatus, SimStatus

ICCID = re.compile(r"[0-9]{19,20}")


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan of the catalogue. Allowances are None when the platform names none.

    `code` is what a product stores as its linked code (Vínculo).
    """

    code: str
    name: str
    network: str
    data_mb: Decimal | None
    voice_minutes: int | None
    sms: int | None

    @classmethod
    def from_wire(cls, row):
        """:return: the plan, or None when the row has no code.
        :raise Unreadable: when the row is no object."""
        row = _object(row)
        if not dialect.code(row.get("id")):
            return None
        allowance = row.get("quantity")
        allowance = allowance if isinstance(allowance, dict) else {}
        minutes = _allowance(allowance.get("telefonia"))
        sms = _allowance(allowance.get("sms"))
        return cls(
            code=dialect.code(row["id"]),
            name=dialect.text(row.get("description")),
            network=dialect.text(row.get("rede")),
            data_mb=_allowance(allowance.get("dados")),
            voice_minutes=None if minutes is None else int(minutes),
            sms=None if sms is None else int(sms),
        )


@dataclass(frozen=True, slots=True)
class StockSim:
    """A SIM card of the stock. `raw_status` is the status as received."""

    iccid: str
    status: SimStatus
    raw_status: str
    is_esim: bool
    network: str

    @classmethod
    def from_wire(cls, row):
        """:raise Unreadable: when the row is no SIM, or its ICCID is not one."""
        row = _object(row)
        iccid = dialect.code(row.get("sim_card"))
        if not ICCID.fullmatch(iccid):
            raise Unreadable(f"ICCID {iccid!r} does not have 19 or 20 digits")
        return cls(
            iccid=iccid,
            status=SimStatus.from_wire(row.get("status")),
            raw_status=dialect.text(row.get("status")),
            is_esim=dialect.truth(row.get("eSim")),
            network=dialect.text(row.get("operadora")),
        )


@dataclass(frozen=True, slots=True)
class StockPage:
    """A page of the stock.

    `problems` says which rows could not be read, in words for a person.
    """

    sims: list[StockSim]
    is_last: bool
    problems: list[str]

    @classmethod
    def from_wire(cls, rows, per_page):
        """:param per_page: rows asked for; fewer mean that this is the last page."""
        sims, problems = [], []
        for row in rows:
            try:
                sims.append(StockSim.from_wire(row))
            except Unreadable as error:
                problems.append(str(error))
        return cls(sims, len(rows) < per_page, problems)


@dataclass(frozen=True, slots=True)
class SimDetail:
    """One SIM card with its line, when it has one.

    `number` is E.164 or ""; `document` has no punctuation.
    """

    status: SimStatus
    raw_status: str
    number: str
    platform_contract: str
    document: str
    subscriber_name: str
    plan_name: str
    activation_date: date | None

    @classmethod
    def from_wire(cls, row, spoken):
        """:param spoken: the :class:`Dialect`."""
        return cls(
            status=SimStatus.from_wire(row.get("status")),
            raw_status=dialect.text(row.get("status")),
            number=dialect.phone(row.get("numero")),
            platform_contract=dialect.code(row.get("numero_contrato")),
            document=dialect.document(row.get("cpf") or row.get("cpf_cnpj")),
            subscriber_name=dialect.text(row.get("nome")),
            plan_name=dialect.text(row.get("plano")),
            activation_date=_day(row.get("data_ativacao"), spoken.tz),
        )


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
    def from_wire(cls, payload):
        """:raise Unreadable: when the answer is neither object nor list."""
        if not isinstance(payload, dict | list):
            raise Unreadable("an object was expected")
        try:
            row = envelope.single(payload) or {}
        except Unreadable:  # a yes whose contents nobody needs is still a yes
            row = {}
        return cls(
            user_message=envelope.message(payload) or envelope.message(row),
            number=dialect.phone(
                row.get("numero") or row.get("linha") or row.get("linha_contrato")
            ),
            platform_contract=dialect.code(row.get("numero_contrato")),
        )


@dataclass(frozen=True, slots=True)
class PortIn:
    """A port-in's progress.

    `message` is the platform's sentence, `reason` what it says of an error;
    `window_start` is aware, UTC, None while there is none.
    """

    status: PortInStatus
    raw_status: str
    message: str
    window_start: datetime | None
    reason: str

    @classmethod
    def from_wire(cls, row, spoken):
        """:param spoken: the :class:`Dialect`."""
        return cls(
            status=PortInStatus.from_wire(row.get("status")),
            raw_status=dialect.text(row.get("status")),
            message=envelope.message(row),
            window_start=_window_start(row.get("janela"), spoken.tz),
            reason=_told(row.get("erro_info")),
        )


@dataclass(frozen=True, slots=True)
class ConsolidatedUsage:
    """A line's usage of a month in total. `number` is E.164 or ""."""

    platform_contract: str
    number: str
    subscriber_name: str
    data_mb: Decimal
    voice_seconds: int
    sms_count: int

    @classmethod
    def from_wire(cls, row, spoken: Dialect):
        """:param spoken: the :class:`Dialect`.
        :raise Unreadable: when the row or a quantity in it cannot be read."""
        row = _object(row)
        return cls(
            platform_contract=dialect.code(row.get("numero_contrato")),
            number=dialect.phone(row.get("linha")),
            subscriber_name=dialect.text(row.get("cliente_nome")),
            data_mb=dialect.volume_mb(row.get("consumo_dados"), spoken.usage_unit),
            voice_seconds=dialect.seconds(
                row.get("consumo_segundos"), row.get("consumo_minutos")
            ),
            sms_count=dialect.quantity(row.get("consumo_sms")),
        )


def usage_filter(competence, document=None, platform_contract=None):
    """:param competence: any day of the month.
    :return: dict, the body of both usage calls."""
    wanted = {
        "periodo": competence.strftime("%Y-%m"),
        "cpf_cnpj": dialect.document(document),
        "numero_contrato": platform_contract,
    }
    return {key: value for key, value in wanted.items() if value}


def _object(row):
    if not isinstance(row, dict):
        raise Unreadable("an object was expected")
    return row


def _allowance(value):
    """A plan's quantity; None for a word ("ilimitado") or -1, its usual stand-in."""
    try:
        found = dialect.number(value)
    except Unreadable:
        return None
    return found if found is None or found >= 0 else None


def _day(value, tz):
    """A date that is good to have: the read that settles what became of an
    activation must not fail for it."""
    try:
        return dialect.day(value, tz)
    except Unreadable:
        return None


def _window_start(value, tz):
    """The window may be a time, or a text that begins with one ("… às 10:00")."""
    written = dialect.text(value)
    for length in (len(written), 19, 16, 10):
        try:
            return dialect.moment(written[:length].strip(), tz)
        except Unreadable:
            continue
    return None


def _told(value):
    if isinstance(value, dict):
        value = list(value.values())
    parts = value if isinstance(value, list) else [value]
    return "; ".join(filter(None, map(dialect.text, parts)))[:500]
