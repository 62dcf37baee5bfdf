# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict
from datetime import timedelta

from odoo import models

from odoo.addons.tip_mvno.tools.local_time import local_day, utc_midnight

from .mvno_line_hold import CHARGED, FREE, UNSAID


class MvnoLine(models.Model):
    """The days on which a line cannot be used and is not paid for."""

    _inherit = "mvno.line"

    def _days_not_charged(self, first, last):
        """Find the days on which these lines were totally blocked all day long, for
        non-payment or at the customer's request, or by TIP while nobody has said why. A
        day on which the line worked for a while is charged, and so are theft, loss,
        misuse and partial blocks.

        What counts is when the platform blocked and unblocked, not when somebody asked
        for it; a line that is only waiting for its unblock is not charged either.

        :param first: first day, where the platform is
        :param last: last day
        :return: dict {line id: frozenset of dates}, of the lines that have such days
        """
        return {
            line_id: frozenset(days)
            for line_id, days in self._blocked_days(first, last).items()
        }

    def _blocked_days(self, first, last):
        """Tell the days of :meth:`_days_not_charged`, and what they are.

        :param first: first day, where the platform is
        :param last: last day
        :return: dict {line id: {date: ``FREE`` or ``UNSAID``}}, of the lines that have
            such days
        """
        found = {}
        for platform, lines in self.grouped("platform_id").items():
            begin = utc_midnight(first, platform.tz)
            end = utc_midnight(last + timedelta(days=1), platform.tz)
            spans_of = lines._blocked_spans(begin, end)
            holds_of = self.env["mvno.line.hold"]._total_holds(spans_of, begin, end)
            for line_id, spans in spans_of.items():
                days = {
                    day: kind
                    for span in spans
                    for day, midnight, next_midnight in _whole_days(*span, platform.tz)
                    if (kind := _kind_of(holds_of[line_id], midnight, next_midnight))
                    != CHARGED
                }
                if days:
                    found[line_id] = days
        return found

    def _blocked_spans(self, begin, end):
        """:param begin: UTC datetime
        :param end: UTC datetime
        :return: dict {line id: list of (from, to)}, when within this time these lines
            were totally blocked at the platform, UTC: since when that counts, whenever
            it became known here"""
        changes = (
            self.env["mvno.transition"]
            .sudo()
            .search_fetch(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "in", self.ids),
                    ("effective_at", "<", end),
                    "|",
                    ("state_to", "=", "blocked"),
                    ("state_from", "=", "blocked"),
                ],
                ["res_id", "state_to", "effective_at"],
                order="effective_at, id",
            )
        )
        spans, since = defaultdict(list), {}
        for change in changes:
            if change.state_to == "blocked":
                since.setdefault(change.res_id, change.effective_at)
                continue
            start = since.pop(change.res_id, None)
            stop = change.effective_at
            if change.state_to == "cancelled":
                # blocked to its end: the last day was of no use either
                line = self.browse(change.res_id)
                last_day = line.cancellation_date or local_day(
                    stop, line.platform_id.tz
                )
                stop = utc_midnight(last_day + timedelta(days=1), line.platform_id.tz)
            if start and stop > begin:
                spans[change.res_id].append((max(start, begin), min(stop, end)))
        for line_id, start in since.items():
            spans[line_id].append((max(start, begin), end))
        return spans


def _whole_days(start, end, tz):
    """:param start: UTC datetime
    :param end: UTC datetime
    :return: generator of (date, its first moment, the next day's), the days that lie
        wholly within this time, where the time zone counts"""
    day = local_day(start, tz)
    midnight = utc_midnight(day, tz)
    while midnight < end:
        next_midnight = utc_midnight(day + timedelta(days=1), tz)
        if start <= midnight and next_midnight <= end:
            yield day, midnight, next_midnight
        day, midnight = day + timedelta(days=1), next_midnight


def _kind_of(holds, midnight, next_midnight):
    """:return: what a wholly blocked day is; free where nothing here wants the block,
    and where any reason for it is"""
    kinds = {
        kind for start, end, kind in holds if start < next_midnight and end > midnight
    }
    if FREE in kinds or not kinds:
        return FREE
    return CHARGED if CHARGED in kinds else UNSAID
