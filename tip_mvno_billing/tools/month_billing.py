# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a billing run hands to the contract's invoicing methods."""

from dataclasses import dataclass
from datetime import date

from .day_numbers import days_text

CONTEXT_KEY = "mvno_month_billing"


@dataclass(frozen=True)
class Part:
    """What a contract line pays for a month."""

    start: date
    """First day paid for."""
    end: date
    """Last day paid for."""
    charged: int
    """How many of these days are charged: the others the line was suspended."""
    total: int
    """How many days the month has."""
    price: float
    """In the contract's currency, before the discount."""
    discount: float
    """Percent."""
    amount: float
    """After the discount, rounded as the currency is."""
    taken_off: float = 0.0
    """Percent of discount that the price is without already."""
    off: frozenset[date] = frozenset()
    """The dates on which the line was suspended, in this month or in others."""
    monthly: float = 0.0
    """What the whole month costs, before the discount."""
    percent: float = 0.0
    """The discount in percent, whether the invoice has a column for it or not."""

    @property
    def free(self):
        """:return: str, the numbers of its days that are not charged, see
        :func:`days_text`"""
        return days_text(day.day for day in self.off if self.start <= day <= self.end)


@dataclass(frozen=True)
class Charge:
    """Something that is billed once, beside the monthly values: a top-up, say."""

    contract_line_id: int
    """The contract line on whose contract it is billed."""
    kind: str
    """Of its ``mvno.billing.item``."""
    source_key: str
    """Names what is charged; tells it apart from others of the same month."""
    day: date
    """In the month with which it is billed."""
    product_id: int
    price: float
    """In the contract's currency."""
    text: str
    """What the invoice says, in the customer's language."""
    record: tuple[str, int] | None = None
    """What is charged, where it is a record: the field by which items and issues name
    it, and its id."""
    competence: date | None = None
    """The month that it pays for; without one, the month that is billed."""
    part: Part | None = None
    """The days of that month, when it is a plan's."""
    is_provisional: bool = False
    """Billed before its month is over: the run of that month settles it."""

    @property
    def record_values(self):
        """:return: dict, values of an item or issue that name what is charged"""
        return dict([self.record] if self.record else ())

    @property
    def line_key(self):
        """:return: str by which its invoice line is told from others of its line"""
        if self.competence:
            return f"{self.kind}-{self.competence:%Y-%m}-{self.source_key}"
        return self.source_key

    @property
    def key(self):
        """:return: tuple by which its invoice line is found again"""
        return self.contract_line_id, self.line_key


@dataclass(frozen=True, eq=False)
class MonthBilling:
    """What a billing run is invoicing right now.

    It travels in the context through OCA contract's own preparation methods. Being
    a Python object it cannot come from a remote call: nobody but a run can make a
    month of telephony invoiceable.
    """

    competence: date
    """First day of the month that is billed."""
    issued: date
    """Date of the invoices, where the platform is."""
    due_date: date | None
    """Due date of every invoice; without it each contract's due day counts."""
    run_id: int
    parts: dict
    """``{contract line id: Part}``: whose part of the month is billed, and no other."""
    charges: tuple = ()
    """:class:`Charge` items that are billed with the month."""

    @classmethod
    def of(cls, env):
        """:return: the billing under way in this environment, or None"""
        billing = env.context.get(CONTEXT_KEY)
        return billing if isinstance(billing, cls) else None
