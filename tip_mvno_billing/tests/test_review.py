# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .billing_common import DECEMBER_1, NOVEMBER, OCTOBER, BillingCase
from .statement_common import StatementCase


@tagged("post_install", "-at_install")
class TestBillingReview(BillingCase):
    """Doors of billing that a reviewer found open."""

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


@tagged("post_install", "-at_install")
class TestStatementReview(StatementCase):
    """Doors of the statements that a reviewer found open."""

    def test_an_attendant_reopens_no_month_by_writing_its_state(self):
        attendant = self._make_user("attendant", "tip_mvno.group_attendant")
        self.statement.state = "closed"
        statement = self.statement.with_user(attendant)
        for vals in ({"state": "done"}, {"imported_at": False}, {"company_id": False}):
            with self.subTest(vals), self.assertRaises(AccessError):
                statement.write(vals)
        with self.assertRaises(AccessError):
            statement.create(
                {
                    "platform_id": self.platform.id,
                    "competence": "2026-09-01",
                    "state": "closed",
                }
            )
        statement.due_date = "2026-12-10"

    @mute_logger("odoo.addons.tip_mvno_billing.models.statement.mvno_statement_import")
    def test_a_month_that_cannot_be_kept_does_not_stop_the_others(self):
        other = self._make_statement(competence="2026-09-01")
        take_over = self.registry["mvno.statement"]._take_over

        def broken(statement, asked_at, unreadable):
            if statement == self.statement:
                raise ZeroDivisionError("secret")
            return take_over(statement, asked_at, unreadable)

        self.patch(self.registry["mvno.statement"], "_take_over", broken)
        self.statement_says(self.told())
        (self.statement + other).action_import()
        self.run_imports()
        self.assertEqual(other.state, "done")
        self.assertEqual(
            (self.statement.state, self.statement.failures), ("importing", 1)
        )
        self.assertIn("ZeroDivisionError", self.statement.last_error)
        self.assertNotIn("secret", self.statement.last_error)
