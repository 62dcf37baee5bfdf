"""The book: what each day of each line costs whom, and where it has its place.

Written from the rules that were promised, without a look at the product:

- A month costs price x charged days / days of the month, less the discount, rounded
  half up to the cent once.
- A day is charged when its line was in service and worked for a while, or was blocked
  for theft, loss or misuse, or in part; a day blocked from local midnight to midnight
  for non-payment or at the customer's request is free, and so is waiting for an
  unblock.
- What the platform blocked is not charged before somebody said why; it is listed.
- Only what is learnt opens a month that was billed.

Every day in service has one place: ``billed``, a name of ``FREE``, or ``listed``.
"""

from bisect import bisect_right
from calendar import monthrange
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from .tale import TARIFFS, later, month_of

CENT = Decimal("0.01")
DAY = timedelta(days=1)
#: Why a day in service is not charged, a closed list.
FREE = {
    "suspended": "blocked from midnight to midnight",
    "before port-in": "before the end of the port-in",
    "before start": "before the agreed start",
    "free month": "in a free first month",
    "courtesy": "a courtesy",
}
FREE_REASONS = ("nonpayment", "customer")
CHARGED_REASONS = ("theft", "loss", "misuse")
#: What is learnt of the platform, and a person's word about it: this alone opens a
#: month that was billed.
FACTS = (
    "cancelled",
    "ported_out",
    "port_in_ends",
    "block",
    "unblock",
    "platform_block",
    "platform_unblocks",
    "say_why",
)
MINIMUM_DAYS_TO_PAY = 5


def cents(amount):
    """:return: Decimal, rounded half up to the cent, away from zero below it, too"""
    if isinstance(amount, Fraction):
        # exactly: a Decimal of a third would not be
        doubled = abs(amount) * 200
        number = (doubled.numerator // doubled.denominator + 1) // 2
        return (Decimal(number) / 100).copy_sign(-1 if amount < 0 else 1)
    return amount.quantize(CENT, ROUND_HALF_UP)


def days_of(month):
    """:return: list of the days of a month"""
    count = monthrange(month.year, month.month)[1]
    return [month + DAY * place for place in range(count)]


class Entry(NamedTuple):
    """A line of an invoice, without tax."""

    line: int
    nth: int
    kind: str
    month: date
    amount: Decimal


@dataclass(eq=False)
class Invoice:
    """An invoice or credit note that a run makes, or that settles what came late."""

    customer: int
    month: date
    due: date | None
    entries: list = field(default_factory=list)
    is_paid: bool = False
    corrections: list = field(default_factory=list)
    """[key, amount]: what months that were billed ahead came to."""
    is_gone: bool = False
    """Deleted, cancelled, or credited in full by hand."""


@dataclass(eq=False)
class Term:
    """What was agreed for a mobile line, from a day on."""

    line: int
    nth: int
    contract: int
    tariff: str
    price: Decimal
    start: date
    end: date | None = None
    discount: Decimal = Decimal()
    discount_end: date | None = None
    courtesy: bool = False
    opens: bool = False
    """Whether service begins with it: its first month has rules."""
    is_void: bool = False

    @property
    def rules(self):
        return TARIFFS[self.tariff]

    @property
    def key(self):
        return self.line, self.nth

    def covers(self, day):
        return (
            not self.is_void
            and self.start <= day
            and (self.end is None or day <= self.end)
        )

    def off(self, month):
        """:return: Decimal, the discount of a month, per cent"""
        if self.discount_end and month > self.discount_end:
            return Decimal()
        return self.discount

    def value_of(self, charged, month):
        """:return: Fraction, what so many days of a month are worth"""
        count = monthrange(month.year, month.month)[1]
        whole = Fraction(self.price) * (1 - Fraction(self.off(month)) / 100)
        return whole * charged / count

    def pays_nothing(self, month):
        return self.courtesy or self.off(month) == 100


@dataclass(eq=False)
class Mobile:
    """A mobile line, as far as is known."""

    number: int
    terms: list
    activated: date | None = None
    ended: date | None = None
    states: list = field(default_factory=list)
    """[moment, state] at the platform: active, partial, total; in order"""
    reasons: list = field(default_factory=list)
    """[reason, level, since, until]"""
    ports: bool = False
    port_ended: date | None = None
    usage: list = field(default_factory=list)
    """[moment, MB]"""

    def in_service(self, day):
        return (
            self.activated is not None
            and self.activated <= day
            and (self.ended is None or day <= self.ended)
        )

    def state_at(self, moment):
        place = bisect_right([at for at, _state in self.states], moment)
        return self.states[place - 1][1] if place else "none"

    # === BLOCKED DAYS === #

    def blocked(self, day):
        """:return: "" for a day that is charged, else ``suspended`` or ``unsaid``"""
        begin = datetime.combine(day, time())
        end = begin + DAY
        if self.state_at(begin) != "total":
            return ""
        within = (at for at, state in self.states if state != "total")
        if any(begin < at < end for at in within):
            return ""
        spans = [
            (reason, max(since, begin), min(until or end, end))
            for reason, level, since, until in self.reasons
            if level == "total" and since < end and (until is None or until > begin)
        ]
        if any(reason in FREE_REASONS for reason, _since, _until in spans):
            return "suspended"
        for wanted, answer in ((CHARGED_REASONS, ""), (("platform",), "unsaid")):
            if self._fill([span for span in spans if span[0] in wanted], begin, end):
                return answer
        return "suspended"

    def _fill(self, spans, begin, end):
        """:return: bool, whether spans leave no moment of a day out"""
        at = begin
        for _reason, since, until in sorted(spans, key=lambda span: span[1]):
            if since > at:
                return False
            at = max(at, until)
        return at >= end

    # === WHO PAYS FOR A DAY === #

    def term_of(self, day):
        return next((term for term in self.terms if term.covers(day)), None)

    def first_paid(self, term):
        """:return: date, from which on a term may be charged; None while it may not"""
        first = max(term.start, self.activated)
        if term.rules.bill_from == "port_in" and self.ports:
            if not self.port_ended:
                return None
            first = max(first, self.port_ended)
        return first

    def opening(self):
        """:return: (term, day) with which payment begins; (None, None) while it does
        not"""
        for term in self.terms:
            if not term.is_void and (term.opens or term is self.terms[0]):
                first = self.first_paid(term)
                if first and (term.end is None or first <= term.end):
                    return term, first
        return None, None

    def place(self, day):
        """:return: (place, term) of a day in service: ``billed``, a name of ``FREE``,
        ``waits``, ``unsaid``, ``no price`` or ``no contract``"""
        term = self.term_of(day)
        opening, first = self.opening()
        if not term:
            before = [one for one in self.terms if not one.is_void and one.start > day]
            if before and all(one.start > day for one in self.terms):
                return "before start", before[0]
            blocked = self.blocked(day)
            return blocked or "no contract", self._agreed_before(day)
        paid_from = self.first_paid(term)
        if paid_from is None:
            return "waits", term
        if day < paid_from:
            return "before port-in", term
        if opening and opening.rules.first == "free":
            same = self._same_holder(opening, term)
            # "free until the 1st": who begins on it has no free month
            if same and first.day > 1 and month_of(day) == month_of(first):
                return "free month", term
        if term.pays_nothing(month_of(day)):
            return "courtesy", term
        if blocked := self.blocked(day):
            return blocked, term
        if term.price == 0:
            return "no price", term
        return "billed", term

    def _same_holder(self, one, other):
        return one.contract == other.contract

    def _agreed_before(self, day):
        ended = [one for one in self.terms if one.end and one.end < day]
        return ended[-1] if ended else None

    def charged(self, term, month):
        """:return: list of the days of a month that a term is charged for, with those
        of a month that is charged in full"""
        days = days_of(month)
        found = [
            day
            for day in days
            if self.in_service(day)
            and self.place(day)[0] == "billed"
            and self.term_of(day) is term
        ]
        opening, first = self.opening()
        if term is opening and term.rules.first == "full" and month == month_of(first):
            if not self._pays(term, month):
                return found
            # a month in full has the days before it, too
            found = [day for day in days if day < first] + found
        if (
            self.ended
            and term.rules.last == "full"
            and month == month_of(self.ended)
            and self.term_of(self.ended) is term
            and self._pays(term, month)
            and self.place(self.ended)[0] in ("billed", "suspended")
        ):
            found += [day for day in days if day > self.ended]
        return found

    def _pays(self, term, month):
        return term.price != 0 and not term.pays_nothing(month)

    def cost(self, term, month, kept=()):
        """:param kept: days that were charged when the month was billed
        :return: Decimal, what a term's month comes to
        """
        return cents(term.value_of(len(self.days_to_pay(term, month, kept)), month))

    def days_to_pay(self, term, month, kept=()):
        """:return: list of days; what the platform blocked stays as it was billed until
        somebody says why"""
        if term.is_void:
            return []
        charged = set(self.charged(term, month))
        return sorted(
            charged.union(day for day in kept if self.place(day) == ("unsaid", term))
        )


class Book:
    """Keeps what is known, and says what a run must bill.

    :param Tale tale: the year
    """

    def __init__(self, tale):
        self.tale = tale
        self.mobiles = [
            Mobile(
                number,
                [
                    Term(
                        number,
                        0,
                        sale.contract,
                        sale.tariff,
                        Decimal(sale.price),
                        sale.signed,
                        discount=Decimal(sale.discount),
                        discount_end=sale.discount_end,
                        courtesy=sale.courtesy,
                        opens=True,
                    )
                ],
            )
            for number, sale in enumerate(tale.sales)
        ]
        self.invoices = []
        #: {(line, nth, month): what was billed of the plan, all in all}
        self.billed = defaultdict(Decimal)
        #: What is billed of the plan's months: {(line, nth, month): invoice}
        self.on = {}
        #: The days that were charged: {(line, nth, month): days}
        self.days_charged = {}
        #: Months that were billed ahead and are not settled yet.
        self.ahead = set()
        #: Those of which some, or all, was given back then.
        self.corrected = set()
        self.charges, self.services = [], {}
        #: [key, kind, month, price] of fines that a manager has to confirm
        self.proposed = []
        #: What came late and is not on an invoice yet: {(line, nth, month): amount}
        self.owed = defaultdict(Decimal)
        self._asked = {}

    # === WHAT HAPPENS === #

    def take(self, event):
        """Note an event.

        :return: list of what it changes of months that were billed: (key, amount)
        """
        mobile = self.mobiles[event.line] if event.line >= 0 else None
        getattr(self, f"_{event.what}")(mobile, event)
        return self._settle(mobile) if event.what in FACTS else []

    def _settle(self, mobile):
        """Fewer days: off the open invoice at once. Else it waits for the next invoice,
        or for a person, with its amount.

        :return: list of (key, amount, whether at once)
        """
        settled = []
        for key, invoice in self.on.items():
            if key[0] != mobile.number or len(key) > 3 or key in self.ahead:
                continue
            _line, nth, month = key
            term, kept = mobile.terms[nth], self.days_charged[key]
            amount = mobile.cost(term, month, kept) - self.billed[key]
            self.days_charged[key] = mobile.days_to_pay(term, month, kept)
            if not amount:
                continue
            self.billed[key] += amount
            at_once = amount < 0 and not invoice.is_paid
            if not at_once:
                self.owed[key] += amount
            settled.append((key, amount, at_once))
        return settled

    def _activate(self, mobile, event):
        day = event.at.date()
        mobile.activated, mobile.ports = day, event.told["ports"]
        mobile.states.append((event.at, "active"))
        term = mobile.terms[0]
        # who signed for a later day begins to pay on it
        term.start = max(term.start, day)

    def _port_in_ends(self, mobile, event):
        """Refused, it is over, too; unless it is sent again."""
        ended = event.at
        if event.told["done"]:
            # the platform tells when the window was; of a refusal it tells no time
            ended = min(event.told["window"], ended)
        mobile.port_ended = ended.date()

    def _port_in_again(self, mobile, event):
        mobile.port_ended = None

    def _hold(self, mobile, event):
        told = event.told
        mobile.reasons.append(
            [told["reason"], told.get("level", "total"), event.at, None]
        )

    def _in_force(self, mobile, reason):
        return next(
            one for one in reversed(mobile.reasons) if one[0] == reason and not one[3]
        )

    def _raise(self, mobile, event):
        # what was blocked in part until now stays so
        self._in_force(mobile, event.told["reason"])[1] = "total"

    def _lift(self, mobile, event):
        self._in_force(mobile, event.told["reason"])[3] = event.at

    def _block(self, mobile, event):
        self._now(mobile, event, event.told["level"])

    def _unblock(self, mobile, event):
        self._now(mobile, event, "active")

    def _now(self, mobile, event, state):
        mobile.states.append((event.told.get("since", event.at), state))

    def _platform_block(self, mobile, event):
        self._now(mobile, event, "total")
        mobile.reasons.append(["platform", "total", event.told["since"], None])

    def _say_why(self, mobile, event):
        """It counts from the first day of the block."""
        self._in_force(mobile, "platform")[0] = event.told["reason"]

    def _platform_unblocks(self, mobile, event):
        self._now(mobile, event, "active")
        mobile.reasons[-1][3] = event.told["since"]

    # === WHAT IS AGREED ANEW === #

    def _succeed(self, mobile, event):
        self._follow(mobile, event.at.date(), **event.told)

    def _new_list(self, mobile, event):
        """Who pays the new price already is left out."""
        term = mobile.term_of(event.at.date())
        if term and term.price != Decimal(event.told["price"]):
            self._follow(mobile, event.told["since"], price=event.told["price"])

    def _follow(self, mobile, since, **changes):
        term = next(one for one in reversed(mobile.terms) if not one.is_void)
        changes["price"] = Decimal(changes["price"])
        values = {
            "contract": term.contract,
            "tariff": term.tariff,
            "discount": term.discount,
            "discount_end": term.discount_end,
            **changes,
        }
        successor = Term(mobile.number, len(mobile.terms), start=since, **values)
        term.end = since - DAY
        if term.end < term.start:
            term.is_void = True
            successor.opens = term.opens
        mobile.terms.append(successor)

    def _change_holder(self, mobile, event):
        term = next(one for one in reversed(mobile.terms) if not one.is_void)
        self._follow(
            mobile,
            event.at.date(),
            price=term.price,
            contract=event.told["contract"],
        )

    def _end_contract(self, mobile, event):
        for term in mobile.terms:
            if not term.is_void and term.end is None:
                term.end = event.at.date()

    # === ENDS === #

    def _ask_to_cancel(self, mobile, event):
        """Counts once it is done, from the day on which it was asked."""
        self._asked[mobile.number] = event.at.date()

    def _cancelled(self, mobile, event):
        self._end(mobile, event.told["since"])
        self._fine(mobile, "open")

    def _ported_out(self, mobile, event):
        self._end(mobile, event.told["since"])
        self._fine(mobile, "proposed")

    def _end(self, mobile, day):
        mobile.ended = day
        for term in mobile.terms:
            if term.is_void:
                continue
            if term.start > day:
                term.is_void = True
            elif term.end is None or term.end > day:
                term.end = day

    def _fine(self, mobile, state):
        """The benefit for the whole months left; nothing within seven days."""
        term = mobile.term_of(mobile.ended)
        if not term or not mobile.activated:
            return
        benefit, months = Decimal(term.rules.benefit), term.rules.months
        start = mobile.terms[0].start
        if not benefit or (mobile.ended - start).days < 7:
            return
        # the last day in service is not one of those that are left
        left = relativedelta(start + relativedelta(months=months), mobile.ended + DAY)
        left = left.years * 12 + left.months
        price = cents(Fraction(benefit) * left / months) if left > 0 else Decimal()
        if price > 0:
            fine = [term.key, "fine", month_of(mobile.ended), price, None]
            (self.charges if state == "open" else self.proposed).append(fine)

    # === MONEY === #

    def _charge(self, mobile, event):
        term = mobile.term_of(event.at.date())
        if term:
            kind = "one_off" if Decimal(event.told["price"]) > 0 else "adjustment"
            self.charges.append(
                [
                    term.key,
                    kind,
                    event.told["month"],
                    Decimal(event.told["price"]),
                    None,
                ]
            )

    def _top_up(self, mobile, event):
        self._charge(mobile, event)

    def _use(self, mobile, event):
        mobile.usage.append((event.at, event.told["mb"]))

    def _pay(self, _mobile, event):
        for invoice in self.invoices:
            if invoice.customer in event.told["customers"]:
                invoice.is_paid = True

    def forget(self, invoice):
        """An invoice is gone, and what it billed is to be billed again."""
        invoice.is_gone = True
        for charge in self.charges:
            if charge[4] is invoice:
                charge[4] = None
        for key in [key for key, on in self.services.items() if on is invoice]:
            del self.services[key]
        for key in [key for key, on in self.on.items() if on is invoice]:
            del self.on[key]
            self.billed.pop(key, None)
            self.days_charged.pop(key, None)
            self.ahead.discard(key)
        for key, amount in invoice.corrections:
            if key in self.on:
                self.billed[key] -= amount
                self.ahead.add(key)

    def may_be_credited(self, invoice):
        """:return: bool, whether nothing hangs on an invoice but the plans' months"""
        return (
            not invoice.is_gone
            and invoice.due is not None
            and all(entry.kind == "recurring" for entry in invoice.entries)
            and all(entry.month == invoice.month for entry in invoice.entries)
            and sum(entry.amount for entry in invoice.entries) > 0
        )

    def _credit(self, _mobile, _event):
        """Which invoice it is the test finds out."""

    # === A RUN === #

    def run(self, month, at):
        """Bill a month, at a moment.

        :return: list of the new invoices
        """
        made = {}
        for mobile in self.mobiles:
            if not mobile.activated or mobile.activated > at.date():
                continue
            for term in mobile.terms:
                self._bill_term(made, mobile, term, month, at)
        self._bill_charges(made, month, at)
        if self.tale.tells("usage"):
            self._bill_usage(made, month, at)
        self._bill_services(made, month, at)
        new = [one for one in made.values() if any(e.amount for e in one.entries)]
        self.invoices += new
        return new

    def _bill_term(self, made, mobile, term, month, at):
        joined = self._joins(mobile, later(month, -1))
        if joined is term and (*term.key, later(month, -1)) not in self.on:
            # a short first part comes with the month after it
            self._bill(made, mobile, term, later(month, -1), at, month)
        key = (*term.key, month)
        if key in self.ahead:
            self.ahead.discard(key)
            self.days_charged[key] = mobile.days_to_pay(term, month)
            difference = mobile.cost(term, month) - self.billed[key]
            if difference:
                invoice = self._add(
                    made, term, "adjustment", month, difference, at, month
                )
                invoice.corrections.append((key, difference))
                self.corrected.add(key)
                self.billed[key] += difference
        elif key not in self.on and self._joins(mobile, month) is not term:
            self._bill(made, mobile, term, month, at, month)
        self._bill_ahead(made, mobile, term, month, at)

    def _bill(self, made, mobile, term, month, at, run_month):
        cost = mobile.cost(term, month)
        if cost:
            key = (*term.key, month)
            self.on[key] = self._add(
                made, term, "recurring", month, cost, at, run_month
            )
            self.billed[key] += cost
            self.days_charged[key] = mobile.days_to_pay(term, month)

    def cost(self, term, month):
        """:return: Decimal, what a month comes to by all that is known"""
        mobile = self.mobiles[term.line]
        return mobile.cost(term, month, self.days_charged.get((*term.key, month), ()))

    def _joins(self, mobile, month):
        """:return: the term whose first part of a month is billed with the next one"""
        term, first = mobile.opening()
        if not term or month_of(first) != month or not term.rules.join:
            return None
        ends = mobile.ended and month_of(mobile.ended) <= month
        charged = len(mobile.charged(term, month))
        if ends or first.day == 1 or not 0 < charged < term.rules.join:
            return None
        return term

    def _bill_ahead(self, made, mobile, term, month, at):
        ahead = later(month, 1)
        key = (*term.key, ahead)
        if (
            term.rules.timing != "advance"
            or key in self.on
            or mobile.state_at(at) == "total"
            or ahead > month_of(at.date())
        ):
            return
        cost = mobile.cost(term, ahead)
        if cost:
            self._bill(made, mobile, term, ahead, at, month)
            self.ahead.add(key)

    def _bill_charges(self, made, month, at):
        for charge in self.charges:
            (line, nth), kind, of_month, price, invoice = charge
            if invoice is None and of_month == month:
                term = self.mobiles[line].terms[nth]
                charge[4] = self._add(made, term, kind, month, price, at, month)

    def _bill_services(self, made, month, at):
        """What of other services is due by the day on which the invoice is."""
        for place, contract in enumerate(self.tale.contracts):
            if not contract.fibre:
                continue
            start, number = contract.fibre, 0
            due = self._due(place, month, at)
            while start <= due:
                if (place, number) not in self.services:
                    invoice = self._invoice(made, place, month, at)
                    invoice.entries.append(
                        Entry(-1, place, "service", month_of(start), Decimal("100.00"))
                    )
                    self.services[place, number] = invoice
                number += 1
                start = contract.fibre + relativedelta(months=number)

    # === INVOICES === #

    def _due(self, contract, month, at):
        agreed = later(month, 1).replace(day=self.tale.contracts[contract].due_day)
        return max(agreed, at.date() + timedelta(days=MINIMUM_DAYS_TO_PAY))

    def _invoice(self, made, contract, month, at):
        due = self._due(contract, month, at)
        customer = self.tale.contracts[contract].customer
        grouping = self.tale.customers[customer].grouping
        key = (customer, contract if grouping == "contract" else None, due)
        return made.setdefault(key, Invoice(customer, month, due))

    def _add(self, made, term, kind, month, amount, at, run_month):
        invoice = self._invoice(made, term.contract, run_month, at)
        invoice.entries.append(Entry(*term.key, kind, month, amount))
        return invoice

    # === USAGE === #

    def _bill_usage(self, made, month, at):
        for mobile in self.mobiles:
            for term, amount in self.usage(mobile, month):
                key = (*term.key, "usage", month)
                if key not in self.on and amount:
                    self.on[key] = self._add(
                        made, term, "usage", month, amount, at, month
                    )

    def usage(self, mobile, month):
        """What a month's usage beyond the allowances costs.

        :return: list of (term, Decimal)
        """
        if not mobile.activated:
            return []
        days = days_of(month)
        parts = {}
        for term in mobile.terms:
            own = [
                day
                for day in days
                if mobile.in_service(day)
                and term.covers(day)
                and self._counts(mobile, term, day)
            ]
            if own:
                parts[term.nth] = own
        left, shares = defaultdict(Decimal), defaultdict(Fraction)
        for nth, own in parts.items():
            term = mobile.terms[nth]
            holder = self.tale.contracts[term.contract].customer
            if term.rules.share == "by_days":
                shares[holder] += Fraction(term.rules.megabytes * len(own), len(days))
            else:
                left[holder] += term.rules.megabytes
        for holder, share in shares.items():
            left[holder] += ceil(share)
        costs = defaultdict(Decimal)
        for at, megabytes in sorted(mobile.usage):
            term = mobile.term_of(at.date())
            if not term or at.date() not in parts.get(term.nth, ()):
                continue
            if not term.rules.megabytes:
                continue
            holder = self.tale.contracts[term.contract].customer
            beyond = max(megabytes - left[holder], Decimal())
            left[holder] = max(left[holder] - megabytes, Decimal())
            price = beyond * Decimal(term.rules.per_mb)
            costs[term.nth] += price.quantize(CENT, ROUND_DOWN)
        return [(mobile.terms[nth], amount) for nth, amount in costs.items()]

    def _counts(self, mobile, term, day):
        """What is used before a first day to pay is free, and draws nothing."""
        first = mobile.first_paid(term)
        free = mobile.place(day)[0] == "free month"
        return first is not None and day >= first and not free

    # === THE WHOLE === #

    def waiting(self):
        """:return: {(line, nth, month): amount} of what is to be listed of months that
        were billed: owed, or not known before somebody says why the platform blocked"""
        amounts = {key: amount for key, amount in self.owed.items() if amount}
        for key, days in self.days_charged.items():
            if key in self.ahead:
                # its own run settles it
                continue
            line, nth, month = key
            mobile = self.mobiles[line]
            term = mobile.terms[nth]
            if any(mobile.place(day) == ("unsaid", term) for day in days):
                unsaid = mobile.cost(term, month) - self.billed[key]
                amounts[key] = amounts.get(key, Decimal()) + unsaid
        return amounts

    def days(self, month):
        """:return: generator of (mobile, day, place, term) of a month's days in
        service"""
        for mobile in self.mobiles:
            for day in days_of(month):
                if mobile.in_service(day):
                    yield mobile, day, *mobile.place(day)

    def goes_on(self, customer, day):
        """:return: bool, whether a customer has a line in service after a day"""
        for mobile in self.mobiles:
            term = mobile.term_of(day)
            if term and mobile.in_service(day) and not mobile.ended:
                if self.tale.contracts[term.contract].customer == customer:
                    return True
        return False
