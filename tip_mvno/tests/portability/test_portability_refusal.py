# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import datetime

from freezegun import freeze_time

from odoo.tests import tagged

from ...models.portability.mvno_portability import REFUSAL_KINDS
from ..common import MvnoCase

WINDOW = datetime(2026, 11, 25, 12)


@tagged("post_install", "-at_install")
class TestMvnoPortabilityWords(MvnoCase):
    """What an attendant answers about a port-in, and where the line shows it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the platform's time is shown, whatever the reader's
        cls.env.user.tz = "Asia/Tokyo"
        cls.env["res.lang"]._activate_lang("en_US")
        cls.env = cls.env(context={**cls.env.context, "lang": "en_US"})
        line = cls._make_line("active")
        cls.port_in = cls.env["mvno.portability"].create(
            {"line_id": line.id, "number": "+5511912340003"}
        )
        with freeze_time("2026-11-20 15:00:00"):
            cls.port_in._transition("send")

    def _sentence(self, moment="2026-11-22 12:00:00"):
        with freeze_time(moment):
            self.port_in.invalidate_recordset(["status_sentence"])
            return self.port_in.status_sentence

    def test_what_is_answered_while_it_is_under_way(self):
        self.assertIn("Asked on 11/20/2026", self._sentence())
        self.assertIn("must not answer NO to the SMS from 7678", self._sentence())
        self.port_in._transition("window")
        self.assertIn("the window is not told yet", self._sentence())
        self.port_in.window_start = WINDOW
        self.assertEqual(
            self._sentence(),
            "Window on 11/25/2026 at 09:00; up to 24 h; the customer must not answer "
            "NO to the SMS from 7678.",
        )
        self.assertIn("within 24 h", self._sentence("2026-11-25 13:00:00"))
        self.assertIn("are over: ask TIP", self._sentence("2026-11-26 12:00:00"))
        self.port_in._transition("finish")
        self.assertEqual(self._sentence(), "Done: the line answers at (11) 91234-0003.")

    def test_one_that_was_not_sent_goes_with_the_activation(self):
        draft = self.env["mvno.portability"].create(
            {"line_id": self._make_line().id, "number": "+5511912340004"}
        )
        self.assertIn("line's activation", draft.status_sentence)

    def test_every_known_reason_has_words_for_attendant_and_customer(self):
        steps, customers = set(), set()
        for kind, _label in REFUSAL_KINDS:
            self.port_in.write(
                {"state": "refused", "refusal_kind": kind, "refusal": "Erro 4711"}
            )
            steps.add(self.port_in.next_step)
            customers.add((self.port_in.customer_reason, self.port_in.customer_request))
        self.assertEqual(len(steps), len(REFUSAL_KINDS))
        self.assertEqual(len(customers), len(REFUSAL_KINDS))

    def test_an_unknown_reason_is_quoted_as_it_is_but_not_to_the_customer(self):
        self.port_in.write(
            {"state": "refused", "refusal_kind": "unknown", "refusal": "Erro 4711"}
        )
        self.assertEqual(self._sentence(), "Refused: Erro 4711")
        self.assertIn("“Erro 4711”", self.port_in.next_step)
        self.assertNotIn("4711", self.port_in.customer_reason)

    def test_the_line_shows_that_its_number_is_temporary(self):
        line = self.port_in.line_id
        self.assertEqual(line.number_awaited, "(11) 91234-0003")
        self.assertEqual(line.port_in_sentence, self.port_in.status_sentence)
        self.port_in.window_start = WINDOW
        self.assertEqual(line.port_in_window, "11/25/2026 at 09:00")
        self.port_in._transition("finish")
        line.number = self.port_in.number
        self.assertFalse(line.number_awaited)

    def test_a_list_of_lines_costs_no_query_per_line(self):
        def read(count):
            lines = self.env["mvno.line"]
            for _i in range(count):
                lines |= self._make_line("active")
            self.env["mvno.portability"].create(
                [
                    {"line_id": line.id, "number": f"+55119{line.id + 10**7}"}
                    for line in lines
                ]
            )
            fields = ["port_in_window", "number_awaited", "port_in_sentence"]
            return self.count_queries(lambda: lines.read(fields))

        read(1)
        self.assertLessEqual(read(10), read(1))
