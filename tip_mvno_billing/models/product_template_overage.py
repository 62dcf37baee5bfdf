# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class ProductTemplate(models.Model):
    """What usage beyond a plan's allowance costs, where it costs anything."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "product.template"

    mvno_overage = fields.Boolean(
        string="Charge Usage beyond the Allowance",
        help="What a line uses beyond its plan's allowance is charged, on one line of "
        "the month's invoice, once the month's statement is closed. An allowance that "
        "the platform does not tell, or tells as unlimited, is never exceeded.",
    )
    mvno_price_minute = fields.Float(
        string="Price per Minute",
        digits=(16, 6),
        help="Of calls beyond the allowance, by the second. 0: not charged.",
    )
    mvno_price_sms = fields.Float(
        string="Price per SMS",
        digits=(16, 6),
        help="Beyond the allowance. 0: not charged.",
    )
    mvno_price_mb = fields.Float(
        string="Price per MB",
        digits=(16, 6),
        help="Of data beyond the allowance. 0: not charged.",
    )

    _mvno_overage_prices_range = models.Constraint(
        "CHECK(COALESCE(mvno_price_minute, 0) >= 0 "
        "AND COALESCE(mvno_price_sms, 0) >= 0 AND COALESCE(mvno_price_mb, 0) >= 0)",
        "Usage beyond the allowance costs something, or nothing.",
    )
