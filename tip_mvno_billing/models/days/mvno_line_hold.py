# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict

from odoo import fields, models

# Days of a total block for these reasons are not charged.
NOT_CHARGED = ("nonpayment", "customer")
# What the days of a total hold are: charged, free, or neither before a person has said
# why TIP blocked the line.
CHARGED, FREE, UNSAID = "charged", "free", "unsaid"
FOREVER = fields.Datetime.to_datetime("9999-12-31")


class MvnoLineHold(models.Model):
    _inherit = "mvno.line.hold"

    def _total_holds(self, line_ids, begin, end):
        """:param line_ids: ids of lines
        :param begin: UTC datetime
        :param end: UTC datetime
        :return: dict {line id: list of (from, to, what its days are)}, the total holds
            in force within this time, UTC"""
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
            ["line_id", "reason", "platform_reason", "date_start", "lifted_at"],
        ):
            holds[hold.line_id.id].append(
                (
                    hold.date_start,
                    hold.lifted_at or FOREVER,
                    hold._days_are(),
                )
            )
        return holds

    def _days_are(self):
        """:return: what the days of this total hold are: ``CHARGED``, ``FREE`` or
        ``UNSAID``"""
        self.ensure_one()
        reason = self.reason
        if reason == "platform":
            reason = self.platform_reason
        if not reason:
            return UNSAID
        return FREE if reason in NOT_CHARGED else CHARGED
