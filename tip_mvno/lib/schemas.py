# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the platform says, typed. The wire's Portuguese stops here.

Every class has a constructor `from_wire`.
Unknown extra fields are ignored; missing optional ones give "", 0 or None.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from . import dialect, envelope
from .dialect import Dialect, Unreadable
from .problems import Problem, ProblemKind, Problems
from .statuses import PortInStatus, SimStatus

ICCID = re.compile(r"[0-9]{19,20}")
# What the prints of a SIM card with and without the check digit share (ITU-T E.118).
_STEM = 19
_INTEGER_MAX = 2**31 - 1
_NAMES_OF_SIM = ("sim_card", "simcard", "iccid")
# When a SIM card came to its state, named after ``data_ativacao``: no public client
# shows these, so they are good to have.
_SINCE = {
    SimStatus.BLOCKED: "data_bloqueio",
    SimStatus.PARTIALLY_BLOCKED: "data_bloqueio",
    SimStatus.TOTALLY_BLOCKED: "data_bloqueio",
    SimStatus.IN_USE: "data_desbloqueio",
}
_DATE_ALONE = 10


def is_about(objects, iccid):
    """:param objects: list of dict, the layers of an answer.
    :return: whether they can be about a SIM card: they name this one, or none."""
    waiting = [row.get(key) for row in objects for key in _NAMES_OF_SIM]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict | list):
            waiting.extend(found.values() if isinstance(found, dict) else found)
            continue
        named = dialect.digits(found)
        if ICCID.fullmatch(named) and named[:_STEM] != iccid[:_STEM]:
            return False
    return True


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
        code = dialect.kept_code(row.get("id"))
        if not code:
            return None
        allowance = row.get("quantity")
        allowance = allowance if isinstance(allowance, dict) else {}
        minutes = _allowance(allowance.get("telefonia"))
        sms = _allowance(allowance.get("sms"))
        return cls(
            code=code,
            name=dialect.label(row.get("description")),
            network=dialect.label(row.get("rede")),
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
        """:raise Unreadable: when the row has no ICCID of 19 or 20 digits."""
        iccid = dialect.code(row.get("sim_card"))
        if not ICCID.fullmatch(iccid):
            raise Unreadable("an ICCID was expected")
        return cls(
            iccid=iccid,
            status=SimStatus.from_wire(row.get("status")),
            raw_status=dialect.label(row.get("status")),
            is_esim=dialect.truth(row.get("eSim")),
            network=dialect.label(row.get("operadora")),
        )


@dataclass(frozen=True, slots=True)
class StockPage:
    """A page of the stock. `problems` says which rows could not be used."""

    sims: list[StockSim]
    is_last: bool
    problems: list[Problem]

    @classmethod
    def from_wire(cls, rows, per_page):
        """:param per_page: rows asked for; fewer mean that this is the last page."""
        sims, problems = [], []
        for place, row in enumerate(rows, start=1):
            if envelope.is_damaged(row):
                problems.append(Problem(ProblemKind.ROW, str(place)))
                continue
            try:
                sims.append(StockSim.from_wire(row))
            except Unreadable:
                told = dialect.code(row.get("sim_card"))[:40]
                problems.append(Problem(ProblemKind.ICCID, "", told))
        return cls(sims, len(rows) < per_page, problems)


@dataclass(frozen=True, slots=True)
class SimDetail:
    """One SIM card with its line, when it has one.

    `number` is E.164 or ""; `document` has no punctuation; `plan_name` is the plan's
    description: this read tells no code. `status_since`, in UTC, is when it was blocked
    or unblocked, where the platform gives a time of the day.
    """

    status: SimStatus
    raw_status: str
    number: str
    platform_contract: str
    document: str
    subscriber_name: str
    plan_name: str
    activation_date: date | None
    city: str = ""
    status_since: datetime | None = None

    @classmethod
    def from_wire(cls, row, spoken):
        """:param spoken: the :class:`Dialect`.
        :raise Unreadable: without a status: whatever it is, it tells of no SIM card."""
        _need_status(row)
        status = SimStatus.from_wire(row.get("status"))
        return cls(
            status=status,
            raw_status=dialect.label(row.get("status")),
            number=dialect.phone(row.get("numero")),
            platform_contract=dialect.kept_code(row.get("numero_contrato")),
            document=dialect.document(row.get("cpf") or row.get("cpf_cnpj")),
            subscriber_name=dialect.label(row.get("nome")),
            plan_name=dialect.label(row.get("plano")),
            activation_date=_day(row.get("data_ativacao"), spoken.tz),
            city=dialect.label(row.get("cidade")),
            status_since=_moment(row.get(_SINCE.get(status, "")), spoken.tz),
        )


@dataclass(frozen=True, slots=True)
class Balance:
    """What is left of a line's data allowance.

    :param data_mb: MB; None when the platform tells no amount ("ilimitado").
    :param raw: what it tells, as text.
    """

    data_mb: Decimal | None
    raw: str

    @classmethod
    def from_wire(cls, row, spoken: Dialect):
        """:param spoken: the :class:`Dialect`; it knows the unit of a bare number."""
        raw = dialect.label(row.get("balance"))
        try:
            data_mb = dialect.volume_mb(raw, spoken.balance_unit) if raw else None
        except Unreadable:
            data_mb = None
        return cls(data_mb, raw)


def last_top_up(row, spoken: Dialect):
    """:return: local date of a line's last top-up, or None when there was none.
    :raise Unreadable: when it is no date: no top-up must not be concluded from it."""
    return dialect.day(row.get("ultima_recarga"), spoken.tz)


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
        """:param spoken: the :class:`Dialect`.
        :raise Unreadable: without a status, as of a SIM card."""
        _need_status(row)
        return cls(
            status=PortInStatus.from_wire(row.get("status")),
            raw_status=dialect.label(row.get("status")),
            message=envelope.message(row),
            window_start=_window_start(row.get("janela"), spoken.tz),
            reason=_told(row.get("erro_info")),
        )

    @property
    def says_in_use_only(self):
        """Whether it tells no more than that the SIM card is in service."""
        return dialect.folded(self.raw_status) == "EM USO"


@dataclass(frozen=True, slots=True)
class ConsolidatedUsage:
    """A line's usage of a month in total. `number` is E.164 or ""; no quantity is
    beyond what a database's integer holds."""

    platform_contract: str
    number: str
    subscriber_name: str
    data_mb: Decimal
    voice_seconds: int
    sms_count: int

    @classmethod
    def from_wire(cls, row, spoken: Dialect, competence):
        """:param spoken: the :class:`Dialect`.
        :param competence: the month that was asked for.
        :raise Unreadable: when the row or a quantity in it cannot be read, or it is of
            another month."""
        if envelope.is_damaged(row) or not dialect.is_of_month(row, competence):
            raise Unreadable("a line's usage was expected")
        seconds = dialect.seconds(
            row.get("consumo_segundos"), row.get("consumo_minutos")
        )
        sms_count = dialect.quantity(row.get("consumo_sms"))
        if max(seconds, sms_count) > _INTEGER_MAX:
            raise Unreadable("a quantity of a month was expected")
        return cls(
            platform_contract=dialect.kept_code(row.get("numero_contrato")),
            number=dialect.phone(row.get("linha")),
            subscriber_name=dialect.label(row.get("cliente_nome")),
            data_mb=dialect.volume_mb(row.get("consumo_dados"), spoken.usage_unit),
            voice_seconds=seconds,
            sms_count=sms_count,
        )


class MonthTotals(list):
    """The :class:`ConsolidatedUsage` items of a month. `problems` says which rows could
    not be used."""

    @classmethod
    def from_wire(cls, rows, spoken: Dialect, competence):
        """:param rows: list, of any values.
        :raise Unreadable: when there are rows, and none of them can be used."""
        totals = cls()
        totals.problems = Problems()
        for place, row in enumerate(rows, start=1):
            try:
                totals.append(ConsolidatedUsage.from_wire(row, spoken, competence))
            except Unreadable:
                totals.problems.append(Problem(ProblemKind.ROW, str(place)))
        if totals.problems and not totals:
            raise Unreadable("none of its rows can be read")
        return totals


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


def _need_status(row):
    if not dialect.text(row.get("status")):
        raise Unreadable("a status was expected")


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


def _moment(value, tz):
    """A time that is good to have; a date alone does not tell whether the day counts.

    :return: aware datetime in UTC, or None
    """
    try:
        is_time = len(dialect.text(value).strip()) > _DATE_ALONE
        return dialect.moment(value, tz) if is_time else None
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
