# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models


class MvnoSimcard(models.Model):
    """SIM cards that TIP's support is to put in another one's place, and their past."""

    _inherit = "mvno.simcard"

    support_request_ids = fields.One2many(
        "mvno.support.request", "simcard_id", string="Requests to TIP"
    )
    awaiting_line_id = fields.Many2one(
        "mvno.line", string="Kept for", compute="_compute_awaiting_line_id"
    )
    identity_ids = fields.One2many(
        "mvno.line.identity", "simcard_id", string="Lines it Was In"
    )

    @api.depends("support_request_ids.state")
    def _compute_awaiting_line_id(self):
        for simcard in self:
            simcard.awaiting_line_id = (
                simcard.support_request_ids._still_open().line_id[:1]
            )

    def _keep_for_request(self):
        """Keep SIM cards for lines that wait for TIP, for as long as that takes."""
        self.sudo().write(
            {"state": "reserved", "reserved_until": False, "reserved_uid": False}
        )
        self.sudo().platform_id._check_stock()

    @api.model
    def _awaited_ids(self, simcard_ids):
        """Tell which SIM cards lines wait for that TIP is to give them.

        :param simcard_ids: ids to look among
        :return: set of ids
        """
        requests = self.env["mvno.support.request"].sudo()
        awaited = requests.search_fetch(
            [
                ("simcard_id", "in", list(simcard_ids)),
                ("state", "in", requests._open_states),
            ],
            ["simcard_id"],
        )
        return set(awaited.simcard_id.ids)
