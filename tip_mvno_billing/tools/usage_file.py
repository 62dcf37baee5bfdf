# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A month's call records read from a file, as the platform's answer would be."""

import dataclasses
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
from odoo.addons.tip_mvno.tools.sheet_rows import shown

from .month import month_text
from .sheet import (
    Column,
    written_clock,
    written_code,
    written_duration,
    written_number,
)
from .usage_month import can_be_of_month

# So many values that cannot be read mean that the columns are wrong.
PROBLEMS_READ = 200
# What says that a row is a call record and not a heading or a total.
IDENTIFYING = {"platform_contract", "number", "kind", "started_at", "day"}


# Other headings that mean a column, as ``plain_key`` reduces them.
ALIASES = {
    "platform_contract": (
        "contrato",
        "numerocontrato",
        "numerodocontrato",
        "contract",
        "conta",
    ),
    "number": (
        "linha",
        "msisdn",
        "numero",
        "origem",
        "telefone",
        "terminal",
        "acesso",
    ),
    "kind": ("tipo", "servico", "type", "tipodeservico", "categoria", "evento"),
    "started_at": ("datahora", "datahorainicio", "inicio", "start", "datadeinicio"),
    "day": ("data", "date", "dia"),
    "clock": ("hora", "horario", "time", "horainicio"),
    "seconds": (
        "duracao",
        "segundos",
        "consumosegundos",
        "duration",
        "tempo",
        "duracaosegundos",
    ),
    "minutes": ("minutos", "consumominutos", "duracaomin"),
    "upload": ("upload", "consumoupload", "uploadmb"),
    "download": ("download", "consumodownload", "downloadmb"),
    "volume": (
        "consumo",
        "volume",
        "dados",
        "volumemb",
        "consumomb",
        "mb",
        "trafego",
    ),
    "called_number": ("destino", "numerodestino", "numerochamado", "numerodedestino"),
    "amount": ("valor", "preco", "custo", "valorrs"),
}


def columns_of_usage(env):
    """:param env: environment of the reader's language
    :return: dict of column name: ``Column``"""
    labels = {
        "platform_contract": env._("Contract at the Platform"),
        "number": env._("Number of the Line"),
        "kind": env._("Kind of Usage"),
        "started_at": env._("Date and Time"),
        "day": env._("Date"),
        "clock": env._("Time"),
        "seconds": env._("Duration"),
        "minutes": env._("Duration in Minutes"),
        "upload": env._("Data Sent"),
        "download": env._("Data Received"),
        "volume": env._("Data in Total"),
        "called_number": env._("Called Number"),
        "amount": env._("Value"),
    }
    return {
        name: Column(
            label,
            ALIASES[name],
            required=name == "kind",
            secret=name == "called_number",
        )
        for name, label in labels.items()
    }


class UsageFile:
    """The rows of a statement's stored file, as ``lib.UsageLine`` of one event each.

    Read once; memory does not grow with the file.

    :param statement: ``mvno.statement`` record
    :param dict contracts: of numbers (E.164), for rows that name a number only
    """

    def __init__(self, statement, contracts):
        self._statement = statement
        self._contracts = contracts
        self._unit = statement._usage_unit()
        self._tz = statement.platform_id.tz
        self._reasons = _reasons(statement.env)
        self.line_count = statement._file_row_count()
        self.problems = []

    def __iter__(self):
        months, strays = Counter(), []
        for number, cells in self._statement._file_rows():
            if not cells.keys() & IDENTIFYING:
                continue  # a total, or a remark
            row = self._row(number, cells)
            if len(self.problems) >= PROBLEMS_READ:
                return
            if row is not None:
                months[row.started_at and row.started_at.strftime("%Y-%m")] += 1
                if self._can_be_of_month(row):
                    yield self._line(row)
                elif len(strays) < PROBLEMS_READ:
                    strays.append(self._stray(number, cells))
        if not self.problems:
            self._check_month(months)
        self.problems += strays

    def _can_be_of_month(self, row):
        moment = row.started_at
        day = moment.date() if isinstance(moment, datetime) else moment
        return not day or can_be_of_month(day, self._statement.competence)

    def _stray(self, number, cells):
        """:return: dict, see ``_file_problem``: a row that cannot be of the month"""
        name = "started_at" if "started_at" in cells else "day"
        sentence = self._reasons["other_month"]
        return self._statement._file_problem(number, name, cells[name], sentence)

    def _line(self, row):
        line = row.line(self._unit, self._tz)
        if line.platform_contract:
            return line
        contract = self._contracts.get(line.number, "")
        return dataclasses.replace(line, platform_contract=contract)

    def _check_month(self, months):
        """:param Counter months: of rows by month, as "2026-10"
        :raise UserError: when the file is of another month, or of none"""
        statement = self._statement
        if not months:
            raise UserError(
                statement.env._(
                    "File %(file)s has no call records: nothing was imported.",
                    file=statement.source_name,
                )
            )
        of_month = months[statement.competence.strftime("%Y-%m")]
        if 2 * of_month < months.total() - months[None]:
            raise UserError(
                statement.env._(
                    "File %(file)s is not of %(month)s: only %(count)s of its "
                    "%(total)s call records are. Nothing was imported.",
                    file=statement.source_name,
                    month=month_text(statement.competence),
                    count=of_month,
                    total=months.total(),
                )
            )

    def _row(self, number, cells):
        """:return: ``lib.UsageRow``, or None when a cell of it cannot be read"""
        before = len(self.problems)

        def read(name, reader, default=None):
            if name not in cells:
                return default
            try:
                return reader(cells[name])
            except (ValueError, ArithmeticError):
                self._refuse(number, name, cells[name])
                return default

        kind = read("kind", _kind)
        if "kind" not in cells:
            self._refuse(number, "kind")
        if not cells.keys() & {"platform_contract", "number"}:
            self._refuse(number, "platform_contract", reason="no_line")
        row = {
            "platform_contract": read("platform_contract", written_code, ""),
            "number": read("number", written_code, ""),
            "called_number": read("called_number", written_code, ""),
            "amount": read("amount", written_number),
            "started_at": self._moment(cells, read),
        }
        if kind == "voice":
            seconds = read("seconds", written_duration)
            row["seconds"] = (
                read("minutes", _minutes, 0) if seconds is None else seconds
            )
        elif kind == "data":
            upload, download, volume = (
                read(name, self._volume) for name in ("upload", "download", "volume")
            )
            if upload is None and download is None:
                row["download"] = volume or 0
            else:
                row["upload"], row["download"] = upload or 0, download or 0
        if len(self.problems) > before:
            return None
        return UsageRow(kind=kind, **row)

    def _refuse(self, number, name, cell="", reason=None):
        sentence = self._reasons[reason or name]
        self.problems.append(
            self._statement._file_problem(number, name, cell, sentence)
        )

    def _volume(self, cell):
        if isinstance(cell, date | time | timedelta):
            raise Unreadable("a data volume was expected")
        return usage_volume(cell, self._unit)

    def _moment(self, cells, read):
        """:return: naive local datetime or date; None when the row has none"""
        if "started_at" in cells:
            return read("started_at", self._written_moment)
        moment, clock = read("day", self._written_moment), read("clock", written_clock)
        if moment is None or clock is None:
            # a spreadsheet's date is one at midnight
            midnight = isinstance(moment, datetime) and moment.time() == time()
            return moment.date() if midnight else moment
        return datetime.combine(moment, clock)

    def _written_moment(self, cell):
        if isinstance(cell, datetime):
            return cell.replace(microsecond=0)
        if isinstance(cell, date):
            return cell
        return usage_moment(str(cell), self._tz)


def _kind(cell):
    return usage_kind(shown(cell))


def _minutes(cell):
    if isinstance(cell, Decimal) or ":" not in str(cell):
        cell = written_number(cell) * 60
    return written_duration(cell)


def _reasons(env):
    """:return: dict of column name: why a cell of it could not be read"""
    shortened = env._(
        "The spreadsheet shortened this number. Make the column's format “Text”."
    )
    duration = env._("Not a duration. Write seconds, or 0:01:30.")
    volume = env._("Not a data volume. Write it like 12,5 or 12,5 MB.")
    moment = env._("Not a date and time. Write it like 31/12/2026 14:30:00.")
    return {
        **dict.fromkeys(("platform_contract", "number", "called_number"), shortened),
        **dict.fromkeys(("seconds", "minutes"), duration),
        **dict.fromkeys(("upload", "download", "volume"), volume),
        **dict.fromkeys(("started_at", "day"), moment),
        "clock": env._("Not a time of day. Write it like 14:30:00."),
        "kind": env._("Not a kind of usage. Write “Voice”, “SMS” or “Data”."),
        "amount": env._("Not an amount. Write it like 1,25."),
        "no_line": env._("The row names no contract and no number."),
        "other_month": env._("The date is of another time than the statement's month."),
    }
