# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models

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
        return items | self.create(values_list)

    def _release(self, reason):
        services = self.filtered(
            lambda item: item.kind == "service" and item.state == "billed"
        )
        result = super()._release(reason)
        for item in services.sorted("period_start", reverse=True):
            item.contract_line_id._mvno_give_back(item.period_start, item.period_end)
        return result

    def _claim_again(self, reason):
        services = self.filtered(
            lambda item: item.kind == "service" and item.state == "released"
        )
        result = super()._claim_again(reason)
        for item in services.sorted("period_start"):
            if item.state == "billed":
                item.contract_line_id._mvno_take_back(
                    item.period_start, item.period_end
                )
        return result
