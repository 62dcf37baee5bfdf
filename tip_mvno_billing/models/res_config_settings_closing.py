# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "res.config.settings"

    mvno_outlier_percent = fields.Integer(
        related="company_id.mvno_outlier_percent", readonly=False
    )
