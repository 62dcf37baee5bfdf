# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The statement of a month: lines and their events, streamed.

The answer for all lines of a token may be hundreds of megabytes. It is kept in a
temporary file, checked as a whole, and only then read line by line.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import ijson

from . import dialect, envelope, errors
from .dialect import Dialect, Unreadable
from .digest import event_digest

_KINDS = {"telefonia": "voice", "sms": "sms", "internet": "data"}
# No public client shows a called number or a price: these are the words the
# platform uses for the like elsewhere. What is not there stays empty.
_CALLED_NUMBER = ("numero_destino", "destino", "numero_chamado", "numero")
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
    def from_wire(cls, kind, raw, spoken: Dialect, problems):
        """:param raw: the event's object, or for an SMS just its date.
        :param problems: list that takes the names of fields that cannot be read; the
            event is kept without them.
        """
        row = raw if isinstance(raw, dict) else {"data": raw}

        def read(reader, default, *fields):
            found = [row.get(field) for field in fields]
            try:
                return reader(*found)
            except Unreadable:
                problems.append(f"{kind}: {'/'.join(fields)}")
                return default

        def volume(value):
            return dialect.volume_mb(value, spoken.usage_unit)

        seconds, upload, download = 0, _ZERO, _ZERO
        if kind == "voice":
            seconds = read(dialect.seconds, 0, "consumo_segundos", "consumo_minutos")
        elif kind == "data":
            upload = read(volume, _ZERO, "consumo_upload")
            split = row.get("consumo_upload"), row.get("consumo_download")
            in_total = all(value in (None, "") for value in split)
            field = "consumo" if in_total else "consumo_download"
            download = read(volume, _ZERO, field)
        called = next((row[key] for key in _CALLED_NUMBER if row.get(key)), None)
        amount = next((key for key in _AMOUNT if key in row), None)
        return cls(
            kind=kind,
            started_at=read(lambda at: dialect.moment(at, spoken.tz), None, "data"),
            seconds=seconds,
            upload_mb=upload,
            download_mb=download,
            called_number=dialect.phone(called) or dialect.text(called),
            amount=read(dialect.number, None, amount) if amount else None,
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
    def from_wire(cls, row, spoken, problems):
        """:param spoken: the :class:`Dialect`.
        :param problems: list that takes what could not be read, in words.
        :raise Unreadable: when a list of events in it is none."""
        events, unread = [], []
        for field, kind in _KINDS.items():
            for raw in _events(row.get(field)):
                events.append(UsageEvent.from_wire(kind, raw, spoken, unread))
        contract = dialect.code(row.get("numero_contrato"))
        problems.extend(f"contract {contract}: {field}" for field in unread)
        return cls(
            platform_contract=contract,
            iccid=dialect.digits(row.get("iccid")),
            number=dialect.phone(row.get("linha")),
            document=dialect.document(row.get("cliente_cnpj_cpf")),
            subscriber_name=dialect.text(row.get("cliente_nome")),
            plan_name=dialect.text(row.get("plano")),
            events=events,
        )


class DetailedUsage:
    """A month's statement, complete and well formed, to be iterated.

    Iterating again reads it again. Memory holds one line at a time.

    `line_count` is known from the start, for a progress bar. `problems` grows while
    iterating: fields that could not be read, in words; their events are kept.

    :raise Unavailable: while iterating, at a line whose events are not a list.
    """

    def __init__(self, file, found, spoken):
        self._file = file
        self._rows = found.rows
        self._spoken = spoken
        self.line_count = found.count
        self.problems = []

    def __iter__(self):
        self.problems.clear()
        self._file.seek(0)
        if self._rows is None:
            return
        for row in ijson.items(self._file, self._rows):
            line = self._line(row)
            if line is None:
                raise errors.Unavailable(
                    operation="detailed_usage", detail="a list of events was expected"
                )
            yield line

    def _line(self, row):
        try:
            return UsageLine.from_wire(row, self._spoken, self.problems)
        except Unreadable:
            return None


class StreamedEnvelope:
    """The envelope of an answer too large to hold, read in one complete pass.

    `outer` is the answer without its lines, `rows` the path of a line for ijson, None
    when there are none, `count` their number.

    :param file: binary file with the answer.
    :raise Unreadable: when it is not well-formed JSON to its last byte.
    """

    def __init__(self, file):
        self.outer = {}
        self.rows = None
        self.count = 0
        self._lists = {}
        self._strange = False
        broken = False
        try:
            self._scan(file)
        except (ijson.JSONError, ValueError, ArithmeticError):
            broken = True  # raised below: the parser's error quotes the answer
        if broken:
            raise Unreadable("it is cut or is not JSON")

    def _scan(self, file):
        for path, event, value in ijson.parse(file):
            if path in _SAID:
                self._note(path, event, value)
            elif path in _LISTS and event != "map_key":
                self._lists.setdefault(path, [event, 0])
            elif path in _ITEMS and event not in _NO_LINE:
                self._lists[_ITEMS[path]][1] += 1
                self._strange = self._strange or event != "start_map"

    def _note(self, path, event, value):
        """Keep a scalar of the envelope, or one of a list of sentences."""
        if event not in ("string", "number", "boolean", "null"):
            return
        level, _dot, key = path.removesuffix(".item").rpartition(".")
        said = self.outer.setdefault(level, {}) if level else self.outer
        if path.endswith(".item"):
            said.setdefault(key, []).append(value)
        else:
            said[key] = value

    def locate(self):
        """Find the lines; `rows` and `count` are set then.

        :raise Unreadable: when there is no list of lines (see :func:`.envelope.rows`),
            or when one of them is not an object.
        """
        if self._strange:
            raise Unreadable("a line was expected")
        for path, (event, count) in self._lists.items():
            if event == "start_array":
                self.rows = f"{path}.item" if path else "item"
                self.count = count
                return
        null = any(event == "null" for event, _count in self._lists.values())
        if not (null and envelope.declared(self.outer)):
            raise Unreadable("a list was expected")


# where the four envelopes keep their list, and what a line of it is called
_LISTS = {"", "results", "data", "data.results"}
_ITEMS = {f"{path}.item" if path else "item": path for path in _LISTS}
_NO_LINE = {"map_key", "end_map", "end_array"}
_SAID = {
    f"{level}{key}{item}"
    for level in ("", "data.")
    for key in ("codigo_status_tip", "msg_usuario", "message")
    for item in ("", ".item")
}


def _events(value):
    """A list of events; PHP turns a list with gaps into an object of "0", "2"…"""
    if value is None or value == "":
        return []
    if isinstance(value, dict):
        indexed = all(key.isdigit() for key in value)
        value = list(value.values()) if indexed else [value]
    if not isinstance(value, list):
        raise Unreadable("a list of events was expected")
    return [raw for raw in value if raw is not None]
