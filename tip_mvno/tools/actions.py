# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a button's method returns to open something."""


def open_action(env, xml_id, **changes):
    """Open a window action of the data, changed for the occasion.

    :param env: the user's environment: the action is read with its rights
    :param str xml_id: of an ``ir.actions.act_window``
    :param changes: values in place of the action's own, ``domain`` or ``context`` say
    :return: dict, the action
    """
    return {**env["ir.actions.act_window"]._for_xml_id(xml_id), **changes}


def open_form(record):
    """Open a record in its form.

    :param record: one record, or none for an empty form
    :return: dict, the action
    """
    return {
        "type": "ir.actions.act_window",
        "res_model": record._name,
        "res_id": record.id,
        "view_mode": "form",
    }
