# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""IBGE codes of Brazil's municipalities.

The codes, names and states in ``data/ibge_municipalities.csv`` are IBGE's (Instituto
Brasileiro de Geografia e Estatística, "Divisão Territorial Brasileira"): 5,571 rows,
Fernando de Noronha and Brasília among them.
"""

import csv
from functools import cache

from odoo import api, fields, models
from odoo.tools import file_open

from ...tools.brazil import plain_key

#: Spellings and former names in use beside IBGE's (core l10n_br's cities have these),
#: as (state, plain_key of the name): IBGE code.
FORMER_NAMES = {
    ("BA", "muquemdesaofrancisco"): "2922250",  # Muquém do São Francisco
    ("BA", "santateresinha"): "2928505",  # Santa Terezinha
    ("MG", "donaeusebia"): "3122900",  # Dona Euzébia
    ("MG", "saothomedasletras"): "3165206",  # São Tomé das Letras
    ("MT", "santoantoniodoleverger"): "5107800",  # Santo Antônio de Leverger
    ("RN", "boasaude"): "2405306",  # Januário Cicco
    ("SE", "amparodesaofrancisco"): "2800100",  # Amparo do São Francisco
    ("TO", "fortalezadotabocao"): "1708254",  # Tabocão
}


@cache
def ibge_municipalities():
    """Read the municipalities' facts, once per process.

    :return: ``{IBGE code: (name, state's two letters)}``
    """
    with file_open("tip_mvno/data/ibge_municipalities.csv") as facts:
        return {
            row["ibge_code"]: (row["name"], row["uf"]) for row in csv.DictReader(facts)
        }


@cache
def _codes_by_name():
    codes = {
        (uf, plain_key(name)): code
        for code, (name, uf) in ibge_municipalities().items()
    }
    return codes | FORMER_NAMES


def ibge_code_of(uf, name):
    """Look up a municipality by its name and state, however it is spelled.

    :param str uf: the state's two letters
    :param str name: accents, case, apostrophes and hyphens do not matter
    :return: 7 digits, or "" when there is no such municipality
    """
    return _codes_by_name().get(((uf or "").upper(), plain_key(name)), "")


class ResCity(models.Model):
    _inherit = "res.city"
    _rec_names_search = ["name", "zipcode", "ibge_code"]

    # Name and type of OCA l10n_br_base's field: both addons can be installed.
    ibge_code = fields.Char(
        string="IBGE Code",
        size=7,
        index=True,
        help="The municipality's seven digits at IBGE, which the mobile platform asks "
        "for when a line is activated.",
    )

    @api.depends("state_id.code")
    def _compute_display_name(self):
        """Add the state: dozens of Brazilian cities share a name."""
        result = super()._compute_display_name()
        for city in self:
            ending = f" - {city.state_id.code}"
            if (
                city.country_id.code == "BR"
                and city.state_id.code
                and not (city.display_name or "").endswith(ending)
            ):
                city.display_name = f"{city.display_name}{ending}"
        return result

    @api.model_create_multi
    def create(self, vals_list):
        """Give Brazilian cities their IBGE code, whoever creates them."""
        codes = self._mvno_ibge_codes(vals_list)
        return super().create(
            [
                vals | {"ibge_code": code} if code else vals
                for vals, code in zip(vals_list, codes, strict=True)
            ]
        )

    def _load_records_create(self, vals_list):
        """Let another addon's data adopt the cities that exist already.

        Core l10n_br and OCA l10n_br_base bring all of Brazil's cities. Installed after
        this addon, their external ids point to the cities it made, which customers
        may use by now, instead of to a second set.
        """
        codes = self._mvno_ibge_codes(vals_list)
        known = {}
        if wanted := list(filter(None, codes)):
            cities = self.search_fetch(
                [("country_id.code", "=", "BR"), ("ibge_code", "in", wanted)],
                ["ibge_code"],
                order="id desc",
            )
            known = {city.ibge_code: city for city in cities}
        new = iter(
            super()._load_records_create(
                [
                    vals
                    for vals, code in zip(vals_list, codes, strict=True)
                    if code not in known
                ]
            )
        )
        adopted_by = ("name", "country_id", "state_id", "ibge_code")
        records = self.browse()
        for vals, code in zip(vals_list, codes, strict=True):
            city = known.get(code) or next(new)
            if code in known:
                more = {name: vals[name] for name in vals if name not in adopted_by}
                if more:
                    city.write(more)
            records += city
        return records

    @api.model
    def _mvno_fill_ibge_codes(self):
        """Bring the cities of Brazil in line with IBGE's list; repeat as you like.

        Cities without a code get it by state and name, missing cities are created,
        a code that is there stays.

        :return: ``(number of codes filled in, number of cities created)``
        """
        # Names are translated: the source's spelling is what is compared and created.
        cities = self.with_context(lang=None)
        states = self._mvno_states()
        uf_by_id = {state.id: state.code for state in states}
        known, missing_code = set(), []
        for city in cities.search_fetch(
            [("country_id.code", "=", "BR")], ["name", "state_id", "ibge_code"]
        ):
            code = city.ibge_code
            if not code:
                code = ibge_code_of(uf_by_id.get(city.state_id.id), city.name)
                if code:
                    missing_code.append((city.id, code))
            known.add(code)
        if missing_code:
            self.flush_model(["ibge_code"])
            self.env.cr.execute_values(
                "UPDATE res_city SET ibge_code = fact.code"
                " FROM (VALUES %s) AS fact (id, code) WHERE res_city.id = fact.id",
                missing_code,
                page_size=len(missing_code),
            )
            self.invalidate_model(["ibge_code"])
        state_by_uf = {state.code: state for state in states}
        created = cities.create(
            [
                {
                    "name": name,
                    "state_id": state_by_uf[uf].id,
                    "country_id": state_by_uf[uf].country_id.id,
                    "ibge_code": code,
                }
                for code, (name, uf) in ibge_municipalities().items()
                if code not in known and uf in state_by_uf
            ]
        )
        return len(missing_code), len(created)

    @api.model
    def _mvno_states(self):
        """Give Brazil's states, their codes fetched."""
        return self.env["res.country.state"].search_fetch(
            [("country_id.code", "=", "BR")], ["code", "country_id"]
        )

    @api.model
    def _mvno_ibge_codes(self, vals_list):
        """Tell which municipality each of some new cities is.

        :param vals_list: values for :meth:`create`
        :return: list of codes, "" where the values are no Brazilian municipality's
        """
        if not any(vals.get("state_id") for vals in vals_list):
            return [""] * len(vals_list)
        uf_by_id = {state.id: state.code for state in self._mvno_states()}
        return [
            (
                vals.get("ibge_code")
                or ibge_code_of(uf_by_id[vals["state_id"]], vals.get("name"))
            )
            if vals.get("state_id") in uf_by_id
            else ""
            for vals in vals_list
        ]
