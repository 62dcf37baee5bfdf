# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from freezegun import freeze_time

from odoo.tests import tagged

from ..billing_common import DECEMBER_1, NOVEMBER, BillingCase


@tagged("post_install", "-at_install")
@freeze_time(DECEMBER_1)
class TestLinesWithoutContract(BillingCase):
    """No line is in service unnoticed while nobody pays for it."""

    def _unpaid(self, run):
        issues = run.issue_ids.filtered(lambda issue: issue.code == "no_contract")
        return issues.mvno_line_id

    def test_a_live_line_of_an_archived_contract_is_listed(self):
        line = self._make_active_line()
        line.contract_id.active = False
        run = self._bill(NOVEMBER)
        self.assertFalse(self._invoices(line))
        self.assertEqual(self._unpaid(run), line.mvno_line_id)
        self.assertIn("11/2026", run.issue_ids.reason)
        self.assertEqual(run.issue_ids.action_open()["res_id"], line.mvno_line_id.id)

    def test_a_live_line_whose_contract_line_was_deleted_is_listed(self):
        line = self._make_active_line()
        mobile = line.mvno_line_id
        self._delete_as_if_it_could_be(line)
        run = self._bill(NOVEMBER)
        self.assertEqual(self._unpaid(run), mobile)
        self._run(run)
        self.assertEqual(len(run.issue_ids), 1)

    def test_a_live_line_whose_contract_line_ended_is_billed_and_listed(self):
        line = self._make_active_line(price=60)
        line.date_end = "2026-11-10"
        run = self._bill(NOVEMBER)
        self.assertEqual(self._invoices(line).amount_untaxed, 20)
        self.assertEqual(self._unpaid(run), line.mvno_line_id)

    def test_a_line_that_is_paid_for_or_not_in_service_is_not_listed(self):
        self._make_active_line()
        cancelled = self._make_active_line()
        cancelled.mvno_line_id.write(
            {"state": "cancelled", "cancellation_date": "2026-11-10"}
        )
        cancelled.date_end = "2026-11-10"
        later = self._make_active_line("2026-12-01")
        later.contract_id.active = False
        self.assertFalse(self._bill(NOVEMBER).issue_ids)
