# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools.month import month_of, month_text, next_month


class MvnoChargeService(models.TransientModel):
    """The dialog that charges a service once: a SIM card, a delivery.

    A manager may give money back with it, for days without service say.
    """

    _name = "mvno.charge.service"
    _description = "Charge a Service"
    _inherit = ["mvno.line.month.dialog"]

    company_id = fields.Many2one(related="line_id.company_id", related_sudo=False)
    kind = fields.Selection(
        [("one_off", "One-off service"), ("adjustment", "Adjustment")],
        required=True,
        default="one_off",
        help="An adjustment may give money back: its value is negative then.",
    )
    reason = fields.Text(help="Why it is adjusted. It stays on record.")
    product_id = fields.Many2one(
        "product.product",
        string="Service",
        required=True,
        domain="[('sale_ok', '=', True), ('is_telephony', '=', False), "
        "('mvno_top_up_gb', '=', 0), ('company_id', 'in', (company_id, False))]",
    )
    price = fields.Monetary(
        string="Value",
        compute="_compute_price",
        compute_sudo=False,
        store=True,
        readonly=False,
        help="From the customer's price list; change it for an agreed price.",
    )
    with_taxes = fields.Char(compute="_compute_with_taxes", compute_sudo=False)
    text = fields.Char(
        string="Text on the Invoice",
        compute="_compute_text",
        compute_sudo=False,
        store=True,
        readonly=False,
        required=True,
        help="In the customer's language.",
    )
    explanation = fields.Char(compute="_compute_explanation")

    @api.depends("line_id", "product_id")
    def _compute_price(self):
        for dialog in self:
            dialog.price = (
                dialog.line_id._price_of_plan(dialog.product_id)
                if dialog.product_id and dialog.line_id
                else 0.0
            )

    @api.depends("line_id", "product_id", "price")
    def _compute_with_taxes(self):
        for dialog in self:
            paying = dialog.line_id.contract_line_id
            dialog.with_taxes = (
                paying
                and dialog.product_id
                and paying._mvno_taxed(dialog.product_id, dialog.price)
            )

    @api.depends("line_id", "product_id")
    def _compute_text(self):
        for dialog in self:
            line = dialog.line_id
            lang = line.sudo().contract_id.partner_id.lang or self.env.lang
            product = dialog.product_id.with_context(lang=lang)
            number = line._format_number(line.number) or line.display_name or ""
            dialog.text = f"{product.name} – {number}" if product else False

    @api.depends("competence")
    def _compute_explanation(self):
        for dialog in self:
            month = dialog.competence
            dialog.explanation = month and self.env._(
                "It comes with the usage of %(month)s, on the invoice made from "
                "%(next)s on.",
                month=month_text(month),
                next=f"{next_month(month):%d/%m/%Y}",
            )

    def action_charge(self):
        """Note the charge; the billing run of its month bills it.

        :raise AccessError: when an attendant adjusts what is billed
        :raise UserError: when it costs nothing, or its month is long over
        """
        self.ensure_one()
        line = self.line_id
        line.check_access("write")
        today = line.platform_id._today()
        month = month_of(self.competence)
        if month < month_of(today) + relativedelta(months=-1):
            raise UserError(
                self.env._(
                    "%(month)s is long over. Choose this month, or the last one if its "
                    "billing run is still to come.",
                    month=month_text(month),
                )
            )
        self._check_adjustment()
        if self.price <= 0 and self.kind == "one_off" or not self.price:
            raise UserError(
                self.env._(
                    "%(service)s costs nothing: there is nothing to charge. Fill in "
                    "its value.",
                    service=self.product_id.display_name,
                )
            )
        self.env["mvno.billing.charge"].sudo().create(
            {
                "kind": self.kind,
                "reason": self.reason,
                "mvno_line_id": line.id,
                "contract_line_id": line.sudo().contract_line_id.id,
                "product_id": self.product_id.id,
                "price": self.price,
                "text": self.text,
                "date": today,
                "competence": month,
                "user_id": self.env.uid,
            }
        )
        return {"type": "ir.actions.act_window_close"}

    def _check_adjustment(self):
        """:raise AccessError: when an attendant adjusts what is billed
        :raise UserError: when nobody says why"""
        if self.kind != "adjustment":
            return
        if not (self.env.su or self.env.user.has_group("tip_mvno.group_manager")):
            raise AccessError(
                self.env._("Managers adjust what is billed. Ask one of them.")
            )
        if not (self.reason or "").strip():
            raise UserError(self.env._("Say why it is adjusted."))
