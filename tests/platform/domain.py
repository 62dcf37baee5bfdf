"""What the platform knows: plans, SIM cards, subscribers and their contracts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from .port_in import PortIn


class SimStatus(StrEnum):
    """The true state of a SIM card, in more detail than the wire tells."""

    AVAILABLE = "available"
    IN_USE = "in_use"
    BLOCKED_PARTIAL = "blocked_partial"
    BLOCKED_TOTAL = "blocked_total"
    CANCELLED = "cancelled"

    @property
    def has_line(self) -> bool:
        """Whether a living line is on the SIM."""
        return self not in (SimStatus.AVAILABLE, SimStatus.CANCELLED)

    @property
    def is_blocked(self) -> bool:
        """Whether the line is blocked, partially or totally."""
        return self in (SimStatus.BLOCKED_PARTIAL, SimStatus.BLOCKED_TOTAL)


@dataclass
class Plan:
    """One plan of the catalogue; a quantity of None is left out of the wire."""

    code: str
    description: str
    network: str
    data_mb: int | None = None
    voice_minutes: int | None = None
    sms: int | None = None


@dataclass
class Subscriber:
    """A person (F) or company (J); `document` is the CPF or CNPJ, unpunctuated."""

    person_type: str
    document: str
    name: str
    trade_name: str | None = None


@dataclass
class Contract:
    """One line: a subscriber's number on a SIM, from activation to cancellation."""

    code: str
    iccid: str
    number: str
    subscriber: Subscriber
    plan: Plan
    activated_at: datetime
    city: str = ""
    cancelled_at: datetime | None = None
    top_up_gb: int = 0
    last_top_up: date | None = None
    block_reason: int | None = None
    port_in: PortIn | None = None
    # A fresh number stays untold for so many reads of the SIM, or until this moment.
    untold_reads: int = 0
    told_from: datetime | None = None


@dataclass
class Sim:
    """One SIM card; `contract` is its line now, or its last one when cancelled."""

    iccid: str
    stocked_on: date
    status: SimStatus = SimStatus.AVAILABLE
    esim: bool = False
    operator: str = ""
    contract: Contract | None = None
    activations: int = 0


@dataclass
class Effect:
    """One change of the platform's state: the proof of what happened, and how often.

    `refused` when it came late and could not be done any more: then nothing changed.
    """

    operation: str
    iccid: str
    at: datetime
    call: int | None
    facts: dict[str, object] = field(default_factory=dict)
    refused: bool = False


@dataclass
class Deferred:
    """An effect that comes late: at a moment, or with the n-th read of its SIM."""

    iccid: str
    run: Callable[[], None]
    due: datetime | None = None
    reads: int | None = None
