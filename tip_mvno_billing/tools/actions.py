# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Actions that open windows."""


def window_action(env, xmlid, **changes):
    """:param env: environment of the user
    :param str xmlid: of an ``ir.actions.act_window``
    :param changes: what is other than in the data, its domain say
    :return: dict, the action"""
    return {**env["ir.actions.act_window"]._for_xml_id(xmlid), **changes}


def form_action(record):
    """:return: dict, the action that opens a record's form"""
    return {
        "type": "ir.actions.act_window",
        "res_model": record._name,
        "res_id": record.id,
        "view_mode": "form",
    }


def open_first(records):
    """:param records: iterable of records, the best one first; empty ones among them
    :return: dict, the action that opens the form of the first that the user may see;
        False when there is none"""
    for record in records:
        if record and record.has_access("read"):
            return form_action(record)
    return False
