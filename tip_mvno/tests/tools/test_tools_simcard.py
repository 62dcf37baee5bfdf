# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from stdnum import luhn

from odoo.tests import BaseCase, tagged

from ...tools.qr_code import qr_png
from ...tools.simcard import activation_code, as_iccid, match_iccids, read_iccids

SHORT = "8955120000000000001"
LONG = SHORT + luhn.calc_check_digit(SHORT)
OTHER = "8955120000000000002"


class Card:
    """A SIM card, as far as matching is concerned."""

    def __init__(self, iccid):
        self.iccid = iccid


@tagged("post_install", "-at_install")
class TestToolsSimcard(BaseCase):
    """What scanners type, and which card they mean."""

    # === READING === #

    def test_one_iccid_per_line_or_a_pasted_list(self):
        for text in (
            f"{SHORT}\n{LONG}\n",
            f"{SHORT}\r\n\r\n  {LONG}",
            f"{SHORT}, {LONG}",
            f"{SHORT};{LONG}",
            f"{SHORT}\t{LONG}",
            f"{SHORT} {LONG}",
            f"{SHORT}\n{LONG}\n{SHORT}",
        ):
            with self.subTest(text):
                self.assertEqual(read_iccids(text), ([SHORT, LONG], []))

    def test_an_iccid_is_read_as_it_is_printed(self):
        for text in ("8955 1200 0000 0000 001", "8955-1200.00000000001", f"{SHORT}F"):
            self.assertEqual(as_iccid(text), SHORT)
        self.assertEqual(read_iccids("8955 1200 0000 0000 0012"), ([LONG], []))

    def test_what_is_no_iccid_is_handed_back_as_written(self):
        self.assertEqual(
            read_iccids(f"Vivo\n123\n{SHORT}\n8955 12\nVivo"),
            ([SHORT], ["Vivo", "123", "8955 12"]),
        )
        for nothing in ("", None, " \n "):
            self.assertEqual(read_iccids(nothing), ([], []))

    # === MATCHING === #

    def _match(self, printed, *iccids):
        found, ambiguous, unknown = match_iccids(printed, map(Card, iccids))
        return (
            {text: card.iccid for text, card in found.items()},
            {text: [card.iccid for card in many] for text, many in ambiguous.items()},
            unknown,
        )

    def test_the_prints_with_and_without_check_digit_are_one_card(self):
        self.assertEqual(self._match([SHORT], LONG), ({SHORT: LONG}, {}, []))
        self.assertEqual(self._match([LONG], SHORT), ({LONG: SHORT}, {}, []))
        self.assertEqual(
            self._match([SHORT, LONG], LONG), ({SHORT: LONG, LONG: LONG}, {}, [])
        )

    def test_the_very_number_goes_first(self):
        self.assertEqual(
            self._match([SHORT, LONG], SHORT, LONG),
            ({SHORT: SHORT, LONG: LONG}, {}, []),
        )

    def test_two_cards_that_answer_are_ambiguous(self):
        one, two = SHORT + "3", SHORT + "7"
        self.assertEqual(
            self._match([SHORT, one], one, two), ({one: one}, {SHORT: [one, two]}, [])
        )

    def test_two_prints_of_one_card_that_differ_are_ambiguous(self):
        one, two = SHORT + "3", SHORT + "7"
        self.assertEqual(
            self._match([one, two], SHORT), ({}, {one: [SHORT], two: [SHORT]}, [])
        )

    def test_other_cards_are_unknown(self):
        wrong_digit = SHORT + str((int(LONG[-1]) + 1) % 10)
        self.assertEqual(
            self._match([OTHER, wrong_digit], LONG), ({}, {}, [OTHER, wrong_digit])
        )

    # === ESIM === #

    def test_an_activation_code_has_its_shape(self):
        code = "LPA:1$smdp.example.com$ABC-123-XYZ"
        for text in (code, code.removeprefix("LPA:"), f" {code}\n", f"lpa{code[3:]}"):
            self.assertEqual(activation_code(text), code)
        for text in (
            "LPA:1$smdp.example.com$",
            "LPA:1$smdp.example.com$A$1.3.6.1$1",
        ):
            self.assertEqual(activation_code(text), text)

    def test_what_has_not_is_refused_and_not_quoted(self):
        for text in (
            "",
            None,
            "SECRET",
            "LPA:2$smdp.example.com$SECRET",
            "LPA:1$smdp$SECRET",
            "https://smdp.example.com/SECRET",
            "LPA:1$smdp.example.com$SECRET OTHER#",
            "LPA:1$smdp.example.com$" + "SECRET" * 50,
        ):
            with self.subTest(text), self.assertRaises(ValueError) as caught:
                activation_code(text)
            self.assertNotIn("SECRET", str(caught.exception))

    def test_a_qr_code_is_a_picture(self):
        self.assertTrue(qr_png("LPA:1$smdp.example.com$A").startswith(b"\x89PNG"))
