# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from odoo.tests import BaseCase, tagged

from ...tools.fine import is_regretted, months_left

START, END = date(2026, 11, 1), date(2027, 11, 1)


@tagged("post_install", "-at_install")
class TestMonthsLeft(BaseCase):
    """What a commitment has left counts in whole months, from the day after the end."""

    def left(self, last_day, start=START, end=END, is_person=True):
        return months_left(start, end, last_day, is_person)

    def test_a_month_begun_is_not_left(self):
        for last_day, expected in (
            (date(2026, 11, 1), 11),
            (date(2026, 11, 30), 11),
            (date(2026, 12, 1), 10),
            (date(2027, 9, 30), 1),
            (date(2027, 10, 1), 0),
            (date(2027, 10, 31), 0),
            (date(2027, 11, 1), 0),
            (date(2028, 6, 1), 0),
        ):
            with self.subTest(last_day):
                self.assertEqual(self.left(last_day), (expected, 12))

    def test_a_line_that_ends_before_it_began_owes_all_months_at_most(self):
        self.assertEqual(self.left(date(2026, 10, 1)), (12, 12))

    def test_a_person_commits_for_12_months_at_most(self):
        end = date(2028, 11, 1)
        self.assertEqual(self.left(date(2026, 12, 31), end=end), (10, 12))
        self.assertEqual(self.left(date(2027, 12, 31), end=end), (0, 12))
        self.assertEqual(
            self.left(date(2027, 12, 31), end=end, is_person=False), (10, 24)
        )

    def test_the_31st_and_the_29th_of_february_are_days_like_others(self):
        start, end = date(2028, 2, 29), date(2029, 2, 28)
        self.assertEqual(self.left(date(2028, 8, 27), start, end), (6, 12))
        self.assertEqual(self.left(date(2028, 8, 28), start, end), (5, 12))
        start, end = date(2026, 8, 31), date(2027, 2, 28)
        self.assertEqual(self.left(date(2026, 9, 27), start, end), (5, 6))
        self.assertEqual(self.left(date(2026, 9, 30), start, end), (4, 6))

    def test_a_commitment_that_is_no_whole_months_counts_the_broken_one(self):
        self.assertEqual(self.left(date(2026, 12, 31), end=date(2027, 4, 15)), (3, 6))

    def test_a_contract_is_regretted_for_7_days(self):
        self.assertTrue(is_regretted(START, date(2026, 11, 8)))
        self.assertFalse(is_regretted(START, date(2026, 11, 9)))
