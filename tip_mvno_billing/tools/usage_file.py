# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A month's call records read from a file, as the platform's answer would be."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from odoo.exceptions import UserError

from odoo.addons.tip_mvno.lib import (
    Unreadable,
    UsageRow,
    usage_kind,
    usage_moment,
    usage_volume,
)

from .sheet import (
    Column,
    shown,
    written_clock,
    written_code,
    written_duration,
    written_number,
)

# So many values that cannot be read mean that the columns are wrong.
PROBLEMS_READ = 200
# What says that a row is a call record and not a heading or a total.
IDENTIFYING = {"platform_contract", "number", "kind", "started_at", "day"}


def columns_of_usage(env):
    """:param env: environment of the reader's language
    :return: dict of column name: ``Column``"""
    return {
        "platform_contract": Column(
            env._("Contract at the Platform"),
            ("contrato", "numerocontrato", "numerodocontrato", "contract", "conta"),
        ),
        "number": Column(
            env._("Number of the Line"),
            ("linha", "msisdn", "numero", "origem", "telefone", "terminal", "acesso"),
        ),
        "kind": Column(
            env._("Kind of Usage"),
            ("tipo", "servico", "type", "tipodeservico", "categoria", "evento"),
            required=True,
        ),
        "started_at": Column(
            env._("Date and Time"),
            ("datahora", "datahorainicio", "inicio", "start", "datadainicio"),
        ),
        "day": Column(env._("Date"), ("data", "date", "dia")),
        "clock": Column(env._("Time"), ("hora", "horario", "time", "horainicio")),
        "seconds": Column(
            env._("Duration"),
            (
                "duracao",
                "segundos",
                "consumosegundos",
                "duration",
                "tempo",
                "duracaosegundos",
            ),
        ),
        "minutes": Column(
            env._("Duration in Minutes"), ("minutos", "consumominutos", "duracaomin")
        ),
        "upload": Column(env._("Data Sent"), ("upload", "consumoupload", "uploadmb")),
        "download": Column(
            env._("Data Received"), ("download", "consumodownload", "downloadmb")
        ),
        "volume": Column(
            env._("Data in Total"),
            ("consumo", "volume", "dados", "volumemb", "consumomb", "mb", "trafego"),
        ),
        "called_number": Column(
            env._("Called Number"),
            ("destino", "numerodestino", "numerochamado", "numerodedestino"),
            secret=True,
        ),
        "amount": Column(env._("Value"), ("valor", "preco", "custo", "valorrs")),
    }


class UsageFile:
    """The rows of a statement's stored file, as ``lib.UsageLine`` of one event each.

    Read once; memory does not grow with the file.

    :param statement: ``mvno.statement`` record
    """

    def __init__(self, statement):
        self._statement = statement
        self._unit = statement.platform_id.usage_unit
        self._tz = statement.platform_id.tz
        # how much there is shows at the end only
        self.line_count = 0
        self.problems = []

    def __iter__(self):
        months = Counter()
        for number, cells in self._statement._file_rows():
            if not cells.keys() & IDENTIFYING:
                continue  # a total, or a remark
            row = self._row(number, cells)
            if len(self.problems) >= PROBLEMS_READ:
                return
            if row is not None:
                months[bool(row.started_at) and row.started_at.strftime("%Y-%m")] += 1
                yield row.line(self._unit, self._tz)
        self._check_month(months)

    def _check_month(self, months):
        """:raise UserError: when the file is of another month, or of none"""
        statement = self._statement
        if self.problems:
            return
        if not months:
            raise UserError(
                statement.env._(
                    "File %(file)s has no call records: nothing was imported.",
                    file=statement.source_name,
                )
            )
        wanted = statement.competence.strftime("%Y-%m")
        if 2 * months[wanted] < months.total() - months[False]:
            raise UserError(
                statement.env._(
                    "File %(file)s is not of %(month)s: only %(count)s of its "
                    "%(total)s call records are. Nothing was imported.",
                    file=statement.source_name,
                    month=f"{statement.competence:%m/%Y}",
                    count=months[wanted],
                    total=months.total(),
                )
            )

    def _row(self, number, cells):
        """:return: ``lib.UsageRow``, or None when a cell of it cannot be read"""
        before = len(self.problems)

        def read(name, reader, reason, default=None):
            if name not in cells:
                return default
            try:
                return reader(cells[name])
            except (ValueError, ArithmeticError):
                self._refuse(number, name, cells[name], reason)
                return default

        env = self._statement.env
        shortened = env._(
            "The spreadsheet shortened this number. Make the column's format “Text”."
        )
        no_volume = env._("Not a data volume. Write it like 12,5 or 12,5 MB.")
        kind = read("kind", lambda cell: usage_kind(shown(cell)), self._no_kind())
        if "kind" not in cells:
            self._refuse(number, "kind", "", self._no_kind())
        if not cells.keys() & {"platform_contract", "number"}:
            no_line = env._("The row names no contract and no number.")
            self._refuse(number, "platform_contract", "", no_line)
        row = {
            "platform_contract": read("platform_contract", written_code, shortened, ""),
            "number": read("number", written_code, shortened, ""),
            "called_number": read("called_number", written_code, shortened, ""),
            "amount": read("amount", written_number, env._("Not an amount.")),
            "started_at": self._moment(number, cells),
        }
        if kind == "voice":
            row["seconds"] = self._seconds(read)
        elif kind == "data":
            volumes = {
                name: read(name, self._volume, no_volume)
                for name in ("upload", "download", "volume")
            }
            split = volumes["upload"] is not None or volumes["download"] is not None
            row["upload"] = (volumes["upload"] or 0) if split else None
            row["download"] = (volumes["download"] if split else volumes["volume"]) or 0
        if len(self.problems) > before:
            return None
        return UsageRow(kind=kind, **row)

    def _no_kind(self):
        return self._statement.env._(
            "Not a kind of usage. Write “Voice”, “SMS” or “Data”."
        )

    def _refuse(self, number, name, cell, reason):
        self.problems.append(self._statement._file_problem(number, name, cell, reason))

    def _seconds(self, read):
        reason = self._statement.env._("Not a duration. Write seconds, or 0:01:30.")
        seconds = read("seconds", written_duration, reason)
        if seconds is not None:
            return seconds

        def minutes(cell):
            if isinstance(cell, Decimal) or ":" not in str(cell):
                cell = written_number(cell) * 60
            return written_duration(cell)

        return read("minutes", minutes, reason, 0)

    def _volume(self, cell):
        if isinstance(cell, date | time | timedelta):
            raise Unreadable("a data volume was expected")
        return usage_volume(cell, self._unit)

    def _moment(self, number, cells):
        """:return: naive local datetime or date; None when the row has none"""
        name = "started_at" if "started_at" in cells else "day"
        cell = cells.get(name)
        if cell is None:
            return None
        try:
            moment = self._written_moment(cell)
            if name == "day" and "clock" in cells:
                moment = datetime.combine(moment, written_clock(cells["clock"]))
            elif name == "day" and cell == datetime.combine(moment, time()):
                moment = moment.date()  # a spreadsheet's date is one at midnight
        except (ValueError, OverflowError):
            reason = self._statement.env._(
                "Not a date and time. Write it like 31/12/2026 14:30:00."
            )
            self._refuse(number, name, cell, reason)
            return None
        return moment

    def _written_moment(self, cell):
        if isinstance(cell, datetime):
            return cell.replace(microsecond=0)
        if isinstance(cell, date):
            return cell
        return usage_moment(str(cell), self._tz)
