"""What TIP's own people do to lines on request, for which the API has no operation."""

from .domain import Contract, SimStatus, Subscriber
from .world import World


class Staff:
    """TIP's support, asked by telephone or e-mail."""

    world: World

    def move_line(self, code: str, iccid: str, fresh: bool = False) -> Contract:
        """Put a line on another SIM as TIP's own staff would; its old SIM is cancelled.

        :param code: the line's contract
        :param iccid: of an available SIM
        :param fresh: whether the line gets a new contract with it
        :return: the line's contract now
        :raise ValueError: no such living line, or the SIM is not available
        """
        with self.world.lock:
            contract, sim = self._living(code), self.world.sim_of_iccid(iccid)
            if sim.status is not SimStatus.AVAILABLE:
                raise ValueError(f"SIM {iccid} is not available")
            moved = self.world.move_line(contract, sim, fresh)
            self.world.note_effect("staff", sim, line=moved.code)
            return moved

    def change_holder(self, code: str, document: str, name: str) -> Contract:
        """Put a line into another person's or company's name as TIP's own staff would.

        :param code: the line's contract
        :param document: CPF or CNPJ without punctuation
        :raise ValueError: no such living line
        """
        with self.world.lock:
            contract = self._living(code)
            holder = self.world.subscribers.setdefault(
                document,
                Subscriber("F" if len(document) == 11 else "J", document, name),
            )
            contract.subscriber = holder
            sim = self.world.sims[contract.iccid]
            self.world.note_effect("staff", sim, holder=code)
            return contract

    def _living(self, code: str) -> Contract:
        contract = self.world.contracts.get(code)
        if contract is None or contract.cancelled_at:
            raise ValueError(f"no living line under contract {code}")
        return contract
