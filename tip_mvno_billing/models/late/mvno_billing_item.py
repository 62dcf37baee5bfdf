# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models

from ...tools.day_numbers import days_of, days_text
from ...tools.month import exact_share, month_end


class MvnoBillingItem(models.Model):
    """By which days, price and discount a month was billed: what is learnt later
    changes its own days, and nothing else is looked at again."""

    _inherit = "mvno.billing.item"

    def _share(self, charged):
        """:param int charged: how many days of the month are charged
        :return: float, what they come to, by what the month was billed by"""
        self.ensure_one()
        price, discount = self._monthly_terms()
        return exact_share(
            price,
            charged,
            month_end(self.competence).day,
            discount,
            self.currency_id.rounding,
        )

    def _monthly_terms(self):
        """:return: (price of the whole month, discount in percent)"""
        self.ensure_one()
        if self.days_free is not False or self.monthly_value:
            return self.monthly_value, self.discount
        line = self.contract_line_id
        return line.price_unit, line._mvno_discount_of(self.competence)

    def _days_charged(self, off):
        """Tell which days of this month are charged now.

        :param set off: numbers of the days that were not charged, as far as that is
            known now: of a month that was billed before its days were kept
        :return: set of day numbers; None when nobody knows
        """
        self.ensure_one()
        whole = set(range(self.period_start.day, self.period_end.day + 1))
        if self.days_free is not False:
            return whole - days_of(self.days_free)
        for days in (whole, whole - off):
            if not self.currency_id.compare_amounts(
                self._share(len(days)), self.amount
            ):
                return days
        return None

    def _charge_days(self, days, among=frozenset()):
        """These days of the month are charged from now on, and no other.

        :param set days: day numbers
        :param set among: numbers of further days that the billed ones extend to
        """
        self.ensure_one()
        price, discount = self._monthly_terms()
        known = {self.period_start.day, self.period_end.day, *days, *among}
        first, last = min(known), max(known)
        self.write(
            {
                "monthly_value": price,
                "discount": discount,
                "days_free": days_text(set(range(first, last + 1)) - days),
                "period_start": self.competence.replace(day=first),
                "period_end": self.competence.replace(day=last),
            }
        )
