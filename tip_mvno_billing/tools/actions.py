# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a button's method returns to open one of several records."""

from odoo.addons.tip_mvno.tools.actions import open_form


def open_first(records):
    """Open the first of some records that the user may see.

    :param records: iterable of records, the best one first; empty ones among them
    :return: dict, the action; False when there is none
    """
    for record in records:
        if record and record.has_access("read"):
            return open_form(record)
    return False
