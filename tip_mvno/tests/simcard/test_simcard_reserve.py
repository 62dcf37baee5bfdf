# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ...lib import SimStatus, StockSim
from ..common import AVAILABLE, NO, OTHER_CPF, MvnoCase

ATTENDANT = "tip_mvno.group_attendant"
NOW = "2026-10-05 12:00:00"


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestMvnoSimcardReserve(MvnoCase):
    """A SIM card that was chosen is kept, and not for ever."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.platform.reservation_hours = 24
        cls.contract = cls._make_contract()
        cls.simcard = cls._make_simcards()
        cls.end = fields.Datetime.now() + timedelta(hours=24)

    def _later(self, hours):
        self.startPatcher(freeze_time(self.end + timedelta(hours=hours - 24)))

    def _give_back(self):
        return self.env["mvno.simcard"]._give_back_expired()

    def _dialog(self, user=None):
        """:return: the form of the dialog that makes lines, as a user opens it"""
        env = self.env(user=user) if user else self.env
        partner = env["res.partner"].browse(self.partner.id)
        context = partner.action_mvno_subscribe()["context"]
        return Form(env["mvno.subscribe"].with_context(**context))

    def _choose(self, dialog, simcard):
        with dialog.line_ids.edit(0) as line:
            line.simcard_id = simcard.with_env(line._env)

    # === DRAFT LINES === #

    def test_a_draft_line_keeps_its_simcard_until_the_end(self):
        line = self._make_line()
        simcard = line.simcard_id
        self.assertEqual(
            (simcard.state, simcard.reserved_until), ("reserved", self.end)
        )
        self._later(23)
        self.assertFalse(self._give_back())
        self._later(24)
        self.assertEqual(self._give_back(), 1)
        self.assertEqual((simcard.state, simcard.reserved_until), ("available", False))
        self.assertFalse(line.simcard_id)
        self.assertIn(simcard.iccid, line.message_ids[0].body)
        self.assertEqual(line.state, "draft")

    def test_without_hours_it_is_kept_for_ever(self):
        self.platform.reservation_hours = 0
        line = self._make_line()
        self.assertFalse(line.simcard_id.reserved_until)
        self._later(24 * 365)
        self.assertFalse(self._give_back())

    def test_a_line_under_way_keeps_its_simcard(self):
        line = self._make_activating("pending")
        self.assertTrue(line.simcard_id.reserved_until)
        self._later(48)
        self.assertFalse(self._give_back())
        self.assertTrue(line.simcard_id)

    def test_a_refused_activation_starts_the_time_anew(self):
        """The cron took the SIM card away in the minute of the refusal."""
        line = self._make_line()
        self.sim_says(line.simcard_id, AVAILABLE)
        line.action_activate()
        self._later(48)
        self.write_says(line.simcard_id, "ativar", NO)
        self.process(line.command_ids)
        self.assertEqual(line.state, "draft")
        self.assertFalse(self._give_back())
        self.assertEqual(
            line.simcard_id.reserved_until, fields.Datetime.now() + timedelta(hours=24)
        )

    def test_an_activated_simcard_is_reserved_no_longer(self):
        line = self._make_line()
        line.simcard_id.state = "in_use"
        self.assertFalse(line.simcard_id.reserved_until)

    def test_another_simcard_gives_the_first_back(self):
        line = self._make_line()
        first = line.simcard_id
        line.simcard_id = self.simcard
        self.assertEqual((first.state, self.simcard.state), ("available", "reserved"))
        self.assertEqual(
            (first.reserved_until, self.simcard.reserved_until), (False, self.end)
        )

    def test_many_are_given_back_in_few_statements(self):
        def lines(count):
            made = self.env["mvno.line"].create(
                [
                    {
                        "platform_id": self.platform.id,
                        "partner_id": self.partner.id,
                        "simcard_id": simcard.id,
                        "area_code": "11",
                    }
                    for simcard in self._make_simcards(count)
                ]
            )
            made.simcard_id.reserved_until = fields.Datetime.now()

        lines(10)
        few = self.count_queries(self._give_back)
        lines(80)
        self.assertLessEqual(self.count_queries(self._give_back), few + 5)

    def test_the_cron_gives_all_back(self):
        lines = self._make_line() | self._make_line()
        self._later(25)
        self.cron("give_back_simcards")
        self.assertFalse(lines.simcard_id)

    # === THE DIALOG === #

    def test_a_simcard_picked_in_a_dialog_is_kept_at_once(self):
        user = self._make_user("ana", ATTENDANT)
        self._choose(self._dialog(user), self.simcard)
        self.assertRecordValues(
            self.simcard,
            [
                {
                    "state": "reserved",
                    "reserved_uid": user.id,
                    "reserved_until": self.end,
                }
            ],
        )

    def test_a_second_choice_gives_the_first_back(self):
        other = self._make_simcards()
        dialog = self._dialog()
        self._choose(dialog, self.simcard)
        self._choose(dialog, other)
        self.assertEqual((self.simcard.state, other.state), ("available", "reserved"))
        self.assertFalse(self.simcard.reserved_uid)

    def test_who_was_second_is_told_and_chooses_another(self):
        ana = self._make_user("ana", ATTENDANT, name="Ana")
        self._choose(self._dialog(ana), self.simcard)
        dialog = self._dialog(self._make_user("rui", ATTENDANT))
        with self.assertLogs("odoo.tests.form.onchange", "WARNING") as logs:
            self._choose(dialog, self.simcard)
        self.assertIn("Ana", str(logs.output))
        with dialog.line_ids.edit(0) as line:
            self.assertFalse(line.simcard_id)
        self.assertEqual(self.simcard.reserved_uid, ana)

    def test_a_dialog_closed_unsaved_leaves_it_to_its_attendant(self):
        user = self._make_user("ana", ATTENDANT)
        self._choose(self._dialog(user), self.simcard)
        again = self._dialog(user)
        self._choose(again, self.simcard)
        again.save().action_save()
        line = self.partner.mvno_line_ids
        self.assertEqual(line.simcard_id, self.simcard)
        self.assertRecordValues(
            self.simcard,
            [{"state": "reserved", "reserved_uid": False, "reserved_until": self.end}],
        )

    def test_an_abandoned_dialog_gives_it_back(self):
        self._choose(self._dialog(), self.simcard)
        self._later(24)
        self.assertEqual(self._give_back(), 1)
        self.assertRecordValues(
            self.simcard, [{"state": "available", "reserved_uid": False}]
        )

    def test_a_synchronization_leaves_it_to_the_dialog(self):
        self._choose(self._dialog(), self.simcard)
        seen = StockSim(self.simcard.iccid, SimStatus.AVAILABLE, AVAILABLE, False, "")
        self.env["mvno.simcard"]._mirror_page(self.platform, [seen])
        self.assertEqual(self.simcard.state, "reserved")
        self.sim_says(self.simcard, AVAILABLE)
        self.simcard.action_refresh()
        self.assertEqual(self.simcard.state, "reserved")

    def test_a_line_does_not_take_it_from_the_dialog(self):
        ana = self._make_user("ana", ATTENDANT, name="Ana")
        self._choose(self._dialog(ana), self.simcard)
        other = self._make_partner(name="João Exemplo", vat=OTHER_CPF)
        contract_line = self._make_contract(partner=other).contract_line_ids
        with self.assertRaisesRegex(UserError, "given out by Ana"):
            self._make_line(contract_line=contract_line, simcard_id=self.simcard.id)
