# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models

from ...tools.month import month_end, month_text
from ...tools.overage import Usage


class MvnoBillingSourceUsage(models.AbstractModel):
    """Usage beyond the allowance, of plans that have prices for it.

    Only a closed statement is billed: what may still change is no invoice's basis.
    """

    _name = "mvno.billing.source.usage"
    _description = "Usage beyond the allowance"
    _inherit = ["mvno.billing.source"]
    _kinds = ("usage",)

    @api.model
    def _charges(self, run, customers):
        if self._problem(run):
            return []
        product = run.company_id.mvno_usage_product_id
        return [
            usage.line._mvno_usage_charge(run.competence, usage, product)
            for usage in self._usage(run, customers)
            if usage.difference > 0
        ]

    @api.model
    def _usage(self, run, customers=None):
        """What the month's usage costs, and what of it is billed already: a statement
        may have been opened again after it was billed.

        :param run: ``mvno.billing.run`` record
        :param customers: ``res.partner`` records; all when not given
        :return: list of :class:`Usage`
        """
        months = self._months(run, customers)
        tariffs = self._tariffs(run, months)
        beyond = self.env["mvno.usage.event"]._beyond(
            run.platform_id, run.competence, tariffs
        )
        paying = self.env["contract.line"].union(*months)
        billed = (
            self.env["mvno.billing.item"]
            .search(
                [
                    ("contract_line_id", "in", paying.ids),
                    ("competence", "=", run.competence),
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

    @api.model
    def _paying_domain(self, run):
        """:return: domain of the contract lines that pay for a mobile line in the
        run's month"""
        return [
            ("is_telephony", "=", True),
            ("is_canceled", "=", False),
            ("contract_id.active", "=", True),
            ("contract_id.contract_type", "=", "sale"),
            ("company_id", "=", run.company_id.id),
            ("mvno_line_id.platform_id", "=", run.platform_id.id),
            ("date_start", "<=", month_end(run.competence)),
            "|",
            ("date_end", "=", False),
            ("date_end", ">=", run.competence),
        ]

    @api.model
    def _months(self, run, customers=None):
        """The contract lines whose plans have prices for usage, or share a month of a
        mobile line with one.

        :param run: ``mvno.billing.run`` record
        :param customers: ``res.partner`` records; all when not given
        :return: list of ``contract.line`` records, each the parts of one mobile line's
            month that one customer pays for
        """
        of_customers = (
            [("contract_id.commercial_partner_id", "in", customers.ids)]
            if customers is not None
            else []
        )
        lines = self.env["contract.line"]
        priced = lines.search(
            [
                *self._paying_domain(run),
                *of_customers,
                ("mvno_overage", "=", True),
            ]
        )
        if not priced:
            return []
        # a mobile line's month may be several plans', and several customers'
        paying = lines.search(
            [
                *self._paying_domain(run),
                *of_customers,
                ("mvno_line_id", "in", priced.mvno_line_id.ids),
            ]
        )
        settled = self._settled(run, paying)
        months = paying.grouped(
            lambda line: (line.mvno_line_id, line.contract_id.commercial_partner_id)
        )
        return [
            parts
            for parts in months.values()
            if not (parts & settled)
            and not any(line._mvno_hindrance() for line in parts)
        ]

    @api.model
    def _settled(self, run, lines):
        """:return: of these contract lines those whose usage of the run's month was
        billed before what was signed was kept"""
        return (
            self.env["mvno.billing.item"]
            .search(
                [
                    ("contract_line_id", "in", lines.ids),
                    ("competence", "=", run.competence),
                    ("state", "=", "billed"),
                    ("is_usage_settled", "=", True),
                ]
            )
            .contract_line_id
        )

    @api.model
    def _tariffs(self, run, months):
        """:return: list of :class:`Tariff`, of the parts of months of mobile lines"""
        return [
            tariff for parts in months for tariff in parts._mvno_tariffs(run.competence)
        ]

    # === UNBILLED USAGE === #

    @api.model
    def _problem(self, run):
        """:return: (code of ``mvno.billing.issue``, sentence) about why no usage of
        the run's month can be billed yet, or None when it can"""
        month = month_text(run.competence)
        if not self._statement(run).state == "closed":
            return "usage_open", self.env._(
                "Usage beyond the allowance of %(month)s is not billed: close the "
                "statement of %(month)s, then run the billing again.",
                month=month,
            )
        if not run.company_id.mvno_usage_product_id:
            return "usage_no_product", self.env._(
                "Usage beyond the allowance of %(month)s is not billed: company "
                "%(company)s has no product for it. Press “Create the product” in "
                "Settings > Telefonia MVNO, then run the billing again.",
                month=month,
                company=run.company_id.name,
            )
        return None

    @api.model
    def _statement(self, run):
        """:return: the statement of the run's month for all subscribers, or none"""
        return self.env["mvno.statement"].search(
            [
                ("platform_id", "=", run.platform_id.id),
                ("competence", "=", run.competence),
                ("partner_id", "=", False),
            ]
        )

    @api.model
    def _unbilled(self, run):
        """Usage of the run's month, and of earlier months, that no run can bill yet or
        that a person must look at."""
        problem = self._problem(run)
        if not problem:
            issues = self._billed_too_much(run) + self._without_time(run)
        elif self._tariffs(run, self._months(run)):
            code, reason = problem
            issues = [self._issue(run, code, reason, run.competence)]
        else:
            issues = []
        return issues + self._earlier(run)

    @api.model
    def _issue(self, run, code, reason, competence):
        """:return: issue values about all of a month's usage"""
        return {
            "run_id": run.id,
            "competence": competence,
            "code": code,
            "reason": reason,
        }

    @api.model
    def _billed_too_much(self, run):
        """:return: list of issue values of lines whose usage came to less than what is
        billed, after their statement was opened again"""
        return [
            run._issue(
                usage.line,
                "usage_less",
                self.env._(
                    "Usage beyond the allowance of line %(line)s in %(month)s comes to "
                    "%(amount)s now, while %(billed)s are billed: the statement "
                    "changed. Give the difference back with an adjustment.",
                    line=usage.line.mvno_line_id.display_name,
                    month=month_text(run.competence),
                    amount=usage.line.currency_id.format(usage.amount),
                    billed=usage.line.currency_id.format(usage.billed),
                ),
            )
            for usage in self._usage(run)
            if usage.difference < 0
        ]

    @api.model
    def _without_time(self, run):
        """:return: list of issue values of lines of which records have no time, where
        that decides who pays for them"""
        parted = {
            (tariff.mvno_line_id, tariff.kind): tariff.contract_line_id
            for tariff in self._tariffs(run, self._months(run))
            if tariff.since or tariff.until
        }
        counted = (
            self.env["mvno.usage.event"]
            .sudo()
            ._read_group(
                [
                    ("platform_id", "=", run.platform_id.id),
                    ("competence", "=", run.competence),
                    ("started_at", "=", False),
                    ("mvno_line_id", "in", [line_id for line_id, _kind in parted]),
                ],
                ["mvno_line_id", "kind"],
                ["__count"],
            )
        )
        found = {}
        for mobile, kind, records in counted:
            line_id = parted.get((mobile.id, kind))
            if line_id:
                found[line_id] = found.get(line_id, 0) + records
        lines = self.env["contract.line"].browse(found)
        return [
            run._issue(
                line,
                "usage_undated",
                self.env._(
                    "%(count)s records of line %(line)s in %(month)s have no time, and "
                    "the month is not one customer's as a whole: they are not charged. "
                    "Look at them, and charge a service if somebody is to pay.",
                    count=found[line.id],
                    line=line.mvno_line_id.display_name,
                    month=month_text(run.competence),
                ),
            )
            for line in lines
        ]

    @api.model
    def _earlier(self, run):
        """:return: list of issue values of the months before the run's whose usage was
        not billed, or came anew after it was"""
        earlier = run.search(
            [
                ("platform_id", "=", run.platform_id.id),
                ("competence", "<", run.competence),
                ("state", "=", "done"),
            ],
            order="id",
        )
        last_of_month = {before.competence: before for before in earlier}
        waiting = (
            self.env["mvno.billing.issue"]
            .search(
                [
                    ("run_id", "in", [last.id for last in last_of_month.values()]),
                    ("code", "in", ("usage_open", "usage_no_product")),
                ]
            )
            .mapped("competence")
        )
        months = {
            month: self.env._(
                "Usage beyond the allowance of %(month)s is not billed yet: close its "
                "statement, then start a billing run for %(month)s.",
                month=month_text(month),
            )
            for month in waiting
            if month in last_of_month
        }
        for month in self._months_imported_again(run, last_of_month):
            months.setdefault(
                month,
                self.env._(
                    "The statement of %(month)s was imported again after the month was "
                    "billed: close it, then start a billing run for %(month)s.",
                    month=month_text(month),
                ),
            )
        return [
            self._issue(run, "earlier_month", reason, month)
            for month, reason in sorted(months.items())
        ]

    @api.model
    def _months_imported_again(self, run, last_of_month):
        """:param dict last_of_month: {month: the last run that billed it}
        :return: list of months whose statement is newer than that run, on a platform
            of which somebody's plan has prices for usage"""
        priced = self.env["contract.line"].search_count(
            [
                ("mvno_overage", "=", True),
                ("mvno_line_id.platform_id", "=", run.platform_id.id),
            ],
            limit=1,
        )
        if not priced:
            return []
        statements = self.env["mvno.statement"].search(
            [
                ("platform_id", "=", run.platform_id.id),
                ("competence", "in", list(last_of_month)),
                ("partner_id", "=", False),
                ("imported_at", "!=", False),
            ]
        )
        return [
            statement.competence
            for statement in statements
            if statement.imported_at > last_of_month[statement.competence].finished_at
        ]
