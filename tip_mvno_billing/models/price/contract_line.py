# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import float_round

from ...tools.month import days_in, exact_share, month_end, month_of
from ...tools.month_billing import Part

# Where a discount follows, the part of a month keeps these decimals, so that the
# invoice line's total is the exact amount rounded once.
PRICE_DIGITS = 6


class ContractLine(models.Model):
    """What a month of a telephony contract line costs."""

    _inherit = "contract.line"

    mvno_with_taxes = fields.Char(
        string="With Taxes",
        compute="_compute_mvno_with_taxes",
        compute_sudo=True,
        help="What the customer pays for a whole month, where taxes make it another "
        "amount than the monthly value.",
    )

    @api.depends(
        "price_unit",
        "discount",
        "product_id.taxes_id",
        "contract_id.invoice_partner_id",
        "contract_id.fiscal_position_id",
    )
    def _compute_mvno_with_taxes(self):
        for line in self:
            value = line.price_unit * (1 - line.discount / 100)
            line.mvno_with_taxes = line.is_telephony and line._mvno_taxed(
                line.product_id, value
            )

    def _mvno_taxed(self, product, value):
        """What this line's customer pays for a value, where that is another amount.

        :param product: ``product.product`` record that the invoice names
        :param float value: in the contract's currency, after a discount
        :return: str, the formatted total; False when it is the value itself
        """
        self.ensure_one()
        contract = self.contract_id.sudo()
        company = contract.company_id or self.env.company
        currency = self.currency_id or company.currency_id
        taxes = product.sudo().taxes_id._filter_taxes_by_company(company)
        total = contract.fiscal_position_id.map_tax(taxes).compute_all(
            value,
            currency,
            product=product,
            partner=contract.invoice_partner_id or contract.partner_id,
        )["total_included"]
        if not currency.compare_amounts(total, value):
            return False
        return self.env._("%(total)s with taxes", total=currency.format(total))

    def _mvno_part(self, competence, off=frozenset(), period=None):
        """What this line pays for a month: the monthly value by days charged.

        The quantity on the invoice stays 1: a fraction as quantity would be cut to the
        unit's two decimals and the amount would be wrong by cents.

        :param competence: first day of the month
        :param off: the dates on which its mobile line is not charged
        :param period: (first day, last day) in place of the days the plan says
        :return: :class:`Part`, or None when it pays for no day of the month
        """
        self.ensure_one()
        period = period or self._mvno_period(competence)
        if not period:
            return None
        start, end = period
        total = month_end(competence).day
        charged = days_in(start, end) - sum(start <= day <= end for day in off)
        discount = self._mvno_discount_of(competence)
        currency = self.contract_id.currency_id
        amount = exact_share(
            self.price_unit, charged, total, discount, currency.rounding
        )
        price = self.price_unit
        if charged != total and not discount:
            price = amount
        elif charged != total:
            price = float_round(price * charged / total, precision_digits=PRICE_DIGITS)
        shown = {"price": price, "discount": discount}
        if not self._mvno_comes_to(price, discount, amount):
            # the price and discount do not lead to the exact amount: say that one
            shown = {"price": amount, "discount": 0.0, "taken_off": discount}
        return Part(
            start,
            end,
            charged,
            total,
            amount=amount,
            monthly=self.price_unit,
            percent=discount,
            off=off,
            **shown,
        )

    def _mvno_worth(self, start, end):
        """:param start: date
        :param end: date of the same month
        :return: float, what these days come to by this line's price, discount taken
            off, whether it pays for them or not"""
        self.ensure_one()
        return exact_share(
            self.price_unit,
            days_in(start, end),
            month_end(start).day,
            self._mvno_discount_of(month_of(start)),
            self.contract_id.currency_id.rounding,
        )

    def _mvno_comes_to(self, price, discount, amount):
        """Tell whether the invoice comes to an amount by a price and its discount.

        A company that rounds its taxes once for all adds up the lines before it rounds
        them: fractions of a cent of each would come to cents of the whole.

        :param float price: in the contract's currency
        :param float discount: percent
        :param float amount: of the invoice line, rounded as the currency is
        :return: bool
        """
        exact = Decimal(str(price)) * (1 - Decimal(str(discount)) / 100)
        company = self.contract_id.company_id
        if company.tax_calculation_rounding_method == "round_globally":
            return exact == Decimal(str(amount))
        currency = self.contract_id.currency_id
        return not currency.compare_amounts(currency.round(float(exact)), amount)
