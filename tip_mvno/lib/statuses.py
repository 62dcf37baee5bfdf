# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The platform's states and reasons, whatever their spelling."""

from enum import Enum, IntEnum

from . import dialect


class SimStatus(Enum):
    """State of a SIM card. `BLOCKED` is a block whose level is not told."""

    AVAILABLE = "available"
    IN_USE = "in_use"
    BLOCKED = "blocked"
    PARTIALLY_BLOCKED = "partially_blocked"
    TOTALLY_BLOCKED = "totally_blocked"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"

    @classmethod
    def from_wire(cls, value):
        """:return: the state a status text means, UNKNOWN for one not known."""
        words = dialect.folded(value).split()
        if any(word.startswith("BLOQUE") for word in words):
            if any(word.startswith("PARCIAL") for word in words):
                return cls.PARTIALLY_BLOCKED
            if any(word.startswith("TOTAL") for word in words):
                return cls.TOTALLY_BLOCKED
        return _SIM_STATUS.get(" ".join(words), cls.UNKNOWN)


_SIM_STATUS = {
    "DISPONIVEL": SimStatus.AVAILABLE,
    "EM USO": SimStatus.IN_USE,
    "ATIVO": SimStatus.IN_USE,
    "ATIVA": SimStatus.IN_USE,
    "BLOQUEADO": SimStatus.BLOCKED,
    "BLOQUEADA": SimStatus.BLOCKED,
    "CANCELADO": SimStatus.CANCELLED,
    "CANCELADA": SimStatus.CANCELLED,
}
# the only states the stock can be asked for
STOCK_FILTER = {
    SimStatus.AVAILABLE: 1,
    SimStatus.CANCELLED: 2,
    SimStatus.IN_USE: 3,
}


class BlockReason(IntEnum):
    """Why a line is blocked totally; the values are the platform's."""

    THEFT = 1
    LOSS = 2
    MISUSE = 3
    NONPAYMENT = 4
    TEMPORARY = 5


class PortInStatus(Enum):
    """State of a port-in."""

    REQUESTED = "requested"
    AWAITING_WINDOW = "awaiting_window"
    DONE = "done"
    REFUSED = "refused"
    CONFLICT = "conflict"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"

    @classmethod
    def from_wire(cls, value):
        """:return: the state a status text means, UNKNOWN for one not known."""
        said = dialect.folded(value).removeprefix("PORTABILIDADE ")
        return _PORT_IN_STATUS.get(said, cls.UNKNOWN)


_PORT_IN_STATUS = {
    "PENDENTE": PortInStatus.REQUESTED,
    "SOLICITADA": PortInStatus.REQUESTED,
    "AGUARDANDO JANELA": PortInStatus.AWAITING_WINDOW,
    "EM PROVISIONAMENTO": PortInStatus.AWAITING_WINDOW,
    "CONCLUIDA": PortInStatus.DONE,
    "CONCLUIDO": PortInStatus.DONE,
    "PORTADO": PortInStatus.DONE,
    "EM USO": PortInStatus.DONE,
    "RECUSADA": PortInStatus.REFUSED,
    "RECUSADO": PortInStatus.REFUSED,
    "CONFLITO": PortInStatus.CONFLICT,
    "SUSPENSA": PortInStatus.CONFLICT,
    "SUSPENSO": PortInStatus.CONFLICT,
    "FALHA PARCIAL": PortInStatus.CONFLICT,
    "CANCELADA": PortInStatus.CANCELLED,
    "CANCELADO": PortInStatus.CANCELLED,
}
