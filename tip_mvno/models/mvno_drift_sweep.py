# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, fields, models

from ..lib import BULK
from .mvno_drift_compare import COMPARED_STATES, Answer
from .mvno_drift_rest import is_too_much

SLICE = 500
# A comparison that takes longer than this begins anew: its answers are too old.
LONGEST = timedelta(hours=6)
# The subscribers' call is the longest; should it never end, others have their turn.
CALL_LEASE = timedelta(minutes=15)
PROBLEMS_SHOWN = 50


class MvnoSync(models.Model):
    """The daily comparison of every SIM card and line with the platform.

    First the stock, page by page; then the subscribers with their lines, in one call;
    then our lines are compared with the answer, a slice at a time; last comes what no
    line here is. Each slice is committed, so that a run that was interrupted goes on.
    """

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.sync"

    kind = fields.Selection(
        selection_add=[("drift", "Comparison with TIP")],
        ondelete={"drift": "cascade"},
    )
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

    @api.model
    def _request(self, platforms, kind):
        result = super()._request(platforms, kind)
        if kind == "drift":
            # the sync records of the caller's rights, not of the platforms'
            self.search(
                [("platform_id", "in", platforms.ids), ("kind", "=", kind)]
            )._restart()
        return result

    def _restart(self):
        """Begin a comparison with the first page of the stock."""
        for sync in self:
            sync.run_number += 1
        self.write(
            {
                "stage": "stock",
                "next_page": 1,
                "done_count": 0,
                "last_id": 0,
                "answered_at": False,
                "is_incomplete": False,
                "problems": False,
                "message": False,
                "started_at": False,
            }
        )

    # === SLICES === #

    def _start_slice(self):
        if self.kind != "drift":
            return super()._start_slice()
        now = fields.Datetime.now()
        if self.started_at and self.started_at < now - LONGEST:
            self._restart()
        if self.stage in ("lines", "rest"):
            self._begin()
            # these compare what is kept here: there is nothing to call
            return lambda: None
        fetch = super()._start_slice()
        if fetch is None or self.stage == "stock":
            return fetch
        self.write({"answered_at": now, "next_attempt": now + CALL_LEASE})
        client = self.platform_id._client(BULK)
        return lambda: _Subscribers(client.subscribers())

    @api.model
    def _end_slice(self, sync_id, outcome):
        try:
            return super()._end_slice(sync_id, outcome)
        finally:
            if isinstance(outcome, _Subscribers):
                outcome.close()

    def _store_slice(self, answer):
        if self.kind == "drift" and self.stage == "subscribers":
            return self._keep_subscribers(answer)
        if self.kind == "drift" and self.stage == "lines":
            return self._compare_slice()
        if self.kind == "drift" and self.stage == "rest":
            return self._compare_rest_slice()
        # the stock is read as ever, but that the lines come next
        result = super()._store_slice(answer)
        if self.kind == "drift":
            self.is_incomplete |= bool(answer.problems)
        return result

    def _finish(self, count):
        if self.kind == "drift" and self.stage == "stock":
            self.stage = "subscribers"
            return None
        result = super()._finish(count)
        if self.kind == "drift":
            platform = self.platform_id
            if not self.is_incomplete:
                platform.write(
                    {"swept_from": self.started_at, "swept_at": self.finished_at}
                )
            self.env["mvno.drift.seen"]._forget(platform)
        return result

    def _keep_subscribers(self, answer):
        platform = self.platform_id
        seen = self.env["mvno.drift.seen"]
        count = seen._keep(platform, answer.items)
        # lines follow what TIP's people were asked for before they are compared
        self.env["mvno.support.request"]._confirm_from_platform(
            platform, seen._contracts(platform)
        )
        sentences = platform._explain_problems(answer.items.problems[:PROBLEMS_SHOWN])
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
        self._note(sentences)
        self.write(
            {
                "stage": "lines",
                "last_id": 0,
                "done_count": self.done_count + count,
                "failures": 0,
                "is_incomplete": self.is_incomplete or bool(sentences),
                "next_attempt": fields.Datetime.now(),
            }
        )

    def _note(self, sentences):
        problems = "\n".join(filter(None, [self.problems, *sentences])) or False
        self.write({"problems": problems, "message": problems})

    def _answer(self):
        """:return: :class:`Answer`, what this comparison compares with"""
        return Answer(
            self.run_number,
            self.started_at,
            self.answered_at,
            not self.is_incomplete,
        )

    def _compare_slice(self):
        platform = self.platform_id
        lines = self.env["mvno.line"].search(
            [
                ("platform_id", "=", platform.id),
                ("state", "in", COMPARED_STATES),
                ("id", ">", self.last_id),
            ],
            order="id",
            limit=SLICE,
        )
        if lines:
            drifts = self.env["mvno.drift"]
            drifts._compare_lines(platform, lines, self._answer())
        self._go_on(lines, "rest")

    def _compare_rest_slice(self):
        platform, drifts = self.platform_id, self.env["mvno.drift"]
        rows = self.env["mvno.drift.seen"].search(
            [
                ("platform_id", "=", platform.id),
                ("is_live", "=", True),
                ("claimed", "=", False),
                ("id", ">", self.last_id),
            ],
            order="id",
            limit=SLICE,
        )
        if rows:
            drifts._compare_rest(platform, rows, self._answer())
        if len(rows) == SLICE:
            self._go_on(rows, "rest")
            return
        if platform.swept_from and not self.is_incomplete:
            drifts._compare_stock(platform, platform.swept_from, self._answer())
        drifts._end_sweep(platform, self._answer())
        self._finish(self.done_count + len(rows))

    def _go_on(self, records, following):
        """Note what was compared; after a short slice the next stage begins."""
        is_last = len(records) < SLICE
        self.write(
            {
                "stage": following if is_last else self.stage,
                "last_id": 0 if is_last else records[-1].id,
                "done_count": self.done_count + len(records),
                "failures": 0,
            }
        )


class _Subscribers:
    """The platform's answer, open until it is kept.

    :param call: context manager of ``lib.Subscribers``
    """

    def __init__(self, call):
        self._call = call
        self.items = call.__enter__()

    def close(self):
        """Drop the answer's temporary file."""
        self._call.__exit__(None, None, None)
