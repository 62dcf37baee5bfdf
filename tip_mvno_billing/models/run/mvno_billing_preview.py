# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

from ..billed.mvno_billing_item import ITEM_KINDS


class MvnoBillingPreview(models.Model):
    """A line of an invoice that a billing run is going to make.

    Read from the real invoice, which was made and undone: see
    ``mvno.billing.run._preview_customers``. Only a run makes these.
    """

    _name = "mvno.billing.preview"
    _description = "Preview of an Invoice Line"
    _order = "run_id desc, invoice_number, id"
    _rec_name = "text"

    run_id = fields.Many2one(
        "mvno.billing.run",
        string="Billing Run",
        required=True,
        index=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True, index=True)
    invoice_number = fields.Integer(
        string="Invoices",
        required=True,
        readonly=True,
        aggregator="count_distinct",
        help="Counts the invoices of the preview.",
    )
    invoice = fields.Char(
        required=True,
        readonly=True,
        help="The invoice on which this is going to be: its place in the preview, whom "
        "it goes to, and its due date.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Subscriber",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    payer_id = fields.Many2one(
        "res.partner", string="Invoiced To", readonly=True, ondelete="cascade"
    )
    contract_line_id = fields.Many2one(
        "contract.line", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    contract_id = fields.Many2one(related="contract_line_id.contract_id", store=True)
    mvno_line_id = fields.Many2one(
        "mvno.line",
        string="Mobile Line",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    kind = fields.Selection(ITEM_KINDS, readonly=True)
    source_key = fields.Char(
        readonly=True, help="Names what is charged once, beside the month of a plan."
    )
    competence = fields.Date(
        string="Billing Month", readonly=True, help="The month that is billed."
    )
    period_start = fields.Date(string="From", readonly=True)
    period_end = fields.Date(string="To", readonly=True)
    due_date = fields.Date(required=True, readonly=True)
    text = fields.Text(string="Description", readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount_untaxed = fields.Monetary(string="Untaxed", readonly=True)
    amount_tax = fields.Monetary(string="Taxes", readonly=True)
    amount_total = fields.Monetary(string="Total", readonly=True)
