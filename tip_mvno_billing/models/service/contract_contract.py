# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.fields import Domain

from ...tools.month import month_of
from ...tools.month_billing import CONTEXT_KEY


class ContractContract(models.Model):
    """Other services on the invoice of telephony, for customers who want that.

    The contract's own methods prepare them: their period, quantity, price, markers and
    notes are what an invoice of the contract would say.
    """

    _inherit = "contract.contract"

    # === SERVICES LEFT TO BILLING RUNS === #

    @api.model
    def _mvno_service_domain(self):
        """:return: domain of the contract lines of services that are not telephony"""
        return [
            ("is_telephony", "=", False),
            ("is_canceled", "=", False),
            ("display_type", "=", False),
            ("recurring_next_date", "!=", False),
        ]

    @api.model
    def _mvno_left_to_run_domain(self, last_day, today, customers=None):
        """Tell the contracts whose services a billing run invoices.

        :param last_day: last day of the month that is billed
        :param today: where the platform is
        :param customers: ``res.partner`` records to look at; None for all
        :return: domain; its customers have a mobile line in service that they pay the
            same company for, since that month or longer
        """
        wanted = Domain(
            [
                ("contract_type", "=", "sale"),
                ("generation_type", "=", "invoice"),
                ("invoice_partner_id.mvno_invoice_grouping", "=", "everything"),
            ]
        )
        if customers is not None:
            wanted &= Domain("commercial_partner_id", "in", customers.ids)
        in_service = [
            ("is_telephony", "=", True),
            ("is_canceled", "=", False),
            ("date_start", "<=", last_day),
            ("mvno_line_id.state", "in", self.env["mvno.line"]._live_states),
            "|",
            ("date_end", "=", False),
            ("date_end", ">=", today),
        ]
        groups = self._read_group(
            wanted & Domain("contract_line_ids", "any", in_service),
            ["company_id"],
            ["commercial_partner_id:array_agg_distinct"],
        )
        return wanted & Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain("commercial_partner_id", "in", served)
            for company, served in groups
        )

    @api.model
    def _cron_recurring_create(self, date_ref=False, create_type="invoice"):
        """The scheduled invoicing leaves to the billing run what it invoices; whoever
        presses a contract's button, or uses the wizard, still gets the invoice."""
        day = date_ref or fields.Date.context_today(self)
        scheduled = self.with_context(mvno_scheduled_on=day)
        return super(ContractContract, scheduled)._cron_recurring_create(
            date_ref, create_type
        )

    @api.model
    def _get_contracts_to_invoice_domain(self, date_ref=None):
        domain = super()._get_contracts_to_invoice_domain(date_ref)
        today = self.env.context.get("mvno_scheduled_on")
        if not today:
            return domain
        last_day = month_of(today) - timedelta(days=1)
        return domain & ~self._mvno_left_to_run_domain(last_day, today)

    # === INVOICE LINES OF SERVICES === #

    def _mvno_prepare_behind(self):
        """:return: list of commands that create invoice lines of the periods of
        services to which this contract does not come back"""
        # not the run's: what telephony needs otherwise is of no concern here
        lines = self.with_context(**{CONTEXT_KEY: None}).contract_line_ids
        return [Command.create(values) for values in lines._mvno_prepare_behind()]

    def _mvno_prepare_services(self, due):
        """Prepare every period of this contract's services that is due, as the
        contract's own invoicing does, and note that it is invoiced.

        :param due: the invoice's due date
        :return: list of commands that create invoice lines
        """
        self.ensure_one()
        # not the run's: what telephony needs otherwise is of no concern here
        contract = self.with_context(**{CONTEXT_KEY: None})
        commands = []
        left_out = contract.contract_line_ids.browse()
        while True:
            lines = contract._get_lines_to_invoice(due) - left_out
            if not lines.filtered(lambda line: not line.display_type):
                return commands
            for line in lines:
                values = line._mvno_prepare_service()
                if values:
                    commands.append(Command.create(values))
                else:
                    left_out |= line
            (lines - left_out)._update_last_date_invoiced()

    @api.model
    def _mvno_append_services(self, values, commands):
        """Add services to an invoice; sections and notes once.

        :param dict values: the invoice's values, changed in place
        :param list commands: see :meth:`_mvno_prepare_services`
        """
        there = values["invoice_line_ids"]
        texts = {c[2]["contract_line_id"] for c in there if self._mvno_is_text(c)}
        for command in commands:
            line_id = command[2]["contract_line_id"]
            if self._mvno_is_text(command) and line_id in texts:
                continue
            if self._mvno_is_text(command):
                texts.add(line_id)
            there.append(command)

    @api.model
    def _mvno_is_text(self, command):
        return command[2].get("display_type", "product") != "product"
