# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


def due_days(_model):
    """The days every month has, as texts: an empty one is shown as such."""
    return [(str(day), str(day)) for day in range(1, 29)]


class MvnoAdoption(models.Model):
    _inherit = "mvno.adoption"

    due_day = fields.Selection(
        due_days,
        help="The due day of the contracts, for every line without one of its own. "
        "Empty: the customer's, then the company's.",
    )
