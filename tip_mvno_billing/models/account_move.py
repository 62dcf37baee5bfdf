# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    mvno_competence = fields.Date(
        string="Billing Month",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The month of telephony this invoice bills.",
    )
    mvno_billing_run_id = fields.Many2one(
        "mvno.billing.run",
        string="Billing Run",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    mvno_item_ids = fields.One2many(
        "mvno.billing.item", "move_id", string="Billed Months", readonly=True
    )

    def write(self, vals):
        """A cancelled invoice releases what it billed; one that is reset to draft, or
        whose credit note is withdrawn, takes it back."""
        if "state" not in vals:
            return super().write(vals)
        cancelled = self.filtered(lambda move: move.state == "cancel")
        withdrawn = self.filtered(
            lambda move: move.state == "posted" and vals["state"] != "posted"
        )
        result = super().write(vals)
        if vals["state"] == "cancel":
            (self - cancelled).sudo().mvno_item_ids._release(
                self.env._("The invoice was cancelled.")
            )
        else:
            cancelled.sudo().mvno_item_ids._claim_again(
                self.env._("The cancelled invoice was taken up again.")
            )
        credited = withdrawn.reversed_entry_id.filtered(
            lambda move: move.state == "posted"
        )
        credited.sudo().mvno_item_ids._claim_again(
            self.env._("The credit note was withdrawn.")
        )
        return result

    def _reverse_moves(self, default_values_list=None, cancel=False):
        """A credit note is of its invoice's month."""
        if not default_values_list:
            default_values_list = [{} for move in self]
        for move, values in zip(self, default_values_list, strict=True):
            values.setdefault("mvno_competence", move.mvno_competence)
        return super()._reverse_moves(default_values_list, cancel)

    def _mvno_contracts(self):
        """:return: the contracts that these invoices bill"""
        return self.invoice_line_ids.contract_line_id.contract_id

    def _mvno_is_credited(self):
        """:return: bool, whether credit notes cover the whole invoice"""
        self.ensure_one()
        if self.payment_state == "reversed":
            return True
        credited = sum(
            note.amount_total
            for note in self.reversal_move_ids
            if note.state == "posted" and note.currency_id == self.currency_id
        )
        return (
            self.state == "posted"
            and self.currency_id.compare_amounts(credited, self.amount_total) >= 0
        )

    def action_view_mvno_items(self):
        """Open the months of telephony that this invoice bills."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "tip_mvno_billing.mvno_billing_item_action"
        )
        return {**action, "domain": [("move_id", "=", self.id)], "context": {}}
