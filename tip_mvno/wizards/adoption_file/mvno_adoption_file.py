# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
import io
import itertools
import logging
from contextlib import closing
from datetime import date

import xlsxwriter

from odoo import Command, fields, models
from odoo.exceptions import UserError

from ...tools.sheet_rows import (
    WHILE_WAITING,
    FirstOf,
    UnreadableSheet,
    read_rows,
    shown,
    unreadable_sentence,
)
from .line_finder import LineFinder

_logger = logging.getLogger(__name__)

# Lines a file may say something about.
UNDECIDED = ("create", "incomplete", "conflict")
# So many values that cannot be used are listed.
PROBLEMS_KEPT = 200
# Of the template: the columns' width, and what the platform told of a line, beside the
# columns to fill in.
WIDTH = 22
TOLD = ("subscriber_name", "number", "plan_name", "platform_status")


class MvnoAdoptionFile(models.TransientModel):
    """The dialog that fills the lines of an import from a spreadsheet.

    A row says which lines it is about (ICCID, or CPF/CNPJ for all of a subscriber's)
    and what is to be filled in; an empty cell leaves what is there. A row with one
    wrong value changes nothing and is listed.
    """

    _name = "mvno.adoption.file"
    _description = "Fill an Import in from a File"
    _inherit = ["mvno.walled"]

    adoption_id = fields.Many2one(
        "mvno.adoption", string="Import", required=True, readonly=True
    )
    file = fields.Binary(attachment=False)
    file_name = fields.Char()
    state = fields.Selection(
        [("choose", "Choose"), ("done", "Done")], default="choose", readonly=True
    )
    row_count = fields.Integer(string="Rows in the file", readonly=True)
    changed_count = fields.Integer(string="Lines filled in", readonly=True)
    settled_count = fields.Integer(
        string="Lines here already",
        readonly=True,
        help="Lines of the file that are here already or left out: they stay.",
    )
    untouched_count = fields.Integer(
        string="Lines not in the file",
        readonly=True,
        help="Lines to take over or to complete about which the file says nothing.",
    )
    unused_columns = fields.Char(string="Columns not used", readonly=True)
    problem_ids = fields.One2many(
        "mvno.adoption.file.problem", "file_id", string="Rows not used", readonly=True
    )
    template = fields.Binary(compute="_compute_template")

    # === LOADING A FILE === #

    def action_load(self):
        """Fill the lines in and show what of the file could not be used.

        :return: the action that shows the dialog again
        :raise UserError: when the file cannot be read, or says of no line which it is
        """
        self.ensure_one()
        adoption = self.adoption_id
        adoption.check_access("write")
        adoption._check_reviewing()
        if not self.file:
            raise UserError(self.env._("Choose a file first: CSV, XLSX or XLS."))
        rows, unused = self._read_rows()
        changes, problems, settled = self._evaluate(rows)
        by_values = {}
        for line, values in changes.items():
            _values, ids = by_values.setdefault(
                repr(sorted(values.items())), (values, [])
            )
            ids.append(line.id)
        lines = adoption.line_ids.browse()
        for values, ids in by_values.values():
            lines.browse(ids).write(values)
        undecided = lines.search_count(
            [("adoption_id", "=", adoption.id), ("verdict", "in", UNDECIDED)]
        )
        touched = [line for line in changes if line.verdict in UNDECIDED]
        self.sudo().write(
            {
                "state": "done",
                "row_count": len(rows),
                "changed_count": len(changes),
                "settled_count": len(settled),
                "untouched_count": undecided - len(touched),
                "unused_columns": ", ".join(unused) or False,
                "problem_ids": [
                    Command.clear(),
                    *map(Command.create, self._first_problems(problems)),
                ],
            }
        )
        return self._show()

    def _first_problems(self, problems):
        """:param problems: ``FirstOf`` values of problems
        :return: list of those that are listed; the last one tells of the rest"""
        kept, more = problems.kept[:PROBLEMS_KEPT], problems.kept[PROBLEMS_KEPT:]
        if more:
            sentence = self.env._(
                "And %(count)s more values. Correct those above, then load the file "
                "again.",
                count=problems.count - len(kept),
            )
            kept.append({"row": more[0]["row"], "reason": sentence})
        return kept

    def action_again(self):
        """Go back to choose another file."""
        self.ensure_one()
        self.sudo().write({"state": "choose", "file": False, "file_name": False})
        return self._show()

    def _show(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Fill in from a File"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    def _evaluate(self, rows):
        """Find out what the rows say.

        A row about a SIM card goes before one about all lines of its subscriber.

        :param list rows: see :meth:`_read_rows`
        :return: (dict of line: values, ``FirstOf`` values of problems, set of lines
            that are not to be decided any more)
        """
        lines = self.env["mvno.adoption.line"].search(
            [("adoption_id", "=", self.adoption_id.id)]
        )
        finder = LineFinder(self.env, lines)
        by_line, by_document, settled = {}, {}, set()
        problems = FirstOf(PROBLEMS_KEPT + 1)
        for number, written in rows:
            found, wrong = finder.find(written)
            values, more_wrong = self._read_cells(written)
            wrong = [*wrong, *more_wrong]
            if wrong:
                problems.add([{"row": number, **problem} for problem in wrong])
                continue
            target = by_line if "iccid" in written else by_document
            for line in found:
                if line.verdict in UNDECIDED:
                    target.setdefault(line, {}).update(values)
                else:
                    settled.add(line)
        changes = {
            line: {**by_document.get(line, {}), **by_line.get(line, {})}
            for line in {**by_document, **by_line}
        }
        changes = {line: values for line, values in changes.items() if values}
        return changes, problems, settled

    def _read_rows(self):
        """Read what the file's known columns hold; nothing else of it is kept.

        :return: (list of (row number, dict of column name: cell), list of headings that
            mean nothing); dates stay dates, everything else is text, empty cells are
            left out
        :raise UserError: when the file cannot be read, is too large, has no rows or no
            column that says which lines they are about
        """
        self.ensure_one()
        content = base64.b64decode(self.with_context(bin_size=False).file)
        try:
            with closing(read_rows(content, WHILE_WAITING)) as rows:
                _number, header = next(rows, (0, []))
                first = next(rows, None)
                if not first:
                    raise UserError(
                        self.env._(
                            "The file has no rows below its headings. Download the "
                            "template, fill it in and load it."
                        )
                    )
                columns, unused = self._place_columns(header)
                kept = [
                    (number, self._written(columns, cells))
                    for number, cells in itertools.chain([first], rows)
                ]
        except UnreadableSheet as flaw:
            _logger.info(
                "The file of import %s is unreadable: %s", self.adoption_id.id, flaw
            )
            raise UserError(unreadable_sentence(self.env, flaw)) from None
        return kept, unused

    @staticmethod
    def _written(columns, cells):
        """:param dict columns: place of each known column
        :return: dict, see :meth:`_read_rows`"""
        found = {
            name: cells[place] for name, place in columns.items() if place < len(cells)
        }
        return {
            name: cell if isinstance(cell, date) else shown(cell)
            for name, cell in found.items()
            if str(cell).strip()
        }

    # === THE TEMPLATE TO FILL IN === #

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
