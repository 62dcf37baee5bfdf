# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..billing_common import DECEMBER, JANUARY_1, NOVEMBER
from ..usage_common import UsageCase

JANUARY = date(2027, 1, 1)


@tagged("post_install", "-at_install")
class TestTermsChange(UsageCase):
    """The lines of a plan go on with other terms from a month on, after somebody has
    seen the list."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._make_user("marta", "tip_mvno.group_manager")
        cls.attendant = cls._make_user("rita", "tip_mvno.group_attendant")

    def setUp(self):
        super().setUp()
        self.at("2026-12-12 15:00:00")
        self.line = self._sell(1000, mvno_overage=True, mvno_price_mb=0.02)
        self.mobile = self.line.mvno_line_id
        # what the plan says to those who sign from now on
        self.plan.data_mb = 500
        self.product.mvno_price_mb = 0.05

    def _change(self, user=None, **vals):
        """:return: the wizard with its list"""
        change = (
            self.env["mvno.terms.change"]
            .with_user(user or self.env.user)
            .create(
                {
                    "platform_id": self.platform.id,
                    "product_id": self.product.id,
                    "competence": JANUARY,
                    **vals,
                }
            )
        )
        change.action_preview()
        return change

    # === THE LIST === #

    def test_what_the_plan_says_now_is_proposed_from_the_next_month_on(self):
        form = Form(self.env["mvno.terms.change"].with_user(self.manager))
        form.product_id = self.product
        self.assertEqual(form.competence, JANUARY)
        self.assertEqual((form.mvno_price_mb, form.mvno_allowance_mb), (0.05, 500.0))

    def test_the_list_shows_what_would_change_and_changes_nothing(self):
        row = self._change(self.manager).row_ids
        self.assertEqual(row.contract_line_id, self.line)
        self.assertEqual(row.partner_id, self.partner)
        self.assertEqual(row.changes.count("→"), 2)
        self.assertIn("Price per MB: 0", row.changes)
        self.assertTrue(row.selected)
        self.assertFalse(self.line.date_end)
        self.assertEqual(self.line.mvno_price_mb, 0.02)

    def test_who_has_the_terms_already_is_not_listed(self):
        self.line.write({"mvno_price_mb": 0.05, "mvno_allowance_mb": 500})
        self.assertFalse(self._change().row_ids)

    def test_another_plan_s_lines_and_other_customers_are_not_listed(self):
        other = self._make_product(self._make_plan("0102", "10 GB"))
        self._make_active_line(
            contract_line=self._make_contract(product=other).contract_line_ids
        )
        joao = self._make_partner(name="João")
        self._make_active_line(
            contract_line=self._make_contract(partner=joao).contract_line_ids
        ).mvno_price_mb = 0.02
        change = self._change(partner_ids=self.partner.ids)
        self.assertEqual(change.row_ids.contract_line_id, self.line)

    def test_what_is_planned_is_marked(self):
        self.line._mvno_succeed(date(2027, 3, 1), specific_price=1.0)
        row = self._change().row_ids
        self.assertIn("planned from", row.warning)
        self.assertFalse(row.selected)

    # === APPLIED === #

    def test_the_terms_count_from_their_month_on_and_no_day_earlier(self):
        change = self._change(self.manager)
        change.action_apply()
        after = change.row_ids.successor_id
        self.assertRecordValues(
            self.line | after,
            [
                {
                    "date_end": date(2026, 12, 31),
                    "mvno_price_mb": 0.02,
                    "mvno_allowance_mb": 1000.0,
                    "price_unit": 60.0,
                },
                {
                    "date_end": False,
                    "mvno_price_mb": 0.05,
                    "mvno_allowance_mb": 500.0,
                    "price_unit": 60.0,
                },
            ],
        )
        self.assertIn("01/2027", self.mobile.message_ids[0].body)
        self._bill(NOVEMBER)
        self.at(JANUARY_1)
        self._used(self.line, 2000, DECEMBER)
        self._bill(DECEMBER)
        self.at("2027-02-01 15:00:00")
        self._used(after, 2000, JANUARY)
        self._bill(JANUARY)
        self.assertEqual(self._usage_of(self.line), [20.0])
        self.assertEqual(self._usage_of(after), [75.0])

    def test_terms_chosen_by_a_person_are_put_in_place_of_the_plan_s(self):
        change = self._change(mvno_overage=False, mvno_billing_timing="advance")
        change.action_apply()
        after = change.row_ids.successor_id
        self.assertRecordValues(
            after, [{"mvno_overage": False, "mvno_billing_timing": "advance"}]
        )

    def test_everything_else_goes_on(self):
        self.line.write({"discount": 10.0, "mvno_benefit": 120.0})
        change = self._change()
        change.action_apply()
        for name in ("discount", "mvno_benefit", "commitment_end", "product_id"):
            self.assertEqual(change.row_ids.successor_id[name], self.line[name])

    def test_applied_twice_nothing_changes_any_more(self):
        change, late = self._change(), self._change()
        change.action_apply()
        with self.assertRaisesRegex(UserError, "No line is ticked"):
            change.action_apply()
        with self.assertRaisesRegex(UserError, "changed already"):
            change.action_preview()
        late.action_apply()
        self.assertIn("Left as it is", late.row_ids.warning)
        self.assertEqual(len(self.mobile.contract_line_ids), 2)

    def test_other_terms_than_those_that_were_listed_are_not_applied(self):
        change = self._change()
        change.mvno_price_mb = 9.0
        change.action_apply()
        self.assertFalse(change.row_ids.successor_id)

    def test_a_month_that_is_over_or_invoiced_keeps_its_terms(self):
        with self.assertRaisesRegex(UserError, "is over"):
            self._change(competence=NOVEMBER)
        change = self._change()
        self.line.last_date_invoiced = "2027-01-31"
        with self.assertRaisesRegex(UserError, "is invoiced up to"):
            change.action_apply()

    def test_managers_only_change_terms(self):
        with self.assertRaises(AccessError):
            self._change(self.attendant)

    def test_many_lines_cost_few_queries_more(self):
        def queries(count):
            for line in self._make_contract(count).contract_line_ids:
                self._make_active_line("2026-11-01", line).mvno_price_mb = 0.02
            with self.env.cr.savepoint() as savepoint:
                number = self.count_queries(lambda: self._change().action_apply())
                savepoint.rollback()
            return number

        queries(1)
        few = queries(3)
        self.assertLess(queries(20) - few, 8)
