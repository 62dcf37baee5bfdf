# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models


class ProductProduct(models.Model):
    """A product made as its variant has its template's taxes."""

    _inherit = "product.product"

    @api.model_create_multi
    def create(self, vals_list):
        templates = self.env["product.template"]
        return super().create(templates._mvno_taxed_as_set(vals_list))
