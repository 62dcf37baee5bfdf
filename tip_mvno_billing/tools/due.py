# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""When an invoice is overdue."""

from datetime import timedelta

SATURDAY = 5


def last_day_to_pay(due):
    """A due date on a weekend may be paid on the Monday after it.

    Banking holidays are not known here: on the day after one, what was due on it
    counts as overdue already.

    :param due: date
    :return: date
    """
    if due.weekday() < SATURDAY:
        return due
    return due + timedelta(days=7 - due.weekday())


def is_overdue(due, today):
    """:return: bool, whether what was due on a day, or never, is overdue today"""
    return bool(due) and last_day_to_pay(due) < today
