# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import format_date

from ..models.line.mvno_line import CANCELLATION_REASONS

# What a person may give as the reason; the others come from the platform's side.
PEOPLES_REASONS = ("customer", "nonpayment", "death", "fraud")


class MvnoCancel(models.TransientModel):
    """The dialog that cancels lines for good."""

    _name = "mvno.cancel"
    _description = "Cancel Mobile Lines"
    _inherit = ["mvno.walled"]

    line_ids = fields.Many2many(
        "mvno.line",
        string="Lines",
        required=True,
        default=lambda self: self._default_line_ids(),
    )
    reason = fields.Selection(
        [item for item in CANCELLATION_REASONS if item[0] in PEOPLES_REASONS],
        required=True,
        default="customer",
    )
    commitment = fields.Text(compute="_compute_commitment")
    understood = fields.Boolean(
        string="The customer knows that the number is lost",
    )

    @api.model
    def _default_line_ids(self):
        if self.env.context.get("active_model") == "mvno.line":
            return self.env.context.get("active_ids")
        return False

    @api.depends("line_ids")
    def _compute_commitment(self):
        for dialog in self:
            sentences = [
                self.env._(
                    "%(line)s: the customer is committed until %(date)s.",
                    line=line.display_name,
                    date=format_date(self.env, line.contract_line_id.commitment_end),
                )
                for line in dialog.line_ids
                if line.contract_line_id.commitment_end
                and line.contract_line_id.commitment_end > line.platform_id._today()
            ]
            dialog.commitment = "\n".join(sentences) or False

    def action_cancel_lines(self):
        """Ask the platform to cancel; lines and contract lines end when it has."""
        self.ensure_one()
        self.line_ids.check_access("write")
        self.line_ids._ask_cancel(self.reason, **self._decisions())
        return {"type": "ir.actions.act_window_close"}

    def _decisions(self):
        """:return: dict, what else was decided on here: values of the requests"""
        return {}
