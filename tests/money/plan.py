"""What happens to a provider's lines over two years, and when: all by seed.

Moments are local ones, without a zone: the platform's clock on the wall. Everything is
drawn for a line, never in the order in which lines come: so a seed means one story.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from dateutil.relativedelta import relativedelta

NOON = time(12)
START = date(2026, 11, 1)
# Days on which month ends, leap years and year ends are counted wrongly.
AWKWARD_DAYS = [
    date(2026, 12, 31),
    date(2027, 1, 31),
    date(2027, 2, 28),
    date(2027, 3, 31),
    date(2027, 10, 31),
    date(2027, 12, 31),
    date(2028, 1, 1),
    date(2028, 1, 31),
    date(2028, 2, 1),
    date(2028, 2, 28),
    date(2028, 2, 29),
    date(2028, 3, 1),
    date(2028, 7, 31),
    date(2028, 8, 31),
]
AWKWARD_TIMES = [time(0), time(0, 10), time(10, 30), time(14), time(23, 30)]
DISCOUNTS = [("0", 0), ("15", 3), ("7.5", 6), ("100", 2), ("33.33", None)]
MISHAPS = ["", "", "again", "deleted", "cancelled"]
# How often a thing befalls a line.
EPISODES = {
    "nonpayment": 6,
    "customer": 3,
    "theft": 3,
    "partial": 3,
    "change_plan": 5,
    "new_price": 5,
    "planned_price": 3,
    "top_up": 6,
    "holder": 2,
    "cancel": 1.5,
    "end_contract": 0.5,
}


@dataclass(frozen=True)
class Tariff:
    """A plan that is sold, with its rules."""

    price: str
    first: str = "by_days"
    last: str = "by_days"
    join: int = 0
    bill_from: str = "activation"
    timing: str = "arrears"
    tax: int = 0


TARIFFS = {
    "plain": Tariff("49.90"),
    "whole": Tariff("59.90", first="full", last="full"),
    "free": Tariff("39.90", first="free"),
    "joined": Tariff("44.90", join=5),
    "ported": Tariff("54.90", bill_from="port_in"),
    "ahead": Tariff("69.90", timing="advance"),
    "whole ahead": Tariff("64.90", first="full", last="full", timing="advance"),
    "taxed": Tariff("79.90", tax=5),
}


@dataclass(frozen=True)
class Customer:
    due_day: int
    by_contract: bool
    """Whether each contract has an invoice of its own."""


@dataclass(frozen=True)
class Contract:
    customer: int
    due_day: int


@dataclass(frozen=True)
class Line:
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
    what: str
    told: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Billing:
    """A turn of a month's billing run."""

    at: datetime
    month: date
    mishap: str = ""
    """``again``: run twice; ``deleted`` or ``cancelled``: some of its invoices."""


def months_later(day, count):
    return day.replace(day=1) + relativedelta(months=count)


class Plan:
    """The story's plan.

    :param int seed: the same seed is the same plan
    :param int months: how many are told
    :param int lines: how many mobile lines, renewed ones among them
    :param int customers: how many
    """

    def __init__(self, seed, months=24, lines=60, customers=25):
        self.seed, self.count = seed, lines
        self.months = [months_later(START, place) for place in range(months)]
        self.end = months_later(START, months)
        self._make_customers(customers)
        self.lines, self.events = [], []
        # who cancelled and comes back: (contract, day of the new signing)
        self._returning = []
        while len(self.lines) < lines:
            self._add_line()
        self.events.sort(key=lambda event: (event.at, event.line))
        self.billings = list(self._billings())

    def _draw(self, *what):
        return Random("/".join(map(str, (self.seed, *what))))

    def _make_customers(self, count):
        draw = self._draw("customers")
        self.customers = [
            Customer(draw.choice([5, 10, 15, 20, 25, 28]), draw.random() < 0.2)
            for _number in range(count)
        ]
        self.contracts = [
            Contract(number, draw.choice([customer.due_day, customer.due_day, 12]))
            for number, customer in enumerate(self.customers)
            for _contract in range(draw.choice([1, 1, 2, 3]))
        ]

    # === LINES === #

    def _add_line(self):
        number = len(self.lines)
        draw = self._draw("line", number)
        if self._returning:
            contract, signed = self._returning.pop(0)
        else:
            contract = draw.randrange(len(self.contracts))
            signed = START + timedelta(
                draw.choice([0, 0, 30, 90]) + draw.randrange(400)
            )
            if number % 3 == 0:
                signed = draw.choice(AWKWARD_DAYS)
        tariff = list(TARIFFS)[number % len(TARIFFS)]
        price, more = TARIFFS[tariff].price, {}
        if number == 8:
            price, more = "0", {"courtesy": True}
        elif number == 16:
            price = "0"
        elif number % 4 == 1:
            discount, months = draw.choice(DISCOUNTS)
            more["discount"] = discount
            if months:
                more["discount_end"] = months_later(signed, months)
        self.lines.append(Line(contract, tariff, price, signed, **more))
        self._tell_life(number, draw)

    def _tell_life(self, number, draw):
        line = self.lines[number]
        life = _Life(self, number, draw)
        activated = datetime.combine(
            line.signed + timedelta(draw.choice([0, 0, 1, 9, 35])),
            draw.choice(AWKWARD_TIMES),
        )
        if TARIFFS[line.tariff].bill_from == "port_in" or draw.random() < 0.1:
            life.port_in(activated)
        else:
            life.add(activated, "activate")
        weights = dict(EPISODES)
        if number == 8:
            # the courtesy stays one for a while
            weights = {"nonpayment": 1, "theft": 1, "top_up": 1}
        while not life.is_over:
            [episode] = draw.choices(list(weights), list(weights.values()))
            getattr(life, episode)()
        self.events += life.events
        if life.returns_on and life.returns_on < self.end:
            self._returning.append((life.contract, life.returns_on))

    # === BILLING RUNS === #

    def _billings(self):
        """Each month's run on the 1st of the next one; some are missed and caught up
        after the next month's, before it, or a month later still."""
        draw = self._draw("billings")
        count = len(self.months)
        missed = draw.sample(range(1, count - 3), count // 6)
        caught_up = defaultdict(list)
        for place in missed:
            caught_up[place + draw.choice([1, 1, 2])].append(self.months[place])
        for place, month in enumerate(self.months):
            before, after = [], []
            for one in caught_up[place]:
                draw.choice([before, after]).append(one)
            now = [] if place in missed else [month]
            at = datetime.combine(months_later(month, 1), NOON)
            for one in [*before, *now, *after]:
                yield Billing(at, one, draw.choice(MISHAPS))
                at += timedelta(minutes=10)


class _Life:
    """What befalls one line, one thing after the other."""

    def __init__(self, plan, number, draw):
        self._plan, self._number, self._draw = plan, number, draw
        self.contract = plan.lines[number].contract
        self._tariff = plan.lines[number].tariff
        self.events = []
        self.is_over = False
        self.returns_on = None
        self._planned = START

    def add(self, at, what, **told):
        """:return: bool, whether it is still within the story"""
        if self.is_over or at.date() >= self._plan.end:
            self.is_over = True
            return False
        self.events.append(Event(at, self._number, what, told))
        return True

    def _later(self, least=1, most=70):
        """A moment after all that was told, an awkward one rather often."""
        draw, last = self._draw, self.events[-1].at
        day = last.date() + timedelta(days=draw.randint(least, most))
        if draw.random() < 0.4:
            coming = [one for one in AWKWARD_DAYS if day <= one <= day + timedelta(90)]
            day = coming[0] if coming else months_later(day, 1) - timedelta(days=1)
        return datetime.combine(day, draw.choice(AWKWARD_TIMES))

    def _hours(self, least, most):
        return self.events[-1].at + timedelta(hours=self._draw.randint(least, most))

    # === EPISODES === #

    def port_in(self, activated):
        self.add(activated, "activate", ports=True)
        window = activated + timedelta(days=self._draw.randint(3, 40))
        read = window + timedelta(hours=self._draw.choice([-30, 1, 12, 40]))
        self.add(
            read,
            "port_in_ends",
            window=window,
            done=self._draw.random() < 0.8,
        )

    def nonpayment(self):
        self.add(self._later(), "hold", reason="nonpayment")
        self.add(self._hours(0, 20), "block_total")
        if self._draw.random() < 0.15:
            # sixty days of suspension, and then the end
            return self.cancel()
        self.add(self._later(1, 50), "lift", reason="nonpayment")
        self.add(self._hours(0, 40), "unblock")

    def customer(self):
        self.add(self._later(), "hold", reason="customer")
        self.add(self._hours(0, 2), "block_total")
        self.add(self._later(30, 60), "lift", reason="customer")
        self.add(self._hours(0, 8), "unblock")

    def theft(self):
        self.add(self._later(), "hold", reason="theft")
        self.add(self._hours(0, 1), "block_total")
        if self._draw.random() < 0.6:
            self.add(self._later(1, 10), "hold", reason="nonpayment")
            self.add(self._later(1, 10), "lift", reason="nonpayment")
        self.add(self._later(1, 20), "lift", reason="theft")
        self.add(self._hours(0, 50), "unblock")

    def partial(self):
        self.add(self._later(), "hold", reason="nonpayment", level="partial")
        self.add(self._hours(0, 3), "block_partial")
        if self._draw.random() < 0.6:
            self.add(self._later(5, 15), "raise_to_total", reason="nonpayment")
            self.add(self._hours(0, 3), "block_total")
        self.add(self._later(1, 30), "lift", reason="nonpayment")
        self.add(self._hours(0, 3), "unblock")

    def change_plan(self):
        self._tariff = self._draw.choice(
            [one for one in TARIFFS if one != self._tariff]
        )
        price = TARIFFS[self._tariff].price
        self.add(self._later(), "succeed", tariff=self._tariff, price=price)

    def new_price(self):
        self.add(self._later(), "succeed", price=self._some_price())

    def planned_price(self):
        at = self._later()
        if at.date() >= self._planned:
            # one change is planned at a time
            self._planned = months_later(at.date(), 1)
            self.add(at, "succeed", price=self._some_price(), since=self._planned)

    def _some_price(self):
        return f"{self._draw.randint(2000, 9999) / 100:.2f}"

    def top_up(self):
        settles = timedelta(minutes=self._draw.choice([0, 1, 90, 60 * 14]))
        sent = self._later(1, 25)
        price = self._draw.choice(["9.90", "15.00", "29.99"])
        self.add(sent, "top_up", price=price)
        self.add(sent + settles, "settle")

    def holder(self):
        others = [
            place
            for place, contract in enumerate(self._plan.contracts)
            if contract.customer != self._plan.contracts[self.contract].customer
        ]
        self.contract = self._draw.choice(others)
        self.add(self._later(), "change_holder", contract=self.contract)

    def cancel(self):
        at = self._later()
        if self.add(at, "cancel") and self._draw.random() < 0.7:
            days = self._draw.choice([0, 1, 20, 60])
            self.returns_on = at.date() + timedelta(days=days)
        self.is_over = True

    def end_contract(self):
        """Somebody ends what pays for a line, and forgets the line."""
        self.add(self._later(), "end_contract")
        return self.cancel()
