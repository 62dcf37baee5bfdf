# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models


class MvnoPlatformBill(models.Model):
    """What the comparison of a bill comes to."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.platform.bill"

    difference_count = fields.Integer(
        string="Differences", compute="_compute_comparison"
    )
    billed = fields.Monetary(
        string="Billed by Us",
        compute="_compute_comparison",
        help="For the same month, without taxes, credit notes subtracted.",
    )
    margin = fields.Monetary(compute="_compute_comparison")
    leak = fields.Monetary(
        string="Leaked",
        compute="_compute_comparison",
        help="What we pay and nobody pays us, and what is above the plans' costs.",
    )

    @api.depends("line_ids", "state")
    def _compute_comparison(self):
        totals = {}
        for bill, finding, count, billed, margin, leak in self.env[
            "mvno.platform.bill.result"
        ]._read_group(
            [("bill_id", "in", self.ids)],
            ["bill_id", "finding"],
            ["__count", "billed:sum", "margin:sum", "leak:sum"],
        ):
            total = totals.setdefault(bill.id, [0, 0.0, 0.0, 0.0])
            total[0] += 0 if finding == "none" else count
            total[1] += billed
            total[2] += margin
            total[3] += leak
        for bill in self:
            (bill.difference_count, bill.billed, bill.margin, bill.leak) = totals.get(
                bill.id, (0, 0.0, 0.0, 0.0)
            )
