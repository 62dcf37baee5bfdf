# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_round

from ..tools.month import month_of, month_text
from ..tools.price_adjustment import AdjustmentPreview

# So many prices change with one click: a request must not last for ever.
ADJUSTED_AT_ONCE = 2000
# A new price ends in ,90: the step is a whole unit, less ten cents.
ENDING_IN_90 = "0.90"


class MvnoPriceAdjustment(models.TransientModel):
    """The wizard that changes the monthly values of many lines from a month on.

    It lists what would change first. Past months never change: a contract line ends and
    its successor goes on at the new price, with everything else as it was.
    """

    _name = "mvno.price.adjustment"
    _description = "Price Adjustment"
    _inherit = ["mvno.succession.dialog"]
    # somebody goes through the list with a cup of coffee
    _transient_max_hours = 48.0

    product_ids = fields.Many2many(
        "product.product",
        string="Plans",
        domain="[('is_telephony', '=', True), ('mvno_platform_id', '=', platform_id)]",
        help="Empty: all plans.",
    )
    min_months = fields.Integer(
        string="Months at the Present Price",
        default=12,
        help="Only lines that have had their present price for so many months when the "
        "new one begins.",
    )
    competence = fields.Date(
        help="The first month at the new price. Earlier months keep theirs."
    )
    method = fields.Selection(
        [("percent", "Percentage"), ("fixed", "New value")],
        required=True,
        default="percent",
    )
    percent = fields.Float(
        string="Percentage",
        digits=(16, 4),
        help="Of the present value: 4.5 makes 100.00 104.50; a minus sign lowers it.",
    )
    value = fields.Float(string="New Value", digits="Product Price")
    rounding = fields.Selection(
        [
            ("0.01", "to the cent"),
            ("0.10", "to 10 cents"),
            ("1.00", "to the whole unit"),
            (ENDING_IN_90, "to an amount that ends in 90 cents"),
        ],
        required=True,
        default="0.01",
    )
    row_ids = fields.One2many(
        "mvno.price.adjustment.row", "adjustment_id", string="Lines"
    )
    row_count = fields.Integer(string="Found", compute="_compute_counts")
    ticked_count = fields.Integer(string="To Be Adjusted", compute="_compute_counts")
    applied_count = fields.Integer(string="Adjusted", compute="_compute_counts")

    _value_range = models.Constraint(
        "CHECK(value >= 0 AND percent > -100)", "A monthly value is not negative."
    )

    @api.depends("competence")
    def _compute_display_name(self):
        for adjustment in self:
            adjustment.display_name = self.env._(
                "Price adjustment from %(month)s on",
                month=month_text(adjustment.competence),
            )

    @api.depends("row_ids.selected", "row_ids.successor_id")
    def _compute_counts(self):
        for adjustment in self:
            rows = adjustment.row_ids
            applied = rows.filtered("successor_id")
            adjustment.row_count = len(rows)
            adjustment.applied_count = len(applied)
            adjustment.ticked_count = len((rows - applied).filtered("selected"))

    # === PREVIEW === #

    def action_preview(self):
        """List what would change; nothing changes yet.

        :raise UserError: when the month is over, or some of the list is applied
        """
        self.ensure_one()
        self.competence = month_of(self.competence)
        self._check_month()
        if self.row_ids.successor_id:
            raise UserError(
                self.env._(
                    "Some of this list is adjusted already. Apply the rest, or start "
                    "another adjustment."
                )
            )
        self.row_ids.unlink()
        preview = AdjustmentPreview(self)
        rows = []
        for line in preview.lines:
            price, warning = self._new_price(line), preview.warning(line)
            if price != line.price_unit:
                rows.append(
                    {
                        "adjustment_id": self.id,
                        "contract_line_id": line.id,
                        "old_price": line.price_unit,
                        "new_price": price,
                        "price_since": preview.price_since[line],
                        "warning": warning,
                        "selected": not warning,
                    }
                )
        self.env["mvno.price.adjustment.row"].create(rows)
        return True

    def _adjusted_domain(self):
        """:return: domain of the contract lines whose price may be adjusted"""
        domain = [*self._contract_line_domain(), ("mvno_courtesy", "=", False)]
        if self.product_ids:
            domain.append(("product_id", "in", self.product_ids.ids))
        return domain

    def _new_price(self, line):
        """:return: float, what a contract line would cost"""
        if self.method == "fixed":
            return line.currency_id.round(self.value)
        price = line.price_unit * (1 + self.percent / 100)
        if self.rounding == ENDING_IN_90:
            price = float_round(price + 0.1, precision_rounding=1.0) - 0.1
        else:
            price = float_round(price, precision_rounding=float(self.rounding))
        return max(line.currency_id.round(price), 0.0)

    # === APPLY === #

    def action_apply(self):
        """Change the prices of the ticked lines, so many at a time.

        What changed since the list was made is left as it is, and says so. Pressed
        again it goes on with the rest; what is adjusted stays so.

        :raise UserError: when the month is over or invoiced, or nothing is ticked
        """
        self.ensure_one()
        self._check_month()
        rows = self.row_ids.filtered(lambda row: row.selected and not row.successor_id)
        if not rows:
            raise UserError(
                self.env._("No line is ticked that is still to be adjusted.")
            )
        rows[:ADJUSTED_AT_ONCE]._apply()
        return True
