# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..common import TOKEN, MvnoCase

ATTENDANT, MANAGER = "tip_mvno.group_attendant", "tip_mvno.group_manager"
SYSTEM, INTERNAL = "base.group_system", "base.group_user"
CALL_RECORDS = "tip_mvno.group_call_records"
# Models whose records belong to a company
OF_COMPANY = (
    "mvno.platform",
    "mvno.sync",
    "mvno.plan",
    "mvno.simcard",
    "mvno.simcard.move",
    "mvno.line",
    "mvno.line.hold",
    "mvno.line.identity",
    "mvno.support.request",
    "mvno.portability",
    "mvno.command",
    "mvno.plan.change",
    "mvno.transition",
    "mvno.drift",
    "mvno.adoption",
    "mvno.adoption.line",
    "mvno.usage",
)


@tagged("post_install", "-at_install")
class TestAccess(MvnoCase):
    """Who may see and do what, model by model and group by group."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        line = cls._make_line("active")
        cls.env["mvno.sync"]._request(cls.platform, "plans")
        adoption = cls.env["mvno.adoption"].create({"platform_id": cls.platform.id})
        cls.records = {
            "mvno.platform": cls.platform,
            "mvno.sync": cls.platform.sync_ids,
            "mvno.plan": cls.plan,
            "mvno.simcard": line.simcard_id,
            "mvno.simcard.move": cls._moved(line.simcard_id),
            "mvno.line": line,
            "mvno.line.hold": cls.env["mvno.line.hold"].create(
                {"line_id": line.id, "reason": "theft"}
            ),
            "mvno.line.identity": line.identity_ids,
            "mvno.support.request": cls.env["mvno.support.request"].create(
                {"line_id": line.id, "note": "?"}
            ),
            "mvno.portability": cls.env["mvno.portability"].create(
                {"line_id": line.id, "number": "+5511912340003"}
            ),
            "mvno.command": line.command_ids,
            "mvno.plan.change": cls.env["mvno.plan.change"].create(
                {
                    "line_id": line.id,
                    "product_id": cls.product.id,
                    "date": "2030-01-01",
                }
            ),
            "mvno.transition": cls.env["mvno.transition"].create(
                {
                    "res_model": line._name,
                    "res_id": line.id,
                    "company_id": cls.platform.company_id.id,
                    "event": "cancel",
                    "state_from": "active",
                    "state_to": "cancelled",
                    "user_id": cls.env.uid,
                }
            ),
            "mvno.drift": cls.env["mvno.drift"].create(
                {
                    "platform_id": cls.platform.id,
                    "kind": "missing_there",
                    "subject": f"line {line.id}",
                    "line_id": line.id,
                }
            ),
            "mvno.adoption": adoption,
            "mvno.adoption.line": cls.env["mvno.adoption.line"].create(
                {"adoption_id": adoption.id, "key": "1", "status": "active"}
            ),
            "mvno.usage": cls.env["mvno.usage"].create(
                {"line_id": line.id, "competence": "2026-10-01"}
            ),
        }

    @classmethod
    def _moved(cls, simcard):
        """:return: the record of a card that changed hands"""
        simcard._hand_over(cls.partner)
        return simcard.move_ids

    def _user(self, group, **vals):
        return self._make_user(f"user of {group}", group, **vals)

    # === GROUPS === #

    def test_there_is_a_record_of_every_model(self):
        self.assertEqual(set(self.records), set(OF_COMPANY))

    def test_who_invoices_reads_a_platforms_name_and_not_how_it_works(self):
        for group in (
            "account.group_account_invoice",
            "account.group_account_readonly",
        ):
            platform = self.platform.with_user(self._user(group))
            self.assertEqual(
                (platform.name, platform._today()), ("TIP", self.platform._today())
            )
            self.assertFalse(platform.has_access("write"))
            self.assertEqual(Form(platform).name, "TIP")
            arch = platform.get_view(view_type="form")["arch"]
            self.assertNotIn("action_", arch)
            self.assertNotIn("chatter", arch)
            for name in ("user_token", "base_url", "last_error", "call_deadline"):
                with self.subTest(group=group, field=name):
                    with self.assertRaises(AccessError):
                        platform.read([name])

    def test_who_invoices_does_not_read_what_is_said_about_a_platform(self):
        said = "the proxy is broken"
        self.platform.message_post(body=said)
        self.platform.activity_schedule("mail.mail_activity_data_todo", note="proxy")
        user = self._user("account.group_account_invoice")
        platform = self.platform.with_user(user)
        messages = platform.env["mail.message"]
        domain = [("model", "=", "mvno.platform"), ("res_id", "=", platform.id)]
        self.assertFalse(messages.search(domain))
        self.assertTrue(messages.with_user(self._user(ATTENDANT)).search(domain))
        for attempt in (
            lambda: platform.search([("activity_ids.note", "ilike", "proxy")]),
            lambda: platform.search([("message_ids.body", "ilike", "proxy")]),
            lambda: platform.search([("activity_summary", "ilike", "proxy")]),
            lambda: platform.message_subscribe(user.partner_id.ids),
            lambda: platform.message_post(body=said),
        ):
            with self.assertRaises(AccessError):
                attempt()

    def test_call_records_are_a_right_of_their_own(self):
        for group in (ATTENDANT, MANAGER, SYSTEM):
            self.assertFalse(self._user(group).has_group(CALL_RECORDS))

    def test_a_manager_is_an_attendant_and_the_first_administrator_a_manager(self):
        self.assertTrue(self._user(MANAGER).has_group(ATTENDANT))
        self.assertTrue(self.env.ref("base.user_admin").has_group(MANAGER))

    # === COMPANIES === #

    def test_records_of_another_company_are_not_seen(self):
        company = self.env["res.company"].create({"name": "Other company"})
        stranger = self._make_user(
            "stranger",
            f"{MANAGER},{SYSTEM}",
            company_id=company.id,
            company_ids=[company.id],
        )
        for model, records in self.records.items():
            with self.subTest(model):
                self.assertTrue(records)
                self.assertEqual(records.company_id, self.env.company)
                theirs = self.env[model].with_user(stranger)
                self.assertFalse(theirs.search([("id", "in", records.ids)]))
                with self.assertRaises(AccessError):
                    records.with_user(stranger).read(["company_id"])

    def test_every_model_of_a_company_stores_it(self):
        for model in OF_COMPANY:
            self.assertTrue(self.env[model]._fields["company_id"].store, model)

    # === BUTTONS === #

    def test_buttons_that_change_something_ask_for_the_right(self):
        user = self._user(INTERNAL)
        line, command = self.records["mvno.line"], self.records["mvno.command"]
        for call in (
            line.with_user(user).action_activate,
            line.with_user(user).action_block_total,
            line.with_user(user).action_block_partial,
            line.with_user(user).action_unblock,
            line.with_user(user).action_refresh,
            self.platform.with_user(user).action_test_connection,
            self.platform.with_user(user).action_sync_plans,
            self.platform.with_user(user).action_sync_simcards,
            self.platform.sync_ids.with_user(user).action_stop,
            command.with_user(user).action_cancel,
            line.simcard_id.with_user(user).action_refresh,
            line.simcard_id.with_user(user).action_mark_defective,
            line.simcard_id.with_user(user).action_mark_working,
            line.simcard_id.with_user(user).action_send_esim_code,
            self.records["mvno.portability"].with_user(user).action_refresh,
            self.records["mvno.line.hold"].with_user(user).action_lift,
        ):
            with self.subTest(call.__name__), self.assertRaises(AccessError):
                call()
        self.assertFalse(self.asked())

    def test_an_attendant_decides_nothing_about_requests_and_platforms(self):
        user = self._user(ATTENDANT)
        command = self.records["mvno.command"].with_user(user)
        for call in (
            command.action_cancel,
            command.action_decide_done,
            command.action_decide_repeat,
            self.platform.with_user(user).action_test_connection,
            self.platform.with_user(user).action_sync_simcards,
            self.platform.sync_ids.with_user(user).action_stop,
            self.platform.sync_ids.with_user(user).action_continue,
        ):
            with self.subTest(call.__name__), self.assertRaises(AccessError):
                call()

    def test_a_manager_writes_no_state_of_a_request(self):
        """Deciding goes through the buttons, which note who decided."""
        command = self.records["mvno.command"].with_user(self._user(MANAGER))
        with self.assertRaises(AccessError):
            command.state = "done"
        command.action_cancel()
        self.assertEqual(command.state, "cancelled")

    def _is_denied(self, call):
        try:
            found = call()
        except UserError:
            return True
        return not found

    def test_nobody_reads_or_finds_the_token_but_administrators(self):
        for group in (ATTENDANT, MANAGER):
            platform = self.platform.with_user(self._user(group))
            for call in (
                lambda p=platform: p.read(["user_token"]),
                lambda p=platform: p.user_token,
                lambda p=platform: p.read(["base_url"]),
                lambda p=platform: p.search([("user_token", "like", "s3")]),
                lambda p=platform: p.search([], order="user_token"),
                lambda p=platform: p.export_data(["user_token"]),
                lambda p=platform: p._read_group([], ["user_token"]),
            ):
                self.assertTrue(self._is_denied(call))
            self.assertNotIn("user_token", platform.fields_get())
            self.assertNotIn(TOKEN, str(platform.read()))
        administrator = self._user(SYSTEM)
        self.assertEqual(self.platform.with_user(administrator).user_token, TOKEN)
