# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models

from ..models.adoption.mvno_adoption import due_days


class MvnoAdoptionFile(models.TransientModel):
    """The due day as a column of the file."""

    _inherit = "mvno.adoption.file"

    def _columns(self):
        columns = super()._columns()
        return {
            name: label
            for known, heading in columns.items()
            for name, label in (
                [(known, heading), ("due_day", self.env._("Due Day"))]
                if known == "bill_from"
                else [(known, heading)]
            )
        }

    def _aliases(self):
        more = ("dueday", "vencimento", "diadevencimento", "diavencimento")
        return {**super()._aliases(), "due_day": more}

    def _readers(self):
        return {
            **super()._readers(),
            "due_day": (
                self._read_due_day,
                self.env._("Not a due day. Write a day from 1 to 28."),
            ),
        }

    def _read_due_day(self, cell):
        day = str(cell).strip().lstrip("0")
        if day not in dict(due_days(self)):
            raise ValueError("Not a due day")
        return "due_day", day
