# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a billing run looks up about the lines it bills, at once for all of them."""

from collections import defaultdict
from datetime import timedelta
from itertools import count

from ..tools.month import month_end, months_between, next_month

DAY = timedelta(days=1)


class Ledger:
    """What is billed of some contract lines, and what their months cost.

    Reads what all of them need at once: nothing here searches per line.

    :param run: ``mvno.billing.run`` record
    :param lines: ``contract.line`` records
    """

    def __init__(self, run, lines):
        self._run = run
        self._lines = lines
        self._off = None
        self._amounts = defaultdict(float)
        self._adjustments = defaultdict(set)
        self._items = {}
        for item in run.env["mvno.billing.item"].search_fetch(
            [
                ("contract_line_id", "in", lines.ids),
                ("kind", "in", ("recurring", "adjustment")),
                ("state", "=", "billed"),
            ],
            [
                "contract_line_id",
                "competence",
                "kind",
                "source_key",
                "amount",
                "is_provisional",
            ],
        ):
            key = item.contract_line_id.id, item.competence
            self._amounts[key] += item.amount
            if item.kind == "recurring":
                self._items[key] = item
            else:
                self._adjustments[key].add(item.source_key)

    def is_billed(self, line, month):
        """:return: bool, whether a line's month is billed, in advance or after it"""
        return (line.id, month) in self._items

    def provisional(self, line, month):
        """:return: the item of a month that was billed in advance and awaits its run"""
        item = self._items.get((line.id, month))
        return item if item and item.is_provisional else None

    def part(self, line, month):
        """:return: :class:`Part`, what a line pays for a month; None for nothing"""
        if self._off is None:
            self._off = self._read_days_not_charged()
        off = self._off.get(line.mvno_line_id.id, frozenset())
        return line._mvno_part(month, off)

    def _read_days_not_charged(self):
        """:return: dict {mobile line id: dates} since the first month that is not
        billed, or not settled, of any of the lines"""
        run = self._run
        first = run.competence - DAY
        for line in self._lines.filtered("mvno_line_id"):
            for month in months_between(line._mvno_first_day(), run.competence):
                item = self._items.get((line.id, month))
                if not item or item.is_provisional:
                    first = min(first, month)
                    break
        return self._lines.mvno_line_id._days_not_charged(
            first.replace(day=1), month_end(next_month(run.competence))
        )

    def difference(self, line, month):
        """:return: float, what a month billed in advance cost more than was billed,
        adjustments included; 0.0 when it is even"""
        part = self.part(line, month)
        currency = line.contract_id.currency_id
        billed = self._amounts[line.id, month]
        return currency.round((part.amount if part else 0.0) - billed)

    def free_adjustment_key(self, line, month):
        """:return: str, a source key for one more adjustment of a month"""
        taken = self._adjustments[line.id, month]
        return next(
            key for number in count(1) if (key := f"advance-{number}") not in taken
        )

    def is_at_rest(self, line, month):
        """:return: bool, whether nothing of a month is left to be billed"""
        if self.provisional(line, month):
            return not self.difference(line, month)
        if self.is_billed(line, month):
            return True
        part = self.part(line, month)
        return not (part and part.amount)

    def waits_for_next(self, line, month):
        """:return: bool, whether a short first part of this month is billed together
        with the next one, as the plan has it"""
        least = line.product_id.mvno_join_days
        if not least or not line._mvno_begins_service():
            return False
        part = self.part(line, month)
        following = line._mvno_period(next_month(month))
        return (
            bool(part and following)
            and part.start.day > 1
            and 0 < part.charged < least
            and following[0].day == 1
        )
