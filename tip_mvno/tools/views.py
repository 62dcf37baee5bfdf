"""What a migration does about views."""

from odoo.tools import SQL


def dissolve_views(cr, module, names):
    """Remove views whose content their base view has taken over.

    A view of somebody else's that inherits one of them inherits its base view from now
    on: what it looks for stands there. Left to the end of the upgrade, both would say
    the same for a while, which Odoo warns of.

    :param cr: the migration's cursor
    :param str module: the addon that had them
    :param names: their xml ids, without the addon
    """
    for name in names:
        gone = SQL(
            "SELECT res_id FROM ir_model_data"
            " WHERE model = 'ir.ui.view' AND module = %s AND name = %s",
            module,
            name,
        )
        cr.execute(
            SQL(
                "UPDATE ir_ui_view AS child SET inherit_id = gone.inherit_id"
                "  FROM ir_ui_view AS gone"
                " WHERE child.inherit_id = gone.id AND gone.id IN (%s)",
                gone,
            )
        )
        cr.execute(SQL("DELETE FROM ir_ui_view WHERE id IN (%s)", gone))
    cr.execute(
        SQL(
            "DELETE FROM ir_model_data"
            " WHERE model = 'ir.ui.view' AND module = %s AND name IN %s",
            module,
            tuple(names),
        )
    )
