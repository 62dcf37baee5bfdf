# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Queries whose rows' ids tell where the row comes from."""

from collections.abc import Set

from odoo.fields import Domain


def narrow_ids(domain, narrower):
    """Add to each condition on ids what these ids tell, which the database cannot know:
    it would compute all rows to find a few.

    :param domain: a domain
    :param narrower: given the list of ids, the domain that their rows fulfil
    :return: ``Domain`` that finds the same rows
    """

    def narrow(condition):
        values = condition.value
        is_named = condition.field_expr == "id" and condition.operator == "in"
        if not is_named or not isinstance(values, Set | list | tuple):
            return condition
        return condition & Domain(narrower([row_id for row_id in values if row_id]))

    return Domain(domain).map_conditions(narrow)
