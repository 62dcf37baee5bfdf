# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command, api, fields, models


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

    # === TAXES === #

    @api.model_create_multi
    def create(self, vals_list):
        """The value of a plan is what the customer pays: the company's default tax,
        that of goods say, would come on top of it."""
        return super().create(self._mvno_taxed_as_set(vals_list))

    @api.model
    def _mvno_taxed_as_set(self, vals_list):
        """:param list vals_list: values of new products, left as they are
        :return: the same, with the taxes of the telephony setting where they are a
            plan's or a top-up's and name none"""
        platforms = self.env["mvno.platform"]
        companies = self.env["res.company"]
        taxed = []
        for vals in vals_list:
            is_sold = vals.get("is_telephony") or vals.get("mvno_top_up_gb")
            if is_sold and "taxes_id" not in vals:
                company = (
                    companies.browse(vals.get("company_id"))
                    or platforms.browse(vals.get("mvno_platform_id")).company_id
                    or self.env.company
                )
                taxes = company.sudo().mvno_tax_ids
                vals = {**vals, "taxes_id": [Command.set(taxes.ids)]}
            taxed.append(vals)
        return taxed

    @api.onchange("is_telephony", "mvno_top_up_gb", "mvno_platform_id")
    def _onchange_mvno_taxes(self):
        is_sold = self.is_telephony or self.mvno_top_up_gb
        if is_sold and not self._origin:
            self.taxes_id = self._mvno_taxes()

    def _mvno_taxes(self):
        """:return: what a new plan or top-up is taxed with"""
        self.ensure_one()
        company = self.company_id or self.mvno_platform_id.company_id
        return (company or self.env.company).sudo().mvno_tax_ids
