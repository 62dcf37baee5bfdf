# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..models.charge.mvno_command import FINE_DECISIONS


class MvnoCancel(models.TransientModel):
    """The dialog that cancels lines tells of the fidelity fine first.

    Where the law knows no fine (the provider's fault, death) an attendant cancels
    without one: the reason stays on record, and a manager is told of a fault. To waive
    a fine that is due is a favour, and a manager's decision.
    """

    _inherit = "mvno.cancel"

    fine_text = fields.Text(compute="_compute_fine_text")
    has_fine = fields.Boolean(compute="_compute_fine_text")
    fine_decision = fields.Selection(
        FINE_DECISIONS, string="Fidelity Fine", required=True, default="charge"
    )
    fine_reason = fields.Text(string="Why No Fine")

    @api.depends("line_ids", "reason")
    def _compute_fine_text(self):
        for dialog in self:
            today = {line: line.platform_id._today() for line in dialog.line_ids}
            sentences = [
                sentence
                for line, day in today.items()
                if (sentence := line._fine_sentence(dialog.reason, day))
            ]
            dialog.fine_text = "\n".join(sentences) or False
            dialog.has_fine = any(
                line._fine(dialog.reason, day)[0] for line, day in today.items()
            )

    def _decisions(self):
        """What was decided on the fine goes with the requests.

        :raise AccessError: when an attendant waives it
        :raise UserError: when nobody says why there is none
        """
        decisions = super()._decisions()
        if not self.has_fine or self.fine_decision == "charge":
            return decisions
        if self.fine_decision == "waive" and not self.env.user.has_group(
            "tip_mvno.group_manager"
        ):
            raise AccessError(
                self.env._(
                    "A fidelity fine is waived by managers: ask one to cancel the "
                    "line, or to waive the fine afterwards in Billing > One-off "
                    "Charges."
                )
            )
        if not (self.fine_reason or "").strip():
            raise UserError(self.env._("Say why there is no fidelity fine."))
        return {
            **decisions,
            "fine_decision": self.fine_decision,
            "fine_reason": self.fine_reason,
        }
