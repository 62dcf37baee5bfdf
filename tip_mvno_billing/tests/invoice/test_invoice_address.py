# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from ..billing_common import OCTOBER
from ..detail_common import DetailCase
from ..invoices_common import NOON

THIEF = "thief@example.com"
AGREED = "maria@example.com"


@tagged("post_install", "-at_install")
@freeze_time(NOON)
class TestInvoiceAddress(DetailCase):
    """The detailed statement goes to the address agreed on, and nowhere else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._make_user("manager", "tip_mvno.group_manager")
        cls.partner.with_user(cls.secret).mvno_attach_statement = "csv"
        cls.move = cls._invoice_line()

    def _statements(self):
        """:return: {address: names of the detailed statements} of what would leave"""
        return {
            address: [
                attachment[0]
                for attachment in email["attachments"]
                if attachment[0].startswith("detailed statement")
            ]
            for mail in self.env["mail.mail"].search(
                [("model", "=", "account.move"), ("res_id", "=", self.move.id)]
            )
            for email in mail._prepare_outgoing_list()
            for address in email["email_to_normalized"]
        }

    def _bill(self):
        """Send the invoice as accounting's cron does; :return: as above."""
        self.move.sending_data = {
            "author_user_id": self.env.uid,
            "author_partner_id": self.env.user.partner_id.id,
        }
        self.env["account.move.send"]._generate_and_send_invoices(
            self.move, from_cron=True, sending_methods=["email"]
        )
        return self._statements()

    def _copy(self, line):
        """:return: as above, once this user's dialog sent a copy"""
        action = line.action_view_customer_invoices()
        dialog = self.env[action["res_model"]].browse(action["res_id"])
        dialog = dialog.with_user(line.env.user)
        dialog.row_ids.selected = True
        dialog.action_send()
        return self._statements()

    def test_the_address_is_kept_with_the_option(self):
        self.assertEqual(self.partner.mvno_statement_email, AGREED)
        self.partner.with_user(self.attendant).email = THIEF
        self.assertEqual(self.partner.mvno_statement_email, AGREED)
        self.assertEqual(self._bill(), {THIEF: []})
        self.assertIn("not the one agreed on", self.move.message_ids[0].body)

    def test_the_one_agreed_on_gets_it(self):
        self.assertEqual(self._bill(), {AGREED: ["detailed statement 10-2026.csv"]})

    def test_a_second_address_beside_it_gets_nothing(self):
        self.partner.with_user(self.attendant).email = f"{AGREED}, {THIEF}"
        self.assertEqual(self._bill(), {AGREED: [], THIEF: []})

    def test_a_copy_by_hand_goes_without_it(self):
        line = self.line.with_user(self.attendant)
        self.assertEqual(self._copy(line), {AGREED: []})

    def test_so_does_what_a_clerk_sends_once_more(self):
        self.assertTrue(self._bill()[AGREED])
        self.env["mail.mail"].search([]).unlink()
        self.env["account.move.send"].with_user(self.clerk)._generate_and_send_invoices(
            self.move, sending_methods=["email"]
        )
        self.assertEqual(self._statements(), {AGREED: []})

    def test_and_what_odoos_list_of_invoices_sends_once_more(self):
        self.assertTrue(self._bill()[AGREED])
        self.env["mail.mail"].search([]).unlink()
        self.assertEqual(self._bill(), {AGREED: []})

    def test_a_file_opened_before_the_run_sends_makes_no_copy(self):
        self.env["account.move.send"].with_user(self.clerk)._generate_and_send_invoices(
            self.move, sending_methods=[]
        )
        self.assertTrue(self.move.is_move_sent)
        self.assertFalse(self._statements())
        self.company.mvno_send_invoices = True
        run = self.env["mvno.billing.run"].create(
            {"platform_id": self.platform.id, "competence": OCTOBER}
        )
        run._queue_sending(self.move)
        with self.enter_registry_test_mode():
            self.env.ref("account.ir_cron_account_move_send").method_direct_trigger()
        self.env.invalidate_all()
        self.assertTrue(self._statements()[AGREED])

    def test_only_call_records_changes_the_address(self):
        for user in (self.attendant, self.manager):
            partner = self.partner.with_user(user)
            with self.assertRaisesRegex(AccessError, "call records"):
                partner.mvno_statement_email = THIEF
            self.assertFalse(
                partner.load(
                    [".id", "mvno_statement_email"], [[str(partner.id), THIEF]]
                )["ids"]
            )
            self.env.invalidate_all()
            self.assertEqual(self.partner.mvno_statement_email, AGREED)
        self.partner.with_user(self.secret).mvno_statement_email = "new@example.com"
        self.assertEqual(self.partner.mvno_statement_email, "new@example.com")

    def test_no_context_and_no_default_lets_it_go_out(self):
        partners = self.env["res.partner"].with_user(self.attendant)
        for name, value in (
            ("mvno_attach_statement", "csv"),
            ("mvno_statement_email", THIEF),
        ):
            with self.subTest(name):
                with self.assertRaisesRegex(AccessError, "call records"):
                    partners.create({"name": "New", name: value})
                with self.assertRaisesRegex(AccessError, "call records"):
                    partners.with_context(**{f"default_{name}": value}).create(
                        {"name": "New"}
                    )
        self.env["ir.default"].with_user(self.attendant).set(
            "res.partner", "mvno_attach_statement", "csv", user_id=True
        )
        with self.assertRaisesRegex(AccessError, "call records"):
            partners.create({"name": "New"})

    def test_a_copied_customer_has_agreed_on_nothing(self):
        copy = self.partner.with_user(self.attendant).copy()
        self.assertEqual(copy.mvno_attach_statement, "none")
        self.assertFalse(copy.mvno_statement_email)

    def test_without_the_option_there_is_no_address(self):
        self.partner.with_user(self.attendant).mvno_attach_statement = "none"
        self.assertFalse(self.partner.mvno_statement_email)

    def test_the_form_asks_for_one_address(self):
        with Form(self.other.with_user(self.secret)) as form:
            form.email = "o@example.com"
            form.mvno_attach_statement = "pdf"
            self.assertEqual(form.mvno_statement_email, "o@example.com")
        with self.assertRaisesRegex(ValidationError, "one address"):
            self.other.mvno_statement_email = f"o@example.com, {THIEF}"

    def test_after_a_change_it_waits_until_a_manager_confirms(self):
        self.partner.email = "new@example.com"
        self.partner.with_user(self.secret).mvno_statement_email = "new@example.com"
        self.assertEqual(self._bill(), {"new@example.com": []})
        self.assertIn("changed lately", self.move.message_ids[0].body)
        self.partner.with_user(self.manager).action_mvno_confirm_contact()
        self.assertTrue(self._statements()["new@example.com"])

    def test_or_until_seven_days_are_over(self):
        self.partner.with_user(self.attendant).phone = "+5511900000000"
        self.assertEqual(self._bill(), {AGREED: []})
        with freeze_time(fields.Datetime.now() + timedelta(days=7, minutes=1)):
            self.env.invalidate_all()
            self.assertTrue(self._statements()[AGREED])
