"""The simulated platform as one object: started, watched, and told what to do."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Any, Self

from . import population
from .calls import WRITES, Call, CallLog
from .clock import Clock
from .control import Control
from .domain import Contract, Effect, Sim, SimStatus
from .exchange import Exchange
from .faults import FaultPlan
from .messages import Reply
from .options import Options
from .port_in import PortIn, PortInStatus
from .server import PlatformServer, check_loopback
from .staff import Staff
from .usage import UsageEvent, line_events
from .world import World

DEFAULT_TOKEN = "simulated-token"


class SimulatedPlatform(Staff):
    """A TIP platform on loopback, with a population made from a seed.

    Used as a context manager, or with `start` and `stop`. Everything below may be
    called while it serves.

    :param token: the one `user_token` it accepts
    :param seed: of population, wording, numbers and usage: the same seed and the same
        calls give the same answers
    :param sims: SIMs in the stock
    :param rpm: calls allowed in any 60 s; None or 0 for no limit
    :param clock: the platform's moment at the start (naive: São Paulo); default: now
    :param lines: further SIMs with an active line each, for loads
    :param faults: a plan of faults, or the path of its JSON file
    :param host: a loopback address
    :param port: 0 for a free one
    :param options: any other field of `Options`
    :raise ValueError: for a host that is not loopback, or an option that is not one
    """

    def __init__(
        self,
        token: str = DEFAULT_TOKEN,
        seed: int = 1,
        sims: int = 160,
        rpm: int | None = 60,
        clock: datetime | None = None,
        *,
        lines: int = 0,
        faults: Path | dict[str, Any] | list[dict[str, Any]] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        **options: Any,
    ) -> None:
        check_loopback(host)
        self.token = token
        self._address = (host, port)
        self._server: PlatformServer | None = None
        self._seed, self._rpm, self._start_clock = seed, rpm, clock
        self._sims, self._lines, self._faults = sims, lines, faults
        self._options = options
        self.begin_again()

    def begin_again(self) -> None:
        """Forget all that happened: be as at the start, at the same address."""
        self.options = Options(rpm=self._rpm)
        self.options.change(self._options)
        self.clock = Clock(self._start_clock)
        self.world = World(self._seed, self.clock, self.options)
        population.populate(self.world, self._sims, self._lines)
        self.faults = FaultPlan(self._seed)
        if isinstance(self._faults, Path):
            self.faults.load_file(self._faults)
        elif self._faults:
            self.faults.load(self._faults)
        self._log = CallLog()
        self._exchange = Exchange(self.world, self.token, self.faults, self._log)

    # --- running ---

    def start(self) -> Self:
        """Serve in a thread of its own."""
        control = Control(self)
        self._server = PlatformServer(*self._address, self._answer, control.answer)
        Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.02},
            name="simulated-platform",
            daemon=True,
        ).start()
        return self

    def _answer(self, *call: Any) -> Reply:
        return self._exchange.answer(*call)

    def stop(self) -> None:
        """Stop serving at once, also with calls that hang."""
        if self._server:
            self._server.stop()
            self._server = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The base address a client is given: ends in /api/public."""
        if self._server is None:
            raise RuntimeError("the simulated platform is not running")
        return self._server.url

    # --- what was asked, and what happened ---

    @property
    def requests(self) -> list[Call]:
        """The calls since the last `reset_log`, without tokens, oldest first."""
        return self._log.all()

    @property
    def call_count(self) -> int:
        """How many calls there were since the start."""
        return self._log.count

    def calls(self, *operations: str) -> list[Call]:
        """:return: the recorded calls of these operations; of all writes when none"""
        wanted = operations or tuple(WRITES)
        return [call for call in self._log.all() if call.operation in wanted]

    def reset_log(self) -> None:
        """Forget the recorded calls; the journal of effects stays."""
        self._log.reset()

    def reset_limit(self) -> None:
        """Forget the calls that count against the rate limit."""
        self._exchange.reset_limit()

    @property
    def busiest_minute(self) -> int:
        """The most recorded calls within any 60 s of real time."""
        return self._log.busiest()

    @property
    def journal(self) -> list[Effect]:
        """Every change since the start; late ones that are due are done first."""
        with self.world.lock:
            self.world.settle()
            return list(self.world.journal)

    def effects(self, operation: str, iccid: str = "") -> list[Effect]:
        """:return: the changes that an operation really made, of one SIM or all"""
        return [
            effect
            for effect in self.journal
            if effect.operation == operation
            and not effect.refused
            and iccid in ("", effect.iccid)
        ]

    def sent_again(self) -> dict[tuple[str, str], int]:
        """Writes that reached the platform more than once with the same body.

        :return: (operation, ICCID or number) -> how often, where over 1
        """
        sent = Counter(
            (call.operation, call.ident, str(call.body)) for call in self.calls()
        )
        return {key[:2]: times for key, times in sent.items() if times > 1}

    # --- the true state ---

    def sim(self, ident: str) -> Sim:
        """The true state of a SIM, with its line.

        :param ident: ICCID, or a line's DDD + number
        :raise tests.platform.refusals.NotFound: no such SIM
        """
        with self.world.lock:
            self.world.settle()
            return self.world.sim_of(ident)

    def sims(self, status: SimStatus | str | None = None) -> list[Sim]:
        """:return: the stock, or its SIMs of one status, in the order of the stock"""
        with self.world.lock:
            self.world.settle()
            sims = list(self.world.sims.values())
        return [sim for sim in sims if status in (None, sim.status)]

    def contracts(self) -> list[Contract]:
        """:return: every line there is or was"""
        with self.world.lock:
            self.world.settle()
            return list(self.world.contracts.values())

    def events(self, contract: Contract, month: date) -> list[UsageEvent]:
        """:return: the true usage of a line in a month, see `usage.line_events`"""
        count = self.options.events_per_line
        now = self.clock.now()
        return line_events(self.world.seed, contract, month, now, count)

    # --- what is told to it ---

    def now(self) -> datetime:
        """:return: the platform's present, naive local time of São Paulo"""
        return self.clock.now()

    def set_clock(self, moment: datetime) -> None:
        """Jump to a moment; time runs on from there."""
        self.clock.set(moment)

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self.clock.advance(by)

    def add_sims(self, count: int, **traits: Any) -> list[Sim]:
        """Put available SIMs into the stock.

        :param traits: esim (bool), operator (text)
        """
        with self.world.lock:
            return population.add_sims(self.world, count, **traits)

    def add_lines(self, count: int) -> list[Sim]:
        """Add SIMs with an active line each, for a load."""
        with self.world.lock:
            return population.add_lines(self.world, count)

    def set_status(self, ident: str, status: SimStatus | str) -> Sim:
        """Change a SIM as TIP's own staff would, e.g. make a cancelled one available.

        :param status: a value of `SimStatus`
        :raise ValueError: no such status, or a line is wanted where there is none
        """
        with self.world.lock:
            sim, wanted = self.sim(ident), SimStatus(status)
            alive = sim.contract is not None and sim.contract.cancelled_at is None
            if wanted.has_line and not alive:
                raise ValueError(f"SIM {sim.iccid} has no line")
            if not wanted.has_line and alive and sim.contract:
                self.world.close_contract(sim, sim.contract)
            sim.status = wanted
            self.world.note_effect("staff", sim, status=wanted.value)
            return sim

    def advance_port_in(
        self, ident: str, to: PortInStatus | str | None = None, reason: str = ""
    ) -> PortIn:
        """Move a port-in on, without waiting for the clock.

        :param ident: ICCID, or either number of its line
        :param to: where to; left out: its next step
        :param reason: with `to`: why it ended so
        :raise ValueError: the line has no port-in under way
        """
        with self.world.lock:
            contract = self.sim(ident).contract
            port_in = contract.port_in if contract else None
            if port_in is None or not port_in.is_open:
                raise ValueError(f"no port-in under way for {ident}")
            if to is None:
                port_in.step()
            else:
                port_in.move(PortInStatus(to), reason)
            self.world.finish_port_ins()
            return port_in

    def repeat_port_in(self, ident: str, number: str = "") -> PortIn:
        """Ask for a port-in again as TIP's own staff would; no operation can.

        :param ident: ICCID, or a number of its line
        :param number: the corrected number, 11 digits; left out: the same
        :raise ValueError: the line never had a port-in, or has it done
        """
        with self.world.lock:
            return self.world.repeat_port_in(self.sim(ident), number)

    def order_fault(
        self, operation: str, kind: str, times: int = 1, after: int = 0, **options: Any
    ) -> None:
        """Order a fault, see `FaultPlan.order` and `Fault`."""
        self.faults.order(operation, kind, times, after, **options)

    def order_faults(self, plan: dict[str, Any] | Iterable[dict[str, Any]]) -> None:
        """Take a whole plan of faults, see `FaultPlan.load`."""
        self.faults.load(plan if isinstance(plan, dict) else list(plan))

    def set_options(self, **options: Any) -> None:
        """Change how it behaves, see `Options`.

        :raise ValueError: for an unknown option or a bad value
        """
        self.options.change(options)
