# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What speaks for and against a new price, line by line."""

from dateutil.relativedelta import relativedelta

from odoo.tools import format_date

# Prices of telephony are adjusted once a year at most.
MONTHS_BETWEEN = 12


class AdjustmentPreview:
    """What a price adjustment would concern, and what speaks against each.

    Everything is read in a few queries, however many lines there are.
    """

    def __init__(self, adjustment):
        """:param adjustment: ``mvno.price.adjustment`` record"""
        self.adjustment = adjustment
        self.env = adjustment.env
        found = self.env["contract.line"].search(
            adjustment._contract_line_domain(), order="partner_id, id"
        )
        # the whole history of each mobile line, in one query
        self.history = found.search(
            [
                ("mvno_line_id", "in", found.mvno_line_id.ids),
                ("is_canceled", "=", False),
            ],
            order="date_start, id",
        ).grouped("mvno_line_id")
        self.price_since = {line: self._price_since(line) for line in found}
        oldest = adjustment.competence - relativedelta(months=adjustment.min_months)
        self.lines = found.filtered(lambda line: self.price_since[line] <= oldest)

    def _price_since(self, line):
        """:return: date since which the customer has paid this plan's price: of this
        contract line, or of the ones before it at the same price"""
        since = line.date_start
        before = self.history[line.mvno_line_id].filtered(
            lambda other: other.date_start < line.date_start
        )
        for other in reversed(before):
            same = (
                other.product_id == line.product_id
                and not line.currency_id.compare_amounts(
                    other.price_unit, line.price_unit
                )
                and other.date_end == since - relativedelta(days=1)
            )
            if not same:
                break
            since = other.date_start
        return since

    def warning(self, line):
        """:return: str, what speaks against adjusting a contract line, or False"""
        env, month = self.env, self.adjustment.competence
        sentences = []
        since = self.price_since[line]
        if since > month - relativedelta(months=MONTHS_BETWEEN):
            sentences.append(
                env._(
                    "The present price counts since %(date)s only: less than 12 "
                    "months.",
                    date=format_date(env, since),
                )
            )
        if line.last_date_invoiced and line.last_date_invoiced >= month:
            sentences.append(
                env._(
                    "Invoiced up to %(date)s: choose a later month.",
                    date=format_date(env, line.last_date_invoiced),
                )
            )
        sentences += self._planned(line)
        return " ".join(sentences) or False

    def _planned(self, line):
        """:return: list of sentences about what is to happen to a line anyway"""
        env, mobile = self.env, line.mvno_line_id
        sentences = []
        later = self.history[mobile].filtered(
            lambda other: other.date_start > line.date_start
        )
        if later:
            sentences.append(
                env._(
                    "Another price is planned from %(date)s on.",
                    date=format_date(env, later[0].date_start),
                )
            )
        elif line.date_end:
            sentences.append(
                env._(
                    "The contract line ends on %(date)s.",
                    date=format_date(env, line.date_end),
                )
            )
        if mobile.plan_change_id:
            sentences.append(
                env._(
                    "A change of plan is planned: %(change)s.",
                    change=mobile.plan_change_id.display_name,
                )
            )
        if mobile.open_command_id.operation in ("change_plan", "cancel"):
            sentences.append(
                env._(
                    "A request is on its way: %(request)s.",
                    request=mobile.open_command_id.display_name,
                )
            )
        return sentences
