# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.tip_mvno.tests.common import OTHER_CPF

from ..statement_common import MONTH, StatementCase


@tagged("post_install", "-at_install")
class TestMvnoStatement(StatementCase):
    """What a person may ask for, and what a month's state allows."""

    # === THE MONTH === #

    def test_any_day_of_a_month_is_taken_as_its_first(self):
        form = Form(self.env["mvno.statement"])
        form.platform_id = self.platform
        form.competence = "2026-09-17"
        self.assertEqual(form.save().competence, fields.Date.to_date("2026-09-01"))

    @freeze_time("2026-11-01 02:59:00")
    def test_the_last_month_that_is_over_where_the_platform_is_is_proposed(self):
        statements = self.env["mvno.statement"].with_context(tz="UTC")
        self.assertEqual(str(Form(statements).competence), "2026-09-01")

    def test_the_database_keeps_first_days_only(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self._make_statement(competence="2026-09-17")

    @freeze_time("2026-11-01 02:59:00")
    def test_the_month_begins_where_the_platform_is(self):
        """One minute before November in São Paulo, two hours after it in UTC."""
        with self.assertRaisesRegex(ValidationError, "11/2026 has not begun yet"):
            self._make_statement(competence="2026-11-01")

    @freeze_time("2026-11-01 03:00:00")
    def test_the_month_under_way_may_be_imported(self):
        self.assertTrue(self._make_statement(competence="2026-11-01"))

    def test_a_month_and_person_has_one_statement(self):
        self._make_statement(partner_id=self.partner.id)
        for partner in (self.env["res.partner"], self.partner):
            with (
                self.subTest(partner=partner.name),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self._make_statement(partner_id=partner.id)

    def test_it_is_named_after_platform_month_and_person(self):
        statement = self._make_statement(partner_id=self.partner.id)
        self.assertEqual(self.statement.display_name, "TIP 10/2026")
        self.assertEqual(statement.display_name, "TIP 10/2026 Maria Exemplo")

    # === REFUSALS === #

    def test_import_needs_a_token(self):
        self.platform.user_token = False
        with self.assertRaisesRegex(UserError, "has no token"):
            self.statement.action_import()
        self.assertEqual(self.statement.state, "draft")

    def test_import_of_one_person_needs_a_document(self):
        self.partner.vat = False
        statement = self._make_statement(partner_id=self.partner.id)
        with self.assertRaisesRegex(UserError, "Maria Exemplo has no CPF or CNPJ"):
            statement.action_import()

    def test_what_was_imported_keeps_its_month(self):
        self.import_says(self.told(sms=["2026-10-03"]))
        with self.assertRaisesRegex(UserError, "was imported already"):
            self.statement.competence = "2026-09-01"
        self.statement.due_date = "2026-11-10"
        self.assertEqual(
            self.statement.line_ids.due_date, fields.Date.to_date("2026-11-10")
        )

    # === CLOSING === #

    def test_a_closed_month_is_not_imported(self):
        self.import_says(self.told(sms=["2026-10-03"]))
        self.statement.action_close()
        one_person = self._make_statement(partner_id=self.partner.id)
        for statement in (self.statement, one_person):
            with self.assertRaisesRegex(UserError, "10/2026 is closed"):
                statement.action_import()
        self.assertEqual(self.statement.state, "closed")

    def test_a_month_closed_while_an_import_waits_is_not_changed(self):
        self.import_says(self.told(sms=["2026-10-03"]))
        one_person = self._make_statement(partner_id=self.partner.id)
        one_person.action_import()
        self.statement.action_close()
        before = self.versions("mvno_usage_event")
        self.statement_says(self.told())
        self.run_imports()
        self.assertEqual(one_person.state, "error")
        self.assertIn("10/2026 is closed", one_person.last_error)
        self.assertEqual(self.versions("mvno_usage_event"), before)
        self.assertEqual(len(self.asked_for()), 0)

    def test_a_reopened_month_is_imported_again(self):
        self.import_says(self.told(sms=["2026-10-03"]))
        self.statement.action_close()
        self.statement.action_reopen()
        self.import_says(self.told())
        self.assertFalse(self.events("id"))

    def test_a_month_that_was_closed_keeps_its_unit(self):
        self.platform.usage_unit = "gb"
        first = {"data": "2026-10-03 10:00:00", "consumo_download": "2"}
        late = {"data": "2026-10-31 10:00:00", "consumo_download": "1"}
        self.import_says(self.told(data=[first]))
        self.statement.action_close()
        self.statement.action_reopen()
        self.platform.usage_unit = "mb"
        self.import_says(self.told(data=[first, late]))
        self.assertEqual(self.events("download_mb"), [(1024.0,), (2048.0,)])
        self.assertEqual(self.statement.usage_unit, "gb")

    def test_a_month_that_is_rolled_back_takes_the_unit_that_is_set_by_then(self):
        session = {"data": "2026-10-03 10:00:00", "consumo_download": "2"}
        self.import_says(self.told(data=[session]))
        self.statement.action_close()
        self.statement.action_reopen()
        self.statement.action_rollback()
        self.platform.usage_unit = "gb"
        self.import_says(self.told(data=[session]))
        self.assertEqual(self.events("download_mb"), [(2048.0,)])

    def test_only_a_whole_imported_month_is_closed(self):
        with self.assertRaisesRegex(UserError, "not imported completely"):
            self.statement.action_close()
        statement = self._make_statement(partner_id=self.partner.id)
        self.import_says(self.told(), statement=statement)
        with self.assertRaisesRegex(UserError, "one person only"):
            statement.action_close()

    def test_a_closed_statement_is_not_deleted(self):
        self.import_says(self.told())
        self.statement.action_close()
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            self.statement.unlink()

    # === ONE PERSON === #

    def test_one_person_s_statement_is_a_view_on_the_same_events(self):
        other = self._make_partner(name="João Exemplo", vat=OTHER_CPF)
        line = self._make_active_line("0007002", partner=other)
        everybody = [
            self.told(sms=["2026-10-03"]),
            self.told("0007002", sms=["2026-10-04"]),
        ]
        self.import_says(*everybody)
        before = self.versions("mvno_usage_event")
        statement = self._make_statement(partner_id=other.id)
        self.import_says(everybody[1], statement=statement)
        self.assertEqual(
            self.asked_for(), [{"periodo": "2026-10", "cpf_cnpj": "11144477735"}]
        )
        self.assertEqual(self.versions("mvno_usage_event"), before)
        self.assertEqual(statement.line_ids.mvno_line_id, line)
        self.assertEqual(self.statement.line_ids.mvno_line_id, self.line + line)

    def test_one_person_s_answer_removes_from_the_contracts_in_it_only(self):
        other = self._make_partner(name="João Exemplo", vat=OTHER_CPF)
        self._make_active_line("0007002", partner=other)
        self._make_active_line("0007003", partner=other)
        self.import_says(
            self.told(sms=["2026-10-03"]),
            self.told("0007002", sms=["2026-10-04", "2026-10-05"]),
            self.told("0007003", sms=["2026-10-06"]),
        )
        statement = self._make_statement(partner_id=other.id)
        self.import_says(self.told("0007002", sms=["2026-10-04"]), statement=statement)
        self.assertEqual(
            self.events("platform_contract"), [("0007001",), ("0007002",), ("0007003",)]
        )
        self.assertEqual(statement.removed_count, 1)

    def test_everybody_s_statement_follows_one_person_s_import(self):
        self.import_says(self.told())
        statement = self._make_statement(partner_id=self.partner.id)
        self.import_says(self.told(sms=["2026-10-03"]), statement=statement)
        self.assertEqual(self.statement.line_ids.sms_count, 1)

    # === PERMISSIONS === #

    def test_attendants_import_and_see_totals(self):
        attendant = self._make_user("attendant", "tip_mvno.group_attendant")
        statement = (
            self.env["mvno.statement"]
            .with_user(attendant)
            .create({"platform_id": self.platform.id, "competence": "2026-09-01"})
        )
        self.import_says(self.told(sms=["2026-09-03"]), statement=statement)
        self.assertEqual(statement.line_ids.sms_count, 1)
        self.assertEqual(statement.sms_count, 1)
        form = Form(statement)
        self.assertNotIn("action_view_events", form._view["tree"].attrib)
        with self.assertRaises(AccessError):
            statement.action_close()
        with self.assertRaises(AccessError):
            statement.unlink()
        with self.assertRaises(AccessError):
            statement.line_ids.write({"monthly_value": 1})

    def test_the_way_to_call_records_is_shown_to_their_group_only(self):
        def buttons(groups):
            user = self._make_user(f"user {groups}", groups)
            statements = self.env["mvno.statement"].with_user(user)
            return statements.get_view(view_type="form")["arch"].count(
                'name="action_view_events"'
            )

        attendant = "tip_mvno.group_attendant"
        self.assertEqual(buttons(attendant), 0)
        self.assertEqual(buttons(f"{attendant},tip_mvno.group_call_records"), 3)

    def test_managers_close_and_reopen(self):
        self.import_says(self.told())
        manager = self._make_user("manager", "tip_mvno.group_manager")
        statement = self.statement.with_user(manager)
        statement.action_close()
        self.assertIn("Month closed", statement.message_ids[0].body)
        statement.action_reopen()
        self.assertEqual(statement.state, "done")

    def test_other_users_see_no_statement(self):
        user = self._make_user("user", "base.group_user")
        for model in ("mvno.statement", "mvno.statement.line"):
            self.assertFalse(self.env[model].with_user(user).has_access("read"))

    def test_statements_of_another_company_are_not_shown(self):
        self.import_says(self.told(sms=["2026-10-03"]))
        other = self.env["res.company"].create({"name": "Other"})
        attendant = self._make_user(
            "attendant",
            "tip_mvno.group_attendant",
            company_id=other.id,
            company_ids=[other.id],
        )
        for model in ("mvno.statement", "mvno.statement.line"):
            self.assertFalse(self.env[model].with_user(attendant).search([]))

    def test_call_records_open_for_the_month_and_the_line(self):
        self.import_says(self.told(sms=["2026-10-03"]))
        for record in (self.statement, self.statement.line_ids):
            action = record.action_view_events()
            events = self.env[action["res_model"]].search(action["domain"])
            self.assertEqual(events.mvno_line_id, self.line)
            self.assertIn(("competence", "=", MONTH), action["domain"])

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
