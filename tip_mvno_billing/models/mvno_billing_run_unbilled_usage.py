# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class MvnoBillingRun(models.Model):
    """What a run tells of usage that it does not bill."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.billing.run"

    def _unbilled_charges(self):
        return super()._unbilled_charges() + self._unbilled_usage()

    def _unbilled_usage(self):
        """Tell of this month's usage, and of earlier months', that no run can bill yet
        or that a person must look at.

        :return: list of issue values
        """
        self.ensure_one()
        problem = self._usage_problem()
        if not problem:
            issues = self._usage_billed_too_much() + self._usage_without_time()
        elif self._tariffs(self._usage_months()):
            code, reason = problem
            issues = [self._usage_issue(code, reason, self.competence)]
        else:
            issues = []
        return issues + self._earlier_usage()

    def _usage_issue(self, code, reason, competence):
        return {
            "run_id": self.id,
            "competence": competence,
            "code": code,
            "reason": reason,
        }

    def _usage_billed_too_much(self):
        """:return: list of issue values of lines whose usage came to less than what is
        billed, after their statement was opened again"""
        return [
            self._issue(
                usage.line,
                "usage_less",
                self.env._(
                    "Usage beyond the allowance of line %(line)s in %(month)s comes to "
                    "%(amount)s now, while %(billed)s are billed: the statement "
                    "changed. Give the difference back with an adjustment.",
                    line=usage.line.mvno_line_id.display_name,
                    month=f"{self.competence:%m/%Y}",
                    amount=usage.line.currency_id.format(usage.amount),
                    billed=usage.line.currency_id.format(usage.billed),
                ),
            )
            for usage in self._usage()
            if usage.difference < 0
        ]

    def _usage_without_time(self):
        """:return: list of issue values of lines of which records have no time, where
        that decides who pays for them"""
        parted = {
            (tariff.mvno_line_id, tariff.kind): tariff.contract_line_id
            for tariff in self._tariffs(self._usage_months())
            if tariff.since or tariff.until
        }
        counted = (
            self.env["mvno.usage.event"]
            .sudo()
            ._read_group(
                [
                    ("platform_id", "=", self.platform_id.id),
                    ("competence", "=", self.competence),
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
            self._issue(
                line,
                "usage_undated",
                self.env._(
                    "%(count)s records of line %(line)s in %(month)s have no time, and "
                    "the month is not one customer's as a whole: they are not charged. "
                    "Look at them, and charge a service if somebody is to pay.",
                    count=found[line.id],
                    line=line.mvno_line_id.display_name,
                    month=f"{self.competence:%m/%Y}",
                ),
            )
            for line in lines
        ]

    def _earlier_usage(self):
        """:return: list of issue values of the months before this one whose usage was
        not billed, or came anew after it was"""
        earlier = self.search(
            [
                ("platform_id", "=", self.platform_id.id),
                ("competence", "<", self.competence),
                ("state", "=", "done"),
            ],
            order="id",
        )
        last_of_month = {run.competence: run for run in earlier}
        waiting = (
            self.env["mvno.billing.issue"]
            .search(
                [
                    ("run_id", "in", [run.id for run in last_of_month.values()]),
                    ("code", "in", ("usage_open", "usage_no_product")),
                ]
            )
            .mapped("competence")
        )
        months = {
            month: self.env._(
                "Usage beyond the allowance of %(month)s is not billed yet: close its "
                "statement, then start a billing run for %(month)s.",
                month=f"{month:%m/%Y}",
            )
            for month in waiting
            if month in last_of_month
        }
        for month in self._months_imported_again(last_of_month):
            months.setdefault(
                month,
                self.env._(
                    "The statement of %(month)s was imported again after the month was "
                    "billed: close it, then start a billing run for %(month)s.",
                    month=f"{month:%m/%Y}",
                ),
            )
        return [
            self._usage_issue("earlier_month", reason, month)
            for month, reason in sorted(months.items())
        ]

    def _months_imported_again(self, last_of_month):
        """:param dict last_of_month: {month: the last run that billed it}
        :return: list of months whose statement is newer than that run, on a platform
            whose plans have prices for usage"""
        priced = self.env["product.template"].search_count(
            [
                ("mvno_overage", "=", True),
                ("mvno_platform_id", "=", self.platform_id.id),
            ],
            limit=1,
        )
        if not priced:
            return []
        statements = self.env["mvno.statement"].search(
            [
                ("platform_id", "=", self.platform_id.id),
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
