# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import format_date


class MvnoCustomerRequest(models.AbstractModel):
    """Records of what a customer asked for, each with its protocol number.

    The model needs ``line_id``, and what ``mvno.customer.mail`` needs.
    """

    _name = "mvno.customer.request"
    _description = "Request of a customer"
    _inherit = ["mvno.customer.mail"]
    # What tells the numbers of a model's records from those of the others.
    _protocol_series = 0

    protocol = fields.Char(
        compute="_compute_protocol",
        store=True,
        help="What the customer quotes to ask about this request.",
    )
    customer_wording = fields.Char(
        string="What Was Asked", compute="_compute_customer_wording"
    )
    customer_number = fields.Char(
        string="Number, as Written", compute="_compute_customer_wording"
    )
    customer_date = fields.Char(
        string="Date, as Written", compute="_compute_customer_date"
    )

    @api.depends("create_date")
    def _compute_protocol(self):
        """The day of the request and its own number, which no other request has."""
        for request in self:
            if not request.id:
                # it gets its number when it is saved
                request.protocol = False
                continue
            number = request._protocol_series * 10_000_000 + request.id
            request.protocol = f"{request._asked_on():%Y%m%d}{number:08d}"

    @api.depends("line_id.number")
    @api.depends_context("lang")
    def _compute_customer_wording(self):
        for request in self:
            request.customer_wording = request._customer_wording()
            request.customer_number = request.line_id._format_number(
                request.line_id.number
            )

    @api.depends("platform_id.tz")
    @api.depends_context("lang")
    def _compute_customer_date(self):
        for request in self:
            request.customer_date = format_date(self.env, request._asked_on())

    def _asked_on(self):
        """:return: date of the request, where the platform is"""
        self.ensure_one()
        return fields.Datetime.context_timestamp(
            self.with_context(tz=self.platform_id.tz),
            self.create_date or fields.Datetime.now(),
        ).date()

    def _customer_wording(self):
        """:return: what was asked, as the customer would say it"""
        self.ensure_one()
        return self.display_name
