# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .mvno_line import TRANSITIONS as LINE_TRANSITIONS
from .mvno_line_hold import HOLD_REASONS

# Every legal change of a command's state: {state: {event: next state}}.
TRANSITIONS = {
    "pending": {"send": "sent", "cancel": "cancelled", "refuse": "refused"},
    "sent": {
        "confirm": "done",
        "refuse": "refused",
        "postpone": "pending",
        "lose": "unknown",
    },
    "unknown": {
        "confirm": "done",
        "repeat": "pending",
        "refuse": "refused",
        "ask": "needs_decision",
    },
    "needs_decision": {"confirm": "done", "repeat": "pending", "cancel": "cancelled"},
    "done": {},
    "refused": {},
    "cancelled": {},
}
OPEN_STATES = ("pending", "sent", "unknown")
BLOCKING = ("block_partial", "block_total", "unblock")
# So many commands are sent while the person who asked waits.
SENT_AT_ONCE = 3


class MvnoCommand(models.Model):
    """A request that changes something at the platform: the only way to do so.

    It is committed before it is sent and never sent a second time before the
    platform's own state has said that the first one had no effect. The platform
    knows no idempotency key, so this record is the memory of what was asked.
    """

    _name = "mvno.command"
    _description = "Request to the Platform"
    _inherit = ["mvno.guarded", "mail.thread"]
    _order = "id desc"
    _rec_name = "operation"

    operation = fields.Selection(
        [
            ("activate", "Activate"),
            ("block_partial", "Block partially"),
            ("block_total", "Block totally"),
            ("unblock", "Unblock"),
        ],
        required=True,
        readonly=True,
    )
    platform_id = fields.Many2one(
        "mvno.platform", required=True, index=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        related="platform_id.company_id", store=True, index=True
    )
    line_id = fields.Many2one(
        "mvno.line", required=True, index=True, readonly=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(related="line_id.partner_id", string="Subscriber")
    simcard_id = fields.Many2one(
        "mvno.simcard",
        string="SIM Card",
        required=True,
        index=True,
        readonly=True,
        ondelete="restrict",
    )
    plan_id = fields.Many2one("mvno.plan", readonly=True, ondelete="restrict")
    reason = fields.Selection(HOLD_REASONS, readonly=True)
    priority = fields.Selection(
        [("0", "Urgent"), ("1", "Normal")],
        required=True,
        default="1",
        readonly=True,
        help="Theft and loss go before everything else.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Asked by",
        required=True,
        default=lambda self: self.env.user,
        readonly=True,
    )
    state = fields.Selection(
        [
            ("pending", "Pending"),
            ("sent", "Sent"),
            ("unknown", "To be confirmed"),
            ("needs_decision", "Needs a decision"),
            ("done", "Done"),
            ("refused", "Refused"),
            ("cancelled", "Cancelled"),
        ],
        string="Status",
        required=True,
        default="pending",
        readonly=True,
        index=True,
        tracking=True,
    )
    is_open = fields.Boolean(compute="_compute_is_open")
    attempts = fields.Integer(
        readonly=True, help="How many times it was sent to the platform."
    )
    reads = fields.Integer(
        string="Checks",
        readonly=True,
        help="How many times the platform was asked what became of it.",
    )
    next_attempt = fields.Datetime(
        readonly=True, required=True, default=fields.Datetime.now, index=True
    )
    error = fields.Text(string="What Happened", readonly=True)
    sent_at = fields.Datetime(string="Sent", readonly=True)
    unknown_since = fields.Datetime(readonly=True)
    hold_version = fields.Integer(
        readonly=True, help="The line's holds when it was asked, see there."
    )
    refusal = fields.Text(
        readonly=True,
        help="What the platform said when a repeated request was refused: perhaps "
        "only because the first one took effect late.",
    )
    settled_at = fields.Datetime(string="Settled", readonly=True)

    _open_once = models.UniqueIndex(
        "(simcard_id) WHERE state IN ('pending', 'sent', 'unknown')",
        "A request for this SIM card is under way already; wait for its answer.",
    )
    _due = models.Index(
        "(priority, next_attempt, id) WHERE state IN ('pending', 'sent', 'unknown')"
    )

    @api.depends("state")
    def _compute_is_open(self):
        for command in self:
            command.is_open = command.state in OPEN_STATES

    @api.depends("operation", "line_id.display_name")
    def _compute_display_name(self):
        labels = dict(self._fields["operation"]._description_selection(self.env))
        for command in self:
            command.display_name = (
                f"{labels.get(command.operation, '')} {command.line_id.display_name}"
            )

    # === STATE === #

    def _transition(self, event, error=None, **vals):
        """Change the commands' state; the one place where it changes.

        :param str event: a key of ``TRANSITIONS``
        :param str error: what happened, in plain words
        :param vals: further fields that change with it
        :raise UserError: when a command's state does not allow the event
        """
        for command in self:
            target = TRANSITIONS[command.state].get(event)
            if target is None:
                raise UserError(
                    self.env._(
                        "Request %(command)s is %(state)s: this step is not possible "
                        "now.",
                        command=command.display_name,
                        state=dict(
                            self._fields["state"]._description_selection(self.env)
                        )[command.state],
                    )
                )
            settled = target not in OPEN_STATES
            command.write(
                {
                    "state": target,
                    "error": error or False,
                    "settled_at": fields.Datetime.now() if settled else False,
                    **vals,
                }
            )

    def _overtake(self, operation, urgent):
        """Take back a request that was not sent yet and is not wanted any more: a
        block when the payment came meanwhile, an unblock when the line was stolen.

        One that another worker is sending right now stays: its row is locked.

        :param str operation: what the line's holds ask for now, or None
        :param bool urgent: for theft or loss, which goes before everything else
        """
        self.ensure_one()
        if self.operation == operation:
            self.priority = "0" if urgent else self.priority
        elif self.operation in BLOCKING and self.state == "pending":
            self.try_lock_for_update()._transition(
                "cancel",
                self.env._("Not sent: the reasons to block the line changed."),
            )
            # the database must know before the next request is made
            self.flush_recordset()

    # === ASKING === #

    @api.model
    def _submit(self, vals_list):
        """Record requests and have them sent: a few right after the commit, while
        the person waits; the rest by the cron.

        :param list vals_list: values of the commands
        :return: the commands
        """
        commands = self.sudo().create(vals_list)
        self.env.ref("tip_mvno.ir_cron_process")._trigger()
        if len(commands) <= SENT_AT_ONCE:
            commands._process_after_commit()
        return commands

    # === A PERSON'S DECISION === #

    def action_decide_done(self):
        """A person checked with the platform: the request took effect."""
        self.check_access("write")
        for command in self.sudo():
            command._transition(
                "confirm", self.env._("Confirmed by %(user)s.", user=self.env.user.name)
            )
            command._apply_effect()

    def action_decide_repeat(self):
        """A person checked with the platform: nothing was done, send it again."""
        self.check_access("write")
        self.sudo()._transition(
            "repeat",
            self.env._("Sent again by %(user)s.", user=self.env.user.name),
            next_attempt=fields.Datetime.now(),
            unknown_since=False,
            reads=0,
        )
        self.env.ref("tip_mvno.ir_cron_process")._trigger()

    def action_cancel(self):
        """Take back requests that were not sent yet."""
        self.check_access("write")
        for command in self.sudo():
            command._transition(
                "cancel", self.env._("Cancelled by %(user)s.", user=self.env.user.name)
            )
            command._undo_request()

    def _apply_effect(self, result=None):
        """Carry a confirmed request over to its line.

        :param result: ``lib.WriteResult`` or ``lib.SimDetail`` when there is one
        """
        self.ensure_one()
        line = self.line_id
        if self.operation == "activate":
            line._on_activation_done(
                getattr(result, "number", "") or "",
                getattr(result, "platform_contract", "") or "",
            )
        else:
            if LINE_TRANSITIONS[line.state].get(self.operation):
                line._transition(self.operation)
            line._reconcile()

    def _undo_request(self):
        """Return the line of a request that will not take effect to what it was."""
        self.ensure_one()
        if self.operation == "activate":
            self.line_id._on_activation_refused(self.error)
        else:
            self.line_id._message_log(body=self.error)
            self.line_id._reconcile()

    def _tell_asker(self):
        """Put a refusal or an open decision before whoever asked for it."""
        for command in self:
            asker = command.user_id
            if asker._is_superuser() or not asker.has_group("tip_mvno.group_attendant"):
                # a cron, a customer's payment, or somebody who left
                asker = command.platform_id.user_id or asker
            command.line_id.activity_schedule(
                "mail.mail_activity_data_warning",
                summary=command.display_name,
                note=command.error,
                user_id=asker.id,
            )

    # === QUEUE === #

    @api.model
    def _flag_lost(self):
        """Commands ``sent`` for longer than any call lasts lost their worker."""
        now = fields.Datetime.now()
        lost = self.browse(
            row[0]
            for row in self.env.execute_query(
                SQL(
                    """
                    SELECT command.id FROM mvno_command AS command
                      JOIN mvno_platform AS platform
                        ON platform.id = command.platform_id
                     WHERE command.state = 'sent'
                       AND command.sent_at < %(now)s
                           - make_interval(secs => 2 * platform.call_deadline + 10)
                       FOR UPDATE OF command SKIP LOCKED
                    """,
                    now=now,
                )
            )
        )
        for command in lost:
            command = command.with_context(lang=command.user_id.lang)
            command._transition(
                "lose",
                command.env._("The answer was lost; the platform will be asked."),
                unknown_since=now,
                next_attempt=now,
            )
        return lost
