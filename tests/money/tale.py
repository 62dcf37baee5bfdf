"""A provider's year as the book and the product are told it: all by seed.

What happens has two moments: ``at``, when the provider learns of it, and, where that
is another one, ``since``, when it happened at the platform. Moments are local ones,
without a zone. Everything is drawn for a line, never in the order in which lines come,
so that a seed means one tale.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from dateutil.relativedelta import relativedelta

#: Twelve months with a year's end and the 29th of February.
START = date(2027, 8, 1)
NOON = time(12)
#: Moments of a day at which days are counted wrongly.
TIMES = [time(0), time(0, 10), time(10, 30), time(14), time(23, 30)]
MISHAPS = ["", "", "", "deleted", "cancelled"]
DISCOUNTS = [("15", 3), ("7.5", 6), ("100", 2), ("33.33", None)]

#: Families of rules that a tale may need. Each can be switched off on its own.
FAMILIES = {
    # blocks, cancellations and port-ins that are learnt after their month was billed
    "late": True,
    # blocks by the platform that wait for a person's word
    "platform": True,
    # usage beyond the allowances of a month's contract lines
    "usage": True,
    # a plan that changes within a free month
    "free upgrade": True,
    # contract lines that end before the mobile line does
    "gaps": True,
    # port-ins that are refused and sent again
    "sent again": True,
    "services": True,
    "fines": True,
    "credit notes": True,
}


@dataclass(frozen=True)
class Tariff:
    """A plan that is sold: what it says to those who sign."""

    price: str
    first: str = "by_days"
    last: str = "by_days"
    join: int = 0
    bill_from: str = "activation"
    timing: str = "arrears"
    tax: int = 0
    benefit: str = "0"
    months: int = 0
    """Of commitment."""
    megabytes: int = 0
    """The month's allowance; 0: none was agreed."""
    share: str = "whole"
    per_mb: str = "0"


TARIFFS = {
    "plain": Tariff("49.90", megabytes=1000, per_mb="0.02"),
    "whole": Tariff("59.90", first="full", last="full", megabytes=5000),
    "free": Tariff(
        "39.90", first="free", megabytes=300, share="by_days", per_mb="0.05"
    ),
    "joined": Tariff("44.90", join=5),
    "ported": Tariff("54.90", bill_from="port_in", megabytes=2000, per_mb="0.03"),
    "ahead": Tariff("69.90", timing="advance", megabytes=500, per_mb="0.013"),
    "whole ahead": Tariff("64.90", first="full", last="full", timing="advance"),
    "taxed": Tariff("79.90", tax=5),
    "bound": Tariff("89.90", benefit="120", months=12),
}


@dataclass(frozen=True)
class Customer:
    due_day: int
    grouping: str
    """``customer``, ``contract``: an invoice for each; ``everything``: services too."""


@dataclass(frozen=True)
class Contract:
    customer: int
    due_day: int
    fibre: date | None = None
    """First day of another service, paid monthly in advance."""


@dataclass(frozen=True)
class Sale:
    """A mobile line as it was signed for."""

    contract: int
    tariff: str
    price: str
    signed: date
    discount: str = "0"
    discount_end: date | None = None
    """First day of the last month for which it counts."""
    courtesy: bool = False


@dataclass(frozen=True)
class Event:
    at: datetime
    line: int
    """-1: it is about no line."""
    what: str
    told: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Turn:
    """A turn of a month's billing run."""

    at: datetime
    month: date
    mishap: str = ""
    """``deleted`` or ``cancelled``: what becomes of some of its drafts."""


def month_of(day):
    """:return: date, the first day of a day's month"""
    return day.replace(day=1)


def later(day, months):
    """:return: date, the first day of a month"""
    return month_of(day) + relativedelta(months=months)


class Tale:
    """What happens, and when a month is billed.

    :param int seed: the same seed is the same tale
    :param families: set of the families of rules it needs
    :param int months: how many are billed
    :param int lines: how many mobile lines
    """

    def __init__(self, seed, families, months=12, lines=45, customers=22):
        self.seed, self.families = seed, frozenset(families)
        self.months = [later(START, place) for place in range(months)]
        self.end = later(START, months)
        self._customers(customers)
        self.sales, self.events = [], []
        for number in range(lines):
            self._sell(number)
        self._of_the_provider()
        self.events.sort(key=lambda event: (event.at, event.line))
        self.turns = sorted(self._turns(), key=lambda turn: turn.at)

    def draw(self, *what):
        """:return: Random, always the same for one thing"""
        return Random("/".join(map(str, ("book", self.seed, *what))))

    def tells(self, family):
        return family in self.families

    # === CUSTOMERS AND SALES === #

    def _customers(self, count):
        draw = self.draw("customers")
        groupings = ["customer"] * 3 + ["contract"]
        self.customers = [
            Customer(draw.choice([5, 10, 15, 20, 25, 28]), draw.choice(groupings))
            for _number in range(count)
        ]
        self.contracts = []
        for number, customer in enumerate(self.customers):
            for _contract in range(draw.choice([1, 1, 2])):
                due = draw.choice([customer.due_day, customer.due_day, 12])
                self.contracts.append(Contract(number, due))
        if self.tells("services"):
            # they have a line that never ends, see _sell
            for number in range(2):
                self.customers[number] = Customer(10, "everything")
                place = self._first_contract(number)
                fibre = START + timedelta(draw.randrange(60))
                self.contracts[place] = Contract(number, 10, fibre)

    def _first_contract(self, customer):
        return next(
            place
            for place, contract in enumerate(self.contracts)
            if contract.customer == customer
        )

    def _sell(self, number):
        draw = self.draw("line", number)
        tariff = list(TARIFFS)[number % len(TARIFFS)]
        if tariff == "bound" and not self.tells("fines"):
            tariff = "plain"
        signed = START + timedelta(draw.choice([0, 0, 5, 25]) + draw.randrange(220))
        contract = draw.randrange(len(self.contracts))
        price, more = TARIFFS[tariff].price, {}
        anchor = number in (0, 9) and self.tells("services")
        if anchor:
            contract = self._first_contract([0, 9].index(number))
            tariff, price, signed = "plain", TARIFFS["plain"].price, START
        elif number == 18:
            price, more = "0", {"courtesy": True}
        elif number == 27:
            price = "0"
        elif number % 4 == 3:
            discount, months = draw.choice(DISCOUNTS)
            more = {"discount": discount}
            if months:
                more["discount_end"] = later(signed, months)
        if TARIFFS[tariff].timing == "advance" and signed.day < 7:
            # a late run of the month before would see it already
            signed = signed.replace(day=7)
        self.sales.append(Sale(contract, tariff, price, signed, **more))
        self.events += _Life(self, number, draw, anchor).events

    # === WHAT IS NOT ABOUT A LINE === #

    def _of_the_provider(self):
        draw = self.draw("provider")
        for month in self.months:
            at = datetime.combine(later(month, 1), time(18))
            payers = {
                number for number in range(len(self.customers)) if draw.random() < 0.5
            }
            self._tell(at + timedelta(days=11), "pay", customers=payers)
            credited = draw.random() < 0.25
            customer = draw.randrange(len(self.customers))
            if credited and self.tells("credit notes"):
                self._tell(at + timedelta(days=13), "credit", customer=customer)

    def _tell(self, at, what, **told):
        if at.date() < self.end:
            self.events.append(Event(at, -1, what, told))

    def _turns(self):
        """Each month's run on the 1st or some days later, some twice, some a month
        late; and once more all of them, when everything is known."""
        draw = self.draw("turns")
        between = range(1, len(self.months) - 2)
        missed = draw.sample(between, min(2, len(between)))
        for place, month in enumerate(self.months):
            at = datetime.combine(later(month, 1), NOON)
            at += timedelta(days=draw.choice([0, 0, 0, 2, 4]))
            if place in missed:
                at = datetime.combine(later(month, 2), time(draw.choice([11, 13])))
            yield Turn(at, month, draw.choice(MISHAPS))
            if draw.random() < 0.3:
                yield Turn(at + timedelta(minutes=30), month)
        for place, month in enumerate(self.months):
            at = datetime.combine(later(self.end, 1), time(9, place))
            yield Turn(at, month)


class _Life:
    """What befalls one line, one thing after the other."""

    #: How often a thing befalls a line.
    EPISODES = {
        "nonpayment": 6,
        "customer": 3,
        "theft": 3,
        "partial": 3,
        "change_plan": 5,
        "new_price": 4,
        "planned_price": 3,
        "one_off": 4,
        "top_up": 3,
        "holder": 2,
        "cancel": 1.2,
        "port_out": 0.8,
        "end_contract": 0.6,
        "late_block": 4,
        "platform_block": 4,
    }
    NEEDS = {
        "end_contract": "gaps",
        "late_block": "late",
        "platform_block": "platform",
    }

    def __init__(self, tale, number, draw, anchor):
        self._tale, self._number, self._draw = tale, number, draw
        self._sale = sale = tale.sales[number]
        self._tariff, self.contract = sale.tariff, sale.contract
        self._planned = START
        self.events, self.is_over = [], False
        at = datetime.combine(
            sale.signed + timedelta(draw.choice([0, 0, 1, 9, 35])), draw.choice(TIMES)
        )
        if anchor:
            at = datetime.combine(sale.signed, NOON)
        if TARIFFS[sale.tariff].timing == "advance" and at.day < 7:
            at = at.replace(day=7)
        self._begin(at)
        weights = self._weights(anchor)
        self._may_end = "cancel" in weights
        while not self.is_over:
            [episode] = draw.choices(list(weights), list(weights.values()))
            before = list(self.events)
            family = self.NEEDS.get(episode)
            getattr(self, episode)()
            if family and not tale.tells(family):
                # the time goes by all the same
                self._last = self.events[-1].at
                self.events = before
        if tale.tells("usage"):
            self._use()

    def _weights(self, anchor):
        weights = dict(self.EPISODES)
        sale, tariff = self._sale, TARIFFS[self._sale.tariff]
        bound = sale.tariff == "bound"
        if sale.discount != "0" or bound:
            # what becomes of a discount or a commitment then is agreed anew
            del weights["change_plan"], weights["holder"]
        if sale.courtesy or anchor:
            weights = {"nonpayment": 1, "theft": 1, "one_off": 1}
        elif tariff.bill_from == "port_in" and not self._ported:
            weights = {"cancel": 1}
        if sale.price == "0" and not sale.courtesy:
            weights = {"nonpayment": 1, "new_price": 1, "one_off": 1}
        return weights

    # === TIME === #

    def _add(self, at, what, **told):
        """:return: bool, whether it is still within the tale"""
        if self.is_over or at.date() >= self._tale.end:
            self.is_over = True
            return False
        self.events.append(Event(at, self._number, what, told))
        self._last = at
        return True

    def _later(self, least=2, most=45):
        """A moment after all that was told, about a month's end rather often."""
        draw = self._draw
        day = self._last.date() + timedelta(days=draw.randint(least, most))
        if draw.random() < 0.4:
            day = later(day, 1) + timedelta(days=draw.choice([-1, 0, 0, 1]))
        return datetime.combine(day, draw.choice(TIMES))

    def _hours(self, least, most):
        return self._last + timedelta(hours=self._draw.randint(least, most))

    def _afternoon(self, day):
        """A moment of a day on which its runs are over."""
        return datetime.combine(day, time(15, self._draw.randrange(60)))

    # === THE BEGINNING === #

    def _begin(self, at):
        draw, self._last, self._ported = self._draw, at, False
        self._begun = at.date()
        ports = TARIFFS[self._tariff].bill_from == "port_in" or draw.random() < 0.1
        self._add(at, "activate", ports=ports)
        if ports:
            self._port_in(at)
        # what falls into a first month that is joined or free is another matter
        if not self._tale.tells("free upgrade") or self._tariff != "free":
            self._last = max(self._last, at + timedelta(days=32))

    def _port_in(self, at):
        draw = self._draw
        window = at + timedelta(days=draw.randint(3, 25))
        read = window + timedelta(hours=draw.choice([1, 2, 12, 40]))
        done = draw.random() < 0.75
        again = draw.random() < 0.7
        if not done and again and self._tale.tells("sent again"):
            self._add(read, "port_in_ends", window=window, done=False)
            at = read + timedelta(days=draw.randint(1, 6))
            self._add(at, "port_in_again")
            window = at + timedelta(days=draw.randint(3, 12))
            read, done = window + timedelta(hours=draw.choice([1, 12, 40])), True
        if self._tale.tells("late") and done and draw.random() < 0.3:
            read = window + timedelta(days=draw.randint(2, 40))
        self._add(read, "port_in_ends", window=window, done=done)
        self._ported = done

    # === EPISODES === #

    def nonpayment(self):
        self._add(self._later(), "hold", reason="nonpayment")
        self._add(self._hours(0, 20), "block", level="total")
        by_days = TARIFFS[self._tariff].last == "by_days"
        if self._draw.random() < 0.15 and by_days and self._may_end:
            return self.cancel()
        self._add(self._later(1, 50), "lift", reason="nonpayment")
        self._add(self._hours(0, 40), "unblock")

    def customer(self):
        self._add(self._later(), "hold", reason="customer")
        self._add(self._hours(0, 2), "block", level="total")
        self._add(self._later(30, 60), "lift", reason="customer")
        self._add(self._hours(0, 8), "unblock")

    def theft(self):
        self._add(self._later(), "hold", reason=self._draw.choice(["theft", "misuse"]))
        reason = self.events[-1].told.get("reason")
        self._add(self._hours(0, 1), "block", level="total")
        if self._draw.random() < 0.5:
            self._add(self._later(1, 10), "hold", reason="nonpayment")
            self._add(self._later(1, 10), "lift", reason="nonpayment")
        self._add(self._later(1, 20), "lift", reason=reason)
        self._add(self._hours(0, 0), "unblock")

    def partial(self):
        self._add(self._later(), "hold", reason="nonpayment", level="partial")
        self._add(self._hours(0, 3), "block", level="partial")
        if self._draw.random() < 0.6:
            self._add(self._later(5, 15), "raise", reason="nonpayment")
            self._add(self._hours(0, 3), "block", level="total")
        self._add(self._later(1, 30), "lift", reason="nonpayment")
        self._add(self._hours(0, 3), "unblock")

    def late_block(self):
        """A block for non-payment whose answer was lost, and its unblock: a person says
        much later that they took effect when they were asked."""
        since = self._later(2, 30)
        self._add(since, "hold", reason="nonpayment")
        at = self._afternoon(since.date() + timedelta(self._draw.randint(1, 45)))
        self._add(at, "block", level="total", since=since)
        lifted = self._later(1, 10)
        self._add(lifted, "lift", reason="nonpayment")
        if self._draw.random() < 0.5:
            at = self._afternoon(lifted.date() + timedelta(self._draw.randint(1, 40)))
            self._add(at, "unblock", since=lifted)
        else:
            self._add(self._hours(0, 3), "unblock")

    def platform_block(self):
        """The platform blocks, which a read finds; somebody says why, sooner or later
        or never. It counts from the last read that said otherwise."""
        seen = self._later()
        at = self._afternoon(seen.date() + timedelta(self._draw.choice([1, 1, 2, 6])))
        self._add(at, "platform_block", since=seen)
        if self._draw.random() < 0.8:
            said = self._later(2, 50)
            reason = self._draw.choice(["nonpayment", "customer", "theft", "misuse"])
            self._add(self._afternoon(said.date()), "say_why", reason=reason)
        seen = self._later(1, 30)
        at = self._afternoon(seen.date() + timedelta(self._draw.choice([1, 1, 2, 6])))
        self._add(at, "platform_unblocks", since=seen)

    def change_plan(self):
        others = [name for name in TARIFFS if name not in (self._tariff, "bound")]
        if not self._ported:
            others.remove("ported")
        self._tariff = self._draw.choice(others)
        self._add(
            self._later(),
            "succeed",
            tariff=self._tariff,
            price=TARIFFS[self._tariff].price,
        )

    def new_price(self):
        self._add(self._later(), "succeed", price=self._some_price())

    def planned_price(self):
        """A list of new prices, made at some time, for the month after."""
        at = self._later()
        if at.date() >= self._planned:
            # one change is planned at a time, and nothing else happens until then
            self._planned = later(at.date(), 1)
            self._add(at, "new_list", price=self._some_price(), since=self._planned)
            self._last = max(self._last, datetime.combine(self._planned, NOON))

    def _some_price(self):
        return f"{Decimal(self._draw.randint(2000, 9999)) / 100:.2f}"

    def one_off(self):
        at = self._later(1, 25)
        price = self._draw.choice(["9.90", "15.00", "29.99", "-7.35"])
        self._add(at, "charge", price=price, month=month_of(at.date()))

    def top_up(self):
        at = self._afternoon(self._later(1, 25).date())
        price = self._draw.choice(["9.90", "15.00", "29.99"])
        self._add(at, "top_up", price=price, month=month_of(at.date()))

    def holder(self):
        contracts = self._tale.contracts
        customer = contracts[self.contract].customer
        self.contract = self._draw.choice(
            [n for n, other in enumerate(contracts) if other.customer != customer]
        )
        self._add(self._later(), "change_holder", contract=self.contract)

    def cancel(self):
        """Asked by the customer, and done by the platform, at once or days later."""
        asked = self._later()
        days = self._draw.choice([0, 0, 1, 5, 20])
        if not self._tale.tells("late"):
            days = 0
        if self._add(asked, "ask_to_cancel"):
            done = asked
            if days:
                done = self._afternoon(asked.date() + timedelta(days))
            self._add(done, "cancelled", since=max(asked.date(), self._begun))
        self.is_over = True

    def port_out(self):
        """Another operator took the number; we learn of it, sometimes months later."""
        left = self._later().date()
        days = self._draw.choice([0, 0, 3, 20, 45, 70])
        if not self._tale.tells("late"):
            days = 0
        at = self._afternoon(left + timedelta(days))
        self._add(at, "ported_out", since=left)
        self.is_over = True

    def end_contract(self):
        """Somebody ends what pays for a line, and forgets the line."""
        at = self._later()
        if TARIFFS[self._tariff].last == "by_days":
            self._add(at, "end_contract")
            self._last = datetime.combine(at.date() + timedelta(2), NOON)
            return self.cancel()
        return None

    # === USAGE === #

    def _use(self):
        """Data of each month, some beyond any allowance; known before its run."""
        first = self.events[0].at.date()
        end = self.events[-1]
        last = end.at.date()
        if end.what in ("cancelled", "ported_out"):
            last = end.told["since"]
        for event in self.events:
            if event.what == "end_contract":
                last = min(last, event.at.date())
        draw = self._tale.draw("usage", self._number)
        day = first
        while day < last:
            at = datetime.combine(day, time(draw.randrange(1, 23), 7))
            told = {"mb": Decimal(draw.randrange(1, 90000)) / 100}
            self.events.append(Event(at, self._number, "use", told))
            day += timedelta(days=draw.randint(1, 25))
