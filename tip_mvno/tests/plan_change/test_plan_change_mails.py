# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import Form, tagged

from ..mail_common import MailCase


@tagged("post_install", "-at_install")
class TestPlanChangeMails(MailCase):
    """What a customer is told of a change of plan that waits for its month."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._lang_get("en_US").date_format = "%m/%d/%Y"
        cls.line = cls._make_line("active")
        cls.other = cls._make_product(cls._make_plan("0102", "9 GB"))

    def _planned(self):
        self.line.action_change_plan(self.other, when="next")
        return self.line.plan_change_id

    def test_it_has_a_protocol_that_the_customer_is_told_at_once(self):
        change = self._planned()
        mail = self._mails(change)
        self.assertSensible(mail)
        self.assertIn(change.protocol, mail.subject)
        self.assertEqual(change.protocol[8], "8")
        words = f"change of plan to Plano 9 GB from {change.date:%m/%d/%Y} on"
        self.assertIn(words, mail.body_html)
        self.assertIn(self.line._format_number(self.line.number), mail.body_html)

    def test_it_is_told_in_the_customers_language(self):
        self.partner.lang = "pt_BR"
        change = self._planned()
        mail = self._mails(change)
        self.assertSensible(mail)
        self.assertIn("Registramos a sua solicitação", mail.subject)
        words = f"troca de plano para Plano 9 GB a partir de {change.date:%d/%m/%Y}"
        self.assertIn(words, mail.body_html)

    def test_on_its_day_the_protocol_goes_on_and_only_the_result_is_told(self):
        change = self._planned()
        change.date = "2026-01-01"
        self.cron("line_day")
        command = self.line.open_command_id
        self.assertEqual(command.plan_change_id, change)
        self.assertEqual(command.protocol, change.protocol)
        self.assertFalse(self._mails(command))
        command.state = "done"
        command._mail_done()
        self.assertIn(change.protocol, self._mails(command).body_html)
        self.assertEqual(len(self._mails(change)), 1)

    def test_a_change_asked_for_now_has_a_protocol_of_its_own(self):
        change = self._planned()
        self.line.action_change_plan(self.other)
        command = self.line.open_command_id
        self.assertFalse(command.plan_change_id)
        self.assertNotEqual(command.protocol, change.protocol)
        self.assertEqual(len(self._mails(command)), 1)

    def test_without_an_address_the_form_shows_it(self):
        self.partner.email = False
        change = self._planned()
        self.assertFalse(self._mails(change))
        self.assertTrue(self._notes(change))
        self.assertEqual(Form(change).protocol, change.protocol)
