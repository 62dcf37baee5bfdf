# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How much of a commitment is left when a customer leaves early."""

from datetime import timedelta

from dateutil.relativedelta import relativedelta

# A person's commitment counts for no longer (RGC, Resolução Anatel 765/2023).
LONGEST_FOR_PEOPLE = 12
# In these days after its start a contract is given up for free (CDC, art. 49).
DAYS_OF_REGRET = 7


def months_left(start, end, last_day, is_person):
    """What a commitment has left on the day after a line's last day of service.

    :param start: first day of the commitment
    :param end: the day on which it is over, start + 12 months say
    :param last_day: last day of service
    :param bool is_person: whether a person committed, not a company
    :return: (whole months left, months of the commitment)
    """
    if is_person:
        end = min(end, start + relativedelta(months=LONGEST_FOR_PEOPLE))
    length = relativedelta(end, start)
    months = length.years * 12 + length.months + bool(length.days)
    # counted back from the end, which no end of a month makes longer
    rest = relativedelta(max(last_day + timedelta(days=1), start), end)
    return max(-(rest.years * 12 + rest.months), 0), months


def is_regretted(start, last_day):
    """:return: bool, whether a contract is given up within the days of regret"""
    return last_day <= start + timedelta(days=DAYS_OF_REGRET)
