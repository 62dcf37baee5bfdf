# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..billing_common import DECEMBER, JANUARY_1, NOVEMBER
from ..charge_common import ChargeCase

JANUARY = date(2027, 1, 1)


@tagged("post_install", "-at_install")
@freeze_time("2026-12-12 15:00:00")
class TestMvnoPriceAdjustment(ChargeCase):
    """Prices change from a month on, after somebody has seen the list."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._make_active_line("2025-11-01", price=60)
        cls.mobile = cls.line.mvno_line_id

    def _adjustment(self, user=None, **vals):
        """:return: the wizard, opened by a user; by the superuser without one"""
        env = self.env(user=user) if user else self.env
        return env["mvno.price.adjustment"].create(
            {
                "platform_id": self.platform.id,
                "percent": 10.0,
                "competence": JANUARY,
                **vals,
            }
        )

    def _preview(self, **vals):
        """:return: the list's row of the line, which may be none"""
        adjustment = self._adjustment(**vals)
        adjustment.action_preview()
        return adjustment.row_ids.filtered(
            lambda row: row.contract_line_id == self.line
        )

    def test_the_first_month_is_the_next_one_where_the_platform_is(self):
        self.at("2026-12-01 01:30:00")  # 22:30 on 30 November in São Paulo
        adjustments = self.env["mvno.price.adjustment"].with_context(tz=False)
        self.assertEqual(
            adjustments.default_get(["competence"])["competence"], DECEMBER
        )

    # === THE LIST === #

    def test_the_list_shows_what_would_change_and_changes_nothing(self):
        row = self._preview()
        self.assertRecordValues(
            row,
            [
                {
                    "old_price": 60.0,
                    "new_price": 66.0,
                    "difference": 6.0,
                    "price_since": date(2025, 11, 1),
                    "warning": False,
                    "selected": True,
                    "partner_id": self.partner.id,
                    "mvno_line_id": self.mobile.id,
                }
            ],
        )
        self.assertFalse(self.line.date_end)
        self.assertEqual(len(self.mobile.contract_line_ids), 1)

    def test_the_list_made_again_replaces_the_one_before(self):
        adjustment = self._adjustment()
        adjustment.action_preview()
        adjustment.percent = 20.0
        adjustment.action_preview()
        self.assertEqual(adjustment.row_ids.new_price, 72.0)

    def test_only_old_prices_are_adjusted(self):
        young = self._make_active_line("2026-02-01")
        listed = self._preview().adjustment_id.row_ids.contract_line_id
        self.assertIn(self.line, listed)
        self.assertNotIn(young, listed)
        self.assertFalse(self._preview(min_months=15))
        self.assertTrue(self._preview(min_months=14))

    def test_a_price_counts_since_the_first_contract_line_that_had_it(self):
        self.line = self.line._mvno_succeed(date(2026, 6, 1), discount=10.0)
        row = self._preview()
        self.assertEqual(row.price_since, date(2025, 11, 1))

    def test_what_is_adjusted_within_12_months_is_marked(self):
        self.line = self.line._mvno_succeed(date(2026, 6, 1), specific_price=65.0)
        self.assertFalse(self._preview())
        row = self._preview(min_months=0)
        self.assertIn("less than 12 months", row.warning)
        self.assertFalse(row.selected)

    def test_what_is_planned_is_marked(self):
        other = self._make_product(self._make_plan("0102", "10 GB"))
        for happens, said in (
            (
                lambda: self.mobile.action_change_plan(other, when="next"),
                "change of plan is planned",
            ),
            (lambda: self.mobile.action_cancel("customer"), "on its way"),
            (
                lambda: self.line._mvno_succeed(date(2027, 3, 1), specific_price=1.0),
                "planned from",
            ),
            (lambda: self.line._mvno_end(date(2027, 3, 1)), "ends on"),
            (
                lambda: self.line.write({"last_date_invoiced": "2027-01-31"}),
                "Invoiced up to",
            ),
        ):
            with self.subTest(said), self.env.cr.savepoint() as savepoint:
                happens()
                row = self._preview()
                self.assertIn(said, row.warning)
                self.assertFalse(row.selected)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_plans_and_customers_narrow_the_list(self):
        other = self._make_product(self._make_plan("0102", "10 GB"), list_price=80)
        joao = self._make_partner(name="João", vat="111.444.777-35")
        theirs = self._make_active_line(
            "2025-01-01",
            self._make_contract(partner=joao, product=other).contract_line_ids,
        )
        for vals, expected in (
            ({}, self.line | theirs),
            ({"product_ids": other.ids}, theirs),
            ({"partner_ids": self.partner.ids}, self.line),
        ):
            adjustment = self._adjustment(**vals)
            adjustment.action_preview()
            with self.subTest(vals):
                self.assertEqual(adjustment.row_ids.contract_line_id, expected)

    def test_only_lines_in_service_under_a_contract_in_force(self):
        for happens in (
            lambda: self.mobile._on_cancelled("customer", date(2026, 12, 12)),
            lambda: self.line._mvno_end(date(2026, 12, 31)),
            lambda: self.line.contract_id.write({"active": False}),
        ):
            with self.subTest(), self.env.cr.savepoint() as savepoint:
                happens()
                self.assertFalse(self._preview())
                savepoint.rollback()
                self.env.invalidate_all()

    # === THE NEW PRICE === #

    def test_how_a_new_price_is_rounded(self):
        self.line.specific_price = 59.9
        for rounding, price in (
            ("0.01", 62.60),
            ("0.10", 62.60),
            ("1.00", 63.0),
            ("0.90", 62.90),
        ):
            with self.subTest(rounding):
                row = self._preview(percent=4.51, rounding=rounding)
                self.assertEqual(row.new_price, price)

    def test_a_new_value_for_all_leaves_out_who_pays_it_already(self):
        self.assertEqual(self._preview(method="fixed", value=65.0).new_price, 65.0)
        self.assertFalse(self._preview(method="fixed", value=60.0))

    def test_a_minus_lowers_the_price(self):
        self.assertEqual(self._preview(percent=-50.0).new_price, 30.0)

    # === APPLIED === #

    def test_the_new_price_counts_from_its_month_on_and_no_day_earlier(self):
        row = self._preview()
        row.adjustment_id.action_apply()
        self.assertRecordValues(
            self.line | row.successor_id,
            [
                {
                    "date_start": date(2025, 11, 1),
                    "date_end": date(2026, 12, 31),
                    "price_unit": 60.0,
                },
                {"date_start": JANUARY, "date_end": False, "price_unit": 66.0},
            ],
        )
        self.assertIn("01/2027", self.mobile.message_ids[0].body)
        self.assertEqual(self.mobile.contract_line_id, self.line)
        self.at(JANUARY_1)
        self._bill(DECEMBER)
        self.at("2027-02-01 15:00:00")
        self._bill(JANUARY)
        billed = (self.line | row.successor_id).mvno_item_ids.filtered(
            lambda item: item.competence >= DECEMBER
        )
        self.assertEqual(
            billed.sorted("competence").move_line_id.mapped("price_total"),
            [60.0, 66.0],
        )

    def test_everything_else_goes_on(self):
        self.line.write({"discount": 10.0, "mvno_benefit": 120.0})
        row = self._preview()
        row.adjustment_id.action_apply()
        successor = row.successor_id
        for name in ("discount", "mvno_benefit", "commitment_end", "product_id"):
            self.assertEqual(successor[name], self.line[name])
        self.assertEqual(successor.mvno_commitment_start, date(2025, 11, 1))

    def test_applied_twice_nothing_changes_any_more(self):
        row = self._preview()
        row.adjustment_id.action_apply()
        with self.assertRaisesRegex(UserError, "No line is ticked"):
            row.adjustment_id.action_apply()
        self.assertEqual(len(self.mobile.contract_line_ids), 2)

    def test_a_list_of_before_does_not_adjust_again(self):
        first, second = self._preview(), self._preview()
        first.adjustment_id.action_apply()
        second.adjustment_id.action_apply()
        self.assertFalse(second.successor_id)
        self.assertIn("Left as it is", second.warning)
        self.assertEqual(len(self.mobile.contract_line_ids), 2)

    def test_unticked_and_removed_rows_keep_their_price(self):
        other = self._make_active_line("2025-11-01", price=80)
        row = self._preview()
        row.selected = False
        row.adjustment_id.row_ids.filtered(
            lambda row: row.contract_line_id == other
        ).unlink()
        with self.assertRaisesRegex(UserError, "No line is ticked"):
            row.adjustment_id.action_apply()
        self.assertFalse((self.line | other).mapped("date_end")[0])

    def test_a_price_typed_into_the_list_counts(self):
        row = self._preview()
        with Form(row.adjustment_id) as form, form.row_ids.edit(0) as edited:
            edited.new_price = 64.5
        row.adjustment_id.action_apply()
        self.assertEqual(row.successor_id.price_unit, 64.5)

    def test_a_month_that_is_over_keeps_its_price(self):
        with self.assertRaisesRegex(UserError, "past months keep their price"):
            self._preview(competence=NOVEMBER)

    def test_a_month_that_is_invoiced_keeps_its_price(self):
        row = self._preview()
        self.line.last_date_invoiced = "2027-01-31"
        with self.assertRaisesRegex(UserError, "is invoiced up to"):
            row.adjustment_id.action_apply()

    def test_any_day_names_its_month(self):
        form = Form(self.env["mvno.price.adjustment"].with_user(self.manager))
        form.competence = date(2027, 1, 20)
        self.assertEqual(form.competence, JANUARY)

    def test_managers_only_adjust_prices(self):
        adjustment = self._adjustment(self.manager)
        adjustment.action_preview()
        adjustment.action_apply()
        self.assertEqual(adjustment.applied_count, 1)
        with self.assertRaises(AccessError):
            self.env["mvno.price.adjustment"].with_user(self.attendant).create({})

    # === MANY === #

    def test_many_lines_cost_few_queries_more(self):
        def adjust():
            adjustment = self._adjustment()
            adjustment.action_preview()
            adjustment.action_apply()

        def queries(count):
            for line in self._make_contract(count).contract_line_ids:
                self._make_active_line("2025-11-01", line, price=60)
            with self.env.cr.savepoint() as savepoint:
                number = self.count_queries(adjust)
                savepoint.rollback()
            return number

        queries(1)
        few = queries(3)
        many = queries(20)
        self.assertLess(many - few, 8)

    # === A CHANGE OF PLAN AFTER IT === #

    def test_a_change_of_plan_takes_the_place_of_the_planned_price(self):
        row = self._preview()
        row.adjustment_id.action_apply()
        other = self._make_product(self._make_plan("0102", "10 GB"), list_price=80)
        successor = self.line._mvno_succeed(date(2026, 12, 20), product_id=other.id)
        self.assertTrue(row.successor_id.is_canceled)
        self.assertEqual(self.line.date_end, date(2026, 12, 19))
        self.assertFalse(successor.date_end)
        self.assertEqual(successor.price_unit, 80.0)

    def test_the_end_of_the_line_ends_the_planned_price(self):
        row = self._preview()
        row.adjustment_id.action_apply()
        self.mobile._on_cancelled("customer", date(2026, 12, 20))
        self.assertTrue(row.successor_id.is_canceled)
        self.assertEqual(self.line.date_end, date(2026, 12, 20))
