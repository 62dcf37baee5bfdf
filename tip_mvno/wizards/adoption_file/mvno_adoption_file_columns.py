# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.exceptions import UserError
from odoo.tools import email_normalize

from ...tools.brazil import plain_key
from ...tools.sheet_rows import shown
from ...tools.written import written_amount, written_date

# How else people head a column, as `plain_key` reduces it.
ALIASES = {
    "iccid": ("sim", "simcard", "chip", "numerodochip"),
    "document": ("cpf", "cnpj", "cpfcnpj", "cpfoucnpj", "documento", "document"),
    "bill_from": ("cobrarapartirde", "faturarapartirde", "cobrardesde"),
    "price": ("valor", "preco", "price", "mensalidade"),
    "commitment_end": ("fidelidade", "fimdafidelidade"),
    "plan_code": ("vinculo", "codigodoplano", "plancode"),
    "customer_name": ("nome", "cliente", "name"),
    "customer_email": ("email",),
    "activation_date": ("ativacao", "datadeativacao"),
}
# The columns that say which lines a row is about.
KEYS = ("iccid", "document")


class MvnoAdoptionFile(models.TransientModel):
    """What the columns of a file are called, and how their cells are read."""

    _inherit = "mvno.adoption.file"

    def _columns(self):
        """:return: dict of column name: its heading in the reader's language"""
        return {
            "iccid": self.env._("ICCID"),
            "document": self.env._("CPF/CNPJ"),
            "bill_from": self.env._("Bill from"),
            "price": self.env._("Monthly Value"),
            "commitment_end": self.env._("Commitment End"),
            "plan_code": self.env._("Linked Code"),
            "customer_name": self.env._("Customer Name"),
            "customer_email": self.env._("E-mail"),
            "activation_date": self.env._("In service since"),
        }

    def _aliases(self):
        """:return: dict of column name: headings that mean it, too"""
        return ALIASES

    def _place_columns(self, header):
        """Find the columns by their headings, in English, Portuguese or as in Odoo.

        :param list header: the file's first row
        :return: (dict of column name: place, list of headings that mean nothing)
        :raise UserError: when no column says which line a row is about
        """
        names = {}
        for lang in ("en_US", "pt_BR", self.env.lang):
            for name, label in self.with_context(lang=lang)._columns().items():
                names[plain_key(label)] = names[plain_key(name)] = name
        for name, aliases in self._aliases().items():
            names.update(dict.fromkeys(aliases, name))
        columns, unused = {}, []
        for place, heading in enumerate(header):
            name = names.get(plain_key(str(heading)))
            if name and name not in columns:
                columns[name] = place
            elif str(heading).strip():
                unused.append(str(heading).strip())
        if not columns.keys() & set(KEYS):
            raise UserError(
                self.env._(
                    "No column of this file is headed “ICCID” or “CPF/CNPJ”, so its "
                    "rows say of no line which it is. Download the template to see "
                    "the headings."
                )
            )
        return columns, unused

    def _read_cells(self, written):
        """Read what a row fills in.

        :param dict written: cells by column name, empty ones left out
        :return: (dict of values of ``mvno.adoption.line``, list of values of problems)
        """
        readers = self._readers()
        values, wrong = {}, []
        for name in filter(readers.get, written):
            read, sentence = readers[name]
            try:
                field, value = read(written[name])
            except ValueError:
                label = self._columns()[name]
                value = shown(written[name])[:100]
                wrong.append({"column": label, "value": value, "reason": sentence})
            else:
                values[field] = value
        return values, wrong

    def _readers(self):
        """:return: dict of column name: (callable that turns a cell into field and
        value or raises ValueError, sentence for when it does)"""

        def day(field):
            return lambda cell: (field, written_date(cell))

        date_sentence = self.env._("Not a date. Write it like 31/12/2026.")
        return {
            "bill_from": (day("bill_from"), date_sentence),
            "commitment_end": (day("commitment_end"), date_sentence),
            "activation_date": (
                self._read_activation_date,
                self.env._("Not a date until today. Write it like 31/12/2026."),
            ),
            "price": (
                lambda cell: ("price", float(written_amount(cell))),
                self.env._("Not an amount. Write it like 49,90."),
            ),
            "plan_code": (
                self._read_plan_code,
                self.env._(
                    "No plan here, or more than one, has this linked code. Look it up "
                    "in Configuration > Plans."
                ),
            ),
            "customer_name": (
                lambda cell: ("customer_name", str(cell).strip()),
                "",
            ),
            "customer_email": (
                self._read_email,
                self.env._("Not an e-mail address."),
            ),
        }

    def _read_activation_date(self, cell):
        day = written_date(cell)
        if day > self.adoption_id.platform_id._today():
            raise ValueError("To come")
        return "activation_date", day

    def _read_plan_code(self, cell):
        products = self._products_by_code().get(str(cell).strip().lstrip("0"), ())
        if len(products) != 1:
            raise ValueError("Not one plan")
        return "product_id", products[0]

    def _products_by_code(self):
        """:return: dict of linked code: ids of its products. A spreadsheet takes a
        code's leading zeros away, so they do not count."""
        found = {}
        for product in self.env["product.product"].search_fetch(
            [
                ("is_telephony", "=", True),
                ("mvno_platform_id", "=", self.adoption_id.platform_id.id),
            ],
            ["mvno_plan_id"],
        ):
            code = (product.mvno_plan_id.code or "").lstrip("0")
            found.setdefault(code, []).append(product.id)
        return found

    def _read_email(self, cell):
        email = email_normalize(str(cell))
        if not email:
            raise ValueError("Not an address")
        return "customer_email", email
