# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.exceptions import AccessError

# Odoo itself looks after these.
MAGIC = frozenset(models.MAGIC_COLUMNS)


class MvnoGuarded(models.AbstractModel):
    """Records whose read-only fields are read-only for remote calls, too.

    ``readonly`` alone concerns forms only: whoever may write the record could write a
    state, or a stored computed value, over RPC. Here only the code (as superuser) does.
    """

    _name = "mvno.guarded"
    _description = "Guard of read-only fields"
    _inherit = ["mvno.walled"]

    @api.model_create_multi
    def create(self, vals_list):
        # what follows from another field, the company from the platform say, may be
        # named, but is not taken from here
        followed = {
            name
            for name, field in self._fields.items()
            if field.related and field.readonly
        }
        vals_list = [
            {name: value for name, value in vals.items() if name not in followed}
            for vals in vals_list
        ]
        if not self.env.su:
            # a context's default for another model's field of this name is no attempt
            # to set what is computed anyway
            defaults = {
                key.removeprefix("default_")
                for key in self.env.context
                if key.startswith("default_")
            }
            typed_in = {
                name
                for name in defaults & self._fields.keys()
                if not self._fields[name].compute
            }
            self._refuse_direct(typed_in.union(*vals_list))
        return super().create(vals_list)

    def write(self, vals):
        self._refuse_direct(vals.keys())
        return super().write(vals)

    @api.model
    def _refuse_direct(self, names):
        """What the platform tells, or a request decides, nobody types in.

        :param names: set of names of the fields that are written
        :raise AccessError: for a direct write of a read-only field
        """
        if self.env.su:
            return
        forbidden = [
            field._description_string(self.env)
            for field in map(self._fields.get, names)
            if field and field.readonly and field.store and field.name not in MAGIC
        ]
        if forbidden:
            raise AccessError(
                self.env._(
                    "The platform or a request decides this: %(fields)s. Use the "
                    "record's buttons.",
                    fields=", ".join(sorted(forbidden)),
                )
            )
