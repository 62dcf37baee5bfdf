"""The platform's state, and the few ways it changes."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random
from threading import RLock
from typing import TypeVar

from .clock import Clock
from .domain import Contract, Deferred, Effect, Plan, Sim, SimStatus, Subscriber
from .identifiers import make_mobile
from .options import Options
from .port_in import PortIn, PortInStatus
from .refusals import NotFound, Refusal

Result = TypeVar("Result")
UNTOLD_FOR = timedelta(minutes=2)


class World:
    """Plans, SIMs, subscribers and contracts under one lock.

    What is due by the clock (late effects, port-ins) is done by `settle`, which every
    call runs first: nobody can see the state in between.
    """

    def __init__(self, seed: int, clock: Clock, options: Options) -> None:
        self.seed = seed
        self.clock = clock
        self.options = options
        self.lock = RLock()
        self.plans: dict[str, Plan] = {}
        self.sims: dict[str, Sim] = {}
        self.subscribers: dict[str, Subscriber] = {}
        self.contracts: dict[str, Contract] = {}
        self.contract_by_number: dict[str, Contract] = {}
        self.journal: list[Effect] = []
        self._open_port_ins: list[Contract] = []
        self._deferred: list[Deferred] = []
        self._current_call: int | None = None

    # --- looking up ---

    def sim_of_iccid(self, iccid: str) -> Sim:
        """:raise NotFound: no such SIM"""
        try:
            return self.sims[iccid]
        except KeyError:
            raise NotFound() from None

    def sim_of(self, ident: str) -> Sim:
        """Find a SIM by ICCID, or by its line's DDD + number without 55.

        :raise NotFound: neither is known
        """
        contract = self.contract_by_number.get(ident)
        if contract is None:
            return self.sim_of_iccid(ident)
        sim = self.sims[contract.iccid]
        if sim.contract is not contract:
            # The number of an ended line, whose SIM has a new one by now.
            raise NotFound()
        return sim

    def line_of(self, sim: Sim) -> Contract:
        """:return: the living line of a SIM

        :raise Refusal: the SIM has no line, or a cancelled one
        """
        if sim.status is SimStatus.CANCELLED:
            raise Refusal("line_cancelled")
        if not sim.status.has_line or sim.contract is None:
            raise Refusal("line_not_active")
        return sim.contract

    def is_told(self, contract: Contract) -> bool:
        """:return: whether the platform already tells the line's number"""
        told_from = contract.told_from
        return contract.untold_reads <= 0 or (
            told_from is not None and told_from <= self.clock.now()
        )

    # --- changing ---

    def open_contract(
        self,
        sim: Sim,
        subscriber: Subscriber,
        plan: Plan,
        area_code: str,
        *,
        city: str = "",
        activated_at: datetime | None = None,
        ported_number: str = "",
    ) -> Contract:
        """Put a new line on a SIM.

        Contract code and number depend on the seed, the SIM and how often it was
        activated, never on the order in which SIMs are activated.
        """
        sim.activations += 1
        draw = Random(f"{self.seed}/contract/{sim.iccid}/{sim.activations}")
        number = make_mobile(draw, area_code)
        while number in self.contract_by_number:
            number = make_mobile(draw, area_code)
        code = self._contract_code(draw)
        while code in self.contracts:
            code = self._contract_code(draw)
        opened_at = activated_at or self.clock.now()
        contract = Contract(
            code, sim.iccid, number, subscriber, plan, opened_at, city=city
        )
        if ported_number:
            contract.port_in = PortIn(ported_number, number, opened_at)
            self._open_port_ins.append(contract)
            # Asked for by either number while it is under way.
            self.contract_by_number[ported_number] = contract
        sim.status, sim.contract = SimStatus.IN_USE, contract
        self.subscribers.setdefault(subscriber.document, subscriber)
        self.contracts[code] = contract
        self.contract_by_number[number] = contract
        return contract

    @staticmethod
    def _contract_code(draw: Random) -> str:
        width = draw.choice((9, 12, 15))
        return f"{draw.randint(1, 99_999_999):0{width}d}"

    def withhold_number(self, contract: Contract, reads: int) -> None:
        """Keep a fresh number untold for some reads of its SIM, or two minutes."""
        contract.untold_reads = reads
        contract.told_from = self.clock.now() + UNTOLD_FOR

    def close_contract(self, sim: Sim, contract: Contract) -> None:
        """End a line; its SIM is cancelled with it."""
        contract.cancelled_at = self.clock.now()
        sim.status = SimStatus.CANCELLED
        port_in = contract.port_in
        if port_in and port_in.is_open:
            port_in.end(PortInStatus.CANCELLED, "Linha cancelada.")

    def move_line(self, contract: Contract, sim: Sim, fresh: bool) -> Contract:
        """Put a living line on another SIM, as TIP's people do; the old one is dead.

        :param fresh: under a new contract with the same number, the old one ended
        :return: the line's contract on the new SIM
        """
        old = self.sims[contract.iccid]
        if fresh:
            moved = self.open_contract(
                sim, contract.subscriber, contract.plan, contract.number[:2]
            )
            del self.contract_by_number[moved.number]
            moved.number, moved.city = contract.number, contract.city
            moved.port_in, contract.port_in = contract.port_in, None
            contract.cancelled_at = self.clock.now()
        else:
            moved = contract
            moved.iccid, sim.contract = sim.iccid, contract
        self.contract_by_number[moved.number] = moved
        sim.status, old.status = old.status, SimStatus.CANCELLED
        return moved

    def note_effect(self, operation: str, sim: Sim, **facts: object) -> None:
        """Write a change into the journal."""
        self.journal.append(
            Effect(operation, sim.iccid, self.clock.now(), self._current_call, facts)
        )

    def note_refused(self, operation: str, iccid: str, call: int) -> None:
        """Write into the journal that a late effect found it could not happen."""
        effect = Effect(operation, iccid, self.clock.now(), call, refused=True)
        self.journal.append(effect)

    def perform(self, call: int, operation: Callable[[], Result]) -> Result:
        """Run an operation so that its effects are journalled under a call's number."""
        before, self._current_call = self._current_call, call
        try:
            return operation()
        finally:
            self._current_call = before

    # --- what comes by itself ---

    def defer(
        self,
        iccid: str,
        run: Callable[[], None],
        *,
        delay: timedelta | None = None,
        reads: int | None = None,
    ) -> None:
        """Let an effect come late.

        :param run: does it
        :param delay: by the platform's clock
        :param reads: or with so many reads of the SIM; the last one sees the effect
        """
        due = None if delay is None else self.clock.now() + delay
        self._deferred.append(Deferred(iccid, run, due, reads))

    @property
    def pending_effects(self) -> int:
        """How many late effects are still to come."""
        return len(self._deferred)

    def settle(self, read_iccid: str = "") -> None:
        """Do everything that is due by now.

        :param read_iccid: the SIM that is about to be read, if any
        """
        now = self.clock.now()
        for deferred in self._deferred:
            if deferred.reads is not None and deferred.iccid == read_iccid:
                deferred.reads -= 1
        due = [
            deferred
            for deferred in self._deferred
            if (deferred.due is not None and deferred.due <= now)
            or (deferred.reads is not None and deferred.reads <= 0)
        ]
        self._deferred = [one for one in self._deferred if one not in due]
        for deferred in due:
            deferred.run()
        for contract in self._open_port_ins:
            if contract.port_in:
                contract.port_in.settle(now)
        self.finish_port_ins()

    def repeat_port_in(self, sim: Sim, number: str = "") -> PortIn:
        """Begin a line's port-in anew; what the one before came to is forgotten.

        :param number: the number to bring, 11 digits; left out: the same
        :raise ValueError: the line never had a port-in, or has it done
        """
        contract = sim.contract
        before = contract.port_in if contract else None
        if not contract or not before or before.status is PortInStatus.DONE:
            raise ValueError(f"no port-in to repeat for {sim.iccid}")
        if self.contract_by_number.get(before.number) is contract:
            del self.contract_by_number[before.number]
        number = number or before.number
        contract.port_in = PortIn(number, contract.number, self.clock.now())
        if contract not in self._open_port_ins:
            self._open_port_ins.append(contract)
        self.contract_by_number[number] = contract
        return contract.port_in

    def finish_port_ins(self) -> None:
        """Give lines whose port-in is over the number they keep."""
        still_open = []
        for contract in self._open_port_ins:
            port_in = contract.port_in
            if port_in is None or port_in.is_open:
                still_open.append(contract)
                continue
            dropped = port_in.number
            if port_in.status is PortInStatus.DONE:
                contract.number, dropped = port_in.number, port_in.temporary_number
            if self.contract_by_number.get(dropped) is contract:
                del self.contract_by_number[dropped]
        self._open_port_ins = still_open

    def rolled(self, what: str, sim: Sim) -> float:
        """:return: 0 to 1, the same whenever it is rolled for a SIM's present line"""
        name = f"{self.seed}/{what}/{sim.iccid}/{sim.activations}"
        return Random(name).random()

    def plan_of(self, code: object) -> Plan:
        """:raise Refusal: no such plan code"""
        plan = self.plans.get(str(code))
        if plan is None:
            raise Refusal("plan_unknown")
        return plan

    def today(self) -> date:
        """:return: the platform's local date"""
        return self.clock.now().date()
