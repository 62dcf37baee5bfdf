# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict

from odoo import fields, models

# Days of a total block for these reasons are not charged.
NOT_CHARGED = ("nonpayment", "customer")
FOREVER = fields.Datetime.to_datetime("9999-12-31")


class MvnoLineHold(models.Model):
    _inherit = "mvno.line.hold"

    def _total_holds(self, line_ids, begin, end):
        """:param line_ids: ids of lines
        :param begin: UTC datetime
        :param end: UTC datetime
        :return: dict {line id: list of (from, to, whether its days are charged)}, the
            total holds in force within this time, UTC"""
        holds = defaultdict(list)
        for hold in self.search_fetch(
            [
                ("line_id", "in", list(line_ids)),
                ("level", "=", "total"),
                ("date_start", "<", end),
                "|",
                ("lifted_at", "=", False),
                ("lifted_at", ">", begin),
            ],
            ["line_id", "reason", "date_start", "lifted_at"],
        ):
            holds[hold.line_id.id].append(
                (
                    hold.date_start,
                    hold.lifted_at or FOREVER,
                    hold.reason not in NOT_CHARGED,
                )
            )
        return holds
