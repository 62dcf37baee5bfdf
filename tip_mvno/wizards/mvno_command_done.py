# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models


class MvnoCommandDone(models.TransientModel):
    """The dialog in which a person says that a request took effect, and when."""

    _name = "mvno.command.done"
    _description = "A Request Took Effect"
    _inherit = ["mvno.walled"]

    command_id = fields.Many2one(
        "mvno.command", string="Request", required=True, ondelete="cascade"
    )
    asked_at = fields.Datetime(
        related="command_id.create_date", string="Asked", related_sudo=False
    )
    sent_at = fields.Datetime(related="command_id.sent_at", related_sudo=False)
    effective_at = fields.Datetime(
        string="Took Effect",
        required=True,
        compute="_compute_effective_at",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
        help="When TIP's panel says that it was done. At first when it was sent; a "
        "customer's cancellation counts from when it was asked for.",
    )

    @api.depends("command_id")
    def _compute_effective_at(self):
        for dialog in self:
            command = dialog.command_id
            dialog.effective_at = command and command._proposed_effect()

    def action_confirm(self):
        """Settle the request as done, at the time that was said.

        :raise UserError: when it cannot have taken effect then
        """
        self.ensure_one()
        self.command_id._decide_done(self.effective_at)
        return {"type": "ir.actions.act_window_close"}
