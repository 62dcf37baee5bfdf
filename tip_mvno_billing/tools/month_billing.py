# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The password between a billing run and the contract's invoicing methods."""

from dataclasses import dataclass
from datetime import date

CONTEXT_KEY = "mvno_month_billing"


@dataclass(frozen=True)
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
    line_ids: frozenset
    """The contract lines whose part of the month is billed, and no other."""

    @classmethod
    def of(cls, env):
        """:return: the billing under way in this environment, or None"""
        billing = env.context.get(CONTEXT_KEY)
        return billing if isinstance(billing, cls) else None
