# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is to happen to contract lines that other terms are proposed for."""

from odoo.tools import format_date


class Succession:
    """What was, and is to be, before and after contract lines that successors are
    proposed for. Read in one query, however many lines there are.

    :param lines: ``contract.line`` records
    :param month: date, the first day of the successors
    """

    def __init__(self, lines, month):
        self.env = lines.env
        self.month = month
        self.history = lines.search(
            [
                ("mvno_line_id", "in", lines.mvno_line_id.ids),
                ("is_canceled", "=", False),
            ],
            order="date_start, id",
        ).grouped("mvno_line_id")

    def obstacles(self, line):
        """:return: list of sentences about what speaks against a successor"""
        sentences = []
        if line.last_date_invoiced and line.last_date_invoiced >= self.month:
            sentences.append(
                self.env._(
                    "Invoiced up to %(date)s: choose a later month.",
                    date=format_date(self.env, line.last_date_invoiced),
                )
            )
        return sentences + self._planned(line)

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
