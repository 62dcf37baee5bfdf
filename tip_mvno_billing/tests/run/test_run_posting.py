# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2 import errors

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ...models.run import mvno_billing_run_invoice
from ..billing_common import DECEMBER_1, NOVEMBER, BillingCase


@tagged("post_install", "-at_install")
@freeze_time(DECEMBER_1)
class TestMvnoBillingRunPost(BillingCase):
    """Drafts are looked over, then posted all at once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.mvno_posting = "draft"

    def _billed(self, count=1):
        """:return: a run with so many drafts"""
        for number in range(count):
            customer = self._make_partner(name=f"Cliente {number}")
            self._make_active_line(
                contract_line=self._make_contract(partner=customer).contract_line_ids
            )
        return self._bill(NOVEMBER)

    def _post(self, run):
        run.action_post()
        while run.state in ("waiting", "running"):
            run._run_slice()
        return run.invoice_ids

    def _failing(self, *broken, error=None):
        """Patch posting so that it fails for some invoices."""
        moves = type(self.env["account.move"])
        post = moves._post

        def fail_for_some(records, soft=True):
            if set(records.ids) & {move.id for move in broken}:
                raise error or UserError("The period is locked.")
            return post(records, soft)

        return patch.object(moves, "_post", fail_for_some)

    def test_all_drafts_are_posted(self):
        run = self._billed(3)
        self.assertEqual(run.draft_count, 3)
        invoices = self._post(run)
        self.assertEqual(set(invoices.mapped("state")), {"posted"})
        self.assertRecordValues(run, [{"state": "done", "draft_count": 0}])

    def test_an_invoice_is_issued_on_the_day_it_is_posted(self):
        run = self._billed()
        self.assertEqual(run.invoice_ids.invoice_date, date(2026, 12, 1))
        self.at("2026-12-04 15:00:00")
        self.assertRecordValues(
            self._post(run),
            [
                {
                    "invoice_date": date(2026, 12, 4),
                    "date": date(2026, 12, 4),
                    "invoice_date_due": date(2026, 12, 10),
                }
            ],
        )

    def test_the_day_is_the_platforms(self):
        run = self._billed()
        self.at("2026-12-05 02:30:00")
        self.assertEqual(self._post(run).invoice_date, date(2026, 12, 4))

    def test_an_invoice_that_could_not_be_paid_in_time_gets_a_later_due_date(self):
        run = self._billed()
        self.at("2026-12-08 15:00:00")
        invoice = self._post(run)
        self.assertEqual(invoice.invoice_date_due, date(2026, 12, 13))
        self.assertEqual(
            invoice.line_ids.filtered("date_maturity").mapped("date_maturity"),
            [date(2026, 12, 13)],
        )

    def test_accountings_own_button_dates_an_invoice_as_the_run_does(self):
        invoice = self._billed().invoice_ids
        self.at("2026-12-20 15:00:00")
        clerk = self._make_user("clerk", "account.group_account_invoice")
        invoice.with_user(clerk).action_post()
        self.assertRecordValues(
            invoice,
            [
                {
                    "state": "posted",
                    "invoice_date": date(2026, 12, 20),
                    "date": date(2026, 12, 20),
                    "invoice_date_due": date(2026, 12, 25),
                }
            ],
        )

    def test_a_reviewers_payment_term_decides_whoever_posts(self):
        invoice = self._billed().invoice_ids
        term = self.env["account.payment.term"].create(
            {
                "name": "30 days",
                "line_ids": [Command.create({"value_amount": 100, "nb_days": 30})],
            }
        )
        invoice.invoice_payment_term_id = term
        self.at("2026-12-20 15:00:00")
        invoice.action_post()
        self.assertEqual(invoice.invoice_date_due, date(2027, 1, 19))

    def test_an_invoice_that_is_corrected_keeps_the_dates_its_customer_has(self):
        [invoice] = self._post(self._billed())
        self.at("2026-12-20 15:00:00")
        invoice.button_draft()
        invoice.action_post()
        self.assertEqual(
            (invoice.invoice_date, invoice.invoice_date_due),
            (date(2026, 12, 1), date(2026, 12, 10)),
        )

    def test_an_invoice_of_no_run_keeps_its_dates(self):
        other = self._billed().invoice_ids.copy(
            {"invoice_date": "2026-11-02", "invoice_date_due": "2026-11-20"}
        )
        other.action_post()
        self.assertEqual(other.invoice_date, date(2026, 11, 2))

    def test_five_days_are_enough(self):
        run = self._billed()
        self.at("2026-12-05 15:00:00")
        self.assertEqual(self._post(run).invoice_date_due, date(2026, 12, 10))

    def test_one_bad_invoice_is_listed_and_the_rest_is_posted(self):
        run = self._billed(5)
        bad = run.invoice_ids[3]
        with self._failing(bad):
            self._post(run)
        self.assertEqual(bad.state, "draft")
        self.assertEqual(set((run.invoice_ids - bad).mapped("state")), {"posted"})
        self.assertRecordValues(
            run.issue_ids,
            [
                {
                    "code": "not_posted",
                    "reason": "The period is locked.",
                    "move_id": bad.id,
                    "partner_id": bad.partner_id.id,
                }
            ],
        )
        self.assertEqual(run.issue_ids.action_open()["res_id"], bad.id)

    def test_an_issue_opens_what_its_reader_may_see(self):
        run = self._billed(1)
        bad = run.invoice_ids
        with self._failing(bad):
            self._post(run)
        issue = run.issue_ids
        for group, place in (
            ("account.group_account_invoice", "account.move"),
            # managers have no accounting rights
            ("tip_mvno.group_manager", "res.partner"),
        ):
            user = self._make_user(group[-8:], f"base.group_user,{group}")
            action = issue.with_user(user).action_open()
            self.assertEqual(action["res_model"], place)
        issue.code = "usage_no_product"
        issue.partner_id = issue.move_id = False
        action = issue.with_user(user).action_open()
        self.assertEqual(action["res_model"], "mvno.statement")
        clerk = self._make_user("invoicing", "account.group_account_invoice")
        action = issue.with_user(clerk).action_open()
        self.assertEqual(action["res_model"], "mvno.billing.run")

    def test_posting_again_posts_what_was_left_and_lists_it_no_more(self):
        run = self._billed(2)
        with self._failing(run.invoice_ids[0]):
            self._post(run)
        invoices = self._post(run)
        self.assertEqual(set(invoices.mapped("state")), {"posted"})
        self.assertFalse(run.issue_ids)

    def test_posting_leaves_the_list_of_what_is_not_billed(self):
        self._make_contract().contract_line_ids.date_start = "2026-11-01"
        run = self._billed()
        self._post(run)
        self.assertEqual(run.issue_ids.mapped("code"), ["not_subscribed"])

    def test_a_stopped_posting_goes_on_where_it_ended(self):
        run = self._billed(3)
        with patch.object(mvno_billing_run_invoice, "BATCH_INVOICES", 2):
            run.action_post()
            run._run_slice()
            run.action_stop()
            self.assertRecordValues(
                run,
                [
                    {
                        "state": "stopped",
                        "done_count": 2,
                        "customer_count": 3,
                        "draft_count": 1,
                    }
                ],
            )
            run.action_continue()
            run._run_slice()
        self.assertRecordValues(
            run, [{"state": "done", "done_count": 3, "draft_count": 0}]
        )

    def test_the_cron_posts_and_looks_again_after_a_conflict(self):
        run = self._billed()
        run.action_post()
        tries = []
        moves = type(self.env["account.move"])
        post = moves._post

        def lose_once(records, soft=True):
            tries.append(records)
            if len(tries) == 1:
                raise errors.SerializationFailure("somebody else was quicker")
            return post(records, soft)

        with patch.object(moves, "_post", lose_once):
            self._drive()
        run.invalidate_recordset()
        self.assertEqual(len(tries), 2)
        self.assertEqual(run.invoice_ids.state, "posted")

    def test_a_run_without_drafts_says_so(self):
        run = self._billed()
        self._post(run)
        with self.assertRaisesRegex(UserError, "no drafts"):
            run.action_post()

    def test_a_due_date_that_has_come_near_does_not_stop_posting(self):
        customer = self._make_partner(name="Cliente")
        self._make_active_line(
            contract_line=self._make_contract(partner=customer).contract_line_ids
        )
        run = self._bill(NOVEMBER, due_date="2026-12-06")
        self.at("2026-12-04 15:00:00")
        self.assertEqual(self._post(run).invoice_date_due, date(2026, 12, 9))

    def test_an_invoice_more_costs_few_queries(self):
        costs = []
        for count in (3, 13):
            run = self._billed(count)
            run.action_post()
            costs.append(self.count_queries(run._run_slice))
            self.assertEqual(run.draft_count, 0)
            run.invoice_ids.button_cancel()
            self.env["contract.contract"].search([]).active = False
        self.assertLess((costs[1] - costs[0]) / 10, 8)
