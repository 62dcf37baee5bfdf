# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import tagged

from ..common import YES
from ..mail_common import MailCase


@tagged("post_install", "-at_install")
class TestBlockMails(MailCase):
    """What a customer is told when a block begins and ends."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._make_line("active")

    def setUp(self):
        super().setUp()
        for action in ("bloquear/total", "bloquear/parcial", "desbloquear"):
            for _i in range(2):
                self.write_says(self.line.simcard_id, action, YES)

    def _held(self, reason, level="total"):
        self.env["mvno.line.hold"].create(
            {"line_id": self.line.id, "reason": reason, "level": level}
        )
        self.process()

    def _subjects(self, operation):
        """:return: the subjects of the e-mails about the last such request"""
        command = self.line.command_ids.filtered(
            lambda command: command.operation == operation
        ).sorted("id")[-1:]
        self.assertTrue(command)
        mails = self._mails(command)
        for mail in mails:
            self.assertSensible(mail)
            self.assertIn(command.protocol, mail.subject)
        return mails.mapped("subject")

    def test_a_suspension_lifted_at_the_customers_wish(self):
        for lang, registered, done in (
            ("en_US", "We registered", "Done: end of the suspension"),
            ("pt_BR", "Registramos", "Concluído: fim da suspensão"),
        ):
            with self.subTest(lang):
                self.partner.lang = lang
                self._held("customer")
                self.line.action_unblock("customer")
                (told,) = self._subjects("unblock")
                self.assertIn(registered, told)
                self.process()
                self.assertEqual(self.line.state, "active")
                self.assertIn(done, self._subjects("unblock")[-1])
                self.assertEqual(len(self._subjects("unblock")), 2)

    def test_a_suspension_that_ends_by_itself_is_told_when_the_line_is_free(self):
        self._held("customer")
        self.line.hold_ids.date_end = "2026-01-01"
        self.cron("lift_holds")
        self.assertFalse(self._subjects("unblock"))
        self.process()
        (told,) = self._subjects("unblock")
        self.assertIn("Done: end of the suspension", told)

    def test_a_phone_that_was_found(self):
        self._held("theft")
        self.line.action_unblock("theft")
        self.process()
        self.assertIn("Done: unblocking of the line", self._subjects("unblock")[-1])

    def test_the_end_of_anothers_block_is_not_told(self):
        self._held("customer")
        self.line.action_unblock("customer")
        self.process()
        self._held("nonpayment")
        self.line.action_unblock("nonpayment")
        self.process()
        self.assertEqual(self.line.state, "active")
        self.assertFalse(self._subjects("unblock"))

    def test_a_line_that_is_held_again_meanwhile_is_not_told_to_be_free(self):
        self._held("customer")
        self.line.action_unblock("customer")
        command = self.line.open_command_id
        command._transition("send")
        self.env["mvno.line.hold"].create({"line_id": self.line.id, "reason": "misuse"})
        command._transition("confirm")
        command._apply_effect()
        self.assertEqual(len(self._subjects("unblock")), 1)

    def test_a_partial_block_at_the_customers_wish_is_registered(self):
        self._held("customer", "partial")
        (told,) = self._subjects("block_partial")
        self.assertIn("We registered", told)

    def test_a_block_that_only_comes_back_is_no_new_request(self):
        self._held("customer", "partial")
        self._held("nonpayment")
        self.line.action_unblock("nonpayment")
        self.process()
        self.process()
        self.assertEqual(self.line.state, "partially_blocked")
        self.assertFalse(self._subjects("unblock"))
        self.assertFalse(self._subjects("block_partial"))
