# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging

from markupsafe import Markup

from odoo import models
from odoo.exceptions import UserError

from odoo.addons.tip_mvno.models.mvno_line import LIVE_STATES

from ..tools.month import month_end, months_between
from ..tools.month_billing import CONTEXT_KEY, MonthBilling
from .mvno_billing_run_driver import CONFLICTS

_logger = logging.getLogger(__name__)


class MvnoBillingRun(models.Model):
    """What of a customer's lines is billed, and the invoices it becomes."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.billing.run"

    # === WHAT IS TO BE BILLED === #

    def _survey(self, lines):
        """Tell what can be billed now from what cannot, and why.

        :param lines: ``contract.line`` records
        :return: (lines to bill this month, list of issue values)
        """
        self.ensure_one()
        billed = {
            (item.contract_line_id.id, item.competence)
            for item in self.env["mvno.billing.item"].search_fetch(
                [
                    ("contract_line_id", "in", lines.ids),
                    ("competence", "<=", self.competence),
                    ("kind", "=", "recurring"),
                    ("state", "=", "billed"),
                ],
                ["contract_line_id", "competence"],
            )
        }
        billable = lines.browse()
        issues = []
        for line in lines:
            hindrance = line._mvno_hindrance()
            if hindrance:
                if not line.date_end or line.date_end >= self.competence:
                    issues.append(self._issue(line, *hindrance))
                continue
            issues += self._earlier_months(line, billed)
            if (line.id, self.competence) not in billed and line._mvno_period(
                self.competence
            ):
                billable |= line
        return billable, issues

    def _earlier_months(self, line, billed):
        """List the months before this one that the line still has to pay for.

        :param line: ``contract.line`` record
        :param set billed: (contract line id, competence) pairs
        :return: list of issue values
        """
        start = max(filter(None, line._mvno_starts()))
        return [
            self._issue(
                line,
                "earlier_month",
                self.env._(
                    "%(month)s is not billed yet: start a billing run for %(month)s.",
                    month=f"{month:%m/%Y}",
                ),
                month,
            )
            for month in months_between(start, self.competence)
            if (line.id, month) not in billed and line._mvno_period(month)
        ]

    def _lines_without_contract(self):
        """List lines that work at the platform while nobody pays for them: the contract
        line has ended or was deleted, or its contract is archived.

        :return: list of issue values
        """
        self.ensure_one()
        last_day = month_end(self.competence)
        in_force = [
            ("is_canceled", "=", False),
            ("contract_id.active", "=", True),
            ("date_start", "<=", last_day),
            "|",
            ("date_end", "=", False),
            ("date_end", ">=", last_day),
        ]
        lines = self.env["mvno.line"].search(
            [
                ("platform_id", "=", self.platform_id.id),
                ("state", "in", LIVE_STATES),
                "|",
                ("activation_date", "=", False),
                ("activation_date", "<=", last_day),
                ("contract_line_ids", "not any", in_force),
            ]
        )
        return [
            {
                "run_id": self.id,
                "competence": self.competence,
                "code": "no_contract",
                "reason": self.env._(
                    "Line %(line)s is in service, but no contract line in force pays "
                    "for it to the end of %(month)s: extend or restore its contract, "
                    "or cancel the line.",
                    line=line.display_name,
                    month=f"{self.competence:%m/%Y}",
                ),
                "mvno_line_id": line.id,
                "partner_id": line.partner_id.id,
            }
            for line in lines
        ]

    def _issue(self, line, code, reason, competence=None):
        return {
            "run_id": self.id,
            "competence": competence or self.competence,
            "code": code,
            "reason": reason,
            "contract_line_id": line.id,
            "mvno_line_id": line.mvno_line_id.id,
            "partner_id": line.contract_id.partner_id.id,
        }

    # === INVOICES === #

    def _invoice_or_park(self, lines, last_try=False):
        """Invoice lines; halve them until only the broken customers are left out.

        :param lines: ``contract.line`` records, whole customers
        :param bool last_try: park customers that run into conflicts, too
        :return: list of issue values
        """
        if not lines:
            return []
        try:
            with self.env.cr.savepoint():
                return self._invoice(lines)
        except Exception as error:
            if isinstance(error, CONFLICTS) and not last_try:
                raise
            customers = lines.contract_id.commercial_partner_id.sorted("id")
            if len(customers) == 1:
                return self._park(lines, error)
        first = customers[: len(customers) // 2]
        first_lines = lines.filtered(
            lambda line: line.contract_id.commercial_partner_id in first
        )
        return self._invoice_or_park(first_lines, last_try) + self._invoice_or_park(
            lines - first_lines, last_try
        )

    def _park(self, lines, error):
        """:return: list of issue values that say why a customer was not billed"""
        if isinstance(error, UserError):
            reason = str(error)
        else:
            customer = lines.contract_id.commercial_partner_id
            _logger.error(
                "Billing run %s: customer %s failed",
                self.id,
                customer.id,
                exc_info=error,
            )
            reason = self._unexpected(error)
        return [self._issue(line, "failed", reason) for line in lines]

    def _invoice(self, lines):
        """Create these lines' invoices and the items that keep them from being billed
        again, in one transaction.

        :param lines: ``contract.line`` records to be billed for this month
        :return: list of issue values about lines that an extension left out
        """
        self.ensure_one()
        billing = MonthBilling(
            competence=self.competence,
            issued=self.platform_id._today(),
            due_date=self.due_date or None,
            run_id=self.id,
            line_ids=frozenset(lines.ids),
        )
        contracts = lines.contract_id.with_context(**{CONTEXT_KEY: billing})
        values_list = contracts._prepare_recurring_invoices_values(billing.issued)
        moves = (
            self.env["account.move"]
            .with_context(tracking_disable=True)
            .create(values_list)
        )
        items = self.env["mvno.billing.item"]._claim(moves, self.competence)
        self._log_origin(moves)
        self._add_followers(moves)
        if self.company_id.mvno_posting == "posted":
            moves._post(soft=False)
        reason = self.env._(
            "An extension of contracts left this line out of its invoice. Ask your "
            "administrator which one, and why."
        )
        return [
            self._issue(line, "left_out", reason)
            for line in lines - items.contract_line_id
        ]

    def _log_origin(self, moves):
        """Say in each invoice's history where it comes from."""
        origin = self.env._("Created by billing run %s from:", self.display_name)
        bodies = {}
        for move in moves:
            links = [
                contract._get_html_link(title=contract.display_name)
                for contract in move._mvno_contracts()
            ]
            bodies[move.id] = Markup("%s %s") % (origin, Markup(", ").join(links))
        moves._message_log_batch(bodies=bodies)

    def _add_followers(self, moves):
        """Who follows a contract's invoices follows each new one: as the contract's
        own invoicing does, with one search for all."""
        subtype = self.env.ref("contract.mail_message_subtype_invoice_created")
        contracts = moves._mvno_contracts()
        followers = (
            self.env["mail.followers"]
            .sudo()
            .search(
                [
                    ("res_model", "=", contracts._name),
                    ("res_id", "in", contracts.ids),
                    ("subtype_ids", "in", subtype.ids),
                ]
            )
            .grouped("res_id")
        )
        for move in moves if followers else ():
            partners = self.env["res.partner"]
            for contract in move._mvno_contracts():
                if contract.id in followers:
                    partners |= followers[contract.id].partner_id
            if partners:
                move.message_subscribe(partner_ids=partners.ids)
