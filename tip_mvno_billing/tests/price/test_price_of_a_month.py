# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from freezegun import freeze_time
from psycopg2 import errors

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..billing_common import DECEMBER, DECEMBER_1, NOVEMBER, OCTOBER, BillingCase


@tagged("post_install", "-at_install")
class TestContractLinePrice(BillingCase):
    """What a month costs: the plan's rules for its first and last days, discounts."""

    def _plan(self, line, **vals):
        line.write(vals)
        return line

    def _days(self, line, month):
        part = line._mvno_part(month)
        return part and (part.start.day, part.end.day)

    # === THE FIRST MONTH === #

    def test_a_plan_can_charge_the_whole_first_month(self):
        line = self._plan(
            self._make_active_line("2026-11-10", price=60), mvno_first_month="full"
        )
        self.assertEqual(line._mvno_part(NOVEMBER).amount, 60)

    def test_a_plan_can_be_free_until_the_1st(self):
        line = self._plan(
            self._make_active_line("2026-11-10", price=60), mvno_first_month="free"
        )
        self.assertIsNone(line._mvno_part(NOVEMBER))
        self.assertEqual(line._mvno_part(DECEMBER).amount, 60)

    def test_a_line_that_begins_on_the_1st_is_not_free(self):
        line = self._plan(self._make_active_line(price=60), mvno_first_month="free")
        self.assertEqual(line._mvno_part(NOVEMBER).amount, 60)

    def test_a_change_of_plan_is_split_by_days_whatever_the_rules(self):
        for first_month in ("full", "free"):
            with self.subTest(first_month=first_month):
                line = self._plan(
                    self._make_active_line("2026-10-05", price=60),
                    mvno_first_month=first_month,
                    mvno_last_month="full",
                )
                successor = line._mvno_succeed(date(2026, 11, 11), specific_price=90)
                self.assertEqual(line._mvno_part(NOVEMBER).amount, 20)
                self.assertEqual(successor._mvno_part(NOVEMBER).amount, 60)

    def test_an_upgrade_after_a_free_month_is_paid_from_its_day(self):
        line = self._plan(
            self._make_active_line("2026-10-10", price=60), mvno_first_month="free"
        )
        successor = line._mvno_succeed(date(2026, 11, 16), specific_price=90)
        self.assertEqual(successor._mvno_part(NOVEMBER).amount, 45)

    def test_another_holder_was_promised_no_free_month(self):
        line = self._plan(
            self._make_active_line("2026-11-10", price=60), mvno_first_month="free"
        )
        mobile = line.mvno_line_id
        line.date_end = date(2026, 11, 15)
        mobile.partner_id = self._make_partner(name="Outra")
        other = self._make_contract(partner=mobile.partner_id)
        theirs = other.contract_line_ids
        theirs.write({"date_start": "2026-11-16", "specific_price": 60})
        theirs.mvno_line_id = mobile
        self.assertEqual(theirs._mvno_part(NOVEMBER).amount, 30)

    def test_an_adopted_line_is_charged_by_days(self):
        line = self._plan(
            self._make_active_line("2026-11-01", price=60), mvno_first_month="full"
        )
        line.mvno_billing_from = "2026-11-16"
        self.assertEqual(line._mvno_part(NOVEMBER).amount, 30)

    # === THE LAST MONTH === #

    def test_a_plan_can_charge_the_whole_last_month(self):
        line = self._plan(self._make_active_line(price=60), mvno_last_month="full")
        line.mvno_line_id._on_cancelled("customer", date(2026, 11, 10))
        self.assertEqual(line._mvno_part(NOVEMBER).amount, 60)
        self.assertIsNone(line._mvno_part(DECEMBER))

    @freeze_time(DECEMBER_1)
    def test_a_whole_last_month_is_on_the_invoice(self):
        line = self._plan(self._make_active_line(price=60), mvno_last_month="full")
        line.mvno_line_id._on_cancelled("customer", date(2026, 11, 10))
        self._bill(NOVEMBER)
        item = line.mvno_item_ids
        self.assertEqual((item.amount, item.period_end), (60, date(2026, 11, 30)))
        self.assertEqual(line.last_date_invoiced, line.date_end)

    def test_a_line_free_until_the_1st_that_ends_before_costs_nothing(self):
        line = self._plan(
            self._make_active_line("2026-11-05", price=60),
            mvno_first_month="free",
            mvno_last_month="full",
        )
        line.mvno_line_id._on_cancelled("customer", date(2026, 11, 10))
        self.assertIsNone(line._mvno_part(NOVEMBER))
        self.assertIsNone(line._mvno_part(DECEMBER))

    # === DISCOUNTS === #

    def test_a_discount_ends_after_its_last_month(self):
        line = self._make_active_line("2026-10-01", price=60)
        line.write({"discount": 10, "mvno_discount_end": NOVEMBER})
        amounts = [line._mvno_part(m).amount for m in (OCTOBER, NOVEMBER, DECEMBER)]
        self.assertEqual(amounts, [54, 54, 60])

    def test_half_a_cent_is_rounded_up_after_the_discount(self):
        line = self._make_active_line(price=59.9)
        line.discount = 5
        # 56.905
        self.assertEqual(line._mvno_part(NOVEMBER).amount, 56.91)

    @freeze_time(DECEMBER_1)
    def test_the_invoice_says_what_the_part_of_the_month_came_to(self):
        """Every number of days of November, with awkward discounts."""
        lines = self.env["contract.line"]
        for day in range(1, 31):
            line = self._make_active_line(f"2026-11-{day:02d}", price=59.9 + day / 7)
            line.discount = day / 3
            lines |= line
        self._bill(NOVEMBER)
        for line in lines:
            self.assertEqual(
                line.mvno_item_ids.move_line_id.price_subtotal,
                line._mvno_part(NOVEMBER).amount,
            )

    def test_a_successor_keeps_the_discount_and_its_end(self):
        line = self._make_active_line("2026-10-01", price=60)
        line.write({"discount": 10, "mvno_discount_end": NOVEMBER})
        successor = line._mvno_succeed(NOVEMBER, specific_price=100)
        self.assertEqual(successor._mvno_part(NOVEMBER).amount, 90)
        self.assertEqual(successor._mvno_part(DECEMBER).amount, 100)

    # === COURTESY === #

    def test_a_courtesy_costs_nothing_from_its_signing_on(self):
        contract = self._make_contract()
        line = self.env["contract.line"].create(
            {
                "contract_id": contract.id,
                "product_id": self.product.id,
                "mvno_courtesy": True,
            }
        )
        self.assertEqual(line.price_unit, 0)

    def test_a_courtesy_with_a_price_is_refused(self):
        line = self._make_active_line(price=60)
        with mute_logger("odoo.sql_db"), self.assertRaises(errors.CheckViolation):
            line.mvno_courtesy = True
            line.flush_recordset()

    def test_a_new_price_ends_the_courtesy(self):
        line = self._make_active_line("2026-10-01", price=0)
        line.mvno_courtesy = True
        self.assertTrue(line._mvno_succeed(NOVEMBER).mvno_courtesy)
        successor = line.contract_id.contract_line_ids.filtered("mvno_courtesy")[-1]
        again = successor._mvno_succeed(DECEMBER, specific_price=60)
        self.assertFalse(again.mvno_courtesy)

    # === WHOLE MONTHS AND PARTS === #

    @freeze_time(DECEMBER_1)
    def _bill_one(self, line, competence):
        self._bill(competence)
        return self._invoices(line).invoice_line_ids

    def test_a_whole_month_costs_the_monthly_value(self):
        line = self._make_active_line(price=59.9)
        self.assertEqual(line._mvno_part(NOVEMBER).amount, 59.9)

    def test_a_part_of_a_month_costs_its_share_in_cents(self):
        line = self._make_active_line("2026-11-10", price=59.9)
        # 59.90 x 21 / 30 = 41.93
        self.assertEqual(line._mvno_part(NOVEMBER).amount, 41.93)

    def test_a_discounted_part_is_rounded_once(self):
        line = self._make_active_line("2026-10-31", price=59.9)
        line.discount = 10
        # 59.90 x 0.9 / 31 = 1.739; rounded in between it would be 1.93 x 0.9 = 1.737
        move_line = self._bill_one(line, OCTOBER)
        self.assertEqual(move_line.price_subtotal, 1.74)
