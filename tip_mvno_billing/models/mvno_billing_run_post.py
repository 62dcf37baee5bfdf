# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from .contract_contract import DAYS_TO_PAY
from .mvno_billing_run_driver import CONFLICTS

_logger = logging.getLogger(__name__)

BATCH_INVOICES = 50


class MvnoBillingRun(models.Model):
    """Posting the drafts of a run, once somebody has looked them over."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.billing.run"

    draft_count = fields.Integer(
        string="Drafts",
        compute="_compute_draft_count",
        help="Invoices of this run that are not posted yet.",
    )

    @api.depends("invoice_ids.state")
    def _compute_draft_count(self):
        counts = {
            run.id: count
            for run, count in self.env["account.move"]
            .sudo()
            ._read_group(
                [("mvno_billing_run_id", "in", self.ids), ("state", "=", "draft")],
                ["mvno_billing_run_id"],
                ["__count"],
            )
        }
        for run in self:
            run.draft_count = counts.get(run.id, 0)

    def action_post(self):
        """Set the runs to post their drafts; the cron does it, with progress.

        :raise UserError: when a run has no drafts
        """
        self.check_access("write")
        for run in self:
            if not run.draft_count:
                raise UserError(
                    self.env._(
                        "Billing run %(run)s has no drafts: all its invoices are "
                        "posted or cancelled.",
                        run=run.display_name,
                    )
                )
        self._start("post", "post")
        return True

    def _drafts_after_cursor_domain(self):
        """:return: domain of the drafts that are still to be posted"""
        self.ensure_one()
        return [
            ("mvno_billing_run_id", "=", self.id),
            ("state", "=", "draft"),
            ("id", ">", self.cursor),
        ]

    def _count_drafts_left(self):
        """:return: how many drafts are still to be posted"""
        return self.env["account.move"].search_count(self._drafts_after_cursor_domain())

    def _post_slice(self, last_try=False):
        """Post the next drafts. Never commits.

        :param bool last_try: park invoices that run into conflicts, too
        :return: how many are done now
        """
        moves = self.env["account.move"].search(
            self._drafts_after_cursor_domain(), order="id", limit=BATCH_INVOICES
        )
        if moves:
            self.env["mvno.billing.issue"].create(self._post_or_park(moves, last_try))
            self.write(
                {
                    "cursor": moves.ids[-1],
                    "done_count": self.done_count + len(moves),
                }
            )
        if len(moves) < BATCH_INVOICES:
            self._close("finish")
        return len(moves)

    def _post_or_park(self, moves, last_try=False):
        """Post invoices; halve them until only the broken ones are left out.

        :param moves: ``account.move`` records, drafts
        :param bool last_try: park invoices that run into conflicts, too
        :return: list of issue values
        """
        try:
            with self.env.cr.savepoint():
                self._post_drafts(moves)
            return []
        except Exception as error:
            if isinstance(error, CONFLICTS) and not last_try:
                raise
            if len(moves) == 1:
                return [self._not_posted(moves, error)]
        half = len(moves) // 2
        return [
            *self._post_or_park(moves[:half], last_try),
            *self._post_or_park(moves[half:], last_try),
        ]

    def _post_drafts(self, moves):
        """Post invoices as issued today, none due sooner than it can be paid.

        :param moves: ``account.move`` records, drafts
        """
        today = self.platform_id._today()
        earliest = today + timedelta(days=DAYS_TO_PAY)
        moves.filtered(lambda move: move.invoice_date != today).invoice_date = today
        late = moves.filtered(
            # the reviewer's own payment term decides by itself
            lambda move: not move.invoice_payment_term_id
            and (not move.invoice_date_due or move.invoice_date_due < earliest)
        )
        late.invoice_date_due = earliest
        posted = moves.with_context(tracking_disable=True)._post(soft=False)
        body = self.env._("Posted by billing run %s.", self.display_name)
        posted._message_log_batch(bodies=dict.fromkeys(posted.ids, body))
        self._queue_sending(posted)

    def _not_posted(self, move, error):
        """:return: issue values that say why a draft was not posted"""
        if isinstance(error, UserError):
            reason = str(error)
        else:
            _logger.error(
                "Billing run %s: invoice %s not posted",
                self.id,
                move.id,
                exc_info=error,
            )
            reason = self._unexpected(error)
        return {
            "run_id": self.id,
            "competence": move.mvno_competence or self.competence,
            "code": "not_posted",
            "reason": reason,
            "move_id": move.id,
            "partner_id": move.partner_id.id,
        }
