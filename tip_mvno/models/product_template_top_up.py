# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class ProductTemplate(models.Model):
    """Top-ups: packages of data a customer buys on top of the plan."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "product.template"

    mvno_top_up_gb = fields.Integer(
        string="Top-up (GB)",
        help="How many GB this product adds to a mobile line, once. 0: it is no "
        "top-up.",
    )

    _mvno_top_up_gb_range = models.Constraint(
        "CHECK(mvno_top_up_gb >= 0 AND NOT (mvno_top_up_gb > 0 AND is_telephony))",
        "A top-up adds whole GB to a line, and is not a plan.",
    )
