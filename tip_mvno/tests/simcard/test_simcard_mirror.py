# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from psycopg2 import IntegrityError
from stdnum import luhn

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...lib import SimStatus, StockSim
from ...models.simcard.mvno_simcard_read import STATE_OF_STATUS
from ..common import AVAILABLE, BLOCKED, CANCELLED, IN_USE, MvnoCase, broken


def seen(iccid, status=SimStatus.AVAILABLE, raw=AVAILABLE, is_esim=False):
    return StockSim(iccid, status, raw, is_esim, "Vivo")


@tagged("post_install", "-at_install")
class TestMvnoSimcard(MvnoCase):
    """The mirror of the platform's stock, and one SIM card of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.simcards = cls.env["mvno.simcard"]
        cls.simcard = cls._make_simcards()

    def _mirror(self, *stock):
        self.simcards._mirror_page(self.platform, list(stock))

    # === THE STOCK === #

    def test_new_simcards_come_and_known_ones_follow(self):
        new = "89550000000000000999"
        self._mirror(
            seen(self.simcard.iccid, SimStatus.IN_USE, IN_USE), seen(new, is_esim=True)
        )
        self.assertRecordValues(
            self.simcard,
            [{"state": "in_use", "platform_status": IN_USE, "network": "Vivo"}],
        )
        found = self.simcards.search([("iccid", "=", new)])
        self.assertRecordValues(found, [{"state": "available", "is_esim": True}])
        self.assertTrue(self.simcard.checked_at and found.checked_at)

    def test_every_status_of_the_platform_has_a_state(self):
        self.assertEqual(set(STATE_OF_STATUS), set(SimStatus))
        states = dict(self.simcards._fields["state"].selection)
        self.assertLessEqual(set(STATE_OF_STATUS.values()), set(states))
        self._mirror(seen(self.simcard.iccid, SimStatus.UNKNOWN, "EM TRÂNSITO"))
        self.assertEqual(self.simcard.state, "unknown")
        self.assertEqual(self.simcard.platform_status, "EM TRÂNSITO")

    def test_a_simcard_seen_twice_in_a_page_is_one(self):
        new = "89550000000000000998"
        self._mirror(seen(new), seen(new, SimStatus.IN_USE, IN_USE))
        self.assertEqual(
            self.simcards.search([("iccid", "=", new)]).mapped("state"), ["in_use"]
        )

    def test_a_simcard_that_a_line_holds_is_not_offered(self):
        """While the platform lagged behind it was offered to the next customer."""
        draft, activating = self._make_line().simcard_id, self._make_line("activating")
        held = draft | activating.simcard_id
        self._mirror(*(seen(simcard.iccid) for simcard in held | self.simcard))
        self.assertEqual(held.mapped("state"), ["reserved"] * 2)
        self.assertEqual(self.simcard.state, "available")
        for simcard in held | self.simcard:
            self.sim_says(simcard, AVAILABLE)
            simcard.action_refresh()
        self.assertEqual(held.mapped("state"), ["reserved"] * 2)
        self.assertEqual(self.simcard.state, "available")

    def test_a_simcard_of_a_cancelled_line_is_what_the_platform_says(self):
        line = self._make_line("cancelled")
        self._mirror(seen(line.simcard_id.iccid))
        self.assertEqual(line.simcard_id.state, "available")

    def test_another_platforms_simcard_with_this_number_is_left_alone(self):
        other = self._make_platform(name="Other")
        twin = self._make_simcards(platform=other, iccid=self.simcard.iccid)
        self._mirror(seen(self.simcard.iccid, SimStatus.CANCELLED, CANCELLED))
        self.assertEqual((self.simcard.state, twin.state), ("cancelled", "available"))

    def test_a_page_costs_the_same_queries_whatever_its_size(self):
        def mirror(start, count, status=SimStatus.AVAILABLE):
            page = [seen(str(start + index), status) for index in range(count)]
            return self.count_queries(
                lambda: self.simcards._mirror_page(self.platform, page)
            )

        small, large = 8955111110000000000, 8955222220000000000
        few = mirror(small, 50)
        # rows are inserted a hundred at a time
        self.assertLessEqual(mirror(large, 500), few + 10)
        for status in (SimStatus.AVAILABLE, SimStatus.IN_USE):
            with self.subTest(status):
                few = mirror(small, 50, status)
                self.assertLessEqual(few, 6)
                self.assertLessEqual(mirror(large, 500, status), few + 5)

    def test_a_synchronization_writes_no_chatter(self):
        messages = self.simcard.message_ids
        self._mirror(seen(self.simcard.iccid, SimStatus.IN_USE, IN_USE))
        self.env.flush_all()
        self.assertEqual(self.simcard.message_ids, messages)

    # === ONE SIM CARD === #

    def test_an_iccid_has_19_or_20_digits(self):
        for iccid in ("8955000000000077777", "89550000000000777777"):
            self.assertTrue(self._make_simcards(iccid=iccid))
        for iccid in ("895500000000007777", "8955 0000000000777", "x" * 19):
            with (
                self.subTest(iccid),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.cr.savepoint(),
            ):
                self._make_simcards(iccid=iccid)

    def test_an_unusual_iccid_is_a_warning(self):
        digits = "8955123456789012345"
        usual = self._make_simcards(iccid=f"{digits}{luhn.calc_check_digit(digits)}")
        self.assertFalse(usual.warning)
        self.assertIn("8955", self._make_simcards(iccid="8900000000000000000").warning)

    def test_its_line_is_the_one_not_cancelled(self):
        line = self._make_line("cancelled")
        self.assertFalse(line.simcard_id.line_id)
        line.flush_recordset()
        again = self._make_line(simcard_id=line.simcard_id.id)
        self.assertEqual(again.simcard_id.line_id, again)

    def test_a_refresh_tells_what_went_wrong(self):
        path = f"/estoque/{self.simcard.iccid}"
        self.platform_says("GET", path, body=broken())
        with self.assertRaisesRegex(UserError, f"{self.simcard.iccid}: Platform TIP"):
            self.simcard.action_refresh()

    def test_nobody_has_cards_read_that_he_may_not_see(self):
        cards = self._make_simcards(2)
        stranger = self._make_user("stranger", "base.group_user")
        for asked in (cards, cards[0]):
            with self.assertRaises(AccessError):
                asked.with_user(stranger).action_refresh()
        self.assertFalse(any(cards.mapped("read_asked_at")))

    # === MAKING A CANCELLED ONE AVAILABLE === #

    def test_a_cancelled_simcard_the_platform_has_in_stock_is_available(self):
        self.simcard.state = "cancelled"
        self.sim_says(self.simcard, AVAILABLE)
        told = self.simcard.action_release()["params"]
        self.assertEqual((self.simcard.state, told["type"]), ("available", "success"))
        self.assertIn("in stock", self.simcard.message_ids[0].body)

    def test_a_cancelled_simcard_stays_so_while_the_platform_says_so(self):
        for status in (CANCELLED, BLOCKED, "SUCATA"):
            with self.subTest(status):
                self.simcard.state = "cancelled"
                self.forget_answers()
                self.sim_says(self.simcard, status)
                told = self.simcard.action_release()["params"]
                self.assertEqual(told["type"], "warning")
                self.assertIn(f"“{status}”", told["message"])
                self.assertNotEqual(self.simcard.state, "available")

    def test_only_a_cancelled_simcard_is_released(self):
        for state in ("available", "reserved", "in_use", "blocked", "unknown"):
            self.simcard.state = state
            with self.assertRaisesRegex(UserError, "is not cancelled"):
                self.simcard.action_release()
        self.assertFalse(self.asked())

    def test_a_cancelled_simcard_of_a_line_in_service_is_not_given_away(self):
        line = self._make_line("active")
        line.simcard_id.state = "cancelled"
        self.sim_says(line.simcard_id, AVAILABLE)
        line.simcard_id.action_release()
        self.assertEqual(line.simcard_id.state, "reserved")
