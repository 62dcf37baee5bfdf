# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models

from ..lib import SimStatus
from ..tools.brazil import clean_document

BLOCKED = (
    SimStatus.BLOCKED,
    SimStatus.PARTIALLY_BLOCKED,
    SimStatus.TOTALLY_BLOCKED,
)


class MvnoCommand(models.Model):
    """What the platform's own state says about a request of unknown outcome."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.command"

    def _verdict(self, detail):
        """Judge by the SIM's state at the platform whether the request took effect.

        :param detail: ``lib.SimDetail``
        :return: ("done" | "not_done" | "unclear" | "ask", sentence)
        """
        self.ensure_one()
        status = detail.status
        sentence = self.env._(
            "The platform reports “%(status)s”.", status=detail.raw_status
        )
        if self.operation == "activate":
            if status == SimStatus.AVAILABLE:
                return "not_done", sentence
            if status != SimStatus.IN_USE and status not in BLOCKED:
                return "unclear", sentence
            holder = clean_document(self.line_id.partner_id.commercial_partner_id.vat)
            if detail.document and clean_document(detail.document) != holder:
                return "ask", self.env._(
                    "The SIM card is in use at the platform for another holder. Find "
                    "out with TIP whose line it is; choose “Cancel” and another SIM "
                    "card if it is not this customer's."
                )
            return "done", sentence
        if self.operation == "cancel":
            return self._cancel_verdict(status), sentence
        if self.operation == "change_plan":
            return self._plan_verdict(detail)
        if self.operation == "unblock":
            if status == SimStatus.IN_USE:
                return "done", sentence
            return ("not_done" if status in BLOCKED else "unclear"), sentence
        return self._block_verdict(status), sentence

    def _cancel_verdict(self, status):
        if status == SimStatus.CANCELLED:
            return "done"
        in_service = status == SimStatus.IN_USE or status in BLOCKED
        return "not_done" if in_service else "unclear"

    def _plan_verdict(self, detail):
        """The platform tells a plan by its name, rarely by its code."""
        sentence = self.env._(
            "The platform reports the plan “%(plan)s”.", plan=detail.plan_name
        )
        wanted = self.plan_id._is_called(detail.plan_name)
        current = self.line_id.product_id.product_tmpl_id.mvno_plan_id
        before = current._is_called(detail.plan_name)
        if wanted and before:
            return "ask", sentence
        if wanted:
            return "done", sentence
        return ("not_done" if before else "unclear"), sentence

    def _block_verdict(self, status):
        wanted, other = SimStatus.TOTALLY_BLOCKED, SimStatus.PARTIALLY_BLOCKED
        if self.operation == "block_partial":
            wanted, other = other, wanted
        if status == wanted:
            return "done"
        if status == SimStatus.IN_USE:
            return "not_done"
        if status == SimStatus.BLOCKED:
            # the platform does not say which block: from a free line it can only be
            # ours, from a partially blocked one nobody can tell
            return "done" if self.line_id.state == "active" else "ask"
        if status == other and self.operation == "block_total":
            return "not_done"
        return "unclear"
