# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class MvnoSync(models.Model):
    """How far a comparison with the platform is."""

    _inherit = "mvno.sync"

    stage = fields.Selection(
        [
            ("stock", "SIM stock"),
            ("subscribers", "Subscribers"),
            ("lines", "Lines here"),
            ("rest", "Lines at TIP"),
        ],
        default="stock",
        readonly=True,
    )
    last_id = fields.Integer(
        readonly=True, help="The last record of this stage that was compared."
    )
    run_number = fields.Integer(readonly=True, help="Counts the comparisons.")
    answered_at = fields.Datetime(
        readonly=True, help="When the subscribers were asked for."
    )
    is_incomplete = fields.Boolean(
        readonly=True, help="Nothing is concluded from what this answer lacks."
    )
