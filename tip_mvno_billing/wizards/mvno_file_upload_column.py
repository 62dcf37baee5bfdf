# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class MvnoFileUploadColumn(models.TransientModel):
    """One of our columns, and the heading of the file that means it."""

    _name = "mvno.file.upload.column"
    _description = "Column of a File"
    _inherit = ["mvno.walled"]

    upload_id = fields.Many2one(
        "mvno.file.upload", required=True, readonly=True, ondelete="cascade"
    )
    name = fields.Char(required=True, readonly=True)
    label = fields.Char(string="Column", readonly=True)
    required = fields.Boolean(readonly=True)
    heading_id = fields.Many2one(
        "mvno.file.upload.heading",
        string="Heading in the File",
        domain="[('upload_id', '=', upload_id)]",
        ondelete="set null",
    )
    sample = fields.Char(
        related="heading_id.sample", related_sudo=False, string="For Example"
    )
