# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from odoo.addons.mail.tests.common import MailCase

from ...lib import SimStatus, StockSim
from ..common import AVAILABLE, MvnoCase
from ..lib_common import all_logs

ATTENDANT, INTERNAL = "tip_mvno.group_attendant", "base.group_user"
SECRET = "K2-93XF-7QWY"
CODE = f"LPA:1$smdp.example.com${SECRET}"


@tagged("post_install", "-at_install")
class TestMvnoSimcardEsim(MvnoCase, MailCase):
    """An eSIM's activation code reaches the customer, and nobody else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner.email = "maria@exemplo.invalid"
        cls.line = cls._make_line("active")
        cls.simcard = cls.line.simcard_id
        cls.attendant = cls._make_user("ana", ATTENDANT)

    def _paste(self, code=CODE, simcard=None):
        simcard = (simcard or self.simcard).with_user(self.attendant)
        action = simcard.action_edit_esim_code()
        dialogs = simcard.env[action["res_model"]].with_context(**action["context"])
        with Form(dialogs) as dialog:
            dialog.code = code
        return dialog.record

    def test_a_pasted_code_is_kept_and_drawn(self):
        self._paste(f" {CODE.removeprefix('LPA:')} ").action_save()
        self.assertEqual(self.simcard.esim_code, CODE)
        self.assertTrue(self.simcard.is_esim and self.simcard.has_esim_code)
        self.assertTrue(base64.b64decode(self.simcard.esim_qr).startswith(b"\x89PNG"))

    def test_the_dialog_shows_the_code_there_is_and_forgets_it(self):
        self._paste()
        self.assertEqual(self._paste().code, CODE)
        self._paste("")
        self.assertFalse(self.simcard.esim_code or self.simcard.esim_qr)

    def test_what_is_no_code_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "looks like") as caught:
            self._paste(SECRET)
        self.assertNotIn(SECRET, str(caught.exception))

    def test_a_code_is_one_simcards(self):
        self._paste()
        with self.assertRaisesRegex(ValidationError, "another SIM card") as caught:
            self._paste(simcard=self._make_simcards())
        self.assertNotIn(SECRET, str(caught.exception))

    def test_a_synchronization_leaves_it_an_esim(self):
        """Not every answer of the platform says that it is one."""
        self._paste()
        seen = StockSim(self.simcard.iccid, SimStatus.AVAILABLE, AVAILABLE, False, "")
        self.env["mvno.simcard"]._mirror_page(self.platform, [seen])
        self.assertTrue(self.simcard.is_esim)

    def test_the_customer_gets_it_by_email(self):
        self._paste()
        with self.mock_mail_gateway(mail_unlink_sent=True):
            self.simcard.with_user(self.attendant).action_send_esim_code()
            self.env["mail.mail"].process_email_queue()
        self.assertEqual(len(self._mails), 1)
        mail = self._mails[0]
        self.assertIn("maria@exemplo.invalid", mail["email_to"][0])
        self.assertIn(CODE, mail["body"])
        names = [attachment[0] for attachment in mail["attachments"]]
        self.assertEqual(names, ["eSIM QR code.png"])
        self.assertIn("maria@exemplo.invalid", self.simcard.message_ids[0].body)

    def test_it_goes_out_twice_by_a_manager_only(self):
        manager = self._make_user("gestor", f"{INTERNAL},tip_mvno.group_manager")
        self._paste()
        simcard = self.simcard.with_user(self.attendant)
        with self.mock_mail_gateway(mail_unlink_sent=True):
            simcard.action_send_esim_code()
            self.assertTrue(self.simcard.esim_mailed_at)
            with self.assertRaisesRegex(UserError, "e-mailed on .* already"):
                simcard.action_send_esim_code()
            self.simcard.with_user(manager).action_send_esim_code()
            self._paste(CODE + "3")
            simcard.action_send_esim_code()
        self.assertEqual(len(self._new_mails), 3)

    def test_the_dialog_sends_it_at_once(self):
        with self.mock_mail_gateway(mail_unlink_sent=True):
            self._paste().action_send()
        self.assertIn(CODE, self._new_mails.body_html)

    def test_it_is_in_no_log_and_in_no_other_column(self):
        with all_logs() as logs, self.mock_mail_gateway(mail_unlink_sent=True):
            self._paste()
            self.simcard.with_user(self.attendant).action_send_esim_code()
            self.env["mail.mail"].process_email_queue()
            with self.assertRaises(ValidationError):
                self._paste(simcard=self._make_simcards())
            self.env.flush_all()
        self.assertNotIn(SECRET, "\n".join(logs))
        self.cr.execute(
            """SELECT table_name, column_name FROM information_schema.columns
                WHERE table_schema = current_schema AND table_name IN %s
                  AND data_type IN ('text', 'character varying', 'jsonb')""",
            [
                (
                    "mvno_simcard",
                    "mvno_simcard_esim",
                    "mvno_line",
                    "mail_mail",
                    "mail_message",
                    "mail_tracking_value",
                    "ir_attachment",
                    "ir_logging",
                )
            ],
        )
        holding = set()
        for table, column in self.cr.fetchall():
            query = f'SELECT 1 FROM {table} WHERE "{column}"::text LIKE %s LIMIT 1'
            self.cr.execute(query, [f"%{SECRET}%"])
            if self.cr.fetchone():
                holding.add(f"{table}.{column}")
        self.assertEqual(holding, {"mvno_simcard.esim_code"})

    def test_its_picture_goes_with_the_message(self):
        self._paste()
        pictures = [("name", "=", "eSIM QR code.png")]
        with self.mock_mail_gateway(mail_unlink_sent=True):
            self.simcard.with_user(self.attendant).action_send_esim_code()
            self.assertTrue(self.env["ir.attachment"].search(pictures))
            self.env["mail.mail"].process_email_queue()
        self.assertFalse(self.env["ir.attachment"].search(pictures))

    def test_something_missing_is_named(self):
        simcard = self.simcard.with_user(self.attendant)
        with self.assertRaisesRegex(UserError, "no activation code yet"):
            simcard.action_send_esim_code()
        self._paste()
        self.partner.email = False
        with self.assertRaisesRegex(UserError, "no e-mail address"):
            simcard.action_send_esim_code()
        unused = self._make_simcards()
        unused._set_esim_code(CODE + "2")
        with self.assertRaisesRegex(UserError, "No line uses SIM card"):
            unused.action_send_esim_code()

    def test_only_attendants_see_it(self):
        self._paste()
        manager_of_settings = self._make_user("settings", "base.group_system")
        for user in (self._make_user("clerk", INTERNAL), manager_of_settings):
            simcard = self.simcard.with_user(user)
            for name in ("esim_code", "esim_qr"):
                self.assertNotIn(name, simcard.fields_get())
                with self.assertRaises(AccessError):
                    simcard.read([name])
            with self.assertRaises(AccessError):
                simcard.action_send_esim_code()
        self.assertEqual(self.simcard.with_user(self.attendant).esim_code, CODE)
