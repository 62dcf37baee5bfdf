# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.fields import Domain

from .mvno_billing_charge import UNBILLED


class MvnoBillingRun(models.Model):
    """How a month bills its one-off charges, and tells of those it does not bill."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.billing.run"

    def _one_off_domain(self):
        """:return: domain of the charges that this run bills, if their contract is in
        force"""
        self.ensure_one()
        return [
            ("state", "=", "open"),
            ("competence", "=", self.competence),
            ("company_id", "=", self.company_id.id),
            ("mvno_line_id.platform_id", "=", self.platform_id.id),
        ]

    def _charged_line_domain(self):
        one_offs = [
            ("contract_id.contract_type", "=", "sale"),
            ("contract_id.active", "=", True),
            ("mvno_charge_ids", "any", self._one_off_domain()),
        ]
        return Domain(super()._charged_line_domain()) | Domain(one_offs)

    def _charges(self, customers):
        charges = self.env["mvno.billing.charge"].search(
            [
                *self._one_off_domain(),
                (
                    "contract_line_id.contract_id.commercial_partner_id",
                    "in",
                    customers.ids,
                ),
            ],
            order="date, id",
        )
        return super()._charges(customers) + [
            charge._charge() for charge in charges if not self._one_off_problem(charge)
        ]

    def _one_off_problem(self, charge):
        """:return: (code of ``mvno.billing.issue``, sentence) about why a charge of
        this month cannot be billed, or None when it can"""
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

    # === WHAT IS NOT BILLED === #

    @api.model
    def _issue_source_key(self, values):
        if values.get("charge_id"):
            return f"charge-{values['charge_id']}"
        return super()._issue_source_key(values)

    def _unbilled_charges(self):
        return super()._unbilled_charges() + self._unbilled_one_offs()

    def _unbilled_one_offs(self):
        """List the one-off charges up to this month that no run has billed.

        :return: list of issue values
        """
        self.ensure_one()
        listed = self.env["mvno.billing.issue"].search(
            [("run_id", "=", self.id), ("charge_id", "!=", False)]
        )
        charges = self.env["mvno.billing.charge"].search(
            [
                ("state", "in", UNBILLED),
                ("competence", "<=", self.competence),
                ("company_id", "=", self.company_id.id),
                ("mvno_line_id.platform_id", "=", self.platform_id.id),
            ],
            order="competence, id",
        )
        return [self._one_off_issue(charge) for charge in charges - listed.charge_id]

    def _one_off_issue(self, charge):
        """:return: issue values that say why a charge is not billed"""
        problem = self._one_off_problem(charge)
        if problem:
            code, reason = problem
        elif charge.competence < self.competence:
            code = "earlier_month"
            reason = self.env._(
                "%(charge)s is not billed yet: start a billing run for %(month)s, or "
                "press “Bill with This Month” on the charge.",
                charge=charge.text,
                month=f"{charge.competence:%m/%Y}",
            )
        else:
            code = "left_out"
            reason = self.env._(
                "%(charge)s was added while the month was being billed: run the "
                "billing again.",
                charge=charge.text,
            )
        return self._issue(
            charge.contract_line_id,
            code,
            reason,
            charge.competence,
            mvno_line_id=charge.mvno_line_id.id,
            charge_id=charge.id,
        )

    def _issue_source_key(self, values):
        if values.get("charge_id"):
            return f"charge-{values['charge_id']}"
        return super()._issue_source_key(values)
