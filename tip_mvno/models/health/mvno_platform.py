# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_datetime, plaintext2html

from ...tools.actions import open_action
from ...tools.labels import label_of
from ..platform.mvno_platform import STAFF
from .mvno_heartbeat import SLACK

ACTIVITY = "tip_mvno.mail_activity_type_health"
FAILED_DAYS = 7
# An outcome is unclear for too long when the checks should have ended long ago.
UNKNOWN_SLACK = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SWEEP_INTERVAL = timedelta(days=1)


class MvnoPlatform(models.Model):
    """Whether everything that works by itself does; somebody is told when not."""

    _inherit = "mvno.platform"

    heartbeat_ids = fields.Many2many(
        "mvno.heartbeat",
        string="Scheduled Actions",
        compute="_compute_heartbeat_ids",
        groups="base.group_system",
        help="They work for all companies of the server.",
    )
    open_command_count = fields.Integer(
        string="Requests under Way",
        compute="_compute_command_counts",
        groups=STAFF,
    )
    failed_command_count = fields.Integer(
        string="Refused in 7 Days",
        compute="_compute_command_counts",
        groups=STAFF,
    )
    undecided_command_count = fields.Integer(
        string="To be Decided",
        compute="_compute_command_counts",
        groups=STAFF,
    )
    oldest_unknown = fields.Datetime(
        string="Oldest Unclear Outcome",
        compute="_compute_command_counts",
        help="Since when the platform is asked what became of a request.",
        groups=STAFF,
    )
    unknown_minutes = fields.Integer(
        string="Its Age (min)",
        compute="_compute_command_counts",
        groups=STAFF,
    )
    calls_last_minute = fields.Integer(
        string="Calls in the Last Minute",
        compute="_compute_calls",
        help="About so many, of the calls per minute this platform allows.",
        groups=STAFF,
    )
    calls_last_hour = fields.Integer(
        string="Calls in the Last Hour",
        compute="_compute_calls",
        groups=STAFF,
    )
    is_healthy = fields.Boolean(compute="_compute_health", groups=STAFF)
    health_problems = fields.Text(
        string="What Needs Attention",
        compute="_compute_health",
        groups=STAFF,
    )

    @api.depends("name")
    def _compute_heartbeat_ids(self):
        beats = self.env["mvno.heartbeat"].search([("cron_id", "!=", False)])
        for platform in self:
            platform.heartbeat_ids = beats

    def _compute_command_counts(self):
        now = fields.Datetime.now()
        # an administrator of platforms may see no requests
        commands = self.env["mvno.command"].sudo()
        groups = commands._read_group(
            [
                ("platform_id", "in", self.ids),
                "|",
                ("state", "in", (*commands._open_states, "needs_decision")),
                "&",
                ("state", "=", "refused"),
                ("settled_at", ">", now - timedelta(days=FAILED_DAYS)),
            ],
            ["platform_id", "state"],
            ["__count", "unknown_since:min"],
        )
        counts, oldest = {}, {}
        for platform, state, count, unknown_since in groups:
            counts[platform.id, state] = count
            if state == "unknown":
                oldest[platform.id] = unknown_since
        for platform in self:
            platform.open_command_count = sum(
                counts.get((platform.id, state), 0) for state in commands._open_states
            )
            platform.failed_command_count = counts.get((platform.id, "refused"), 0)
            platform.undecided_command_count = counts.get(
                (platform.id, "needs_decision"), 0
            )
            since = oldest.get(platform.id)
            platform.oldest_unknown = since
            platform.unknown_minutes = (now - since) // MINUTE if since else 0

    def _compute_calls(self):
        limits = self.env["mvno.rate.limit"]
        keys = {
            platform.id: limits._key(platform.user_token)
            for platform in self.sudo()
            if platform.user_token
        }
        used = limits._used(set(keys.values()))
        for platform in self:
            minute, hour = used.get(keys.get(platform.id), (0, 0))
            platform.calls_last_minute = minute
            platform.calls_last_hour = hour

    def _compute_health(self):
        same_accounts = self._same_accounts()
        for platform in self:
            problems = platform._health_problems(same_accounts.get(platform))
            platform.health_problems = "\n".join(problems) or False
            platform.is_healthy = not problems

    def _health_problems(self, same_account):
        """:param same_account: another platform of the same account, or None
        :return: list of str, what does not work as it should; nothing for platforms
            that are not in use"""
        self.ensure_one()
        if not self.active or self.state == "draft":
            return []
        now = fields.Datetime.now()
        problems = [
            self.env._(
                "“%(action)s” was last done well %(when)s (%(state)s). It runs every "
                "%(interval)s.",
                action=beat.name,
                when=self._moment_text(beat.last_good),
                state=label_of(beat, "state"),
                interval=beat.every,
            )
            for beat in self.sudo().heartbeat_ids
            if beat.state in ("missed", "off")
        ]
        if self.state == "error":
            problems.append(
                self.last_error
                or self.env._("The platform did not answer the last call.")
            )
        too_old = timedelta(seconds=self.settle_seconds) + UNKNOWN_SLACK
        if same_account:
            problems.append(
                self.env._(
                    "%(other)s uses the same token at the same address: SIM cards and "
                    "lines are taken over twice, and billed twice. Archive one of the "
                    "two, and give it no token.",
                    other=same_account.name,
                )
            )
        if self.oldest_unknown and now > self.oldest_unknown + too_old:
            problems.append(
                self.env._(
                    "The outcome of a request has been unclear since %(when)s. Open "
                    "the requests to be confirmed.",
                    when=self._moment_text(self.oldest_unknown),
                )
            )
        if now > self._swept_or_new() + 2 * SWEEP_INTERVAL + SLACK:
            problems.append(
                self.env._(
                    "SIM cards and lines were last compared with TIP completely "
                    "%(when)s. See Synchronizations for the reason.",
                    when=self._moment_text(self.swept_at),
                )
            )
        return problems

    def _swept_or_new(self):
        """:return: since when a complete comparison is waited for"""
        self.ensure_one()
        if self.swept_at:
            return self.swept_at
        cron = self.env.ref("tip_mvno.ir_cron_sweep", raise_if_not_found=False)
        installed = cron.sudo().create_date if cron else self.create_date
        return max(self.create_date, installed)

    def _moment_text(self, moment):
        if not moment:
            return self.env._("never")
        return format_datetime(self.env, moment, tz=self.tz, dt_format="short")

    def action_view_open_commands(self):
        """Open this platform's requests that are under way or wait for a decision."""
        self.ensure_one()
        domain = [("platform_id", "=", self.id)]
        return open_action(self.env, "tip_mvno.mvno_command_action", domain=domain)

    # === ACTIVITIES FOR WHO IS RESPONSIBLE === #

    @api.model
    def cron_health(self):
        """Driver: tell who is responsible when something is red, once, and take it back
        when it is green again."""
        cron = self.env["ir.cron"]
        cron.check_access("write")
        self.env["mvno.heartbeat"]._ensure()
        platforms = self.with_context(active_test=False).search([("name", "!=", False)])
        for platform in platforms:
            platform._in_language_of_reader(platform)._tell_health()
        cron._commit_progress(len(platforms), remaining=0)

    def _tell_health(self):
        self.ensure_one()
        kind = self.env.ref(ACTIVITY)
        open_ones = self.activity_ids.filtered(
            lambda activity: activity.activity_type_id == kind
        )
        if self.is_healthy:
            open_ones.action_feedback(self.env._("Everything works again."))
            return
        note = plaintext2html(self.health_problems)
        if open_ones:
            open_ones.filtered(lambda activity: activity.note != note).note = note
            return
        self.activity_schedule(
            ACTIVITY,
            summary=self.env._("The platform needs attention"),
            note=note,
            user_id=(self.user_id or self.create_uid).id,
        )
