# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The statement of a month: lines and their events, streamed.

The answer for all lines of a token may be hundreds of megabytes. It is kept in a
temporary file, checked as a whole, and only then read line by line.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from . import dialect, envelope, errors
from .answer_filter import is_odd
from .dialect import Dialect, Unreadable
from .digest import event_digest
from .problems import Problem, ProblemKind
from .streamed import StreamedAnswer

_KINDS = {"telefonia": "voice", "sms": "sms", "internet": "data"}
# No public client shows a called number or a price: these are the words the
# platform uses for the like elsewhere. What is not there stays empty.
_CALLED_NUMBER = ("numero_destino", "destino", "numero_chamado", "numero")
_DURATION = ("consumo_segundos", "consumo_minutos")
_AMOUNT = ("valor", "preco", "custo")
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class UsageEvent:
    """A call, a message or a data session.

    :param kind: "voice", "sms" or "data".
    :param started_at: aware, UTC; None when the platform tells none.
    :param seconds: billed duration of a call.
    :param upload_mb: MB sent; a session with one volume only counts as download.
    :param called_number: E.164 where it can be, else as received (short codes).
    :param amount: price in BRL; None when the platform tells none.
    :param digest: sha256 in hex of the raw values, see digest.py.
    """

    kind: str
    started_at: datetime | None
    seconds: int
    upload_mb: Decimal
    download_mb: Decimal
    called_number: str
    amount: Decimal | None
    digest: str

    @classmethod
    def from_wire(cls, kind, raw, spoken: Dialect, unread):
        """:param raw: the event's object, or for an SMS just its date.
        :param unread: list that takes the :class:`ProblemKind` of each value that
            cannot be read; the event is kept without it.
        :raise Unreadable: when it is damaged, so that it cannot be kept.
        """
        if is_odd(raw):
            raise Unreadable("an event was expected")
        row = raw if isinstance(raw, dict) else {"data": raw}

        def read(problem, reader, default, *fields):
            found = [row.get(field) for field in fields]
            try:
                return reader(*found)
            except Unreadable:
                unread.append(problem)
                return default

        def moment(value):
            return dialect.moment(value, spoken.tz)

        def volume(field):
            def volume_mb(value):
                return dialect.volume_mb(value, spoken.usage_unit)

            return read(ProblemKind.EVENT_VOLUME, volume_mb, _ZERO, field)

        seconds, upload, download = 0, _ZERO, _ZERO
        if kind == "voice":
            seconds = read(ProblemKind.EVENT_DURATION, dialect.seconds, 0, *_DURATION)
        elif kind == "data":
            upload = volume("consumo_upload")
            split = row.get("consumo_upload"), row.get("consumo_download")
            in_total = all(value in (None, "") for value in split)
            download = volume("consumo" if in_total else "consumo_download")
        called = next((row[key] for key in _CALLED_NUMBER if row.get(key)), None)
        called = dialect.phone(called) or dialect.text(called)
        if dialect.is_too_long(called):
            raise Unreadable("a number was expected")
        amount = next((key for key in _AMOUNT if key in row), None)
        return cls(
            kind=kind,
            started_at=read(ProblemKind.EVENT_TIME, moment, None, "data"),
            seconds=seconds,
            upload_mb=upload,
            download_mb=download,
            called_number=called,
            amount=amount
            and read(ProblemKind.EVENT_PRICE, dialect.number, None, amount),
            digest=event_digest(kind, raw),
        )


@dataclass(frozen=True, slots=True)
class UsageLine:
    """A line of the statement with its events. `number` is E.164 or ""."""

    platform_contract: str
    iccid: str
    number: str
    document: str
    subscriber_name: str
    plan_name: str
    events: list[UsageEvent]

    @classmethod
    def from_wire(cls, row, spoken, problems, competence=None):
        """:param spoken: the :class:`Dialect`.
        :param problems: list that takes what could not be read.
        :param competence: the month that was asked for, where one was.
        :raise Unreadable: when it is no line of that month, what it says of itself is
            damaged, or a list of events in it is none."""
        if not isinstance(row, dict) or envelope.says_no(row):
            raise Unreadable("a line was expected")
        contract = dialect.code(row.get("numero_contrato"))
        iccid = dialect.digits(row.get("iccid"))
        number = dialect.phone(row.get("linha"))
        lists = {field for field in _KINDS if row.get(field) != dialect.ODD}
        own = {field: value for field, value in row.items() if field not in lists}
        if is_odd(own) or dialect.is_too_long(contract):
            raise Unreadable("a line was expected")
        if not (contract or number or iccid):
            raise Unreadable("a line that says which it is was expected")
        if competence and not dialect.is_of_month(row, competence):
            raise Unreadable("a line of the month was expected")
        events = []
        for field, kind in _KINDS.items():
            unread = []
            for raw in dialect.listed(row.get(field)):
                try:
                    events.append(UsageEvent.from_wire(kind, raw, spoken, unread))
                except Unreadable:
                    unread.append(ProblemKind.EVENT)
            problems.extend(Problem(found, contract, kind) for found in unread)
        return cls(
            platform_contract=contract,
            iccid=iccid,
            number=number,
            document=dialect.document(row.get("cliente_cnpj_cpf")),
            subscriber_name=dialect.text(row.get("cliente_nome")),
            plan_name=dialect.text(row.get("plano")),
            events=events,
        )


class DetailedUsage(StreamedAnswer):
    """A month's statement, complete and well formed, to be iterated.

    Memory holds one line at a time. `line_count` is known from the start, for a
    progress bar; lines that are left out count too. What is left out is told in
    `problems`; events with values that could not be read are kept without them.

    :param competence: the month that was asked for.
    :raise Unavailable: while iterating, when too much of it is damaged, or all.
    """

    def __init__(self, file, found, spoken, competence):
        super().__init__(file, found, spoken)
        self.line_count = found.count
        self._competence = competence

    def __iter__(self):
        is_any_line = False
        for place, row in enumerate(self._read(), start=1):
            line = self._line(row)
            if line:
                is_any_line = True
                yield line
            else:
                self.problems.append(Problem(ProblemKind.ROW, str(place)))
        if self.line_count and not is_any_line:
            raise errors.Unavailable(detail="none of its rows can be read")

    def _line(self, row):
        try:
            return UsageLine.from_wire(
                row, self._spoken, self.problems, self._competence
            )
        except Unreadable:
            return None
