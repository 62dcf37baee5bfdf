# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models


class MvnoLineIdentity(models.Model):
    """What a line is known by decides which events are its own."""

    _inherit = "mvno.line.identity"

    @api.model
    def _follow(self, lines):
        result = super()._follow(lines)
        self.env["mvno.usage.event"].sudo()._await_lines(lines)
        return result
