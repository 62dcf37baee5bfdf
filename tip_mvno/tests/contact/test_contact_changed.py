# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..mail_common import ADDRESS, MailCase

CODE = "LPA:1$smdp.example.com$K2-93XF-7QWY"
THIEF = "thief@example.com"


@tagged("post_install", "-at_install")
class TestContactChanged(MailCase):
    """After a change of e-mail or phone nothing secret goes out for seven days."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.attendant = cls._make_user("ana", "tip_mvno.group_attendant")
        cls.manager = cls._make_user("marta", "tip_mvno.group_manager")
        cls.line = cls._make_line("active")
        cls.simcard = cls.line.simcard_id
        cls.simcard._set_esim_code(CODE)
        cls.seen = cls.partner.with_user(cls.attendant)

    def _told(self):
        """:return: the e-mails about the customer's record"""
        return self._mails(self.partner)

    def _send(self, user):
        """:return: the e-mails with the eSIM's code after this user sent it"""
        self.simcard.with_user(user).action_send_esim_code()
        return self._mails(self.simcard)

    def test_an_esim_s_code_waits_after_a_change_of_address(self):
        self.seen.email = THIEF
        with self.assertRaisesRegex(UserError, "only a manager"):
            self._send(self.attendant)
        self.assertFalse(self._mails(self.simcard))

    def test_so_it_does_after_a_change_of_phone(self):
        self.seen.phone = "+5511900000000"
        with self.assertRaisesRegex(UserError, "only a manager"):
            self._send(self.attendant)

    def test_and_where_there_was_no_address(self):
        self.partner.email = False
        self.partner.action_mvno_confirm_contact()
        self.seen.email = THIEF
        with self.assertRaisesRegex(UserError, "only a manager"):
            self._send(self.attendant)

    def test_and_where_an_import_changed_it(self):
        result = self.seen.load([".id", "email"], [[str(self.partner.id), THIEF]])
        self.assertTrue(result["ids"])
        with self.assertRaisesRegex(UserError, "only a manager"):
            self._send(self.attendant)

    def test_and_where_the_company_s_contact_holds_the_line(self):
        contact = self._make_partner(
            name="Filho", parent_id=self.partner.id, email="son@example.com"
        )
        self.line.partner_id = contact
        self.seen.email = THIEF
        with self.assertRaisesRegex(UserError, "only a manager"):
            self._send(self.attendant)

    def test_a_manager_sends_it(self):
        self.seen.email = THIEF
        self.assertEqual(len(self._send(self.manager)), 1)

    def test_seven_days_later_it_goes(self):
        self.seen.email = THIEF
        day = timedelta(days=1)
        with freeze_time(fields.Datetime.now() + 7 * day - timedelta(minutes=1)):
            self.env.invalidate_all()
            self.assertTrue(self.partner.mvno_contact_waits)
            self.assertTrue(self.partner.mvno_contact_waits_until)
        with freeze_time(fields.Datetime.now() + 7 * day + timedelta(minutes=1)):
            self.env.invalidate_all()
            self.assertEqual(len(self._send(self.attendant)), 1)

    def test_a_manager_confirms_the_change(self):
        self.seen.email = THIEF
        with self.assertRaisesRegex(AccessError, "manager"):
            self.seen.action_mvno_confirm_contact()
        self.partner.with_user(self.manager).action_mvno_confirm_contact()
        self.assertIn("confirmed", self.partner.message_ids[0].body)
        self.assertEqual(len(self._send(self.attendant)), 1)

    def test_nobody_else_writes_that_it_is_settled(self):
        self.seen.email = THIEF
        with self.assertRaises(AccessError):
            self.seen.mvno_contact_changed_at = False
        with self.assertRaises(AccessError):
            self.seen.read(["mvno_contact_changed_at"])
        self.assertFalse(
            self.seen.load(
                [".id", "mvno_contact_changed_at"], [[str(self.partner.id), ""]]
            )["ids"]
        )
        self.env.invalidate_all()
        self.assertTrue(self.partner.mvno_contact_waits)

    def test_the_address_as_it_was_is_told(self):
        self.seen.write({"email": THIEF, "phone": "+5511900000000"})
        mail = self._told()
        self.assertEqual(mail.email_to, ADDRESS)
        self.assertFalse(mail.recipient_ids)
        self.assertEqual(mail.subject, "Your e-mail or phone was changed")
        self.assertIn("hello@provider.example", mail.email_from)
        self.assertIn("Provedor Fictício", mail.body_html)
        for unwanted in (THIEF, "{{", "t-out", "None"):
            self.assertNotIn(unwanted, mail.body_html)

    def test_it_is_told_in_the_customer_s_language(self):
        template = self.env.ref("tip_mvno.mail_template_contact")
        template.with_context(lang="pt_BR").subject = "Em português"
        self.partner.lang = "pt_BR"
        self.seen.email = THIEF
        self.assertEqual(self._told().subject, "Em português")

    def test_what_is_only_written_another_way_is_no_change(self):
        self.seen.write({"email": ADDRESS.upper(), "phone": "(11) 98765-4321"})
        self.seen.write({"email": ADDRESS, "phone": "+55 11 98765-4321"})
        self.assertFalse(self.partner.mvno_contact_waits or self._told())

    def test_a_person_without_lines_is_let_alone(self):
        stranger = self._make_partner(name="Ninguém", email="nobody@example.com")
        self._make_line(
            "draft", self._make_contract(partner=stranger).contract_line_ids
        )
        stranger.with_user(self.attendant).email = "other@example.com"
        self.assertFalse(stranger.mvno_contact_waits or self._mails(stranger))

    def test_the_form_says_so(self):
        with Form(self.seen) as form:
            form.email = THIEF
        with Form(self.seen) as form:
            self.assertTrue(form.mvno_contact_waits)
        self.assertIn("unless a manager", self.seen.message_ids[0].body)
