# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools.typed import refuse_typed

TYPED_BY_NOBODY = frozenset({"mvno_line_id", "mvno_source_key"})


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

    @api.constrains("mvno_line_id")
    def _check_mvno_line_company(self):
        """An invoice tells what its lines used: never another company's."""
        for line in self.sudo().filtered("mvno_line_id"):
            if line.mvno_line_id.company_id != line.company_id:
                raise ValidationError(
                    self.env._("An invoice bills mobile lines of its own company only.")
                )

    def write(self, vals):
        refuse_typed(self, vals, TYPED_BY_NOBODY)
        return super().write(vals)

    def _mvno_charge_key(self):
        """:return: tuple by which what is billed here is told from what else is billed
        of the contract line; see ``Charge.key``"""
        return self.contract_line_id.id, self.mvno_source_key or ""

    def unlink(self):
        """What a deleted invoice line billed may be billed again."""
        if any(line.contract_line_id for line in self):
            items = (
                self.env["mvno.billing.item"]
                .sudo()
                .search([("move_line_id", "in", self.ids), ("state", "=", "billed")])
            )
            items._release(self.env._("The invoice line was deleted."))
            # with a whole invoice its issues are deleted, too
            items._list_by_hand(
                self.env._(
                    "The line of %(invoice)s that billed %(month)s of %(line)s was "
                    "deleted by hand: the next billing run bills it again. If another "
                    "line was typed in its place, delete that one, or it is paid "
                    "twice."
                )
            )
        return super().unlink()
