# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from freezegun import freeze_time
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import SQL

from odoo.addons.tip_mvno.tests.common import OTHER_CPF

from ..billing_common import DECEMBER, NOVEMBER, OCTOBER
from ..charge_common import ChargeCase
from ..tools.test_tools_month import EXAMPLES

JANUARY, FEBRUARY = date(2027, 1, 1), date(2027, 2, 1)
MONTHS = st.sampled_from([OCTOBER, NOVEMBER, DECEMBER, JANUARY])
PERCENT = st.integers(0, 10000).map(lambda number: number / 100)


@tagged("post_install", "-at_install")
class TestMvnoDiscount(ChargeCase):
    """A line of 60.00 since November costs less from a month on; it is 12 December."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._bill(NOVEMBER)
        cls.startClassPatcher(freeze_time("2026-12-12 15:00:00"))

    def _dialog(self, user=None, **vals):
        user = user or self.manager
        action = self.mobile.with_user(user).action_discount()
        dialog = Form(
            self.env["mvno.discount"]
            .with_user(user)
            .with_context(
                **action["context"], active_id=action["context"]["active_ids"][0]
            )
        )
        dialog.reason = "Three weeks without signal"
        for name, value in vals.items():
            setattr(dialog, name, value)
        return dialog

    def _give(self, **vals):
        self._dialog(**vals).save().action_apply()

    def _months(self):
        """:return: what December, January and February cost"""
        for today, month in (
            ("2027-01-01 15:00:00", DECEMBER),
            ("2027-02-01 15:00:00", JANUARY),
            ("2027-03-01 15:00:00", FEBRUARY),
        ):
            self.at(today)
            self._bill(month)
        items = self.mobile.contract_line_ids.mvno_item_ids.filtered(
            lambda item: item.kind == "recurring"
        )
        return [
            sum(
                items.filtered(
                    lambda item, month=month: item.competence == month
                ).move_line_id.mapped("price_total")
            )
            for month in (NOVEMBER, DECEMBER, JANUARY, FEBRUARY)
        ]

    def test_a_discount_counts_from_its_first_to_its_last_month(self):
        self._give(percent=50.0, last_month=JANUARY)
        self.assertEqual(self._months(), [60.0, 30.0, 30.0, 60.0])

    def test_a_discount_without_an_end_goes_on(self):
        self._give(percent=50.0, competence=JANUARY)
        self.assertEqual(self._months(), [60.0, 60.0, 30.0, 30.0])

    def test_a_courtesy_costs_nothing_and_ends(self):
        self._give(kind="courtesy", last_month=JANUARY)
        self.assertEqual(self._months(), [60.0, 0.0, 0.0, 60.0])
        free = self.mobile.contract_line_ids.filtered("mvno_courtesy")
        self.assertEqual(
            (free.date_start, free.date_end), (DECEMBER, date(2027, 1, 31))
        )

    def test_neither_takes_a_discount_away(self):
        self._give(percent=50.0)
        self._give(kind="none", competence=FEBRUARY)
        self.assertEqual(self._months(), [60.0, 30.0, 30.0, 60.0])

    def test_after_a_courtesy_a_line_without_price_has_none_again(self):
        self.line.specific_price = 0.0
        self._give(kind="courtesy", last_month=JANUARY)
        afterwards = self.mobile.contract_line_ids.sorted("date_start")[-1]
        self.assertRecordValues(
            afterwards,
            [{"date_start": FEBRUARY, "price_unit": 0.0, "mvno_courtesy": False}],
        )

    def test_a_courtesy_that_ends_at_no_price_is_none_any_more(self):
        self._give(kind="courtesy")
        self._give(kind="none", price=0.0, competence=JANUARY)
        self.at("2027-01-05 15:00:00")
        paying = self.mobile.contract_line_ids.sorted("date_start")[-1]
        self.assertEqual((paying.price_unit, paying.mvno_courtesy), (0.0, False))

    def test_neither_ends_a_courtesy_at_the_price_lists_price(self):
        self._give(kind="courtesy")
        dialog = self._dialog(kind="none", competence=FEBRUARY)
        self.assertEqual(dialog.price, 59.9)
        dialog.save().action_apply()
        self.assertEqual(self._months(), [60.0, 0.0, 0.0, 59.9])

    def test_a_planned_price_gets_the_discount_too(self):
        self.line._mvno_succeed(FEBRUARY, specific_price=80.0)
        self._give(percent=50.0)
        self.assertEqual(self._months(), [60.0, 30.0, 30.0, 40.0])

    def test_a_line_that_began_this_month_has_it_from_its_first_day(self):
        self.line = self._make_active_line("2026-12-10", price=62)
        self.mobile = self.line.mvno_line_id
        self._give(percent=50.0)
        paying = self.mobile.contract_line_id
        self.assertEqual(
            (paying.date_start, paying.discount), (date(2026, 12, 10), 50.0)
        )
        self.assertTrue(self.line.is_canceled)

    def test_the_reason_is_in_the_lines_history(self):
        self._give(percent=12.5, last_month=JANUARY)
        body = self.mobile.message_ids[0].body
        self.assertIn("Discount 12.5 % from 12/2026 to 01/2027", body)
        self.assertIn("Three weeks without signal", body)

    def test_an_invoiced_month_keeps_its_price(self):
        with self.assertRaisesRegex(UserError, "is invoiced up to"):
            self._give(percent=50.0, competence=NOVEMBER)

    def test_months_that_make_no_sense_are_refused(self):
        for vals, said in (
            ({"competence": OCTOBER, "percent": 5.0}, "long over"),
            ({"last_month": NOVEMBER, "percent": 5.0}, "before the first"),
            ({"percent": 0.0}, "How many percent"),
        ):
            dialog = self._dialog(**{"percent": 1.0, **vals})
            with self.subTest(said), self.assertRaisesRegex(UserError, said):
                dialog.save().action_apply()

    def test_managers_only_give_discounts(self):
        dialog = self._dialog(percent=50.0).save()
        with self.assertRaises(AccessError):
            self._dialog(self.attendant)
        with self.assertRaises(AccessError):
            dialog.with_user(self.attendant).action_apply()

    def test_what_was_agreed_before_goes_on(self):
        self.line.mvno_benefit = 120.0
        self._give(percent=50.0)
        paying = self.mobile.contract_line_id
        self.assertEqual(
            (paying.mvno_benefit, paying.commitment_end, paying.price_unit),
            (120.0, self.line.commitment_end, 60.0),
        )

    # === A DISCOUNT UPON ANOTHER === #

    def _stand(self, **vals):
        """Let the line have a discount that counts when another one is given."""
        self.line = self._make_active_line("2025-11-01", price=60)
        self.line.write(
            {"discount": 10.0, "mvno_billing_from": DECEMBER, **vals},
        )
        self.mobile = self.line.mvno_line_id

    def test_the_standing_discount_counts_again_after_one_that_ends(self):
        self._stand()
        self._give(percent=50.0, last_month=DECEMBER)
        self.assertEqual(self._months(), [0.0, 30.0, 54.0, 54.0])

    def test_a_discount_for_a_time_takes_the_place_of_another_for_a_time(self):
        self._stand(mvno_discount_end=JANUARY, mvno_discount_after=5.0)
        self._give(percent=50.0, last_month=DECEMBER)
        self.assertEqual(self._months(), [0.0, 30.0, 54.0, 57.0])

    def test_a_discount_without_an_end_replaces_what_stood(self):
        self._stand()
        self._give(percent=50.0)
        self.assertEqual(self._months(), [0.0, 30.0, 30.0, 30.0])

    def test_a_price_adjustment_keeps_both_discounts(self):
        self._stand()
        self._give(percent=50.0, last_month=JANUARY)
        adjustment = self.env["mvno.price.adjustment"].create(
            {
                "platform_id": self.platform.id,
                "competence": JANUARY,
                "method": "fixed",
                "value": 80.0,
            }
        )
        adjustment.action_preview()
        row = adjustment.row_ids.filtered(
            lambda row: row.contract_line_id == self.mobile.contract_line_id
        )
        self.assertFalse(row.warning)
        row._apply()
        self.assertEqual(self._months(), [0.0, 30.0, 40.0, 72.0])

    def test_a_change_of_plan_keeps_both_discounts(self):
        self._stand()
        self._give(percent=50.0, last_month=JANUARY)
        other = self._make_product(self._make_plan("0102", "10 GB"), list_price=80)
        self.mobile.contract_line_id._mvno_succeed(JANUARY, product_id=other.id)
        self.assertEqual(self._months(), [0.0, 30.0, 40.0, 72.0])

    def test_a_planned_price_beyond_the_last_month_is_left_alone(self):
        planned = self.line._mvno_succeed(FEBRUARY, specific_price=80.0)
        self._give(percent=50.0, last_month=JANUARY)
        self.assertFalse(planned.is_canceled)
        self.assertEqual(self._months(), [60.0, 30.0, 30.0, 80.0])

    # === ANOTHER HOLDER === #

    def _proposed(self):
        """:return: the monthly value that is proposed for another holder"""
        return Form(
            self.env["mvno.holder.change"].with_context(
                active_model="mvno.line", active_id=self.mobile.id
            )
        ).price

    def test_another_holder_gets_no_discount_that_ends(self):
        self._stand(mvno_discount_end=NOVEMBER)
        self.assertEqual(self._proposed(), 60.0)
        self.line.mvno_discount_after = 5.0
        self.assertEqual(self._proposed(), 57.0)

    def test_another_holder_is_proposed_the_standing_discount(self):
        self._stand()
        self.assertEqual(self._proposed(), 54.0)

    def test_the_price_of_another_holder_has_no_discount_after_it(self):
        self._stand(mvno_discount_end=JANUARY, mvno_discount_after=5.0)
        holder = self._make_partner(name="Novo Titular", vat=OTHER_CPF)
        self.mobile._take_holder(holder, date(2026, 12, 12), price=57.0)
        paying = self.mobile.contract_line_id
        self.assertEqual(
            (paying.price_unit, paying.discount, paying.mvno_discount_after),
            (57.0, 0.0, 0.0),
        )

    def test_a_courtesy_is_not_the_next_holders(self):
        self._give(kind="courtesy")
        self.assertEqual(self._proposed(), 59.9)
        holder = self._make_partner(name="Novo Titular", vat=OTHER_CPF)
        self.mobile._take_holder(holder, date(2026, 12, 12))
        paying = self.mobile.contract_line_id
        self.assertEqual((paying.price_unit, paying.mvno_courtesy), (59.9, False))

    def test_days_billed_elsewhere_stay_so(self):
        self.line = self._make_active_line("2025-11-01", price=62)
        self.mobile = self.line.mvno_line_id
        self.line.mvno_billing_from = JANUARY
        self._give(percent=50.0)
        self.assertEqual(self._months(), [0.0, 0.0, 31.0, 31.0])

    @settings(EXAMPLES, max_examples=60)
    @given(
        st.integers(0, 100000).map(lambda cents: cents / 100),
        PERCENT,
        PERCENT,
        st.none() | MONTHS,
        MONTHS,
    )
    def test_lists_and_runs_work_out_the_same_discount(
        self, price, discount, after, end, month
    ):
        """What SQL says of a month is what Python says of it."""
        self.line.write(
            {
                "specific_price": price,
                "discount": discount,
                "mvno_discount_after": after,
                "mvno_discount_end": end,
            }
        )
        self.env.flush_all()
        lines = self.env["contract.line"]
        [[found, value]] = self.env.execute_query(
            SQL(
                "SELECT %s, %s FROM contract_line line WHERE id = %s",
                lines._mvno_discount_sql("line", SQL("%s::date", month)),
                lines._mvno_value_sql("line", SQL("%s::date", month)),
                self.line.id,
            )
        )
        expected = self.line._mvno_discount_of(month)
        self.assertAlmostEqual(float(found), expected, 6)
        self.assertAlmostEqual(float(value), price * (1 - expected / 100), 6)
