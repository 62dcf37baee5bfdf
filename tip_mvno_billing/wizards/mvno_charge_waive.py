# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class MvnoChargeWaive(models.TransientModel):
    """The dialog that asks why something is not charged."""

    _name = "mvno.charge.waive"
    _description = "Do Not Charge"
    _inherit = ["mvno.walled"]

    charge_ids = fields.Many2many(
        "mvno.billing.charge", string="Charges", required=True, readonly=True
    )
    reason = fields.Text(required=True)

    def action_waive(self):
        """Take the charges back; the reason stays on record."""
        self.ensure_one()
        self.charge_ids._waive(self.reason)
        return {"type": "ir.actions.act_window_close"}
