# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, datetime
from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo.modules.migration import load_script
from odoo.modules.module import get_module_path
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.days.mvno_line_hold import FREE
from ..billing_common import DECEMBER, JANUARY_1, NOVEMBER, OCTOBER, at_time
from ..late_common import LateCase


@tagged("post_install", "-at_install")
class TestLateMonths(LateCase):
    """Only what is learnt opens a billed month, only its own days, and once."""

    def _corrections(self, line=None):
        return self._adjustments(line), self.invoice.reversal_move_ids

    def test_rules_prices_and_settings_open_no_billed_month(self):
        self.line.write(
            {
                "specific_price": 30,
                "discount": 50,
                "mvno_first_month": "free",
                "mvno_last_month": "full",
                "mvno_billing_from": "2026-11-15",
            }
        )
        self.platform.tz = "America/Manaus"
        # a reason to block it, that was in force all along
        self.env["mvno.line.hold"].create(
            {
                "line_id": self.mobile.id,
                "reason": "nonpayment",
                "date_start": datetime(2026, 11, 10, 13),
            }
        )
        self._settle()
        self._run(self.run_)
        self.assertFalse(self._facts())
        self.assertEqual(self._adjustments(), [])

    def test_a_fact_counts_by_what_the_month_was_billed_by(self):
        self.line.write({"specific_price": 30, "discount": 50})
        self._cancel(date(2026, 11, 20))
        self._settle()
        self.assertEqual(self._adjustments(), [-20.0])

    def test_a_fact_changes_its_own_days_only(self):
        """Days blocked at the time, which were charged when the month was billed, stay
        charged whatever counts today."""
        self._suspend(self.mobile, datetime(2026, 11, 3, 13), datetime(2026, 11, 8, 13))
        self._cancel(date(2026, 11, 20))
        self._settle()
        self.assertEqual(self._adjustments(), [-20.0])

    def test_a_fact_told_twice_is_settled_once(self):
        self._cancel(date(2026, 11, 20))
        self.mobile._on_days_learnt(
            date(2026, 11, 21), date(2026, 12, 5), "cancellation"
        )
        self._settle()
        self.mobile._on_days_learnt(
            date(2026, 11, 21), date(2026, 12, 5), "cancellation"
        )
        self._settle()
        self.assertEqual(self._adjustments(), [-20.0])
        self.assertEqual(len(self._fact()), 1)

    def _correct(self, day):
        """The line was cancelled on another day than was told."""
        self.mobile.cancellation_date = day
        self.line.date_end = day
        self.mobile._on_days_learnt(
            date.fromordinal(day.toordinal() + 1), date(2026, 12, 5), "cancellation"
        )

    def test_a_cancellation_that_is_corrected_comes_to_the_right_total(self):
        self._second_line()
        self._cancel(date(2026, 11, 20))
        self._settle()
        self.assertEqual(self.invoice.amount_residual, 40)
        self._correct(date(2026, 11, 25))
        self._settle()
        # ten more are owed for the 21st to the 25th
        with at_time(JANUARY_1):
            self._bill(DECEMBER)
        self.assertEqual(self._adjustments(), [-20.0, 10.0])
        self.assertEqual(self.month.days_free, "26-30")

    def test_a_cancellation_that_is_corrected_before_it_is_settled(self):
        self._pay(self.invoice)
        self._cancel(date(2026, 11, 20))
        self._settle()
        self.assertEqual(self._fact().amount, -20)
        self._correct(date(2026, 11, 25))
        self._settle()
        self.assertRecordValues(self._fact(), [{"state": "refund", "amount": -10.0}])

    def test_a_block_within_days_that_are_gone_gives_nothing_more(self):
        self._cancel(date(2026, 11, 20))
        self._settle()
        self.mobile._on_days_learnt(date(2026, 11, 22), date(2026, 11, 24), "block")
        self._settle()
        self.assertEqual(self._adjustments(), [-20.0])

    def test_a_cancellation_reaches_every_month_that_is_billed(self):
        """Learnt in January: of November ten days, and all of December."""
        with at_time(JANUARY_1):
            self._bill(DECEMBER)
            self._cancel(date(2026, 11, 20))
            self._settle()
        self.assertCountEqual(self._adjustments(), [-20.0, -60.0])
        self.assertEqual(
            self._invoices(self.line).mapped("amount_residual"), [40.0, 0.0, 0.0, 0.0]
        )

    def test_an_earlier_month_of_a_plan_in_advance_is_settled_too(self):
        line = self._make_active_line("2026-10-01", price=62)
        line.mvno_billing_timing = "advance"
        with at_time("2026-11-01 15:00:00"):
            self._bill(OCTOBER)
        first = self._invoices(line)
        self.assertEqual(first.amount_untaxed, 124)
        with at_time("2026-11-05 15:00:00"):
            self._suspend(
                line.mvno_line_id,
                datetime(2026, 10, 10, 13),
                datetime(2026, 10, 15, 13),
            )
            self._learn(
                line.mvno_line_id, "block", date(2026, 10, 10), date(2026, 10, 15)
            )
            self._settle()
        # the 11th to the 14th, at 2.00 a day
        self.assertEqual(self._adjustments(line), [-8.0])
        self.assertEqual(first.amount_residual, 116)
        self._run(self.run_)
        item = line.mvno_item_ids.filtered(
            lambda item: item.kind == "recurring" and item.competence == NOVEMBER
        )
        # the note is no person's: the month in advance is settled by its run
        self.assertFalse(item.is_provisional)
        self.assertFalse(self.run_.issue_ids)

    def test_a_month_in_advance_that_was_settled_is_opened_by_a_fact(self):
        line = self._make_active_line("2026-10-01", price=60)
        line.mvno_billing_timing = "advance"
        with at_time("2026-11-01 15:00:00"):
            self._bill(OCTOBER)
        self._run(self.run_)
        self._cancel(date(2026, 11, 20), line.mvno_line_id)
        self._settle()
        self.assertEqual(self._adjustments(line), [-20.0])

    def test_days_that_the_contract_line_pays_for_later_are_corrected_once(self):
        """A line billed to its end on the 20th, which was a mistake."""
        line = self._make_active_line(price=60)
        line.date_end = "2026-11-20"
        self._run(self.run_)
        self._suspend(
            line.mvno_line_id, datetime(2026, 11, 3, 13), datetime(2026, 11, 6, 13)
        )
        line.date_end = False
        self._run(self.run_)
        # ten days more; of those that were billed nothing is looked at again
        self.assertEqual(self._adjustments(line), [20.0])

    # === BLOCKED BY TIP === #

    def _blocked_by_tip(self):
        """TIP's own block from the 10th to the 20th, which a read finds on the 5th."""
        hold = self._suspend(
            self.mobile,
            datetime(2026, 11, 10, 13),
            datetime(2026, 11, 20, 13),
            reason="platform",
        )
        self._learn(self.mobile, "block", date(2026, 11, 10), date(2026, 11, 20))
        self._settle()
        return hold

    def test_days_that_tip_blocked_wait_for_a_persons_word(self):
        self._blocked_by_tip()
        self.assertRecordValues(
            self._fact(), [{"state": "confirm", "amount": -18.0, "days_off": "11-19"}]
        )
        self.assertIn("say why", self._fact().message)
        self.assertEqual(self._adjustments(), [])

    def test_days_that_tip_blocked_for_non_payment_are_given_back(self):
        self._blocked_by_tip()._say_why("nonpayment")
        self._settle()
        self.assertEqual(self._adjustments(), [-18.0])

    def test_days_that_tip_blocked_for_misuse_stay_charged(self):
        self._blocked_by_tip()._say_why("misuse")
        self._settle()
        self.assertFalse(self._fact())
        self.assertEqual(self._adjustments(), [])

    def test_days_that_were_charged_under_tips_block_are_opened_by_the_answer(self):
        """Of a version that charged them without a word."""
        hold = self._suspend(
            self.mobile,
            datetime(2026, 11, 10, 13),
            datetime(2026, 11, 20, 13),
            reason="platform",
        )
        self._run(self.run_)
        self.assertEqual(self._adjustments(), [])
        hold._say_why("customer")
        self._settle()
        self.assertEqual(self._adjustments(), [-18.0])

    # === DATABASES OF BEFORE === #

    def _forget_terms(self, item):
        item.write({"monthly_value": False, "discount": False, "days_free": False})

    def _upgrade(self, items):
        """Run the upgrade on a database whose billed months kept nothing yet."""
        self.env.flush_all()
        self.cr.execute(
            "UPDATE mvno_billing_item SET monthly_value = NULL, discount = NULL, "
            "days_free = NULL WHERE id = ANY(%s)",
            (items.ids,),
        )
        path = get_module_path("tip_mvno_billing")
        script = f"{path}/migrations/19.0.5.0.0/pre-late.py"
        load_script(script, "pre-late").migrate(self.cr, "19.0.4.0.0")
        self.env.invalidate_all()

    def test_an_upgrade_opens_no_billed_month(self):
        """Sixty were billed under TIP's own block, 33.33 less 7 % for 23 days, and 52
        for a month with four free days: which ones is not told by the amount."""
        blocked = self._make_active_line(price=60)
        self._suspend(blocked.mvno_line_id, datetime(2026, 11, 1, 3), reason="platform")
        part = self._make_active_line("2026-11-08", price=33.33)
        part.discount = 7
        free = self._make_active_line(price=60)
        self._suspend(
            free.mvno_line_id, datetime(2026, 11, 3, 13), datetime(2026, 11, 8, 13)
        )
        # what a version before this one did
        with patch.object(
            type(self.mobile),
            "_blocked_days",
            lambda mobiles, first, last: {
                free.mvno_line_id.id: {
                    date(2026, 11, number): FREE for number in range(4, 8)
                }
            },
        ):
            self._run(self.run_)
        items = (blocked | part | free).mvno_item_ids
        self.assertEqual(items.mapped("amount"), [60.0, 23.76, 52.0])
        self._upgrade(items)
        self.assertRecordValues(
            items,
            [
                {"monthly_value": 60.0, "discount": 0.0, "days_free": ""},
                {"monthly_value": 33.33, "discount": 7.0, "days_free": ""},
                {"monthly_value": 0.0, "discount": 0.0, "days_free": False},
            ],
        )
        self._settle()
        self._run(self.run_)
        with at_time(JANUARY_1):
            self._bill(DECEMBER)
        for line in blocked | part | free:
            self.assertEqual(self._adjustments(line), [])

    def test_a_month_billed_before_its_days_were_kept(self):
        self._forget_terms(self.month)
        self._cancel(date(2026, 11, 20))
        self._settle()
        self.assertEqual(self._adjustments(), [-20.0])

    def test_a_part_of_a_month_whose_free_days_are_on_record(self):
        line = self._make_active_line(price=60)
        self._suspend(
            line.mvno_line_id, datetime(2026, 11, 3, 13), datetime(2026, 11, 8, 13)
        )
        self._run(self.run_)
        item = line.mvno_item_ids
        self.assertEqual((item.amount, item.days_free), (52.0, "4-7"))
        self._forget_terms(item)
        self._cancel(date(2026, 11, 20), line.mvno_line_id)
        self._settle()
        self.assertEqual(self._adjustments(line), [-20.0])
        self.assertEqual(item.days_free, "4-7, 21-30")

    def test_a_part_of_a_month_that_nobody_can_explain_is_for_a_person(self):
        self._forget_terms(self.month)
        self.month.amount = 51.37
        self._cancel(date(2026, 11, 20))
        self._settle()
        self.assertEqual(self._fact().state, "manual")
        self.assertEqual(self._adjustments(), [])

    # === ONCE === #

    def test_what_goes_wrong_with_the_money_leaves_the_fact_alone(self):
        facts = type(self.env["mvno.billing.fact"])
        with (
            patch.object(facts, "_note", side_effect=ValueError),
            mute_logger("odoo.addons.tip_mvno_billing.models.late.mvno_line"),
        ):
            self.mobile._on_cancelled("port_out", date(2026, 11, 20))
            self.mobile._on_days_learnt(
                date(2026, 11, 21), date(2026, 12, 5), "cancellation"
            )
        self.assertEqual(self.mobile.state, "cancelled")

    @mute_logger("odoo.sql_db")
    def test_the_database_holds_that_it_is_settled_once(self):
        self._cancel(date(2026, 11, 20))
        self._settle()
        item = self._fact().item_ids
        with self.assertRaises(UniqueViolation):
            item.copy({"source_key": "another", "state": "billed"})
