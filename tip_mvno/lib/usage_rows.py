# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A statement that came as rows of a file, put into the platform's own words.

What is said there goes the way of the platform's answer, so that one event has one
identity whichever way it came.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from . import dialect
from .dialect import Dialect, Unreadable
from .usage import UsageLine

_FIELDS = {"voice": "telefonia", "sms": "sms", "data": "internet"}
_KINDS = {
    "voice": "VOICE VOZ CALL CHAMADA CHAMADAS LIGACAO LIGACOES TELEFONIA TELEFONE VOIP",
    "sms": "SMS TORPEDO MENSAGEM MENSAGENS TEXTO MESSAGE",
    "data": "DATA DADOS INTERNET NAVEGACAO GPRS LTE 3G 4G 5G",
}
_WORDS = {word: kind for kind, words in _KINDS.items() for word in words.split()}


def usage_kind(written):
    """Read what kind of event a row is of.

    :param str written: as "Chamada de voz local"
    :return: "voice", "sms" or "data"
    :raise Unreadable: when no word of it, or words of two kinds, say
    """
    found = {_WORDS[word] for word in dialect.folded(written).split() if word in _WORDS}
    if len(found) != 1:
        raise Unreadable("a kind of usage was expected")
    return found.pop()


def usage_volume(written, unit):
    """Read a data volume, with or without a unit of its own.

    :param written: text or number
    :param str unit: "mb" or "gb", what a bare number counts in
    :return: Decimal in that unit
    :raise Unreadable: when it is no number, or a negative one
    """
    return dialect.volume_mb(written, unit) / dialect.MB_PER[unit]


def usage_moment(written, tz):
    """Read a local time.

    :param str written: as for ``dialect.moment``
    :param str tz: name of the zone of times without an offset
    :return: naive local datetime, or a date where no time is told
    :raise Unreadable: when it is no time
    """
    zone = ZoneInfo(tz)
    moment = dialect.moment(written, zone)
    if moment is None:
        raise Unreadable("a date or time was expected")
    local = moment.astimezone(zone).replace(tzinfo=None, microsecond=0)
    return local if ":" in written else local.date()


@dataclass(frozen=True, slots=True)
class UsageRow:
    """One event of a file.

    :param platform_contract: the contract at the platform, or ""
    :param number: the subscriber's number as written, or ""
    :param kind: "voice", "sms" or "data"
    :param started_at: naive local datetime, or a date; None when there is none
    :param seconds: of a call
    :param upload: sent, in the platform's unit; None where not told
    :param download: received, or all of it
    :param called_number: as written, or ""
    :param amount: price in BRL, None where not told
    """

    platform_contract: str
    number: str
    kind: str
    started_at: datetime | date | None = None
    seconds: int = 0
    upload: Decimal | None = None
    download: Decimal | None = None
    called_number: str = ""
    amount: Decimal | None = None

    def line(self, usage_unit, tz):
        """Read the row as the platform's answer would be.

        :param str usage_unit: "mb" or "gb", the platform's unit of volumes
        :param str tz: name of the zone of the platform's times
        :return: :class:`~.usage.UsageLine` with this one event
        """
        spoken = Dialect(usage_unit, usage_unit, ZoneInfo(tz))
        row = {
            "numero_contrato": self.platform_contract,
            "linha": self.number,
            _FIELDS[self.kind]: [self._event()],
        }
        return UsageLine.from_wire(row, spoken, [])

    def _event(self):
        event = {"data": str(self.started_at) if self.started_at else None}
        if self.kind == "voice":
            event["consumo_segundos"] = self.seconds
        elif self.kind == "data":
            split = self.upload is not None
            event["consumo_upload"] = self.upload
            event["consumo_download" if split else "consumo"] = self.download
        if self.called_number:
            event["numero_destino"] = self.called_number
        if self.amount is not None:
            event["valor"] = self.amount
        return event
