# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    mvno_line_id = fields.Many2one(
        "mvno.line",
        string="Mobile Line",
        index="btree_not_null",
        readonly=True,
        ondelete="restrict",
    )

    mvno_source_key = fields.Char(
        string="Telephony Charge",
        readonly=True,
        help="Names what this line charges once, beside the month of a plan.",
    )

    def _mvno_charge_key(self):
        """:return: tuple by which what is billed here is told from what else is billed
        of the contract line; see ``Charge.key``"""
        return self.contract_line_id.id, self.mvno_source_key or ""

    def unlink(self):
        """What a deleted invoice line billed may be billed again."""
        if any(line.contract_line_id for line in self):
            self.env["mvno.billing.item"].sudo().search(
                [("move_line_id", "in", self.ids), ("state", "=", "billed")]
            )._release(self.env._("The invoice line was deleted."))
        return super().unlink()
