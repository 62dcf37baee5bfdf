# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import TransactionCase, tagged

from ...models.activation.res_city import (
    FORMER_NAMES,
    ibge_code_of,
    ibge_municipalities,
)


@tagged("post_install", "-at_install")
class TestResCity(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cities = cls.env["res.city"]
        cls.brazil = cls.env.ref("base.br")
        cls.in_brazil = [("country_id", "=", cls.brazil.id)]

    def _city(self, code):
        return self.cities.search([("ibge_code", "=", code)])

    def _state(self, uf):
        return self.env.ref(f"base.state_br_{uf.lower()}")

    def _vals(self, name, uf, **more):
        return {
            "name": name,
            "state_id": self._state(uf).id,
            "country_id": self.brazil.id,
            **more,
        }

    def _forget(self, *codes):
        """Leave the cities with these codes as an addon without codes made them."""
        forgotten = self._city(codes[0])
        for code in codes[1:]:
            forgotten |= self._city(code)
        forgotten.ibge_code = False
        return forgotten

    def test_facts_hold_every_municipality_once(self):
        facts = ibge_municipalities()
        self.assertEqual(len(facts), 5571)
        self.assertEqual(len({uf for _name, uf in facts.values()}), 27)
        self.assertTrue(all(len(code) == 7 and code.isdigit() for code in facts))
        self.assertEqual(facts["3550308"], ("São Paulo", "SP"))
        for code, (name, uf) in facts.items():
            self.assertEqual(ibge_code_of(uf, name), code)

    def test_former_names_lead_to_municipalities_of_their_state(self):
        for (uf, _key), code in FORMER_NAMES.items():
            self.assertEqual(ibge_municipalities()[code][1], uf)

    def test_spelling_does_not_matter(self):
        self.assertEqual(ibge_code_of("sp", "SAO PAULO"), "3550308")
        self.assertEqual(ibge_code_of("RO", "Alta Floresta D´Oeste"), "1100015")
        self.assertEqual(ibge_code_of("TO", "Fortaleza do Tabocão"), "1708254")
        self.assertEqual(ibge_code_of("RJ", "São Paulo"), "")
        self.assertEqual(ibge_code_of(False, False), "")

    def test_every_municipality_is_there_with_its_code_after_installation(self):
        groups = self.cities._read_group(
            self.in_brazil + [("ibge_code", "!=", False)], ["ibge_code"], ["__count"]
        )
        counts = dict(groups)
        self.assertEqual(set(counts), set(ibge_municipalities()))
        self.assertEqual(set(counts.values()), {1})
        self.assertTrue(self.brazil.enforce_cities)
        self.assertTrue(self.brazil.address_view_id)

    def test_filling_again_changes_nothing_in_two_queries(self):
        before = self.cities.search_count(self.in_brazil)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(2):
            self.assertEqual(self.cities._mvno_fill_ibge_codes(), (0, 0))
        self.assertEqual(self.cities.search_count(self.in_brazil), before)

    def test_cities_of_another_addon_get_their_codes(self):
        city = self._forget("3550308", "1100015")
        self.env.cr.execute(
            """UPDATE res_city SET name = '{"en_US": "ALTA FLORESTA D´OESTE"}'
               WHERE id IN %s AND state_id = %s""",
            [tuple(city.ids), self._state("RO").id],
        )
        self.env.invalidate_all()
        self.assertEqual(self.cities._mvno_fill_ibge_codes(), (2, 0))
        self.assertEqual(set(city.mapped("ibge_code")), {"1100015", "3550308"})

    def test_missing_cities_are_created_in_bulk(self):
        codes = [code for code in ibge_municipalities() if code.startswith("14")]
        self.cities.search([("ibge_code", "in", codes)]).write(
            {"name": "Another place", "ibge_code": "0000000"}
        )
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(6):
            self.assertEqual(self.cities._mvno_fill_ibge_codes(), (0, len(codes)))
        boa_vista = self._city("1400100")
        self.assertEqual(boa_vista.name, "Boa Vista")
        self.assertEqual(boa_vista.state_id, self._state("RR"))
        self.assertEqual(boa_vista.country_id, self.brazil)

    def test_a_code_that_is_there_stays(self):
        city = self._city("3550308")
        city.name = "Sampa"
        self.cities._mvno_fill_ibge_codes()
        self.assertEqual(city.ibge_code, "3550308")
        self.assertEqual(self._city("3550308"), city)

    def test_new_cities_get_their_code(self):
        self._forget("3550308", "1708254")
        created = self.cities.create(
            [
                self._vals("SÃO PAULO", "SP"),
                self._vals("Fortaleza do Tabocão", "TO"),
                self._vals("Lugar Nenhum", "SP"),
                self._vals("São Paulo", "SP", ibge_code="9999999"),
                {"name": "São Paulo", "country_id": self.env.ref("base.pt").id},
            ]
        )
        self.assertEqual(
            created.mapped(lambda city: city.ibge_code or ""),
            ["3550308", "1708254", "", "9999999", ""],
        )

    def test_another_addons_data_adopts_the_cities_that_exist(self):
        known = self._city("2928505")
        name = known.name
        before = self.cities.search_count(self.in_brazil)
        fields = ["id", "name", "state_id/id", "country_id/id", "zipcode"]
        rows = [
            ["__test__.city_1", "Lugar Nenhum", "base.state_br_ba", "base.br", ""],
            ["__test__.city_2", "Santa Teresinha", "base.state_br_ba", "base.br", "1"],
        ]
        answer = self.cities.load(fields, rows)
        self.assertFalse(answer["messages"])
        self.assertEqual(self.env.ref("__test__.city_2"), known)
        self.assertEqual(known.name, name)
        self.assertEqual(known.zipcode, "1")
        self.assertEqual(self.env.ref("__test__.city_1").name, "Lugar Nenhum")
        self.assertEqual(self.cities.search_count(self.in_brazil), before + 1)

    def test_cities_of_one_name_are_told_apart_by_their_state(self):
        codes = [ibge_code_of(uf, "Bom Jesus") for uf in ("PB", "PI", "RN", "RS", "SC")]
        names = self.cities.search([("ibge_code", "in", codes)]).mapped("display_name")
        self.assertEqual(
            sorted(names),
            [f"Bom Jesus - {uf}" for uf in ("PB", "PI", "RN", "RS", "SC")],
        )

    def test_a_city_is_found_by_its_code(self):
        city = self._city("3550308")
        self.assertEqual(self.cities.name_search("3550308")[0][0], city.id)
