# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..billing_common import DECEMBER_1, NOVEMBER, BillingCase


@tagged("post_install", "-at_install")
@freeze_time(DECEMBER_1)
class TestMvnoBillingRunSend(BillingCase):
    """A run's invoices go out by e-mail in the way accounting sends invoices."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner.email = "maria@example.com"
        cls._make_active_line()

    def _make_silent(self):
        """:return: a customer without e-mail address, with a line"""
        silent = self._make_partner(name="Silent", email=False)
        self._make_active_line(
            contract_line=self._make_contract(partner=silent).contract_line_ids
        )
        return silent

    def _queued(self, run):
        return run.invoice_ids.filtered("sending_data").partner_id

    def test_nothing_is_sent_by_itself_by_default(self):
        run = self._bill(NOVEMBER)
        self.assertFalse(self._queued(run))

    def test_posted_invoices_are_queued_when_the_company_wants_it(self):
        self.company.mvno_send_invoices = True
        run = self._bill(NOVEMBER)
        self.assertEqual(self._queued(run), self.partner)
        self.assertEqual(run.invoice_ids.sending_data["author_user_id"], run.user_id.id)

    def test_drafts_are_queued_when_they_are_posted(self):
        self.company.write({"mvno_send_invoices": True, "mvno_posting": "draft"})
        run = self._bill(NOVEMBER)
        self.assertFalse(self._queued(run))
        run.action_post()
        run._run_slice()
        self.assertEqual(self._queued(run), self.partner)

    def test_the_cron_of_accounting_sends_what_is_queued(self):
        self.company.mvno_send_invoices = True
        run = self._bill(NOVEMBER)
        mails = self.env["mail.mail"].search_count([])
        with self.enter_registry_test_mode():
            self.env.ref("account.ir_cron_account_move_send").method_direct_trigger()
        self.env.invalidate_all()
        self.assertTrue(run.invoice_ids.is_move_sent)
        self.assertGreater(self.env["mail.mail"].search_count([]), mails)

    def test_a_customer_without_an_address_is_listed(self):
        silent = self._make_silent()
        self.company.mvno_send_invoices = True
        run = self._bill(NOVEMBER)
        self.assertEqual(self._queued(run), self.partner)
        self.assertRecordValues(
            run.issue_ids, [{"code": "no_email", "partner_id": silent.id}]
        )
        self.assertEqual(run.issue_ids.action_open()["res_model"], "res.partner")

    def test_who_gets_invoices_another_way_is_no_issue(self):
        self._make_silent().invoice_sending_method = "manual"
        self.company.mvno_send_invoices = True
        self.assertFalse(self._bill(NOVEMBER).issue_ids)

    def test_the_button_opens_accountings_dialog_on_what_is_not_sent(self):
        other = self._make_partner(name="Other", email="other@example.com")
        self._make_active_line(
            contract_line=self._make_contract(partner=other).contract_line_ids
        )
        run = self._bill(NOVEMBER)
        action = run.action_send_invoices()
        self.assertEqual(action["res_model"], "account.move.send.batch.wizard")
        self.assertEqual(action["context"]["active_ids"], run.invoice_ids.ids)
        run.invoice_ids[0].is_move_sent = True
        action = run.action_send_invoices()
        self.assertEqual(action["context"]["active_ids"], run.invoice_ids[1:].ids)

    def test_the_button_says_when_everything_is_sent(self):
        run = self._bill(NOVEMBER)
        run.invoice_ids.is_move_sent = True
        with self.assertRaisesRegex(UserError, "nothing to send"):
            run.action_send_invoices()
