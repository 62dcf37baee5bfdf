# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ..tools.month import month_text


class MvnoPriceAdjustmentRow(models.TransientModel):
    """A line whose price is to change, with what speaks against it."""

    _name = "mvno.price.adjustment.row"
    _description = "Line of a Price Adjustment"
    _inherit = ["mvno.walled"]
    _order = "warning, partner_id, id"
    _transient_max_hours = 48.0

    adjustment_id = fields.Many2one(
        "mvno.price.adjustment", required=True, index=True, ondelete="cascade"
    )
    contract_line_id = fields.Many2one(
        "contract.line", required=True, readonly=True, index=True, ondelete="cascade"
    )
    # stored: whoever changes the contract's customer recomputes it
    partner_id = fields.Many2one(
        related="contract_line_id.partner_id", string="Customer", store=True
    )
    mvno_line_id = fields.Many2one(
        related="contract_line_id.mvno_line_id",
        related_sudo=False,
        string="Mobile Line",
    )
    product_id = fields.Many2one(
        related="contract_line_id.product_id", related_sudo=False, string="Plan"
    )
    currency_id = fields.Many2one(
        related="contract_line_id.currency_id", related_sudo=False
    )
    price_since = fields.Date(string="Price since", readonly=True)
    old_price = fields.Monetary(string="Present Value", readonly=True)
    new_price = fields.Monetary(string="New Value")
    difference = fields.Monetary(compute="_compute_difference")
    warning = fields.Char(string="Mind", readonly=True)
    selected = fields.Boolean(string="Adjust")
    successor_id = fields.Many2one(
        "contract.line",
        string="New Contract Line",
        readonly=True,
        ondelete="set null",
        help="Filled in once it is adjusted.",
    )

    _contract_line_once = models.Constraint(
        "UNIQUE(adjustment_id, contract_line_id)", "A line is adjusted once."
    )
    _price_range = models.Constraint(
        "CHECK(new_price >= 0)", "A monthly value is not negative."
    )

    @api.depends("old_price", "new_price")
    def _compute_difference(self):
        for row in self:
            row.difference = row.new_price - row.old_price

    def _apply(self):
        """Let successors go on at the new prices; one query more for each price there
        is, not for each line.

        :raise UserError: when days at the new price are invoiced
        """
        adjustment = self.adjustment_id
        adjustment.ensure_one()
        month = adjustment.competence
        self.contract_line_id.check_access("write")
        # what somebody changed meanwhile is not what was looked at
        fresh = self.filtered(
            lambda row: row._is_as_listed(month) and row.new_price != row.old_price
        )
        (self - fresh).write(
            {
                "selected": False,
                "warning": self.env._(
                    "Left as it is: its contract line changed since the list was made, "
                    "or the price is the same. Make the list again."
                ),
            }
        )
        notes = {}
        for price, rows in fresh.grouped("new_price").items():
            lines = rows.contract_line_id.sudo()
            successors = lines._mvno_succeed(month, specific_price=price)
            for row, successor in zip(rows, successors, strict=True):
                row.successor_id = successor
                currency = row.currency_id
                notes[row.contract_line_id.mvno_line_id.id] = self.env._(
                    "Price adjustment from %(month)s on: %(old)s → %(new)s.",
                    month=month_text(month),
                    old=currency.format(row.old_price),
                    new=currency.format(price),
                )
        self.env["mvno.line"].browse(notes)._message_log_batch(bodies=notes)

    def _is_as_listed(self, month):
        """:return: bool, whether the contract line is still what the list shows"""
        self.ensure_one()
        line = self.contract_line_id
        return (
            not line.is_canceled
            and not (line.date_end and line.date_end < month)
            and not line.currency_id.compare_amounts(line.price_unit, self.old_price)
        )
