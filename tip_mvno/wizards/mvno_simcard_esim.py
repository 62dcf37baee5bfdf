# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models


class MvnoSimcardEsim(models.TransientModel):
    """The dialog into which an eSIM's activation code is pasted.

    The code passes through to the SIM card: it stays in no table of dialogs.
    """

    _name = "mvno.simcard.esim"
    _description = "eSIM Activation Code"
    _inherit = ["mvno.walled"]

    simcard_id = fields.Many2one("mvno.simcard", string="SIM Card", required=True)
    partner_id = fields.Many2one(
        related="simcard_id.line_id.partner_id", related_sudo=False
    )
    code = fields.Char(
        string="Activation Code", compute="_compute_code", inverse="_inverse_code"
    )

    @api.depends("simcard_id")
    def _compute_code(self):
        for dialog in self:
            dialog.code = dialog.simcard_id.esim_code

    def _inverse_code(self):
        for dialog in self:
            dialog.simcard_id.check_access("read")
            dialog.simcard_id._set_esim_code(dialog.code)

    def action_save(self):
        """The code is kept when the dialog is saved; close it."""
        return {"type": "ir.actions.act_window_close"}

    def action_send(self):
        """Keep the code and e-mail it to the line's subscriber."""
        self.ensure_one()
        action = self.simcard_id.action_send_esim_code()
        action["params"]["next"] = {"type": "ir.actions.act_window_close"}
        return action
