# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The platform's subscribers with their lines, streamed."""

from dataclasses import dataclass

from . import dialect, envelope, errors
from .answer_filter import is_odd
from .dialect import Unreadable
from .problems import Problem, ProblemKind
from .schemas import ICCID
from .statuses import SimStatus
from .streamed import StreamedAnswer


@dataclass(frozen=True, slots=True)
class SubscriberContract:
    """A line of a subscriber as the platform keeps it: one of its contracts.

    :param iccid: 19 or 20 digits, or "" when the platform tells none that is one.
    :param platform_contract: the platform's code, kept as text, or "". At least one of
        both is there.
    :param number: E.164, or "" while the line has none.
    :param raw_status: the status as received.
    :param plan: the plan's description; the list tells no code.
    """

    iccid: str
    platform_contract: str
    number: str
    status: SimStatus
    raw_status: str
    plan: str

    @classmethod
    def from_wire(cls, row, subscriber, problems):
        """:param subscriber: whose it is, for the problems.
        :param problems: list that takes what cannot be used.
        :return: the contract, or None when nothing in it tells which line it is."""
        if not isinstance(row, dict):
            problems.append(Problem(ProblemKind.NO_IDENTITY, subscriber))
            return None
        contract = dialect.code(row.get("numero_contrato"))
        if is_odd(row) or dialect.is_too_long(contract):
            problems.append(Problem(ProblemKind.LINE, subscriber))
            return None
        told = dialect.code(row.get("sim_card"))
        iccid = dialect.digits(told)
        if not ICCID.fullmatch(iccid):
            if told:
                problems.append(Problem(ProblemKind.ICCID, subscriber, told[:40]))
            iccid = ""
        if not iccid and not contract:
            problems.append(Problem(ProblemKind.NO_IDENTITY, subscriber))
            return None
        return cls(
            iccid=iccid,
            platform_contract=contract,
            number=dialect.phone(row.get("linha_contrato")),
            status=SimStatus.from_wire(row.get("status")),
            raw_status=dialect.label(row.get("status")),
            plan=dialect.label(row.get("plano")),
        )


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A person or company with its lines, the ended ones too.

    :param document: CPF or CNPJ without punctuation; a CNPJ may hold letters. "" when
        the platform tells none.
    :param name: the person's name, or the company's registered one (razão social).
    :param trade_name: a company's nome fantasia, or "".
    """

    document: str
    name: str
    trade_name: str
    is_company: bool
    contracts: list[SubscriberContract]

    @classmethod
    def from_wire(cls, row, problems):
        """:param row: the subscriber's object.
        :param problems: list that takes what in it cannot be used.
        :return: the subscriber, or None when what it says of itself is damaged, or
            nothing."""
        if is_odd({key: value for key, value in row.items() if key != "contratos"}):
            return None
        person_type = dialect.folded(row.get("tipo_pessoa"))
        written = row.get("cpf_cnpj")
        is_company = person_type == "J" or (
            person_type != "F"
            and (len(dialect.document(written)) == 14 or bool(row.get("razao_social")))
        )
        document = dialect.document(written)
        if document and not isinstance(written, str):
            # a JSON number has lost its leading zeros
            document = document.zfill(14 if is_company else 11)
        person, company, trade_name = (
            dialect.text(row.get(field))
            for field in ("nome", "razao_social", "nome_fantasia")
        )
        names = (company, person, trade_name) if is_company else (person, company)
        name = next(filter(None, names), "")
        if dialect.is_too_long(document, name, trade_name):
            return None
        told = document or name
        try:
            lines = dialect.listed(row.get("contratos"))
        except Unreadable:
            lines = []
            problems.append(Problem(ProblemKind.LINES, told))
        if not (told or lines):
            return None
        contracts = (
            SubscriberContract.from_wire(line, told, problems) for line in lines
        )
        return cls(
            document=document,
            name=name,
            trade_name=trade_name if is_company else "",
            is_company=is_company,
            contracts=[contract for contract in contracts if contract],
        )


class Subscribers(StreamedAnswer):
    """All subscribers of a token, complete and well formed, to be iterated.

    Memory holds one subscriber at a time. `subscriber_count` is known from the start,
    for a progress bar; rows that are left out count too, and are told in `problems`.

    :param redact: takes the token out of a decoded row.
    :raise Unavailable: while iterating, when too much of it is damaged, or all.
    """

    def __init__(self, file, found, spoken, redact):
        super().__init__(file, found, spoken)
        self._redact = redact
        self.subscriber_count = found.count

    def __iter__(self):
        is_anybody = False
        for place, row in enumerate(self._read(), start=1):
            subscriber = None
            if isinstance(row, dict) and not envelope.is_refusal(row):
                subscriber = Subscriber.from_wire(self._redact(row), self.problems)
            if subscriber:
                is_anybody = True
                yield subscriber
            else:
                self.problems.append(Problem(ProblemKind.ROW, str(place)))
        if self.subscriber_count and not is_anybody:
            raise errors.Unavailable(detail="none of its rows can be read")
