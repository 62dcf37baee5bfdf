# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.tip_mvno.tools.brazil import plain_key


class MvnoFileMapping(models.Model):
    """Which heading of a platform's files means which of our columns.

    Told once, in the dialog that loads a file; the next file is read by it.
    """

    _name = "mvno.file.mapping"
    _description = "Column of a Platform's Files"
    _inherit = ["mvno.walled"]
    _order = "platform_id, kind, id"
    _rec_name = "heading"

    platform_id = fields.Many2one(
        "mvno.platform", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="platform_id.company_id", store=True, index=True
    )
    kind = fields.Selection(
        [("usage", "Statement"), ("platform_bill", "Platform's bill")],
        string="File",
        required=True,
        readonly=True,
    )
    name = fields.Char(string="Column Name", required=True, readonly=True)
    label = fields.Char(string="Column", compute="_compute_label")
    heading = fields.Char(
        string="Heading in the File",
        help="Empty when the platform's files have no such column.",
    )

    _once = models.Constraint(
        "UNIQUE(platform_id, kind, name)", "A column is mapped once per platform."
    )

    @api.depends("kind", "name")
    @api.depends_context("lang")
    def _compute_label(self):
        for mapping in self:
            columns = self._target(mapping.kind)._file_columns()
            column = columns.get(mapping.name)
            mapping.label = column.label if column else mapping.name

    @api.model
    def _target(self, kind):
        """:return: the empty ``mvno.file.target`` that reads this kind of file"""
        return next(
            self.env[name]
            for name, model in self.env.registry.items()
            if getattr(model, "_file_kind", None) == kind
        )

    @api.model
    def _of(self, target):
        """:return: dict of column name: heading, of what was told before; headings are
        empty for columns the files do not have"""
        mappings = self.sudo().search(
            [
                ("platform_id", "=", target.platform_id.id),
                ("kind", "=", target._file_kind),
            ]
        )
        return {mapping.name: mapping.heading or "" for mapping in mappings}

    @api.model
    def _known_headings(self, target):
        """:return: headings that are looked for, as ``plain_key`` reduces them"""
        told = map(plain_key, filter(None, self._of(target).values()))
        return {*target._headings_of_columns(), *told} - {""}

    @api.model
    def _propose(self, target, headings):
        """Say which heading is which column: as told before, else by its name.

        :param target: record of a ``mvno.file.target``
        :param list headings: the file's
        :return: (dict of column name: heading, bool whether everything was told before
            and fits this file)
        """
        told = self._of(target)
        columns = target._file_columns()
        proposed = {
            name: heading
            for name, heading in told.items()
            if heading and heading in headings
        }
        fits = bool(told) and all(
            name in told and (not told[name] or name in proposed) for name in columns
        )
        if fits:
            return proposed, True
        taken = set(proposed.values())
        names = target._headings_of_columns()
        for heading in headings:
            name = names.get(plain_key(heading))
            if name and name not in proposed and heading not in taken:
                proposed[name] = heading
        return proposed, False

    @api.model
    def _places(self, target, headings):
        """:return: dict of column name: its place in the file
        :raise UserError: when the file lacks a heading that was told"""
        places, missing = {}, []
        for name, heading in self._of(target).items():
            if not heading:
                continue
            if heading in headings:
                places[name] = headings.index(heading)
            else:
                missing.append(heading)
        if missing:
            raise UserError(
                self.env._(
                    "The file has no column headed “%(headings)s”. Choose it again and "
                    "say which column is which.",
                    headings="”, “".join(missing),
                )
            )
        return places

    @api.model
    def _remember(self, target, headings):
        """Keep what a person said of a file's columns, for the next one.

        :param target: record of a ``mvno.file.target``
        :param dict headings: of column name: heading, empty for none
        """
        platform, kind = target.platform_id, target._file_kind
        kept = self.sudo().search(
            [("platform_id", "=", platform.id), ("kind", "=", kind)]
        )
        by_name = {mapping.name: mapping for mapping in kept}
        new = []
        for name, heading in headings.items():
            mapping = by_name.get(name)
            if mapping is None:
                new.append(
                    {
                        "platform_id": platform.id,
                        "kind": kind,
                        "name": name,
                        "heading": heading,
                    }
                )
            elif (mapping.heading or "") != (heading or ""):
                mapping.heading = heading
        self.sudo().create(new)
