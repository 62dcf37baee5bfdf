# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class ProductTemplate(models.Model):
    """How a plan is billed to those who sign it, and what it gives for the commitment.

    What is signed stays: see ``contract.line``.
    """

    _name = "product.template"
    _inherit = ["product.template", "mvno.plan.rules"]

    mvno_bill_from = fields.Selection(required=True, default="activation")
    mvno_first_month = fields.Selection(required=True, default="by_days")
    mvno_last_month = fields.Selection(required=True, default="by_days")
    mvno_billing_timing = fields.Selection(required=True, default="arrears")
    mvno_allowance_share = fields.Selection(required=True, default="whole")
    mvno_benefit = fields.Monetary(
        string="Benefit for the Commitment",
        help="What the customer is given for the commitment, a discount on a phone "
        "say. Who leaves early pays back the part of the months that are left. 0: "
        "nobody pays a fine.",
    )

    _mvno_benefit_range = models.Constraint(
        "CHECK(mvno_benefit >= 0)", "A benefit is nothing that the customer pays."
    )
