# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from ..common import MvnoCase


@tagged("post_install", "-at_install")
class TestContractLine(MvnoCase):
    """What a telephony plan makes of a contract line."""

    def _line(self, product=None, **vals):
        product = product or self.product
        contract = self._make_contract(count=0)
        contract.write(
            {"contract_line_ids": [Command.create({"product_id": product.id, **vals})]}
        )
        return contract.contract_line_ids

    @mute_logger("odoo.sql_db")
    def test_a_price_list_does_not_change_a_signed_price_later(self):
        line = self._line()
        with self.assertRaises(IntegrityError):
            line.automatic_price = True
            line.flush_recordset()

    # === WHAT THE PLAN SAYS === #

    @freeze_time("2026-10-05 02:30:00")
    def test_a_plan_recurs_by_the_calendar_month_from_the_platforms_day(self):
        line = self._line()
        self.assertRecordValues(
            line,
            [
                {
                    "recurring_rule_type": "monthlylastday",
                    "recurring_invoicing_type": "post-paid",
                    "recurring_interval": 1,
                    "quantity": 1,
                    "date_end": False,
                    "is_telephony": True,
                }
            ],
        )
        self.assertTrue(line.contract_id.line_recurrence)
        self.assertIn(line.date_start, (date(2026, 10, 4), date(2026, 10, 5)))

    def test_what_the_caller_says_of_recurrence_does_not_count(self):
        line = self._line(
            recurring_rule_type="yearly",
            recurring_interval=3,
            recurring_invoicing_type="pre-paid",
            recurring_next_date="2030-01-01",
            date_start="2026-01-31",
        )
        self.assertEqual(line.recurring_rule_type, "monthlylastday")
        self.assertEqual(line.recurring_interval, 1)
        self.assertEqual(line.date_start, date(2026, 1, 31))
        self.assertEqual(line.recurring_next_date, date(2026, 1, 31))

    def test_the_header_of_the_contract_does_not_reach_a_plans_line(self):
        contract = self._make_contract(
            line_recurrence=False,
            date_start="2026-01-15",
            recurring_rule_type="yearly",
            recurring_invoicing_type="pre-paid",
        )
        self.assertEqual(
            contract.contract_line_ids.recurring_rule_type, "monthlylastday"
        )

    def test_other_products_are_left_as_they_are(self):
        cable = self.env["product.product"].create({"name": "Cable", "list_price": 9})
        line = self._line(cable, name="Cable", recurring_rule_type="yearly")
        self.assertEqual(line.recurring_rule_type, "yearly")
        self.assertFalse(line.is_telephony or line.commitment_end)

    def test_the_commitment_ends_after_the_plans_months(self):
        line = self._line(date_start="2026-01-31")
        self.assertEqual(line.commitment_end, date(2027, 1, 31))
        line.date_start = "2026-02-28"
        self.assertEqual(line.commitment_end, date(2027, 2, 28))
        self.product.contract_months = 24
        self.assertEqual(line.commitment_end, date(2027, 2, 28), "as it was signed")
        self.product.contract_months = 0
        self.assertFalse(self._line().commitment_end)
        self.assertFalse(line.date_end, "billing goes on after it")

    # === THE PRICE === #

    def _pricelist(self, price):
        return self.env["product.pricelist"].create(
            {
                "name": "Loyal customers",
                "item_ids": [
                    Command.create(
                        {
                            "applied_on": "1_product",
                            "product_tmpl_id": self.product.product_tmpl_id.id,
                            "compute_price": "fixed",
                            "fixed_price": price,
                        }
                    )
                ],
            }
        )

    def test_the_price_is_the_monthly_value_at_signing(self):
        line = self._line()
        self.assertEqual(line.price_unit, 59.9)
        for _time in range(2):
            self.product.list_price += 10
            self.env.invalidate_all()
            self.assertEqual((line.price_unit, line.price_subtotal), (59.9, 59.9))

    def test_the_price_comes_from_the_price_list_at_signing(self):
        pricelist = self._pricelist(45)
        self.partner.property_product_pricelist = pricelist
        self.assertEqual(self._line().price_unit, 45)
        self.partner.property_product_pricelist = False
        contract = self._make_contract(pricelist_id=pricelist.id)
        self.assertEqual(contract.contract_line_ids.price_unit, 45)
        pricelist.item_ids.fixed_price = 99
        self.env.invalidate_all()
        self.assertEqual(contract.contract_line_ids.price_unit, 45)

    def test_a_price_agreed_on_stays(self):
        self.assertEqual(self._line(specific_price=30).price_unit, 30)
        self.assertEqual(self._line(price_unit=31).price_unit, 31)

    def test_a_price_never_follows_the_list_by_itself(self):
        """An automatic price would change what past months cost."""
        for vals in ({}, {"specific_price": 30}, {"price_unit": 30}):
            line = self._line(automatic_price=True, **vals)
            self.assertFalse(line.automatic_price)
            price = line.price_unit
            self.assertEqual(price, 30 if vals else 59.9)
            self.product.list_price += 10
            self.env.invalidate_all()
            self.assertEqual(line.price_unit, price)
            self.product.list_price -= 10

    # === THE MOBILE LINE === #

    def test_a_contract_line_is_offered_until_it_has_a_mobile_line(self):
        contract_lines = self._make_contract(count=3).contract_line_ids
        first, second, third = contract_lines
        self._make_line(contract_line=first)
        third.is_canceled = True
        domain = [
            *contract_lines._without_mobile_line_domain(),
            ("id", "in", contract_lines.ids),
        ]
        self.assertEqual(contract_lines.search(domain), second)
        second.write({"date_start": "2026-01-01", "date_end": "2026-02-28"})
        self.assertFalse(contract_lines.search(domain))

    @mute_logger("odoo.sql_db")
    def test_a_contract_line_pays_for_one_mobile_line(self):
        line = self._make_line()
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            line.contract_line_id.quantity = 2
            line.contract_line_id.flush_recordset()

    def test_the_product_of_a_line_with_a_mobile_line_stays_a_plan_of_its_platform(
        self,
    ):
        line = self._make_line("active").contract_line_id
        cable = self.env["product.product"].create({"name": "Cable"})
        other = self._make_platform(name="Other")
        theirs = self._make_product(self._make_plan("9", "Theirs", other))
        with self.assertRaisesRegex(ValidationError, "only a telephony plan"):
            line.product_id = cable
        with self.assertRaisesRegex(ValidationError, "sold on platform Other"):
            line.product_id = theirs

    def test_a_contract_of_another_company_does_not_pay(self):
        company = self.env["res.company"].create({"name": "Other company"})
        contract = self._make_contract()
        contract.company_id = company
        line = self._make_line()
        with self.assertRaisesRegex(ValidationError, "another company"):
            contract.contract_line_ids.mvno_line_id = line

    def test_a_copied_contract_has_no_mobile_lines(self):
        line = self._make_line("active")
        copy = line.contract_id.copy()
        self.assertTrue(copy.contract_line_ids)
        self.assertFalse(copy.contract_line_ids.mvno_line_id)
        self.assertEqual(copy.contract_line_ids.price_unit, 59.9)

    def test_a_contract_counts_and_shows_its_lines(self):
        line = self._make_line("active")
        other = self._make_contract()
        contracts = line.contract_id | other
        self.assertEqual(contracts.mapped("mvno_line_count"), [1, 0])
        action = line.contract_id.action_view_mvno_lines()
        self.assertEqual(self.env["mvno.line"].search(action["domain"]), line)

    # === THE FORM === #

    def _form(self):
        """:return: the form the menu opens"""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "tip_mvno.contract_contract_action"
        )
        contracts = self.env["contract.contract"].with_context(
            **safe_eval(action["context"])
        )
        return Form(contracts, view="contract.contract_contract_customer_form_view")

    def test_the_contract_form_takes_a_plan(self):
        form = self._form()
        form.name = "Telefonia"
        form.partner_id = self.partner
        with form.contract_line_ids.new() as line:
            line.product_id = self.product
            self.assertEqual((line.quantity, line.price_unit), (1, 59.9))
        contract = form.save()
        self.assertRecordValues(
            contract.contract_line_ids,
            [
                {
                    "specific_price": 59.9,
                    "recurring_rule_type": "monthlylastday",
                    "recurring_invoicing_type": "post-paid",
                }
            ],
        )

    def test_a_contract_with_one_rule_for_all_lines_takes_a_plan_too(self):
        form = Form(
            self.env["contract.contract"].with_context(default_contract_type="sale"),
            view="contract.contract_contract_customer_form_view",
        )
        form.name = "Telefonia"
        form.partner_id = self.partner
        form.line_recurrence = False
        form.recurring_rule_type = "yearly"
        with form.contract_line_fixed_ids.new() as line:
            line.product_id = self.product
        contract = form.save()
        self.assertTrue(contract.line_recurrence)
        line = contract.contract_line_ids
        self.assertEqual(line.recurring_rule_type, "monthlylastday")
        self.assertEqual(line.price_unit, 59.9)

    def test_many_lines_are_made_together(self):
        def make(count):
            values = [
                {"product_id": self.product.id, "contract_id": contract.id}
                for _line in range(count)
            ]
            return self.count_queries(lambda: self.env["contract.line"].create(values))

        contract = self._make_contract(count=0)
        make(2)
        self.assertLessEqual(make(22) - make(2), 20 * 2)
