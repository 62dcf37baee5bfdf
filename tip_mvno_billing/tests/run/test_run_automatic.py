# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date
from unittest.mock import patch

from psycopg2.errors import CheckViolation, UniqueViolation

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..billing_common import DECEMBER_1, NOVEMBER, BillingCase, at_time

REASON = "Refused."


@tagged("post_install", "-at_install")
class TestMvnoBillingRunAuto(BillingCase):
    """A month is billed by itself on its day, and posted when its review is over."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.responsible = cls._make_user("responsible", "tip_mvno.group_manager")
        cls.platform.user_id = cls.responsible
        cls.company.write(
            {
                "mvno_auto_billing": True,
                "mvno_billing_day": 3,
                "mvno_review_days": 2,
                "mvno_posting": "draft",
            }
        )
        # which has nothing to bill
        cls.env["mvno.platform"].search([]).filtered(
            lambda platform: platform != cls.platform
        ).active = False
        cls.line = cls._make_active_line("2026-11-01", price=50)

    def _auto(self):
        """Run the cron of automatic billing as the scheduler does, then the work.

        :return: the runs of the platform
        """
        with self.enter_registry_test_mode():
            self.env.ref(
                "tip_mvno_billing.ir_cron_auto_billing"
            ).method_direct_trigger()
            self.env.ref("tip_mvno_billing.ir_cron_billing").method_direct_trigger()
        self.env.invalidate_all()
        return self._runs()

    def _runs(self):
        return self.env["mvno.billing.run"].search(
            [("platform_id", "=", self.platform.id)]
        )

    def test_the_month_is_billed_on_its_day_and_left_to_review(self):
        self.at("2026-12-03 15:00:00")
        run = self._auto()
        self.assertRecordValues(
            run,
            [
                {
                    "competence": NOVEMBER,
                    "state": "done",
                    "is_automatic": True,
                    "user_id": self.responsible.id,
                    "draft_count": 1,
                    "post_on": date(2026, 12, 5),
                }
            ],
        )
        activity = run.activity_ids
        self.assertEqual(activity.user_id, self.responsible)
        self.assertEqual(activity.date_deadline, date(2026, 12, 5))

    def test_the_day_is_the_platforms(self):
        self.at("2026-12-03 02:30:00")
        self.assertFalse(self._auto())

    def test_a_day_that_was_missed_is_made_up_for(self):
        self.at("2026-12-20 15:00:00")
        self.assertEqual(self._auto().competence, NOVEMBER)

    def test_nothing_is_billed_when_the_company_does_not_want_it(self):
        self.company.mvno_auto_billing = False
        self.at("2026-12-03 15:00:00")
        self.assertFalse(self._auto())

    def test_the_cron_does_nothing_twice(self):
        self.at("2026-12-03 15:00:00")
        run = self._auto()
        invoice = run.invoice_ids
        self.assertEqual(self._auto(), run)
        self.assertEqual(run.invoice_ids, invoice)
        self.assertEqual(len(run.activity_ids), 1)
        self.assertEqual(run.draft_count, 1)

    @mute_logger("odoo.sql_db")
    def test_the_database_allows_one_automatic_run_of_a_month(self):
        vals = {
            "platform_id": self.platform.id,
            "competence": NOVEMBER,
            "is_automatic": True,
        }
        self.env["mvno.billing.run"].create(vals)
        with self.assertRaises(UniqueViolation):
            self.env["mvno.billing.run"].create(vals)

    def test_a_month_that_a_person_billed_is_not_started_again(self):
        self.at(DECEMBER_1)
        run = self._bill(NOVEMBER)
        self.at("2026-12-03 15:00:00")
        self.assertEqual(self._auto(), run)

    def test_a_month_that_a_person_only_looked_at_is_billed(self):
        self.at(DECEMBER_1)
        seen = self.env["mvno.billing.run"].create(
            {"platform_id": self.platform.id, "competence": NOVEMBER}
        )
        seen.action_preview()
        seen._run_slice()
        self.at("2026-12-03 15:00:00")
        run = self._auto() - seen
        self.assertEqual(run.draft_count, 1)

    def test_a_month_whose_preview_was_stopped_or_failed_is_billed(self):
        self.at(DECEMBER_1)
        seen = self.env["mvno.billing.run"].create(
            [{"platform_id": self.platform.id, "competence": NOVEMBER}] * 2
        )
        seen.action_preview()
        seen[0].action_stop()
        seen[1]._begin()
        seen[1]._close("fail", "Something.")
        self.at("2026-12-03 15:00:00")
        run = self._auto() - seen
        self.assertEqual(run.draft_count, 1)

    def _preview_again(self, run):
        run.with_user(self.responsible).action_preview()

    def test_the_review_stays_announced_when_what_is_left_is_previewed(self):
        self.at("2026-12-03 15:00:00")
        run = self._auto()
        activity = run.activity_ids
        self._preview_again(run)
        run._run_slice()
        self.assertEqual(run.state, "done")
        self.assertEqual(run.activity_ids, activity)

    def test_drafts_are_posted_though_a_later_preview_was_stopped(self):
        self.at("2026-12-03 15:00:00")
        run = self._auto()
        self._preview_again(run)
        run.action_stop()
        self.at("2026-12-05 15:00:00")
        self._auto()
        self.assertEqual(run.invoice_ids.state, "posted")

    def test_drafts_of_a_run_that_was_stopped_are_the_responsibles(self):
        self.at("2026-12-03 15:00:00")
        run = self._auto()
        run.with_user(self.responsible).action_run()
        run.action_stop()
        self.at("2026-12-05 15:00:00")
        self._auto()
        self.assertRecordValues(
            run, [{"state": "stopped", "draft_count": 1, "post_on": False}]
        )
        self.assertIn("not posted", run.activity_ids.summary)

    # === ONE'S TROUBLE IS NOT THE OTHERS' === #

    def _make_run_to_post(self):
        """:return: a run, on the list before the platform's own, that is to post"""
        other = self._make_platform(name="Outra", company_id=self._other_company().id)
        run = self.env["mvno.billing.run"].create(
            {"platform_id": other.id, "competence": NOVEMBER}
        )
        draft = self._invoices(self.line).copy()
        # one of another company's own would need its chart
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move SET mvno_billing_run_id = %s WHERE id = %s",
            [run.id, draft.id],
        )
        self.env.invalidate_all()
        run._transition("run")
        run._transition("start")
        run._transition("finish")
        run.post_on = "2026-12-05"
        return run

    def _other_company(self):
        company = self.env["res.company"].create({"name": "Outra Operadora"})
        company.mvno_journal_id = False
        return company

    def test_a_company_without_journal_keeps_no_other_from_posting(self):
        self.at("2026-12-03 15:00:00")
        run = self._auto()
        other = self._make_run_to_post()
        self.at("2026-12-05 15:00:00")
        self._auto()
        self.assertEqual(run.invoice_ids.state, "posted")
        self.assertFalse(other.post_on)
        self.assertIn("journal", other.activity_ids.note)

    @mute_logger("odoo.addons.tip_mvno_billing.models.run.mvno_billing_run_automatic")
    def test_a_run_that_fails_unforeseen_keeps_no_other_from_posting(self):
        self.at("2026-12-03 15:00:00")
        run = self._auto()
        other = self._make_run_to_post()
        runs = type(run)
        problem = runs._start_problem

        def fail(record, mode="bill"):
            if record == other:
                raise ValueError("Unforeseen.")
            return problem(record, mode)

        self.at("2026-12-05 15:00:00")
        with patch.object(runs, "_start_problem", fail):
            self._auto()
        self.assertEqual(run.invoice_ids.state, "posted")
        self.assertFalse(other.post_on)
        self.assertIn("ValueError", other.activity_ids.note)

    def test_a_platform_that_cannot_be_started_keeps_no_other_from_billing(self):
        company = self._other_company()
        company.mvno_auto_billing = True
        others = self._make_platform(name="Outra", company_id=company.id)
        runs = type(self.env["mvno.billing.run"])
        start = runs._start_automatic

        def fail(record, platform):
            if platform == others:
                raise UserError(REASON)
            return start(record, platform)

        self.at("2026-12-03 15:00:00")
        with patch.object(runs, "_start_automatic", fail):
            run = self._auto()
        self.assertEqual(run.state, "done")
        self.assertIn("Refused.", others.activity_ids.note)

    def test_drafts_are_posted_when_their_review_is_over(self):
        self.at("2026-12-03 15:00:00")
        run = self._auto()
        self.at("2026-12-05 02:30:00")
        self._auto()
        self.assertEqual(run.draft_count, 1)
        self.at("2026-12-05 15:00:00")
        self._auto()
        self.assertRecordValues(
            run, [{"state": "done", "draft_count": 0, "post_on": False}]
        )
        self.assertEqual(run.invoice_ids.invoice_date, date(2026, 12, 5))
        self.assertFalse(run.activity_ids)

    def test_a_reviewer_may_put_posting_off(self):
        self.at("2026-12-03 15:00:00")
        run = self._auto()
        run.with_user(self.responsible).post_on = "2026-12-09"
        self.at("2026-12-08 15:00:00")
        self._auto()
        self.assertEqual(run.draft_count, 1)
        run.with_user(self.responsible).post_on = False
        self.at("2026-12-20 15:00:00")
        self._auto()
        self.assertEqual(run.draft_count, 1)

    def test_no_days_to_look_over_mean_at_once(self):
        self.company.mvno_review_days = 0
        self.at("2026-12-03 15:00:00")
        run = self._auto()
        self.assertRecordValues(
            run, [{"state": "done", "draft_count": 0, "post_on": False}]
        )
        self.assertEqual(run.invoice_ids.state, "posted")
        self.assertFalse(run.activity_ids)

    def test_a_draft_that_cannot_be_posted_is_tried_once(self):
        self.at("2026-12-03 15:00:00")
        run = self._auto()
        self.at("2026-12-05 15:00:00")
        moves = type(self.env["account.move"])
        with patch.object(moves, "_post", side_effect=UserError("Locked.")) as post:
            self._auto()
            self.assertEqual(run.issue_ids.code, "not_posted")
            self._auto()
        self.assertEqual(post.call_count, 1)

    @mute_logger("odoo.addons.tip_mvno_billing.models.run.mvno_billing_run_driver")
    def test_a_month_that_cannot_be_billed_is_told_to_the_responsible(self):
        self.company.mvno_journal_id = False
        self.env["account.journal"].search([("type", "=", "sale")]).active = False
        self.at("2026-12-03 15:00:00")
        run = self._auto()
        self.assertEqual(run.state, "error")
        self.assertIn("no sale journal", run.activity_ids.note)
        self.assertEqual(self._auto(), run)

    @mute_logger("odoo.sql_db")
    def test_no_day_that_some_month_lacks(self):
        for vals in (
            {"mvno_billing_day": 29},
            {"mvno_billing_day": 0},
            {"mvno_review_days": -1},
            {"mvno_review_days": 28},
        ):
            with self.subTest(vals), self.assertRaises(CheckViolation):
                with self.cr.savepoint():
                    self.company.write(vals)
                    self.company.flush_recordset()


@tagged("post_install", "-at_install")
class TestBilledOnceDue(BillingCase):
    """What a run listed as harmless is billed by itself once it is due."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"mvno_auto_billing": True, "mvno_posting": "draft"})
        cls.line = cls._make_line("draft").contract_line_ids
        cls.line.write({"date_start": "2026-11-05", "specific_price": 60})
        cls._make_active_line("2026-10-01", price=50)

    def _activate(self, since):
        self.line.mvno_line_id.write({"state": "active", "activation_date": since})

    def _start_due(self):
        """:return: the runs that were set to work, which is done"""
        runs = self.env["mvno.billing.run"]
        runs._start_due(self.platform)
        started = runs.search(
            [("platform_id", "=", self.platform.id), ("state", "=", "waiting")]
        )
        for run in started:
            while run.state in ("waiting", "running"):
                run._run_slice()
        return started

    def test_a_month_is_billed_when_its_line_turns_out_to_have_been_active(self):
        with at_time(DECEMBER_1):
            run = self._bill(NOVEMBER)
        self.at("2026-12-10 15:00:00")
        self.assertFalse(self._start_due())
        self._activate("2026-11-20")
        again = self._start_due()
        self.assertEqual(again.competence, NOVEMBER)
        self.assertTrue(again.is_automatic)
        self.assertNotEqual(again, run)
        self.assertEqual(self.line.mvno_item_ids.amount, 22)
        self.assertFalse(self._start_due())

    def test_the_automatic_run_of_the_month_is_taken_up_again(self):
        with at_time(DECEMBER_1):
            run = self._bill(NOVEMBER, is_automatic=True)
        self.at("2026-12-10 15:00:00")
        self._activate("2026-11-20")
        self.assertEqual(self._start_due(), run)
        self.assertEqual(self.line.mvno_item_ids.amount, 22)

    def test_what_lies_far_back_is_for_a_person(self):
        with at_time(DECEMBER_1):
            self._bill(NOVEMBER)
        self._activate("2026-11-20")
        self.at("2027-01-30 15:00:00")
        self.assertFalse(self._start_due())
        kinds = self.env["mvno.billing.exception"].search(
            [("contract_line_id", "=", self.line.id)]
        )
        self.assertEqual(kinds.mapped("kind"), ["due"])
        self.at("2027-01-29 15:00:00")
        self.assertTrue(self._start_due())

    def test_it_is_tried_once_a_day(self):
        with at_time(DECEMBER_1):
            self._bill(NOVEMBER)
        self._activate("2026-11-20")
        self.at(DECEMBER_1)
        self.assertFalse(self._start_due())
        self.at("2026-12-02 15:00:00")
        self.assertTrue(self._start_due())

    def test_what_a_person_has_to_settle_is_not_started(self):
        other = self._make_active_line("2026-11-01", price=0)
        with at_time(DECEMBER_1):
            self._bill(NOVEMBER)
        other.specific_price = 60
        self.at("2026-12-10 15:00:00")
        self.assertFalse(self._start_due())
