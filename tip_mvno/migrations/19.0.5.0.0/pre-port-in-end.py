# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).


def migrate(cr, version):
    """Port-ins that have ended keep the day on which they did, where the platform is:
    the first moment at which it is known to be over. Later readings moved it before."""
    cr.execute("ALTER TABLE mvno_portability ADD COLUMN IF NOT EXISTS ended_on date")
    cr.execute(
        """
        UPDATE mvno_portability AS port_in
           SET ended_on = (
               LEAST(
                   port_in.checked_at,
                   CASE WHEN port_in.state = 'done' THEN port_in.window_start END,
                   (SELECT min(change.date)
                      FROM mvno_transition AS change
                     WHERE change.res_model = 'mvno.portability'
                       AND change.res_id = port_in.id
                       AND change.state_to = port_in.state)
               ) AT TIME ZONE 'UTC' AT TIME ZONE platform.tz
           )::date
          FROM mvno_line AS line
          JOIN mvno_platform AS platform ON platform.id = line.platform_id
         WHERE line.id = port_in.line_id
           AND port_in.state IN ('done', 'refused', 'cancelled')
           AND port_in.ended_on IS NULL
        """
    )
