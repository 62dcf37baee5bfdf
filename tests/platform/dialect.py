"""How the platform words an answer: envelopes, numbers, accents, spare fields.

Every choice is drawn from the seed, the operation and how often it was called, so a
run can be repeated call by call.
"""

import json
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from .options import ENVELOPES, Options
from .usage import TICKS

Row = dict[str, Any]
CHUNK = 32_768


@dataclass
class Listing:
    """A list answer, written row by row: its rows may be more than memory holds."""

    envelope: str
    rows: Iterable[Row]
    head: Row = field(default_factory=dict)

    def pieces(self) -> Iterator[bytes]:
        """:return: the answer's JSON, in pieces of some 32 kB"""
        opening, closing = {
            "results": ('"results": [', "]}"),
            "data": ('"data": [', "]}"),
            "nested": ('"data": {"results": [', "]}}"),
            "bare": ("[", "]"),
        }[self.envelope]
        if self.envelope != "bare":
            head = encode(self.head)[:-1]
            opening = f"{head}{', ' if self.head else ''}{opening}"
        held, size = [opening], len(opening)
        for place, row in enumerate(self.rows):
            text = encode(row)
            held.append(f", {text}" if place else text)
            size += len(text)
            if size > CHUNK:
                yield "".join(held).encode()
                held, size = [], 0
        held.append(closing)
        yield "".join(held).encode()


def encode(value: object) -> str:
    """:return: JSON with its accents as they are"""
    return json.dumps(value, ensure_ascii=False)


def without_accents(text: str) -> str:
    """:return: the text with its accents taken off"""
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def decimal_text(ticks: int) -> str:
    """:return: hundred-thousandths as a decimal of five places: 1250000 -> 12.50000"""
    return f"{ticks // TICKS}.{ticks % TICKS:05d}"


class Speaker:
    """Words one answer.

    :param draw: the answer's own source of chance
    :param options: what is fixed rather than drawn
    """

    def __init__(self, draw: Random, options: Options) -> None:
        self.draw = draw
        self.options = options

    def chance(self, share: float) -> bool:
        """:return: true for that share of questions; never when the wire is plain"""
        return not self.options.plain and self.draw.random() < share

    # --- values ---

    def as_text(self) -> bool:
        """:return: whether the next number goes as text"""
        fixed = self.options.numbers
        return self.chance(0.5) if fixed is None else fixed == "text"

    def integer(self, value: int) -> int | str:
        """:return: a whole number, as one or as text"""
        return str(value) if self.as_text() else value

    def decimal(self, ticks: int) -> float | str:
        """:return: hundred-thousandths as a number, or as text ("12.50000")"""
        return decimal_text(ticks) if self.as_text() else ticks / TICKS

    def code(self, value: str) -> int | str:
        """:return: an id; only one without leading zeros may go as a number"""
        is_number = value.isdigit() and not value.startswith("0")
        return int(value) if is_number and not self.as_text() else value

    def flag(self, value: bool) -> object:
        """:return: yes or no in one of the ways they are written"""
        if self.options.plain:
            return value
        yes, no = self.draw.choice(((True, False), (1, 0), ("1", "0"), ("S", "N")))
        return yes if value else no

    def status(self, text: str) -> str:
        """:return: a status text, its accents and case varying"""
        if self.options.plain:
            return text
        bare = without_accents(text)
        return self.draw.choice((text, text, bare, text.capitalize(), bare.title()))

    @staticmethod
    def moment(value: datetime) -> str:
        """:return: local time as the platform writes it"""
        return value.isoformat(" ", "seconds")

    def row(self, optional: Row | None = None, **fields: object) -> Row:
        """Build an object of the wire.

        :param optional: fields that are left out now and then
        :param fields: those that always come
        """
        for name, value in (optional or {}).items():
            if not self.chance(0.15):
                fields[name] = value
        if self.chance(0.2):
            fields["id_interno"] = self.draw.randint(1, 999_999)
        if self.chance(0.1):
            fields["_meta"] = {"origem": "legado", "versao": "2"}
        return fields

    # --- envelopes ---

    def _zero(self) -> Row:
        return {"codigo_status_tip": self.integer(0)}

    def listing(self, rows: Iterable[Row]) -> Listing:
        """Wrap a list in one of the four envelopes.

        :param rows: may be lazy
        """
        envelope = self.options.envelope
        if envelope is None:
            envelope = "results" if self.options.plain else self.draw.choice(ENVELOPES)
        head: Row = {} if self.chance(0.3) else self._zero()
        if self.chance(0.3):
            head["msg_usuario"] = "Consulta realizada com sucesso."
        return Listing(envelope, rows, head)

    def single(self, row: Row) -> Row:
        """:return: one object: bare, in `results`, or in `data`"""
        if self.options.plain:
            return row
        wrapper = self.draw.choice(("", "results", "data"))
        return {**self._zero(), wrapper: row} if wrapper else row

    def success(self, text: str, optional: Row | None = None, **fields: object) -> Row:
        """:return: the envelope of something done; `optional` as in `row`"""
        row = self.row(optional, **fields)
        answer = {**self._zero(), "msg_usuario": text, **row}
        if self.chance(0.3):
            answer["americanet"] = {"retorno": {"codigo": "00", "mensagem": "OK"}}
        return answer

    def refusal(self, code: int, text: str) -> Row:
        """:return: the envelope of a business refusal"""
        answer: Row = {"codigo_status_tip": self.integer(code), "msg_usuario": text}
        if self.chance(0.3):
            answer["americanet"] = {"retorno": {"codigo": str(code), "mensagem": text}}
        return answer
