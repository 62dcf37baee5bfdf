# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import tagged

from ..common import YES
from ..mail_common import MailCase


@tagged("post_install", "-at_install")
class TestCommandMails(MailCase):
    """What a customer is told of a request."""

    def _made(self, operation, **vals):
        command = self._make_command(operation=operation, **vals)
        command._mail_registered()
        return command

    def test_what_the_customer_asked_for_is_registered(self):
        other = self._make_product(self.plan, name="Plano Outro")
        requests = {
            "activate": ({}, "activation of a mobile line"),
            "change_plan": (
                {"plan_id": self.plan.id, "product_id": other.id},
                "change of plan to Plano Outro",
            ),
            "cancel": ({"cancellation_reason": "customer"}, "cancellation of the line"),
            "top_up": ({"quantity": 5}, "extra data of 5 GB"),
            "block_total": ({"reason": "theft"}, "because of theft"),
            "block_partial": ({"reason": "customer"}, "suspension of the line at"),
        }
        for operation, (vals, words) in requests.items():
            with self.subTest(operation):
                command = self._made(operation, **vals)
                mail = self._mails(command)
                self.assertSensible(mail)
                self.assertIn(command.protocol, mail.subject)
                self.assertIn(words, mail.body_html)
                number = command.line_id._format_number(command.line_id.number)
                self.assertIn(number, mail.body_html)

    def test_it_is_registered_in_the_customers_language(self):
        self.partner.lang = "pt_BR"
        command = self._made("cancel", cancellation_reason="customer")
        mail = self._mails(command)
        self.assertSensible(mail)
        self.assertIn("Registramos a sua solicitação", mail.subject)
        self.assertIn("cancelamento da linha", mail.body_html)
        self.assertIn("Protocolo", mail.body_html)

    def test_what_others_decided_is_not_the_customers_request(self):
        made = self.env["mvno.command"]
        for reason in ("nonpayment", "misuse", "platform", False):
            made |= self._made("block_total", reason=reason)
        for reason in ("nonpayment", "fraud", "death", "platform", "port_out"):
            made |= self._made("cancel", cancellation_reason=reason)
        made |= self._made("unblock")
        made.state = "done"
        made._mail_done()
        self.assertFalse(self._mails(made))
        self.assertFalse(any(made.mapped("mailed_steps")))

    def test_many_are_registered_at_once_and_none_twice(self):
        commands = self.env["mvno.command"]
        for _i in range(3):
            commands |= self._make_command(operation="block_total", reason="loss")
        commands._mail_registered()
        commands._mail_registered()
        self.assertEqual(len(self._mails(commands)), 3)

    def test_a_change_of_plan_and_a_cancellation_are_told_when_done(self):
        other = self._make_product(self.plan, name="Plano Outro")
        change = self._make_command(
            operation="change_plan", plan_id=self.plan.id, product_id=other.id
        )
        cancel = self._make_command(operation="cancel", cancellation_reason="customer")
        (change | cancel)._mail_done()
        self.assertFalse(self._mails(change | cancel))
        (change | cancel).state = "done"
        for lang, change_words, cancel_words in (
            ("en_US", "Plano Outro", "was cancelled"),
            ("pt_BR", "Plano Outro", "foi cancelada"),
        ):
            with self.subTest(lang):
                self.partner.lang = lang
                (change | cancel).mailed_steps = False
                (change | cancel)._mail_done()
                told = {mail.res_id: mail for mail in self._mails(change | cancel)}
                self.assertIn(change_words, told[change.id].body_html)
                self.assertIn(cancel_words, told[cancel.id].body_html)
                self.assertSensible(told[change.id])
                self.assertSensible(told[cancel.id])

    def test_an_activation_is_told_when_the_line_has_its_number(self):
        line = self._make_activating(number=False)
        command = line.command_ids
        command._mail_done()
        self.assertFalse(self._mails(command))
        line.number = "+5511912345678"
        line._start_service(None)
        mail = self._mails(command)
        self.assertSensible(mail)
        self.assertIn("(11) 91234-5678", mail.body_html)
        self.assertNotIn("temporary", mail.body_html)
        command._mail_done()
        self.assertEqual(self._mails(command), mail)

    def test_a_temporary_number_is_told_as_such(self):
        line = self._make_line()
        self.env["mvno.portability"].create(
            {"line_id": line.id, "number": "+5511912340003"}
        )
        command = self._make_command(line, "activate", "done")
        line.write({"state": "activating", "number": "+5511900000001"})
        line._start_service(None)
        body = self._mails(command).body_html
        self.assertIn("This number is temporary", body)
        self.assertIn("(11) 91234-0003", body)

    def test_a_click_registers_and_the_answer_tells(self):
        """The whole way: the dialog's request, the platform's yes, the number."""
        line = self._make_line()
        self.sim_says(line.simcard_id, "DISPONÍVEL")
        line.action_activate()
        command = line.command_ids
        self.assertEqual(len(self._mails(command)), 1)
        self.write_says(line.simcard_id, "ativar", {**YES, "numero": "11987650000"})
        self.sim_says(line.simcard_id, "EM USO", numero="11987650000")
        self.process(command)
        self.assertEqual(line.state, "active")
        mails = self._mails(command)
        self.assertEqual(len(mails), 2)
        self.assertIn("(11) 98765-0000", mails[-1].body_html)
