# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from contextlib import nullcontext

from odoo import api, models


class MvnoSyncPlans(models.AbstractModel):
    """The plan catalogue: all of it in one call."""

    _name = "mvno.sync.plans"
    _description = "Plan catalogue"
    _inherit = ["mvno.sync.kind"]

    @api.model
    def _prepare_call(self, sync, client):
        return lambda: nullcontext(client.plans())

    @api.model
    def _store(self, sync, answer):
        self.env["mvno.plan"]._mirror(sync.platform_id, answer)
        sync._finish(len(answer))
