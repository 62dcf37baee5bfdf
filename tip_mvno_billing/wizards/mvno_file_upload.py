# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
import itertools

from odoo import Command, fields, models
from odoo.exceptions import UserError

from odoo.addons.tip_mvno.tools.sheet_rows import WHILE_WAITING, shown

from ..models.file.mvno_file_target import MvnoFileTarget

# Rows looked at for an example of each column.
SAMPLED = 20


class MvnoFileUpload(models.TransientModel):
    """The dialog that loads a spreadsheet into a record.

    Which heading is which column is asked once per platform and kind of file; a later
    file with the same headings is loaded at once.
    """

    _name = "mvno.file.upload"
    _description = "Load a File"
    _inherit = ["mvno.walled"]

    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(
        model_field="res_model", required=True, readonly=True
    )
    file = fields.Binary(attachment=False)
    file_name = fields.Char()
    state = fields.Selection(
        [("choose", "Choose"), ("columns", "Columns")],
        default="choose",
        readonly=True,
    )
    column_ids = fields.One2many(
        "mvno.file.upload.column", "upload_id", string="Columns"
    )
    heading_ids = fields.One2many("mvno.file.upload.heading", "upload_id")
    whole_month = fields.Boolean(
        default=True,
        help="The file tells of all lines, complete: call records of this month that "
        "are not in it are removed. Otherwise they stay, except those of the contracts "
        "at the platform that the file names.",
    )

    def _target(self):
        """:return: the ``mvno.file.target`` record that the file is for
        :raise UserError: when there is none that the user may fill"""
        self.ensure_one()
        model = self.env.get(self.res_model)
        if not isinstance(model, MvnoFileTarget):
            raise UserError(self.env._("This file is for no record that takes one."))
        target = model.browse(self.res_id)
        target.check_access("write")
        return target

    def _content(self):
        if not self.file:
            raise UserError(self.env._("Choose a file first: CSV or XLSX."))
        return base64.b64decode(self.with_context(bin_size=False).file)

    def action_read(self):
        """Read the file's headings; load it when all of them are known already.

        :return: an action
        :raise UserError: when the file cannot be read
        """
        target = self._target()
        headings, rows = target._file_headings(self._content(), WHILE_WAITING)
        proposed, fits = self.env["mvno.file.mapping"]._propose(target, headings)
        if fits:
            return self._load(target, proposed)
        self._show_columns(target, headings, rows, proposed)
        return self._reopen()

    def action_columns(self):
        """Look at the columns, though they were told before."""
        target = self._target()
        headings, rows = target._file_headings(self._content(), WHILE_WAITING)
        proposed, _fits = self.env["mvno.file.mapping"]._propose(target, headings)
        self._show_columns(target, headings, rows, proposed)
        return self._reopen()

    def action_load(self):
        """Keep what was said of the columns and load the file.

        :return: an action
        :raise UserError: when an indispensable column was not named
        """
        columns = self.column_ids
        headings = {column.name: column.heading_id.name or "" for column in columns}
        return self._load(self._target(), headings)

    def action_again(self):
        """Go back to choose another file."""
        self.ensure_one()
        self.sudo().write({"state": "choose", "file": False, "file_name": False})
        return self._reopen()

    def _load(self, target, headings):
        target._check_file_columns({name for name in headings if headings[name]})
        self.env["mvno.file.mapping"]._remember(target, headings)
        target.sudo().write(
            {
                **target._upload_values(self),
                "source_file": self.file,
                "source_name": self.file_name,
            }
        )
        target._keep_file_problems([])
        target._load_file()
        # the file is not kept twice
        self.sudo().file = False
        return {"type": "ir.actions.act_window_close"}

    def _show_columns(self, target, headings, rows, proposed):
        samples = {}
        for _number, cells in itertools.islice(rows, SAMPLED):
            for heading, cell in zip(headings, cells, strict=False):
                if cell != "":
                    samples.setdefault(heading, shown(cell)[:60])
        dialog = self.sudo()
        dialog.heading_ids.unlink()
        dialog.heading_ids = [
            Command.create({"name": heading, "sample": samples.get(heading)})
            for heading in filter(None, headings)
        ]
        by_name = {heading.name: heading.id for heading in dialog.heading_ids}
        dialog.write(
            {
                "state": "columns",
                "column_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "name": name,
                                "label": column.label,
                                "required": column.required,
                                "heading_id": by_name.get(proposed.get(name)),
                            }
                        )
                        for name, column in target._file_columns().items()
                    ),
                ],
            }
        )

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Load a File"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "large"},
        }
