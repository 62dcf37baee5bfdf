# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the tests of e-mails to customers share."""

from .common import MARIA_CPF, MvnoCase

ADDRESS = "maria@customer.example"


class MailCase(MvnoCase):
    """A customer with an e-mail address, who reads English."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for code in ("en_US", "pt_BR"):
            cls.env["res.lang"]._activate_lang(code)
        cls.partner.write({"email": ADDRESS, "lang": "en_US"})
        cls.env.company.write(
            {"name": "Provedor Fictício", "email": "hello@provider.example"}
        )

    def _mails(self, records):
        """:return: the e-mails made about records, oldest first"""
        return self.env["mail.mail"].search(
            [("model", "=", records._name), ("res_id", "in", records.ids)], order="id"
        )

    def _notes(self, record):
        bodies = record.message_ids.mapped("body")
        return [body for body in bodies if "no e-mail address" in body]

    def assertSensible(self, mail):
        """Every mail is addressed, greets, is signed and tells no document."""
        self.assertEqual(mail.recipient_ids, self.partner)
        self.assertEqual(mail.state, "outgoing")
        self.assertIn("hello@provider.example", mail.email_from)
        body = mail.body_html
        for wanted in ("Maria Exemplo", "Provedor Fictício", "hello@provider.example"):
            self.assertIn(wanted, body)
        for unwanted in (MARIA_CPF, "52998224725", "{{", "t-out", "False", "None"):
            self.assertNotIn(unwanted, body + mail.subject)
