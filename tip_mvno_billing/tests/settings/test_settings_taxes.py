# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command
from odoo.tests import Form, tagged

from ..billing_common import NOVEMBER
from ..charge_common import ChargeCase


@tagged("post_install", "-at_install")
class TestSettingsTaxes(ChargeCase):
    """The monthly value is what the customer pays: no tax comes on top of it unless
    the telephony setting says so."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.icms = cls._tax_of("ICMS", 18.0)
        # what the company sells is taxed with
        cls.company.account_sale_tax_id = cls.icms

    @classmethod
    def _tax_of(cls, name, percent, **vals):
        return cls.env["account.tax"].create(
            {
                "name": name,
                "amount": percent,
                "type_tax_use": "sale",
                "company_id": cls.company.id,
                **vals,
            }
        )

    def _plan_in_its_form(self):
        form = Form(
            self.env["product.template"].with_context(default_is_telephony=True),
            "tip_mvno.product_template_telephony_view_form",
        )
        form.name = "Celular 5 GB"
        form.mvno_platform_id = self.platform
        form.mvno_plan_id = self.plan
        form.list_price = 49.9
        return form.save()

    def test_a_plan_made_in_its_form_costs_what_it_says(self):
        plan = self._plan_in_its_form()
        self.assertFalse(plan.taxes_id)
        self.line.write({"product_id": plan.product_variant_id.id})
        contract = self._make_contract(product=plan.product_variant_id)
        self.assertFalse(contract.contract_line_ids.mvno_with_taxes)

    def test_new_plans_and_top_ups_have_the_taxes_of_the_setting(self):
        included = self._tax_of("ISS", 5.0, price_include_override="tax_included")
        self.company.mvno_tax_ids = included
        made = self.env["product.template"].create(
            [
                {
                    "name": "Plan",
                    "is_telephony": True,
                    "mvno_platform_id": self.platform.id,
                    "mvno_plan_id": self.plan.id,
                    "list_price": 50.0,
                },
                {"name": "5 GB", "mvno_top_up_gb": 5},
            ]
        )
        self.assertEqual(self._plan_in_its_form().taxes_id, included)
        for template in made:
            self.assertEqual(template.taxes_id, included)
        variant = self.env["product.product"].create(
            {"name": "1 GB", "mvno_top_up_gb": 1}
        )
        self.assertEqual(variant.taxes_id, included)
        self.company.mvno_fine_product_id = False
        fine = self.company._mvno_create_product("mvno_fine_product_id", "Fine")
        self.assertEqual(fine.taxes_id, included)
        other = self.env["product.template"].create({"name": "Router"})
        self.assertEqual(other.taxes_id, self.icms)

    def test_taxes_that_are_told_stay(self):
        template = self.env["product.template"].create(
            {
                "name": "5 GB",
                "mvno_top_up_gb": 5,
                "taxes_id": [Command.set(self.icms.ids)],
            }
        )
        self.assertEqual(template.taxes_id, self.icms)

    def test_the_total_stands_beside_the_value_where_it_differs(self):
        self.assertFalse(self.line.mvno_with_taxes or self.mobile.monthly_value_taxed)
        self.line.product_id.taxes_id = self.icms
        self.assertIn("70,80", self.line.mvno_with_taxes)
        self.assertEqual(self.mobile.monthly_value_taxed, self.line.mvno_with_taxes)
        (invoice,) = self._bill(NOVEMBER).invoice_ids
        self.assertEqual(invoice.amount_total, 70.8)
        dialog = self.env["mvno.charge.service"].new(
            {
                "line_id": self.mobile.id,
                "product_id": self.line.product_id.id,
                "price": 100.0,
            }
        )
        self.assertIn("118,00", dialog.with_taxes)

    def test_plans_with_other_taxes_are_listed_and_stay(self):
        self.line.product_id.taxes_id = self.icms
        plan = self.line.product_id.product_tmpl_id
        listed = self.env["product.template"].search(
            self.company._mvno_other_taxes_domain()
        )
        self.assertIn(plan, listed)
        settings = self.env["res.config.settings"].create({})
        self.assertEqual(settings.mvno_other_taxes_count, len(listed))
        self.company.mvno_tax_ids = self.icms
        listed = self.env["product.template"].search(
            self.company._mvno_other_taxes_domain()
        )
        self.assertNotIn(plan, listed)
        self.assertEqual(plan.taxes_id, self.icms)
