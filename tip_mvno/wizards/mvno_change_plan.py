# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import format_date


class MvnoChangePlan(models.TransientModel):
    """The dialog that changes a line's plan."""

    _name = "mvno.change.plan"
    _description = "Change of Plan"
    _inherit = ["mvno.line.dialog"]

    platform_id = fields.Many2one(related="line_id.platform_id", related_sudo=False)
    current_product_id = fields.Many2one(
        related="line_id.product_id", related_sudo=False, string="Current Plan"
    )
    currency_id = fields.Many2one(
        related="line_id.contract_currency_id", related_sudo=False
    )
    current_price = fields.Monetary(
        string="Current Value", compute="_compute_current_price"
    )
    product_id = fields.Many2one(
        "product.product",
        string="New Plan",
        required=True,
        domain="[('is_telephony', '=', True), ('mvno_platform_id', '=', platform_id), "
        "('id', '!=', current_product_id)]",
    )
    price = fields.Monetary(
        string="Monthly Value",
        compute="_compute_price",
        compute_sudo=False,
        store=True,
        readonly=False,
        help="From the customer's price list; change it for an agreed price.",
    )
    when = fields.Selection(
        [("now", "Now"), ("next", "From the next billing month")],
        required=True,
        default="now",
    )
    commitment = fields.Selection(
        [("keep", "Stays as it is"), ("restart", "Begins again with the new plan")],
        required=True,
        default="keep",
        help="A commitment begins again only if the customer gets a new benefit for "
        "it and agrees.",
    )
    commitment_end = fields.Date(compute="_compute_commitment_end")
    explanation = fields.Char(compute="_compute_explanation")

    @api.depends("line_id")
    def _compute_current_price(self):
        for dialog in self:
            dialog.current_price = dialog.line_id.contract_line_id.price_unit

    @api.depends("line_id", "product_id")
    def _compute_price(self):
        for dialog in self:
            dialog.price = (
                dialog.line_id._price_of_plan(dialog.product_id)
                if dialog.product_id and dialog.line_id.contract_line_id
                else 0.0
            )

    @api.depends("line_id", "product_id", "when", "commitment")
    def _compute_commitment_end(self):
        for dialog in self:
            months = dialog.product_id.contract_months
            if dialog.commitment == "keep":
                end = dialog.line_id.contract_line_id.commitment_end
            elif months:
                end = dialog._first_day() + relativedelta(months=months)
            else:
                end = False
            dialog.commitment_end = end

    @api.depends("line_id", "when")
    def _compute_explanation(self):
        for dialog in self:
            date = format_date(self.env, dialog._first_day())
            if dialog.when == "now":
                dialog.explanation = self.env._(
                    "TIP is asked now. From the day it changes the plan (%(date)s) the "
                    "new value counts; the days before are billed at the old one.",
                    date=date,
                )
            else:
                dialog.explanation = self.env._(
                    "TIP is asked on %(date)s, and the new value counts from then on. "
                    "Until then the change can be given up on the line.",
                    date=date,
                )

    def _first_day(self):
        self.ensure_one()
        today = (
            self.line_id.platform_id._today()
            if self.line_id
            else fields.Date.context_today(self)
        )
        if self.when == "next":
            return today + relativedelta(months=1, day=1)
        return today

    def action_change(self):
        """Ask for the change; the platform and the contract follow."""
        self.ensure_one()
        self.line_id.action_change_plan(
            self.product_id,
            when=self.when,
            price=self.price,
            commitment_end=self.commitment == "restart" and self.commitment_end,
        )
        return {"type": "ir.actions.act_window_close"}
