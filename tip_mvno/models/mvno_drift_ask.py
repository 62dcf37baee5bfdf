# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from urllib.parse import quote

from odoo import models
from odoo.exceptions import UserError

from .mvno_command import OPEN_STATES


class MvnoDrift(models.Model):
    """The ways out of a contradiction for which TIP has to do something first.

    It waits for TIP until a comparison no longer sees it.
    """

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.drift"

    # === BY ITS SUPPORT === #

    def action_ask_tip(self):
        """Open a message to TIP's support with the text in it; it waits for TIP now.

        :return: the action that opens the mail program; a notification where the
            platform has no address of its support
        """
        self.ensure_one()
        self._wait(self.env._("TIP was asked by %(user)s.", user=self.env.user.name))
        address = self.platform_id.support_email
        if not address:
            return self.platform_id._notify(
                self.env._("Copy the text for TIP below and send it to TIP's support."),
                "info",
            )
        subject = (
            self.line_id.platform_contract or self.platform_contract or self.iccid or ""
        )
        return {
            "type": "ir.actions.act_url",
            "target": "self",
            "url": f"mailto:{quote(address)}?subject={quote(f'Linha {subject}')}"
            f"&body={quote(self.support_text)}",
        }

    def action_reopen(self):
        """Put what waited or was ignored before people again."""
        self.check_access("write")
        self.sudo()._transition(
            "reopen", self.env._("Reopened by %(user)s.", user=self.env.user.name)
        )

    def _wait(self, reason):
        self.check_access("write")
        self.filtered(lambda drift: drift.state == "ignored").sudo()._transition(
            "reopen", reason
        )
        waiting = self.filtered(lambda drift: drift.state == "waiting")
        (self - waiting).sudo()._transition("ask", reason)

    # === BY A REQUEST === #

    def action_cancel_there(self):
        """Ask the platform to cancel what was cancelled here.

        :raise UserError: when another request for the SIM card is on its way
        """
        lines = self._for_way("cancel_there").line_id
        self._refuse_busy(lines)
        self._refuse_others_simcards(lines)
        self.env["mvno.command"].sudo()._submit(
            [
                {
                    "operation": "cancel",
                    "platform_id": line.platform_id.id,
                    "line_id": line.id,
                    "simcard_id": line.simcard_id.id,
                    "cancellation_reason": line.cancellation_reason or "customer",
                    "user_id": self.env.uid,
                }
                for line in lines.sudo()
            ]
        )
        self._wait(self.env._("TIP was asked to cancel the line."))
        return True

    def action_change_plan_there(self):
        """Ask the platform to change the plan to the contract's.

        :raise UserError: when another request for a line is on its way
        """
        lines = self._for_way("change_plan").line_id
        lines._request(
            "change_plan",
            [
                {
                    "product_id": line.product_id.id,
                    "plan_id": line.product_id.product_tmpl_id.mvno_plan_id.id,
                    "price": line.contract_line_id.price_unit,
                    "commitment_end": line.contract_line_id.commitment_end,
                }
                for line in lines.sudo()
            ],
        )
        self._wait(self.env._("TIP was asked to change the plan to the contract's."))
        return True

    def action_block_again(self):
        """Ask the platform once more for the block the holds want."""
        lines = self._for_way("block_again").line_id
        lines.sudo()._reconcile(ask_again=True)
        self._wait(self.env._("TIP was asked to block the line again."))
        return True

    def action_unblock(self):
        """Lift the block that only the platform wanted."""
        lines = self._for_way("unblock").line_id
        lines.action_unblock(reason="platform")
        self._wait(self.env._("TIP was asked to unblock the line."))
        return True

    def _refuse_others_simcards(self, lines):
        """A SIM card that was made available again may be at work for somebody else by
        now: that line is not to be cancelled for this one's sake."""
        for simcard in lines.sudo().simcard_id.filtered("line_id"):
            raise UserError(
                self.env._(
                    "SIM card %(iccid)s is already that of line %(line)s. Compare both "
                    "lines with TIP's panel.",
                    iccid=simcard.iccid,
                    line=simcard.line_id.display_name,
                )
            )

    def _refuse_busy(self, lines):
        busy = (
            self.env["mvno.command"]
            .sudo()
            .search(
                [
                    ("simcard_id", "in", lines.simcard_id.ids),
                    ("state", "in", OPEN_STATES),
                ],
                limit=1,
            )
        )
        if busy:
            raise UserError(
                self.env._(
                    "SIM card %(iccid)s: another request is on its way (%(request)s). "
                    "Wait for its answer, then try again.",
                    iccid=busy.simcard_id.iccid,
                    request=busy.display_name,
                )
            )
