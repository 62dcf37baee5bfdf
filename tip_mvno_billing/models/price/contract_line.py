# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.tools import float_round

from ...tools.month import days_in, exact_share, month_end
from ...tools.month_billing import Part

# Where a discount follows, the part of a month keeps these decimals, so that the
# invoice line's total is the exact amount rounded once.
PRICE_DIGITS = 6


class ContractLine(models.Model):
    """What a month of a telephony contract line costs."""

    _inherit = "contract.line"

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
        if currency.compare_amounts(
            currency.round(price * (1 - discount / 100)), amount
        ):
            # the decimals kept do not lead to the exact amount: say it without discount
            price, discount = amount, 0.0
        return Part(start, end, charged, total, price, discount, amount)
