# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import datetime
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..mail_common import MailCase

MIXIN = "odoo.addons.tip_mvno.models.transition.mvno_customer_mail"
WINDOW = datetime(2026, 11, 25, 12)
PORT_IN_EVENTS = ("send", "window", "finish", "refuse", "conflict", "cancel")


@tagged("post_install", "-at_install")
class TestPortInMails(MailCase):
    """What a customer is told while a number is brought."""

    def _make_port_in(self):
        line = self._make_line("active")
        return self.env["mvno.portability"].create(
            {"line_id": line.id, "number": f"+55119{line.id + 10**7}"}
        )

    def _step(self, event, port_in=None, **vals):
        """:return: the e-mail that a step of a port-in leads to"""
        port_in = port_in or self._make_port_in()
        port_in.write({"window_start": WINDOW, **vals})
        before = self._mails(port_in)
        port_in._transition(event)
        return self._mails(port_in) - before

    def test_every_step_in_both_languages(self):
        expected = {
            "send": ("7678", "7678"),
            "window": ("do not answer NO", "não responda NÃO"),
            "finish": ("turn the phone off and on", "desligue o aparelho"),
            "refuse": ("differ from those", "divergem dos que"),
            "conflict": ("could not be brought", "não pôde ser trazido"),
            "cancel": ("stays with your present operator", "operadora atual"),
        }
        for event in PORT_IN_EVENTS:
            for position, lang in enumerate(("en_US", "pt_BR")):
                with self.subTest(event, lang=lang):
                    self.partner.lang = lang
                    port_in = self._make_port_in()
                    mail = self._step(event, port_in, refusal_kind="data")
                    self.assertEqual(len(mail), 1)
                    self.assertSensible(mail)
                    self.assertIn(expected[event][position], mail.body_html)
                    self.assertIn(port_in.display_name, mail.subject)

    def test_the_window_is_told_in_local_time(self):
        self.env.user.tz = "Asia/Tokyo"
        for lang, told in (
            ("en_US", "11/25/2026 at 09:00"),
            ("pt_BR", "25/11/2026 às 09:00"),
        ):
            with self.subTest(lang):
                self.partner.lang = lang
                port_in = self._make_port_in()
                mail = self._step("window", port_in)
                self.assertIn(told, mail.subject)
                self.assertIn(told, mail.body_html)

    def test_the_temporary_number_is_told(self):
        port_in = self._make_port_in()
        temporary = port_in.line_id._format_number(port_in.line_id.number)
        self.assertIn(temporary, self._step("send", port_in).body_html)

    def test_nothing_is_told_twice(self):
        port_in = self._make_port_in()
        for event in ("send", "window", "send", "window", "conflict", "window", "send"):
            self._step(event, port_in)
        self.assertEqual(len(self._mails(port_in)), 3)

    def test_a_window_without_a_date_is_told_when_its_date_is(self):
        port_in = self._make_port_in()
        port_in._transition("window")
        self.assertFalse(self._mails(port_in))
        port_in.window_start = WINDOW
        port_in._mail_step("window")
        self.assertEqual(len(self._mails(port_in)), 1)

    def test_a_window_that_moves_is_told_anew(self):
        port_in = self._make_port_in()
        self._step("window", port_in)
        port_in.window_start = datetime(2026, 11, 30, 12)
        port_in._mail_step("window")
        self.assertIn("11/30/2026", self._mails(port_in)[-1].subject)
        self.assertEqual(len(self._mails(port_in)), 2)

    def test_what_a_person_decides_here_is_not_told(self):
        port_in = self._make_port_in()
        self.assertFalse(self._step("withdraw", port_in))
        conflict = self._make_port_in()
        conflict.state = "conflict"
        self.assertFalse(self._step("replace", conflict))

    def test_without_an_address_a_note_stays(self):
        self.partner.email = False
        port_in = self._make_port_in()
        self._step("send", port_in)
        self.assertFalse(self._mails(port_in))
        self.assertEqual(len(self._notes(port_in)), 1)
        port_in._mail_step("send")
        self.assertEqual(len(self._notes(port_in)), 1)

    def test_a_contact_without_an_address_is_told_at_its_company(self):
        company = self.env["res.partner"].create(
            {"name": "Empresa", "is_company": True, "email": "empresa@customer.example"}
        )
        self.partner.write({"email": False, "parent_id": company.id})
        self.assertEqual(self._step("send").recipient_ids, company)

    def test_a_provider_may_switch_the_mails_off(self):
        self.platform.customer_mails = False
        port_in = self._make_port_in()
        self._step("send", port_in)
        self.assertFalse(self._mails(port_in))
        self.assertFalse(self._notes(port_in))
        # switched on again, the past is not told
        self.platform.customer_mails = True
        self._step("send", port_in)
        self.assertFalse(self._mails(port_in))

    def test_a_template_that_was_deleted_stops_nothing(self):
        self.env.ref("tip_mvno.mail_template_port_in_requested").unlink()
        port_in = self._make_port_in()
        self._step("send", port_in)
        self.assertTrue(port_in.sent_at)

    def test_a_template_that_fails_stops_nothing(self):
        template = self.env.ref("tip_mvno.mail_template_port_in_requested")
        template.subject = "{{ object.no_such_field }}"
        port_in = self._make_port_in()
        with mute_logger(MIXIN, "odoo.addons.mail.models.mail_render_mixin"):
            with self.assertLogs(MIXIN, "ERROR"):
                port_in._transition("send")
        self.assertTrue(port_in.sent_at)
        self.assertFalse(self._mails(port_in))
        self.assertFalse(port_in.mailed_steps)

    def test_nothing_is_sent_in_the_transaction(self):
        with patch.object(self.registry["ir.mail_server"], "_connect__") as connect:
            self._step("send")
        connect.assert_not_called()
        cron = self.env.ref("mail.ir_cron_mail_scheduler_action")
        self.assertTrue(
            self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
        )
