# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The client of the platform: one method per operation, typed in and out.

The reads are here, what changes a line is in client_writes.py.
"""

import contextlib
import logging
import tempfile
from zoneinfo import ZoneInfo

from . import dialect, envelope, errors, schemas
from .channel import LINES, PAGE
from .client_writes import Writes, checked
from .statuses import STOCK_FILTER
from .streamed import StreamedEnvelope
from .subscribers import Subscribers
from .usage import DetailedUsage

_logger = logging.getLogger(__name__)

# priorities given to `acquire`: a person waits, or nobody does
INTERACTIVE = "interactive"
BULK = "bulk"

STOCK_PAGE_MAX = 500
# seconds for an answer about all lines of a token
STREAM_DEADLINE = 600
STREAM_MAX = 4 * 1024**3
_IN_MEMORY_MAX = 8 * 1024**2


class TipClient(Writes):
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
    :param until: :class:`~.transport.Deadline` that all calls share, of this client and
        others: a person waits for them.
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
        until=None,
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
            until=until,
        )
        self._spoken = dialect.Dialect(usage_unit, balance_unit, ZoneInfo(tz))

    def plans(self):
        """:return: list of :class:`~.schemas.Plan`, the whole catalogue. A row without
        a code, which no product could name, is left out with a warning in the log."""

        def read(payload):
            rows = envelope.whole_rows(payload)
            plans = [plan for plan in map(schemas.Plan.from_wire, rows) if plan]
            if len(plans) < len(rows):
                left_out = len(rows) - len(plans)
                _logger.warning("TIP plans: %d rows without a code", left_out)
            return plans

        return self.call("plans", "GET", "/planos", read, size=PAGE)

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

        path = "/estoque/listar"
        return self.call("stock_page", "GET", path, read, size=PAGE, params=params)

    def sim(self, iccid):
        """Read one SIM card and its line: the read that settles an unknown outcome.

        :return: :class:`~.schemas.SimDetail`.
        :raise NotFound: when the platform does not know the SIM.
        :raise OtherSim: when it answers about another one.
        """

        def read(payload):
            row = _one(payload, iccid)
            return schemas.SimDetail.from_wire(row, self._spoken)

        return self.call("sim", "GET", f"/estoque/{checked(iccid)}", read)

    def port_in(self, iccid):
        """:return: :class:`~.schemas.PortIn`, the progress of the SIM's port-in.
        :raise NotFound: when the platform knows none."""

        def read(payload):
            row = _one(payload, iccid)
            return schemas.PortIn.from_wire(row, self._spoken)

        path = f"/portabilidade/status/{checked(iccid)}"
        return self.call("port_in", "GET", path, read)

    def consolidated_usage(self, competence, *, document=None, platform_contract=None):
        """Read the month's usage in total, of all lines of the token in one call.

        :param competence: date, any day of the month.
        :param document: CPF or CNPJ, to ask for one subscriber only.
        :param platform_contract: to ask for one line only.
        :return: :class:`~.schemas.MonthTotals`.
        """

        def read(payload):
            rows = envelope.rows(payload)
            return schemas.MonthTotals.from_wire(rows, self._spoken, competence)

        wanted = schemas.usage_filter(competence, document, platform_contract)
        path = "/consumo-consolidado"
        return self.call(
            "consolidated_usage", "POST", path, read, size=LINES, json=wanted
        )

    def balance(self, iccid, *, real_time=False):
        """Read what is left of a line's data allowance. Changes nothing.

        :param real_time: whether the platform is to ask the network.
        :return: :class:`~.schemas.Balance`.
        :raise NotFound: when the platform does not know the SIM.
        """

        def read(payload):
            return schemas.Balance.from_wire(_one(payload, iccid), self._spoken)

        path = f"/saldo/{checked(iccid)}/dados"
        params = {"real_time": "true"} if real_time else None
        return self.call("balance", "POST", path, read, params=params)

    def last_top_up(self, iccid):
        """:return: local date of a line's last top-up, or None when there was none.
        :raise NotFound: when the platform does not know the SIM."""

        def read(payload):
            return schemas.last_top_up(_one(payload, iccid), self._spoken)

        path = f"/simcard/{checked(iccid)}/ultima-recarga"
        return self.call("last_top_up", "GET", path, read)

    def detailed_usage(self, competence, *, document=None, deadline=STREAM_DEADLINE):
        """Fetch the month's statement, event by event, of all lines in one call.

        The answer goes to a temporary file and is checked as a whole before anything
        is handed out; memory does not grow with the month.

        :param competence: date, any day of the month.
        :param document: CPF or CNPJ, to ask for one subscriber only.
        :param deadline: seconds for the call; also the longest wait for its first byte.
        :return: context manager giving a :class:`~.usage.DetailedUsage`.
        :raise Unavailable: when the answer is cut, malformed or has no list.
        """

        def open_answer(file, found):
            found.locate()
            return DetailedUsage(file, found, self._spoken, competence)

        return self._streamed(
            "detailed_usage",
            "POST",
            "/consumo-detalhado",
            open_answer,
            deadline,
            json=schemas.usage_filter(competence, document),
        )

    def subscribers(self, document=None, *, deadline=STREAM_DEADLINE):
        """Fetch the subscribers with their lines, all of the token in one call.

        Kept and checked like :meth:`detailed_usage`; memory holds one subscriber.

        :param document: CPF or CNPJ, to ask for one subscriber only. One that is not
            known gives an empty list or NotFound, as the platform chooses.
        :param deadline: seconds for the call; also the longest wait for its first byte.
        :return: context manager giving a :class:`~.subscribers.Subscribers`, to be
            iterated; its `problems` then says which lines could not be used.
        :raise Unavailable: when the answer is cut, malformed or has no list.
        """

        def open_answer(file, found):
            found.locate()
            return Subscribers(file, found, self._spoken, self._redactor.tree)

        wanted = dialect.document(document)
        return self._streamed(
            "subscribers",
            "GET",
            "/assinantes/listar",
            open_answer,
            deadline,
            params={"cpf_cnpj": wanted} if wanted else None,
        )

    @contextlib.contextmanager
    def _streamed(self, operation, method, path, open_answer, deadline, **request):
        """Make a call whose answer may be too large for memory.

        :param open_answer: ``open_answer(file, found)`` gives what is handed out; may
            raise Unreadable.
        :param request: see :meth:`exchange`.
        """
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_MAX) as file:

            def fetch(response):
                self.save(response, file, STREAM_MAX)
                file.seek(0)
                found = StreamedEnvelope(file)
                self.check_refusal(found.outer)
                return open_answer(file, found)

            yield self.exchange(
                operation,
                method,
                path,
                fetch,
                deadline=deadline,
                read_timeout=deadline,
                **request,
            )


def _one(payload, iccid):
    row = envelope.single(payload)
    if row is None:
        raise errors.NotFound(envelope.message(payload))
    if not schemas.is_about(envelope.layers(payload), iccid):
        raise errors.OtherSim(detail="the answer is about another SIM card")
    return row
