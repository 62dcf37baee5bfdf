# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dataclasses import dataclass

from odoo import api, models

from ...tools.month import month_end, month_text
from ...tools.overage import USAGE_KINDS, Usage, balanced


@dataclass(frozen=True, eq=False)
class HolderMonth:
    """What one customer pays for a mobile line in a month."""

    lines: object
    """The ``contract.line`` records, in the order of their days; none where the line is
    no longer that customer's."""
    items: object
    """``mvno.billing.item`` records that bill usage of it."""

    @property
    def payers(self):
        """:return: all ``contract.line`` records that pay, or paid, for usage of it"""
        return self.lines | self.items.contract_line_id

    @property
    def holder(self):
        """:return: (mobile line, customer)"""
        return _holder(self.payers[:1])


def _holder(line):
    """:return: (mobile line, customer) that a contract line is about"""
    return line.mvno_line_id, line.contract_id.commercial_partner_id


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
        months = self._months(run, customers)
        months = self._open_months(months, self._settled(run, months))
        return [
            usage.line._mvno_usage_charge(run.competence, usage, product)
            for usages in self._usage(run, months, self._tariffs(run, months))
            for usage in usages
            if usage.difference > 0
        ]

    @api.model
    def _usage(self, run, months, tariffs):
        """What the month's usage costs, and what of it is billed already: a statement
        may have been opened again after it was billed.

        :param run: ``mvno.billing.run`` record
        :param list months: :class:`HolderMonth` items, those that can be priced
        :param list tariffs: their :class:`Tariff` items
        :return: list of lists of :class:`Usage`, each of what one customer pays for one
            mobile line in one currency
        """
        beyond = self.env["mvno.usage.event"]._beyond(
            run.platform_id, run.competence, tariffs
        )
        nothing = self.env["mvno.billing.item"]
        found = []
        for month in months:
            items = month.items.grouped("contract_line_id")
            usages = [
                Usage(
                    line,
                    sorted(
                        beyond.get(line.id, []),
                        key=lambda excess: USAGE_KINDS.index(excess.kind),
                    ),
                    items.get(line, nothing),
                )
                for line in month.payers
                if line.id in beyond or line in items
            ]
            for currency in dict.fromkeys(usage.line.currency_id for usage in usages):
                found.append(
                    balanced(
                        [
                            usage
                            for usage in usages
                            if usage.line.currency_id == currency
                        ]
                    )
                )
        return found

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
        """The months of mobile lines in which somebody's plan has prices for usage, or
        usage is billed: what one customer pays for each.

        :param run: ``mvno.billing.run`` record
        :param customers: ``res.partner`` records; all when not given
        :return: list of :class:`HolderMonth`
        """
        lines, items = self.env["contract.line"], self.env["mvno.billing.item"]
        of_customers = (
            [("contract_id.commercial_partner_id", "in", customers.ids)]
            if customers is not None
            else []
        )
        domain = [*self._paying_domain(run), *of_customers]
        priced = lines.search([*domain, ("mvno_overage", "=", True)])
        billed = items.search(
            [
                ("company_id", "=", run.company_id.id),
                ("mvno_line_id.platform_id", "=", run.platform_id.id),
                ("contract_line_id.contract_id.active", "=", True),
                ("competence", "=", run.competence),
                ("kind", "=", "usage"),
                ("state", "=", "billed"),
            ]
        )
        if customers is not None:
            billed = billed.filtered(
                lambda item: item.contract_line_id.contract_id.commercial_partner_id
                in customers
            )
        mobiles = priced.mvno_line_id | billed.mvno_line_id
        if not mobiles:
            return []
        # a mobile line's month may be several plans', and several customers'
        paying = lines.search(
            [*domain, ("mvno_line_id", "in", mobiles.ids)], order="date_start, id"
        ).grouped(_holder)
        billed = billed.grouped(lambda item: _holder(item.contract_line_id))
        return [
            HolderMonth(paying.get(holder, lines), billed.get(holder, items))
            for holder in paying | billed
        ]

    @api.model
    def _open_months(self, months, settled):
        """:param list months: :class:`HolderMonth` items
        :param settled: of :meth:`_settled`
        :return: list of those whose usage can be priced: those that can be billed, and
            were not before what was signed was kept"""
        return [
            month
            for month in months
            if not (month.payers & settled.contract_line_id)
            and not any(line._mvno_hindrance() for line in month.lines)
        ]

    @api.model
    def _settled(self, run, months):
        """:return: ``mvno.billing.item`` records of these months whose usage is never
        priced again"""
        lines = self.env["contract.line"].union(*(month.payers for month in months))
        return self.env["mvno.billing.item"].search(
            [
                ("contract_line_id", "in", lines.ids),
                ("competence", "=", run.competence),
                ("state", "=", "billed"),
                ("is_usage_settled", "=", True),
            ]
        )

    @api.model
    def _tariffs(self, run, months):
        """:return: list of :class:`Tariff` of these months, of what some plan has a
        price for"""
        lines = self.env["contract.line"].union(*(month.lines for month in months))
        billed_days = lines._mvno_billed_days(run.competence)
        tariffs = [
            tariff
            for month in months
            for tariff in month.lines._mvno_tariffs(run.competence, billed_days)
        ]
        priced = {tariff.pool for tariff in tariffs if tariff.price}
        return [tariff for tariff in tariffs if tariff.pool in priced]

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
        months = self._months(run)
        settled = self._settled(run, months)
        open_months = self._open_months(months, settled)
        tariffs = self._tariffs(run, open_months)
        problem = self._problem(run)
        if not problem:
            usages = self._usage(run, open_months, tariffs)
            issues = [
                *self._billed_too_much(run, usages),
                *self._without_price(run, usages),
                *self._without_time(run, tariffs),
                *self._come_late(run, months, settled),
            ]
        elif tariffs:
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
    def _billed_too_much(self, run, usages):
        """:param list usages: of :meth:`_usage`
        :return: list of issue values of lines whose usage came to less than what is
        billed: their statement was opened again, or whose days they are is known
        since"""
        issues = []
        for month in usages:
            most = min(month, key=lambda usage: usage.difference)
            if most.difference >= 0:
                continue
            line = most.line
            issues.append(
                run._issue(
                    line,
                    "usage_less",
                    self.env._(
                        "Usage beyond the allowance of line %(line)s in %(month)s "
                        "comes to %(amount)s now, while %(billed)s are billed: the "
                        "statement or the plans of the month changed. Give the "
                        "difference back with an adjustment.",
                        line=line.mvno_line_id.display_name,
                        month=month_text(run.competence),
                        amount=line.currency_id.format(
                            sum(usage.amount for usage in month)
                        ),
                        billed=line.currency_id.format(
                            sum(usage.billed for usage in month)
                        ),
                    ),
                )
            )
        return issues

    @api.model
    def _without_price(self, run, usages):
        """:param list usages: of :meth:`_usage`
        :return: list of issue values of lines that used more than was left of the
        allowance on the days of a plan without price for it, while another plan of the
        month has one"""
        return [
            run._issue(
                usage.line,
                "usage_free",
                self.env._(
                    "Line %(line)s used %(usage)s beyond the allowance of %(month)s on "
                    "days (%(days)s) whose plan has no price for it: they are not "
                    "charged. There is nothing to do, unless the plan should have had "
                    "one: charge a service then.",
                    line=usage.line.mvno_line_id.display_name,
                    usage=self._in_words(
                        (excess.kind, excess.quantity) for excess in usage.free
                    ),
                    month=month_text(run.competence),
                    days=usage.line._mvno_usage_days(run.competence),
                ),
            )
            for month in usages
            for usage in month
            if usage.free
        ]

    @api.model
    def _in_words(self, quantities):
        """:param quantities: iterable of (kind, minutes, messages or MB)
        :return: str, a list of them"""
        words = self.env["contract.line"]._mvno_usage_words
        return "; ".join(words(kind, quantity) for kind, quantity in quantities)

    @api.model
    def _without_time(self, run, tariffs):
        """:param list tariffs: :class:`Tariff` items of the months that can be priced
        :return: list of issue values of lines of which records have no time, where
        that decides who pays for them, or by which plan"""
        parted = {
            (tariff.mvno_line_id, tariff.kind): tariff.contract_line_id
            for tariff in tariffs
            if tariff.is_parted
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
                    "the month is not one contract line's as a whole: they are not "
                    "charged. Look at them, and charge a service if somebody is to "
                    "pay.",
                    count=found[line.id],
                    line=line.mvno_line_id.display_name,
                    month=month_text(run.competence),
                ),
            )
            for line in lines
        ]

    @api.model
    def _come_late(self, run, months, settled):
        """:param list months: :class:`HolderMonth` items
        :param settled: of :meth:`_settled`
        :return: list of issue values of lines whose usage of the month was billed
            before what was signed was kept, and of which more came since"""
        last_ids = {
            _holder(item.contract_line_id): item.usage_settled_event_id
            for item in settled.sorted("usage_settled_event_id")
            if item.usage_settled_event_id
        }
        tariffs = self._tariffs(
            run, [month for month in months if month.holder in last_ids]
        )
        found = {}
        line_of = self.env["contract.line"].browse
        for line_id, kind, records, quantity in self.env[
            "mvno.usage.event"
        ]._come_after(
            run.platform_id,
            run.competence,
            tariffs,
            [last_ids[_holder(line_of(tariff.contract_line_id))] for tariff in tariffs],
        ):
            found.setdefault(line_id, []).append((kind, records, quantity))
        return [
            run._issue(
                line,
                "usage_late",
                self.env._(
                    "%(count)s records of line %(line)s (%(usage)s) came after usage "
                    "of %(month)s was billed, by rules that are not kept: they are not "
                    "charged, for that month is not priced again. Compare them with "
                    "the invoice, and charge a service if somebody is to pay.",
                    count=sum(records for _kind, records, _quantity in found[line.id]),
                    line=line.mvno_line_id.display_name,
                    usage=self._in_words(
                        (kind, quantity) for kind, _records, quantity in found[line.id]
                    ),
                    month=month_text(run.competence),
                ),
            )
            for line in line_of(found)
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
