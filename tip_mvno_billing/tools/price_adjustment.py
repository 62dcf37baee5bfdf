# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What speaks for and against a new price, line by line."""

from dateutil.relativedelta import relativedelta

from odoo.tools import format_date

from .succession import Succession

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
            adjustment._adjusted_domain(), order="partner_id, id"
        )
        self.succession = Succession(found, adjustment.competence)
        self.price_since = {line: self._price_since(line) for line in found}
        oldest = adjustment.competence - relativedelta(months=adjustment.min_months)
        self.lines = found.filtered(lambda line: self.price_since[line] <= oldest)

    def _price_since(self, line):
        """:return: date since which the customer has paid this plan's price: of this
        contract line, or of the ones before it at the same price"""
        since = line.date_start
        before = self.succession.history[line.mvno_line_id].filtered(
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
        sentences = []
        since = self.price_since[line]
        if since > self.adjustment.competence - relativedelta(months=MONTHS_BETWEEN):
            sentences.append(
                self.env._(
                    "The present price counts since %(date)s only: less than 12 "
                    "months.",
                    date=format_date(self.env, since),
                )
            )
        sentences += self.succession.obstacles(line)
        return " ".join(sentences) or False
