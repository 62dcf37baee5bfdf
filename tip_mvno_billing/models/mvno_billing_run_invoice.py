# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from math import isqrt

from markupsafe import Markup

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import split_every

from ..tools.month_billing import CONTEXT_KEY, MonthBilling
from .mvno_billing_run_driver import CONFLICTS

_logger = logging.getLogger(__name__)


class MvnoBillingRun(models.Model):
    """The invoices that what is billed becomes."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.billing.run"

    @api.model
    def _charged_lines(self, charges):
        """:return: the contract lines of these charges"""
        return self.env["contract.line"].browse(
            dict.fromkeys(charge.contract_line_id for charge in charges)
        )

    def _invoice_or_park(self, parts, charges, last_try=False):
        """Invoice customers; split them until only the broken ones are left out.

        What was done for the others of a broken customer's batch is done once more.
        Parts of the square root's size keep that least: of a thousand customers one
        that is broken costs a batch, and hardly more.

        :param dict parts: ``{contract line id: Part}``, what of the month is billed
        :param list charges: :class:`Charge` items of these and other contract lines
        :param bool last_try: park customers that run into conflicts, too
        :return: list of issue values
        """
        lines = self.env["contract.line"].browse(parts)
        contracts = (lines | self._charged_lines(charges)).contract_id
        if not contracts:
            return []
        try:
            with self.env.cr.savepoint():
                return self._invoice(parts, charges)
        except Exception as error:
            if isinstance(error, CONFLICTS) and not last_try:
                raise
            customers = contracts.commercial_partner_id.sorted("id")
            if len(customers) == 1:
                return self._park(lines, charges, error)
        issues = []
        for part in split_every(isqrt(len(customers)), customers):
            its_lines = (lines | self._charged_lines(charges)).filtered(
                lambda line, part=part: line.contract_id.commercial_partner_id in part
            )
            its_ids = set(its_lines.ids)
            issues += self._invoice_or_park(
                {key: part for key, part in parts.items() if key in its_ids},
                [charge for charge in charges if charge.contract_line_id in its_ids],
                last_try,
            )
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
                    **charge.record_values,
                )
                for charge in charges
            ),
        ]

    def _invoice(self, parts, charges):
        """Create the invoices and the items that keep from being billed again what is
        on them, in one transaction.

        :param dict parts: ``{contract line id: Part}``, what of the month is billed
        :param list charges: :class:`Charge` items to be billed with it
        :return: list of issue values about what an extension left out
        """
        self.ensure_one()
        billing = MonthBilling(
            competence=self.competence,
            issued=self.platform_id._today(),
            due_date=self.due_date or None,
            run_id=self.id,
            parts=parts,
            charges=tuple(charges),
        )
        lines = self.env["contract.line"].browse(parts)
        contracts = (lines | self._charged_lines(charges)).contract_id.with_context(
            **{CONTEXT_KEY: billing}
        )
        values_list = contracts._prepare_recurring_invoices_values(billing.issued)
        moves = (
            self.env["account.move"]
            .with_context(tracking_disable=True)
            .create(values_list)
        )
        items = self.env["mvno.billing.item"]._claim(moves, billing)
        if self.mode != "preview":
            self._issue_moves(moves)
        return self._left_out(billing, items)

    def _left_out(self, billing, items):
        """:return: list of issue values about what is on no invoice"""
        months = items.filtered(
            lambda item: item.kind == "recurring"
            and item.competence == billing.competence
        )
        billed = {item._charge_key() for item in items}
        missing = [charge for charge in billing.charges if charge.key not in billed]
        for source in self.env["mvno.billing.source"]._all():
            missing = source._missed(missing)
        lines = self.env["contract.line"].browse(billing.parts)
        lines -= months.contract_line_id
        free = lines.filtered(lambda line: not billing.parts[line.id].amount)
        reason = self.env._(
            "An extension of contracts left this line out of its invoice. Ask your "
            "administrator which one, and why."
        )
        courtesy = self.env._("This line is a courtesy in this month.")
        return [
            *self._issues(free, [], "courtesy", courtesy),
            *self._issues(lines - free, missing, "left_out", reason),
        ]

    def _issue_moves(self, moves):
        """Make known new invoices whose lines are there."""
        self._log_origin(moves)
        self._add_followers(moves)
        if self.company_id.mvno_posting == "posted":
            moves._post(soft=False)
            self._queue_sending(moves)

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
