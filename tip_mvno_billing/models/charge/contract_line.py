# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class ContractLine(models.Model):
    """What is charged once on a contract line's contract."""

    _inherit = "contract.line"

    mvno_charge_ids = fields.One2many(
        "mvno.billing.charge", "contract_line_id", string="One-off Charges"
    )
