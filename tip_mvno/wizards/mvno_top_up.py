# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models


class MvnoTopUp(models.TransientModel):
    """The dialog that adds data to a line."""

    _name = "mvno.top.up"
    _description = "Top-up of a Mobile Line"
    _inherit = ["mvno.line.dialog"]

    company_id = fields.Many2one(related="line_id.company_id", related_sudo=False)
    product_id = fields.Many2one(
        "product.product",
        string="Top-up",
        required=True,
        domain="[('mvno_top_up_gb', '>', 0), "
        "('company_id', 'in', (company_id, False))]",
        default=lambda self: self._default_product_id(),
    )
    quantity = fields.Integer(
        string="Quantity (GB)", related="product_id.mvno_top_up_gb", related_sudo=False
    )
    currency_id = fields.Many2one(
        related="line_id.contract_currency_id", related_sudo=False
    )
    price = fields.Monetary(
        string="Value",
        compute="_compute_price",
        compute_sudo=False,
        store=True,
        readonly=False,
        help="Charged once, with the invoice of this month's usage.",
    )

    @api.model
    def _default_product_id(self):
        """:return: the only top-up on sale, when there is but one"""
        on_sale = self.env["product.product"].search(
            [("mvno_top_up_gb", ">", 0)], limit=2
        )
        return on_sale if len(on_sale) == 1 else False

    @api.depends("line_id", "product_id")
    def _compute_price(self):
        for dialog in self:
            dialog.price = (
                dialog.line_id._price_of_top_up(dialog.product_id)
                if dialog.product_id and dialog.line_id
                else 0.0
            )

    def action_top_up(self):
        """Ask the platform to add the data."""
        self.ensure_one()
        self.line_id.action_top_up(product=self.product_id, price=self.price)
        return {"type": "ir.actions.act_window_close"}
