# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

from ..tools.month import month_end
from ..tools.overage import Usage


class MvnoBillingRun(models.Model):
    """How a month bills usage beyond the allowance, for plans that have prices for it.

    Only a closed statement is billed: what may still change is no invoice's basis.
    """

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.billing.run"

    def _charges(self, customers):
        charges = super()._charges(customers)
        if self._usage_problem():
            return charges
        product = self.company_id.mvno_usage_product_id
        return charges + [
            usage.line._mvno_usage_charge(self.competence, usage, product)
            for usage in self._usage(customers)
            if usage.difference > 0
        ]

    def _usage(self, customers=None):
        """What this month's usage costs, and what of it is billed already: a statement
        may have been opened again after it was billed.

        :param customers: ``res.partner`` records; all when not given
        :return: list of :class:`Usage`
        """
        months = self._usage_months(customers)
        tariffs = self._tariffs(months)
        beyond = self.env["mvno.usage.event"]._beyond(
            self.platform_id, self.competence, tariffs
        )
        paying = self.env["contract.line"].union(*months)
        billed = (
            self.env["mvno.billing.item"]
            .search(
                [
                    ("contract_line_id", "in", paying.ids),
                    ("competence", "=", self.competence),
                    ("kind", "=", "usage"),
                    ("state", "=", "billed"),
                ]
            )
            .grouped("contract_line_id")
        )
        last_ids = {tariff.contract_line_id for tariff in tariffs}
        return [
            Usage(
                line=line,
                excesses=beyond.get(line.id, []),
                items=self.env["mvno.billing.item"].union(
                    *(billed[part] for part in parts if part in billed)
                ),
            )
            for parts in months
            for line in parts
            if line.id in last_ids
        ]

    def _month_line_domain(self):
        """:return: domain of the contract lines that pay for a mobile line in this
        month"""
        return [
            ("is_telephony", "=", True),
            ("is_canceled", "=", False),
            ("contract_id.active", "=", True),
            ("contract_id.contract_type", "=", "sale"),
            ("company_id", "=", self.company_id.id),
            ("mvno_line_id.platform_id", "=", self.platform_id.id),
            ("date_start", "<=", month_end(self.competence)),
            "|",
            ("date_end", "=", False),
            ("date_end", ">=", self.competence),
        ]

    def _usage_months(self, customers=None):
        """The contract lines whose plans have prices for usage, or share a month of a
        mobile line with one.

        :param customers: ``res.partner`` records; all when not given
        :return: list of ``contract.line`` records, each the parts of one mobile line's
            month that one customer pays for
        """
        self.ensure_one()
        of_customers = (
            [("contract_id.commercial_partner_id", "in", customers.ids)]
            if customers is not None
            else []
        )
        lines = self.env["contract.line"]
        priced = lines.search(
            [
                *self._month_line_domain(),
                *of_customers,
                ("product_id.mvno_overage", "=", True),
            ]
        )
        if not priced:
            return []
        # a mobile line's month may be several plans', and several customers'
        paying = lines.search(
            [
                *self._month_line_domain(),
                *of_customers,
                ("mvno_line_id", "in", priced.mvno_line_id.ids),
            ]
        )
        months = paying.grouped(
            lambda line: (line.mvno_line_id, line.contract_id.commercial_partner_id)
        )
        return [
            parts
            for parts in months.values()
            if not any(line._mvno_hindrance() for line in parts)
        ]

    def _tariffs(self, months):
        """:return: list of :class:`Tariff`, of the parts of months of mobile lines"""
        return [
            tariff
            for parts in months
            for tariff in parts._mvno_tariffs(self.competence)
        ]

    # === WHAT IS NOT BILLED === #

    def _usage_problem(self):
        """:return: (code of ``mvno.billing.issue``, sentence) about why no usage of
        this month can be billed yet, or None when it can"""
        self.ensure_one()
        month = f"{self.competence:%m/%Y}"
        if not self._statement().state == "closed":
            return "usage_open", self.env._(
                "Usage beyond the allowance of %(month)s is not billed: close the "
                "statement of %(month)s, then run the billing again.",
                month=month,
            )
        if not self.company_id.mvno_usage_product_id:
            return "usage_no_product", self.env._(
                "Usage beyond the allowance of %(month)s is not billed: company "
                "%(company)s has no product for it. Press “Create the product” in "
                "Settings > Telefonia MVNO, then run the billing again.",
                month=month,
                company=self.company_id.name,
            )
        return None

    def _statement(self):
        """:return: the statement of this month for all subscribers, or none"""
        return self.env["mvno.statement"].search(
            [
                ("platform_id", "=", self.platform_id.id),
                ("competence", "=", self.competence),
                ("partner_id", "=", False),
            ]
        )

    def _open_statement(self, competence):
        """:return: action that opens the statements of a month"""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "tip_mvno_billing.mvno_statement_action"
        )
        domain = [
            ("platform_id", "=", self.platform_id.id),
            ("competence", "=", fields.Date.to_string(competence)),
        ]
        return {**action, "domain": domain, "context": {}}
