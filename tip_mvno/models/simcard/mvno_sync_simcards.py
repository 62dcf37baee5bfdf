# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import hashlib
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
        sentences = platform._explain_problems(page.problems)
        is_repeated = not page.is_last and self._is_repeated(sync, page)
        if is_repeated:
            sentences.append(
                self.env._(
                    "Page %(page)s brought no SIM card that was not listed before, so "
                    "the reading of the stock ended there; SIM cards may be missing. "
                    "Ask TIP's support about it if it happens again.",
                    page=sync.next_page - 1,
                )
            )
        sync._note_problems(sentences)
        if page.is_last or is_repeated:
            self._after_last_page(sync)
            platform._check_stock()

    @api.model
    def _is_repeated(self, sync, page):
        """Find out whether a platform goes on for ever: it may tell a SIM card twice
        when the stock moves between two pages, but not all of them.

        :param page: ``lib.StockPage``, kept already
        :return: bool, whether it brought nothing that the pages before it did not
        """
        iccids = ",".join(sorted({sim.iccid for sim in page.sims}))
        digest = hashlib.sha256(iccids.encode()).hexdigest()
        digests = (sync.page_digests or "").split()
        if digest in digests:
            return True
        sync.page_digests = "\n".join([*digests, digest])
        known = self.env["mvno.simcard"].search_count(
            [("platform_id", "=", sync.platform_id.id)]
        )
        return sync.done_count > 2 * known + sync._stock_page

    @api.model
    def _after_last_page(self, sync):
        """The whole stock is read."""
        sync._finish(sync.done_count)
