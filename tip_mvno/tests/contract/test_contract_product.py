# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..common import MvnoCase


@tagged("post_install", "-at_install")
class TestProductTemplate(MvnoCase):
    """A telephony plan: what it must say, and its linked code."""

    def setUp(self):
        super().setUp()
        self.template = self.product.product_tmpl_id
        self.values = {
            "name": "Plano",
            "is_telephony": True,
            "mvno_platform_id": self.platform.id,
        }

    def _create(self, **vals):
        return self.env["product.template"].create({**self.values, **vals})

    # === THE LINKED CODE === #

    def test_the_linked_code_is_the_platform_plans(self):
        self.assertEqual(self.template.mvno_plan_code, "0101")

    def test_the_linked_code_may_be_typed(self):
        second = self._make_plan("0102", "10 GB")
        for code in ("0102", " 0102 "):
            with self.subTest(code):
                self.template.mvno_plan_id = self.plan
                self.template.mvno_plan_code = code
                self.assertEqual(self.template.mvno_plan_id, second)
                self.assertEqual(self._create(mvno_plan_code=code).mvno_plan_id, second)

    def test_a_plan_with_mobile_lines_stays_a_telephony_plan(self):
        self._make_line("active")
        with self.assertRaisesRegex(ValidationError, "stays a telephony plan"):
            self.product.product_tmpl_id.is_telephony = False

    def test_leading_zeros_matter(self):
        with self.assertRaises(ValidationError):
            self.template.mvno_plan_code = "101"

    def test_an_unknown_code_says_what_to_do(self):
        for write in (
            lambda: self.template.write({"mvno_plan_code": "999"}),
            lambda: self._create(mvno_plan_code="999"),
        ):
            with self.assertRaisesRegex(ValidationError, "999 is not in the catalogue"):
                write()
        with self.assertRaisesRegex(ValidationError, "choose the platform before"):
            self._create(mvno_plan_code="0101", mvno_platform_id=False)

    def test_a_code_the_platform_no_longer_offers_is_unknown(self):
        self.plan.active = False
        with self.assertRaises(ValidationError):
            self._create(mvno_plan_code="0101")

    def test_a_code_goes_with_the_platform_set_together_with_it(self):
        other = self._make_platform(name="Other")
        plan = self._make_plan("0101", "theirs", other)
        self.template.write({"mvno_platform_id": other.id, "mvno_plan_code": "0101"})
        self.assertEqual(self.template.mvno_plan_id, plan)

    def test_plans_are_found_by_their_code(self):
        found = self.env["product.template"].search([("mvno_plan_code", "=", "0101")])
        self.assertEqual(found, self.template)

    def test_the_values_given_are_left_as_they_were(self):
        """Creating twice from one dict used to make the second without a code."""
        values = {**self.values, "mvno_plan_code": "0101"}
        for _time in range(2):
            template = self.env["product.template"].create(values)
            self.assertEqual(template.mvno_plan_id, self.plan)

    def test_codes_of_many_products_are_looked_up_together(self):
        def create(count):
            values = [{**self.values, "mvno_plan_code": "0101"} for _i in range(count)]
            return self.count_queries(
                lambda: self.env["product.template"]._with_plans(values)
            )

        self.assertEqual(create(2), create(20))

    # === WHAT A PLAN MUST SAY === #

    def test_what_a_telephony_plan_lacks_is_said(self):
        other = self._make_platform(name="Other")
        company = self.env["res.company"].create({"name": "Other company"})
        for vals, words in (
            ({"mvno_platform_id": False}, "needs its platform"),
            ({"mvno_plan_id": False}, "choose the platform plan"),
            ({"mvno_platform_id": other.id}, "belongs to another platform"),
            ({"company_id": company.id}, "belongs to another company"),
            ({"type": "consu"}, "is a service"),
        ):
            with (
                self.subTest(words),
                self.assertRaisesRegex(ValidationError, words),
                self.cr.savepoint(),
            ):
                self.template.write(vals)

    def test_a_plan_belongs_to_its_platforms_company(self):
        """Shared, it would tell other companies the platform's name and catalogue."""
        shared = self.env["product.template"].create(
            {"name": "Produto", "type": "service"}
        )
        plan = {**self.values, "mvno_plan_id": self.plan.id, "company_id": False}
        shared.write(plan)
        for template in (shared, self._create(**plan)):
            self.assertEqual(template.company_id, self.platform.company_id)
        shared.company_id = False
        self.assertEqual(shared.company_id, self.platform.company_id)

    def test_a_telephony_plan_has_no_variants(self):
        attribute = self.env["product.attribute"].create(
            {"name": "Colour", "value_ids": [Command.create({"name": n}) for n in "ab"]}
        )
        lines = [
            Command.create(
                {
                    "attribute_id": attribute.id,
                    "value_ids": [Command.set(attribute.value_ids.ids)],
                }
            )
        ]
        with self.assertRaisesRegex(ValidationError, "no variants"):
            self.template.attribute_line_ids = lines
        with self.assertRaisesRegex(ValidationError, "no variants"):
            self._create(mvno_plan_id=self.plan.id, attribute_line_ids=lines)

    def test_a_telephony_plan_is_a_service_by_itself(self):
        self.assertEqual(self._create(mvno_plan_id=self.plan.id).type, "service")

    def test_other_products_need_nothing(self):
        self.assertTrue(self.env["product.template"].create({"name": "Cable"}))

    @mute_logger("odoo.sql_db")
    def test_contract_months_are_a_commitment_somebody_can_keep(self):
        for months in (-1, 121):
            with (
                self.subTest(months),
                self.assertRaises(IntegrityError),
                self.cr.savepoint(),
            ):
                self.template.contract_months = months
                self.template.flush_recordset()

    @mute_logger("odoo.sql_db")
    def test_a_platform_plan_that_is_sold_is_not_deleted(self):
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self.plan.unlink()

    # === THE FORM === #

    def test_the_form_proposes_the_only_platform(self):
        self.env["mvno.platform"].search(
            [("id", "!=", self.platform.id)]
        ).active = False
        with Form(self.env["product.template"]) as form:
            form.name = "Plano"
            form.is_telephony = True
            self.assertEqual(form.type, "service")
            self.assertEqual(form.mvno_platform_id, self.platform)
            form.mvno_plan_id = self.plan
            form.list_price = 49.9
        self.assertEqual(form.record.mvno_plan_code, "0101")

    def test_a_new_platform_in_the_form_drops_the_old_ones_plan(self):
        other = self._make_platform(name="Other")
        form = Form(self.template)
        form.mvno_platform_id = other
        self.assertFalse(form.mvno_plan_id)
