# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models


class MvnoDialog(models.AbstractModel):
    """A dialog takes no record that its user may not read.

    Odoo shows the name of whatever a field refers to, and lets a dialog refer to
    anything: an id would be enough to be told another company's subscriber or number.
    """

    _name = "mvno.dialog"
    _description = "Dialog"

    @api.model
    def _check_references(self, vals):
        """Check what values refer to, those of the dialog's rows included.

        :param dict vals: values as ``create``, ``write`` and ``onchange`` take them
        :raise AccessError: when the user may not read one of the records
        """
        if self.env.su:
            return
        for name, value in vals.items():
            field = self._fields.get(name)
            if not value or field is None or not field.relational:
                continue
            self.new({name: value})[name]._origin.check_access("read")
            related = self.env[field.comodel_name]
            if isinstance(related, MvnoDialog):
                for more in self._nested_values(value):
                    related._check_references(more)

    @api.model
    def _nested_values(self, value):
        """:return: list of dict, what a value of a relational field says of records"""
        if isinstance(value, dict):
            return [value]
        rows = value if isinstance(value, list | tuple) else ()
        told = [
            row[-1] if row and isinstance(row, list | tuple) else row for row in rows
        ]
        return [vals for vals in told if isinstance(vals, dict)]

    @api.model
    def default_get(self, fields):
        vals = super().default_get(fields)
        self._check_references(vals)
        return vals

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_references(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_references(vals)
        return super().write(vals)

    def onchange(self, values, field_names, fields_spec):
        self._check_references(values)
        return super().onchange(values, field_names, fields_spec)
