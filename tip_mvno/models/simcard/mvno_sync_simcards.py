# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from contextlib import nullcontext

from odoo import api, models


class MvnoSyncSimcards(models.AbstractModel):
    """The SIM stock: a page with each call, the last one is not full."""

    _name = "mvno.sync.simcards"
    _description = "SIM stock"
    _inherit = ["mvno.sync.kind"]

    @api.model
    def _prepare_call(self, sync, client):
        page, per_page = sync.next_page, sync._stock_page
        return lambda: nullcontext(client.stock_page(page, per_page=per_page))

    @api.model
    def _store(self, sync, answer):
        self._store_page(sync, answer)

    @api.model
    def _store_page(self, sync, page):
        """:param page: ``lib.StockPage``"""
        platform = sync.platform_id
        self.env["mvno.simcard"]._mirror_page(platform, page.sims)
        sync.write(
            {
                "done_count": sync.done_count + len(page.sims),
                "next_page": sync.next_page + 1,
                "failures": 0,
            }
        )
        sync._note_problems(platform._explain_problems(page.problems))
        if page.is_last:
            self._after_last_page(sync)
            platform._check_stock()

    @api.model
    def _after_last_page(self, sync):
        """The whole stock is read."""
        sync._finish(sync.done_count)
