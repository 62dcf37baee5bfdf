# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.tip_mvno.tools.labels import label_of

from ..tools.month import month_end, month_of, month_text, next_month


class MvnoDiscount(models.TransientModel):
    """The dialog that lowers what a running line costs, from a month on.

    Months before keep their price: the contract line ends, and its successor has the
    discount. It may end with a month, after which the price is what it was: the
    discount that stood before counts again.
    """

    _name = "mvno.discount"
    _description = "Discount on a Mobile Line"
    _inherit = ["mvno.line.month.dialog"]

    monthly_value = fields.Monetary(
        related="line_id.monthly_value", related_sudo=False, string="Present Value"
    )
    present_discount = fields.Float(
        related="line_id.contract_line_id.discount",
        related_sudo=False,
        string="Present Discount (%)",
    )
    kind = fields.Selection(
        [
            ("discount", "Discount"),
            ("courtesy", "Courtesy: it costs nothing"),
            ("none", "Neither: the full price"),
        ],
        required=True,
        default="discount",
    )
    percent = fields.Float(string="Discount (%)", digits="Discount")
    competence = fields.Date(string="First Month")
    last_month = fields.Date(help="The last month for which it counts. Empty: no end.")
    price = fields.Monetary(
        string="Monthly Value",
        compute="_compute_price",
        compute_sudo=False,
        store=True,
        readonly=False,
        help="What the line costs when it is no courtesy any more.",
    )
    reason = fields.Char(required=True)
    is_courtesy = fields.Boolean(
        related="line_id.contract_line_id.mvno_courtesy", related_sudo=False
    )

    _percent_range = models.Constraint(
        "CHECK(percent >= 0 AND percent <= 100)",
        "A discount is between 0 and 100 percent.",
    )

    @api.onchange("last_month")
    def _onchange_last_month(self):
        if self.last_month:
            self.last_month = month_of(self.last_month)

    @api.depends("line_id")
    def _compute_price(self):
        for dialog in self:
            line = dialog.line_id
            dialog.price = (
                line._price_of_plan(line.product_id)
                if line.contract_line_id.mvno_courtesy
                else line.monthly_value
            )

    def action_apply(self):
        """Let the successors of what pays for the line have what was agreed.

        :raise UserError: when a month is over or invoiced, or there is nothing to give
        """
        self.ensure_one()
        self.line_id.check_access("write")
        first = month_of(self.competence)
        last = month_of(self.last_month) if self.last_month else False
        self._check_months(first, last)
        paying = self._paying_from(first)
        if not paying:
            raise UserError(
                self.env._(
                    "Line %(line)s: no contract line pays for it in %(month)s.",
                    line=self.line_id.display_name,
                    month=month_text(first),
                )
            )
        if self.kind == "courtesy":
            self._give_courtesy(paying, first, last)
        else:
            self._give_discount(paying, first, last)
        self.line_id._message_log(
            body=self._note(first, last), author_id=self.env.user.partner_id.id
        )
        return {"type": "ir.actions.act_window_close"}

    def _check_months(self, first, last):
        """:raise UserError: when they are no months for a discount"""
        earliest = month_of(self.line_id.platform_id._today()) + relativedelta(
            months=-1
        )
        if first < earliest:
            raise UserError(
                self.env._(
                    "%(month)s is long over: past months keep their price.",
                    month=month_text(first),
                )
            )
        if last and last < first:
            raise UserError(
                self.env._("The last month comes before the first one. Correct it.")
            )
        if self.kind == "discount" and not self.percent:
            raise UserError(
                self.env._(
                    "How many percent? Choose “Neither” to take a discount away."
                )
            )

    def _paying_from(self, first):
        """:return: the contract lines that pay for the line from a month on, planned
        ones among them"""
        return (
            self.line_id.sudo()
            .contract_line_ids.filtered(
                lambda paid: not paid.is_canceled
                and not (paid.date_end and paid.date_end < first)
            )
            .sorted("date_start")
        )

    def _give_discount(self, paying, first, last):
        is_given = self.kind == "discount"
        last = last if is_given else False
        for line in paying:
            if last and line.date_start > month_end(last):
                continue
            vals = {
                "discount": self.percent if is_given else 0.0,
                "mvno_discount_end": last,
                "mvno_discount_after": last and line._mvno_standing_discount(),
            }
            if line.mvno_courtesy:
                vals.update(specific_price=self.price, mvno_courtesy=False)
            given = line._mvno_succeed(first, **vals)
            if not last:
                continue
            goes_on = not given.date_end or given.date_end > month_end(last)
            if goes_on and line.mvno_discount_end and line.mvno_discount_end > last:
                # it takes the place of another one for a time
                given._mvno_succeed(
                    next_month(last),
                    discount=line.discount,
                    mvno_discount_end=line.mvno_discount_end,
                    mvno_discount_after=line.mvno_discount_after,
                )

    def _give_courtesy(self, paying, first, last):
        for line in paying:
            if last and line.date_start > month_end(last):
                continue
            free = line._mvno_succeed(first, specific_price=0.0, mvno_courtesy=True)
            goes_on = last and (not free.date_end or free.date_end > month_end(last))
            if goes_on and not line.mvno_courtesy:
                free._mvno_succeed(
                    next_month(last),
                    specific_price=line.price_unit,
                    mvno_courtesy=False,
                )

    def _note(self, first, last):
        """:return: str, what was agreed and why, for the line's history"""
        values = {
            "what": label_of(self, "kind"),
            "percent": f" {self.percent:g} %" if self.kind == "discount" else "",
            "first": month_text(first),
            "last": month_text(last),
            "reason": self.reason,
        }
        if last:
            return self.env._(
                "%(what)s%(percent)s from %(first)s to %(last)s: %(reason)s", **values
            )
        return self.env._("%(what)s%(percent)s from %(first)s on: %(reason)s", **values)
