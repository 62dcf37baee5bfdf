# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..scan_common import SIZES, ScanCase, checked


@tagged("post_install", "-at_install")
class TestMvnoSimcardCount(ScanCase):
    """What is in the drawer, compared with what should be in it."""

    def _count(self, *scanned, **vals):
        vals = {"platform_id": self.platform.id, **vals}
        return self._scan("mvno.simcard.count", *scanned, **vals)

    def test_the_whole_platform_is_counted(self):
        here, missing, in_use = self.simcards
        in_use.state = "in_use"
        dialog = self._count(here, in_use, "8955000000000009999")
        self.assertRecordValues(
            dialog,
            [
                {
                    "counted_ids": here.ids,
                    "missing_ids": missing.ids,
                    "unexpected_ids": in_use.ids,
                    "unknown": "8955000000000009999",
                }
            ],
        )
        self.assertFalse(here.counted_at, "nothing is written before")
        told = dialog.action_confirm()["params"]["message"]
        self.assertIn("1 counted, 1 missing, 1 unexpected, 1 not in the stock", told)
        self.assertTrue(here.counted_at and missing.missing_since)
        self.assertFalse(here.missing_since or missing.counted_at)
        self.assertFalse(in_use.counted_at)
        note = self.platform.message_ids[0]
        self.assertIn(told, note.body)
        self.assertEqual(note.author_id, self.attendant.partner_id)

    def test_what_is_in_no_drawer_is_not_missed(self):
        in_use, cancelled, esim = self.simcards
        in_use.state = "in_use"
        cancelled.state = "cancelled"
        esim.is_esim = True
        self._make_simcards().action_mark_defective("lost")
        line = self._make_line()
        dialog = self._count(line.simcard_id)
        self.assertEqual(dialog.counted_ids, line.simcard_id)
        self.assertFalse(dialog.missing_ids)

    def test_a_shops_cards_are_counted(self):
        his, also_his, of_stock = self.simcards
        (his | also_his)._hand_over(self.shop)
        dialog = self._count(his, of_stock, place="holder", holder_id=self.shop.id)
        self.assertRecordValues(
            dialog,
            [
                {
                    "counted_ids": his.ids,
                    "missing_ids": also_his.ids,
                    "unexpected_ids": of_stock.ids,
                }
            ],
        )
        dialog.action_confirm()
        self.assertEqual(of_stock.holder_id, self.shop, "it is here")
        self.assertTrue(of_stock.counted_at)
        self.assertEqual(of_stock.move_ids.note, "Found by a count")

    def test_the_unexpected_may_stay_where_they_are_noted(self):
        dialog = self._count(
            self.simcards[0], place="holder", holder_id=self.shop.id, take_over=False
        )
        dialog.action_confirm()
        self.assertFalse(self.simcards.holder_id)

    def test_the_stock_room_is_who_has_nobody(self):
        self.simcards[0]._hand_over(self.shop)
        dialog = self._count(*self.simcards, place="stock")
        self.assertEqual(dialog.counted_ids, self.simcards[1:])
        self.assertEqual(dialog.unexpected_ids, self.simcards[0])
        dialog.action_confirm()
        self.assertFalse(self.simcards.holder_id)

    def test_a_card_in_a_telephone_changes_no_hands(self):
        self.simcards[0].state = "in_use"
        dialog = self._count(self.simcards[0], place="holder", holder_id=self.shop.id)
        dialog.action_confirm()
        self.assertFalse(self.simcards[0].holder_id)

    def test_either_print_counts(self):
        short, long = "8955120000000000001", checked("8955120000000000002")
        simcards = self._make_simcards(iccid=short) | self._make_simcards(iccid=long)
        dialog = self._count(checked(short), long[:19])
        self.assertEqual(dialog.counted_ids, simcards)

    def test_an_ambiguous_card_is_neither_counted_nor_missing(self):
        digits = "8955120000000000001"
        both = self._make_simcards(iccid=digits + "3")
        both |= self._make_simcards(iccid=digits + "7")
        dialog = self._count(digits)
        self.assertEqual(dialog.ambiguous_count, 1)
        self.assertFalse((dialog.counted_ids | dialog.missing_ids) & both)

    def test_missing_cards_stay_missing_until_they_are_counted(self):
        self._count(self.simcards[0]).action_confirm()
        since = self.simcards[1].missing_since
        self._count(self.simcards[0]).action_confirm()
        self.assertEqual(self.simcards[1].missing_since, since)
        self._count(*self.simcards).action_confirm()
        self.assertFalse(self.simcards[1].missing_since)

    def test_a_count_says_where_and_what(self):
        with self.assertRaisesRegex(UserError, "Choose the technician or shop"):
            self._count(*self.simcards, place="holder").action_confirm()
        with self.assertRaisesRegex(UserError, "Nothing was scanned"):
            self._count().action_confirm()

    def test_the_form_shows_it_while_scanning(self):
        with Form(self.env["mvno.simcard.count"]) as dialog:
            dialog.scanned = self.simcards[0].iccid
            self.assertEqual((dialog.counted_count, dialog.missing_count), (1, 2))
            self.assertIn(self.simcards[1].iccid, dialog.missing_list)

    def test_long_listings_are_cut(self):
        self._make_many(60, 8955444440000000000)
        dialog = self._count("1")
        self.assertEqual(len(dialog.missing_list.splitlines()), 51)
        self.assertIn("13 more", dialog.missing_list)

    def test_two_thousand_cards_cost_what_twenty_do(self):
        holder = {"place": "holder", "holder_id": self.shop.id}
        queries = []
        for count, start in SIZES:
            simcards, scanned = self._make_many(count, start)
            simcards[: count // 2]._hand_over(self.shop)
            missing = self._make_many(count, start + 10**7)[0]
            missing._hand_over(self.shop)
            dialog = self._count(scanned, **holder)
            queries.append(self.count_queries(dialog.action_confirm))
            self.assertEqual(simcards.holder_id, self.shop)
            self.assertTrue(all(simcards.mapped("counted_at")))
            self.assertTrue(all(missing.mapped("missing_since")))
            self.env["mvno.simcard"].search(
                [("holder_id", "=", self.shop.id)]
            )._hand_over(self.technician)
        self.assertEqual(queries[1], queries[2])
        dialog = self._count(scanned, **holder)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(queries[1]):
            dialog.action_confirm()
