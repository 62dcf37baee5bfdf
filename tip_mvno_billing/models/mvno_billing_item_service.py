# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ..tools.month import month_of
from ..tools.service_period import service_period


class MvnoBillingItem(models.Model):
    """Periods of services that are no telephony, where a run invoiced them.

    The contract's own date up to which a line is invoiced goes with them: forward when
    the invoice is made, back when it is deleted or cancelled.
    """

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.billing.item"

    is_behind = fields.Boolean(
        string="Behind a Later Period",
        readonly=True,
        copy=False,
        help="Released when a later period of the service was invoiced already: its "
        "contract does not come back to it, the next billing run does.",
    )

    _still_behind = models.Index("(contract_line_id) WHERE is_behind")

    @api.model
    def _claim(self, moves, billing):
        items = super()._claim(moves, billing)
        values_list = []
        for move_line in moves.invoice_line_ids:
            period = service_period(move_line.mvno_source_key)
            if not period:
                continue
            start, end = period
            values_list.append(
                {
                    "contract_line_id": move_line.contract_line_id.id,
                    # of the service, so that no two runs can claim one period
                    "competence": month_of(start),
                    "kind": "service",
                    "source_key": move_line.mvno_source_key,
                    "amount": -move_line.amount_currency,
                    "period_start": start,
                    "period_end": end,
                    "move_line_id": move_line.id,
                    "move_id": move_line.move_id.id,
                }
            )
        services = self.create(values_list)
        services._no_more_behind()
        return items | services

    @api.model
    def _behind(self, contract_lines):
        """:param contract_lines: of services
        :return: the released items, one of each period, that only a run bills again"""
        found = self.search(
            [("contract_line_id", "in", contract_lines.ids), ("is_behind", "=", True)],
            order="period_start, id",
        )
        return self.union(
            *(items[-1:] for items in found.grouped(lambda item: item._key()).values())
        )

    def _no_more_behind(self):
        """The periods of these items are billed: no other item tells to bill them."""
        keys = {item._key() for item in self}
        self.search(
            [
                ("contract_line_id", "in", self.contract_line_id.ids),
                ("is_behind", "=", True),
            ]
        ).filtered(lambda item: item._key() in keys).is_behind = False

    def _release(self, reason):
        services = self.filtered(
            lambda item: item.kind == "service" and item.state == "billed"
        )
        result = super()._release(reason)
        for item in services.sorted("period_start", reverse=True):
            item.is_behind = not item.contract_line_id._mvno_give_back(
                item.period_start, item.period_end
            )
        return result

    def _claim_again(self, reason):
        services = self.filtered(
            lambda item: item.kind == "service" and item.state == "released"
        )
        result = super()._claim_again(reason)
        services.filtered(lambda item: item.state == "billed")._no_more_behind()
        for item in services.sorted("period_start"):
            if item.state == "billed":
                item.contract_line_id._mvno_take_back(
                    item.period_start, item.period_end
                )
        return result
