# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from freezegun import freeze_time

from odoo.tests import Form, TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestResPartnerAddress(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Bad documents are what is tested: base_vat would refuse some of them.
        cls.env = cls.env["base"].with_context(no_vat_validation=True).env
        cls.brazil = cls.env.ref("base.br")
        cls.sao_paulo = cls.env["res.city"].search([("ibge_code", "=", "3550308")])
        cls.good = {
            "name": "Maria Exemplo",
            "vat": "529.982.247-25",
            "birthdate_date": "1990-05-20",
            "street": "Rua das Flores, 123 - Apto 4",
            "district": "Centro",
            "city_id": cls.sao_paulo.id,
            "city": "São Paulo",
            "state_id": cls.env.ref("base.state_br_sp").id,
            "zip": "01310-100",
            "country_id": cls.brazil.id,
        }

    def _partner(self, **changes):
        return self.env["res.partner"].create(self.good | changes)

    def _company(self, **changes):
        return self._partner(
            name="Padaria Exemplo",
            is_company=True,
            vat="11.222.333/0001-81",
            birthdate_date=False,
            **changes,
        )

    def _problem_fields(self, partner):
        problems = partner._mvno_identity_problems()
        for record, field_name, sentence in problems:
            self.assertIn(field_name, record._fields)
            self.assertIn(record.display_name, sentence)
        return [(record, field_name) for record, field_name, _sentence in problems]

    def _use_address_form(self, view):
        self.brazil.address_view_id = view

    # === ADDRESS === #

    def test_address_values_are_what_an_activation_needs(self):
        self.assertEqual(
            self._partner()._mvno_address_values(),
            {
                "street_type": "Rua",
                "street": "das Flores",
                "street_number": "123",
                "district": "Centro",
                "state": "SP",
                "city_code": "3550308",
                "postcode": "01310100",
            },
        )

    def test_an_empty_address_gives_empty_texts(self):
        partner = self.env["res.partner"].create({"name": "Sem Endereço"})
        self.assertEqual(set(partner._mvno_address_values().values()), {""})

    def test_house_without_number(self):
        values = self._partner(street="Estrada Velha, S/N")._mvno_address_values()
        self.assertEqual(values["street_number"], "S/N")
        self.assertEqual(
            (values["street_type"], values["street"]), ("Estrada", "Velha")
        )
        typed = self._partner(street=False)
        typed.write({"street_name": "Estrada Velha", "street_number": "S/N"})
        self.assertEqual(typed._mvno_address_values()["street_number"], "S/N")

    def test_street_type_follows_the_street_and_keeps_what_a_person_typed(self):
        partner = self._partner(street="Av. Paulista 1000")
        self.assertEqual(partner.mvno_street_type, "Avenida")
        partner.street = "SQS 308 Bloco A 12"
        partner.mvno_street_type = "Quadra"
        self.assertEqual(partner._mvno_address_values()["street_type"], "Quadra")
        self.assertEqual(partner._mvno_address_values()["street"], "SQS 308 Bloco A")
        partner.street = "SQS 308 Bloco A 14"
        self.assertEqual(partner.mvno_street_type, "Quadra")
        partner.street = "Praça da Sé 1"
        self.assertEqual(partner.mvno_street_type, "Praça")
        partner.street = False
        self.assertFalse(partner.mvno_street_type)

    def test_a_city_that_came_as_text_is_recognised(self):
        partner = self._partner(city_id=False, city="SAO PAULO")
        self.assertEqual(partner._mvno_address_values()["city_code"], "3550308")
        self.assertFalse(partner._mvno_identity_problems())

    def test_neighborhood_is_where_core_l10n_br_has_it(self):
        core_form = self.env.ref(
            "l10n_br.br_partner_address_form", raise_if_not_found=False
        )
        if not core_form:
            core_form = self.env["ir.ui.view"].create(
                {"name": "core", "model": "res.partner", "arch": "<form/>"}
            )
            self.env["ir.model.data"]._update_xmlids(
                [{"xml_id": "l10n_br.br_partner_address_form", "record": core_form}]
            )
        self._use_address_form(core_form)
        partner = self._partner(street2="Bela Vista", district=False)
        self.assertEqual(partner._mvno_address_values()["district"], "Bela Vista")
        partner.street2 = False
        self.assertEqual(self._problem_fields(partner), [(partner, "street2")])
        partner.district = "Centro"
        self.assertEqual(partner._mvno_address_values()["district"], "Centro")

    def test_second_address_line_is_no_neighborhood_elsewhere(self):
        self._use_address_form(self.env.ref("tip_mvno.res_partner_address_view_form"))
        partner = self._partner(street2="Fundos", district=False)
        self.assertEqual(self._problem_fields(partner), [(partner, "district")])

    def test_neighborhood_and_street_type_are_the_contacts_too(self):
        company = self._company()
        contact = self.env["res.partner"].create(
            {"name": "João Exemplo", "parent_id": company.id}
        )
        self.assertEqual(contact.district, "Centro")
        company.district = "Bela Vista"
        self.assertEqual(contact.district, "Bela Vista")

    # === IDENTITY === #

    def test_complete_customers_have_no_problem(self):
        self.assertEqual(
            (self._partner() | self._company())._mvno_identity_problems(), []
        )
        self.assertEqual(
            self._partner(
                name="Loja Exemplo",
                is_company=True,
                vat="12.ABC.345/01DE-35",
                birthdate_date=False,
            )._mvno_identity_problems(),
            [],
        )

    def test_everything_missing_is_named_at_once(self):
        self._use_address_form(self.env.ref("tip_mvno.res_partner_address_view_form"))
        partner = self.env["res.partner"].create({"name": "Sem Nada"})
        self.assertEqual(
            self._problem_fields(partner),
            [
                (partner, field_name)
                for field_name in (
                    "vat",
                    "birthdate_date",
                    "street",
                    "street_number",
                    "district",
                    "state_id",
                    "city_id",
                    "zip",
                )
            ],
        )

    def test_each_wrong_thing_is_named(self):
        for changes, field_name in (
            ({"vat": False}, "vat"),
            ({"vat": "/"}, "vat"),
            ({"vat": "529.982.247-26"}, "vat"),
            ({"vat": "5299822472"}, "vat"),
            ({"vat": "11.222.333/0001-82"}, "vat"),
            ({"vat": "11.222.333/0001-81"}, "is_company"),
            ({"street": "Rua das Flores"}, "street_number"),
            ({"street": "Rua 100"}, "street"),
            ({"zip": "0131-100"}, "zip"),
            ({"country_id": self.env.ref("base.pt").id}, "country_id"),
            ({"state_id": self.env.ref("base.state_br_rj").id}, "city_id"),
            ({"city_id": False, "city": "Lugar Nenhum"}, "city_id"),
        ):
            with self.subTest(changes=changes):
                partner = self._partner(**changes)
                self.assertEqual(self._problem_fields(partner), [(partner, field_name)])

    def test_a_company_with_a_persons_document_is_named(self):
        company = self._company()
        company.vat = "529.982.247-25"
        self.assertEqual(self._problem_fields(company), [(company, "is_company")])

    def test_a_city_without_code_is_named(self):
        place = self.env["res.city"].create(
            {
                "name": "Lugar Nenhum",
                "state_id": self.good["state_id"],
                "country_id": self.brazil.id,
            }
        )
        partner = self._partner(city_id=place.id)
        self.assertEqual(self._problem_fields(partner), [(partner, "city_id")])

    def test_a_blank_name_is_named(self):
        partner = self._partner()
        partner.name = " "
        ((record, field_name, sentence),) = partner._mvno_identity_problems()
        self.assertEqual((record, field_name), (partner, "name"))
        self.assertIn(str(partner.id), sentence)

    @freeze_time("2026-11-22 12:00:00")
    def test_birth_date_must_be_in_a_lifetime(self):
        for born, problems in (
            (date(2026, 11, 21), 0),
            (date(2026, 11, 22), 1),
            (date(2030, 1, 1), 1),
            (date(1906, 11, 22), 1),
            (date(1906, 11, 23), 0),
            (False, 1),
        ):
            with self.subTest(born=born):
                partner = self._partner(birthdate_date=born)
                self.assertEqual(
                    self._problem_fields(partner),
                    [(partner, "birthdate_date")] * problems,
                )

    def test_sentences_never_show_the_document(self):
        partner = self._partner(vat="529.982.247-26")
        ((_record, _field, sentence),) = partner._mvno_identity_problems()
        self.assertNotIn("529", sentence)

    def test_a_contact_stands_for_its_company(self):
        company = self._company()
        contact = self.env["res.partner"].create(
            {"name": "João Exemplo", "parent_id": company.id}
        )
        self.assertEqual(contact._mvno_identity_problems(), [])
        company.vat = False
        self.assertEqual(self._problem_fields(contact), [(company, "vat")])

    def test_another_address_of_a_company_counts_by_itself(self):
        company = self._company()
        other = self.env["res.partner"].create(
            {
                "name": "Filial",
                "type": "other",
                "parent_id": company.id,
                "street": "Av. Brasil 10",
                "district": "Centro",
                "country_id": self.brazil.id,
                "state_id": self.good["state_id"],
                "city_id": self.sao_paulo.id,
            }
        )
        self.assertEqual(self._problem_fields(other), [(other, "zip")])
        self.assertEqual(other._mvno_address_values()["street"], "Brasil")
        bare = self.env["res.partner"].create(
            {"name": "Cobrança", "type": "invoice", "parent_id": company.id}
        )
        self.assertEqual(bare._mvno_address_values(), company._mvno_address_values())
        self.assertEqual(bare._mvno_identity_problems(), [])

    def test_many_customers_cost_no_query_each(self):
        few = self.env["res.partner"].create([self.good] * 2)
        many = self.env["res.partner"].create([self.good] * 40)

        def queries(partners):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(partners._mvno_identity_problems(), [])
            return self.env.cr.sql_log_count - before

        queries(few)
        self.assertEqual(queries(many), queries(few))

    # === FORM === #

    def _fill_form(self, district_field):
        self.env.company.country_id = self.brazil
        form = Form(self.env["res.partner"], view="base.view_partner_form")
        form.name = "Maria Exemplo"
        form.vat = "529.982.247-25"
        form.birthdate_date = "1990-05-20"
        form.country_id = self.brazil
        form.zip = "01310-100"
        form.street_name = "Rua das Flores"
        form.street_number = "123"
        form[district_field] = "Centro"
        form.city_id = self.sao_paulo
        self.assertEqual(form.zip, "01310-100", "a city chosen must not blank the CEP")
        self.assertEqual(form.state_id.code, "SP")
        return form.save()

    def test_our_address_form_takes_all_an_activation_needs(self):
        self._use_address_form(self.env.ref("tip_mvno.res_partner_address_view_form"))
        partner = self._fill_form("district")
        self.assertEqual(partner._mvno_identity_problems(), [])
        self.assertEqual(partner.mvno_street_type, "Rua")
        self.assertEqual(partner.street, "Rua das Flores 123")

    def test_this_databases_address_form_takes_all_an_activation_needs(self):
        partner = self._fill_form(self.env["res.partner"]._mvno_district_field())
        self.assertEqual(partner._mvno_identity_problems(), [])
