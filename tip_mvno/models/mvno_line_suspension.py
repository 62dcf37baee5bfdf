# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dateutil.relativedelta import relativedelta

from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date


class MvnoLine(models.Model):
    """Suspension at the customer's request: a total block with an end and rules."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.line"

    def _suspension_vals(self, date_end, override):
        """:return: the values of a suspension's holds, once the rules allow it"""
        if not date_end:
            platform = self.sudo().platform_id[:1]
            running = self.sudo()._suspension().mapped("date_end")
            date_end = max(
                filter(None, running),
                default=platform._suspension_end(platform._today()),
            )
        set_aside = self._check_suspension(date_end, override)
        return {
            "date_end": date_end,
            "override_reason": override if set_aside else False,
        }

    def _check_suspension(self, date_end, override=None):
        """Refuse a suspension that the platform's rules do not allow.

        :param date_end: last date of the suspension
        :param str override: why the rules are set aside; a manager's word
        :return: bool, whether they had to be set aside
        :raise UserError: with every problem in plain words
        :raise AccessError: when somebody else sets the rules aside
        """
        problems = self._suspension_problems(date_end)
        if not problems:
            return False
        if not override:
            raise UserError("\n".join(problems))
        self._check_override()
        return True

    def _check_override(self):
        """:raise AccessError: when the user may not set the rules aside"""
        if not (self.env.su or self.env.user.has_group("tip_mvno.group_manager")):
            raise AccessError(
                self.env._(
                    "Only a manager may set the rules of a suspension aside. Ask one "
                    "to do it, or keep to the rules."
                )
            )

    def _suspension_problems(self, date_end):
        """Say what speaks against suspending these lines at the customer's request.

        A suspension that was taken back on the day it began does not count as one.

        :param date_end: last date of the suspension
        :return: list of sentences; empty when nothing does
        """
        lines = self.sudo()
        problems = []
        for platform, of_platform in lines.grouped("platform_id").items():
            today = platform._today()
            starts = {line._suspension_start(today) for line in of_platform}
            lengths = {
                platform._suspension_length_problem(start, date_end) for start in starts
            }
            problems += sorted(filter(None, lengths))
            begin_now = of_platform.filtered(lambda line: not line._suspension())
            problems += begin_now._suspended_lately(platform, today)
            problems += begin_now._suspension_debtors(platform, today)
        return problems

    def _suspension(self):
        """:return: the suspension at the customer's request that is in force"""
        return self.hold_ids.filtered(
            lambda hold: not hold.lifted_at and hold._is_suspension()
        )

    def _suspension_start(self, today):
        """:return: the date from which this line's suspension counts: a running one
        goes on, and is too long from its start"""
        self.ensure_one()
        running = self._suspension()
        if not running:
            return today
        return self.platform_id._local_date(running.date_start)

    def _suspended_lately(self, platform, today):
        months = relativedelta(months=platform.suspension_months)
        problems = []
        for hold in self.hold_ids.filtered(lambda hold: hold._is_suspension()):
            start = platform._local_date(hold.date_start)
            end = platform._local_date(hold.lifted_at)
            if start == end or start + months <= today:
                continue
            problems.append(
                self.env._(
                    "Line %(line)s was suspended from %(start)s to %(end)s; it may be "
                    "suspended again from %(again)s on.",
                    line=hold.line_id.display_name,
                    start=format_date(self.env, start),
                    end=format_date(self.env, end),
                    again=format_date(self.env, start + months),
                )
            )
        return problems

    def _suspension_debtors(self, platform, today):
        customers = self.partner_id.commercial_partner_id
        return [
            self.env._(
                "%(customer)s has overdue invoices: a suspension needs everything paid "
                "up.",
                customer=customer.name,
            )
            for customer in customers._mvno_overdue(platform.company_id, today)
        ]
