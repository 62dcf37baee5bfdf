# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ...lib import SimStatus, StockSim
from ..common import AVAILABLE, MvnoCase


@tagged("post_install", "-at_install")
class TestMvnoSimcardDefect(MvnoCase):
    """Defective SIM cards are set aside, whatever the platform says of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.simcard = cls._make_simcards()

    def test_the_dialog_sets_them_aside(self):
        action = self.simcard.action_mark_defective()
        dialog = Form(self.env[action["res_model"]].with_context(**action["context"]))
        dialog.reason = "damaged"
        dialog.note = "canto quebrado"
        dialog.save().action_confirm()
        self.assertRecordValues(
            self.simcard,
            [
                {
                    "is_defective": True,
                    "defect_reason": "damaged",
                    "defect_note": "canto quebrado",
                    "state": "available",
                }
            ],
        )
        self.assertIn("canto quebrado", self.simcard._not_available_sentence())

    def test_it_is_not_offered_to_lines(self):
        self.simcard.action_mark_defective("lost")
        for model, view in (
            ("mvno.subscribe.line", None),
            ("mvno.line", "tip_mvno.mvno_line_view_form"),
        ):
            domain = self.env[model]._fields["simcard_id"].domain or ""
            if view:
                domain = self.env.ref(view).arch
            self.assertIn("'is_defective', '=', False", domain)
        self.assertFalse(self.simcard._is_offered())
        self.assertFalse(self.simcard._pick())
        available = self.env["mvno.simcard"]._available_domain()
        self.assertNotIn(self.simcard, self.env["mvno.simcard"].search(available))

    def test_a_line_does_not_take_it(self):
        self.simcard.action_mark_defective("lost")
        with self.assertRaisesRegex(UserError, "set aside as defective"):
            self._make_line(simcard_id=self.simcard.id)

    def test_a_line_that_has_it_is_not_activated(self):
        line = self._make_line()
        line.simcard_id.is_defective = True
        with self.assertRaisesRegex(UserError, "set aside as defective"):
            line.action_activate()

    def test_a_draft_line_loses_it_and_says_so(self):
        line = self._make_line()
        simcard = line.simcard_id
        simcard.action_mark_defective("no_signal")
        self.assertFalse(line.simcard_id)
        self.assertEqual(simcard.state, "available")
        self.assertIn(simcard.iccid, line.message_ids[0].body)

    def test_a_line_in_service_keeps_it(self):
        line = self._make_line("active")
        line.simcard_id.action_mark_defective("no_signal")
        self.assertTrue(line.simcard_id.is_defective)
        self.assertEqual(line.simcard_id.state, "in_use")

    def test_a_synchronization_changes_nothing_of_it(self):
        self.simcard.action_mark_defective("damaged")
        seen = StockSim(self.simcard.iccid, SimStatus.AVAILABLE, AVAILABLE, False, "")
        self.env["mvno.simcard"]._mirror_page(self.platform, [seen])
        self.assertTrue(self.simcard.is_defective)

    def test_it_may_work_after_all(self):
        self.simcard.action_mark_defective("other", "?")
        self.simcard.action_mark_working()
        self.assertRecordValues(
            self.simcard,
            [{"is_defective": False, "defect_reason": False, "defect_note": False}],
        )
        self.assertTrue(self.simcard._is_offered())
