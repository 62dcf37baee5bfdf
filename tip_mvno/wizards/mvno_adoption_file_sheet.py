# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
import io
import logging

import xlsxwriter

from odoo import fields, models
from odoo.exceptions import UserError

from .mvno_adoption_file import UNDECIDED

_logger = logging.getLogger(__name__)

WIDTH = 22
# What the platform told of a line, beside the columns to fill in.
TOLD = ("subscriber_name", "number", "plan_name", "platform_status")


class MvnoAdoptionFile(models.TransientModel):
    """Spreadsheets: the one to fill in, and the rows of the one that was."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.adoption.file"

    template = fields.Binary(compute="_compute_template")

    # === THE TEMPLATE === #

    def action_template(self):
        """Download a spreadsheet with the lines still to be decided."""
        self.ensure_one()
        name = self.env._("existing base.xlsx")
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/template/{name}?download=true",
            "target": "download",
        }

    def _compute_template(self):
        for dialog in self:
            dialog.template = base64.b64encode(dialog._write_template())

    def _write_template(self):
        """:return: bytes of an XLSX file; its ICCIDs and documents are text"""
        self.ensure_one()
        lines = self.env["mvno.adoption.line"].search(
            [
                ("adoption_id", "=", self.adoption_id.id),
                ("verdict", "in", UNDECIDED),
            ]
        )
        buffer = io.BytesIO()
        with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
            sheet = book.add_worksheet()
            bold = book.add_format({"bold": True})
            text = book.add_format({"num_format": "@"})
            day = book.add_format({"num_format": "dd/mm/yyyy"})
            columns = self._columns()
            told = [lines._fields[name]._description_string(self.env) for name in TOLD]
            sheet.write_row(0, 0, [*columns.values(), *told], bold)
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, len(columns) + len(TOLD) - 1, WIDTH)
            for row, line in enumerate(lines, start=1):
                cells = [line._cell(name) for name in columns]
                cells += [line[name] or "" for name in TOLD]
                for column, cell in enumerate(cells):
                    if isinstance(cell, str):
                        sheet.write_string(row, column, cell, text)
                    elif cell:
                        dated = not isinstance(cell, float | int)
                        sheet.write(row, column, cell, *([day] if dated else []))
        return buffer.getvalue()

    # === READING === #

    def _read_rows(self):
        """Read the file with the reader of Odoo's own imports.

        :return: (the heading row, list of (row number, cells))
        :raise UserError: when the file cannot be read or has no rows
        """
        self.ensure_one()
        importer = self.env["base_import.import"].create(
            {
                "res_model": "mvno.adoption.line",
                "file": base64.b64decode(self.file),
                "file_name": self.file_name,
            }
        )
        try:
            _length, rows = importer._read_file({"quoting": '"'})
        except Exception as error:
            _logger.info("The file of import %s is unreadable", self.adoption_id.id)
            raise UserError(
                self.env._(
                    "This file cannot be read as a spreadsheet. Save it as XLSX or CSV "
                    "and load it again. (%(error)s)",
                    error=error,
                )
            ) from None
        if len(rows) < 2:
            raise UserError(
                self.env._(
                    "The file has no rows below its headings. Download the template, "
                    "fill it in and load it."
                )
            )
        return rows[0], list(enumerate(rows[1:], start=2))


class MvnoAdoptionLine(models.Model):
    """A line as the template shows it."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.adoption.line"

    def _cell(self, column):
        """:param str column: a column of the file
        :return: str, date or float; "" where there is nothing"""
        self.ensure_one()
        if column == "plan_code":
            return self.product_id.mvno_plan_id.code or ""
        return self[column] or ""
