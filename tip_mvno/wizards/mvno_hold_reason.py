# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

from ..models.hold.mvno_line_hold import PLATFORM_REASONS


class MvnoHoldReason(models.TransientModel):
    """The dialog in which a person says why TIP blocked lines."""

    _name = "mvno.hold.reason"
    _description = "Why TIP Blocked Lines"
    _inherit = ["mvno.walled"]

    hold_ids = fields.Many2many("mvno.line.hold", string="Blocks", required=True)
    platform_reason = fields.Selection(PLATFORM_REASONS, string="Why", required=True)

    def action_say_why(self):
        """Note why TIP blocked the lines.

        :raise AccessError: when it is not the user's to say
        """
        self.ensure_one()
        self.hold_ids._say_why(self.platform_reason)
        return {"type": "ir.actions.act_window_close"}
