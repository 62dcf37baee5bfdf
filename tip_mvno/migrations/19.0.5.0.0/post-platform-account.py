# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).


def migrate(cr, version):
    """Each platform has its account at the operator; of two with one account the older
    one, and the health of both tells it. The digest is that of
    ``mvno.platform.token``."""
    cr.execute(
        """
        INSERT INTO mvno_platform_account (account, platform_id)
             SELECT encode(sha256(convert_to(
                        btrim(token.token) || chr(10)
                        || lower(rtrim(btrim(platform.base_url), '/')), 'UTF8'
                    )), 'hex'),
                    min(platform.id)
               FROM mvno_platform AS platform
               JOIN mvno_platform_token AS token ON token.platform_id = platform.id
              WHERE btrim(token.token) > '' AND btrim(platform.base_url) > ''
              GROUP BY 1
        ON CONFLICT DO NOTHING
        """
    )
