# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class MvnoAdoptionFileProblem(models.TransientModel):
    """A row of a file that changed nothing, and why."""

    _name = "mvno.adoption.file.problem"
    _description = "Row of a File Not Used"
    _inherit = ["mvno.walled"]
    _order = "row, id"

    file_id = fields.Many2one(
        "mvno.adoption.file", required=True, readonly=True, ondelete="cascade"
    )
    row = fields.Integer(readonly=True)
    column = fields.Char(readonly=True)
    value = fields.Char(readonly=True)
    reason = fields.Char(string="Why", readonly=True)
