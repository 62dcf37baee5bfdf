# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class MvnoFileMapping(models.Model):
    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.file.mapping"

    kind = fields.Selection(
        selection_add=[("platform_bill", "Platform's bill")],
        ondelete={"platform_bill": "cascade"},
    )
