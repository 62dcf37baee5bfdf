# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Business days, Monday to Friday. Holidays are not known here: what is due on one is
only due a day early."""

from datetime import timedelta

SATURDAY = 5


def after_business_days(moment, days):
    """Find the moment a number of business days later, at the same time of day.

    From a Saturday or Sunday on, the first day counted is the Monday after it.

    :param datetime moment: local time
    :param int days: whole business days, 0 or more
    :return: datetime
    """
    while days > 0:
        moment += timedelta(days=1)
        days -= moment.weekday() < SATURDAY
    return moment
