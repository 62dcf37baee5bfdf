# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The platform's dialect: client, typed answers, errors. No Odoo in here."""

from .client import BULK, INTERACTIVE, STOCK_PAGE_MAX, TipClient
from .errors import (
    Misconfigured,
    NotFound,
    OutcomeUnknown,
    Refused,
    SlotUnavailable,
    Throttled,
    TipError,
    TokenRefused,
    Unavailable,
    Unreachable,
)
from .schemas import (
    Activation,
    ConsolidatedUsage,
    Plan,
    PortIn,
    SimDetail,
    StockPage,
    StockSim,
    WriteResult,
)
from .statuses import BlockReason, PortInStatus, SimStatus
from .usage import DetailedUsage, UsageEvent, UsageLine
