# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The arithmetic of billing months. A month is named by its first day."""

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from dateutil.relativedelta import relativedelta


def month_of(day):
    """:return: first day of the month that holds the day"""
    return day.replace(day=1)


def month_text(day):
    """:return: str, the month that holds the day as people write it; "" for no day"""
    return f"{day:%m/%Y}" if day else ""


def next_month(day):
    """:return: first day of the month after the one that holds the day"""
    return month_of(day) + relativedelta(months=1)


def month_end(day):
    """:return: last day of the month that holds the day"""
    return next_month(day) - relativedelta(days=1)


def days_in(start, end):
    """:return: how many days a period has, its first and last day included"""
    return (end - start).days + 1


def days_between(first, last):
    """:return: list of the days from ``first`` to ``last``, both included"""
    return [first + relativedelta(days=n) for n in range(days_in(first, last))]


def spans_of(days):
    """:param days: iterable of dates
    :return: list of (first day, last day) of those that follow each other"""
    spans = []
    for day in sorted(days):
        if spans and day == spans[-1][1] + relativedelta(days=1):
            spans[-1] = spans[-1][0], day
        else:
            spans.append((day, day))
    return spans


def labelled_spans(start, end, label):
    """Find the days of a period that have the same label and follow each other.

    :param start: date
    :param end: date, the last day
    :param label: given a date, its label; days whose label is false are left out
    :return: list of (label, first day, last day)
    """
    spans, before = [], None
    for number in range(days_in(start, end)):
        day = start + timedelta(days=number)
        name = label(day)
        if name and name == before:
            spans[-1] = name, spans[-1][1], day
        elif name:
            spans.append((name, day, day))
        before = name
    return spans


def months_between(first, until):
    """List the months from the one that holds ``first`` up to, without, ``until``.

    :param first: any day
    :param until: first day of a month
    :return: list of first days
    """
    months = []
    month = month_of(first)
    while month < until:
        months.append(month)
        month = next_month(month)
    return months


def exact_share(price, charged, total, discount, rounding):
    """The part of a monthly price that some of the month's days cost.

    Half a unit is rounded up, once, after the discount.

    :param float price: of the whole month
    :param int charged: days charged
    :param int total: days of the month
    :param float discount: percent
    :param float rounding: the currency's smallest unit, 0.01 say
    :return: float
    """
    unit = Decimal(str(rounding))
    exact = Decimal(str(price)) * charged / total
    exact *= 1 - Decimal(str(discount)) / 100
    return float((exact / unit).quantize(Decimal(1), ROUND_HALF_UP) * unit)
