# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..common import MvnoCase

NOON = "2026-11-02 15:00:00"


@tagged("post_install", "-at_install")
@freeze_time(NOON)
class TestMvnoLineHoldSuspension(MvnoCase):
    """Suspension at the customer's request: 30 to 120 days, once a year, paid up."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._make_line("active")
        cls.attendant = cls._make_user("attendant", "tip_mvno.group_attendant")
        cls.manager = cls._make_user("manager", "tip_mvno.group_manager")

    def _suspend(self, date_end=False, user=None, **kwargs):
        line = self.line.with_user(user or self.attendant)
        line.action_block_total("customer", date_end, **kwargs)

    def _suspended_before(self, start, end, **vals):
        return self.env["mvno.line.hold"].create(
            {
                "line_id": self.line.id,
                "reason": "customer",
                "date_start": start,
                "lifted_at": end,
                **vals,
            }
        )

    def _dialog(self, lines=None, user=None):
        return Form(
            self.env["mvno.block"]
            .with_user(user or self.attendant)
            .with_context(active_model="mvno.line", active_ids=(lines or self.line).ids)
        )

    # === LENGTH === #

    def test_it_lasts_from_30_to_120_days(self):
        for end, allowed in (
            ("2026-12-01", False),
            ("2026-12-02", True),
            ("2027-03-02", True),
            ("2027-03-03", False),
        ):
            with self.subTest(end=end):
                self.line = self._make_line("active")
                if allowed:
                    self._suspend(end)
                    self.assertEqual(self.line.hold_ids.date_end.isoformat(), end)
                else:
                    with self.assertRaisesRegex(UserError, "30 to 120 days"):
                        self._suspend(end)
                    self.assertFalse(self.line.hold_ids)

    def test_without_an_end_it_is_the_shortest_one(self):
        self._suspend()
        self.assertEqual(self.line.hold_ids.date_end.isoformat(), "2026-12-02")

    def test_a_day_begins_where_the_platform_is(self):
        with freeze_time("2026-11-02 02:00:00"):  # still the 1st in São Paulo
            self._suspend()
        self.assertEqual(self.line.hold_ids.date_end.isoformat(), "2026-12-01")

    def test_the_days_are_the_platforms_settings(self):
        self.platform.write({"suspension_min_days": 5, "suspension_max_days": 6})
        with self.assertRaisesRegex(UserError, "5 to 6 days"):
            self._suspend("2026-12-02")
        self._suspend("2026-11-07")

    @mute_logger("odoo.sql_db")
    def test_senseless_settings_are_refused(self):
        for vals in (
            {"suspension_min_days": 0},
            {"suspension_max_days": 29},
            {"suspension_months": -1},
        ):
            with self.subTest(vals), self.assertRaises(ValidationError):
                self.platform.write(vals)

    def test_it_goes_on_when_it_is_asked_for_again(self):
        self._suspend("2026-12-31")
        self._suspend()
        self.assertEqual(self.line.hold_ids.date_end.isoformat(), "2026-12-31")
        with freeze_time("2026-12-20 15:00:00"):
            latest = self._written(2027, 3, 2)
            with self.assertRaisesRegex(UserError, f"to {latest}"):
                self._suspend("2027-03-10")
            self._suspend("2027-03-01")
        self.assertEqual(len(self.line.hold_ids), 1)

    def test_a_partial_block_is_no_suspension(self):
        self._suspended_before("2026-08-01 12:00:00", "2026-09-15 12:00:00")
        self.line.with_user(self.attendant).action_block_partial("customer")
        hold = self.line.hold_ids.filtered(lambda hold: not hold.lifted_at)
        self.assertFalse(hold.date_end)
        hold.date_start = "2026-08-20 12:00:00"
        with self.assertRaisesRegex(UserError, "suspended again from"):
            self._suspend()

    def test_a_suspension_counts_from_when_the_block_became_total(self):
        self.line.action_block_partial("customer")
        self.line.hold_ids.date_start = "2026-06-01 12:00:00"
        self._suspend()
        self.assertEqual(str(self.line.hold_ids.date_start), NOON)
        self.assertEqual(self.line.hold_ids.date_end.isoformat(), "2026-12-02")

    # === ONCE A YEAR === #

    def test_it_is_granted_once_in_twelve_months(self):
        self._suspended_before("2025-11-03 12:00:00", "2025-12-20 12:00:00")
        again = self._written(2026, 11, 3)
        with self.assertRaisesRegex(UserError, f"again from {again} on"):
            self._suspend()
        with freeze_time("2026-11-03 15:00:00"):
            self._suspend()
        self.assertEqual(self.line.hold_level, "total")

    def test_what_was_taken_back_the_same_day_does_not_count(self):
        self._suspended_before("2026-10-01 12:00:00", "2026-10-01 20:00:00")
        for _time in range(3):
            self._suspend()
            self.line.action_unblock()
        self.assertEqual(self.line.hold_level, "none")

    def test_only_suspensions_count(self):
        self._suspended_before(
            "2026-08-01 12:00:00", "2026-09-15 12:00:00", reason="theft"
        )
        self._suspended_before(
            "2026-08-01 12:00:00", "2026-09-15 12:00:00", level="partial"
        )
        self._suspend()
        self.assertEqual(self.line.hold_level, "total")

    def test_the_months_between_are_the_platforms_setting(self):
        self._suspended_before("2026-08-01 12:00:00", "2026-09-15 12:00:00")
        self.platform.suspension_months = 0
        self._suspend()
        self.assertEqual(self.line.hold_level, "total")

    # === NOTHING OVERDUE === #

    def _owing(self):
        """Whoever bills knows debts; here everybody owes."""
        return patch.object(
            self.registry["res.partner"],
            "_mvno_overdue",
            lambda partners, company, today: partners,
        )

    def test_who_owes_is_not_suspended(self):
        company, today = self.platform.company_id, self.platform._today()
        self.assertFalse(self.partner._mvno_overdue(company, today))
        with self._owing():
            self.assertTrue(self.partner._mvno_overdue(company, today))
            with self.assertRaisesRegex(UserError, "Maria Exemplo has overdue"):
                self._suspend()
        self.assertFalse(self.line.hold_ids)

    def test_who_owes_may_keep_what_runs(self):
        self._suspend()
        with self._owing():
            self._suspend("2026-12-31")
        self.assertEqual(self.line.hold_ids.date_end.isoformat(), "2026-12-31")

    def test_theft_of_a_debtors_phone_blocks_all_the_same(self):
        with self._owing():
            self.line.with_user(self.attendant).action_block_total("theft")
        self.assertEqual(self.line.open_command_id.priority, "0")

    # === A MANAGER'S WORD === #

    def test_a_manager_sets_the_rules_aside_and_it_stays_on_record(self):
        with self.assertRaises(AccessError):
            self._suspend("2026-11-10", override="he is a friend")
        self._suspend("2026-11-10", self.manager, override="Army service")
        hold = self.line.hold_ids
        self.assertEqual(hold.override_reason, "Army service")
        self.assertEqual(hold.user_id, self.manager)

    def test_a_reason_that_was_not_needed_is_not_kept(self):
        self._suspend("2026-12-10", override="to be sure")
        self.assertFalse(self.line.hold_ids.override_reason)

    # === THE DIALOG === #

    def test_the_dialog_proposes_the_shortest_suspension(self):
        dialog = self._dialog()
        self.assertEqual(dialog.date_end.isoformat(), "2026-12-02")
        self.assertIn("30 to 120 days, once in 12 months", dialog.explanation)
        dialog.save().action_block()
        self.assertEqual(self.line.hold_ids.date_end.isoformat(), "2026-12-02")
        self.assertEqual(self.line.hold_ids.user_id, self.attendant)

    def test_the_dialog_tells_the_problems_before_anything_is_sent(self):
        self._suspended_before("2026-08-01 12:00:00", "2026-09-15 12:00:00")
        with self._owing(), self._dialog() as dialog:
            dialog.date_end = "2027-11-01"
            for sentence in ("30 to 120", "suspended again from", "overdue invoices"):
                self.assertIn(sentence, dialog.problems)
            self.assertFalse(dialog.can_override)
            dialog.reason = "theft"
            self.assertFalse(dialog.problems)
            self.assertFalse(dialog.date_end)
            self.assertEqual(dialog.level, "total")

    def test_the_dialog_lets_a_manager_say_why_nevertheless(self):
        dialog = self._dialog(user=self.manager)
        dialog.date_end = "2026-11-12"
        self.assertTrue(dialog.can_override)
        dialog.override_reason = "Army service"
        dialog.save().action_block()
        self.assertEqual(self.line.hold_ids.override_reason, "Army service")

    def test_the_dialog_explains_each_reason(self):
        with self._dialog() as dialog:
            for reason, level, sentence in (
                ("theft", "total", "at once"),
                ("loss", "total", "at once"),
                ("nonpayment", "partial", "15 days before"),
                ("misuse", "total", "suspected fraud"),
                ("customer", "partial", "no suspension"),
            ):
                with self.subTest(reason):
                    dialog.reason = reason
                    if dialog.level != level:
                        dialog.level = level
                    self.assertIn(sentence, dialog.explanation)

    def test_a_line_not_in_service_is_told_in_the_dialog(self):
        dialog = self._dialog(self.line | self._make_line())
        self.assertIn("not in service", dialog.problems)
        self.assertFalse(dialog.can_override)

    def test_a_note_stays_with_the_hold(self):
        with self._dialog() as dialog:
            dialog.reason = "theft"
            dialog.note = "Police report 1234/2026"
        dialog.record.action_block()
        self.assertEqual(self.line.hold_ids.note, "Police report 1234/2026")

    def test_an_end_that_is_over_is_refused_for_any_reason(self):
        with self.assertRaisesRegex(UserError, "over already"):
            self.line.action_block_total("misuse", "2026-11-01")

    def test_the_problems_of_many_lines_cost_few_queries(self):
        lines = self.env["mvno.line"]
        for _line in range(24):
            lines |= self._make_line("active")
        end = self.platform._suspension_end(self.platform._today())
        few = self.count_queries(lambda: lines[:4]._suspension_problems(end))
        many = self.count_queries(lambda: lines[4:]._suspension_problems(end))
        self.assertLessEqual(many, few + 1)
