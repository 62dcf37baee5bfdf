# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from contextlib import nullcontext

from odoo import api, models


class MvnoSyncUsage(models.AbstractModel):
    """A month's usage in total, all lines in one call, where a click was too short."""

    _name = "mvno.sync.usage"
    _description = "Usage of a month"
    _inherit = ["mvno.sync.kind"]

    @api.model
    def _prepare_call(self, sync, client):
        everybody = self.env["res.partner"]
        ask = self.env["mvno.usage"]._question(sync.competence, everybody)
        return lambda: nullcontext(ask(client))

    @api.model
    def _store(self, sync, answer):
        usages = self.env["mvno.usage"]
        usages._store_totals(sync.platform_id, sync.competence, answer)
        sync._note_problems(sync.platform_id._explain_problems(answer.problems))
        sync._finish(len(answer))
