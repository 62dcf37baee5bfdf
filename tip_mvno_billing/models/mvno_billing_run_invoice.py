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
        billed_elsewhere = [
            ("is_canceled", "=", False),
            ("mvno_billing_from", ">", last_day),
        ]
        lines = self.env["mvno.line"].search(
            [
                ("platform_id", "=", self.platform_id.id),
                ("state", "in", LIVE_STATES),
                "|",
                ("activation_date", "=", False),
                ("activation_date", "<=", last_day),
                ("contract_line_ids", "not any", in_force),
                ("contract_line_ids", "not any", billed_elsewhere),
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

    def _issue(self, line, code, reason, competence=None, **vals):
        return {
            "run_id": self.id,
            "competence": competence or self.competence,
            "code": code,
            "reason": reason,
            "contract_line_id": line.id,
            "mvno_line_id": line.mvno_line_id.id,
            "partner_id": line.contract_id.partner_id.id,
            **vals,
        }

    # === INVOICES === #

    def _invoice_or_park(self, lines, charges, last_try=False):
        """Invoice customers; halve them until only the broken ones are left out.

        :param lines: ``contract.line`` records whose month is billed
        :param list charges: :class:`Charge` items of these and other contract lines
        :param bool last_try: park customers that run into conflicts, too
        :return: list of issue values
        """
        contracts = (lines | self._charged_lines(charges)).contract_id
        if not contracts:
            return []
        try:
            with self.env.cr.savepoint():
                return self._invoice(lines, charges)
        except Exception as error:
            if isinstance(error, CONFLICTS) and not last_try:
                raise
            customers = contracts.commercial_partner_id.sorted("id")
            if len(customers) == 1:
                return self._park(lines, charges, error)
        issues = []
        half = len(customers) // 2
        for part in (customers[:half], customers[half:]):
            its_lines = (lines | self._charged_lines(charges)).filtered(
                lambda line, part=part: line.contract_id.commercial_partner_id in part
            )
            its_charges = [c for c in charges if c.contract_line_id in its_lines._ids]
            issues += self._invoice_or_park(lines & its_lines, its_charges, last_try)
        return issues

    def _park(self, lines, charges, error):
        """:return: list of issue values that say why a customer was not billed"""
        if isinstance(error, UserError):
            reason = str(error)
        else:
            contracts = (lines | self._charged_lines(charges)).contract_id
            customer = contracts.commercial_partner_id
            _logger.error(
                "Billing run %s: customer %s failed",
                self.id,
                customer.id,
                exc_info=error,
            )
            reason = self._unexpected(error)
        return self._issues(lines, charges, "failed", reason)

    def _issues(self, lines, charges, code, reason):
        """:return: list of issue values, all for the same reason"""
        line_of = self.env["contract.line"].browse
        return [
            *(self._issue(line, code, reason) for line in lines),
            *(
                self._issue(
                    line_of(charge.contract_line_id),
                    code,
                    f"{charge.text}: {reason}",
                    command_id=charge.command_id,
                )
                for charge in charges
            ),
        ]

    def _invoice(self, lines, charges):
        """Create the invoices and the items that keep from being billed again what is
        on them, in one transaction.

        :param lines: ``contract.line`` records to be billed for this month
        :param list charges: :class:`Charge` items to be billed with it
        :return: list of issue values about what an extension left out
        """
        self.ensure_one()
        billing = MonthBilling(
            competence=self.competence,
            issued=self.platform_id._today(),
            due_date=self.due_date or None,
            run_id=self.id,
            line_ids=frozenset(lines.ids),
            charges=tuple(charges),
        )
        contracts = (lines | self._charged_lines(charges)).contract_id.with_context(
            **{CONTEXT_KEY: billing}
        )
        values_list = contracts._prepare_recurring_invoices_values(billing.issued)
        moves = (
            self.env["account.move"]
            .with_context(tracking_disable=True)
            .create(values_list)
        )
        items = self.env["mvno.billing.item"]._claim(moves, self.competence, charges)
        if self.mode != "preview":
            self._issue_moves(moves)
        reason = self.env._(
            "An extension of contracts left this line out of its invoice. Ask your "
            "administrator which one, and why."
        )
        months = items.filtered(lambda item: item.kind == "recurring")
        billed = {(item.contract_line_id.id, item.source_key) for item in items}
        missing = [charge for charge in charges if charge.key not in billed]
        return self._issues(
            lines - months.contract_line_id, missing, "left_out", reason
        )

    def _issue_moves(self, moves):
        """Make known new invoices whose lines are there."""
        self._log_origin(moves)
        self._add_followers(moves)
        if self.company_id.mvno_posting == "posted":
            moves._post(soft=False)

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
