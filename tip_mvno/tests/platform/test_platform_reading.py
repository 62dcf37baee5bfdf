# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import tagged

from ...models.platform.mvno_reading import BEGUN_MAX
from ..adoption_common import MARIA, AdoptionCase
from ..common import broken


@tagged("post_install", "-at_install")
class TestMvnoReading(AdoptionCase):
    """What ends its worker is begun three times, and then told to a person."""

    def _told(self):
        """:return: notes of the activities for the platform's responsible"""
        told = self.platform.activity_ids.filtered(
            lambda activity: activity.summary == "A reading was stopped"
        )
        self.assertEqual(told.user_id, self.platform.user_id if told else told.user_id)
        return told.mapped("note")

    def test_a_synchronization_that_its_worker_does_not_survive(self):
        self.platform.user_id = self.env.ref("base.user_admin")
        self.platform.user_id.lang = "en_US"
        self.platform.action_sync_simcards()
        sync = self.env["mvno.sync"].search([("kind", "=", "simcards")])
        for begun in range(1, BEGUN_MAX + 1):
            self.assertTrue(sync._start_slice())  # and the process is killed
            self.assertEqual((sync.state, sync.begun_count), ("running", begun))
        self.cron("sync")
        self.assertEqual(sync.state, "error")
        self.assertIn("was begun 3 times", sync.message)
        [note] = self._told()
        self.assertIn("was begun 3 times", note)
        self.assertFalse(self.web.calls)
        self.platform_says("GET", "/estoque/listar", {"results": []})
        sync.action_continue()
        self.cron("sync")
        self.assertEqual((sync.state, sync.begun_count), ("done", 0))

    def test_an_import_that_its_worker_does_not_survive(self):
        self.platform.action_sync_lines()
        adoption = self.env["mvno.adoption"].search([])
        for _killed in range(BEGUN_MAX):
            self.assertTrue(adoption._start_reading())
        self.cron("sync")
        self.assertEqual(adoption.state, "error")
        self.assertIn("was begun 3 times", adoption.message)
        self.assertEqual(len(self._told()), 1)
        self.assertFalse(self.asked())
        adoption.action_read_again()
        self.import_base(self.subscriber(MARIA, self.listed()))
        self.assertEqual((adoption.state, adoption.begun_count), ("review", 0))

    def test_what_fails_and_says_so_is_not_counted(self):
        self.platform_says("GET", "/assinantes/listar", body=broken())
        self.platform.action_sync_lines()
        adoption = self.env["mvno.adoption"].search([])
        for _failed in range(BEGUN_MAX + 1):
            adoption.write({"failures": 0, "next_attempt": "2020-01-01"})
            self.cron("sync")
            self.assertEqual((adoption.state, adoption.begun_count), ("reading", 0))
        self.assertFalse(self._told())
