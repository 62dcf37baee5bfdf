# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import random
import string

import phonenumbers
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.br import cnpj, cpf

from odoo.tests import BaseCase, tagged

from ...tools import brazil

DIGITS = "0123456789"
CNPJ_BASES = st.text(alphabet=DIGITS + string.ascii_uppercase, min_size=12, max_size=12)


@tagged("post_install", "-at_install")
class TestDocuments(BaseCase):
    def test_clean_document_strips_punctuation_and_keeps_letters(self):
        self.assertEqual(brazil.clean_document("529.982.247-25"), "52998224725")
        self.assertEqual(brazil.clean_document("12.abc.345/01de-35"), "12ABC34501DE35")
        self.assertEqual(brazil.clean_document(None), "")

    def test_known_documents(self):
        for good in ("529.982.247-25", "52998224725"):
            self.assertTrue(brazil.is_valid_cpf(good))
        for bad in ("529.982.247-26", "5299822472", "5299822472A", "", "/", None):
            self.assertFalse(brazil.is_valid_cpf(bad))
        for good in ("11.222.333/0001-81", "11222333000181", "12.ABC.345/01DE-35"):
            self.assertTrue(brazil.is_valid_cnpj(good))
        for bad in (
            "11.222.333/0001-82",
            "12.ABC.345/01DE-36",
            "12.ABC.345/01DE-3A",
            "1122233300018",
            "12ÁBC34501DE35",
            "",
            None,
        ):
            self.assertFalse(brazil.is_valid_cnpj(bad))

    def test_another_document_is_told_from_one_told_badly(self):
        for told in (
            "529.982.247-25",
            "52998224725",
            "00052998224725",
            "***.982.247-**",
            "XXX.982.247-XX",
            "52998",
            "",
            None,
        ):
            with self.subTest(told):
                self.assertFalse(brazil.is_other_document(told, "52998224725"))
        for told in ("11144477735", "00011144477735", "12ABC34501DE35"):
            with self.subTest(told):
                self.assertTrue(brazil.is_other_document(told, "529.982.247-25"))
        self.assertFalse(brazil.is_other_document("11144477735", ""))
        self.assertFalse(brazil.is_other_document("1234567890", "01234567890"))
        masked = "12.ABC.XXX/XXXX-XX"
        self.assertFalse(brazil.is_other_document(masked, "12ABC34501DE35"))

    def test_equal_digits_are_no_document(self):
        for digit in DIGITS:
            self.assertFalse(brazil.is_valid_cpf(digit * 11))
            self.assertFalse(brazil.is_valid_cnpj(digit * 14))

    @given(st.text(alphabet=DIGITS, min_size=9, max_size=9))
    def test_cpf_agrees_with_stdnum_and_refuses_other_check_digits(self, base):
        document = next(
            filter(cpf.is_valid, (f"{base}{digits:02d}" for digits in range(100))), ""
        )
        if len(set(document)) < 2:
            return
        self.assertTrue(brazil.is_valid_cpf(document))
        self.assertTrue(brazil.is_valid_cpf(cpf.format(document)))
        for wrong in range(1, 100):
            digits = (int(document[9:]) + wrong) % 100
            self.assertFalse(brazil.is_valid_cpf(f"{base}{digits:02d}"))

    @given(CNPJ_BASES)
    def test_cnpj_check_digits_equal_those_of_a_stdnum_that_knows_letters(self, base):
        document = base + brazil.cnpj_check_digits(base)
        if len(set(document)) == 1:
            return
        self.assertEqual(brazil.is_valid_cnpj(document), cnpj.is_valid(document))
        self.assertEqual(document[12:], cnpj.calc_check_digits(document))

    @given(CNPJ_BASES)
    def test_cnpj_with_letters_needs_no_new_stdnum(self, base):
        base = "A" + base[1:]
        self.patch(brazil.cnpj, "is_valid", lambda document: False)
        document = base + brazil.cnpj_check_digits(base)
        self.assertTrue(brazil.is_valid_cnpj(document))
        last = (int(document[-1]) + 1) % 10
        self.assertFalse(brazil.is_valid_cnpj(f"{document[:-1]}{last}"))


@tagged("post_install", "-at_install")
class TestMobileNumbers(BaseCase):
    def test_area_codes_are_those_phonenumbers_knows(self):
        known = {
            area_code
            for area_code in (f"{number:02d}" for number in range(100))
            if phonenumbers.is_valid_number(
                phonenumbers.parse(f"+55{area_code}987654321")
            )
        }
        self.assertEqual(brazil.AREA_CODES, known)
        self.assertEqual(len(brazil.AREA_CODES), 67)

    def test_every_way_of_writing_gives_one_number(self):
        for text in (
            "11987654321",
            "(11) 98765-4321",
            "11 9 8765-4321",
            "011 98765-4321",
            "5511987654321",
            "+55 11 98765-4321",
            "  +55 (11) 98765.4321 ",
        ):
            self.assertEqual(brazil.mobile_e164(text), "+5511987654321")
        self.assertEqual(brazil.mobile_e164("98765-4321", "11"), "+5511987654321")
        self.assertEqual(brazil.mobile_e164("(21) 98765-4321", "11"), "+5521987654321")

    def test_area_55_is_not_taken_for_the_country(self):
        self.assertEqual(brazil.mobile_e164("55 98765-4321"), "+5555987654321")
        self.assertEqual(brazil.mobile_e164("55 55 98765-4321"), "+5555987654321")
        self.assertEqual(brazil.mobile_area_code("55987654321"), "55")

    def test_other_numbers_are_refused(self):
        for text in (
            "",
            None,
            "98765-4321",
            "11 3765-4321",
            "11 8765-4321",
            "11 83765-4321",
            "20 98765-4321",
            "+1 212 555 0100",
            "+11 98765-4321",
            "11 98765-43210",
            "11 9876A-4321",
            "ramal 11987654321",
            "١١٩٨٧٦٥٤٣٢١",
        ):
            with self.assertRaises(ValueError, msg=text):
                brazil.mobile_e164(text)
        with self.assertRaises(ValueError):
            brazil.mobile_e164("98765-4321", "20")

    @given(st.sampled_from(sorted(brazil.AREA_CODES)), st.integers(0, 10**8 - 1))
    def test_area_code_is_kept(self, area_code, number):
        text = f"{area_code}9{number:08d}"
        self.assertEqual(brazil.mobile_e164(text), f"+55{text}")
        self.assertEqual(brazil.mobile_e164(f"55{text}"), f"+55{text}")
        self.assertEqual(brazil.mobile_area_code(f"+55{text}"), area_code)


@tagged("post_install", "-at_install")
class TestIccid(BaseCase):
    @given(st.text(alphabet=DIGITS, min_size=14, max_size=15))
    def test_a_brazilian_card_with_its_check_digit_has_no_problem(self, account):
        body = f"8955{account}"
        iccid = body + luhn.calc_check_digit(body)
        self.assertEqual(brazil.iccid_problems(iccid), ([], []))
        self.assertEqual(brazil.iccid_problems(f" {iccid}\n"), ([], []))
        wrong = (int(iccid[-1]) + random.randint(1, 9)) % 10
        self.assertEqual(brazil.iccid_problems(f"{iccid[:-1]}{wrong}"), ([], ["luhn"]))

    def test_prefix_is_a_warning(self):
        body = "893310123456789012"
        iccid = body + luhn.calc_check_digit(body)
        self.assertEqual(brazil.iccid_problems(iccid), ([], ["prefix"]))

    def test_length_and_digits_are_errors(self):
        self.assertEqual(brazil.iccid_problems("8955" + "0" * 14), (["length"], []))
        self.assertEqual(brazil.iccid_problems("8955" + "0" * 17), (["length"], []))
        self.assertEqual(brazil.iccid_problems("8955-00000000000000"), (["digits"], []))
        self.assertEqual(brazil.iccid_problems("٣" * 19), (["digits"], []))
        self.assertEqual(brazil.iccid_problems(None), (["digits", "length"], []))


@tagged("post_install", "-at_install")
class TestAddressTexts(BaseCase):
    def test_postcode(self):
        for text in ("01310-100", "01.310-100", " 01310100 "):
            self.assertEqual(brazil.clean_postcode(text), "01310100")
        for text in ("0131010", "013101000", "0131O100", "00000-000", "", None):
            self.assertEqual(brazil.clean_postcode(text), "")

    def test_street_type_is_the_first_word_or_its_abbreviation(self):
        for street, expected in {
            "Rua das Flores": ("Rua", "das Flores"),
            "R. Augusta": ("Rua", "Augusta"),
            "Av.Paulista": ("Avenida", "Paulista"),
            "AVENIDA  Brasil": ("Avenida", "Brasil"),
            "Tv. do Porto": ("Travessa", "do Porto"),
            "Pç. da Sé": ("Praça", "da Sé"),
            "Praca XV": ("Praça", "XV"),
            "Estrada Velha": ("Estrada", "Velha"),
            "Al. Santos": ("Alameda", "Santos"),
            "Rod. BR-101": ("Rodovia", "BR-101"),
            "SQS 308 Bloco A": ("", "SQS 308 Bloco A"),
            "Ruas Unidas": ("", "Ruas Unidas"),
            "Rua": ("Rua", ""),
            "": ("", ""),
        }.items():
            self.assertEqual(brazil.split_street_type(street), expected)

    def test_house_without_number(self):
        for street in ("Estrada Velha, S/N", "Estrada Velha s/nº", "Estrada Velha SN"):
            self.assertEqual(
                brazil.split_without_number(street), ("Estrada Velha", "S/N")
            )
        for street in ("Rua Wilson", "SN", "Rua 7"):
            self.assertEqual(brazil.split_without_number(street), (street, ""))

    def test_plain_key_ignores_accents_case_and_punctuation(self):
        keys = {
            brazil.plain_key(name)
            for name in ("Olho-d'Água", "OLHO D´AGUA", "Olho d’Água", "olho d agua")
        }
        self.assertEqual(keys, {"olhodagua"})
