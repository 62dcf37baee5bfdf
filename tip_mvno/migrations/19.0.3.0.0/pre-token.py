# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).


def migrate(cr, version):
    """The tokens move to a table of their own."""
    cr.execute(
        """
        CREATE TABLE IF NOT EXISTS mvno_platform_token (
            platform_id integer PRIMARY KEY,
            token text
        )
        """
    )
    cr.execute(
        """
        SELECT 1 FROM information_schema.columns
         WHERE table_name = 'mvno_platform' AND column_name = 'user_token'
           AND table_schema = current_schema
        """
    )
    if cr.fetchone():
        cr.execute(
            """
            INSERT INTO mvno_platform_token (platform_id, token)
                 SELECT id, TRIM(user_token) FROM mvno_platform
                  WHERE TRIM(user_token) > ''
            ON CONFLICT (platform_id) DO NOTHING;
            ALTER TABLE mvno_platform DROP COLUMN user_token
            """
        )
    # what TIP did may show late: less than that was never safe
    cr.execute(
        """
        UPDATE mvno_platform SET settle_seconds = 60
         WHERE settle_seconds < 60 AND base_url LIKE 'https:%'
        """
    )
