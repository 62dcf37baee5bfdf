# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models


class MvnoHoldEnd(models.TransientModel):
    """The dialog that moves the planned end of a hold."""

    _name = "mvno.hold.end"
    _description = "Change the Planned End of a Hold"
    _inherit = ["mvno.walled"]

    hold_id = fields.Many2one("mvno.line.hold", required=True, ondelete="cascade")
    line_id = fields.Many2one(related="hold_id.line_id", related_sudo=False)
    date_start = fields.Datetime(related="hold_id.date_start", related_sudo=False)
    is_suspension = fields.Boolean(compute="_compute_is_suspension")
    date_end = fields.Date(
        string="Last Day",
        compute="_compute_date_end",
        compute_sudo=False,
        store=True,
        readonly=False,
        precompute=True,
        help="The hold is lifted by itself the morning after.",
    )
    problems = fields.Text(compute="_compute_problems")
    can_override = fields.Boolean(compute="_compute_problems")
    override_reason = fields.Char(
        string="Why Nevertheless",
        help="A manager may set the rules of a suspension aside; the reason stays on "
        "record.",
    )

    @api.depends("hold_id")
    def _compute_date_end(self):
        for dialog in self:
            dialog.date_end = dialog.hold_id.date_end

    @api.depends("hold_id")
    def _compute_is_suspension(self):
        for dialog in self:
            dialog.is_suspension = bool(
                dialog.hold_id and dialog.hold_id._is_suspension()
            )

    @api.depends("hold_id", "date_end")
    @api.depends_context("uid")
    def _compute_problems(self):
        is_manager = self.env.user.has_group("tip_mvno.group_manager")
        for dialog in self:
            problems = []
            if dialog.hold_id:
                problems = dialog.hold_id._end_problems(dialog.date_end)
            dialog.problems = "\n".join(problems)
            dialog.can_override = bool(is_manager and problems and dialog.date_end)

    def action_change(self):
        """Move the planned end.

        :raise UserError: when a rule speaks against it, or the day is over
        """
        self.ensure_one()
        self.hold_id._change_end(self.date_end, self.override_reason)
        return {"type": "ir.actions.act_window_close"}
