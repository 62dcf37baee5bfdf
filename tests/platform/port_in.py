"""A port-in on its way from request to done, by the platform's clock."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class PortInStatus(StrEnum):
    """States as the platform writes them."""

    PENDING = "PENDENTE"
    AWAITING_WINDOW = "AGUARDANDO JANELA"
    DONE = "PORTABILIDADE CONCLUÍDA"
    REFUSED = "RECUSADA"
    CONFLICT = "CONFLITO"
    CANCELLED = "CANCELADA"
    SUSPENDED = "SUSPENSA"
    PARTIAL_FAILURE = "FALHA PARCIAL"


# How the last four digits of the ported number decide its fate; any other is done.
FATES: dict[str, tuple[PortInStatus, str]] = {
    "0001": (
        PortInStatus.REFUSED,
        "Dados do titular não conferem com os da operadora doadora.",
    ),
    "0002": (
        PortInStatus.CONFLICT,
        "Existe outra solicitação de portabilidade em andamento para este número.",
    ),
    "0003": (
        PortInStatus.CANCELLED,
        "Portabilidade cancelada pelo assinante por SMS.",
    ),
    "0004": (PortInStatus.SUSPENDED, "Portabilidade suspensa pela operadora doadora."),
    "0005": (
        PortInStatus.PARTIAL_FAILURE,
        "Falha parcial no provisionamento da portabilidade.",
    ),
}
# Known by the donor at once; the others are only met on the way to the window.
_REFUSED_AT_ONCE = {PortInStatus.REFUSED, PortInStatus.CONFLICT}
ANSWER_AFTER = timedelta(hours=1)
SMS_AFTER = timedelta(days=1)
TRANSITION = timedelta(hours=2)


def window_after(requested_at: datetime) -> datetime:
    """:return: 09:00 on the third business day after a request (holidays ignored)"""
    day, business_days = requested_at, 0
    while business_days < 3:
        day += timedelta(days=1)
        business_days += day.weekday() < 5
    return day.replace(hour=9, minute=0, second=0, microsecond=0)


@dataclass
class Step:
    """The next thing that happens to a port-in, and when."""

    due: datetime
    status: PortInStatus
    reason: str = ""


@dataclass
class PortIn:
    """A number on its way to us; `steps` is what still lies before it."""

    number: str
    temporary_number: str
    requested_at: datetime
    status: PortInStatus = PortInStatus.PENDING
    window: datetime | None = None
    reason: str = ""
    steps: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        status, reason = FATES.get(self.number[-4:], (PortInStatus.DONE, ""))
        answer = self.requested_at + ANSWER_AFTER
        if status in _REFUSED_AT_ONCE:
            self.steps = [Step(answer, status, reason)]
            return
        due = window_after(self.requested_at) + TRANSITION
        if status in (PortInStatus.CANCELLED, PortInStatus.SUSPENDED):
            due = self.requested_at + SMS_AFTER
        self.steps = [
            Step(answer, PortInStatus.AWAITING_WINDOW),
            Step(due, status, reason),
        ]

    @property
    def is_open(self) -> bool:
        """Whether anything is still to happen."""
        return bool(self.steps)

    def step(self) -> None:
        """Take the next step now, whatever its due time."""
        step = self.steps.pop(0)
        self.status, self.reason = step.status, step.reason
        if step.status is PortInStatus.AWAITING_WINDOW:
            self.window = window_after(self.requested_at)

    def move(self, status: PortInStatus, reason: str = "") -> None:
        """Bring it to a state by hand: steps up to that state are taken, else it ends.

        :param status: where to
        :param reason: why, when it ends there
        """
        ahead = [step.status for step in self.steps]
        if status not in ahead:
            self.end(status, reason)
            return
        while self.status is not status:
            self.step()

    def end(self, status: PortInStatus, reason: str = "") -> None:
        """Bring it to a state by hand; nothing happens to it afterwards.

        :param status: the state it stays in
        :param reason: told to the client as `erro_info`
        """
        self.status, self.reason, self.steps = status, reason, []

    def settle(self, now: datetime) -> None:
        """Take every step that is due.

        :param now: the platform's present
        """
        while self.steps and self.steps[0].due <= now:
            self.step()
