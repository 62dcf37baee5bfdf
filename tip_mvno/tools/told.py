# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What one method tells another in the context, and no remote call can: a caller over
RPC chooses the context, too, but JSON holds no object of ours."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Told:
    """A value of the context that the code itself has put there.

    :param value: hashable
    """

    value: object


def told(env, key):
    """:return: what the code put into the context; None for anything else"""
    found = env.context.get(key)
    return found.value if isinstance(found, Told) else None
