# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class MvnoFileUploadHeading(models.TransientModel):
    """A heading of a file that is being loaded."""

    _name = "mvno.file.upload.heading"
    _description = "Heading of a File"
    _inherit = ["mvno.walled"]
    _order = "id"

    upload_id = fields.Many2one(
        "mvno.file.upload", required=True, readonly=True, ondelete="cascade"
    )
    name = fields.Char(required=True, readonly=True)
    sample = fields.Char(readonly=True)
