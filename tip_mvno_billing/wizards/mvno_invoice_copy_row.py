# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

from ..models.invoice.res_partner import INVOICE_STATES


class MvnoInvoiceCopyRow(models.TransientModel):
    """What an attendant sees of an invoice; made by the system only."""

    _name = "mvno.invoice.copy.row"
    _description = "Invoice to Send"
    _inherit = ["mvno.walled"]

    copy_id = fields.Many2one("mvno.invoice.copy", required=True, ondelete="cascade")
    move_id = fields.Many2one("account.move", required=True, ondelete="cascade")
    selected = fields.Boolean(string="Send")
    name = fields.Char(string="Invoice", readonly=True)
    competence = fields.Date(string="Billing Month", readonly=True)
    due_date = fields.Date(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount = fields.Monetary(readonly=True)
    residual = fields.Monetary(string="To Pay", readonly=True)
    state = fields.Selection(INVOICE_STATES, string="Status", readonly=True)
    link = fields.Char(
        readonly=True, help="What the customer opens to see, print and pay it."
    )
