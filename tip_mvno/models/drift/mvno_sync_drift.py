# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from contextlib import nullcontext
from datetime import timedelta

from odoo import api, models

from ...tools.cursor import database_now
from .mvno_drift_compare import Answer
from .mvno_drift_one_sided import is_too_much

SLICE = 500
# A comparison that takes longer than this begins anew: its answers are too old.
LONGEST = timedelta(hours=6)
# The subscribers' call is the longest; should it never end, others have their turn.
CALL_LEASE = timedelta(minutes=15)
PROBLEMS_SHOWN = 50
# What keeps the answer of each stage, in the stages' order.
STORE = {
    "stock": "_store_stock",
    "subscribers": "_store_subscribers",
    "lines": "_compare_lines",
    "rest": "_compare_unlisted",
}
# These compare what is kept here.
LOCAL_STAGES = ("lines", "rest")


class MvnoSyncDrift(models.AbstractModel):
    """The daily comparison of every SIM card and line with the platform.

    First the stock, page by page; then the subscribers with their lines, in one call;
    then our lines are compared with the answer, a slice at a time; last comes what no
    line here is. Each slice is committed, so that a run that was interrupted goes on.
    """

    _name = "mvno.sync.drift"
    _description = "Comparison with TIP"
    _inherit = ["mvno.sync.simcards"]

    @api.model
    def _restart(self, syncs):
        """Begin with the first page of the stock."""
        for sync in syncs:
            sync.run_number += 1
        syncs.write(
            {
                "stage": "stock",
                "next_page": 1,
                "done_count": 0,
                "last_id": 0,
                "answered_at": False,
                "is_incomplete": False,
                "problems": False,
                "page_digests": False,
                "message": False,
                "started_at": False,
            }
        )

    @api.model
    def _before_slice(self, sync):
        if sync.started_at and sync.started_at < database_now(self.env.cr) - LONGEST:
            self._restart(sync)

    @api.model
    def _is_local(self, sync):
        return sync.stage in LOCAL_STAGES

    @api.model
    def _prepare_call(self, sync, client):
        if self._is_local(sync):
            return nullcontext
        if sync.stage == "stock":
            return super()._prepare_call(sync, client)
        now = database_now(self.env.cr)
        sync.write({"answered_at": now, "next_attempt": now + CALL_LEASE})
        return client.subscribers

    @api.model
    def _store(self, sync, answer):
        getattr(self, STORE[sync.stage])(sync, answer)

    # === READING: STOCK AND SUBSCRIBERS === #

    @api.model
    def _store_stock(self, sync, page):
        """:param page: ``lib.StockPage``"""
        self._store_page(sync, page)
        sync.is_incomplete |= bool(sync.problems)

    @api.model
    def _after_last_page(self, sync):
        sync.stage = "subscribers"

    @api.model
    def _store_subscribers(self, sync, subscribers):
        """:param subscribers: ``lib.Subscribers``"""
        platform = sync.platform_id
        seen = self.env["mvno.drift.seen"]
        count = seen._store_answer(platform, subscribers)
        # lines follow what TIP's people were asked for before they are compared
        self.env["mvno.support.request"]._confirm_from_platform(
            platform, seen._contracts(platform)
        )
        sentences = platform._explain_problems(subscribers.problems[:PROBLEMS_SHOWN])
        missing, known = self.env["mvno.drift"]._count_unlisted(platform)
        if is_too_much(missing, known):
            sentences.append(
                self.env._(
                    "TIP listed %(listed)s of the %(known)s lines in service here. "
                    "That is taken for an incomplete answer: nothing is concluded from "
                    "what is missing.",
                    listed=known - missing,
                    known=known,
                )
            )
        sync._note_problems(sentences)
        sync.write(
            {
                "stage": "lines",
                "last_id": 0,
                "done_count": sync.done_count + count,
                "failures": 0,
                "is_incomplete": sync.is_incomplete or bool(sentences),
                "next_attempt": database_now(self.env.cr),
            }
        )

    # === COMPARING: LINES HERE, LINES THERE === #

    @api.model
    def _compare_lines(self, sync, _nothing):
        platform = sync.platform_id
        mobiles = self.env["mvno.line"]
        lines = mobiles.search(
            [
                ("platform_id", "=", platform.id),
                ("state", "in", mobiles._compared_states()),
                ("id", ">", sync.last_id),
            ],
            order="id",
            limit=SLICE,
        )
        if lines:
            drifts = self.env["mvno.drift"]
            drifts._compare_lines(platform, lines, self._answer(sync))
        self._go_on(sync, lines, "rest")

    @api.model
    def _compare_unlisted(self, sync, _nothing):
        platform, drifts = sync.platform_id, self.env["mvno.drift"]
        rows = self.env["mvno.drift.seen"].search(
            [
                ("platform_id", "=", platform.id),
                ("is_live", "=", True),
                ("claimed", "=", False),
                ("id", ">", sync.last_id),
            ],
            order="id",
            limit=SLICE,
        )
        answer = self._answer(sync)
        if rows:
            drifts._compare_unlisted(platform, rows, answer)
        if len(rows) == SLICE:
            self._go_on(sync, rows, "rest")
            return
        if platform.swept_from and not sync.is_incomplete:
            drifts._compare_stock(platform, platform.swept_from, answer)
        drifts._end_sweep(platform, answer)
        self._finish(sync, sync.done_count + len(rows))

    @api.model
    def _answer(self, sync):
        """:return: :class:`Answer`, what this comparison compares with"""
        return Answer(
            sync.run_number,
            sync.started_at,
            sync.answered_at,
            not sync.is_incomplete,
        )

    @api.model
    def _go_on(self, sync, records, following):
        """Note what was compared; after a short slice the next stage begins."""
        is_last = len(records) < SLICE
        sync.write(
            {
                "stage": following if is_last else sync.stage,
                "last_id": 0 if is_last else records[-1].id,
                "done_count": sync.done_count + len(records),
                "failures": 0,
            }
        )

    @api.model
    def _finish(self, sync, count):
        """Everything is compared; the people's data of the answer go."""
        sync._finish(count)
        platform = sync.platform_id
        if not sync.is_incomplete:
            platform.write(
                {"swept_from": sync.started_at, "swept_at": sync.finished_at}
            )
        self.env["mvno.drift.seen"]._forget(platform)
