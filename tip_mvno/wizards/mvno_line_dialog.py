# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class MvnoLineDialog(models.AbstractModel):
    """A dialog about the mobile line from which it was opened."""

    _name = "mvno.line.dialog"
    _description = "Dialog of a Mobile Line"
    _inherit = ["mvno.walled"]

    line_id = fields.Many2one(
        "mvno.line",
        required=True,
        readonly=True,
        default=lambda self: self._default_line_id(),
    )

    def _default_line_id(self):
        """:return: id of the line from whose form or list it is opened, or False"""
        context = self.env.context
        return context.get("active_id") or (context.get("active_ids") or [False])[0]
