# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict

from odoo import api, models


class MvnoWalled(models.AbstractModel):
    """Records and dialogs that take no record which their user may not read.

    Odoo lets a field refer to any id, and shows its name, in a form that is not saved
    yet, too: enough to be told another company's subscriber or number, or to move a
    record into that company.
    """

    _name = "mvno.walled"
    _description = "Wall around References"

    @api.model
    def default_get(self, fields):
        vals = super().default_get(fields)
        self._check_references([vals])
        return vals

    def onchange(self, values, field_names, fields_spec):
        self._check_references([values])
        return super().onchange(values, field_names, fields_spec)

    @api.model_create_multi
    def create(self, vals_list):
        self._check_references(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._check_references([vals])
        return super().write(vals)

    @api.model
    def _check_references(self, vals_list):
        """Check what values refer to, rows within them included.

        :param list vals_list: values as ``create`` and ``onchange`` take them
        :raise AccessError: when the user may not read one of the records
        """
        if self.env.su:
            return
        referred = defaultdict(set)
        self._collect_references(vals_list, referred)
        for name, ids in referred.items():
            self.env[name].browse(ids).check_access("read")

    @api.model
    def _collect_references(self, vals_list, referred):
        """:param dict referred: {model: set of ids}, to be filled"""
        for vals in vals_list:
            for name, value in vals.items():
                field = self._fields.get(name)
                if not value or field is None or not field.relational:
                    continue
                model = self.env[field.comodel_name]
                if type(value) is int:
                    referred[model._name].add(value)
                    continue
                # Odoo itself reads commands, pairs and a parent form's values
                referred[model._name].update(self.new({name: value})[name]._origin.ids)
                if isinstance(model, MvnoWalled):
                    model._collect_references(self._nested_values(value), referred)

    @api.model
    def _nested_values(self, value):
        """:return: list of dict, what a relational field's value says of records"""
        if isinstance(value, dict):
            return [value]
        rows = value if isinstance(value, list | tuple) else ()
        # a command says it at its end
        ends = [row[-1:] if isinstance(row, list | tuple) else [row] for row in rows]
        return [vals for end in ends for vals in end if isinstance(vals, dict)]
