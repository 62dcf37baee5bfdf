# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from freezegun import freeze_time

from odoo import Command
from odoo.tests import Form, tagged

from ..billing_common import DECEMBER_1, BillingCase


@tagged("post_install", "-at_install")
class TestPriceOfSigning(BillingCase):
    """The price that a contract line is signed at, where a company invoices."""

    @freeze_time(DECEMBER_1)
    def test_a_price_list_in_another_currency_is_converted(self):
        currency = self.env.ref("base.EUR")
        currency.active = True
        self.env["res.currency.rate"].create(
            {
                "currency_id": currency.id,
                "company_id": self.company.id,
                "name": "2026-01-01",
                "rate": 0.2,
            }
        )
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Europe",
                "currency_id": currency.id,
                "item_ids": [
                    Command.create({"compute_price": "fixed", "fixed_price": 10.0})
                ],
            }
        )
        line = self._make_contract(pricelist_id=pricelist.id).contract_line_ids
        self.assertEqual(line.currency_id, self.company.currency_id)
        self.assertEqual(line.price_unit, 50.0)

    def test_a_line_from_a_contract_template_has_the_plans_price(self):
        template = self.env["contract.template"].create(
            {
                "name": "Móvel",
                "company_id": self.company.id,
                "contract_line_ids": [
                    Command.create({"name": "Plano", "product_id": self.product.id})
                ],
            }
        )
        with Form(self.env["contract.contract"]) as form:
            form.name = "Telefonia"
            form.partner_id = self.partner
            form.contract_template_id = template
        self.assertEqual(form.record.contract_line_ids.price_unit, 59.9)
