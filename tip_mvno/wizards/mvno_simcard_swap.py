# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..lib import SimStatus
from ..models.hold.mvno_line_hold import URGENT_REASONS
from ..models.support.mvno_support_request import SWAP_REASONS


class MvnoSimcardSwap(models.TransientModel):
    """The dialog for a lost, stolen or broken SIM card.

    A theft or loss blocks the line at once, whatever becomes of the new SIM card,
    which may be chosen later. TIP's people replace it: the text for them is ready on
    the request that this dialog leaves.
    """

    _name = "mvno.simcard.swap"
    _description = "Replace a SIM Card"
    _inherit = ["mvno.walled"]

    line_id = fields.Many2one(
        "mvno.line",
        required=True,
        readonly=True,
        default=lambda self: self._default_line_id(),
    )
    platform_id = fields.Many2one(related="line_id.platform_id", related_sudo=False)
    old_simcard_id = fields.Many2one(
        related="line_id.simcard_id", related_sudo=False, string="Present SIM Card"
    )
    request_id = fields.Many2one(
        "mvno.support.request", compute="_compute_request_id", string="To Complete"
    )
    reason = fields.Selection(
        SWAP_REASONS,
        string="What Happened",
        required=True,
        default=lambda self: self._default_reason(),
    )
    simcard_id = fields.Many2one(
        "mvno.simcard",
        string="New SIM Card",
        domain="[('platform_id', '=', platform_id), ('state', '=', 'available'), "
        "('is_defective', '=', False)]",
        help="Scan the bar code, or type the ICCID (19 or 20 digits).",
    )

    @api.model
    def _default_line_id(self):
        if self.env.context.get("active_model") == "mvno.line":
            return self.env.context.get("active_id")
        return False

    @api.model
    def _default_reason(self):
        """What was said when the line was blocked still holds."""
        line_id = self.env.context.get("default_line_id") or self._default_line_id()
        line = self.env["mvno.line"].browse(line_id or ())
        return line._open_request("sim_swap").reason

    @api.depends("line_id")
    def _compute_request_id(self):
        for dialog in self:
            dialog.request_id = dialog.line_id._open_request("sim_swap")

    def action_replace(self):
        """Block for theft or loss, keep the new SIM card, prepare the text for TIP.

        :return: the action that opens the request
        :raise UserError: when the new SIM card cannot be given to the line; after a
            theft or loss it is said on the request, for the block must stand
        """
        self.ensure_one()
        line = self.line_id
        line.check_access("write")
        request = self.request_id
        if request.state == "waiting":
            return request.action_open()
        urgent = self.reason in URGENT_REASONS
        problem = self._problem()
        if problem and not urgent:
            raise UserError(problem)
        if urgent:
            line.action_block_total(self.reason)
        simcard = self.simcard_id if not problem else self.simcard_id.browse()
        vals = {
            "simcard_id": simcard.id,
            "hold_id": self._hold_to_lift().id,
            "problem": problem if self.simcard_id else False,
        }
        if request:
            request.sudo().write(vals)
        else:
            request = request.sudo().create(
                {
                    **vals,
                    "kind": "sim_swap",
                    "state": "draft",
                    "line_id": line.id,
                    "reason": self.reason,
                    "old_simcard_id": line.simcard_id.id,
                }
            )
        if simcard:
            request.sudo()._wait_for_tip()
        return request.action_open()

    def _problem(self):
        """:return: why the new SIM card cannot be given to the line, or False"""
        simcard = self.simcard_id
        if not simcard:
            return self.env._("Choose the new SIM card first.")
        if simcard.platform_id != self.platform_id or not simcard._is_offered():
            return simcard._not_available_sentence()
        if self.reason in URGENT_REASONS:
            # the block does not wait for a read; TIP looks at the card anyway
            return False
        # where no answer comes in time the stock as last read has to do
        detail = simcard._ask_platform()
        if detail and detail.status != SimStatus.AVAILABLE:
            return simcard._not_available_sentence(detail.raw_status)
        return False

    def _hold_to_lift(self):
        """:return: the hold that ends with the new SIM card: that of the theft or loss,
        also when the line was blocked for it before"""
        if self.reason not in URGENT_REASONS:
            return self.line_id.hold_ids.browse()
        return self.line_id.hold_ids.filtered(
            lambda hold: not hold.lifted_at and hold.reason == self.reason
        )
