# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ..lib import BlockReason

# What the platform is told for each of our reasons. Its list knows theft, loss,
# misuse, non-payment and temporary suspension.
BLOCK_REASON = {
    "theft": BlockReason.THEFT,
    "loss": BlockReason.LOSS,
    "misuse": BlockReason.MISUSE,
    "nonpayment": BlockReason.NONPAYMENT,
    "customer": BlockReason.TEMPORARY,
    "platform": BlockReason.TEMPORARY,
}
URGENT_REASONS = ("theft", "loss")
HOLD_REASONS = [
    ("nonpayment", "Non-payment"),
    ("customer", "Customer's request"),
    ("theft", "Theft"),
    ("loss", "Loss"),
    ("misuse", "Misuse"),
    ("platform", "Blocked by the platform"),
]


class MvnoLineHold(models.Model):
    """A reason to keep a line blocked.

    The holds in force are what a line should be; lifting one never lifts another.
    """

    _name = "mvno.line.hold"
    _description = "Hold of a Mobile Line"
    _order = "date_start desc, id desc"

    line_id = fields.Many2one(
        "mvno.line", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="line_id.company_id", store=True, index=True)
    reason = fields.Selection(HOLD_REASONS, required=True)
    level = fields.Selection(
        [("partial", "Partial"), ("total", "Total")], required=True, default="total"
    )
    date_start = fields.Datetime(
        string="Since", required=True, default=fields.Datetime.now
    )
    date_end = fields.Date(string="Planned End")
    lifted_at = fields.Datetime(string="Lifted", readonly=True)
    origin = fields.Char(help="Who or what asked for it.")
    user_id = fields.Many2one(
        "res.users", string="By", default=lambda self: self.env.user, readonly=True
    )
    lifted_by_id = fields.Many2one("res.users", string="Lifted by", readonly=True)

    _reason_once = models.UniqueIndex(
        "(line_id, reason) WHERE lifted_at IS NULL",
        "This reason already holds the line.",
    )

    @api.depends("reason")
    def _compute_display_name(self):
        labels = dict(self._fields["reason"]._description_selection(self.env))
        for hold in self:
            hold.display_name = labels.get(hold.reason, "")

    @api.model_create_multi
    def create(self, vals_list):
        holds = super().create(vals_list)
        holds._on_change()
        return holds

    def write(self, vals):
        result = super().write(vals)
        if {"level", "lifted_at"} & vals.keys():
            self._on_change()
        return result

    def _on_change(self):
        for line in self.line_id:
            line.hold_version += 1
        self.line_id._reconcile()

    def action_lift(self):
        """Lift these holds by hand; a hold of another reason goes on.

        Holds are written by the system only, so the right to write the line decides.
        """
        self.line_id.check_access("write")
        self.sudo()._lift()

    def _lift(self):
        """End these holds, and only these; the line follows by itself."""
        in_force = self.filtered(lambda hold: not hold.lifted_at)
        in_force.write(
            {"lifted_at": fields.Datetime.now(), "lifted_by_id": self.env.uid}
        )
