# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..common import MvnoCase


@tagged("post_install", "-at_install")
class TestMvnoSupportRequest(MvnoCase):
    """What only TIP's people can do, asked for in writing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._make_line("active", platform_contract="C1")
        cls.attendant = cls._make_user("attendant", "tip_mvno.group_attendant")
        cls.requests = cls.env["mvno.support.request"].with_user(cls.attendant)

    def _other(self, note="Favor liberar o roaming."):
        with Form(self.requests) as form:
            form.line_id = self.line.with_user(self.attendant)
            form.note = note
        return form.record

    def test_an_attendant_asks_for_anything_else(self):
        request = self._other()
        self.assertRecordValues(
            request,
            [
                {
                    "kind": "other",
                    "state": "waiting",
                    "partner_id": self.partner.id,
                    "user_id": self.attendant.id,
                }
            ],
        )
        self.assertIn("Favor liberar o roaming.", request.text)
        self.assertIn("Contrato na TIP: C1", request.text)
        self.assertEqual(self.line.support_request_id, request)
        request.tip_protocol = "2026-55"
        request.action_done()
        self.assertEqual(request.state, "done")
        self.assertFalse(self.line.support_request_id)

    def test_one_of_a_kind_waits_per_line(self):
        self._other()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self._other()

    def test_nothing_is_asked_for_a_line_tip_does_not_know(self):
        with self.assertRaisesRegex(ValidationError, "not activated yet"):
            self.requests.create({"line_id": self._make_line().id, "note": "x"})

    def test_what_was_asked_for_stays_as_it_is(self):
        request = self._other()
        request.action_done()
        with self.assertRaises(UserError):
            request.note = "Something else"
        with self.assertRaises(UserError):
            request.action_cancel()
        with self.assertRaises(AccessError):
            request.unlink()
        with self.assertRaises(UserError):
            request.sudo().unlink()

    def test_nobody_types_in_what_the_dialogs_and_the_platform_decide(self):
        request = self._other()
        for vals in (
            {"state": "done"},
            {"kind": "holder_change"},
            {"new_partner_id": self.partner.id},
            {"simcard_id": self._make_simcards().id},
        ):
            with self.assertRaises(AccessError):
                request.write(vals)
        with self.assertRaises(AccessError):
            self.requests.create({"line_id": self.line.id, "kind": "sim_swap"})

    def test_its_age_counts_until_it_is_closed(self):
        request = self._other()
        request.sudo().asked_at -= timedelta(days=4)
        self.assertEqual(request.age, 4)
        request.action_cancel()
        request.sudo().closed_at -= timedelta(days=1)
        self.assertEqual(request.age, 3)

    def test_every_change_of_state_is_on_record(self):
        request = self._other()
        request.action_cancel()
        self.assertRecordValues(
            request.transition_ids,
            [
                {
                    "event": "cancel",
                    "state_from": "waiting",
                    "state_to": "cancelled",
                    "user_id": self.attendant.id,
                }
            ],
        )

    def test_another_company_s_requests_are_not_shown(self):
        request = self._other()
        company = self.env["res.company"].create({"name": "Other"})
        stranger = self._make_user(
            "stranger",
            "tip_mvno.group_attendant",
            company_id=company.id,
            company_ids=[company.id],
        )
        found = self.requests.with_user(stranger).search([("id", "=", request.id)])
        self.assertFalse(found)

    def test_a_user_without_group_sees_nothing(self):
        nobody = self._make_user("nobody", "base.group_user")
        with self.assertRaises(AccessError):
            self.requests.with_user(nobody).search([])

    def test_who_comes_back_gets_a_new_line(self):
        self.line._on_cancelled("customer", self.platform._today())
        action = self.line.action_new_line()
        self.assertEqual(action["res_model"], "mvno.subscribe")
        self.assertEqual(action["context"]["default_partner_id"], self.partner.id)
        self.assertEqual(self.line.state, "cancelled")
