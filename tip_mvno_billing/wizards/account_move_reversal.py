# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import fields, models

from ..models.contract.contract_contract import DAYS_TO_PAY


class AccountMoveReversal(models.TransientModel):
    _inherit = "account.move.reversal"

    def reverse_moves(self, is_modify=False):
        """The draft that replaces a credited invoice bills the same month."""
        action = super().reverse_moves(is_modify)
        if is_modify:
            self.move_ids.sudo().mvno_item_ids._hand_over(self.new_move_ids.sudo())
        return action

    def _modify_default_reverse_values(self, origin_move):
        values = super()._modify_default_reverse_values(origin_move)
        if origin_move.mvno_competence:
            earliest = fields.Date.context_today(self) + timedelta(days=DAYS_TO_PAY)
            values["mvno_competence"] = origin_move.mvno_competence
            values["mvno_billing_run_id"] = origin_move.sudo().mvno_billing_run_id.id
            values["invoice_date_due"] = max(origin_move.invoice_date_due, earliest)
        return values
