# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ...models.stock.mvno_platform import LOW_STOCK
from ..common import AVAILABLE, IN_USE, MvnoCase


@tagged("post_install", "-at_install")
class TestMvnoPlatformStock(MvnoCase):
    """Somebody is told when the SIM cards run out, once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.simcards = cls._make_simcards(3)
        cls.platform.minimum_available = 3

    def _alarms(self, platform=None):
        return (platform or self.platform).activity_search([LOW_STOCK])

    def test_enough_simcards_are_no_alarm(self):
        self.assertFalse(self._alarms())
        self.assertEqual(self.platform.available_count, 3)
        self.assertFalse(self.platform.is_low_stock)

    def test_a_simcard_that_is_taken_raises_it_once(self):
        responsible = self._make_user("chefe", "tip_mvno.group_manager")
        self.platform.user_id = responsible
        self._make_line()  # brings a SIM card of its own
        self.assertFalse(self._alarms())
        for simcard in self.simcards[:2]:
            simcard._pick()
        self.assertRecordValues(self._alarms(), [{"user_id": responsible.id}])
        self.assertIn("2 SIM cards", self._alarms().note)
        self.platform.invalidate_recordset()
        self.assertTrue(self.platform.is_low_stock)

    def test_done_by_hand_it_comes_again_with_the_next_one_taken(self):
        self.simcards[0]._pick()
        self._alarms().action_done()
        self.assertFalse(self._alarms())
        self.simcards[1]._pick()
        self.assertEqual(len(self._alarms()), 1)

    def test_it_ends_by_itself(self):
        self.simcards[0]._pick()
        self.assertTrue(self._alarms())
        self.simcards[0]._give_back()
        self.platform._check_stock()
        self.assertFalse(self._alarms())

    def test_a_synchronization_raises_it_at_its_end(self):
        pages = [
            {"sim_card": simcard.iccid, "status": status}
            for simcard, status in zip(
                self.simcards, (AVAILABLE, IN_USE, AVAILABLE), strict=True
            )
        ]
        self.env["mvno.sync"]._request(self.platform, "simcards")
        self.platform_says("GET", "/estoque/listar", {"results": pages})
        self.cron("sync")
        self.assertEqual(len(self._alarms()), 1)

    def test_a_read_of_one_simcard_raises_it(self):
        self.sim_says(self.simcards[0], IN_USE)
        self.simcards[0].action_refresh()
        self.assertEqual(len(self._alarms()), 1)

    def test_a_higher_minimum_raises_it_and_none_ends_it(self):
        self.platform.minimum_available = 4
        self.assertEqual(len(self._alarms()), 1)
        self.platform.minimum_available = 0
        self.assertFalse(self._alarms())

    def test_defective_ones_do_not_count(self):
        self.simcards[0].action_mark_defective("damaged")
        self.assertEqual(self.platform.available_count, 2)
        self.assertTrue(self._alarms())
        self.simcards[0].action_mark_working()
        self.assertFalse(self._alarms())

    def test_platforms_are_found_by_it(self):
        other = self._make_platform(name="Other", minimum_available=1)
        platforms = self.env["mvno.platform"]
        low = platforms.search([("is_low_stock", "=", True)])
        self.assertIn(other, low)
        self.assertNotIn(self.platform, low)
        self.assertIn(self.platform, platforms.search([("is_low_stock", "=", False)]))
        found = self.env["mvno.simcard"].search(
            [("platform_id.is_low_stock", "=", False)]
        )
        self.assertLessEqual(self.simcards, found)

    def test_many_platforms_cost_what_one_does(self):
        platforms = self.platform
        for index in range(5):
            platforms |= self._make_platform(name=f"P{index}", minimum_available=1)
        for each in platforms:
            each._check_stock()
        one = self.count_queries(self.platform._check_stock)
        self.assertLessEqual(self.count_queries(platforms._check_stock), one + 1)

    def test_the_settings_are_not_negative(self):
        for name in ("minimum_available", "reservation_hours"):
            with self.subTest(name), self.assertRaises(ValidationError):
                self.platform[name] = -1
