# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import float_round

from ..tools.month import days_in, exact_share, month_end
from ..tools.month_billing import Part

# Where a discount follows, the part of a month keeps these decimals, so that the
# invoice line's total is the exact amount rounded once.
PRICE_DIGITS = 6


class ContractLine(models.Model):
    """What a month of a telephony contract line costs."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "contract.line"

    mvno_discount_end = fields.Date(
        string="Discount until",
        copy=False,
        help="The last month for which the discount counts. Empty: it has no end.",
    )
    mvno_courtesy = fields.Boolean(
        string="Courtesy",
        copy=False,
        help="This line costs nothing on purpose. Without this mark a line without "
        "price is not billed, but listed.",
    )

    _mvno_discount_end_first_day = models.Constraint(
        "CHECK(EXTRACT(DAY FROM mvno_discount_end) = 1)",
        "The last month of a discount is kept as its first day.",
    )
    _mvno_courtesy_free = models.Constraint(
        "CHECK(mvno_courtesy IS NOT TRUE OR COALESCE(specific_price, 0) = 0)",
        "A courtesy costs nothing: set the price to 0, or take the mark away.",
    )

    @api.model
    def _telephony_values(self, vals, product):
        values = super()._telephony_values(vals, product)
        if values.get("mvno_courtesy"):
            values.pop("price_unit", None)
            values["specific_price"] = 0.0
        return values

    def _mvno_successor_values(self, date, vals):
        """The successor keeps what was agreed; a new price is no courtesy."""
        values = super()._mvno_successor_values(date, vals)
        values.setdefault("mvno_discount_end", self.mvno_discount_end)
        if self.mvno_billing_from and self.mvno_billing_from > date:
            values.setdefault("mvno_billing_from", self.mvno_billing_from)
        if "mvno_courtesy" not in vals:
            values["mvno_courtesy"] = self.mvno_courtesy and not vals.get(
                "specific_price"
            )
        return values

    def _mvno_discount_of(self, competence):
        """:return: float, the discount in percent that counts for a month"""
        self.ensure_one()
        ended = self.mvno_discount_end and self.mvno_discount_end < competence
        return 0.0 if ended else self.discount

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
