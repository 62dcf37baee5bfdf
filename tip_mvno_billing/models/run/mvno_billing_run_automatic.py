# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from datetime import date, timedelta

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, plaintext2html
from odoo.tools.misc import format_date

from odoo.addons.tip_mvno.tools.bulk import named, where
from odoo.addons.tip_mvno.tools.local_time import local_day

from ...tools.month import month_end, month_of
from ..billed.mvno_billing_issue import HARMLESS
from ..billed.mvno_line import BESIDE_DAYS, WITHOUT_PLACE
from .mvno_billing_run_driver import CONFLICTS

_logger = logging.getLogger(__name__)

ACTIVITY = "tip_mvno_billing.mail_activity_type_billing"
# A month that ended longer ago is billed again by a person only.
DAYS_BACK = 60


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
            self._isolated(platform, self._start_due, platform)
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

    # === MONTHS THAT HAVE BECOME DUE === #

    @api.model
    def _start_due(self, platform):
        """Bill once more the months of which something has become due that a run found
        free or waiting: what lies too far back is listed for a person.

        :param platform: ``mvno.platform`` record
        """
        today = platform._today()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT run_month FROM (%s) due "
                "WHERE platform_id = %s AND code IS NOT NULL AND run_month >= %s "
                "ORDER BY run_month",
                self._due_sql(),
                platform.id,
                month_of(today - timedelta(days=DAYS_BACK)),
            )
        )
        for [month] in rows:
            runs = self.search(
                [("platform_id", "=", platform.id), ("competence", "=", month)]
            )
            at_work = runs.filtered(lambda run: run.state in self._open_states)
            billed = [
                local_day(run.billed_at, platform.tz) for run in runs if run.billed_at
            ]
            is_recent = (today - month_end(month)).days <= DAYS_BACK
            if is_recent and not at_work and max(billed, default=date.min) < today:
                runs._bill_automatically_again(platform, month)

    def _bill_automatically_again(self, platform, month):
        """Set a month to be billed again by itself: its automatic run, where there is
        one that stands still.

        :param platform: ``mvno.platform`` record
        :param month: its first day
        """
        run = self.filtered("is_automatic")[:1] or self.create(
            {
                "platform_id": platform.id,
                "competence": month,
                "is_automatic": True,
            }
        )
        run._start("run", "bill", user_id=run._responsible().id)

    @api.model
    def _due_sql(self):
        """Find what has become due of months that were billed: the contract line pays
        for days of them, and neither is it billed nor does a run's issue say why not.

        :return: SQL of rows (contract_line_id, mvno_line_id, platform_id, competence,
            run_month, code, day): which month's run bills it, the code of the issue
            whose reason does not hold any more, NULL for none, and when the month was
            last billed
        """
        issues = self.env["mvno.billing.issue"]
        month = SQL("month.competence")
        return SQL(
            """
            SELECT line.id AS contract_line_id, line.mvno_line_id, month.platform_id,
                   month.competence, issue.code, month.day,
                   (CASE WHEN issue.code = 'joined' AND %(joins)s
                         THEN month.competence + interval '1 month'
                         ELSE month.competence END)::date AS run_month
              FROM contract_line line
              JOIN contract_contract contract ON contract.id = line.contract_id
              JOIN product_product product ON product.id = line.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
              JOIN (
                   SELECT platform_id, company_id, competence,
                          max(billed_at)::date AS day
                     FROM mvno_billing_run
                    WHERE billed_at IS NOT NULL
                    GROUP BY platform_id, company_id, competence
              ) month
                ON month.platform_id = template.mvno_platform_id
               AND month.company_id = line.company_id
               AND line.mvno_paid_from < month.competence + interval '1 month'
               AND COALESCE(
                   line.mvno_paid_until
                       >= GREATEST(month.competence, line.mvno_paid_from), TRUE
               )
              LEFT JOIN LATERAL (
                   SELECT issue.code
                     FROM mvno_billing_issue issue
                    WHERE issue.contract_line_id = line.id
                      AND issue.competence = month.competence
                      AND issue.command_id IS NULL
                      AND issue.charge_id IS NULL
                      AND issue.move_id IS NULL
                      AND issue.code NOT IN %(beside)s
                    ORDER BY issue.run_id DESC, issue.code IN %(harmless)s, issue.id
                    LIMIT 1
              ) issue ON TRUE
             WHERE line.is_telephony
               AND NOT COALESCE(line.is_canceled, FALSE)
               AND contract.active
               AND contract.contract_type = 'sale'
               AND NOT EXISTS (
                   SELECT FROM mvno_billing_item item
                    WHERE item.contract_line_id = line.id
                      AND item.competence = month.competence
                      AND item.kind = 'recurring'
                      AND item.state = 'billed'
               )
               AND (issue.code IS NULL
                    OR (issue.code IN %(harmless)s AND NOT (%(excused)s)))
            """,
            beside=(*BESIDE_DAYS, *WITHOUT_PLACE, "earlier_month"),
            harmless=HARMLESS,
            joins=issues._joins_next_sql("line", month),
            excused=issues._excused_sql(SQL("issue.code"), "line", month),
        )

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
