# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_date

from ...lib import BlockReason
from ...tools.actions import open_action
from ...tools.labels import labels_of

# What the platform is told for each of our reasons. Its list knows theft, loss,
# misuse, non-payment and temporary suspension.
BLOCK_REASON = {
    "theft": BlockReason.THEFT,
    "loss": BlockReason.LOSS,
    "misuse": BlockReason.MISUSE,
    "nonpayment": BlockReason.NONPAYMENT,
    "customer": BlockReason.TEMPORARY,
    "platform": BlockReason.TEMPORARY,
}
URGENT_REASONS = ("theft", "loss")
# How a reason stands out on the line: indices of Odoo's palette of tags.
COLOR = {
    "nonpayment": 1,
    "theft": 1,
    "loss": 1,
    "misuse": 2,
    "customer": 4,
    "platform": 3,
}
HOLD_REASONS = [
    ("nonpayment", "Non-payment"),
    ("customer", "Customer's request"),
    ("theft", "Theft"),
    ("loss", "Loss"),
    ("misuse", "Misuse"),
    ("platform", "Blocked by the platform"),
]
# What a person may say of a block that TIP put on.
PLATFORM_REASONS = [
    ("nonpayment", "Non-payment"),
    ("customer", "Customer's request"),
    ("misuse", "Misuse"),
    ("theft", "Theft"),
    ("loss", "Loss"),
]
# Who may say so, for it decides what is charged: accountants know who has not paid.
SAY_WHY = ("tip_mvno.group_manager", "account.group_account_invoice")
LIFTED_AT_ONCE = 200


class MvnoLineHold(models.Model):
    """A reason to keep a line blocked.

    The holds in force are what a line should be; lifting one never lifts another. A
    hold lasts through its planned end, where the platform is; the morning after, it is
    lifted.
    """

    _name = "mvno.line.hold"
    _description = "Hold of a Mobile Line"
    _order = "date_start desc, id desc"

    line_id = fields.Many2one(
        "mvno.line", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="line_id.company_id", store=True, index=True)
    reason = fields.Selection(HOLD_REASONS, required=True)
    level = fields.Selection(
        [("partial", "Partial"), ("total", "Total")], required=True, default="total"
    )
    date_start = fields.Datetime(
        string="Since", required=True, default=fields.Datetime.now
    )
    date_end = fields.Date(
        string="Planned End",
        help="The last day of the hold: it is lifted by itself the morning after.",
    )
    lifted_at = fields.Datetime(string="Lifted", readonly=True)
    origin = fields.Char(help="Who or what asked for it.")
    note = fields.Char(help="What else is to be known, a police report's number say.")
    override_reason = fields.Char(
        string="Rules Set Aside",
        readonly=True,
        help="Why a manager allowed a suspension that the rules do not.",
    )
    platform_reason = fields.Selection(
        PLATFORM_REASONS,
        string="Why TIP Blocked",
        readonly=True,
        help="Why the platform blocked the line, where a person has said so. Until "
        "then its days are not charged, but listed.",
    )
    platform_reason_by_id = fields.Many2one(
        "res.users", string="Said by", readonly=True
    )
    platform_reason_at = fields.Datetime(string="Said on", readonly=True)
    is_unanswered = fields.Boolean(
        compute="_compute_is_unanswered",
        search="_search_is_unanswered",
        string="To Be Said Why",
    )
    partner_id = fields.Many2one(related="line_id.partner_id", string="Subscriber")
    user_id = fields.Many2one(
        "res.users", string="By", default=lambda self: self.env.user, readonly=True
    )
    lifted_by_id = fields.Many2one("res.users", string="Lifted by", readonly=True)
    lifted_how = fields.Selection(
        [
            ("person", "By a person"),
            ("end", "Planned end"),
            ("system", "By the system"),
            ("lowered", "Partial from then on"),
        ],
        string="How It Ended",
        readonly=True,
    )
    color = fields.Integer(compute="_compute_color")

    _reason_once = models.UniqueIndex(
        "(line_id, reason) WHERE lifted_at IS NULL",
        "This reason already holds the line.",
    )
    _said_of_platform = models.Constraint(
        "CHECK(platform_reason IS NULL OR reason = 'platform')",
        "Only of a block that TIP put on is it said why.",
    )
    _to_be_said = models.Index(
        "(company_id) WHERE reason = 'platform' AND level = 'total' "
        "AND platform_reason IS NULL"
    )

    # === COMPUTES === #

    @api.depends("reason", "level", "date_end")
    @api.depends_context("mvno_hold_details", "lang")
    def _compute_display_name(self):
        """A hold is named by its reason; on the line's summary with level and end."""
        labels = labels_of(self, "reason")
        details = self.env.context.get("mvno_hold_details")
        for hold in self:
            name = labels.get(hold.reason, "")
            if details and hold.level == "partial":
                name = self.env._("%(reason)s (partial)", reason=name)
            if details and hold.date_end:
                name = self.env._(
                    "%(reason)s until %(date)s",
                    reason=name,
                    date=format_date(self.env, hold.date_end),
                )
            hold.display_name = name

    @api.depends("reason")
    def _compute_color(self):
        for hold in self:
            hold.color = COLOR.get(hold.reason, 0)

    @api.depends("reason", "level", "platform_reason")
    def _compute_is_unanswered(self):
        for hold in self:
            hold.is_unanswered = (
                hold.reason == "platform"
                and hold.level == "total"
                and not hold.platform_reason
            )

    @api.model
    def _search_is_unanswered(self, operator, value):
        if operator != "in":
            return NotImplemented
        unanswered = Domain(
            [
                ("reason", "=", "platform"),
                ("level", "=", "total"),
                ("platform_reason", "=", False),
            ]
        )
        return unanswered if True in value else ~unanswered

    # === WRITING === #

    @api.model_create_multi
    def create(self, vals_list):
        holds = super().create(vals_list)
        holds._on_change()
        return holds

    def write(self, vals):
        result = super().write(vals)
        if {"level", "lifted_at"} & vals.keys():
            self._on_change()
        return result

    def _on_change(self):
        for version, lines in self.line_id.grouped("hold_version").items():
            lines.write({"hold_version": version + 1})
        self.line_id._reconcile()

    # === WHY THE PLATFORM BLOCKED === #

    def action_say_why(self):
        """Open the dialog in which a person says why TIP blocked these lines.

        :raise AccessError: when it is not the user's to say
        """
        self._check_may_say_why()
        return open_action(
            self.env,
            "tip_mvno.mvno_hold_reason_action",
            context={"default_hold_ids": self.ids},
        )

    def _check_may_say_why(self):
        """:raise AccessError: when the user may not say why TIP blocked these lines"""
        self.check_access("read")
        if not (self.env.su or any(map(self.env.user.has_group, SAY_WHY))):
            raise AccessError(
                self.env._(
                    "Why TIP blocked a line decides what is charged: a manager or "
                    "billing says so. Ask one of them."
                )
            )

    def _say_why(self, platform_reason):
        """Note why TIP blocked these lines; their days count accordingly from the
        beginning of each hold.

        :param str platform_reason: a key of ``PLATFORM_REASONS``
        :raise AccessError: when it is not the user's to say
        :raise UserError: when it is no such reason, or one of the holds is not TIP's
        """
        self._check_may_say_why()
        reasons = labels_of(self, "platform_reason")
        if platform_reason not in reasons:
            raise UserError(self.env._("Say why TIP blocked these lines."))
        others = self.filtered(lambda hold: hold.reason != "platform")
        if others:
            raise UserError(
                self.env._(
                    "The hold “%(hold)s” is not TIP's: why it is there is known.",
                    hold=others[0].display_name,
                )
            )
        holds = self.sudo().filtered(
            lambda hold: hold.platform_reason != platform_reason
        )
        holds.write(
            {
                "platform_reason": platform_reason,
                "platform_reason_by_id": self.env.uid,
                "platform_reason_at": fields.Datetime.now(),
            }
        )
        holds.line_id._message_log_batch(
            bodies=dict.fromkeys(
                holds.line_id.ids,
                self.env._(
                    "Why TIP blocked the line, as %(user)s says: %(reason)s.",
                    user=self.env.user.name,
                    reason=reasons[platform_reason],
                ),
            ),
            author_id=self.env.user.partner_id.id,
        )
        by_day = {}
        for hold in holds.filtered(lambda hold: hold.level == "total"):
            day = hold.line_id.platform_id._local_date(hold.date_start)
            by_day[day] = by_day.get(day, hold.line_id) | hold.line_id
        for day, lines in by_day.items():
            lines._learn_days(day, "hold")

    # === LIFTING === #

    def _is_suspension(self):
        """:return: bool, whether this is a suspension at the customer's request, which
        has rules of its own; a partial block is a favour that has none"""
        self.ensure_one()
        return self.reason == "customer" and self.level == "total"

    def action_lift(self):
        """Lift these holds by hand; a hold of another reason goes on.

        Holds are written by the system only, so the right to write the line decides.
        """
        self.line_id.check_access("write")
        self.sudo()._lift("person")

    def _lift(self, how="system"):
        """End these holds, and only these; the line follows by itself.

        :param str how: a key of ``lifted_how``
        """
        in_force = self.filtered(lambda hold: not hold.lifted_at)
        in_force.write(
            {
                "lifted_at": fields.Datetime.now(),
                "lifted_by_id": self.env.uid,
                "lifted_how": how,
            }
        )

    def _lower(self, vals):
        """Let total holds become partial ones: the total ones end and stay on record,
        for their days were those of a total block; partial ones begin.

        :param dict vals: of the partial holds
        :return: the partial holds
        """
        # the line is what its holds say in the end, not in between
        super().write(
            {
                "lifted_at": fields.Datetime.now(),
                "lifted_by_id": self.env.uid,
                "lifted_how": "lowered",
            }
        )
        # the database must know before the same reason begins again
        self.flush_recordset()
        return self.create(
            [
                {
                    "note": hold.note,
                    "origin": hold.origin,
                    **vals,
                    "line_id": hold.line_id.id,
                    "reason": hold.reason,
                    "level": "partial",
                }
                for hold in self
            ]
        )

    # === PLANNED END === #

    def action_change_end(self):
        """Open the dialog that moves the planned end."""
        self.ensure_one()
        return open_action(
            self.env,
            "tip_mvno.mvno_hold_end_action",
            context={"default_hold_id": self.id},
        )

    def _end_problems(self, date_end):
        """Say what speaks against a planned end.

        :param date_end: last date of the hold, or False for none
        :return: list of sentences; empty when nothing does
        """
        self.ensure_one()
        platform = self.line_id.platform_id
        if self._is_suspension():
            if not date_end:
                return [
                    self.env._("A suspension at the customer's request needs an end.")
                ]
            start = platform._local_date(self.date_start)
            problem = platform._suspension_length_problem(start, date_end)
            return list(filter(None, [problem]))
        return []

    def _change_end(self, date_end, override=None):
        """Move the planned end of a hold in force; the line's history tells it.

        :param date_end: last date of the hold, or False for none
        :param str override: why the rules of a suspension are set aside
        :raise UserError: when the hold has ended, or with every problem in plain words
        """
        self.ensure_one()
        self.line_id.check_access("write")
        hold = self.sudo()
        date_end = fields.Date.to_date(date_end)
        if hold.lifted_at:
            raise UserError(
                self.env._(
                    "The hold “%(hold)s” of line %(line)s was lifted already.",
                    hold=hold.display_name,
                    line=hold.line_id.display_name,
                )
            )
        hold.line_id.platform_id._check_end_to_come(date_end)
        problems = hold._end_problems(date_end)
        if problems:
            if not override:
                raise UserError("\n".join(problems))
            self.line_id._check_override()
        before = hold.date_end
        vals = {"date_end": date_end}
        if problems:
            vals["override_reason"] = override
        hold.write(vals)
        none = self.env._("none")
        self.line_id.sudo()._message_log(
            body=self.env._(
                "Planned end of the hold “%(hold)s”: %(before)s → %(after)s.",
                hold=hold.display_name,
                before=before and format_date(self.env, before) or none,
                after=date_end and format_date(self.env, date_end) or none,
            ),
            author_id=self.env.user.partner_id.id,
        )

    # === CRON === #

    @api.model
    def _due_domain(self):
        """:return: domain of the holds whose planned end is over"""
        by_today = {}
        for platform in self.env["mvno.platform"].search([("active", "=", True)]):
            by_today.setdefault(platform._today(), []).append(platform.id)
        return [
            ("lifted_at", "=", False),
            *Domain.OR(
                [
                    ("line_id.platform_id", "in", platform_ids),
                    ("date_end", "<", today),
                ]
                for today, platform_ids in by_today.items()
            ),
        ]

    @api.model
    def _lift_due(self, limit=None):
        """Lift holds whose planned end is over, of any reason; the lines follow.

        :param int limit: so many at most
        :return: number of holds lifted
        """
        due = self.search(self._due_domain(), limit=limit, order="date_end, id")
        due._lift("end")
        return len(due)

    @api.model
    def cron_lift_due(self):
        """Driver: lift what is over, a committed slice at a time."""
        cron = self.env["ir.cron"]
        cron.check_access("write")
        cron._commit_progress(remaining=self.search_count(self._due_domain()))
        while lifted := self._lift_due(LIFTED_AT_ONCE):
            if not cron._commit_progress(lifted):
                break
