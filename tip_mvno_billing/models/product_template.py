# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    mvno_bill_from = fields.Selection(
        [("activation", "Activation"), ("port_in", "End of the port-in")],
        string="Billed from",
        required=True,
        default="activation",
        help="A line that brings its number works from its activation on, with "
        "another number at first. Choose here from when on it is billed.",
    )
