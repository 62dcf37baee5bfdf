"""What the story's months cost, calculated a second time and in another way.

It knows the story's events and the rules that the plans are sold with. It asks no
record and none of the addons' methods: days are looked at one by one, money is Decimal.
"""

from calendar import monthrange
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from .plan import TARIFFS, months_later

CENT = Decimal("0.01")
DAY = timedelta(days=1)
FREE_REASONS = {"nonpayment", "customer"}


def round_up(amount):
    """:return: Decimal, half a cent away from zero"""
    return amount.quantize(CENT, ROUND_HALF_UP)


def month_of(day):
    """:return: its first day"""
    return day.replace(day=1)


def days_of(month):
    """:return: list of dates"""
    return [month + n * DAY for n in range(monthrange(month.year, month.month)[1])]


@dataclass
class Term:
    """For how long a contract pays a price for a line: a contract line, in short."""

    line: int
    nth: int
    contract: int
    tariff: str
    price: Decimal
    start: date
    discount: Decimal
    discount_end: date | None
    courtesy: bool
    end: date | None = None

    @property
    def key(self):
        return self.line, self.nth

    @property
    def is_void(self):
        return self.end is not None and self.end < self.start

    @property
    def rules(self):
        return TARIFFS[self.tariff]


@dataclass
class Phone:
    """What is known of a line."""

    terms: list
    activated: date | None = None
    cancelled: date | None = None
    is_porting: bool = False
    ported: date | None = None
    blocks: list = field(default_factory=list)
    """[from, to] of each total block, local moments; ``to`` is open at first."""
    holds: list = field(default_factory=list)
    """[reason, from, to] of each total hold."""
    top_ups: list = field(default_factory=list)
    """[price, sent, settled] of each."""

    @property
    def is_blocked(self):
        return bool(self.blocks) and self.blocks[-1][1] == datetime.max

    def is_idle(self, day):
        """:return: bool, whether it could not be used all day for a free reason"""
        if self.cancelled and day > self.cancelled:
            return False
        begin = datetime.combine(day, time.min)
        end = begin + DAY
        reasons = {why for why, since, to in self.holds if since < end and to > begin}
        blocked = any(since <= begin and to >= end for since, to in self.blocks)
        return blocked and (not reasons or bool(reasons & FREE_REASONS))


@dataclass(frozen=True, order=True)
class Entry:
    """A line of an invoice."""

    line: int
    nth: int
    kind: str
    month: date
    amount: Decimal


class Ledger:
    """:param plan: :class:`tests.money.plan.Plan`"""

    def __init__(self, plan):
        self.plan = plan
        self.phones = [
            Phone(
                [
                    Term(
                        number,
                        0,
                        line.contract,
                        line.tariff,
                        Decimal(line.price),
                        line.signed,
                        Decimal(line.discount),
                        line.discount_end,
                        line.courtesy,
                    )
                ]
            )
            for number, line in enumerate(plan.lines)
        ]
        #: {(term's key, month): amount}, and the months that still await their run.
        self.billed, self.ahead = defaultdict(Decimal), set()
        self._months, self._top_ups = set(), set()

    def terms(self):
        """:return: list of the terms that ever are in force"""
        return [t for phone in self.phones for t in phone.terms if not t.is_void]

    # === WHAT HAPPENS === #

    def take(self, event):
        """Note an event of the story."""
        phone = self.phones[event.line]
        getattr(self, f"_{event.what}")(phone, event.at, event.told)

    def _activate(self, phone, at, told):
        phone.activated = phone.terms[0].start = at.date()
        phone.is_porting = "ports" in told

    def _port_in_ends(self, phone, at, told):
        phone.is_porting, phone.ported = False, at.date()
        if told["done"]:
            phone.ported = min(at, told["window"]).date()

    def _hold(self, phone, at, told):
        if told.get("level") != "partial":
            phone.holds.append([told["reason"], at, datetime.max])

    _raise_to_total = _hold

    def _lift(self, phone, at, told):
        for hold in phone.holds:
            if hold[0] == told["reason"]:
                hold[2] = min(hold[2], at)

    def _block_partial(self, phone, at, told):
        """It is charged."""

    def _block_total(self, phone, at, _told):
        phone.blocks.append([at, datetime.max])

    def _unblock(self, phone, at, _told):
        for block in phone.blocks:
            block[1] = min(block[1], at)

    def _top_up(self, phone, at, told):
        phone.top_ups.append([Decimal(told["price"]), at, None])

    def _settle(self, phone, at, _told):
        phone.top_ups[-1][2] = at

    def _end_contract(self, phone, at, _told):
        for term in phone.terms:
            term.end = min(term.end or at.date(), at.date())

    def _cancel(self, phone, at, told):
        self._end_contract(phone, at, told)
        phone.cancelled = at.date()

    def _succeed(self, phone, at, told):
        self._follow(phone, at.date(), told.get("since", at.date()), told)

    def _change_holder(self, phone, at, told):
        self._follow(phone, at.date(), at.date(), told)

    def _follow(self, phone, today, since, told):
        current = self._term_on(phone, today)
        end = current.end
        planned = [t for t in phone.terms if not t.is_void and t.start > today]
        if planned and ("contract" in told or "tariff" in told):
            # what was planned was for this holder, or for this plan
            end = planned[-1].end if "tariff" in told else None
            for term in planned:
                term.end = term.start - DAY
        phone.terms.append(
            Term(
                current.line,
                len(phone.terms),
                told.get("contract", current.contract),
                told.get("tariff", current.tariff),
                Decimal(told.get("price", current.price)),
                since,
                current.discount,
                current.discount_end,
                current.courtesy and "price" not in told,
                end,
            )
        )
        current.end = since - DAY

    def _term_on(self, phone, day):
        return max(
            (t for t in phone.terms if not t.is_void and t.start <= day),
            key=lambda term: (term.start, term.nth),
        )

    # === WHAT A MONTH COSTS === #

    def days(self, term):
        """:return: (first day, last day or None) that a term pays for"""
        phone, rules = self.phones[term.line], term.rules
        others = [t for t in phone.terms if t is not term and not t.is_void]
        start = self._served_from(term)
        first = min([term, *others], key=lambda t: (t.start, t is not term))
        if first is term:
            if start.day > 1 and rules.first == "full":
                start = month_of(start)
            elif start.day > 1 and rules.first == "free":
                start = months_later(start, 1)
        else:
            # a free month is the service's: a change of plan within does not end it
            begin = self._served_from(first)
            same = self._customer(first) == self._customer(term)
            if same and first.rules.first == "free" and begin.day > 1:
                start = max(start, months_later(begin, 1))
        end = min(filter(None, [term.end, phone.cancelled]), default=None)
        if (
            end
            and rules.last == "full"
            and not any(t.start > term.start for t in others)
        ):
            end = months_later(end, 1) - DAY
        return start, end

    def _served_from(self, term):
        """:return: date, the first day that counts of a term, before first months"""
        phone = self.phones[term.line]
        start = max(term.start, phone.activated)
        if term.rules.bill_from == "port_in" and phone.ported:
            start = max(start, phone.ported)
        return start

    def _customer(self, term):
        return self.plan.contracts[term.contract].customer

    def free_days(self, term, month):
        """:return: list of the days of a month in service before a term pays"""
        phone = self.phones[term.line]
        since = max(term.start, phone.activated)
        until = min(filter(None, [term.end, phone.cancelled]), default=date.max)
        first = self.days(term)[0]
        return [day for day in days_of(month) if since <= day <= until and day < first]

    def paid_days(self, term, month):
        """:return: list of the days of a month that a term pays for"""
        start, end = self.days(term)
        return [day for day in days_of(month) if start <= day <= (end or date.max)]

    def cost(self, term, month):
        """:return: (Decimal, number of days charged)"""
        phone = self.phones[term.line]
        days = [d for d in self.paid_days(term, month) if not phone.is_idle(d)]
        has_discount = not term.discount_end or month <= term.discount_end
        price = term.price * (100 - (term.discount if has_discount else 0)) / 100
        return round_up(price * len(days) / len(days_of(month))), len(days)

    def _joins_next(self, term, month):
        """:return: bool, whether a month is a short first part"""
        days = self.paid_days(term, month)
        first = not any(
            t.start < term.start and not t.is_void for t in self.phones[term.line].terms
        )
        following = months_later(month, 1)
        return (
            first
            and bool(days)
            and days[0].day > 1
            and 0 < self.cost(term, month)[1] < term.rules.join
            and following in self.paid_days(term, following)
        )

    # === A BILLING RUN === #

    def bill(self, month, today):
        """Tell what the run of a month must do, and note it as done.

        :param month: its first day
        :param today: the day of the run
        :return: ({(customer, due date, contract or None): list of entries}, list of
            issues: (code, month, line, nth))
        """
        entries, issues = [], []
        for term in self.terms():
            self._bill_term(term, month, entries, issues)
        for phone in self.phones:
            self._bill_top_ups(phone, month, entries, issues)
        issues += self._unpaid(month)
        invoices = defaultdict(list)
        for entry in entries:
            invoices[self._invoice_key(entry, month, today)].append(entry)
        for key, group in list(invoices.items()):
            if not any(entry.amount for entry in group):
                del invoices[key]
                issues += [("courtesy", e.month, e.line, e.nth) for e in group]
        for group in invoices.values():
            for entry in group:
                self._note(entry, month)
        return dict(invoices), sorted(issues)

    def _bill_term(self, term, month, entries, issues):
        code = self.hindrance(term)
        if code:
            if term.start < months_later(month, 1):
                issues.append((code, month, *term.key))
            return
        self._bill_month(term, month, entries, issues)
        before, after = months_later(month, -1), months_later(month, 1)
        if (term.key, before) not in self._months and self._joins_next(term, before):
            amount, _days = self.cost(term, before)
            entries.append(Entry(*term.key, "recurring", before, amount))
        if term.rules.timing == "advance" and not self.phones[term.line].is_blocked:
            amount, _days = self.cost(term, after)
            if amount and (term.key, after) not in self._months:
                entries.append(Entry(*term.key, "recurring", after, amount))
        earlier = month_of(self.days(term)[0])
        while earlier < month:
            if self.owes(term, earlier):
                joins = self._joins_next(term, earlier)
                if not (joins and months_later(earlier, 1) == month):
                    issues.append(("earlier_month", earlier, *term.key))
            earlier = months_later(earlier, 1)

    def hindrance(self, term):
        """:return: code of what keeps a term from being billed at all, or None"""
        phone = self.phones[term.line]
        if not phone.activated:
            return "not_activated"
        waits = phone.is_porting and term.rules.bill_from == "port_in"
        return "port_in" if waits else None

    def _bill_month(self, term, month, entries, issues):
        key = (term.key, month)
        amount, days = self.cost(term, month)
        if key in self._months:
            if key in self.ahead and (difference := amount - self.billed[key]):
                entries.append(Entry(*term.key, "adjustment", month, difference))
            else:
                self.ahead.discard(key)
        elif not self.paid_days(term, month):
            if self.free_days(term, month):
                issues.append(("free_days", month, *term.key))
        elif not days:
            issues.append(("no_days", month, *term.key))
        elif not amount and not term.courtesy and term.discount < 100:
            issues.append(("price_zero", month, *term.key))
        elif self._joins_next(term, month):
            issues.append(("joined", month, *term.key))
        else:
            entries.append(Entry(*term.key, "recurring", month, amount))

    def owes(self, term, month):
        """:return: Decimal, what of a month is not billed"""
        key = (term.key, month)
        if key in self._months and key not in self.ahead:
            return Decimal(0)
        return self.cost(term, month)[0] - self.billed[key]

    def _bill_top_ups(self, phone, month, entries, issues):
        for place, (price, sent, settled) in enumerate(phone.top_ups):
            term = self._term_on(phone, sent.date())
            if (term.line, place) in self._top_ups:
                continue
            if not settled:
                if month_of(sent.date()) <= month:
                    issues.append(("top_up_open", month, *term.key))
            elif month_of(settled.date()) < month:
                of = month_of(settled.date())
                issues.append(("earlier_month", of, *term.key))
            elif month_of(settled.date()) == month:
                entries.append(Entry(*term.key, f"top-up {place}", month, price))

    def _unpaid(self, month):
        """Days in service for which there is no term: those to the month's end of a
        line that goes on are told as a line without contract."""
        last = days_of(month)[-1]
        for number, phone in enumerate(self.phones):
            spans = self._spans_without_term(phone, month)
            if (
                phone.activated
                and phone.activated <= last
                and not phone.cancelled
                and not self._has_term(phone, last)
            ):
                yield "no_contract", month, number, -1
                spans = [span for span in spans if span[-1] != last]
            for _span in spans:
                yield "no_place", month, number, -1

    def _has_term(self, phone, day):
        return any(
            term.start <= day <= (term.end or date.max)
            for term in phone.terms
            if not term.is_void
        )

    def _spans_without_term(self, phone, month):
        """:return: list of lists of dates, the days of a month that a line worked and
        that no term has, as far as they follow each other"""
        spans, before = [], None
        for day in days_of(month):
            in_service = phone.activated and phone.activated <= day
            in_service = in_service and day <= (phone.cancelled or date.max)
            paid = any(
                day in self.paid_days(term, month)
                for term in phone.terms
                if not term.is_void and in_service
            )
            if not in_service or paid or self._has_term(phone, day):
                continue
            if phone.is_idle(day):
                continue
            if before != day - DAY:
                spans.append([])
            spans[-1].append(day)
            before = day
        return spans

    def _invoice_key(self, entry, month, today):
        number = self.phones[entry.line].terms[entry.nth].contract
        contract = self.plan.contracts[number]
        by_contract = self.plan.customers[contract.customer].by_contract
        due = max(months_later(month, 1).replace(day=contract.due_day), today + 5 * DAY)
        return contract.customer, due, number if by_contract else None

    # === WHAT IS DONE === #

    def _note(self, entry, month):
        term = (entry.line, entry.nth)
        key = (term, entry.month)
        if entry.kind.startswith("top-up"):
            self._top_ups.add((entry.line, int(entry.kind.split()[1])))
            return
        self.billed[key] += entry.amount
        self._months.add(key)
        if entry.kind == "adjustment":
            self.ahead.discard(key)
        elif entry.month > month:
            self.ahead.add(key)

    def forget(self, entries):
        """An invoice is gone: what was on it is not billed."""
        for entry in entries:
            key = ((entry.line, entry.nth), entry.month)
            if entry.kind.startswith("top-up"):
                self._top_ups.discard((entry.line, int(entry.kind.split()[1])))
                continue
            self.billed[key] -= entry.amount
            if entry.kind == "adjustment":
                self.ahead.add(key)
            else:
                self._months.discard(key)
                self.ahead.discard(key)
