# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import email_normalize


class ResPartner(models.Model):
    _inherit = "res.partner"

    mvno_due_day = fields.Integer(
        string="Telephony Due Day",
        help="The day of the month on which this customer's telephony invoices fall "
        "due, from 1 to 28. 0: the company's day.",
    )
    mvno_invoice_grouping = fields.Selection(
        [
            ("customer", "One invoice for all contracts"),
            ("everything", "One invoice, other services included"),
            ("contract", "One invoice per contract"),
        ],
        string="Telephony Invoices",
        required=True,
        default="customer",
        help="With other services included, the billing run also invoices what other "
        "services, fibre say, have due until the invoice's due date. Otherwise each "
        "contract invoices them by itself.",
    )

    mvno_attach_statement = fields.Selection(
        [
            ("none", "Not attached"),
            ("pdf", "As PDF"),
            ("csv", "As CSV file"),
            ("both", "As PDF and CSV file"),
        ],
        string="Detailed Statement",
        required=True,
        default="none",
        copy=False,
        help="Whether the month's detailed statement of the customer's lines goes out "
        "with the e-mail of a telephony invoice. It is in that e-mail only: nobody "
        "finds it at the invoice.",
    )
    mvno_statement_email = fields.Char(
        string="Detailed Statement Goes to",
        compute="_compute_mvno_statement_email",
        store=True,
        readonly=False,
        copy=False,
        tracking=True,
        help="The address agreed on with the customer. An invoice that goes to another "
        "one goes without the detailed statement.",
    )

    _mvno_due_day_range = models.Constraint(
        "CHECK(mvno_due_day BETWEEN 0 AND 28)",
        "Telephony due day: choose a day from 1 to 28, which every month has, or 0 "
        "for the company's day.",
    )

    # whatever becomes of the customer's own address, the agreed one stays
    @api.depends("mvno_attach_statement")
    def _compute_mvno_statement_email(self):
        for partner in self:
            agreed = partner.mvno_statement_email or partner.email_normalized
            wanted = partner.mvno_attach_statement != "none"
            partner.mvno_statement_email = wanted and agreed

    @api.constrains("mvno_statement_email")
    def _check_mvno_statement_email(self):
        for partner in self.filtered("mvno_statement_email"):
            if not email_normalize(partner.mvno_statement_email):
                raise ValidationError(
                    self.env._(
                        "%(customer)s: the detailed statement goes to one address, "
                        "maria@example.com say.",
                        customer=partner.display_name,
                    )
                )

    @api.model
    def _commercial_fields(self):
        return [
            *super()._commercial_fields(),
            "mvno_due_day",
            "mvno_invoice_grouping",
        ]

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        # whatever named it: the values, a context's default, a default of the user's
        if partners.filtered(
            lambda partner: partner.mvno_attach_statement != "none"
            or partner.mvno_statement_email
        ):
            self._check_lets_statements_out()
        return partners

    @api.model
    def _check_lets_statements_out(self):
        """:raise AccessError: when call records would go out on the word of somebody
        who may not see them"""
        if self.env.su:
            return
        if not self.env.user.has_group("tip_mvno.group_call_records"):
            raise AccessError(
                self.env._(
                    "Detailed statements hold call records: only who may see those "
                    "lets them go out with invoices, and says to which address."
                )
            )

    def write(self, vals):
        """Contracts that followed the customer's due day go on following it."""
        if (
            vals.get("mvno_attach_statement", "none") != "none"
            or "mvno_statement_email" in vals
        ):
            self._check_lets_statements_out()
        if "mvno_due_day" not in vals:
            return super().write(vals)
        contracts = self.env["contract.contract"].sudo()._mvno_following_due_day(self)
        result = super().write(vals)
        self.env.add_to_compute(contracts._fields["mvno_due_day"], contracts)
        return result
