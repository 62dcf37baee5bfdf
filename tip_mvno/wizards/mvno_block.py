# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.hold.mvno_line_hold import HOLD_REASONS, URGENT_REASONS


class MvnoBlock(models.TransientModel):
    """The dialog that blocks lines for a reason, and says what the reason means."""

    _name = "mvno.block"
    _description = "Block Mobile Lines"
    _inherit = ["mvno.walled"]

    line_ids = fields.Many2many(
        "mvno.line",
        string="Lines",
        required=True,
        default=lambda self: self._default_line_ids(),
    )
    reason = fields.Selection(
        [item for item in HOLD_REASONS if item[0] != "platform"],
        required=True,
        default="customer",
    )
    level = fields.Selection(
        [("partial", "Partial"), ("total", "Total")],
        required=True,
        compute="_compute_level",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
        help="Partial: outgoing calls and data stop. Total: everything stops.",
    )
    is_suspension = fields.Boolean(compute="_compute_is_suspension")
    date_end = fields.Date(
        string="Last Day",
        compute="_compute_date_end",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
        help="The line comes back by itself the morning after.",
    )
    note = fields.Char(help="For example the number of the police report.")
    explanation = fields.Text(compute="_compute_explanation")
    problems = fields.Text(compute="_compute_problems")
    can_override = fields.Boolean(compute="_compute_problems")
    override_reason = fields.Char(
        string="Why Nevertheless",
        help="A manager may set the rules of a suspension aside; the reason stays on "
        "record.",
    )

    @api.model
    def _default_line_ids(self):
        if self.env.context.get("active_model") == "mvno.line":
            return self.env.context.get("active_ids")
        return False

    @api.depends("reason")
    def _compute_level(self):
        for dialog in self:
            urgent = dialog.reason in URGENT_REASONS
            dialog.level = "total" if urgent else dialog.level or "total"

    @api.depends("reason", "level")
    def _compute_is_suspension(self):
        for dialog in self:
            dialog.is_suspension = (
                dialog.reason == "customer" and dialog.level == "total"
            )

    @api.depends("reason", "level", "line_ids")
    def _compute_date_end(self):
        """A suspension ends: proposed is the shortest one."""
        for dialog in self:
            platform = dialog.line_ids.platform_id[:1]
            if dialog.reason in URGENT_REASONS:
                dialog.date_end = False
            elif dialog.is_suspension and not dialog.date_end and platform:
                dialog.date_end = platform._suspension_end(platform._today())

    @api.depends("reason", "level", "line_ids")
    def _compute_explanation(self):
        for dialog in self:
            dialog.explanation = dialog._explain()

    def _explain(self):
        """:return: what the chosen reason and level mean, in plain words"""
        self.ensure_one()
        platform = self.line_ids.platform_id[:1]
        if self.is_suspension:
            return self.env._(
                "Suspension at the customer's request: everything stops, except "
                "emergency calls. It lasts %(least)s to %(most)s days, once in "
                "%(months)s months, with nothing overdue. The line comes back by "
                "itself the morning after the last day.",
                least=platform.suspension_min_days,
                most=platform.suspension_max_days,
                months=platform.suspension_months,
            )
        what = {
            "theft": self.env._(
                "The line was stolen: everything stops at once, before every other "
                "request for it. It stays blocked, whatever is paid or lifted "
                "otherwise, until somebody lifts “Theft”."
            ),
            "loss": self.env._(
                "The line was lost: everything stops at once, before every other "
                "request for it. It stays blocked, whatever is paid or lifted "
                "otherwise, until somebody lifts “Loss”."
            ),
            "nonpayment": self.env._(
                "For invoices that are not paid. The customer must have been given "
                "notice at least 15 days before."
            ),
            "misuse": self.env._(
                "For use against the contract, a suspected fraud say. Note what was "
                "seen: the customer will ask."
            ),
            "customer": self.env._(
                "The customer asks for it; this is no suspension, so it has no rules "
                "of its own."
            ),
        }.get(self.reason, "")
        if self.reason in URGENT_REASONS:
            return what
        if self.level == "partial":
            how = self.env._("Outgoing calls and data stop; calls still come in.")
        else:
            how = self.env._("Everything stops, except emergency calls.")
        return f"{what} {how}"

    @api.depends("reason", "level", "line_ids", "date_end")
    @api.depends_context("uid")
    def _compute_problems(self):
        is_manager = self.env.user.has_group("tip_mvno.group_manager")
        for dialog in self:
            problems = [
                self.env._("Line %(line)s is not in service.", line=line.display_name)
                for line in dialog.line_ids
                if line.state not in line._live_states
            ]
            dialog.can_override = False
            if dialog.is_suspension and dialog.line_ids and not problems:
                problems = dialog._suspension_problems()
                dialog.can_override = bool(is_manager and problems and dialog.date_end)
            dialog.problems = "\n".join(problems)

    def _suspension_problems(self):
        lines = self.line_ids._origin
        if not self.date_end:
            return [self.env._("A suspension at the customer's request needs an end.")]
        today = min(platform._today() for platform in lines.platform_id)
        if self.date_end < today:
            return [self.env._("The last day is over already.")]
        return lines._suspension_problems(self.date_end)

    def action_block(self):
        """Put the hold on the lines; the platform follows.

        :raise UserError: when a line is not in service, or a rule speaks against it
        """
        self.ensure_one()
        if self.is_suspension and not self.date_end:
            raise UserError(
                self.env._("A suspension at the customer's request needs an end.")
            )
        if self.level == "partial" and self.reason not in URGENT_REASONS:
            self.line_ids.action_block_partial(
                self.reason, self.date_end, note=self.note
            )
        else:
            self.line_ids.action_block_total(
                self.reason,
                self.date_end,
                note=self.note,
                override=self.override_reason,
            )
        return {"type": "ir.actions.act_window_close"}
