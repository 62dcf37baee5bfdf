# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..common import MvnoCase

REFUSED = {"status": "RECUSADA", "erro_info": "Dados do titular não conferem"}


@tagged("post_install", "-at_install")
class TestMvnoPortabilityRepeat(MvnoCase):
    """A port-in that failed is corrected and asked for again."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.attendant = cls._make_user("attendant", "tip_mvno.group_attendant")
        cls.refused = cls._make_port_in("+5511912340001")

    def setUp(self):
        super().setUp()
        self._refresh(self.refused, REFUSED)

    @classmethod
    def _make_port_in(cls, number, state="active"):
        port_in = cls.env["mvno.portability"].create(
            {"line_id": cls._make_line(state).id, "number": number, "donor": "Outra"}
        )
        if state != "draft":
            port_in._transition("send")
        return port_in

    def _refresh(self, port_in, answer):
        self.forget_answers()
        path = f"/portabilidade/status/{port_in.line_id.simcard_id.iccid}"
        self.platform_says("GET", path, json=answer)
        port_in.action_refresh()

    def _correct(self, port_in=None, **values):
        """:return: the new port-in, asked for by an attendant in the dialog"""
        port_in = port_in or self.refused
        dialog = self.env["mvno.portability.correct"].with_user(self.attendant)
        dialog = dialog.create({"portability_id": port_in.id, **values})
        return self.env["mvno.portability"].browse(dialog.action_send()["res_id"])

    # === THE DIALOG === #

    def test_the_dialog_begins_with_what_was_asked_before(self):
        action = self.refused.action_correct()
        model = self.env[action["res_model"]].with_context(**action["context"])
        with Form(model.with_user(self.attendant)) as form:
            self.assertEqual(form.number, "(11) 91234-0001")
            self.assertEqual(form.donor, "Outra")
            form.number = "11 91234-5678"
            form.correction = "O número"
        again = form.record.action_send()
        again = self.env["mvno.portability"].browse(again["res_id"])
        self.assertEqual(again.number, "+5511912345678")
        self.assertEqual((again.donor, again.correction), ("Outra", "O número"))

    def test_a_line_in_service_waits_for_tip(self):
        again = self._correct()
        self.assertEqual(again.predecessor_id, self.refused)
        self.assertEqual(again.create_uid, self.attendant)
        self.assertTrue(again.is_waiting_for_tip)
        self.assertEqual(again.line_id.portability_id, again)
        self.assertTrue(again.alarm_due)
        self.assertEqual(
            again.search([("is_waiting_for_tip", "=", True), ("id", "=", again.id)]),
            again,
        )

    def test_tip_is_asked_in_writing_with_all_it_needs(self):
        again = self._correct(correction="CPF da titular")
        request = again.support_request_ids
        self.assertEqual((request.kind, request.state), ("port_in", "waiting"))
        text = request.with_user(self.attendant).text
        line = again.line_id
        for fact in (
            "(11) 91234-0001",
            "Outra",
            "Maria Exemplo",
            "529.982.247-25",
            line._format_number(line.number),
            line.simcard_id.iccid,
            "Dados do titular não conferem",
            "CPF da titular",
        ):
            self.assertIn(fact, text)
        self.assertIn("portabilidade", request.subject.lower())
        self.assertEqual(again.action_support_request()["res_id"], request.id)

    def test_before_the_activation_it_goes_with_it(self):
        port_in = self._make_port_in("+5511912340005", state="draft")
        port_in.state = "refused"
        again = self._correct(port_in)
        self.assertFalse(again.is_waiting_for_tip)
        self.assertFalse(again.support_request_ids)
        told = again.line_id._prepare_activation()
        self.assertEqual(told.ported_number, "+5511912340005")

    def test_what_was_given_up_does_not_go_with_the_activation(self):
        port_in = self._make_port_in("+5511912340005", state="draft")
        port_in.with_user(self.attendant).action_withdraw()
        told = port_in.line_id._prepare_activation()
        self.assertEqual((told.portability, told.ported_number), (False, ""))

    def test_a_number_that_cannot_be_brought_is_refused(self):
        self._make_port_in("+5511912349999")
        self._make_line("active").number = "+5511912348888"
        for number, why in (
            ("3333-4444", "no mobile number"),
            ("(21) 91234-5678", "keeps its DDD"),
            ("(11) 91234-9999", "under way already"),
            ("(11) 91234-8888", "serves a line of your own"),
        ):
            with self.subTest(number), self.assertRaisesRegex(UserError, why):
                self._correct(number=number)

    def test_one_is_sent_again_once(self):
        self._correct()
        with self.assertRaisesRegex(UserError, "cannot be sent again"):
            self._correct()
        self.assertFalse(self.refused.can_be_repeated)

    def test_what_goes_on_is_not_sent_again(self):
        under_way = self._make_port_in("+5511912340007")
        with self.assertRaisesRegex(UserError, "cannot be sent again"):
            self._correct(under_way)

    def test_a_conflict_makes_way_for_the_same_number(self):
        port_in = self._make_port_in("+5511912340002")
        self._refresh(port_in, {"status": "CONFLITO", "erro_info": "Outro pedido"})
        again = self._correct(port_in)
        self.assertEqual((port_in.state, again.state), ("cancelled", "requested"))
        self.assertEqual(again.number, port_in.number)
        # the end of the old request says nothing about the new one
        self._refresh(again, {"status": "CANCELADA", "erro_info": "Desistência"})
        self.assertTrue(again.is_waiting_for_tip)

    # === WHAT THE PLATFORM SAYS AFTERWARDS === #

    def test_the_old_refusal_is_no_news(self):
        again = self._correct()
        for answer in (
            REFUSED,
            {"status": "recusada", "erro_info": "DADOS DO TITULAR NAO CONFEREM."},
            {"status": "EM USO"},
            {"status": "???"},
        ):
            with self.subTest(answer["status"]):
                self._refresh(again, answer)
                self.assertTrue(again.is_waiting_for_tip)
                self.assertFalse(again.refusal)
                self.assertTrue(again.checked_at)

    def test_another_refusal_is_news(self):
        again = self._correct()
        self._refresh(again, {"status": "RECUSADA", "erro_info": "Número vago"})
        self.assertEqual((again.state, again.refusal_kind), ("refused", "number"))
        self.assertEqual(again.support_request_ids.state, "done")

    def test_the_same_refusal_counts_once_it_was_taken_up(self):
        again = self._correct()
        self._refresh(again, {"status": "PENDENTE"})
        self.assertTrue(again.sent_at)
        self._refresh(again, REFUSED)
        self.assertEqual(again.state, "refused")

    def test_the_old_one_does_not_take_what_the_new_one_is_told(self):
        again = self._correct()
        self._refresh(self.refused | again, {"status": "CONCLUIDA"})
        self.assertEqual((self.refused.state, again.state), ("refused", "done"))
        self.assertEqual(again.line_id.number, again.number)

    def test_the_cron_reads_what_waits_for_tip(self):
        again = self._correct()
        self.forget_answers()
        path = f"/portabilidade/status/{again.line_id.simcard_id.iccid}"
        self.platform_says("GET", path, json={"status": "PENDENTE"})
        self.cron("poll_portabilities")
        self.assertTrue(again.sent_at)
        self.assertEqual(again.support_request_ids.state, "done")

    # === WHAT A PERSON SAYS === #

    def test_a_person_says_that_tip_took_it_up(self):
        again = self._correct()
        again.with_user(self.attendant).action_taken_up()
        self.assertTrue(again.sent_at)
        self.assertEqual(again.support_request_ids.state, "done")
        # the platform is late
        self._refresh(again, REFUSED)
        self.assertEqual(again.state, "requested")
        with self.assertRaisesRegex(UserError, "not waiting for TIP"):
            again.with_user(self.attendant).action_taken_up()

    def test_tip_did_it_on_the_request_says_the_same(self):
        again = self._correct()
        again.support_request_ids.with_user(self.attendant).action_done()
        self.assertTrue(again.sent_at)
        self.assertEqual(again.support_request_ids.state, "done")

    def test_giving_up_closes_both(self):
        for end, close in enumerate(("port_in", "request")):
            with self.subTest(close):
                refused = self._make_port_in(f"+551191234002{end}")
                self._refresh(refused, REFUSED)
                again = self._correct(refused)
                request = again.support_request_ids
                if close == "port_in":
                    again.with_user(self.attendant).action_withdraw()
                else:
                    request.with_user(self.attendant).action_cancel()
                self.assertEqual((again.state, request.state), ("cancelled",) * 2)
                self.assertFalse(again.alarm_due)

    def test_what_was_sent_is_not_given_up(self):
        again = self._correct()
        again._transition("send")
        with self.assertRaisesRegex(UserError, "was sent"):
            again.with_user(self.attendant).action_withdraw()

    def test_a_customer_who_does_not_want_it_any_more(self):
        line = self.refused.line_id
        self.assertTrue(line.port_in_needs_answer)
        self.assertTrue(self.refused.activity_ids)
        self.refused.with_user(self.attendant).action_withdraw()
        self.assertEqual(self.refused.state, "refused")
        self.assertFalse(self.refused.activity_ids)
        self.assertFalse(line.port_in_needs_answer)
        self.assertIn("Given up", self.refused.status_sentence)
        self.assertFalse(self.refused.next_step)
        # and changes their mind
        self.assertTrue(self._correct().is_waiting_for_tip)

    def test_with_its_line_it_is_given_up_without_a_word(self):
        again = self._correct()
        told = self.env["mail.mail"].search_count([])
        again.line_id._on_cancelled("customer", self.platform._today())
        self.assertEqual(again.state, "cancelled")
        self.assertEqual(again.support_request_ids.state, "cancelled")
        self.assertFalse(again.activity_ids)
        self.assertFalse(again.can_be_repeated)
        self.assertEqual(self.env["mail.mail"].search_count([]), told)
