# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from ..platform.mvno_platform import STAFF


class MvnoPlatform(models.Model):
    """The rules of a suspension at the customer's request.

    Their defaults are those of the press on Anatel's RGC (Resolução 765/2023); a
    provider's own reading of it may differ, so they are settings.
    """

    _inherit = "mvno.platform"

    suspension_min_days = fields.Integer(
        string="Shortest Suspension (days)",
        required=True,
        default=30,
        help="How long a suspension at the customer's request lasts at least.",
        groups=STAFF,
    )
    suspension_max_days = fields.Integer(
        string="Longest Suspension (days)",
        required=True,
        default=120,
        help="How long a suspension at the customer's request lasts at most.",
        groups=STAFF,
    )
    suspension_months = fields.Integer(
        string="Months between Suspensions",
        required=True,
        default=12,
        help="So many months after a suspension began, the line may be suspended at "
        "the customer's request again. 0: at any time.",
        groups=STAFF,
    )

    # In words by _check_suspension.
    _suspension_days_range = models.Constraint(
        "CHECK(suspension_min_days >= 1 AND suspension_max_days >= suspension_min_days "
        "AND suspension_months >= 0)"
    )

    @api.constrains("suspension_min_days", "suspension_max_days", "suspension_months")
    def _check_suspension(self):
        for platform in self.sudo():
            least, most = platform.suspension_min_days, platform.suspension_max_days
            if not 1 <= least <= most or platform.suspension_months < 0:
                raise ValidationError(
                    self.env._(
                        "Suspension at the customer's request: choose at least 1 day, "
                        "no more days at least than at most, and no negative number of "
                        "months."
                    )
                )

    def _local_date(self, moment):
        """:param moment: datetime, UTC
        :return: the date it was where the platform is"""
        self.ensure_one()
        return pytz.utc.localize(moment).astimezone(pytz.timezone(self.tz)).date()

    def _check_end_to_come(self, date_end):
        """:param date_end: planned end of a hold, or False for none
        :raise UserError: when that day is over where one of the platforms is"""
        for platform in self:
            if date_end and date_end < platform._today():
                raise UserError(
                    self.env._(
                        "The planned end %(date)s is over already. Choose today or a "
                        "later date, or lift the hold.",
                        date=format_date(self.env, date_end),
                    )
                )

    def _suspension_end(self, start):
        """:param start: the date on which a suspension begins
        :return: the earliest date on which it may end"""
        self.ensure_one()
        return start + timedelta(days=self.suspension_min_days)

    def _suspension_length_problem(self, start, end):
        """Judge how long a suspension at the customer's request would last.

        :param start: the date on which it begins
        :param end: the last date on which the line is suspended
        :return: a sentence, or False
        """
        self.ensure_one()
        earliest = self._suspension_end(start)
        latest = start + timedelta(days=self.suspension_max_days)
        if earliest <= end <= latest:
            return False
        return self.env._(
            "A suspension at the customer's request lasts %(least)s to %(most)s days: "
            "choose an end from %(earliest)s to %(latest)s.",
            least=self.suspension_min_days,
            most=self.suspension_max_days,
            earliest=format_date(self.env, earliest),
            latest=format_date(self.env, latest),
        )
