# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ..models.mvno_line_hold import HOLD_REASONS


class MvnoBlock(models.TransientModel):
    """The dialog that blocks lines for a reason."""

    _name = "mvno.block"
    _description = "Block Mobile Lines"

    line_ids = fields.Many2many(
        "mvno.line",
        string="Lines",
        required=True,
        default=lambda self: self._default_line_ids(),
    )
    level = fields.Selection(
        [("partial", "Partial"), ("total", "Total")],
        required=True,
        default="total",
        help="Partial: outgoing calls and data stop. Total: everything stops.",
    )
    reason = fields.Selection(
        [item for item in HOLD_REASONS if item[0] != "platform"],
        required=True,
        default="customer",
    )
    date_end = fields.Date(string="Planned End")

    @api.model
    def _default_line_ids(self):
        if self.env.context.get("active_model") == "mvno.line":
            return self.env.context.get("active_ids")
        return False

    def action_block(self):
        """Put the hold on the lines; the platform follows."""
        self.ensure_one()
        if self.level == "partial":
            self.line_ids.action_block_partial(self.reason, self.date_end)
        else:
            self.line_ids.action_block_total(self.reason, self.date_end)
        return {"type": "ir.actions.act_window_close"}
