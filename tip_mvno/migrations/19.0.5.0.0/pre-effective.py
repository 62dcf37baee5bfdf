# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.addons.tip_mvno.lib import SimStatus

# What a line is here where the platform has its SIM card in these states.
STATES = {
    SimStatus.IN_USE: ("active",),
    SimStatus.PARTIALLY_BLOCKED: ("partially_blocked",),
    SimStatus.TOTALLY_BLOCKED: ("blocked",),
    SimStatus.BLOCKED: ("partially_blocked", "blocked"),
}


def migrate(cr, version):
    """Changes of state count from when they were noted, as they did before.

    A line was last known in its state when it was last read, if the platform said so.
    """
    cr.execute(
        """
        ALTER TABLE mvno_transition
            ADD COLUMN IF NOT EXISTS effective_at timestamp,
            ADD COLUMN IF NOT EXISTS effective_source varchar
        """
    )
    cr.execute(
        """
        UPDATE mvno_transition
           SET effective_at = date, effective_source = 'recorded'
         WHERE effective_at IS NULL
        """
    )
    cr.execute("ALTER TABLE mvno_line ADD COLUMN IF NOT EXISTS state_seen_at timestamp")
    cr.execute(
        "SELECT DISTINCT platform_status FROM mvno_line WHERE checked_at IS NOT NULL"
    )
    for (status,) in cr.fetchall():
        states = STATES.get(SimStatus.from_wire(status))
        if states:
            cr.execute(
                """
                UPDATE mvno_line SET state_seen_at = checked_at
                 WHERE state IN %s AND platform_status = %s
                """,
                [states, status],
            )
