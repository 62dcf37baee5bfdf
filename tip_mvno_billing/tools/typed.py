# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Fields of ours on Odoo's own records, which the code alone writes."""

from odoo.exceptions import AccessError


def refuse_typed(records, vals, names):
    """Refuse what is typed into them: ``readonly`` concerns forms only, not RPC.

    :param records: what is written
    :param dict vals: the values
    :param names: of the fields that a billing run writes
    :raise AccessError: where one of them would change and a user, not the code, writes
    """
    typed = names & vals.keys()
    if records.env.su or not typed:
        return
    changed = [
        name
        for name in typed
        if any(
            record._fields[name].convert_to_write(record[name], record)
            != (vals[name] or False)
            for record in records.sudo()
        )
    ]
    if changed:
        labels = records.sudo().fields_get(changed, ["string"])
        raise AccessError(
            records.env._(
                "A billing run decides this: %(fields)s. Leave it as it is.",
                fields=", ".join(sorted(label["string"] for label in labels.values())),
            )
        )
