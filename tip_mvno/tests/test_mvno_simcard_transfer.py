# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from stdnum import luhn

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import MvnoCase

ATTENDANT, INTERNAL = "tip_mvno.group_attendant", "base.group_user"
# How many cards with which numbers; the first warms what is cached for ever
SIZES = (
    (20, 8955333330000000000),
    (20, 8955444440000000000),
    (2000, 8955555550000000000),
)


def checked(digits):
    """:return: a number with its check digit"""
    return digits + luhn.calc_check_digit(digits)


class ScanCase(MvnoCase):
    """Cards in the stock room, a shop and a technician, and who scans them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop = cls.env["res.partner"].create({"name": "Loja Exemplo"})
        cls.technician = cls.env["res.partner"].create({"name": "Técnico Exemplo"})
        cls.attendant = cls._make_user("ana", ATTENDANT)
        cls.simcards = cls._make_simcards(3)

    def _scan(self, model, *scanned, **vals):
        """:return: a dialog of the attendant into which this was scanned"""
        texts = [text if isinstance(text, str) else text.iccid for text in scanned]
        dialog = self.env[model].with_user(self.attendant)
        return dialog.create({"scanned": "\n".join(texts), **vals})

    def _make_many(self, count, start):
        """:return: as many cards, and their list to paste"""
        simcards = self._make_quietly(
            "mvno.simcard",
            [
                {
                    "platform_id": self.platform.id,
                    "iccid": str(start + index),
                    "state": "available",
                }
                for index in range(count)
            ],
        )
        return simcards, "\n".join(simcards.mapped("iccid"))


@tagged("post_install", "-at_install")
class TestMvnoSimcardTransfer(ScanCase):
    """Cards change hands by scanning, and it is on record."""

    def _transfer(self, *scanned, **vals):
        vals = {"holder_id": self.shop.id, **vals}
        return self._scan("mvno.simcard.transfer", *scanned, **vals)

    def test_scanned_cards_go_to_the_shop(self):
        dialog = self._transfer(*self.simcards, note="supply")
        self.assertEqual(dialog.simcard_ids, self.simcards)
        self.assertFalse(self.simcards.holder_id, "nothing is written before")
        told = dialog.action_transfer()["params"]["message"]
        self.assertIn("3 SIM cards are with Loja Exemplo", told)
        self.assertEqual(self.simcards.holder_id, self.shop)
        self.assertRecordValues(
            self.simcards[0].move_ids,
            [
                {
                    "holder_from_id": False,
                    "holder_to_id": self.shop.id,
                    "user_id": self.attendant.id,
                    "note": "supply",
                    "company_id": self.env.company.id,
                }
            ],
        )
        self.assertTrue(self.simcards[0].move_ids.date)

    def test_what_was_found_shows_before(self):
        there, in_use, free = self.simcards
        there._hand_over(self.shop)
        in_use.state = "in_use"
        dialog = self._transfer(there, in_use, free, "8955000000000009999", "Vivo")
        self.assertRecordValues(
            dialog,
            [
                {
                    "scanned_count": 5,
                    "simcard_ids": free.ids,
                    "there_ids": there.ids,
                    "in_use_ids": in_use.ids,
                    "unknown": "8955000000000009999\nVivo",
                    "unknown_count": 2,
                }
            ],
        )
        self.assertEqual(dialog.simcard_list, f"{free.iccid} · Available")
        self.assertEqual(dialog.there_list, f"{there.iccid} · Available · Loja Exemplo")
        dialog.action_transfer()
        self.assertEqual((there | free).holder_id, self.shop)
        self.assertFalse(in_use.holder_id)
        self.assertEqual(len(there.move_ids), 1)

    def test_the_form_shows_it_while_scanning(self):
        with Form(self.env["mvno.simcard.transfer"]) as dialog:
            dialog.scanned = self.simcards[0].iccid
            self.assertEqual(dialog.simcard_count, 1)
            dialog.scanned = f"{self.simcards[0].iccid}\n{self.simcards[1].iccid}\n"
            self.assertEqual(dialog.simcard_count, 2)
            dialog.holder_id = self.shop

    def test_19_and_20_digits_of_a_card_are_one(self):
        short, long = "8955120000000000001", checked("8955120000000000002")
        simcards = self._make_simcards(iccid=short) | self._make_simcards(iccid=long)
        dialog = self._transfer(checked(short), long[:19])
        self.assertEqual(dialog.simcard_ids, simcards)
        dialog = self._transfer(checked(short), short, long, long[:19])
        self.assertEqual(dialog.simcard_ids, simcards)
        self.assertFalse(dialog.unknown_count or dialog.ambiguous_count)

    def test_an_ambiguous_number_is_shown_and_moves_nothing(self):
        digits = "8955120000000000001"
        one, two = (self._make_simcards(iccid=digits + last) for last in "37")
        dialog = self._transfer(digits)
        self.assertEqual(dialog.ambiguous, f"{digits}: {one.iccid}, {two.iccid}")
        self.assertFalse(dialog.simcard_ids)
        self.assertEqual(self._transfer(one.iccid).simcard_ids, one)

    def test_a_number_of_two_platforms_asks_for_the_platform(self):
        other = self._make_platform(name="Other")
        twin = self._make_simcards(platform=other, iccid=self.simcards[0].iccid)
        dialog = self._transfer(self.simcards[0])
        self.assertIn("Other, TIP", dialog.ambiguous)
        dialog = self._transfer(self.simcards[0], platform_id=other.id)
        self.assertEqual(dialog.simcard_ids, twin)

    def test_back_to_the_stock_room(self):
        self.simcards._hand_over(self.shop)
        dialog = self._transfer(*self.simcards, destination="stock", holder_id=False)
        self.assertEqual(dialog.simcard_count, 3)
        dialog.action_transfer()
        self.assertFalse(self.simcards.holder_id)
        last = self.simcards[0].move_ids[0]
        self.assertEqual(
            (last.holder_from_id, last.holder_to_id.id), (self.shop, False)
        )

    def test_somebody_must_get_them(self):
        with self.assertRaisesRegex(UserError, "Choose the technician or shop"):
            self._transfer(*self.simcards, holder_id=False).action_transfer()
        with self.assertRaisesRegex(UserError, "nothing to transfer"):
            self._transfer("123").action_transfer()

    def test_selected_cards_are_scanned_already(self):
        context = {"active_model": "mvno.simcard", "active_ids": self.simcards.ids}
        dialog = self.env["mvno.simcard.transfer"].with_context(**context).create({})
        self.assertEqual(dialog.simcard_ids, self.simcards)

    def test_a_card_found_again_is_missing_no_longer(self):
        self.env["mvno.simcard"]._note_count(self.simcards)
        self.assertTrue(self.simcards[0].missing_since)
        self.simcards[0]._hand_over(self.shop)
        self.assertFalse(self.simcards[0].missing_since)

    def test_it_is_for_attendants(self):
        clerk = self._make_user("clerk", INTERNAL)
        with self.assertRaises(AccessError):
            self.env["mvno.simcard.transfer"].with_user(clerk).create({})
        with self.assertRaises(AccessError):
            self.simcards.with_user(clerk)._hand_over(self.shop)
        with self.assertRaises(AccessError):
            self.simcards.with_user(self.attendant).holder_id = self.shop

    def test_the_history_is_of_its_company(self):
        company = self.env["res.company"].create({"name": "Other company"})
        self.simcards._hand_over(self.shop)
        stranger = self._make_user(
            "stranger", ATTENDANT, company_id=company.id, company_ids=[company.id]
        )
        moves = self.env["mvno.simcard.move"].with_user(stranger)
        self.assertFalse(moves.search([("simcard_id", "in", self.simcards.ids)]))
        dialog = self.env["mvno.simcard.transfer"].with_user(stranger)
        dialog = dialog.create({"scanned": self.simcards[0].iccid})
        self.assertEqual(dialog.unknown, self.simcards[0].iccid)

    def test_the_card_opens_from_the_history(self):
        self.simcards[0]._hand_over(self.shop)
        action = self.simcards[0].move_ids.action_open_simcard()
        self.assertEqual(action["res_id"], self.simcards[0].id)

    def test_two_thousand_cards_cost_what_twenty_do(self):
        queries = []
        for count, start in SIZES:
            simcards, scanned = self._make_many(count, start)
            dialog = self._transfer(scanned)
            queries.append(self.count_queries(dialog.action_transfer))
            self.assertEqual(simcards.holder_id, self.shop)
            self.assertEqual(len(simcards.move_ids), count)
        self.assertEqual(queries[1], queries[2])
        dialog = self._transfer(scanned, holder_id=self.technician.id)
        self.env.flush_all()
        self.env.invalidate_all()
        # one more for the name of who has had them
        with self.assertQueryCount(queries[1] + 1):
            dialog.action_transfer()

    # === SEARCHING === #

    def test_a_scanner_finds_a_card_by_either_print(self):
        short = "8955120000000000001"
        simcard = self._make_simcards(iccid=short)
        long = self._make_simcards(iccid=checked("8955120000000000002"))
        names = self.env["mvno.simcard"]
        for text in (short, checked(short), "8955 1200 0000 0000 001", f"{short}F"):
            found = [row[0] for row in names.name_search(text)]
            self.assertEqual(found, simcard.ids, text)
        found = [row[0] for row in names.name_search(long.iccid[:19])]
        self.assertEqual(found, long.ids)
        self.assertFalse(names.name_search(short + str((int(short[-1]) + 5) % 10))[1:])
        self.assertIn(simcard.id, [row[0] for row in names.name_search(short[-6:])])
