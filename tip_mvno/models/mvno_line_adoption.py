# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class MvnoLine(models.Model):
    """Lines that were in service before they came here."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.line"

    adopted_date = fields.Date(
        string="Taken over on",
        readonly=True,
        copy=False,
        help="When the line came here from the platform's existing base. The date of "
        "its activation may not be known.",
    )
