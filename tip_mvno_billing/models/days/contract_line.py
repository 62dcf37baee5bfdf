# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models

from odoo.addons.tip_mvno.tools.local_time import local_day

from ...tools.month import month_end, month_of, next_month


class ContractLine(models.Model):
    """The days of a month that a telephony contract line pays for."""

    _inherit = "contract.line"

    def _mvno_period(self, competence):
        """The days of a month that this line pays for, suspended ones among them.

        :param competence: first day of the month
        :return: (first day, last day), or None when the line pays for no day of it
        """
        self.ensure_one()
        end = self._mvno_last_day()
        start = max(competence, self._mvno_first_day())
        end = min(month_end(competence), end) if end else month_end(competence)
        return (start, end) if start <= end else None

    def _mvno_first_day(self):
        """:return: the first day that is paid for, as was agreed"""
        self.ensure_one()
        start = max(filter(None, self._mvno_starts()))
        rule = self.mvno_first_month
        if rule == "by_days" or start.day == 1 or not self._mvno_begins_service():
            return start
        return month_of(start) if rule == "full" else next_month(start)

    def _mvno_last_day(self):
        """:return: the last day that is paid for, as was agreed; False while the line
        goes on"""
        self.ensure_one()
        ends = list(filter(None, self._mvno_ends()))
        if not ends:
            return False
        if self.mvno_last_month == "full" and self._mvno_ends_service():
            return month_end(min(ends))
        return min(ends)

    def _mvno_begins_service(self):
        """:return: bool, whether no other contract line paid for the mobile line
        before, here or in another system"""
        self.ensure_one()
        return not self.mvno_billing_from and not any(
            other.date_start < self.date_start for other in self._mvno_others()
        )

    def _mvno_ends_service(self):
        """:return: bool, whether no other contract line pays for the mobile line
        afterwards"""
        self.ensure_one()
        return not any(
            other.date_start > self.date_start for other in self._mvno_others()
        )

    def _mvno_others(self):
        """:return: the other contract lines that pay, or paid, for the mobile line"""
        lines = self.mvno_line_id.contract_line_ids
        return (lines - self).filtered(lambda line: not line.is_canceled)

    def _mvno_starts(self):
        """:return: list of dates (or False) before each of which nothing is billed"""
        self.ensure_one()
        mobile = self.mvno_line_id
        starts = [self.date_start, self.mvno_billing_from, mobile.activation_date]
        if self.mvno_bill_from == "port_in":
            starts.append(self._mvno_port_in_end())
        return starts

    def _mvno_ends(self):
        """:return: list of dates (or False) after each of which nothing is billed"""
        self.ensure_one()
        mobile = self.mvno_line_id
        cancelled = mobile.state == "cancelled" and mobile.cancellation_date
        return [self.date_end, cancelled]

    def _mvno_port_in_end(self):
        """:return: the local date on which the first port-in of the line that ended
        did, or False; one that is repeated later interrupts nothing"""
        ends = [
            moment
            for portability in self.mvno_line_id.portability_ids
            if not portability.is_open and (moment := _ended_at(portability))
        ]
        if not ends:
            return False
        return local_day(min(ends), self.mvno_line_id.platform_id.tz)


def _ended_at(portability):
    """:return: UTC datetime when a port-in ended, or False"""
    moments = [portability.checked_at]
    if portability.state == "done":
        moments.append(portability.window_start)
    return min(filter(None, moments), default=False)
