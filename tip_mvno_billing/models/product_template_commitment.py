# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class ProductTemplate(models.Model):
    """What a plan gives for the customer's commitment."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "product.template"

    mvno_benefit = fields.Monetary(
        string="Benefit for the Commitment",
        help="What the customer is given for the commitment, a discount on a phone "
        "say. Who leaves early pays back the part of the months that are left. 0: "
        "nobody pays a fine.",
    )

    _mvno_benefit_range = models.Constraint(
        "CHECK(mvno_benefit >= 0)", "A benefit is nothing that the customer pays."
    )
