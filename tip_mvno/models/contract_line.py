# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

# How a telephony plan recurs: the calendar month, billed once it is over. A plain
# monthly rule would slip from the 31st to the 28th for ever.
TELEPHONY_RECURRENCE = {
    "recurring_rule_type": "monthlylastday",
    "recurring_invoicing_type": "post-paid",
    "recurring_interval": 1,
}


class ContractLine(models.Model):
    _inherit = "contract.line"

    is_telephony = fields.Boolean(related="product_id.is_telephony", store=True)
    mvno_line_id = fields.Many2one(
        "mvno.line",
        string="Mobile Line",
        index="btree_not_null",
        ondelete="set null",  # only drafts can be deleted
        copy=False,
        help="The mobile line this contract line pays for.",
    )
    commitment_end = fields.Date(
        compute="_compute_commitment_end",
        store=True,
        readonly=False,
        copy=False,
        help="Until when the customer committed. Billing goes on after it.",
    )

    _one_mobile_line = models.Constraint(
        "CHECK(mvno_line_id IS NULL OR quantity = 1)",
        "A contract line pays for one mobile line: its quantity is 1. Add a contract "
        "line for each further mobile line.",
    )

    @api.depends_context("mvno_subscribe")
    def _compute_display_name(self):
        """In the subscribe dialog a plan is told by its contract and value."""
        super()._compute_display_name()
        if not self.env.context.get("mvno_subscribe"):
            return
        for line in self:
            line.display_name = (
                f"{line.product_id.name} – {line.contract_id.name} – "
                f"{line.currency_id.format(line.price_unit)}"
            )

    _price_of_signing = models.Constraint(
        "CHECK(NOT (is_telephony AND automatic_price))",
        "A telephony plan keeps the price of its signing: an automatic price would "
        "change what past months cost.",
    )

    # the plan's contract months count as they were when the line was made
    @api.depends("date_start", "product_id")
    def _compute_commitment_end(self):
        for line in self:
            months = line.product_id.contract_months if line.is_telephony else 0
            line.commitment_end = (
                line.date_start + relativedelta(months=months)
                if months and line.date_start
                else False
            )

    @api.onchange("product_id")
    def _onchange_telephony_product(self):
        if self.product_id.is_telephony:
            self.update(TELEPHONY_RECURRENCE)
            self.quantity = 1
            self.specific_price = self._telephony_price(
                self.contract_id, self.product_id
            )

    @api.model
    def _telephony_price(self, contract, product):
        """The monthly value at signing, from the customer's price list.

        :param contract: ``contract.contract`` record
        :param product: ``product.product`` record of a telephony plan
        :return: float, in the contract's currency
        """
        pricelist = (
            contract.pricelist_id
            or contract.partner_id.with_company(
                contract.company_id
            ).property_product_pricelist
        )
        if pricelist:
            price = pricelist._get_product_price(product, quantity=1.0)
        else:
            price = product.lst_price
        currency = pricelist.currency_id or product.currency_id
        return currency._convert(
            price,
            contract.currency_id or currency,
            contract.company_id,
            fields.Date.context_today(self),
        )

    @api.model_create_multi
    def create(self, vals_list):
        products = self.env["product.product"].browse(
            {vals["product_id"] for vals in vals_list if vals.get("product_id")}
        )
        telephony = {
            product.id: product for product in products if product.is_telephony
        }
        vals_list = [
            self._telephony_values(vals, telephony[vals["product_id"]])
            if vals.get("product_id") in telephony
            else vals
            for vals in vals_list
        ]
        return super().create(vals_list)

    @api.model
    def _telephony_values(self, vals, product):
        """Complete a new line's values with what its plan says.

        :param dict vals: as given to :meth:`create`
        :param product: ``product.product`` record of a telephony plan
        :return: dict of values
        """
        contract = self.env["contract.contract"].browse(vals.get("contract_id"))
        if contract and not contract.line_recurrence:
            # the header's dates and rule must not reach a plan's line
            contract.line_recurrence = True
        vals = {**vals, **TELEPHONY_RECURRENCE}
        vals.pop("recurring_next_date", None)
        vals.setdefault("quantity", 1)
        if not vals.get("name"):
            # the computed name comes too late for the column's NOT NULL
            in_language = product.with_context(lang=contract.partner_id.lang)
            vals["name"] = in_language.get_product_multiline_description_sale()
        if not vals.get("date_start"):
            vals["date_start"] = product.sudo().mvno_platform_id._today()
        # an automatic price would change what past months cost
        vals["automatic_price"] = False
        if not vals.get("specific_price") and not vals.get("price_unit"):
            # the 0 that a contract template leaves would win over the price
            vals.pop("price_unit", None)
            vals["specific_price"] = self._telephony_price(contract, product)
        return vals

    @api.constrains("mvno_line_id", "date_start", "date_end", "is_canceled")
    def _check_mobile_line_once(self):
        """A month of a mobile line is billed to one contract line."""
        paying = self.sudo().filtered(
            lambda line: line.mvno_line_id and not line.is_canceled
        )
        payers = self.sudo().search(
            [
                ("mvno_line_id", "in", paying.mvno_line_id.ids),
                ("is_canceled", "=", False),
            ]
        )
        payers_of = payers.grouped("mvno_line_id")
        for line in paying:
            rivals = payers_of.get(line.mvno_line_id, payers.browse()).filtered(
                lambda other, line=line: other != line
                and not (other.date_end and other.date_end < line.date_start)
                and not (line.date_end and line.date_end < other.date_start)
            )
            if rivals:
                raise ValidationError(
                    self.env._(
                        "Mobile line %(line)s: contract line %(name)s of contract "
                        "%(contract)s pays for it in these days already. End that one "
                        "first.",
                        line=line.mvno_line_id.display_name,
                        name=rivals[0].name,
                        contract=rivals[0].contract_id.name,
                    )
                )

    @api.constrains("mvno_line_id", "product_id", "contract_id")
    def _check_mobile_line(self):
        # an accountant sees contracts, but neither platforms nor mobile lines
        for line in self.sudo().filtered("mvno_line_id"):
            mobile = line.mvno_line_id
            if not line.is_telephony:
                raise ValidationError(
                    self.env._(
                        "Contract line %(name)s: only a telephony plan pays for a "
                        "mobile line.",
                        name=line.name,
                    )
                )
            payer = line.contract_id.partner_id.commercial_partner_id
            if payer != mobile.partner_id.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "Mobile line %(line)s is %(customer)s's: a contract of "
                        "another customer cannot pay for it.",
                        line=mobile.display_name,
                        customer=mobile.partner_id.name,
                    )
                )
            if line.product_id.mvno_platform_id != mobile.platform_id:
                raise ValidationError(
                    self.env._(
                        "Contract line %(name)s: the plan is sold on platform "
                        "%(platform)s, but the mobile line is on %(other)s.",
                        name=line.name,
                        platform=line.product_id.mvno_platform_id.name,
                        other=mobile.platform_id.name,
                    )
                )
            if line.contract_id.company_id != mobile.company_id:
                raise ValidationError(
                    self.env._(
                        "Contract line %(name)s belongs to another company than the "
                        "mobile line.",
                        name=line.name,
                    )
                )

    @api.model
    def _without_mobile_line_domain(self):
        """:return: domain of the active telephony contract lines that have no mobile
        line yet: what the subscribe dialog offers"""
        return [
            *self.env["res.partner"]._mvno_contract_line_domain(),
            ("mvno_line_id", "=", False),
        ]
