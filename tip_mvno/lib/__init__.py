# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The platform's dialect: client, typed answers, errors. No Odoo in here."""

from .channel import is_plain_address
from .dialect import Unreadable
from .client import BULK, INTERACTIVE, STOCK_PAGE_MAX, TipClient
from .errors import (
    Late,
    Misconfigured,
    NotFound,
    OtherSim,
    OutcomeUnknown,
    Refused,
    SlotUnavailable,
    Throttled,
    TipError,
    TokenRefused,
    Unavailable,
    Unreachable,
)
from .port_in_refusals import PortInRefusal, said_of_refusal, same_words
from .problems import Problem, ProblemKind
from .schemas import (
    Balance,
    ConsolidatedUsage,
    Plan,
    PortIn,
    SimDetail,
    StockPage,
    StockSim,
)
from .schemas_writes import Activation, WriteResult
from .statuses import BlockReason, PortInStatus, SimStatus
from .transport import Deadline
from .subscribers import Subscriber, SubscriberContract, Subscribers
from .usage import DetailedUsage, UsageEvent, UsageLine
from .usage_rows import UsageRow, usage_kind, usage_moment, usage_volume
