# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

from ..models.stock.mvno_simcard import DEFECT_REASONS


class MvnoSimcardDefect(models.TransientModel):
    """The dialog that sets SIM cards aside as defective."""

    _name = "mvno.simcard.defect"
    _description = "Defective SIM Cards"
    _inherit = ["mvno.walled"]

    simcard_ids = fields.Many2many("mvno.simcard", string="SIM Cards", required=True)
    reason = fields.Selection(
        DEFECT_REASONS, string="Defect", required=True, default="no_signal"
    )
    note = fields.Char(string="Remark")

    def action_confirm(self):
        """Set the SIM cards aside."""
        self.ensure_one()
        self.simcard_ids.action_mark_defective(self.reason, self.note)
        return {"type": "ir.actions.act_window_close"}
