# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from ..statement_common import MONTH, StatementCase


@tagged("post_install", "-at_install")
@freeze_time("2026-11-05 12:00:00")
class TestMvnoStatementRollback(StatementCase):
    """A month that was not billed can be as if it had never been imported."""

    def _bill(self, competence=MONTH):
        line = self.line.contract_line_id
        return (
            self.env["mvno.billing.item"]
            .sudo()
            .create(
                {
                    "contract_line_id": line.id,
                    "mvno_line_id": self.line.id,
                    "competence": competence,
                    "period_start": competence,
                    "period_end": competence,
                }
            )
        )

    def test_nothing_of_the_month_is_left(self):
        mine = self._make_statement(partner_id=self.partner.id)
        self.import_says(self.told(sms=["2026-10-03"]))
        self.import_says(self.told(sms=["2026-10-03"]), statement=mine)
        self.statement.action_rollback()
        self.assertFalse(self.events("id"))
        self.assertRecordValues(
            self.statement + mine,
            [{"state": "draft", "imported_at": False, "received_count": 0}] * 2,
        )
        self.assertFalse((self.statement + mine).line_ids)
        self.assertIn("done", self.statement.transition_ids.mapped("state_from"))

    def test_it_can_be_imported_again(self):
        self.import_says(self.told(sms=["2026-10-03"]))
        self.statement.action_rollback()
        self.import_says(self.told(sms=["2026-10-03"]))
        self.assertEqual(self.statement.new_count, 1)

    def test_other_months_stay(self):
        september = self._make_statement(competence="2026-09-01")
        self.import_says(self.told(sms=["2026-09-03"]), statement=september)
        self.import_says(self.told(sms=["2026-10-03"]))
        self._bill("2026-09-01")
        self.statement.action_rollback()
        self.assertEqual(len(self.events("id")), 1)
        self.assertEqual(september.state, "done")

    def test_a_billed_month_is_refused(self):
        self.import_says(self.told(sms=["2026-10-03"]))
        item = self._bill()
        with self.assertRaisesRegex(UserError, "is billed"):
            self.statement.action_rollback()
        item._transition("release")
        self.statement.action_rollback()
        self.assertEqual(self.statement.state, "draft")

    def test_a_closed_month_is_refused(self):
        self.import_says(self.told(sms=["2026-10-03"]))
        self.statement.action_close()
        with self.assertRaisesRegex(UserError, "Reopen it"):
            self.statement.action_rollback()

    def test_a_month_that_is_being_imported_is_refused(self):
        self.import_says(self.told(sms=["2026-10-03"]))
        mine = self._make_statement(partner_id=self.partner.id)
        mine.action_import()
        with self.assertRaisesRegex(UserError, "being imported"):
            self.statement.action_rollback()

    def test_nothing_imported_is_nothing_to_roll_back(self):
        with self.assertRaisesRegex(UserError, "nothing to roll back"):
            self.statement.action_rollback()

    def test_one_person_s_statement_is_not_rolled_back(self):
        mine = self._make_statement(partner_id=self.partner.id)
        self.import_says(self.told(sms=["2026-10-03"]), statement=mine)
        with self.assertRaisesRegex(UserError, "one person only"):
            mine.action_rollback()

    def test_it_is_for_managers(self):
        self.import_says(self.told(sms=["2026-10-03"]))
        attendant = self._make_user("attendant", "tip_mvno.group_attendant")
        with self.assertRaises(AccessError):
            self.statement.with_user(attendant).action_rollback()
        manager = self._make_user("manager", "tip_mvno.group_manager")
        with Form(self.statement.with_user(manager)):
            pass
        self.statement.with_user(manager).action_rollback()
        self.assertFalse(self.events("id"))
