# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Usage as customers read it."""

from odoo.tools import formatLang

MB_PER_GB = 1024


def clock(seconds):
    """:return: a duration as "h:mm:ss" """
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def volume(env, megabytes):
    """:param env: environment of the reader's language
    :return: a data volume in GB or, below one, in MB"""
    if megabytes < MB_PER_GB:
        return f"{formatLang(env, megabytes, digits=2)} MB"
    return f"{formatLang(env, megabytes / MB_PER_GB, digits=2)} GB"


# How people read what events count: seconds, messages and MB.
EVENT_WORDS = {
    "voice": lambda _env, seconds: clock(seconds),
    "sms": lambda _env, messages: str(messages),
    "data": volume,
}
