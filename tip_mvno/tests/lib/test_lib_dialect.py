# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from ...lib import dialect, envelope
from ...lib.dialect import ODD, Unreadable
from ...lib.statuses import PortInStatus, SimStatus
from ..lib_common import EXAMPLES, LibCase

TZ = ZoneInfo("America/Sao_Paulo")
UTC = datetime.timezone.utc


class TestNumbers(LibCase):
    def test_spellings_of_a_number(self):
        for written, expected in (
            (12.5, "12.5"),
            ("12.50000", "12.5"),
            ("12,5", "12.5"),
            (" 7 ", "7"),
            ("1.234,56", "1234.56"),
            ("1,234.56", "1234.56"),
            ("1.234.567", "1234567"),
            ("12.500", "12.5"),
            ("-3", "-3"),
            (".5", "0.5"),
            ("1.0E-5", "0.00001"),
            (0, "0"),
            (Decimal(8), "8"),
        ):
            with self.subTest(written=written):
                self.assertEqual(dialect.number(written), Decimal(expected))

    def test_nothing_is_none(self):
        for nothing in (None, "", "  ", "-", "N/A", "null"):
            self.assertIsNone(dialect.number(nothing))

    def test_what_is_no_number_is_refused(self):
        for written in ("abc", "1..2", "1,2.3,4", "12 34", True, [], {}, "٣", "NaN"):
            with self.subTest(written=written), self.assertRaises(Unreadable):
                dialect.number(written)

    def test_a_number_beyond_any_use_is_refused(self):
        for written in ("1e999", Decimal("1e999999999"), "9" * 17, float("inf")):
            with self.subTest(written=written), self.assertRaises(Unreadable):
                dialect.number(written)

    def test_the_error_does_not_quote_the_value(self):
        with self.assertRaises(Unreadable) as caught:
            dialect.number("Fulano")
        self.assertNotIn("Fulano", str(caught.exception))

    @given(st.decimals(-(10**12), 10**12, places=5), st.sampled_from(".,"))
    @EXAMPLES
    def test_any_decimal_survives_its_spelling(self, value, sign):
        written = format(value, "f").replace(".", sign)
        self.assertEqual(dialect.number(written), value)
        self.assertEqual(dialect.number(value), value)

    @given(st.integers(10**3, 10**12 - 1), st.integers(0, 99))
    @EXAMPLES
    def test_any_brazilian_amount_is_read(self, whole, cents):
        written = f"{whole:,}".replace(",", ".") + f",{cents:02d}"
        self.assertEqual(dialect.number(written), Decimal(f"{whole}.{cents:02d}"))

    @given(st.text(max_size=20))
    @EXAMPLES
    def test_any_text_is_a_number_or_unreadable(self, written):
        try:
            found = dialect.number(written)
        except Unreadable:
            return
        self.assertTrue(found is None or found.is_finite())

    def test_a_quantity_is_whole_and_not_negative(self):
        self.assertEqual(dialect.quantity("3.00000"), 3)
        self.assertEqual(dialect.quantity("2.1"), 3)
        self.assertEqual(dialect.quantity(None), 0)
        with self.assertRaises(Unreadable):
            dialect.quantity(-1)

    def test_seconds_come_from_minutes_where_they_are_missing(self):
        self.assertEqual(dialect.seconds("90", "9"), 90)
        self.assertEqual(dialect.seconds(0, "9"), 0)
        self.assertEqual(dialect.seconds(None, "1,5"), 90)
        self.assertEqual(dialect.seconds("", ""), 0)

    def test_a_gigabyte_is_1024_megabytes(self):
        self.assertEqual(dialect.volume_mb("1.5", "gb"), 1536)
        self.assertEqual(dialect.volume_mb("1.5", "mb"), Decimal("1.5"))
        self.assertEqual(dialect.volume_mb(None, "gb"), 0)

    def test_a_unit_in_the_text_overrides_the_setting(self):
        self.assertEqual(dialect.volume_mb("1,5 GB", "mb"), 1536)
        self.assertEqual(dialect.volume_mb("512KB", "gb"), Decimal("0.5"))

    def test_a_negative_volume_is_refused(self):
        with self.assertRaises(Unreadable):
            dialect.volume_mb("-1", "mb")


class TestTexts(LibCase):
    def test_codes_keep_leading_zeros(self):
        self.assertEqual(dialect.code(" 000123 "), "000123")

    def test_a_code_sent_as_a_number_gives_its_digits(self):
        self.assertEqual(dialect.code(123456789012345), "123456789012345")
        self.assertEqual(dialect.code(Decimal(1200)), "1200")
        self.assertEqual(dialect.code(Decimal("1.2E+3")), "1200")

    def test_what_is_no_code_is_empty(self):
        for value in (None, True, [], {}, Decimal("1e999999999")):
            self.assertEqual(dialect.code(value), "")

    def test_a_document_loses_punctuation_but_no_letters(self):
        self.assertEqual(dialect.document("123.456.789-09"), "12345678909")
        self.assertEqual(dialect.document("12.abc.345/01DE-35"), "12ABC34501DE35")

    def test_spellings_of_a_number_to_call(self):
        for written in (
            "11987654321",
            11987654321,
            "5511987654321",
            "+55 (11) 98765-4321",
            "011987654321",
        ):
            with self.subTest(written=written):
                self.assertEqual(dialect.phone(written), "+5511987654321")

    def test_area_code_55_is_not_the_country_code(self):
        self.assertEqual(dialect.phone("55987654321"), "+5555987654321")

    def test_a_foreign_number_keeps_its_country(self):
        self.assertEqual(dialect.phone("+1 202 555 0143"), "+12025550143")

    def test_what_is_no_number_to_call_is_empty(self):
        for written in (None, "", "190", "987654321", "abc", True, "+12"):
            self.assertEqual(dialect.phone(written), "")

    def test_the_platform_wants_numbers_without_55(self):
        self.assertEqual(dialect.national("+5511987654321"), "11987654321")
        self.assertEqual(dialect.national("1133334444"), "1133334444")
        self.assertEqual(dialect.national(""), "")

    def test_flags(self):
        for yes in (True, 1, "1", "S", "sim", "Sim", "true", "eSIM"):
            self.assertTrue(dialect.truth(yes), yes)
        for no in (False, 0, "0", "N", "não", "", None, "false"):
            self.assertFalse(dialect.truth(no), no)


class TestStatuses(LibCase):
    def test_sim_statuses_in_any_accent_and_case(self):
        for written, expected in (
            ("DISPONÍVEL", SimStatus.AVAILABLE),
            ("Disponivel", SimStatus.AVAILABLE),
            ("em uso", SimStatus.IN_USE),
            ("EM_USO", SimStatus.IN_USE),
            ("ATIVO", SimStatus.IN_USE),
            ("BLOQUEADO", SimStatus.BLOCKED),
            ("Bloqueado Parcial", SimStatus.PARTIALLY_BLOCKED),
            ("PARCIALMENTE BLOQUEADO", SimStatus.PARTIALLY_BLOCKED),
            ("BLOQUEIO TOTAL", SimStatus.TOTALLY_BLOCKED),
            ("TOTALMENTE BLOQUEADA", SimStatus.TOTALLY_BLOCKED),
            ("Cancelado", SimStatus.CANCELLED),
        ):
            with self.subTest(written=written):
                self.assertIs(SimStatus.from_wire(written), expected)

    def test_a_status_that_only_looks_alike_is_unknown(self):
        for written in ("INDISPONÍVEL", "DESBLOQUEADO", "EM ANÁLISE", "", None, 7):
            with self.subTest(written=written):
                self.assertIs(SimStatus.from_wire(written), SimStatus.UNKNOWN)

    def test_port_in_statuses(self):
        for written, expected in (
            ("PENDENTE", PortInStatus.REQUESTED),
            ("Aguardando Janela", PortInStatus.AWAITING_WINDOW),
            ("EM PROVISIONAMENTO", PortInStatus.AWAITING_WINDOW),
            ("PORTABILIDADE CONCLUÍDA", PortInStatus.DONE),
            ("PORTABILIDADE CONCLUIDA", PortInStatus.DONE),
            ("EM USO", PortInStatus.DONE),
            ("RECUSADA", PortInStatus.REFUSED),
            ("CONFLITO", PortInStatus.CONFLICT),
            ("SUSPENSA", PortInStatus.CONFLICT),
            ("FALHA PARCIAL", PortInStatus.CONFLICT),
            ("PORTABILIDADE CANCELADA", PortInStatus.CANCELLED),
            ("???", PortInStatus.UNKNOWN),
        ):
            with self.subTest(written=written):
                self.assertIs(PortInStatus.from_wire(written), expected)


class TestTimes(LibCase):
    def test_local_times_become_utc(self):
        expected = datetime.datetime(2026, 10, 3, 17, 22, 5, tzinfo=UTC)
        for written in (
            "2026-10-03 14:22:05",
            "2026-10-03T14:22:05",
            "03/10/2026 14:22:05",
            "2026-10-03T17:22:05Z",
            "2026-10-03T14:22:05-03:00",
            "2026-10-03 14:22:05.000-0300",
            "2026-10-03T14:22:05-03",
        ):
            with self.subTest(written=written):
                self.assertEqual(dialect.moment(written, TZ), expected)

    def test_a_date_alone_is_local_midnight(self):
        expected = datetime.datetime(2026, 10, 3, 3, tzinfo=UTC)
        self.assertEqual(dialect.moment("2026-10-03", TZ), expected)
        self.assertEqual(dialect.moment("03/10/2026", TZ), expected)

    def test_the_result_is_aware(self):
        self.assertIs(dialect.moment("2026-10-03", TZ).tzinfo, UTC)

    def test_daylight_saving_of_former_years_counts(self):
        self.assertEqual(dialect.moment("2018-12-01 12:00", TZ).hour, 14)

    def test_a_day_is_the_local_one(self):
        self.assertEqual(
            dialect.day("2026-11-01T01:30:00Z", TZ), datetime.date(2026, 10, 31)
        )

    def test_empty_dates_are_none(self):
        for nothing in (None, "", "0000-00-00", "0000-00-00 00:00:00"):
            self.assertIsNone(dialect.moment(nothing, TZ))
            self.assertIsNone(dialect.day(nothing, TZ))

    def test_what_is_no_time_is_refused(self):
        for written in ("2026-13-01", "31/02/2026", "ontem", 5, "0001-01-01", []):
            with self.subTest(written=written), self.assertRaises(Unreadable):
                dialect.moment(written, ZoneInfo("Asia/Tokyo"))


class TestEnvelopes(LibCase):
    def test_a_list_comes_in_four_envelopes(self):
        for payload in (
            [1],
            {"results": [1]},
            {"data": [1]},
            {"data": {"results": [1]}},
            {"codigo_status_tip": "0", "data": {"results": [1]}},
        ):
            with self.subTest(payload=payload):
                self.assertEqual(envelope.rows(payload), [1])

    def test_an_answer_without_its_list_is_not_an_empty_list(self):
        for payload in ({}, {"codigo_status_tip": 0}, "x", None, {"results": {}}):
            with self.subTest(payload=payload), self.assertRaises(Unreadable):
                envelope.rows(payload)

    def test_null_beside_a_success_is_an_empty_list(self):
        self.assertEqual(envelope.rows({"codigo_status_tip": 0, "results": None}), [])
        with self.assertRaises(Unreadable):
            envelope.rows({"results": None})

    def test_one_object_comes_bare_or_wrapped(self):
        row = {"status": "x", "data": "2026-01-01"}
        for payload in (
            row,
            {"results": row},
            {"data": row},
            {"results": [row]},
            {"data": [row]},
            {"data": {"results": [row]}},
        ):
            with self.subTest(payload=payload):
                self.assertEqual(envelope.single(payload), row)

    def test_an_empty_list_is_no_object(self):
        self.assertIsNone(envelope.single({"results": []}))

    def test_two_objects_are_not_one(self):
        for payload in ({"results": [{}, {}]}, ["x"], "x", None):
            with self.subTest(payload=payload), self.assertRaises(Unreadable):
                envelope.single(payload)

    def test_success_is_zero_or_no_code(self):
        for payload in (
            [],
            {},
            {"codigo_status_tip": 0},
            {"codigo_status_tip": "0"},
            {"codigo_status_tip": "00"},
            {"codigo_status_tip": None},
            {"data": {"codigo_status_tip": 0}},
        ):
            self.assertFalse(envelope.refusal(payload), payload)

    def test_any_other_code_is_a_refusal(self):
        for payload in (
            {"codigo_status_tip": 1},
            {"codigo_status_tip": "-1"},
            {"data": {"codigo_status_tip": 9}},
            [{"codigo_status_tip": 5}, {"codigo_status_tip": "5"}],
            {"codigo_status_tip": 0, "results": [{"codigo_status_tip": 5}] * 2},
        ):
            self.assertTrue(envelope.refusal(payload), payload)

    def test_what_is_no_code_is_neither_a_yes_nor_a_no(self):
        for code in ("ERRO", False, True, [], [0], {}, ODD):
            for payload in (
                {"codigo_status_tip": code},
                {"data": {"codigo_status_tip": code}},
            ):
                with self.subTest(payload), self.assertRaises(Unreadable):
                    envelope.refusal(payload)

    def test_a_code_that_comes_twice_is_neither(self):
        with self.assertRaises(Unreadable):
            envelope.refusal({"codigo_status_tip": 0, ODD: None})

    def test_the_sentence_for_people(self):
        for payload, expected in (
            ({"msg_usuario": " Não \n pode "}, "Não pode"),
            ({"message": "a"}, "a"),
            ({"message": ["a", "b"]}, "a b"),
            ({"msg_usuario": "", "message": "b"}, "b"),
            ({"data": {"message": "c"}}, "c"),
            ({"message": {"x": 1}}, ""),
            ([], ""),
            ("x", ""),
        ):
            with self.subTest(payload=payload):
                self.assertEqual(envelope.message(payload), expected)

    def test_a_sentence_is_cut(self):
        self.assertEqual(len(envelope.message({"message": "x" * 9999})), 500)
