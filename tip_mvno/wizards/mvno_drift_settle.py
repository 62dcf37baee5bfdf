# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.line.mvno_line import CANCELLATION_REASONS


class MvnoDriftSettle(models.TransientModel):
    """The dialog for ways out of a drift that need a date, a plan or a reason."""

    _name = "mvno.drift.settle"
    _description = "Way out of a Drift"
    _inherit = ["mvno.walled"]

    drift_ids = fields.Many2many("mvno.drift", string="Drift", required=True)
    decision = fields.Selection(
        [
            ("port_out", "Ported out"),
            ("cancel_here", "Cancel here"),
            ("follow_plan", "Follow TIP's plan"),
            ("ignore", "Ignore"),
        ],
        required=True,
        readonly=True,
    )
    date = fields.Date(
        compute="_compute_date",
        compute_sudo=False,
        store=True,
        readonly=False,
        help="The last day of service, at first the day on which the comparison saw "
        "the line end; for a plan, the first day of the new one.",
    )
    cancellation_reason = fields.Selection(
        [item for item in CANCELLATION_REASONS if item[0] != "port_out"],
        default="platform",
    )
    platform_id = fields.Many2one("mvno.platform", compute="_compute_platform_id")
    product_id = fields.Many2one(
        "product.product",
        string="Plan",
        compute="_compute_product_id",
        compute_sudo=False,
        store=True,
        readonly=False,
        domain="[('is_telephony', '=', True), ('mvno_platform_id', '=', platform_id)]",
    )
    price = fields.Float(
        string="Monthly Value",
        compute="_compute_price",
        compute_sudo=False,
        store=True,
        readonly=False,
        digits="Product Price",
        help="From the customer's price list; change it for an agreed price.",
    )
    reason = fields.Char(string="Why")

    @api.depends("drift_ids")
    def _compute_platform_id(self):
        for dialog in self:
            dialog.platform_id = dialog.drift_ids.platform_id[:1]

    @api.depends("drift_ids", "decision")
    def _compute_date(self):
        for dialog in self:
            if dialog.decision in ("port_out", "cancel_here"):
                dialog.date = dialog.drift_ids[:1]._first_day_seen()
            else:
                dialog.date = dialog.drift_ids.platform_id[:1]._today()

    @api.depends("drift_ids", "decision")
    def _compute_product_id(self):
        for dialog in self:
            if dialog.decision == "follow_plan" and len(dialog.drift_ids) == 1:
                dialog.product_id = dialog.drift_ids._product_there()
            else:
                dialog.product_id = False

    @api.depends("product_id", "drift_ids")
    def _compute_price(self):
        for dialog in self:
            line = dialog.drift_ids.line_id[:1]
            dialog.price = (
                line._price_of_plan(dialog.product_id)
                if dialog.product_id and line.contract_line_id
                else 0.0
            )

    def action_settle(self):
        """Do what was decided; the drift is settled with it.

        :raise UserError: when something is missing; says what
        """
        self.ensure_one()
        drifts = self.drift_ids
        if self.decision == "ignore":
            if not self.reason:
                raise UserError(self.env._("Say why it is to be ignored."))
            drifts._ignore(self.reason)
        elif self.decision == "follow_plan":
            if not self.product_id or not self.date:
                raise UserError(self.env._("Choose the plan and its first day."))
            drifts._follow_plan(self.product_id, self.date, self.price)
        else:
            port_out = self.decision == "port_out"
            reason = "port_out" if port_out else self.cancellation_reason
            if not reason or not self.date:
                raise UserError(self.env._("Choose the reason and the last day."))
            drifts._end_here(self.decision, reason, self.date, self.reason)
        return {"type": "ir.actions.act_window_close"}
