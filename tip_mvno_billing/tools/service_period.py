# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How an invoice line names the period of a service that is no telephony."""

from datetime import date

SERVICE = "service "


def service_key(start, end):
    """:return: str, what tells apart the periods of a service's contract line"""
    return f"{SERVICE}{start}/{end}"


def service_period(key):
    """:param key: what names an invoice line's charge, or nothing
    :return: (first day, last day) of a service's period, or None"""
    if not key or not key.startswith(SERVICE):
        return None
    start, end = key.removeprefix(SERVICE).split("/")
    return date.fromisoformat(start), date.fromisoformat(end)
