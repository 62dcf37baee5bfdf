# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models


class MvnoDialog(models.AbstractModel):
    """A dialog takes no record that its user may not read, not even unsaved.

    Its related and computed fields read with the user's rights: Odoo's default is the
    superuser's.
    """

    _name = "mvno.dialog"
    _description = "Dialog"
    _inherit = ["mvno.walled"]

    @api.model
    def default_get(self, fields):
        vals = super().default_get(fields)
        self._check_references([vals])
        return vals

    def onchange(self, values, field_names, fields_spec):
        self._check_references([values])
        return super().onchange(values, field_names, fields_spec)
