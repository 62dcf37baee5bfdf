# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.cursor import database_now
from ...tools.labels import labels_of
from ..hold.mvno_line_hold import HOLD_REASONS
from ..line.mvno_line import CANCELLATION_REASONS
from ..transition.mvno_transition import SOURCES
from .operation import OPERATIONS

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
        "overtake": "cancelled",
    },
    "needs_decision": {"confirm": "done", "repeat": "pending", "cancel": "cancelled"},
    "done": {},
    "refused": {},
    "cancelled": {},
}
# So many commands are sent while the person who asked waits.
SENT_AT_ONCE = 3
REGISTERED = "tip_mvno.mail_template_command_registered"
DONE = "tip_mvno.mail_template_command_done"


class MvnoCommand(models.Model):
    """A request that changes something at the platform: the only way to do so.

    It is committed before it is sent and never sent a second time before the
    platform's own state has said that the first one had no effect. The platform
    knows no idempotency key, so this record is the memory of what was asked.
    """

    _name = "mvno.command"
    _description = "Request to the Platform"
    _inherit = ["mvno.stateful", "mail.thread", "mvno.customer.request"]
    _order = "id desc"
    _rec_name = "operation"
    _rec_names_search = ["protocol", "line_id"]
    _transitions = TRANSITIONS
    _open_states = ("pending", "sent", "unknown")

    operation = fields.Selection(
        [(key, operation.label) for key, operation in OPERATIONS.items()],
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
    product_id = fields.Many2one(
        "product.product",
        string="Product",
        readonly=True,
        ondelete="restrict",
        help="The plan to change to, or the top-up that is charged.",
    )
    commitment_end = fields.Date(
        readonly=True, help="Of a commitment that begins again. Empty: it stays."
    )
    quantity = fields.Integer(string="Quantity (GB)", readonly=True)
    price = fields.Monetary(
        readonly=True, help="What the customer is charged for it, once."
    )
    currency_id = fields.Many2one(related="line_id.contract_line_id.currency_id")

    _price_positive = models.Constraint(
        "CHECK(price >= 0)", "What is charged for a request is not below zero."
    )
    cancellation_reason = fields.Selection(CANCELLATION_REASONS, readonly=True)
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
    )
    is_open = fields.Boolean(compute="_compute_is_open")
    check_first = fields.Boolean(
        string="SIM Card Looked at First",
        readonly=True,
        help="Before it is sent the platform is asked whether the SIM card is free.",
    )
    attempts = fields.Integer(
        readonly=True, help="How many times it was sent to the platform."
    )
    reads = fields.Integer(
        string="Checks",
        readonly=True,
        help="How many times the platform was asked what became of it.",
    )
    next_attempt = fields.Datetime(
        readonly=True,
        required=True,
        default=lambda self: database_now(self.env.cr),
        index=True,
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
    effective_at = fields.Datetime(
        string="Took Effect",
        readonly=True,
        help="Since when what was asked for counts: when the platform confirmed it, or "
        "when it was sent where the answer was lost.",
    )
    effective_source = fields.Selection(SOURCES, string="Known by", readonly=True)
    plan_change_id = fields.Many2one(
        "mvno.plan.change",
        string="Planned Plan Change",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="What was planned and is asked for on its day, under the same protocol.",
    )

    _open_once = models.UniqueIndex(
        "(simcard_id) WHERE state IN ('pending', 'sent', 'unknown')",
        "A request for this SIM card is under way already; wait for its answer.",
    )

    _due = models.Index(
        "(priority, next_attempt, id) WHERE state IN ('pending', 'sent', 'unknown')"
    )

    _protocol_uniq = models.UniqueIndex(
        "(protocol)", "Two requests cannot have the same protocol number."
    )

    _top_up_whole = models.Constraint(
        "CHECK(operation != 'top_up' OR quantity >= 1)",
        "A top-up is of 1 GB at least.",
    )

    _plan_to_change_to = models.Constraint(
        "CHECK(operation != 'change_plan' OR "
        "(plan_id IS NOT NULL AND product_id IS NOT NULL))",
        "A change of plan needs the plan to change to.",
    )

    _cancelled_for_a_reason = models.Constraint(
        "CHECK(operation != 'cancel' OR cancellation_reason IS NOT NULL)",
        "A cancellation needs its reason.",
    )

    # === OPERATIONS === #

    @api.model
    def _operations(self):
        """Tell what is particular to each operation. Another addon adds an operation
        here and to the field's selection.

        :return: dict {operation: :class:`Operation`}
        """
        return OPERATIONS

    def _of_operation(self):
        """:return: :class:`Operation` of this request"""
        self.ensure_one()
        return self._operations()[self.operation]

    # === COMPUTES === #

    @api.depends("state")
    def _compute_is_open(self):
        for command in self:
            command.is_open = command.state in command._open_states

    @api.depends("operation", "line_id.display_name")
    def _compute_display_name(self):
        labels = labels_of(self, "operation")
        for command in self:
            command.display_name = (
                f"{labels.get(command.operation, '')} {command.line_id.display_name}"
            )

    @api.depends("plan_change_id.protocol")
    def _compute_protocol(self):
        """What was planned goes on under the number that the customer has."""
        planned = self.filtered("plan_change_id")
        for command in planned:
            command.protocol = command.plan_change_id.protocol
        return super(MvnoCommand, self - planned)._compute_protocol()

    # === STATE === #

    def _transition(self, event, reason=None, **vals):
        """Change the state as the table says; what happened is kept in ``error``."""
        ends = self._transitions.values()
        targets = {events[event] for events in ends if event in events}
        settled = bool(targets) and not targets & set(self._open_states)
        return super()._transition(
            event,
            reason,
            error=reason or False,
            settled_at=database_now(self.env.cr) if settled else False,
            **vals,
        )

    def _illegal_transition_sentence(self):
        return self.env._(
            "Request %(command)s is %(state)s: this step is not possible now.",
            command=self.display_name,
            state=self._state_label(),
        )

    # === MAKING WAY FOR ANOTHER REQUEST === #

    def _overtake(self, operation, urgent):
        """Make way for what the line's holds ask for now: a block is taken back when
        the payment came meanwhile; when the line was stolen, everything is.

        One that another worker is sending or reading right now stays: its row is
        locked, and the line is looked at again when it is settled.

        :param str operation: what the line's holds ask for now, or None
        :param bool urgent: for theft or loss, which goes before everything else
        """
        self.ensure_one()
        stolen = urgent and operation == "block_total"
        if self.operation == operation:
            if urgent and self.priority != "0":
                # a worker that has it already needs no telling
                self.try_lock_for_update().priority = "0"
            return
        mine = self.try_lock_for_update()
        row, step = self._of_operation(), ""
        if self.state == "pending" and (stolen or row.is_block):
            step = row.overtaken_pending
        elif self.state == "unknown" and stolen:
            step = row.overtaken_unknown
        if step:
            getattr(mine, step)()
        # the database must know before the next request is made
        self.flush_recordset()

    def _overtaken_block_unsent(self):
        self._transition(
            "cancel",
            self.env._("Not sent: the reasons to block the line changed."),
        )

    def _overtaken_block_sent(self):
        self._transition(
            "overtake",
            self.env._(
                "Not waited for: the block for theft or loss goes out, whatever "
                "became of this request."
            ),
        )

    def _overtaken_put_off(self):
        self._transition(
            "cancel",
            self.env._(
                "Not sent: the line is blocked for theft or loss first. Ask again "
                "when it is free."
            ),
        )
        self._tell_asker()

    def _overtaken_goes_first(self):
        """It stops the thief as well, if it goes before everything else."""
        self.priority = "0"

    def _overtaken_decided_by_person(self):
        self._ask_person(
            self.env._("The block for theft or loss could not wait for it.")
        )

    # === SUBMITTING === #

    @api.model
    def _submit(self, vals_list):
        """Record requests and have them sent: a few right after the commit, while
        the person waits; the rest by the cron.

        :param list vals_list: values of the commands
        :return: the commands
        """
        commands = self.sudo().create(vals_list)
        commands._mail_registered()
        self._wake_cron()
        if len(commands) <= SENT_AT_ONCE:
            commands._process_after_commit()
        return commands

    @api.model
    def _wake_cron(self, at=None):
        """Have the cron send what is due.

        :param at: when, by the database's clock; at once without it
        """
        cron = self.env.ref("tip_mvno.ir_cron_process")
        cron._trigger(at=at or database_now(self.env.cr))

    # === LOST WORKERS === #

    @api.model
    def _flag_lost(self):
        """Commands ``sent`` for longer than any call lasts lost their worker."""
        now = database_now(self.env.cr)
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

    # === E-MAIL TO THE CUSTOMER === #

    def _customer_wording(self):
        """:return: what was asked, as the customer would say it"""
        return getattr(self, self._of_operation().wording)()

    def _wording_activate(self):
        return self.env._("activation of a mobile line")

    def _wording_change_plan(self):
        return self.env._("change of plan to %(plan)s", plan=self.product_id.name or "")

    def _wording_cancel(self):
        return self.env._("cancellation of the line")

    def _wording_top_up(self):
        return self.env._("extra data of %(quantity)s GB", quantity=self.quantity)

    def _wording_unblock(self):
        if self.reason == "customer":
            return self.env._("end of the suspension of the line")
        return self.env._("unblocking of the line")

    def _wording_block(self):
        return {
            "theft": self.env._("block of the line because of theft"),
            "loss": self.env._("block of the line because of loss"),
            "customer": self.env._("suspension of the line at your request"),
        }.get(self.reason, self.env._("block of the line"))

    def _is_of_customer(self):
        """:return: whether the customer made this request, or waits for it"""
        customers = self._of_operation().customers
        if not customers:
            return True
        name, values = customers
        return self[name] in values

    def _mail_registered(self):
        """Tell the customers that their requests were registered, and the protocol.

        Blocks for non-payment, misuse or by the platform, and their ends, are not the
        customer's requests; nor is an end that came about by itself.
        """

        def is_told(command):
            told = command._of_operation().mail_registered
            return command._is_of_customer() and (not told or getattr(command, told)())

        commands = self.filtered(is_told)
        commands._mail_customers(REGISTERED, dict.fromkeys(commands.ids, "registered"))

    def _is_lifted_by_person(self):
        return self.line_id._ended_hold().lifted_how == "person"

    def _mail_done(self):
        """Tell the customers that their requests were carried out.

        An activation is told once its line is in service and has its number: that may
        be later than the platform's answer. So is the end of a block, by the customer's
        wish or by itself. Blocks and top-ups show by themselves.
        """

        def is_told(command):
            told = command._of_operation().mail_done
            return (
                command._is_done()
                and command._is_of_customer()
                and told
                and getattr(command, told)()
            )

        commands = self.filtered(is_told)
        commands._mail_customers(DONE, dict.fromkeys(commands.ids, "done"))

    def _is_done(self):
        return self.state == "done"

    def _is_free_again(self):
        line = self.line_id
        return line.state == "active" and line.hold_level == "none"

    def _is_in_service(self):
        line = self.line_id
        return line.state == "active" and bool(line.number)
