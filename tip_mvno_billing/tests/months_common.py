# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the tests of a run's months share."""

from contextlib import contextmanager

from .billing_common import BillingCase, at_time

NOVEMBER_1 = "2026-11-01 15:00:00"
# How a company may round its taxes.
ROUNDING_METHODS = ("round_per_line", "round_globally")


class MonthsCase(BillingCase):
    """What runs made of the months of a line."""

    def _codes(self, run, line):
        issues = run.issue_ids.filtered(lambda issue: issue.contract_line_id == line)
        return [(issue.code, issue.competence) for issue in issues]

    def _billed(self, line):
        """:return: list of (kind, month, amount) of what is billed of a line"""
        items = line.mvno_item_ids.filtered(lambda item: item.state == "billed")
        return [
            (item.kind, item.competence, item.move_line_id.price_subtotal)
            for item in items.sorted("id")
        ]

    def _bill_on(self, moment, competence):
        with at_time(moment):
            return self._bill(competence)

    def _run_on(self, moment, run):
        with at_time(moment):
            return self._run(run)

    @contextmanager
    def _rounding(self, method):
        """Let the company round its taxes in this way, and undo what was done."""
        with self.subTest(method=method), self.cr.savepoint() as savepoint:
            self.company.tax_calculation_rounding_method = method
            yield
            savepoint.rollback()
