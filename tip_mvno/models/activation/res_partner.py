# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models, tools

from ...tools.brazil import (
    clean_document,
    clean_postcode,
    is_valid_cnpj,
    is_valid_cpf,
    split_street_type,
    split_without_number,
)
from .res_city import ibge_code_of

OLDEST_AGE = 120


class ResPartner(models.Model):
    """What a Brazilian customer's record must say before a line can be activated."""

    _inherit = "res.partner"

    # Name and type of OCA partner_contact_birthdate's field.
    birthdate_date = fields.Date(string="Birthdate")
    # Name and type of OCA l10n_br_base's field.
    district = fields.Char(string="Neighborhood")
    mvno_street_type = fields.Char(
        string="Street Type",
        compute="_compute_mvno_street_type",
        store=True,
        readonly=False,
        help="Rua, Avenida, Travessa ...: read from the street's first word. Fill it "
        "in when the street does not start with it.",
    )

    @api.depends("street_name")
    def _compute_mvno_street_type(self):
        for partner in self:
            street_type, _name = split_street_type(partner.street_name)
            # A type typed by hand stays while the street tells none.
            if street_type or not partner.street_name:
                partner.mvno_street_type = street_type or False

    @api.model
    def _address_fields(self):
        address_fields = super()._address_fields()
        more = ("district", "mvno_street_type")
        return address_fields + [name for name in more if name not in address_fields]

    @api.onchange("city_id")
    def _onchange_city_id(self):
        """Keep the CEP: a Brazilian city has many, so its record has none."""
        postcode = self.zip
        result = super()._onchange_city_id()
        if self.city_id and not self.city_id.zipcode:
            self.zip = postcode
        return result

    # === ADDRESS AS AN ACTIVATION NEEDS IT === #

    def _mvno_address_holder(self):
        """Give the record whose address counts: this one's, else its company's."""
        self.ensure_one()
        if any((self.street, self.zip, self.city, self.city_id)):
            return self
        return self.commercial_partner_id

    @api.model
    @tools.ormcache(cache="templates")  # cleared when a country's form changes
    def _mvno_district_field(self):
        """Name the field Brazilian addresses of this database have the bairro in.

        Core l10n_br's address form has it in the second line (``street2``).
        """
        form = self.env.ref("base.br").sudo().address_view_id
        core_form = self.env.ref(
            "l10n_br.br_partner_address_form", raise_if_not_found=False
        )
        return "street2" if core_form and form == core_form else "district"

    def _mvno_address_values(self):
        """Give the address as an activation needs it; "" where something is missing.

        A contact without an address of its own has its company's.

        :return: dict of texts: street_type, street (without its type), street_number
            ("S/N" for a house without one), district, state (two letters), city_code
            (IBGE, 7 digits), postcode (8 digits)
        """
        holder = self._mvno_address_holder()
        street_name = (holder.street_name or "").strip(" ,")
        number = (holder.street_number or "").strip(" ,")
        if not number:
            street_name, number = split_without_number(street_name)
        street_type, name = split_street_type(street_name)
        state = holder.state_id or holder.city_id.state_id
        uf = state.code if state.country_id.code == "BR" else ""
        # The city may have been typed or imported as text: its name and state tell it.
        city_code = (
            holder.city_id.ibge_code
            if holder.city_id
            else ibge_code_of(uf, holder.city)
        )
        return {
            "street_type": holder.mvno_street_type or street_type,
            "street": name,
            "street_number": number,
            "district": (
                holder[self._mvno_district_field()] or holder.district or ""
            ).strip(),
            "state": uf or "",
            "city_code": city_code or "",
            "postcode": clean_postcode(holder.zip),
        }

    # === PROBLEMS OF A CUSTOMER'S RECORD === #

    def _mvno_identity_problems(self):
        """Find what an activation would be refused for, in these customers' records.

        The document, kind of person and birth date are the commercial entity's (the
        company of a contact), which holds the line.

        :return: list of (record to correct, field name, sentence with what to do)
        """
        problems = []
        for partner in self:
            holder = partner.commercial_partner_id
            problems += holder._mvno_document_problems()
            if not holder.is_company:
                problems += holder._mvno_birthdate_problems()
            problems += partner._mvno_address_problems()
        return problems

    def _mvno_document_problems(self):
        self.ensure_one()
        name, problems = self.display_name, []
        if not (self.name or "").strip():
            problems.append(
                (
                    self,
                    "name",
                    self.env._(
                        "Customer no. %(number)s: fill in the name.", number=self.id
                    ),
                )
            )
        # Never the document itself: these sentences may be logged.
        document = clean_document(self.vat)
        sentence = None
        if not document and self.is_company:
            sentence = self.env._(
                "%(partner)s: fill in the CNPJ (14 characters).", partner=name
            )
        elif not document:
            sentence = self.env._(
                "%(partner)s: fill in the CPF (11 digits).", partner=name
            )
        elif len(document) not in (11, 14):
            sentence = self.env._(
                "%(partner)s: correct the CPF or CNPJ; it has %(count)s characters "
                "instead of 11 (CPF) or 14 (CNPJ).",
                partner=name,
                count=len(document),
            )
        elif len(document) == 11 and not is_valid_cpf(document):
            sentence = self.env._(
                "%(partner)s: correct the CPF; its check digits do not match.",
                partner=name,
            )
        elif len(document) == 14 and not is_valid_cnpj(document):
            sentence = self.env._(
                "%(partner)s: correct the CNPJ; its check digits do not match.",
                partner=name,
            )
        if sentence:
            return problems + [(self, "vat", sentence)]
        if self.is_company and len(document) == 11:
            problems.append(
                (
                    self,
                    "is_company",
                    self.env._(
                        "%(partner)s: is a company with a CPF. Mark it as a person, or "
                        "fill in its CNPJ.",
                        partner=name,
                    ),
                )
            )
        elif not self.is_company and len(document) == 14:
            problems.append(
                (
                    self,
                    "is_company",
                    self.env._(
                        "%(partner)s: is a person with a CNPJ. Mark it as a company, "
                        "or fill in the person's CPF.",
                        partner=name,
                    ),
                )
            )
        return problems

    def _mvno_birthdate_problems(self):
        self.ensure_one()
        today = fields.Date.context_today(self)
        born = self.birthdate_date
        if not born:
            sentence = self.env._(
                "%(partner)s: fill in the birth date.", partner=self.display_name
            )
        elif not today - relativedelta(years=OLDEST_AGE) < born < today:
            sentence = self.env._(
                "%(partner)s: correct the birth date; it must lie in the past "
                "%(years)s years.",
                partner=self.display_name,
                years=OLDEST_AGE,
            )
        else:
            return []
        return [(self, "birthdate_date", sentence)]

    def _mvno_address_problems(self):
        self.ensure_one()
        holder = self._mvno_address_holder()
        values = holder._mvno_address_values()
        name = {"partner": holder.display_name}
        found = []
        if holder.country_id and holder.country_id.code != "BR":
            found.append(
                (
                    "country_id",
                    self.env._(
                        "%(partner)s: the address must be in Brazil; correct the "
                        "country.",
                        **name,
                    ),
                )
            )
        if not values["street"]:
            found.append(
                ("street", self.env._("%(partner)s: fill in the street.", **name))
            )
        if not values["street_number"]:
            found.append(
                (
                    "street_number",
                    self.env._(
                        "%(partner)s: fill in the house number (S/N if it has none).",
                        **name,
                    ),
                )
            )
        if not values["district"]:
            found.append(
                (
                    self._mvno_district_field(),
                    self.env._("%(partner)s: fill in the neighborhood.", **name),
                )
            )
        if not values["state"]:
            found.append(
                (
                    "state_id",
                    self.env._("%(partner)s: choose the state (of Brazil).", **name),
                )
            )
        found += holder._mvno_city_problems(values, name)
        if not values["postcode"]:
            found.append(
                ("zip", self.env._("%(partner)s: fill in the CEP (8 digits).", **name))
            )
        return [(holder, field_name, sentence) for field_name, sentence in found]

    def _mvno_city_problems(self, values, name):
        self.ensure_one()
        city = self.city_id
        if city and self.state_id and city.state_id != self.state_id:
            sentence = self.env._(
                "%(partner)s: the city %(city)s is not in the state chosen; correct "
                "one of the two.",
                city=city.display_name,
                **name,
            )
        elif city and not values["city_code"]:
            sentence = self.env._(
                "%(partner)s: the city %(city)s has no IBGE code; choose another city "
                "of the list, or fill in the code (Contacts, Configuration, Cities).",
                city=city.display_name,
                **name,
            )
        elif not values["city_code"]:
            sentence = self.env._("%(partner)s: choose the city from the list.", **name)
        else:
            return []
        return [("city_id", sentence)]
