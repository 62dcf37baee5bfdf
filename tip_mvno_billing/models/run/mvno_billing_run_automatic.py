# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html
from odoo.tools.misc import format_date

from odoo.addons.tip_mvno.tools.bulk import named, where

from ...tools.month import month_of
from .mvno_billing_run_driver import CONFLICTS

_logger = logging.getLogger(__name__)

ACTIVITY = "tip_mvno_billing.mail_activity_type_billing"


class MvnoBillingRun(models.Model):
    """The month that is billed by itself, on a set day, with days to look it over."""

    _inherit = "mvno.billing.run"

    is_automatic = fields.Boolean(
        string="Automatic",
        readonly=True,
        copy=False,
        help="Started by the company's automatic billing.",
    )
    post_on = fields.Date(
        string="Posted on",
        copy=False,
        help="The day on which the drafts are posted by themselves. Leave it empty to "
        "post them with the button only.",
    )

    _automatic_once = models.UniqueIndex(
        "(platform_id, competence) WHERE is_automatic",
        "This month is billed automatically already.",
    )

    @api.model
    def cron_auto(self):
        """Driver: start the months whose day has come, post what was looked over.

        What stands in one platform's way, or one run's, is told; the others go on.
        """
        cron = self.env["ir.cron"]
        cron.check_access("write")
        platforms = self.env["mvno.platform"].search(
            [("company_id.mvno_auto_billing", "=", True)], order="id"
        )
        runs = self._reviewed()
        cron._commit_progress(remaining=len(platforms) + len(runs))
        for platform in platforms:
            self._isolated(platform, self._start_automatic, platform)
            cron._commit_progress(1)
        for run in runs:
            if not self._isolated(run, run._post_by_itself):
                run.post_on = False  # tried once: the rest is for a person
            cron._commit_progress(1)

    @api.model
    def _isolated(self, record, work, *args):
        """Do something for one platform or run so that its failing is its own.

        :param record: the ``mvno.platform`` or ``mvno.billing.run``
        :param work: what is done, with its arguments
        :return: bool, whether that is settled; otherwise its responsible was told why
        """
        try:
            with self.env.cr.savepoint():
                work(*args)
        except CONFLICTS as error:
            told = named(error)
            _logger.info("%s is looked at again in the next round: %s", record, told)
        except Exception as error:
            if isinstance(error, UserError):
                reason = str(error)
            else:
                _logger.error("Automatic billing of %s: %s", record, where(error))
                reason = self._unexpected(error)
            platform = record if record._name == "mvno.platform" else record.platform_id
            record.activity_unlink([ACTIVITY])
            record.activity_schedule(
                ACTIVITY,
                date_deadline=platform._today(),
                summary=self.env._(
                    "Automatic billing of %(name)s halted", name=record.display_name
                ),
                note=plaintext2html(reason),
                user_id=(platform.user_id or self.env.user).id,
            )
            return False
        return True

    @api.model
    def _start_automatic(self, platform):
        """Start a platform's last month when its day has come, once.

        :param platform: ``mvno.platform`` record
        :return: the run that was started, or none
        """
        today = platform._today()
        company = platform.company_id
        if today.day < company.mvno_billing_day:
            return self.browse()
        competence = month_of(month_of(today) - timedelta(days=1))
        known = self.search_count(
            [
                ("platform_id", "=", platform.id),
                ("competence", "=", competence),
                "|",
                "|",
                ("is_automatic", "=", True),
                ("billed_at", "!=", False),
                # a month that was only looked at is still to be billed
                "&",
                ("mode", "!=", "preview"),
                ("state", "!=", "draft"),
            ],
            limit=1,
        )
        if known:
            return self.browse()
        try:
            with self.env.cr.savepoint():
                run = self.create(
                    {
                        "platform_id": platform.id,
                        "competence": competence,
                        "is_automatic": True,
                    }
                )
        except UniqueViolation:
            _logger.info("Platform %s: %s is started already", platform.id, competence)
            return self.browse()
        # what stands in the way is told when its turn comes
        run._set_waiting("run", user_id=run._responsible().id)
        return run

    @api.model
    def _reviewed(self):
        """:return: the runs at rest whose drafts' days to be looked over are past"""
        waiting = self.search(
            [("post_on", "!=", False), ("state", "in", ("done", "stopped", "error"))]
        )
        return waiting.filtered(lambda run: run.post_on <= run.platform_id._today())

    def _post_by_itself(self):
        """Post this run's drafts, once: what cannot be posted is for a person.

        A preview made meanwhile changes nothing about the drafts, however it ended.
        """
        self.ensure_one()
        self.post_on = False
        if not self.draft_count:
            return
        problem = self._start_problem("post")
        if problem:
            self._tell_responsible(
                self.env._(
                    "The drafts of %(run)s are not posted", run=self.display_name
                ),
                problem,
            )
        else:
            self._start("post", "post", user_id=self._responsible().id)

    def _responsible(self):
        """:return: the user in whose name a run works by itself"""
        self.ensure_one()
        return self.platform_id.user_id or self.env.user

    # === ACTIVITIES FOR THE RESPONSIBLE === #

    def _tell_of_end(self, _event, message):
        """Hand an automatic run that has come to an end to its responsible."""
        for run in self.filtered("is_automatic"):
            if run.mode == "preview" and run.post_on:
                continue  # the drafts are still to be looked over
            if run.state == "done" and run.mode == "bill":
                run._hand_to_review()
            elif run.state == "done":
                run._tell_responsible(None)
            elif run.state == "error":
                run._tell_responsible(
                    self.env._("Billing of %(run)s halted", run=run.display_name),
                    message or None,
                )

    def _hand_to_review(self):
        """Give the drafts of an automatic run their days to be looked over."""
        self.ensure_one()
        days = self.company_id.mvno_review_days
        if not self.draft_count:
            self._tell_responsible(None)
        elif not days:
            self._post_by_itself()
        else:
            self.post_on = self.platform_id._today() + timedelta(days=days)
            self._tell_responsible(
                self.env._(
                    "Look over the invoices of %(run)s: they are posted on %(day)s",
                    run=self.display_name,
                    day=format_date(self.env, self.post_on),
                ),
                deadline=self.post_on,
            )

    def _tell_responsible(self, summary, note=None, deadline=None):
        """Replace what the platform's responsible was asked about this run.

        :param summary: what to do, or None when nothing is left to do
        :param note: more about it
        :param deadline: date; today without it
        """
        self.ensure_one()
        self.activity_unlink([ACTIVITY])
        if summary:
            self.activity_schedule(
                ACTIVITY,
                date_deadline=deadline or self.platform_id._today(),
                summary=summary,
                note=note and plaintext2html(note),
                user_id=self._responsible().id,
            )
