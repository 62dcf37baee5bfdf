# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models


class MvnoBillingItem(models.Model):
    """Periods of services to which their contract does not come back."""

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
    def _behind(self, contract_lines):
        """:param contract_lines: of services
        :return: the released items, one of each period, that only a run bills again"""
        found = self.search(
            [("contract_line_id", "in", contract_lines.ids), ("is_behind", "=", True)],
            order="period_start, id",
        )
        return self.union(
            *(
                items[-1:]
                for items in found.grouped(lambda item: item._unique_key()).values()
            )
        )

    def _no_more_behind(self):
        """The periods of these items are billed: no other item tells to bill them."""
        keys = {item._unique_key() for item in self}
        self.search(
            [
                ("contract_line_id", "in", self.contract_line_id.ids),
                ("is_behind", "=", True),
            ]
        ).filtered(lambda item: item._unique_key() in keys).is_behind = False
