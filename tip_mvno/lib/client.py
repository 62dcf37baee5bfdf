# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The client of the platform: one method per operation, typed in and out."""

import contextlib
import logging
import tempfile
from zoneinfo import ZoneInfo

from . import dialect, envelope, errors, schemas
from .channel import Channel
from .statuses import STOCK_FILTER, BlockReason
from .usage import DetailedUsage, StreamedEnvelope

_logger = logging.getLogger(__name__)

# priorities given to `acquire`: a person waits, or nobody does
INTERACTIVE = "interactive"
BULK = "bulk"

STOCK_PAGE_MAX = 500
STATEMENT_MAX = 4 * 1024**3
_IN_MEMORY_MAX = 8 * 1024**2


class TipClient(Channel):
    """Speaks for one token. Not to be shared between threads.

    No call is repeated by itself and no redirect followed: what to do after a failure
    depends on what was asked, and is the caller's to decide (see errors.py).
    Every method raises a :class:`~.errors.TipError` and nothing else of the transport.

    :param base_url: such as "https://mvno.tipbrasil.com.br/api/public", with or without
        a slash at its end.
    :param token: sent as the query parameter ``user_token``; kept out of logs, errors
        and representations.
    :param acquire: ``acquire(priority)`` is called once before every request; it blocks
        until the call may be made, or raises :class:`~.errors.SlotUnavailable`.
    :param on_throttled: ``on_throttled(seconds)`` is called when the platform answers
        429, before :class:`~.errors.Throttled` is raised.
    :param usage_unit: "mb" or "gb", the unit of volumes in the usage calls.
    :param balance_unit: the same for balances.
    :param tz: zone of the platform's times without an offset.
    :param priority: INTERACTIVE or BULK, handed to `acquire`.
    :param connect_timeout: seconds to connect.
    :param read_timeout: seconds to wait for the next bytes of an answer.
    :param deadline: seconds for a whole call, from connecting to the last byte.
    """

    def __init__(
        self,
        base_url,
        token,
        *,
        acquire,
        on_throttled=None,
        usage_unit="mb",
        balance_unit="gb",
        tz="America/Sao_Paulo",
        priority=BULK,
        connect_timeout=5.0,
        read_timeout=20.0,
        deadline=30.0,
    ):
        super().__init__(
            base_url,
            token,
            acquire=acquire,
            on_throttled=on_throttled,
            priority=priority,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            deadline=deadline,
        )
        self._spoken = dialect.Dialect(usage_unit, balance_unit, ZoneInfo(tz))

    # Reads -------------------------------------------------------------------

    def plans(self):
        """:return: list of :class:`~.schemas.Plan`, the whole catalogue. A row without
        a code, which no product could name, is left out with a warning in the log."""

        def read(payload):
            rows = envelope.rows(payload)
            plans = [plan for plan in map(schemas.Plan.from_wire, rows) if plan]
            if len(plans) < len(rows):
                left_out = len(rows) - len(plans)
                _logger.warning("TIP plans: %d rows without a code", left_out)
            return plans

        return self.call("plans", "GET", "/planos", read)

    def stock_page(self, page, per_page=STOCK_PAGE_MAX, status=None):
        """:param page: counted from 1.
        :param per_page: rows wanted, at most 500.
        :param status: AVAILABLE, CANCELLED or IN_USE; None for all.
        :return: :class:`~.schemas.StockPage`. A SIM may come twice when the stock
            moves between two pages.
        """
        per_page = min(per_page, STOCK_PAGE_MAX)
        params = {"page": page, "per_page": per_page}
        if status is not None:
            params["status"] = STOCK_FILTER[status]

        def read(payload):
            return schemas.StockPage.from_wire(envelope.rows(payload), per_page)

        return self.call("stock_page", "GET", "/estoque/listar", read, params=params)

    def sim(self, iccid):
        """Read one SIM card and its line: the read that settles an unknown outcome.

        :return: :class:`~.schemas.SimDetail`.
        :raise NotFound: when the platform does not know the SIM.
        """

        def read(payload):
            row = _one(payload)
            return schemas.SimDetail.from_wire(row, self._spoken)

        return self.call("sim", "GET", f"/estoque/{_checked(iccid)}", read)

    def port_in(self, iccid):
        """:return: :class:`~.schemas.PortIn`, the progress of the SIM's port-in.
        :raise NotFound: when the platform knows none."""

        def read(payload):
            row = _one(payload)
            return schemas.PortIn.from_wire(row, self._spoken)

        path = f"/portabilidade/status/{_checked(iccid)}"
        return self.call("port_in", "GET", path, read)

    def consolidated_usage(self, competence, *, document=None, platform_contract=None):
        """Read the month's usage in total, of all lines of the token in one call.

        :param competence: date, any day of the month.
        :param document: CPF or CNPJ, to ask for one subscriber only.
        :param platform_contract: to ask for one line only.
        :return: list of :class:`~.schemas.ConsolidatedUsage`.
        """

        def read(payload):
            return [
                schemas.ConsolidatedUsage.from_wire(row, self._spoken)
                for row in envelope.rows(payload)
            ]

        wanted = schemas.usage_filter(competence, document, platform_contract)
        path = "/consumo-consolidado"
        return self.call("consolidated_usage", "POST", path, read, json=wanted)

    @contextlib.contextmanager
    def detailed_usage(self, competence, *, document=None, deadline=600):
        """Fetch the month's statement, event by event, of all lines in one call.

        The answer goes to a temporary file and is checked as a whole before anything
        is handed out; memory does not grow with the month.

        :param competence: date, any day of the month.
        :param document: CPF or CNPJ, to ask for one subscriber only.
        :param deadline: seconds for the call; also the longest wait for its first byte.
        :return: context manager giving a :class:`~.usage.DetailedUsage`.
        :raise Unavailable: when the answer is cut, malformed or has no list.
        """
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_MAX) as file:

            def fetch(response):
                self.save(response, file, STATEMENT_MAX)
                file.seek(0)
                found = StreamedEnvelope(file)
                self.check_refusal(found.outer)
                found.locate()
                return DetailedUsage(file, found, self._spoken)

            yield self.exchange(
                "detailed_usage",
                "POST",
                "/consumo-detalhado",
                fetch,
                json=schemas.usage_filter(competence, document),
                deadline=deadline,
                read_timeout=deadline,
            )

    # Writes ------------------------------------------------------------------

    def activate(self, iccid, activation):
        """Activate a SIM card for a subscriber.

        :param activation: :class:`~.schemas.Activation`.
        :return: :class:`~.schemas.WriteResult`, often without the number: read
            :meth:`sim` for it.
        :raise OutcomeUnknown: read :meth:`sim` before sending it again.
        """
        return self._write("activate", iccid, "ativar", activation.wire())

    def block_partial(self, iccid):
        """Block outgoing traffic. :return: :class:`~.schemas.WriteResult`."""
        return self._write("block_partial", iccid, "bloquear/parcial")

    def block_total(self, iccid, reason):
        """Block all traffic.

        :param reason: :class:`~.statuses.BlockReason`.
        :return: :class:`~.schemas.WriteResult`.
        """
        body = {"reason": int(BlockReason(reason))}
        return self._write("block_total", iccid, "bloquear/total", body)

    def unblock(self, iccid):
        """Lift every block. :return: :class:`~.schemas.WriteResult`."""
        return self._write("unblock", iccid, "desbloquear")

    def _write(self, operation, iccid, action, body=None):
        path = f"/simcard/{_checked(iccid)}/{action}"
        read = schemas.WriteResult.from_wire
        return self.call(operation, "POST", path, read, json=body, write=True)


def _checked(iccid):
    if not schemas.ICCID.fullmatch(iccid):
        raise ValueError("an ICCID has 19 or 20 digits")
    return iccid


def _one(payload):
    row = envelope.single(payload)
    if row is None:
        raise errors.NotFound(envelope.message(payload))
    return row
