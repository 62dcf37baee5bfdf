# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import Form, tagged

from .common import MARIA_CPF, OTHER_CPF, YES, MvnoCase

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
