# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The half of the client that changes lines at the platform."""

from .channel import Channel
from .schemas import ICCID
from .schemas_writes import WriteResult
from .statuses import BlockReason


class Writes(Channel):
    """One method per change; each returns a :class:`~.schemas_writes.WriteResult`.

    Nothing makes a repetition harmless: after :class:`~.errors.OutcomeUnknown` read
    what the change leaves behind before sending it again.
    """

    def activate(self, iccid, activation):
        """Activate a SIM card for a subscriber.

        :param activation: :class:`~.schemas_writes.Activation`.
        :return: the result, often without the number: read `TipClient.sim` for it.
        :raise OutcomeUnknown: read `TipClient.sim` before sending it again.
        """
        return self._write("activate", iccid, "ativar", activation.wire())

    def block_partial(self, iccid):
        """Block outgoing traffic."""
        return self._write("block_partial", iccid, "bloquear/parcial")

    def block_total(self, iccid, reason):
        """Block all traffic.

        :param reason: :class:`~.statuses.BlockReason`.
        """
        body = {"reason": int(BlockReason(reason))}
        return self._write("block_total", iccid, "bloquear/total", body)

    def unblock(self, iccid):
        """Lift every block."""
        return self._write("unblock", iccid, "desbloquear")

    def change_plan(self, iccid, plan_code):
        """Put a line on another plan.

        :param plan_code: the plan's `code`, as the catalogue tells it.
        :raise OutcomeUnknown: `plan_name` of `TipClient.sim` tells what became of it.
        """
        body = {"plan_code": plan_code}
        return self._write("change_plan", iccid, "plano/alterar", body)

    def cancel(self, iccid):
        """End a line for good; its SIM card is cancelled with it.

        :raise OutcomeUnknown: `status` of `TipClient.sim` tells what became of it.
        """
        return self._write("cancel", iccid, "cancelar")

    def top_up(self, iccid, gigabytes):
        """Add to a line's data allowance.

        :param gigabytes: a whole number, at least 1.
        :raise ValueError: for another quantity; nothing was sent.
        :raise OutcomeUnknown: `TipClient.last_top_up` tells of a day, not how often:
            sending it again may add and charge it twice.
        """
        quantity = int(gigabytes)
        if quantity != gigabytes or quantity < 1:
            raise ValueError("a top-up is a whole number of GB, at least 1")
        body = {"quantity": quantity}
        return self._write("top_up", iccid, "saldo/adicionar", body)

    def _write(self, operation, iccid, action, body=None):
        path = f"/simcard/{checked(iccid)}/{action}"

        def read(payload):
            return WriteResult.from_wire(payload, iccid)

        return self.call(operation, "POST", path, read, json=body, write=True)


def checked(iccid):
    """:return: the ICCID, fit for a path.
    :raise ValueError: when it is none."""
    if not ICCID.fullmatch(iccid):
        raise ValueError("an ICCID has 19 or 20 digits")
    return iccid
