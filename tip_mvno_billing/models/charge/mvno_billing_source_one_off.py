# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.exceptions import UserError

from ...tools.month import month_text
from ...tools.month_billing import Charge
from .mvno_billing_charge import UNBILLED


class MvnoBillingSourceOneOff(models.AbstractModel):
    """One-off charges, billed with their month; what bills one takes it along: billed,
    and to be billed again."""

    _name = "mvno.billing.source.one.off"
    _description = "One-off Charge"
    _inherit = ["mvno.billing.source"]
    _kinds = ("one_off", "fine", "adjustment")
    _record_field = "charge_id"

    @api.model
    def _domain(self, run):
        """:return: domain of the charges that the run bills, if their contract is in
        force"""
        return [
            ("state", "=", "open"),
            ("competence", "=", run.competence),
            ("company_id", "=", run.company_id.id),
            ("mvno_line_id.platform_id", "=", run.platform_id.id),
        ]

    @api.model
    def _line_domain(self, run):
        return [
            ("contract_id.contract_type", "=", "sale"),
            ("contract_id.active", "=", True),
            ("mvno_charge_ids", "any", self._domain(run)),
        ]

    @api.model
    def _charges(self, run, customers):
        charges = self.env["mvno.billing.charge"].search(
            [
                *self._domain(run),
                (
                    "contract_line_id.contract_id.commercial_partner_id",
                    "in",
                    customers.ids,
                ),
            ],
            order="date, id",
        )
        return [self._charge(charge) for charge in charges if not self._problem(charge)]

    @api.model
    def _charge(self, charge):
        """:param charge: ``mvno.billing.charge`` record
        :return: :class:`Charge`"""
        return Charge(
            contract_line_id=charge.contract_line_id.id,
            kind=charge.kind,
            source_key=self._source_key(charge.id),
            day=charge.date,
            product_id=charge._product().id,
            price=charge.price,
            text=charge.text,
            record=(self._record_field, charge.id),
        )

    @api.model
    def _problem(self, charge):
        """:return: (code of ``mvno.billing.issue``, sentence) about why a charge of
        the run's month cannot be billed, or None when it can"""
        contract = charge.contract_line_id.contract_id
        if charge.state == "proposed":
            return "charge_proposed", self.env._(
                "%(charge)s is to be decided: confirm it or waive it, then run the "
                "billing again.",
                charge=charge.text,
            )
        if not (contract.active and contract.contract_type == "sale"):
            return "charge_no_contract", self.env._(
                "%(charge)s: contract %(contract)s is archived. Restore it and run the "
                "billing again, or cancel the charge.",
                charge=charge.text,
                contract=contract.name,
            )
        if not charge._product():
            return "charge_no_product", self.env._(
                "%(charge)s: company %(company)s has no product for fidelity fines. "
                "Press “Create the product” in Settings > Telefonia MVNO, then run the "
                "billing again.",
                charge=charge.text,
                company=charge.company_id.name,
            )
        return None

    # === UNBILLED CHARGES === #

    @api.model
    def _unbilled(self, run):
        """The one-off charges up to the run's month that no run has billed."""
        listed = self.env["mvno.billing.issue"].search(
            [("run_id", "=", run.id), ("charge_id", "!=", False)]
        )
        charges = self.env["mvno.billing.charge"].search(
            [
                ("state", "in", UNBILLED),
                ("competence", "<=", run.competence),
                ("company_id", "=", run.company_id.id),
                ("mvno_line_id.platform_id", "=", run.platform_id.id),
            ],
            order="competence, id",
        )
        return [self._issue(run, charge) for charge in charges - listed.charge_id]

    @api.model
    def _issue(self, run, charge):
        """:return: issue values that say why a charge is not billed"""
        problem = self._problem(charge)
        if problem:
            code, reason = problem
        elif charge.competence < run.competence:
            code = "earlier_month"
            reason = self.env._(
                "%(charge)s is not billed yet: start a billing run for %(month)s, or "
                "press “Bill with This Month” on the charge.",
                charge=charge.text,
                month=month_text(charge.competence),
            )
        else:
            code = "left_out"
            reason = self.env._(
                "%(charge)s was added while the month was being billed: run the "
                "billing again.",
                charge=charge.text,
            )
        return run._issue(
            charge.contract_line_id,
            code,
            reason,
            charge.competence,
            mvno_line_id=charge.mvno_line_id.id,
            charge_id=charge.id,
        )

    # === CLAIM AND RELEASE OF ITEMS === #

    @api.model
    def _claim(self, moves, items):
        items.charge_id._transition("bill")
        return items.browse()

    @api.model
    def _release(self, items, reason):
        items.charge_id._transition("release", reason)

    @api.model
    def _check_claim_again(self, items):
        for item in items:
            if item.charge_id.state == "waived":
                raise UserError(
                    self.env._(
                        "Invoice %(invoice)s cannot stand again: %(charge)s is not "
                        "charged, as was decided meanwhile. Issue a new invoice "
                        "without it.",
                        invoice=item.move_id.display_name,
                        charge=item.charge_id.display_name,
                    )
                )

    @api.model
    def _claim_again(self, items, reason):
        items.charge_id._transition("bill", reason)
