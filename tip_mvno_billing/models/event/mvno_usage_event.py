# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import SQL

CRON = "tip_mvno_billing.ir_cron_attach_events"


class MvnoUsageEvent(models.Model):
    """A call, a message or a data session, as the platform's statement has it.

    The platform gives events no id. Their identity is the month that was asked for,
    the contract at the platform, a digest of the raw values and, for events equal in
    everything, their ordinal: two real calls in one second both stay, and a month read
    twice adds nothing. Events belong to the month, not to an import. There may be
    millions: they come and go in bulk only, see ``mvno_usage_event_load.py``.

    Events of unknown lines find their line as soon as it is there. Whoever makes a line
    known, or tells its contract or number, wakes the driver at the end of the
    transaction; closed months have their turn when they are reopened.
    """

    _name = "mvno.usage.event"
    _description = "Call Record"
    _inherit = ["mvno.monthly"]
    _order = "started_at, id"
    _rec_name = "started_at"
    _log_access = False

    platform_id = fields.Many2one(
        "mvno.platform", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="restrict"
    )
    competence = fields.Date(
        readonly=True,
        help="The first day of the month whose statement holds the event.",
    )
    mvno_line_id = fields.Many2one(
        "mvno.line",
        string="Line",
        readonly=True,
        ondelete="set null",
        help="Empty while no line here has this contract or number.",
    )
    platform_contract = fields.Char(
        string="Contract at the Platform", required=True, readonly=True
    )
    number = fields.Char(readonly=True, help="The subscriber's number.")
    kind = fields.Selection(
        [("voice", "Call"), ("sms", "SMS"), ("data", "Data")],
        required=True,
        readonly=True,
    )
    started_at = fields.Datetime(string="Start", readonly=True)
    seconds = fields.Integer(string="Duration (s)", readonly=True, default=0)
    upload_mb = fields.Float(string="Upload (MB)", digits=(16, 5), readonly=True)
    download_mb = fields.Float(string="Download (MB)", digits=(16, 5), readonly=True)
    called_number = fields.Char(
        readonly=True, help="Empty where the platform does not tell it."
    )
    amount = fields.Float(
        string="Value",
        digits=(16, 6),
        readonly=True,
        help="In BRL; empty where the platform does not tell it.",
    )
    digest = fields.Char(required=True, readonly=True)
    ordinal = fields.Integer(required=True, readonly=True)

    _identity = models.UniqueIndex(
        "(platform_id, competence, platform_contract, digest, ordinal)",
        "This event is already there.",
    )
    _of_line = models.Index("(mvno_line_id, started_at) WHERE mvno_line_id IS NOT NULL")
    _of_unknown_line = models.Index(
        "(platform_id, competence) WHERE mvno_line_id IS NULL"
    )
    _contract_of_unknown_line = models.Index(
        "(platform_id, platform_contract) WHERE mvno_line_id IS NULL"
    )
    _number_of_unknown_line = models.Index(
        "(platform_id, number) WHERE mvno_line_id IS NULL"
    )

    # === EVENTS OF UNKNOWN LINES === #

    @api.model
    def _await_attachment(self):
        """Wake the driver that gives events their line."""
        self.env.ref(CRON)._trigger()

    @api.model
    def _await_lines(self, lines):
        """Wake the driver when there are events that may be of these lines; looked for
        once per transaction, at its end.

        :param lines: ``mvno.line`` records whose history was written
        """
        precommit = self.env.cr.precommit
        if self._name not in precommit.data:
            precommit.data[self._name] = set()
            precommit.add(self._look_for_events_of_lines)
        precommit.data[self._name].update(lines.ids)

    def _look_for_events_of_lines(self):
        line_ids = self.env.cr.precommit.data.pop(self._name)
        if self._has_events_of(line_ids):
            self._await_attachment()

    def _has_events_of(self, line_ids):
        """:return: bool, whether there are events of no line that may be of these"""
        self.env["mvno.line.identity"].flush_model()
        # contract and number apart: each has its way through the few unknown events
        return bool(
            self.env.execute_query(
                SQL(
                    """
                    SELECT 1
                      FROM mvno_usage_event event
                      JOIN mvno_line_identity period
                           ON period.platform_id = event.platform_id
                          AND period.platform_contract = event.platform_contract
                     WHERE event.mvno_line_id IS NULL
                       AND period.line_id = ANY(%(lines)s)
                     UNION ALL
                    SELECT 1
                      FROM mvno_usage_event event
                      JOIN mvno_line_identity period
                           ON period.platform_id = event.platform_id
                          AND period.number = event.number
                     WHERE event.mvno_line_id IS NULL
                       AND period.line_id = ANY(%(lines)s)
                     LIMIT 1
                    """,
                    lines=list(line_ids),
                )
            )
        )

    @api.model
    def cron_attach(self):
        """Driver: give the events of unknown lines the lines that have appeared, month
        by month, in all months that are not closed."""
        cron = self.env["ir.cron"]
        cron.check_access("write")
        months = self._months_with_unknown()
        cron._commit_progress(remaining=len(months))
        for platform, competence in months:
            self.env["mvno.statement"]._read_committed()
            self._attach_month(platform, competence)
            if not cron._commit_progress(1):
                return

    @api.model
    def _months_with_unknown(self):
        """:return: list of (platform, competence) of months that have events of unknown
        lines and are not closed"""
        found = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT event.platform_id, event.competence
                  FROM mvno_usage_event event
                 WHERE event.mvno_line_id IS NULL
                   AND NOT EXISTS (
                       SELECT FROM mvno_statement statement
                        WHERE statement.platform_id = event.platform_id
                          AND statement.competence = event.competence
                          AND statement.state = 'closed'
                       )
                 ORDER BY event.competence DESC, event.platform_id
                """
            )
        )
        platforms = self.env["mvno.platform"]
        return [(platforms.browse(id_), competence) for id_, competence in found]

    @api.model
    def _attach_month(self, platform, competence):
        """Give a month's events of unknown lines their lines, and bring its statements
        up to date.

        :param platform: ``mvno.platform`` record
        :param competence: first day of the month
        """
        self._lock_month(platform, competence)
        statements = self.env["mvno.statement"].search(
            [("platform_id", "=", platform.id), ("competence", "=", competence)]
        )
        if "closed" in statements.mapped("state"):
            return
        scope = {"platform": platform.id, "competence": competence}
        self.env.flush_all()
        self._begin_load()
        self._match(scope)
        attached = self._attach(scope)
        self._end_load()
        if attached:
            self.invalidate_model()
            imported = statements.filtered("imported_at")
            imported._recount_unknown()
            self.env["mvno.statement.line"]._rebuild(imported)
