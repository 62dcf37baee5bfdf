# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import re

from odoo import models
from odoo.exceptions import UserError

from odoo.addons.tip_mvno.tools.brazil import mobile_e164, plain_key
from odoo.addons.tip_mvno.tools.simcard import as_iccid

from ..tools.sheet import Column, written_code, written_number

IDENTIFYING = ("platform_contract", "iccid", "number")
# What a row charges, by the words of its description as plain_key reduces them.
KIND_WORDS = (
    ("top_up", re.compile("recarga|pacote|adicional|topup")),
    ("other", re.compile("ativacao|simcard|chip|esim|portab|frete|multa|juros|taxa")),
)


class MvnoPlatformBill(models.Model):
    """The platform's bill read from a spreadsheet, and whose line each row is."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.platform.bill"

    def _file_columns(self):
        return {
            "platform_contract": Column(
                self.env._("Contract at the Platform"),
                ("contrato", "numerocontrato", "contract", "conta", "idcontrato"),
            ),
            "iccid": Column(
                self.env._("ICCID"), ("iccid", "simcard", "chip", "numerodochip")
            ),
            "number": Column(
                self.env._("Number of the Line"),
                ("linha", "msisdn", "numero", "telefone", "terminal", "acesso"),
            ),
            "description": Column(
                self.env._("Description"),
                ("descricao", "servico", "item", "historico", "plano", "produto"),
            ),
            "amount": Column(
                self.env._("Value"),
                ("valor", "valortotal", "total", "valorrs", "preco", "amount"),
                required=True,
            ),
        }

    def _check_file_columns(self, names):
        result = super()._check_file_columns(names)
        if not names & set(IDENTIFYING):
            columns = self._file_columns()
            raise UserError(
                self.env._(
                    "Say which column of the file is “%(contract)s”, “%(iccid)s” or "
                    "“%(number)s”: without one of them no row tells its line.",
                    contract=columns["platform_contract"].label,
                    iccid=columns["iccid"].label,
                    number=columns["number"].label,
                )
            )
        return result

    def _load_file(self):
        for bill in self:
            if bill.state == "checked":
                raise UserError(
                    self.env._(
                        "Bill %(bill)s was checked. Reopen it to load another file.",
                        bill=bill.display_name,
                    )
                )
            bill.sudo()._read_bill()

    def _read_bill(self):
        """Take over the stored file's rows instead of those of an earlier one."""
        self.ensure_one()
        rows, problems = [], []
        reasons = self._unreadable_reasons()
        for number, cells in self._file_rows():
            if not cells.keys() & set(IDENTIFYING):
                continue  # a total, or a remark
            row = self._bill_row(number, cells, reasons, problems)
            if row:
                rows.append(row)
        if not rows and not problems:
            raise UserError(
                self.env._(
                    "File %(file)s has no row that names a line: look whether each "
                    "column is the right one.",
                    file=self.source_name,
                )
            )
        self.line_ids.unlink()
        self.env["mvno.platform.bill.line"]._insert(self, rows)
        self._keep_file_problems(problems)
        self._match_lines()
        self.source_file = False
        self._transition("load", self.source_name)

    def _unreadable_reasons(self):
        """:return: dict of column name: why a cell of it cannot be read"""
        return {
            "platform_contract": self.env._(
                "The spreadsheet shortened this number. Make the column's format "
                "“Text”."
            ),
            "iccid": self.env._(
                "This is no ICCID of 19 or 20 digits. If the spreadsheet shortened "
                "it, make the column's format “Text”."
            ),
            "number": self.env._("This is no mobile number with its DDD."),
            "amount": self.env._("This is no amount."),
        }

    def _bill_row(self, number, cells, reasons, problems):
        """Read one row.

        :param int number: the row's
        :param dict cells: of column name: cell
        :param dict reasons: of :meth:`_unreadable_reasons`
        :param list problems: is added to
        :return: dict of values, or None when it cannot be read
        """
        row = {"row": number}
        unreadable = []
        for name, cell in cells.items():
            try:
                row[name] = READERS[name](cell)
            except ValueError:
                unreadable.append(self._file_problem(number, name, cell, reasons[name]))
        if "amount" not in cells:
            unreadable.append(
                self._file_problem(
                    number, "amount", "", self.env._("The row has no amount.")
                )
            )
        if unreadable:
            problems += unreadable
            return None
        row["kind"] = _kind_of(row)
        return row


def _read_iccid(cell):
    """:raise ValueError: for what is no ICCID"""
    iccid = as_iccid(written_code(cell))
    if not iccid:
        raise ValueError("Not an ICCID")
    return iccid


# How the cells of each column are read; a ValueError is a cell that cannot be read.
READERS = {
    "platform_contract": written_code,
    "iccid": _read_iccid,
    "number": lambda cell: mobile_e164(written_code(cell)),
    "description": lambda cell: str(cell)[:200],
    "amount": lambda cell: float(written_number(cell)),
}


def _kind_of(row):
    """:return: str, what a row charges, as its description says"""
    if row["amount"] < 0:
        return "credit"
    words = plain_key(row.get("description"))
    return next((kind for kind, said in KIND_WORDS if said.search(words)), "monthly")
