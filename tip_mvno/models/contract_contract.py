# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class ContractContract(models.Model):
    _inherit = "contract.contract"

    # an attendant opens contracts without any right to invoices
    invoice_count = fields.Integer(compute_sudo=True)
    mvno_line_count = fields.Integer(string="Lines", compute="_compute_mvno_line_count")

    def _compute_mvno_line_count(self):
        counts = {
            contract.id: count
            for contract, count in self.env["contract.line"]._read_group(
                [("contract_id", "in", self.ids), ("mvno_line_id", "!=", False)],
                ["contract_id"],
                ["mvno_line_id:count_distinct"],
            )
        }
        for contract in self:
            contract.mvno_line_count = counts.get(contract._origin.id, 0)

    def action_view_mvno_lines(self):
        """Open the mobile lines this contract pays for."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "tip_mvno.mvno_line_action"
        )
        return {
            **action,
            "domain": [("contract_line_ids.contract_id", "=", self.id)],
            "context": {},
        }
