# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL

from odoo.addons.tip_mvno.tools.actions import open_action

from ...tools.month import month_text

# What a month's identity is made of: fixed once something was imported.
IDENTITY = ("platform_id", "competence", "partner_id")
# Every legal change of a statement's state: {state: {event: next state}}. A stopped
# import leaves what an earlier one brought ("fall_back"), or nothing.
TRANSITIONS = {
    "draft": {"import": "importing"},
    "importing": {
        "finish": "done",
        "fail": "error",
        "stop": "draft",
        "fall_back": "done",
    },
    "done": {"import": "importing", "close": "closed", "roll_back": "draft"},
    "closed": {"reopen": "done"},
    "error": {"import": "importing", "roll_back": "draft"},
}
# What a statement of which nothing was imported is like.
NEVER_IMPORTED = {
    "imported_at": False,
    "answered_at": False,
    "expected_lines": 0,
    "read_lines": 0,
    "received_count": 0,
    "new_count": 0,
    "known_count": 0,
    "removed_count": 0,
    "unknown_count": 0,
    "unknown_contracts": False,
    "unreadable": False,
    "last_error": False,
    "usage_unit": False,
    "is_unit_kept": False,
    "source": "platform",
    "source_file": False,
    "source_name": False,
    "compared_at": False,
    "compare_next": False,
    "compare_failures": 0,
    "compare_error": False,
}


class MvnoStatement(models.Model):
    """The platform's statement of a month, shown per subscriber.

    It informs: what a customer pays comes from the plan. The events belong to the
    month; the statement of one person is a view on the same events as everybody's.
    How it is read is in ``mvno_statement_import.py``.

    A month that is closed no longer changes by imports. One that was not billed may be
    rolled back: then it is as if it had never been imported.
    """

    _name = "mvno.statement"
    _description = "Statement"
    _inherit = [
        "mvno.monthly",
        "mvno.stateful",
        "mvno.reading",
        "mail.thread",
        "mvno.file.target",
    ]
    _order = "competence desc, platform_id, partner_id, id"
    _transitions = TRANSITIONS
    _file_kind = "usage"

    platform_id = fields.Many2one(
        "mvno.platform",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self._default_platform_id(),
    )
    company_id = fields.Many2one(
        related="platform_id.company_id", store=True, index=True
    )
    competence = fields.Date(
        index=True,
        default=lambda self: self.env.company._mvno_last_month(),
        help="The month whose statement is read: always this one, whatever the due "
        "date. Kept as its first day.",
    )
    due_date = fields.Date(
        help="For information: shown on each subscriber's line, it changes nothing."
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Person",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('mvno_line_ids', '!=', False)]",
        help="Only this subscriber's statement. Leave empty for all subscribers.",
    )
    person = fields.Char(string="Person or All", compute="_compute_person")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("importing", "Importing"),
            ("done", "Imported"),
            ("closed", "Closed"),
            ("error", "Error"),
        ],
        string="Status",
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        index=True,
    )
    source = fields.Selection(
        [("platform", "Platform"), ("file", "File")],
        string="Imported from",
        required=True,
        default="platform",
        readonly=True,
        copy=False,
    )
    usage_unit = fields.Selection(
        [("mb", "MB"), ("gb", "GB")],
        string="Unit of Usage",
        readonly=True,
        copy=False,
        help="The unit in which the platform's data volumes of the month were read.",
    )
    is_unit_kept = fields.Boolean(
        readonly=True,
        copy=False,
        help="The month was closed once: read again, its volumes count in the same "
        "unit, whatever the platform's setting is by then.",
    )
    file_whole_month = fields.Boolean(
        readonly=True,
        copy=False,
        help="The file tells of all lines: what is not in it goes from the month.",
    )
    line_ids = fields.One2many(
        "mvno.statement.line", "statement_id", string="Subscribers", readonly=True
    )
    last_error = fields.Text(readonly=True, copy=False)
    expected_lines = fields.Integer(
        string="Lines in the Answer", readonly=True, copy=False
    )
    read_lines = fields.Integer(string="Lines Read", readonly=True, copy=False)
    progress = fields.Float(compute="_compute_progress")
    received_count = fields.Integer(string="Received", readonly=True, copy=False)
    # every event that was received is one of: new, already there, of an unknown line
    new_count = fields.Integer(string="New", readonly=True, copy=False)
    known_count = fields.Integer(string="Already There", readonly=True, copy=False)
    removed_count = fields.Integer(
        string="Removed",
        readonly=True,
        copy=False,
        help="Events the platform no longer tells of.",
    )
    unknown_count = fields.Integer(
        string="Of Unknown Lines",
        readonly=True,
        copy=False,
        help="Events of lines that are not known here, new or not. They are kept, and "
        "belong to their line as soon as it is known.",
    )
    unknown_contracts = fields.Char(
        readonly=True,
        copy=False,
        help="The first of the unknown lines' contracts at the platform.",
    )
    unreadable = fields.Text(readonly=True, copy=False)
    warning = fields.Text(compute="_compute_warning")
    imported_at = fields.Datetime(string="Imported on", readonly=True, copy=False)
    line_count = fields.Integer(string="Lines", compute="_compute_totals")
    voice_hours = fields.Float(string="Voice", compute="_compute_totals")
    sms_count = fields.Integer(string="SMS", compute="_compute_totals")
    data_mb = fields.Float(
        string="Data (MB)", digits=(16, 3), compute="_compute_totals"
    )

    _once = models.UniqueIndex(
        "(platform_id, competence, COALESCE(partner_id, 0))",
        "This month's statement exists already. Open it and import it again: nothing "
        "is imported twice.",
    )
    _every_event_counted = models.Constraint(
        "CHECK(COALESCE(received_count, 0) = COALESCE(new_count, 0) "
        "+ COALESCE(known_count, 0) + COALESCE(unknown_count, 0))",
        "Every event received is new, already there or of an unknown line.",
    )
    _competence_first_day = models.Constraint(
        "CHECK(EXTRACT(DAY FROM competence) = 1)",
        "A billing month is kept as its first day: write it as MM/YYYY.",
    )

    # === COMPUTES === #

    @api.model
    def _default_platform_id(self):
        platforms = self.env["mvno.platform"].search(
            [("company_id", "in", self.env.companies.ids)], limit=2
        )
        return platforms if len(platforms) == 1 else False

    @api.depends("platform_id.name", "competence", "partner_id.name")
    def _compute_display_name(self):
        for statement in self:
            parts = [
                statement.platform_id.name,
                month_text(statement.competence),
                statement.partner_id.name,
            ]
            statement.display_name = " ".join(filter(None, parts))

    @api.depends("partner_id.display_name")
    def _compute_person(self):
        everybody = self.env._("All subscribers")
        for statement in self:
            statement.person = statement.partner_id.display_name or everybody

    @api.depends("state", "read_lines", "expected_lines")
    def _compute_progress(self):
        for statement in self:
            if statement.state in ("done", "closed"):
                statement.progress = 100.0
            else:
                # the last tenth is the way from beside the events to their place
                expected = max(statement.expected_lines, 1)
                statement.progress = 90.0 * min(statement.read_lines / expected, 1)

    @api.depends("line_ids.voice_seconds", "line_ids.sms_count", "line_ids.data_mb")
    def _compute_totals(self):
        totals = {
            statement.id: sums
            for statement, *sums in self.env["mvno.statement.line"]._read_group(
                [("statement_id", "in", self.ids)],
                ["statement_id"],
                ["__count", "voice_hours:sum", "sms_count:sum", "data_mb:sum"],
            )
        }
        for statement in self:
            (
                statement.line_count,
                statement.voice_hours,
                statement.sms_count,
                statement.data_mb,
            ) = totals.get(statement.id, (0, 0.0, 0, 0.0))

    @api.depends("unknown_count", "unknown_contracts", "unreadable")
    def _compute_warning(self):
        for statement in self:
            sentences = [statement._unknown_sentence(), statement.unreadable]
            statement.warning = "\n".join(filter(None, sentences)) or False

    def _unknown_sentence(self):
        """:return: what there is of lines that are not known here, or False"""
        if self.unknown_contracts:
            return self.env._(
                "Some of the platform's lines are not known here; their %(count)s "
                "events are kept until they are. Contracts at the platform: "
                "%(contracts)s",
                count=self.unknown_count,
                contracts=self.unknown_contracts,
            )
        return bool(self.unknown_count) and self.env._(
            "%(count)s events belong to lines that are not known here; they are kept "
            "until they are.",
            count=self.unknown_count,
        )

    # === CONSTRAINTS === #

    @api.constrains("competence", "platform_id")
    def _check_competence(self):
        for statement in self:
            today = statement.platform_id._today()
            if statement.competence > today:
                raise ValidationError(
                    self.env._(
                        "%(month)s has not begun yet: there is no statement to "
                        "import. Choose %(today)s or an earlier month.",
                        month=month_text(statement.competence),
                        today=month_text(today),
                    )
                )

    def write(self, vals):
        if set(IDENTITY) & set(vals):
            for statement in self.filtered(
                lambda s: s.imported_at or s.state == "importing"
            ):
                raise UserError(
                    self.env._(
                        "Statement %(statement)s was imported already: its platform, "
                        "month and person stay. Make a new statement instead.",
                        statement=statement.display_name,
                    )
                )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_not_closed(self):
        for statement in self.filtered(lambda s: s.state in ("importing", "closed")):
            raise UserError(
                self.env._(
                    "Statement %(statement)s is closed or being imported and cannot be "
                    "deleted. Reopen or stop it first.",
                    statement=statement.display_name,
                )
            )

    # === ACTIONS === #

    def action_import(self):
        """Set the statements to be imported by the cron, from the start.

        :raise UserError: when a month is closed or the platform cannot be asked
        """
        self.check_access("write")
        # the platform is asked, whatever came from a file before
        self.sudo().write({"source": "platform", "source_file": False})
        for statement in self:
            problem = statement._import_problem()
            if problem:
                raise UserError(problem)
        self.sudo()._await_import()
        return True

    def action_stop(self):
        """Stop the import; nothing of it is kept, what was there before stays."""
        self.check_access("write")
        importing = self.filtered(lambda s: s.state == "importing").sudo()
        for statement in importing:
            statement._transition("fall_back" if statement.imported_at else "stop")
        importing.source_file = False
        return True

    def action_view_events(self):
        """Open the month's call records."""
        self.ensure_one()
        domain = [
            ("platform_id", "=", self.platform_id.id),
            ("competence", "=", fields.Date.to_string(self.competence)),
        ]
        if self.partner_id:
            lines = self.line_ids.mvno_line_id
            domain.append(("mvno_line_id", "in", lines.ids))
        unknown = self.env.context.get("of_unknown_lines")
        context = {"search_default_unknown_line": 1} if unknown else {}
        return open_action(
            self.env,
            "tip_mvno_billing.mvno_usage_event_action",
            domain=domain,
            context=context,
        )

    # === CLOSING A MONTH === #

    def _usage_unit(self):
        """:return: "mb" or "gb", the unit in which data volumes of the month are read:
        the platform's, until the month is closed for the first time"""
        self.ensure_one()
        kept = self.search(
            [
                ("platform_id", "=", self.platform_id.id),
                ("competence", "=", self.competence),
                ("partner_id", "=", False),
                ("is_unit_kept", "=", True),
            ],
            limit=1,
        )
        return kept.usage_unit or self.sudo().platform_id.usage_unit

    def action_close(self):
        """Close the month: imports no longer change it.

        :raise UserError: when there is nothing to close, or not all of the month
        """
        self._check_manager()
        for statement in self:
            if statement.partner_id:
                raise UserError(
                    self.env._(
                        "Statement %(statement)s shows one person only. A month is "
                        "closed on the statement of all subscribers.",
                        statement=statement.display_name,
                    )
                )
            if statement.state != "done":
                raise UserError(
                    self.env._(
                        "Statement %(statement)s is not imported completely. Import "
                        "it before you close the month.",
                        statement=statement.display_name,
                    )
                )
            self.env["mvno.usage.event"]._lock_month(
                statement.platform_id, statement.competence
            )
        self.sudo()._transition("close", is_unit_kept=True)
        self._message_log_batch(
            bodies={statement.id: self.env._("Month closed") for statement in self}
        )
        return True

    def action_reopen(self):
        """Let imports change the month again."""
        self._check_manager()
        closed = self.filtered(lambda statement: statement.state == "closed")
        closed.sudo()._transition("reopen")
        closed._message_log_batch(
            bodies={statement.id: self.env._("Month reopened") for statement in closed}
        )
        # lines may have appeared while it was closed
        self.env["mvno.usage.event"].sudo()._await_attachment()
        return True

    def _check_manager(self):
        self.check_access("write")
        if not (self.env.su or self.env.user.has_group("tip_mvno.group_manager")):
            raise AccessError(
                self.env._(
                    "Closing, reopening and rolling back a month is for MVNO managers."
                )
            )

    # === ROLLING A MONTH BACK === #

    def action_rollback(self):
        """Delete the months' call records and totals; their statements are drafts
        again.

        :raise AccessError: for whoever is no manager
        :raise UserError: when a month is closed, being imported or billed
        """
        self._check_manager()
        for statement in self:
            if statement.partner_id:
                raise UserError(
                    self.env._(
                        "Statement %(statement)s shows one person only. A month is "
                        "rolled back on the statement of all subscribers.",
                        statement=statement.display_name,
                    )
                )
            self.env["mvno.usage.event"]._lock_month(
                statement.platform_id, statement.competence
            )
            statement.sudo()._roll_back()
        self._message_log_batch(
            bodies={statement.id: self.env._("Month rolled back") for statement in self}
        )
        return True

    def _roll_back(self):
        """Take everything away that was imported of the statement's month, for all
        statements of it. Lock the month before.

        :raise UserError: when that is not possible
        """
        self.ensure_one()
        same_month = self.search(
            [
                ("platform_id", "=", self.platform_id.id),
                ("competence", "=", self.competence),
            ]
        )
        self._check_rollback(same_month)
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "DELETE FROM mvno_usage_event "
                "WHERE platform_id = %s AND competence = %s",
                self.platform_id.id,
                self.competence,
            )
        )
        self.env["mvno.usage.event"].invalidate_model()
        same_month.line_ids.unlink()
        for statement in same_month:
            statement._keep_file_problems([])
        imported = same_month.filtered(lambda s: s.state in ("done", "error"))
        imported._transition("roll_back", **NEVER_IMPORTED)
        self.difference_ids.unlink()

    def _check_rollback(self, same_month):
        """:param same_month: all statements of this one's month
        :raise UserError: when the month cannot be rolled back"""
        states = set(same_month.mapped("state"))
        if "closed" in states:
            raise UserError(
                self.env._(
                    "%(month)s is closed on platform %(platform)s. Reopen it before "
                    "you roll it back.",
                    month=month_text(self.competence),
                    platform=self.platform_id.name,
                )
            )
        if "importing" in states:
            raise UserError(
                self.env._(
                    "%(month)s of platform %(platform)s is being imported. Stop that, "
                    "or wait for its end, before you roll it back.",
                    month=month_text(self.competence),
                    platform=self.platform_id.name,
                )
            )
        if not states & {"done", "error"}:
            raise UserError(
                self.env._(
                    "Nothing of statement %(statement)s was imported: there is nothing "
                    "to roll back.",
                    statement=self.display_name,
                )
            )
        billed = self.env["mvno.billing.item"].search_count(
            [
                ("state", "=", "billed"),
                ("competence", "=", self.competence),
                ("mvno_line_id.platform_id", "=", self.platform_id.id),
            ]
        )
        if billed:
            raise UserError(
                self.env._(
                    "%(month)s of platform %(platform)s is billed (%(count)s billed "
                    "items): its call records are what the invoices rest on. Cancel "
                    "those invoices first, or import the month again instead.",
                    month=month_text(self.competence),
                    platform=self.platform_id.name,
                    count=billed,
                )
            )

    # === COUNTS OF EVENTS === #

    def _recount_unknown(self):
        """Count events that found their line as already there.

        One person's statement tells of a part of the month's unknown events; it has no
        more of them than the month.
        """
        if not self:
            return
        counts = dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT platform_contract, count(*)
                      FROM mvno_usage_event
                     WHERE platform_id = %s
                       AND competence = %s
                       AND mvno_line_id IS NULL
                     GROUP BY platform_contract
                    """,
                    self.platform_id.id,
                    self[0].competence,
                )
            )
        )
        total = sum(counts.values())
        for statement in self:
            left = min(statement.unknown_count, total)
            known = statement.known_count + statement.unknown_count - left
            contracts = (statement.unknown_contracts or "").split(", ")
            still = ", ".join(filter(counts.get, contracts)) if left else False
            statement.write(
                {
                    "unknown_count": left,
                    "known_count": known,
                    "unknown_contracts": still,
                }
            )
