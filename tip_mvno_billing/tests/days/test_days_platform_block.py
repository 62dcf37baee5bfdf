# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, datetime, timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.tip_mvno.lib import SimStatus
from odoo.addons.tip_mvno.tests.adoption_common import MARIA, AdoptionCase
from odoo.addons.tip_mvno.tests.common import on_the_tests_clock

from ..billing_common import DECEMBER_1, NOVEMBER, BillingCase, at_time

# 10/11 at 10:00 in São Paulo
BLOCKED_AT = datetime(2026, 11, 10, 13)


@tagged("post_install", "-at_install")
class TestDaysPlatformBlock(BillingCase, AdoptionCase):
    """Lines that TIP blocked are not charged without a person's word, and listed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._make_active_line(price=60)
        cls.mobile = cls.line.mvno_line_id
        cls.clerk = cls._make_user("clerk", "account.group_account_invoice")

    def _block_found(self, mobile=None, at=BLOCKED_AT):
        """TIP blocked the line, and a read found it at once."""
        mobile = mobile or self.mobile
        self._read_says(SimStatus.IN_USE, at - timedelta(seconds=1), mobile)
        self._read_says(SimStatus.TOTALLY_BLOCKED, at, mobile)
        return mobile.hold_ids

    def _read_says(self, status, at, mobile=None):
        mobile = mobile or self.mobile
        with at_time(at), on_the_tests_clock():
            mobile._take_block_states({mobile.id: (status, status.value)})

    def _billed(self, line=None):
        items = (line or self.line).mvno_item_ids
        billed = items.filtered(lambda item: item.state == "billed")
        return round(sum(billed.mapped("amount")), 2)

    def _bill_november(self):
        with at_time(DECEMBER_1):
            return self._bill(NOVEMBER)

    def _listed(self, run, line=None):
        issues = run.issue_ids.filtered(
            lambda issue: issue.contract_line_id == (line or self.line)
        )
        return [
            (issue.code, issue.day_from, issue.day_to, issue.amount) for issue in issues
        ]

    def test_without_a_word_its_days_are_listed_with_what_they_come_to(self):
        self._block_found()
        run = self._bill_november()
        self.assertEqual(self._billed(), 20)
        self.assertEqual(
            self._listed(run),
            [("platform_block", date(2026, 11, 11), date(2026, 11, 30), 40.0)],
        )
        self.assertIn("say why", run.issue_ids[0].reason)

    def test_for_misuse_theft_and_loss_it_is_charged(self):
        for reason in ("misuse", "theft", "loss"):
            with self.subTest(reason), self.cr.savepoint() as savepoint:
                self._block_found()._say_why(reason)
                run = self._bill_november()
                self.assertEqual(self._billed(), 60)
                self.assertFalse(self._listed(run))
                savepoint.rollback()

    def test_for_nonpayment_and_by_the_customers_wish_it_is_free(self):
        for reason in ("nonpayment", "customer"):
            with self.subTest(reason), self.cr.savepoint() as savepoint:
                self._block_found()._say_why(reason)
                run = self._bill_november()
                self.assertEqual(self._billed(), 20)
                self.assertFalse(self._listed(run))
                savepoint.rollback()

    def test_a_partial_block_by_tip_is_charged_and_nothing_to_be_said(self):
        self._read_says(SimStatus.PARTIALLY_BLOCKED, BLOCKED_AT)
        run = self._bill_november()
        self.assertEqual(self._billed(), 60)
        self.assertFalse(self._listed(run))

    def test_a_month_blocked_from_end_to_end_is_listed_with_all_of_it(self):
        self._block_found(at=datetime(2026, 10, 20, 13))
        run = self._bill_november()
        self.assertEqual(self._billed(), 0)
        self.assertEqual(
            self._listed(run),
            [("platform_block", date(2026, 11, 1), date(2026, 11, 30), 60.0)],
        )

    def test_days_that_do_not_follow_each_other_are_listed_apart(self):
        self._block_found()
        self._read_says(SimStatus.TOTALLY_BLOCKED, datetime(2026, 11, 15, 12))
        self._read_says(SimStatus.IN_USE, datetime(2026, 11, 15, 13))
        self._block_found(at=datetime(2026, 11, 28, 13))
        run = self._bill_november()
        # 11 to 14 and 29 to 30
        self.assertEqual(self._billed(), 48)
        self.assertEqual(
            sorted(self._listed(run)),
            [
                ("platform_block", date(2026, 11, 11), date(2026, 11, 14), 8.0),
                ("platform_block", date(2026, 11, 29), date(2026, 11, 30), 4.0),
            ],
        )

    def test_run_again_it_is_listed_again_until_somebody_says_why(self):
        hold = self._block_found()
        self._bill_november()
        again = self._bill_november()
        self.assertEqual(
            self._listed(again),
            [("platform_block", date(2026, 11, 11), date(2026, 11, 30), 40.0)],
        )
        hold._say_why("nonpayment")
        self.assertFalse(self._listed(self._bill_november()))
        self.assertEqual(self._billed(), 20)

    def test_it_stays_listed_where_the_invoice_of_the_other_days_was_credited(self):
        self._block_found()
        invoice = self._bill_november().invoice_ids
        with at_time(DECEMBER_1):
            invoice._reverse_moves(cancel=True)
        self.assertEqual(
            self._listed(self._bill_november()),
            [("platform_block", date(2026, 11, 11), date(2026, 11, 30), 40.0)],
        )

    def test_what_was_billed_before_nobody_is_asked_about(self):
        """As in a database of before: billed in full under TIP's block."""
        hold = self._block_found()
        hold._say_why("misuse")
        self._bill_november()
        self.cr.execute("UPDATE mvno_line_hold SET platform_reason = NULL")
        self.env.invalidate_all()
        run = self._bill_november()
        self.assertFalse(self._listed(run))
        self.assertEqual(self._billed(), 60)

    def test_our_own_hold_decides_where_both_are(self):
        self._block_found()
        with at_time("2026-11-20 13:00:00"):
            self.mobile.action_block_total("theft")
        run = self._bill_november()
        # free 11 to 19; from the 20th on it is held for theft
        self.assertEqual(self._billed(), 42)
        self.assertEqual(
            self._listed(run),
            [("platform_block", date(2026, 11, 11), date(2026, 11, 19), 18.0)],
        )

    def test_the_issue_opens_what_is_to_be_answered(self):
        hold = self._block_found()
        run = self._bill_november()
        issue = run.issue_ids.filtered(lambda i: i.contract_line_id == self.line)
        action = issue.with_user(self.clerk).action_open()
        self.assertEqual(action["res_model"], "mvno.line.hold")
        found = (
            self.env["mvno.line.hold"].with_user(self.clerk).search(action["domain"])
        )
        self.assertEqual(found, hold)

    def test_accountants_answer_for_many_lines_at_once(self):
        others = [self._make_active_line(price=60) for _i in range(2)]
        lines = self.line.concat(*others)
        holds = self.env["mvno.line.hold"]
        for line in lines:
            holds |= self._block_found(line.mvno_line_id)
        asked = holds.with_user(self.clerk)
        asked.get_views([(False, "list"), (False, "search")])
        shown = asked.web_search_read(
            [("is_unanswered", "=", True)],
            {
                name: {"fields": {"display_name": {}}}
                for name in ("line_id", "partner_id")
            },
        )
        self.assertEqual(
            {row["line_id"]["display_name"] for row in shown["records"]},
            set(lines.mvno_line_id.mapped("display_name")),
        )
        action = asked.action_say_why()
        dialog = (
            self.env["mvno.hold.reason"]
            .with_user(self.clerk)
            .with_context(**action["context"])
            .create({"platform_reason": "misuse"})
        )
        dialog.action_say_why()
        self.assertEqual(set(holds.mapped("platform_reason")), {"misuse"})
        self.assertEqual(holds.platform_reason_by_id, self.clerk)
        self._bill_november()
        self.assertEqual([self._billed(line) for line in lines], [60, 60, 60])

    def test_attendants_cannot_say_why(self):
        hold = self._block_found()
        attendant = self._make_user("att", "tip_mvno.group_attendant")
        with self.assertRaises(AccessError):
            hold.with_user(attendant).action_say_why()
        with self.assertRaises(AccessError):
            hold.with_user(attendant)._say_why("theft")
        with self.assertRaises(AccessError):
            hold.with_user(attendant).write({"platform_reason": "theft"})
        with self.assertRaises(AccessError):
            self.env["mvno.hold.reason"].with_user(attendant).create(
                {"hold_ids": hold.ids, "platform_reason": "theft"}
            )

    def test_an_answer_is_a_fact_about_its_days(self):
        hold = self._block_found()
        told = []

        def learnt(lines, first_day, last_day, kind):
            told.append((lines, first_day, last_day, kind))

        with (
            at_time("2026-12-09 13:00:00"),
            patch.object(self.registry["mvno.line"], "_on_days_learnt", learnt),
        ):
            hold._say_why("misuse")
            hold._say_why("misuse")
        self.assertEqual(
            told, [(self.mobile, date(2026, 11, 10), date(2026, 12, 9), "hold")]
        )

    # === ADOPTION === #

    @at_time(DECEMBER_1)
    def test_a_line_found_blocked_when_it_was_taken_over_is_listed(self):
        """Nobody knows that it ever worked on a day that is billed here."""
        adopted = self._adopt_blocked()
        run = self._bill(NOVEMBER)
        self.assertEqual(self._billed(adopted), 0)
        self.assertEqual(
            self._listed(run, adopted),
            [("platform_block", date(2026, 11, 1), date(2026, 11, 30), 59.9)],
        )

    @at_time(DECEMBER_1)
    def test_what_the_review_answers_counts(self):
        misuse = self._adopt_blocked("misuse")
        self.assertEqual(misuse.mvno_line_id.hold_ids.platform_reason, "misuse")
        run = self._bill(NOVEMBER)
        self.assertEqual(self._billed(misuse), 59.9)
        self.assertFalse(self._listed(run, misuse))

    def _adopt_blocked(self, reason=False):
        """:return: the contract line of a line found blocked"""
        line = self.import_line(MARIA, status="BLOQUEADO")
        line.block_reason = reason
        self.apply(line.adoption_id)
        return line.line_id.contract_line_id
