# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Days where the platform is, and moments of the database, which are UTC."""

from datetime import datetime, time

import pytz


def utc_midnight(day, tz):
    """:param day: date
    :param str tz: name of the time zone in which the day counts
    :return: naive UTC datetime of the day's first moment"""
    local = pytz.timezone(tz).localize(datetime.combine(day, time.min))
    return local.astimezone(pytz.utc).replace(tzinfo=None)


def local_day(moment, tz):
    """:param moment: naive UTC datetime
    :param str tz: name of the time zone in which the day counts
    :return: date, the day there"""
    return pytz.utc.localize(moment).astimezone(pytz.timezone(tz)).date()
