# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a billing run looks up about the lines it bills, at once for all of them."""

from collections import defaultdict
from datetime import timedelta
from itertools import count

from ...tools.day_numbers import days_of
from ...tools.month import (
    days_between,
    month_end,
    months_between,
    next_month,
    spans_of,
)
from ..days.mvno_line_hold import UNSAID

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
                # what somebody gave or took by hand corrects no month
                ("charge_id", "=", False),
            ],
            [
                "contract_line_id",
                "competence",
                "kind",
                "source_key",
                "amount",
                "is_provisional",
                "period_start",
                "period_end",
                "days_free",
                "move_id",
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

    def longer_part(self, line, month):
        """:return: :class:`Part`, what a billed month comes to since the contract line
        was made to pay for more of its days; None when it pays for no more. The rules
        of the plan count as they did when the month was billed, and of the days that
        were billed nothing is looked at again."""
        item = self._items.get((line.id, month))
        if not item or item.is_provisional:
            return None
        start = max(month, *filter(None, line._mvno_starts()))
        end = min(month_end(month), *filter(None, line._mvno_ends()), month_end(month))
        period = min(start, item.period_start), max(end, item.period_end)
        if period == (item.period_start, item.period_end):
            return None
        off = self._off_of(line)
        if item.days_free is not False:
            free = days_of(item.days_free)
            off = {
                day for day in off if not item.period_start <= day <= item.period_end
            } | {month.replace(day=number) for number in free}
        return line._mvno_part(month, off, period)

    def part(self, line, month):
        """:return: :class:`Part`, what a line pays for a month; None for nothing"""
        return line._mvno_part(month, self._off_of(line))

    def _off_of(self, line):
        """:return: dict {date: what it is} of the dates on which a line's mobile line
        is not charged"""
        if self._off is None:
            self._off = self._read_blocked_days()
        return self._off.get(line.mvno_line_id.id, {})

    def unsaid(self, line, month):
        """Tell the days that TIP blocked while nobody has said why: they are not
        charged before.

        :return: list of (first day, last day, amount that was not billed), spans of
            days of a month that a line pays for
        """
        off = dict(self._off_of(line))
        period = line._mvno_period(month)
        if not period or UNSAID not in off.values():
            return []
        currency = line.contract_id.currency_id
        present = line._mvno_part(month, off).amount
        at_most = None
        if self.is_billed(line, month) and not self.provisional(line, month):
            # what was billed nobody has to say something of any more; an invoice that
            # a person has credited billed none of these days either
            settled = {day: kind for day, kind in off.items() if kind != UNSAID}
            whole = line._mvno_part(month, settled).amount
            at_most = max(0.0, currency.round(whole - self._amounts[line.id, month]))
        spans = []
        start, end = period
        unsaid = [day for day, kind in off.items() if kind == UNSAID]
        for first, last in spans_of(day for day in unsaid if start <= day <= end):
            for day in days_between(first, last):
                del off[day]
            amount = line._mvno_part(month, off).amount
            worth, present = currency.round(amount - present), amount
            if at_most is not None:
                worth = min(worth, at_most)
                at_most = currency.round(at_most - worth)
                if not worth:
                    continue
            spans.append((first, last, worth))
        return spans

    def _read_blocked_days(self):
        """:return: dict {mobile line id: {date: what it is}} since the first month that
        is not billed, or not settled, of any of the lines"""
        run = self._run
        first = run.competence - DAY
        for line in self._lines.filtered("mvno_paid_from"):
            for month in months_between(line.mvno_paid_from, run.competence):
                item = self._items.get((line.id, month))
                if (
                    not item
                    or item.is_provisional
                    or item.period_end < month_end(month)
                ):
                    first = min(first, month)
                    break
        return self._lines.mvno_line_id._blocked_days(
            first.replace(day=1), month_end(next_month(run.competence))
        )

    def balance(self, line, month):
        """:return: float, what adjustments of a month that is not billed come to: they
        corrected an invoice that stands no more"""
        if self.is_billed(line, month):
            return 0.0
        return line.contract_id.currency_id.round(self._amounts[line.id, month])

    def difference(self, line, month, part):
        """:param Part part: what a billed month came to; None for nothing
        :return: float, how much more than was billed, adjustments included; 0.0 when it
            is even, or when the whole invoice was credited by a person"""
        item = self._items[line.id, month]
        currency = line.contract_id.currency_id
        billed = self._amounts[line.id, month]
        difference = currency.round((part.amount if part else 0.0) - billed)
        if difference and item.move_id._mvno_is_credited():
            return 0.0
        return difference

    def is_credited_in_part(self, line, month):
        """:return: bool, whether a person has given back some of the invoice of a
        month; what was learnt late is given back month by month"""
        return self._items[line.id, month].move_id._mvno_credited_by_hand()

    def free_adjustment_key(self, line, month):
        """:return: str, a source key for one more adjustment of a month"""
        taken = self._adjustments[line.id, month]
        return next(
            key for number in count(1) if (key := f"correction-{number}") not in taken
        )

    def is_at_rest(self, line, month):
        """:return: bool, whether nothing of a month is left to be billed"""
        if self.provisional(line, month):
            return not self.difference(line, month, self.part(line, month))
        if self.is_billed(line, month):
            longer = self.longer_part(line, month)
            return not (longer and self.difference(line, month, longer))
        part = self.part(line, month)
        return not (part and part.amount) and not self.balance(line, month)

    def waits_for_next(self, line, month):
        """:return: bool, whether a short first part of this month is billed together
        with the next one, as the plan has it"""
        least = line.mvno_join_days
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
