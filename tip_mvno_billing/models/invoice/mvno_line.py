# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.tip_mvno.tools.actions import open_action

from ...tools.due import is_overdue
from .res_partner import INVOICE_STATES

LATEST_INVOICES = 12


class MvnoLine(models.Model):
    """Whether a line's customer is paid up, for attendants without rights on invoices.

    They see counts and amounts of the line's own customer in the line's own company,
    and may send copies of these invoices; nothing else of accounting.
    """

    _inherit = "mvno.line"

    monthly_value_taxed = fields.Char(
        related="contract_line_id.mvno_with_taxes", string="Monthly Value with Taxes"
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    invoice_state = fields.Selection(
        INVOICE_STATES,
        string="Invoices",
        compute="_compute_open_invoices",
        search="_search_invoice_state",
    )
    open_invoice_count = fields.Integer(
        string="Open Invoices", compute="_compute_open_invoices"
    )
    open_invoice_amount = fields.Monetary(
        string="Open Amount",
        compute="_compute_open_invoices",
        currency_field="company_currency_id",
    )
    overdue_invoice_count = fields.Integer(
        string="Overdue Invoices", compute="_compute_open_invoices"
    )
    overdue_invoice_amount = fields.Monetary(
        string="Overdue Amount",
        compute="_compute_open_invoices",
        currency_field="company_currency_id",
    )
    oldest_due = fields.Date(string="Oldest Due Date", compute="_compute_open_invoices")
    due_day = fields.Integer(related="contract_line_id.contract_id.mvno_due_day")

    @api.depends("partner_id", "company_id")
    def _compute_open_invoices(self):
        """One query for all the lines of a platform."""
        for platform, lines in self.grouped("platform_id").items():
            if not platform:
                # a record that is only being made
                summary = lines.partner_id.browse()._mvno_open_invoices(
                    self.env.company, None
                )
            else:
                summary = lines.partner_id._mvno_open_invoices(
                    platform.company_id, platform._today()
                )
            for line in lines:
                found = summary[line.partner_id.commercial_partner_id]
                line.invoice_state = found.state
                line.open_invoice_count = found.count
                line.open_invoice_amount = found.amount
                line.overdue_invoice_count = found.overdue_count
                line.overdue_invoice_amount = found.overdue_amount
                line.oldest_due = found.oldest_due

    def _search_invoice_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        partners = self.env["res.partner"]
        by_state = {"open": set(), "overdue": set()}
        for company in self.env.companies:
            today = company._mvno_today()
            groups = (
                self.env["account.move"]
                .sudo()
                ._read_group(
                    partners._mvno_open_domain(company),
                    ["commercial_partner_id"],
                    ["invoice_date_due:min"],
                )
            )
            for customer, oldest_due in groups:
                state = "overdue" if is_overdue(oldest_due, today) else "open"
                by_state[state].add((company.id, customer.id))
        return self._customers_domain(by_state, value)

    @api.model
    def _customers_domain(self, by_state, wanted):
        """:param dict by_state: (company id, customer id) of who is open or overdue
        :param wanted: the states that are searched
        :return: domain of the lines"""
        owing = by_state["open"] | by_state["overdue"]
        found = set().union(*(by_state.get(state, ()) for state in wanted))

        def of(pairs):
            domains = [
                [
                    ("company_id", "=", company.id),
                    (
                        "partner_id.commercial_partner_id",
                        "in",
                        [customer for owner, customer in pairs if owner == company.id],
                    ),
                ]
                for company in self.env.companies
            ]
            return fields.Domain.OR(domains)

        if "paid" in wanted:
            return of(found) | ~of(owing)
        return of(found)

    # === COPIES OF INVOICES === #

    def _customer_invoices_domain(self):
        """:return: domain of the posted invoices of this line's customer: all that
        its attendant may send a copy of"""
        self.ensure_one()
        return [
            ("move_type", "=", "out_invoice"),
            ("state", "=", "posted"),
            ("company_id", "=", self.company_id.id),
            (
                "commercial_partner_id",
                "=",
                self.partner_id.commercial_partner_id.id,
            ),
        ]

    def _open_invoices(self):
        """:return: the customer's open invoices, the oldest due first, as superuser"""
        self.ensure_one()
        return (
            self.env["account.move"]
            .sudo()
            .search(
                [
                    *self.env["res.partner"]._mvno_open_domain(self.company_id),
                    *self._customer_invoices_domain(),
                ],
                order="invoice_date_due, id",
            )
        )

    def _invoices_to_send(self):
        """:return: what a copy is asked of: what is overdue, else the oldest that is
        open, as superuser"""
        moves = self._open_invoices()
        today = self.platform_id._today()
        overdue = moves.filtered(lambda move: is_overdue(move.invoice_date_due, today))
        return overdue or moves[:1]

    def action_send_copies(self):
        """Send the customer copies of what is to be paid.

        Who may invoice gets Odoo's own dialog; an attendant one that sends the same
        message and needs no rights on invoices.

        :raise UserError: when nothing is open
        """
        self.ensure_one()
        self.check_access("read")
        moves = self._invoices_to_send()
        if not moves:
            raise UserError(
                self.env._(
                    "%(customer)s is paid up: there is no open invoice to send. Press "
                    "“Invoices” for a copy of a paid one.",
                    customer=self.partner_id.commercial_partner_id.name,
                )
            )
        if self.env.user.has_group("account.group_account_invoice"):
            return moves.sudo(False).action_send_and_print()
        return self.env["mvno.invoice.copy"]._open(self, moves)

    def action_view_customer_invoices(self):
        """Show the customer's invoices: Odoo's own list for who may invoice, else the
        dialog that lists the latest."""
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group("account.group_account_invoice"):
            return self.env["mvno.invoice.copy"]._open(self, self._invoices_to_send())
        return open_action(
            self.env,
            "account.action_move_out_invoice_type",
            domain=self._customer_invoices_domain(),
            context={"create": False, "default_move_type": "out_invoice"},
        )
