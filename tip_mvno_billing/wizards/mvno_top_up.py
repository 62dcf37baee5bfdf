# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models


class MvnoTopUp(models.TransientModel):
    """What a top-up comes to on the invoice."""

    _inherit = "mvno.top.up"

    with_taxes = fields.Char(compute="_compute_with_taxes", compute_sudo=False)

    @api.depends("line_id", "product_id", "price")
    def _compute_with_taxes(self):
        for dialog in self:
            paying = dialog.line_id.contract_line_id
            dialog.with_taxes = (
                paying
                and dialog.product_id
                and paying._mvno_taxed(dialog.product_id, dialog.price)
            )
