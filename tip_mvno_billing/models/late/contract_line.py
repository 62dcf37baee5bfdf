# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class ContractLine(models.Model):
    _inherit = "contract.line"

    mvno_fact_ids = fields.One2many(
        "mvno.billing.fact", "contract_line_id", string="Learnt Late"
    )

    def _mvno_end_with_service(self, last_day):
        """A line that was cancelled ends on its day, though a run has billed beyond it:
        that is settled as what was learnt late."""
        billed = self.env["mvno.billing.item"].search(
            [
                ("contract_line_id", "in", self.ids),
                ("kind", "=", "recurring"),
                ("state", "=", "billed"),
                ("period_end", ">", last_day),
            ]
        )
        begun = billed.contract_line_id.filtered(
            lambda line: line.last_date_invoiced
            and line.last_date_invoiced > last_day
            and line.date_start <= last_day
        )
        never = billed.contract_line_id.filtered(
            lambda line: line.date_start > last_day
        )
        begun.write({"date_end": last_day, "last_date_invoiced": last_day})
        never.write({"last_date_invoiced": False})
        return super()._mvno_end_with_service(last_day)
