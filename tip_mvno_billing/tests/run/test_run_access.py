# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..billing_common import DECEMBER_1, NOVEMBER, OCTOBER, BillingCase

GROUPS = (
    "tip_mvno.group_attendant",
    "tip_mvno.group_manager",
    "tip_mvno.group_call_records",
    "account.group_account_invoice",
    "account.group_account_readonly",
    "base.group_user",
)


@tagged("post_install", "-at_install")
class TestBillingAccess(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            group: cls._make_user(group.replace(".", "_"), f"base.group_user,{group}")
            for group in GROUPS
        }

    @freeze_time(DECEMBER_1)
    def test_a_manager_without_accounting_rights_runs_a_month(self):
        manager = self.users["tip_mvno.group_manager"]
        line = self._make_active_line()
        run = (
            self.env["mvno.billing.run"]
            .with_user(manager)
            .create({"platform_id": self.platform.id, "competence": NOVEMBER})
        )
        run.action_run()
        self._drive()
        run.invalidate_recordset()
        self.assertEqual((run.state, run.invoice_count), ("done", 1))
        self.assertEqual(run.user_id, manager)
        self.assertEqual(len(self._invoices(line)), 1)
        with self.assertRaises(AccessError):
            run.invoice_ids.mapped("name")

    @freeze_time(DECEMBER_1)
    def test_who_may_only_read_a_run_cannot_start_or_stop_it(self):
        self._make_active_line()
        run = self._bill(NOVEMBER)
        clerk = self.users["account.group_account_invoice"]
        for action in (
            "action_run",
            "action_preview",
            "action_stop",
            "action_continue",
        ):
            with self.subTest(action), self.assertRaises(AccessError):
                getattr(run.with_user(clerk), action)()
        with self.assertRaises(AccessError):
            self.env["mvno.billing.item"].with_user(clerk).search(
                []
            ).action_bill_again()

    @freeze_time(DECEMBER_1)
    def test_accountants_read_the_history_of_billing_and_of_nothing_else(self):
        line = self._make_active_line()
        line.mvno_line_id._transition("block_total")
        run = self._bill(NOVEMBER)
        invoice = self._invoices(line)
        clerk = self.users["account.group_account_invoice"]
        invoice.with_user(clerk).button_cancel()
        [item] = line.mvno_item_ids.with_user(clerk).read()
        release = self.env["mvno.transition"].browse(item["transition_ids"])
        self.assertRecordValues(
            release,
            [
                {
                    "event": "release",
                    "reason": "The invoice was cancelled.",
                    "user_id": clerk.id,
                }
            ],
        )
        [told] = run.with_user(clerk).read()
        self.assertEqual(len(told["transition_ids"]), 3)
        changes = self.env["mvno.transition"].with_user(clerk).search([])
        self.assertFalse(
            set(changes.mapped("res_model")) - {"mvno.billing.run", "mvno.billing.item"}
        )
        both = self._make_user(
            "both", "account.group_account_invoice,tip_mvno.group_attendant"
        )
        self.assertIn(
            line.mvno_line_id.transition_ids[0],
            self.env["mvno.transition"].with_user(both).search([]),
        )

    @freeze_time(DECEMBER_1)
    def test_another_companys_billing_is_not_seen(self):
        self._make_active_line()
        run = self._bill(NOVEMBER)
        company = self.env["res.company"].create({"name": "Other"})
        stranger = self._make_user(
            "stranger",
            "tip_mvno.group_manager",
            company_id=company.id,
            company_ids=[company.id],
        )
        items = self.env["mvno.billing.item"].with_user(stranger)
        self.assertFalse(items.search([]))
        with self.assertRaises(AccessError):
            run.with_user(stranger).read(["state"])

    @freeze_time(DECEMBER_1)
    def test_a_manager_of_another_company_releases_nothing(self):
        contract_line = self._make_active_line()
        self._bill(NOVEMBER)
        invoice = self._invoices(contract_line)
        invoice._reverse_moves(cancel=True)
        company = self.env["res.company"].create({"name": "Other"})
        stranger = self._make_user(
            "stranger",
            "tip_mvno.group_manager",
            company_id=company.id,
            company_ids=[company.id],
        )
        items = contract_line.mvno_item_ids
        with self.assertRaises(AccessError):
            items.with_user(stranger).action_bill_again()
        self.assertEqual(items.state, "billed")

    @freeze_time(DECEMBER_1)
    def test_an_accountant_reads_runs_and_months_by_their_names(self):
        """Their names hold a platform's and a line's, which accountants cannot read."""
        contract_line = self._make_active_line()
        run = self._bill(NOVEMBER)
        clerk = self._make_user("clerk", "account.group_account_invoice")
        for record in (run, contract_line.mvno_item_ids):
            name = record.display_name
            record.invalidate_recordset()
            self.assertEqual(record.with_user(clerk).display_name, name)

    @freeze_time(DECEMBER_1)
    def test_a_run_is_changed_by_its_buttons(self):
        self._make_active_line()
        run = self._bill(NOVEMBER)
        manager = self._make_user("manager", "tip_mvno.group_manager")
        for vals in ({"state": "draft"}, {"cursor": 0}, {"user_id": manager.id}):
            with self.subTest(vals), self.assertRaises(AccessError):
                run.with_user(manager).write(vals)
        with self.assertRaisesRegex(UserError, "was started already"):
            run.with_user(manager).competence = OCTOBER
        run.with_user(manager).action_run()
        self.assertEqual((run.state, run.user_id), ("waiting", manager))
        run.with_user(manager).action_stop()
        self.assertEqual(run.state, "stopped")

    def test_drivers_are_not_for_everybody(self):
        user = self._make_user("manager", "tip_mvno.group_manager")
        for model, name in (
            ("mvno.billing.run", "cron_run"),
            ("mvno.statement", "cron_import"),
        ):
            with self.subTest(model), self.assertRaises(AccessError):
                getattr(self.env[model].with_user(user), name)()
