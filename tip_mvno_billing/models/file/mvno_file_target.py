# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.orm.models import NO_ACCESS

from odoo.addons.tip_mvno.tools.brazil import plain_key
from odoo.addons.tip_mvno.tools.sheet_rows import (
    BY_CRON,
    UnreadableSheet,
    estimate_rows,
    read_rows,
    shown,
    unreadable_sentence,
)

from ...tools.sheet import place_headings

_logger = logging.getLogger(__name__)

PROBLEMS_KEPT = 200


class MvnoFileTarget(models.AbstractModel):
    """Records that are filled from a spreadsheet whose columns are mapped once.

    A model names its kind of file in ``_file_kind`` (a value of ``mvno.file.mapping``'s
    ``kind``), its columns in :meth:`_file_columns`, has a ``platform_id``, and is told
    by :meth:`_load_file` that there is a file; it then reads :meth:`_file_rows`. The
    dialog is ``mvno.file.upload``.
    """

    _name = "mvno.file.target"
    _description = "Filled from a File"

    _file_kind = None
    # How large the file may be where its rows are read.
    _file_limits = BY_CRON

    # may hold call records: nobody reads it but the import, and an attachment would be
    # open to administrators
    source_file = fields.Binary(
        attachment=False, readonly=True, copy=False, groups=NO_ACCESS
    )
    source_name = fields.Char(string="File", readonly=True, copy=False)
    file_problem_ids = fields.One2many(
        "mvno.file.problem",
        "res_id",
        string="Rows That Cannot Be Read",
        domain=lambda self: [("res_model", "=", self._name)],
        readonly=True,
        copy=False,
    )
    file_problem_count = fields.Integer(
        string="Values That Cannot Be Read", readonly=True, copy=False
    )

    # === HOOKS FOR MODELS === #

    @api.model
    def _file_columns(self):
        """:return: dict of column name: ``tools.sheet.Column``, in the order shown"""
        raise NotImplementedError

    def _check_file_columns(self, names):
        """See whether a file with these columns is of any use.

        :param set names: columns that are mapped to a heading
        :raise UserError: when it is not; says which column is missing
        """
        missing = [
            column.label
            for name, column in self._file_columns().items()
            if column.required and name not in names
        ]
        if missing:
            raise UserError(
                self.env._(
                    "Say which column of the file is “%(columns)s”: without it its "
                    "rows say nothing.",
                    columns="”, “".join(missing),
                )
            )

    def _upload_values(self, upload):
        """:param upload: ``mvno.file.upload`` record, the dialog that loads a file
        :return: dict, what else was said there, as values of this record"""
        return {}

    def _load_file(self):
        """Take over the file that was just stored, or set that to run.

        :raise UserError: when that is not possible now
        """
        raise NotImplementedError

    # === ACTIONS === #

    def action_choose_file(self):
        """Open the dialog to load a file into this record."""
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Load a File"),
            "res_model": "mvno.file.upload",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_res_model": self._name,
                "default_res_id": self.id,
                "dialog_size": "large",
            },
        }

    # === READING THE FILE === #

    @api.model
    def _file_headings(self, content, limits):
        """Read a file's headings.

        :param bytes content: the file
        :param limits: ``tools.sheet_rows.Limits``
        :return: (list of headings, iterator of (row number, cells) below them)
        :raise UserError: when it cannot be read as a spreadsheet; the iterator raises
            it for a row further down
        """
        known = set(self.env["mvno.file.mapping"]._known_headings(self))
        headings, rows = place_headings(self._told_rows(content, limits), known)
        if not any(headings):
            raise UserError(
                self.env._("The file is empty: it has no headings and no rows.")
            )
        return headings, rows

    @api.model
    def _told_rows(self, content, limits):
        """:return: generator, see ``read_rows``; what it raises is for a person"""
        try:
            yield from read_rows(content, limits)
        except UnreadableSheet as flaw:
            raise UserError(self._unreadable_file_sentence(flaw)) from None

    def _unreadable_file_sentence(self, flaw):
        _logger.info("A file of %s is unreadable: %s", self._name, flaw)
        return unreadable_sentence(self.env, flaw)

    def _file_content(self):
        """:return: bytes of the stored file
        :raise UserError: when there is none any more"""
        content = self.sudo().with_context(bin_size=False).source_file
        if not content:
            raise UserError(
                self.env._("There is no file any more. Choose it again to load it.")
            )
        return base64.b64decode(content)

    def _file_row_count(self):
        """:return: about how many rows the stored file has, for a progress bar"""
        try:
            return estimate_rows(self._file_content())
        except UnreadableSheet as flaw:
            raise UserError(self._unreadable_file_sentence(flaw)) from None

    def _file_rows(self):
        """Read the stored file by the platform's mapping; memory does not grow with it.

        :return: generator of (row number, dict of column name: cell), cells typed as
            ``tools.sheet_rows.read_rows`` says, empty ones left out; rows of which no
            mapped column says anything are left out
        :raise UserError: when the file cannot be read or a mapped heading is missing
        """
        self.ensure_one()
        headings, rows = self._file_headings(self._file_content(), self._file_limits)
        places = self.env["mvno.file.mapping"]._places(self, headings)
        self._check_file_columns(set(places))
        for number, cells in rows:
            row = {
                name: cells[place]
                for name, place in places.items()
                if place < len(cells) and cells[place] != ""
            }
            if row:
                yield number, row

    def _file_problem(self, number, name, cell, reason):
        """:return: dict, what :meth:`_keep_file_problems` keeps of a cell that cannot
        be read"""
        column = self._file_columns()[name]
        return {
            "row": number,
            "column": column.label,
            "value": False if column.secret else shown(cell)[:100],
            "reason": reason,
        }

    def _keep_file_problems(self, problems, count=None):
        """List what of the file cannot be read, instead of what was listed before.

        :param list problems: of :meth:`_file_problem`; the first are kept
        :param int count: how many there were; of the list without it
        """
        self.ensure_one()
        kept = self.env["mvno.file.problem"].sudo()
        kept.search([("res_model", "=", self._name), ("res_id", "=", self.id)]).unlink()
        kept.create(
            [
                {
                    **problem,
                    "res_model": self._name,
                    "res_id": self.id,
                    "company_id": self.platform_id.company_id.id,
                }
                for problem in problems[:PROBLEMS_KEPT]
            ]
        )
        self.sudo().file_problem_count = len(problems) if count is None else count

    def unlink(self):
        problems = self.env["mvno.file.problem"].sudo()
        problems = problems.search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        )
        result = super().unlink()
        problems.unlink()
        return result

    @api.model
    def _headings_of_columns(self):
        """:return: dict of heading, as ``plain_key`` reduces it: column name; the
        labels in English, Portuguese and the reader's language, and the aliases"""
        names = {}
        for lang in ("en_US", "pt_BR", self.env.lang):
            for name, column in self.with_context(lang=lang)._file_columns().items():
                names.setdefault(plain_key(column.label), name)
        for name, column in self._file_columns().items():
            for alias in (plain_key(name), *column.aliases):
                names.setdefault(alias, name)
        return names
