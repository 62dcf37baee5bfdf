# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class ContractLine(models.Model):
    """What counts after a discount that ends, and what another holder pays."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "contract.line"

    mvno_discount_after = fields.Float(
        string="Discount Afterwards (%)",
        digits="Discount",
        copy=False,
        help="What counts again once the discount has ended.",
    )

    _mvno_discount_after_range = models.Constraint(
        "CHECK(mvno_discount_after >= 0 AND mvno_discount_after <= 100)",
        "A discount is between 0 and 100 percent.",
    )

    def _mvno_discount_of(self, competence):
        ended = self.mvno_discount_end and self.mvno_discount_end < competence
        return (
            self.mvno_discount_after if ended else super()._mvno_discount_of(competence)
        )

    def _mvno_standing_discount(self):
        """:return: float, the discount in percent that has no end"""
        self.ensure_one()
        return self.mvno_discount_after if self.mvno_discount_end else self.discount

    def _mvno_successor_values(self, date, vals):
        """A discount goes on with what counts after it; another one replaces both."""
        if "discount" in vals:
            vals = {"mvno_discount_end": False, "mvno_discount_after": 0.0, **vals}
        values = super()._mvno_successor_values(date, vals)
        values.setdefault("mvno_discount_after", self.mvno_discount_after)
        return values

    def _mvno_holder_price(self):
        """What was given to the present holder, for a time or as a courtesy, is not
        the next one's."""
        if self.mvno_courtesy:
            return self._telephony_price(self.contract_id, self.product_id)
        return self.price_unit * (1 - self._mvno_standing_discount() / 100)

    def _mvno_holder_values(self, price):
        values = super()._mvno_holder_values(price)
        if price is None and self.mvno_courtesy:
            values["specific_price"] = self._mvno_holder_price()
        return {**values, "mvno_courtesy": False}
