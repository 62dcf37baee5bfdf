# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.bulk import where
from ...tools.cursor import short_transaction
from ...tools.labels import labels_of

_logger = logging.getLogger(__name__)

# How long after two intervals a run is missed.
SLACK = timedelta(minutes=10)


class MvnoHeartbeat(models.Model):
    """When each of our scheduled actions last ended well.

    Odoo's own date of the last run is set by a run that failed, too, and a failing
    action is switched off after a while: neither tells when something was last done.
    """

    _name = "mvno.heartbeat"
    _description = "Last good Run of a Scheduled Action"
    _log_access = False
    _order = "id"

    cron_id = fields.Many2one(
        "ir.cron",
        string="Scheduled Action",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    name = fields.Char(related="cron_id.name")
    since = fields.Datetime(
        required=True,
        readonly=True,
        default=fields.Datetime.now,
        help="When it was first expected to run.",
    )
    last_good = fields.Datetime(
        string="Last Good Run", readonly=True, help="Ended without an error."
    )
    failing_since = fields.Datetime(readonly=True)
    every = fields.Char(string="Runs every", compute="_compute_every")
    state = fields.Selection(
        [
            ("good", "Good"),
            ("waiting", "Not yet run"),
            ("failing", "Failing"),
            ("missed", "Missed"),
            ("off", "Switched off"),
        ],
        string="Status",
        compute="_compute_state",
    )

    _cron_uniq = models.Constraint("UNIQUE(cron_id)", "Each action has one record.")

    @api.depends("cron_id")
    def _compute_every(self):
        many = labels_of(self.env["ir.cron"], "interval_type")
        one = {
            "minutes": self.env._("minute"),
            "hours": self.env._("hour"),
            "days": self.env._("day"),
            "weeks": self.env._("week"),
            "months": self.env._("month"),
        }
        for beat in self:
            cron = beat.sudo().cron_id
            if cron.interval_number == 1:
                beat.every = one[cron.interval_type]
            else:
                label = many[cron.interval_type].lower()
                beat.every = f"{cron.interval_number} {label}"

    @api.depends("since", "last_good", "failing_since", "cron_id.active")
    def _compute_state(self):
        now = fields.Datetime.now()
        for beat in self:
            if not beat.sudo().cron_id.active:
                beat.state = "off"
            elif now > beat._missed_at():
                beat.state = "missed"
            elif beat.failing_since:
                beat.state = "failing"
            else:
                beat.state = "good" if beat.last_good else "waiting"

    def _missed_at(self):
        """:return: from when on a run is missed: two intervals and a little after the
        last good one"""
        self.ensure_one()
        cron = self.sudo().cron_id
        interval = relativedelta(**{cron.interval_type: cron.interval_number})
        return (self.last_good or self.since) + interval + interval + SLACK

    @api.model
    def _ensure(self):
        """Have a record for each of our actions, the one that never ran, too."""
        crons = (
            self.env["ir.cron"]
            .sudo()
            .with_context(active_test=False)
            .search([("model_id.model", "=like", "mvno.%")])
        )
        known = self.sudo().search([("cron_id", "in", crons.ids)]).cron_id
        self.sudo().create([{"cron_id": cron.id} for cron in crons - known])

    @api.model
    def _note_run(self, cron, is_good):
        """Keep how a run ended, in a transaction of its own: the run's has ended.

        :param cron: ``ir.cron`` record
        :param bool is_good: whether it ended without an error
        """
        now = fields.Datetime.now()
        try:
            with short_transaction(self.env.registry) as env:
                env.cr.execute(
                    SQL(
                        """
                        INSERT INTO mvno_heartbeat AS beat
                               (cron_id, since, last_good, failing_since)
                        VALUES (%(cron)s, %(now)s, %(good)s, %(bad)s)
                        ON CONFLICT (cron_id) DO UPDATE
                           SET last_good = COALESCE(%(good)s, beat.last_good),
                               failing_since = CASE WHEN %(good)s IS NULL THEN
                                   COALESCE(beat.failing_since, %(bad)s) END
                        """,
                        cron=cron.id,
                        now=now,
                        good=now if is_good else None,
                        bad=None if is_good else now,
                    )
                )
        except Exception as error:
            # what was done is done: its record must not make it fail
            told = where(error)
            _logger.error("The run of %s could not be noted: %s", cron.id, told)
        self.invalidate_model()
