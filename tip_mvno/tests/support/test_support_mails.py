# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import Form, tagged

from ..common import OTHER_CPF
from ..mail_common import MailCase


@tagged("post_install", "-at_install")
class TestSupportRequestMails(MailCase):
    """What a customer is told of a request that TIP's people carry out."""

    def _asked(self, kind, **vals):
        line = self._make_line("active")
        return self.env["mvno.support.request"].create(
            {"line_id": line.id, "kind": kind, **vals}
        )

    def _swap(self, reason):
        simcards = self._make_simcards(2)
        return self._asked(
            "sim_swap",
            reason=reason,
            old_simcard_id=simcards[0].id,
            simcard_id=simcards[1].id,
        )

    def _holder_change(self):
        new = self._make_partner(name="Novo Titular", vat=OTHER_CPF)
        return self._asked("holder_change", new_partner_id=new.id, date="2026-12-01")

    def _port_in(self):
        """:return: what TIP is asked when a port-in that was refused is corrected"""
        refused = self.env["mvno.portability"].create(
            {"line_id": self._make_line("active").id, "number": "+5511912340001"}
        )
        refused.state = "refused"
        return refused._repeat(refused.number, "Outra", "CPF").support_request_ids

    def test_each_has_a_protocol_that_the_customer_is_told(self):
        self.env["res.lang"]._lang_get("en_US").date_format = "%m/%d/%Y"
        asked = {
            "because of theft": self._swap("theft"),
            "because of loss": self._swap("loss"),
            "as yours is broken": self._swap("broken"),
            "from 12/01/2026 on": self._holder_change(),
            "port-in of the number (11) 91234-0001, once more": self._port_in(),
        }
        for words, request in asked.items():
            with self.subTest(words):
                mail = self._mails(request)
                self.assertSensible(mail)
                self.assertIn(request.protocol, mail.subject)
                self.assertIn(words, mail.body_html)
                number = request.line_id._format_number(request.line_id.number)
                self.assertIn(number, mail.body_html)
        self.assertEqual(len({one.protocol for one in asked.values()}), len(asked))

    def test_it_is_told_in_the_customers_language(self):
        self.partner.lang = "pt_BR"
        mail = self._mails(self._swap("loss"))
        self.assertSensible(mail)
        self.assertIn("Registramos a sua solicitação", mail.subject)
        self.assertIn("por motivo de perda", mail.body_html)

    def test_a_number_is_never_a_request_to_the_platforms_too(self):
        request, command = self._swap("loss"), self._make_command()
        self.assertEqual(len(request.protocol), len(command.protocol))
        self.assertEqual((request.protocol[8], command.protocol[8]), ("9", "0"))

    def test_what_tip_is_asked_besides_is_not_told(self):
        self.assertFalse(self._mails(self._asked("other", note="Uma pergunta")))

    def test_a_request_that_is_not_saved_yet_has_no_number(self):
        form = Form(self.env["mvno.support.request"])
        self.assertFalse(form.protocol)
        form.line_id = self._make_line("active")
        form.note = "Uma pergunta"
        self.assertTrue(form.save().protocol)
