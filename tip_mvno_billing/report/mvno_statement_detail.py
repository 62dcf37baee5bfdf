# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import csv
import io
import re
from decimal import ROUND_DOWN, Decimal

import pytz

from odoo import api, models
from odoo.tools import SQL, formatLang

from ..tools.overage import USAGE_KINDS, drawn
from ..tools.usage_words import EVENT_WORDS, clock, volume

# The line for reporting crimes is on nobody's statement (RGC, art. 47).
UNTOLD = "181"
PUBLIC_SERVICE = re.compile("[0-9]{3}")


class MvnoStatementDetail(models.AbstractModel):
    """The detailed statement a subscriber may ask for (RGC, art. 47): PDF and CSV.

    Chronological, in local time, data per day. A former holder's events are not in it.
    """

    _name = "report.tip_mvno_billing.report_statement_detail"
    _description = "Detailed Statement"

    # === PDF === #

    @api.model
    def _get_report_values(self, docids, data=None):
        lines = self.env["mvno.statement.line"].browse(docids)
        return {
            "doc_ids": docids,
            "doc_model": lines._name,
            "docs": lines,
            "details": self._details(lines._of_subscribers()),
            "headings": self._headings(),
        }

    # === CSV === #

    @api.model
    def _csv(self, lines):
        """:param lines: ``mvno.statement.line`` records; the other lines of their
            subscribers are shown, too
        :return: bytes, a CSV file as spreadsheets in Brazil open it"""
        buffer = io.StringIO()
        writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
        headings = self._headings()
        writer.writerow([self.env._("Line"), *headings.values()])
        for detail in self._details(lines._of_subscribers()):
            for part in detail["parts"]:
                for row in part["rows"] + part["totals"]:
                    cells = [part["number"], *(row.get(name, "") for name in headings)]
                    writer.writerow(map(_harmless, cells))
        return buffer.getvalue().encode("utf-8-sig")

    # === CONTENT === #

    @api.model
    def _headings(self):
        """:return: dict of column: heading; the columns the regulation names, also
        those of which the platform tells nothing"""
        return {
            "kind": self.env._("Kind"),
            "called_number": self.env._("Called Number"),
            "origin": self.env._("Place of Origin"),
            "destination": self.env._("Place of Destination"),
            "day": self.env._("Date"),
            "start": self.env._("Start"),
            "duration": self.env._("Billed Duration"),
            "data": self.env._("Data Volume"),
            "allowance": self.env._("Allowance"),
            "excess": self.env._("Beyond the Allowance"),
            "value": self.env._("Value"),
            "refund": self.env._("Refunds"),
            "other": self.env._("Other Values"),
            "taxes": self.env._("Taxes"),
        }

    @api.model
    def _details(self, lines):
        """Compile the detailed statements of subscribers and months.

        :param lines: ``mvno.statement.line`` records
        :return: list of dicts: ``partner``, ``competence``, ``company`` and ``parts``,
            one per line with its ``number``, ``plan``, ``rows`` and ``totals``
        :raise AccessError: for whoever may not read call records
        """
        self.env["mvno.usage.event"].check_access("read")
        lines.check_access("read")
        details = []
        for (statement, partner), shown in lines.grouped(
            lambda line: (line.statement_id, line.partner_id)
        ).items():
            events = self._events(shown, partner)
            details.append(
                {
                    "partner": partner,
                    "company": statement.company_id,
                    "competence": statement.competence,
                    "parts": [
                        self._part(line, events.get(line.mvno_line_id.id, ()))
                        for line in shown.sorted("number")
                    ],
                }
            )
        return details

    def _events(self, lines, partner):
        """Read the events of a subscriber's lines, those of other holders left out.

        :param lines: ``mvno.statement.line`` records of one statement
        :param partner: ``res.partner`` record
        :return: dict of id of ``mvno.line``: list of (kind, start in UTC, seconds, MB,
            called number, amount), chronological
        """
        self.env.flush_all()
        statement = lines.statement_id
        month_start, month_end = self.env["mvno.line.identity"]._month_bounds(
            statement.platform_id, statement.competence
        )
        found = {}
        for line_id, *event in self.env.execute_query(
            SQL(
                """
                SELECT event.mvno_line_id, event.kind, event.started_at, event.seconds,
                       event.upload_mb + event.download_mb,
                       COALESCE(event.called_number, ''), event.amount::text
                  FROM mvno_usage_event event
                 WHERE event.mvno_line_id = ANY(%(lines)s)
                   AND event.competence = %(competence)s
                   AND NOT EXISTS (
                       SELECT FROM mvno_line_identity period
                         JOIN res_partner holder ON holder.id = period.partner_id
                        WHERE period.line_id = event.mvno_line_id
                          AND holder.commercial_partner_id != %(customer)s
                          AND COALESCE(event.started_at, %(month_start)s)
                              < COALESCE(period.date_to, 'infinity')
                          AND COALESCE(event.started_at, %(month_end)s)
                              >= COALESCE(period.date_from, '-infinity')
                       )
                 ORDER BY event.started_at NULLS LAST, event.id
                """,
                lines=lines.mvno_line_id.ids,
                competence=statement.competence,
                customer=partner.commercial_partner_id.id,
                month_start=month_start,
                month_end=month_end,
            )
        ):
            if not _untold(event[4]):
                found.setdefault(line_id, []).append(event)
        return found

    def _part(self, line, events):
        """:param line: ``mvno.statement.line`` record
        :param events: of :meth:`_events`
        :return: dict, the part of a detailed statement that is about this line"""
        zone = pytz.timezone(line.statement_id.platform_id.tz)
        competence = line.statement_id.competence
        paying = line.mvno_line_id.sudo().contract_line_ids._mvno_of_holder(
            competence, line.partner_id.sudo()
        )
        limits = drawn(paying._mvno_tariffs(competence), _drawing(events))
        rows, days = [], {}
        totals = {"voice": 0, "sms": 0, "data": 0.0}
        for kind, started_at, seconds, megabytes, called, amount in events:
            start = started_at and pytz.utc.localize(started_at).astimezone(zone)
            day = start and start.date()
            if kind == "data":
                totals["data"] += megabytes
                if day in days:
                    row = days[day]
                    row["megabytes"] += megabytes
                    row["amount"] = _added(row["amount"], amount)
                    continue
            else:
                totals[kind] += seconds if kind == "voice" else 1
            row = {
                "kind": self._kind_words()[kind],
                "called_number": line.mvno_line_id._format_number(called),
                "day": f"{day:%d/%m/%Y}" if day else "",
                "start": f"{start:%H:%M:%S}" if start and kind != "data" else "",
                "duration": clock(seconds) if kind == "voice" else "",
                "amount": _added(None, amount),
            }
            if kind == "data":
                row["megabytes"], days[day] = megabytes, row
            rows.append(row)
        for row in rows:
            if "megabytes" in row:
                row["data"] = volume(self.env, row["megabytes"])
            if row["amount"] is not None:
                row["value"] = formatLang(self.env, float(row["amount"]), digits=2)
        return {
            "number": line.mvno_line_id._format_number(line.number),
            "plan": line.product_id.name or "",
            "rows": rows,
            "totals": self._totals(totals, limits),
        }

    def _kind_words(self):
        return {
            "voice": self.env._("Call"),
            "sms": self.env._("SMS"),
            "data": self.env._("Data"),
        }

    def _totals(self, totals, limits):
        """:param dict limits: of :func:`drawn`, by the rules that usage is billed by
        :return: list of rows, a line's totals beside the allowance of the month"""
        calls, messages, data = (
            dict(
                zip(
                    ("allowance", "excess"),
                    (EVENT_WORDS[kind](self.env, value) for value in limits[kind]),
                    strict=True,
                )
            )
            if kind in limits
            else {}
            for kind in USAGE_KINDS
        )
        calls["kind"] = self.env._("Calls in total")
        calls["duration"] = clock(totals["voice"])
        messages["kind"] = self.env._("SMS in total: %(count)s", count=totals["sms"])
        data["kind"] = self.env._("Data in total")
        data["data"] = volume(self.env, totals["data"])
        return [calls, messages, data]


def _untold(called):
    return re.sub(r"\D", "", called).removeprefix("55").lstrip("0") == UNTOLD


def _drawing(events):
    """:param events: of ``_events``
    :return: list of (kind, start, quantity), those that draw on an allowance: calls to
        three digits, emergency and public services, do not"""
    return [
        (kind, start, {"voice": seconds, "sms": 1, "data": megabytes}[kind])
        for kind, start, seconds, megabytes, called, _amount in events
        if not PUBLIC_SERVICE.fullmatch(called)
    ]


def _added(value, amount):
    """:param amount: text of a price; a fraction of a cent is cut off per record
    :return: Decimal, or None where no price is told"""
    if amount is None:
        return value
    price = Decimal(amount).quantize(Decimal("0.01"), ROUND_DOWN)
    return price if value is None else value + price


def _harmless(cell):
    """:return: a cell that no spreadsheet takes for a formula"""
    return f"'{cell}" if cell.startswith(("=", "@", "+", "-", "\t", "\r")) else cell
