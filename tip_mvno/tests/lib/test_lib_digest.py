# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import random
from decimal import Decimal
from unicodedata import normalize

from hypothesis import given
from hypothesis import strategies as st

from ...lib.digest import event_digest
from ..lib_common import EXAMPLES, LibCase

KEYS = st.sampled_from(("data", "consumo", "consumo_segundos", "numero", "destino"))
NUMBERS = st.decimals(-(10**9), 10**9, places=4)
WORDS = st.text(st.characters(categories=("L", "P")), min_size=1, max_size=8)
EVENTS = st.dictionaries(KEYS, st.one_of(NUMBERS, WORDS), min_size=1)


def respelled(event, rnd):
    """:return: the same event in another spelling."""
    spelled = {}
    for key, value in rnd.sample(list(event.items()), len(event)):
        if isinstance(value, Decimal):
            value = rnd.choice(
                (
                    value,
                    format(value, "f"),
                    format(value, "f").replace(".", ","),
                    format(value, "f") + "000",
                    f" {value.normalize():f} ",
                    value.normalize(),
                )
            )
        else:
            value = rnd.choice((value, f" {value}", f"{value}\n"))
        spelled[key] = value
    if rnd.random() < 0.5:
        spelled[rnd.choice(("periodo", "obs"))] = rnd.choice((None, "", " "))
    return spelled


class TestEventDigest(LibCase):
    @given(EVENTS, st.randoms())
    @EXAMPLES
    def test_any_respelling_keeps_the_digest(self, event, rnd):
        self.assertEqual(
            event_digest("data", respelled(event, rnd)),
            event_digest("data", respelled(event, random.Random(1))),
        )

    @given(EVENTS, EVENTS)
    @EXAMPLES
    def test_events_that_differ_in_value_differ_in_digest(self, one, other):
        def told(event):
            return {
                key: normalize("NFC", value) if isinstance(value, str) else value
                for key, value in event.items()
            }

        self.assertEqual(
            event_digest("data", one) == event_digest("data", other),
            told(one) == told(other),
        )

    def test_spellings_of_one_number_are_one(self):
        spelled = ("12.50000", 12.5, "12.5", "12,5", Decimal("12.50"), "1.25e1")
        self.assertEqual(len({event_digest("data", {"c": v}) for v in spelled}), 1)

    def test_zero_is_zero_in_any_spelling(self):
        spelled = (0, "0", "0.00000", 0.0, "-0", Decimal("0E-5"))
        self.assertEqual(len({event_digest("data", {"c": v}) for v in spelled}), 1)

    def test_long_numbers_are_not_rounded_together(self):
        one, other = "8955320210000000017" * 2, "8955320210000000017" * 2 + "1"
        self.assertNotEqual(
            event_digest("data", {"c": one}), event_digest("data", {"c": other})
        )

    def test_a_leading_zero_makes_a_code_not_a_number(self):
        self.assertNotEqual(
            event_digest("voice", {"n": "0800"}), event_digest("voice", {"n": "800"})
        )

    def test_a_text_is_not_taken_for_a_marked_number(self):
        self.assertNotEqual(
            event_digest("voice", {"n": "n5e0"}), event_digest("voice", {"n": 5})
        )

    def test_a_huge_exponent_costs_nothing(self):
        self.assertEqual(len(event_digest("data", {"c": "1e999999999999"})), 64)

    def test_a_bare_date_is_an_object_of_one(self):
        self.assertEqual(
            event_digest("sms", "2026-10-03 14:22:05"),
            event_digest("sms", {"data": "2026-10-03 14:22:05"}),
        )

    def test_null_empty_and_missing_are_one(self):
        self.assertEqual(
            event_digest("sms", {"data": "x", "n": None, "m": " "}),
            event_digest("sms", {"data": "x"}),
        )

    def test_the_kind_counts(self):
        self.assertNotEqual(event_digest("sms", "x"), event_digest("voice", "x"))

    def test_composed_and_decomposed_accents_are_one(self):
        self.assertEqual(event_digest("sms", "é"), event_digest("sms", "e\u0301"))

    def test_nested_values_count_in_any_order(self):
        self.assertEqual(
            event_digest("sms", {"a": {"x": 1, "y": [2, True]}}),
            event_digest("sms", {"a": {"y": ["2.0", True], "x": "1"}}),
        )

    def test_the_digest_is_the_one_stored_in_databases(self):
        # a change here would duplicate every event already imported
        self.assertEqual(
            event_digest("voice", {"data": "2026-10-03 14:22:05", "consumo": "60"}),
            "c16ac42b2725cc4a29f937f9ad9769322edbbe8a3d11dd592097fd5bc3055dcc",
        )
