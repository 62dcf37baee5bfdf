# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import hashlib
import io

import psycopg2

from odoo import api, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

LONGEST_TOKEN = 512


class MvnoPlatformToken(models.AbstractModel):
    """The tokens, in a table that has no other column and no constraint but its key.

    Odoo and PostgreSQL write a statement that fails into their logs, and PostgreSQL the
    row that breaks a constraint into the error, which users see. So a token is never
    part of a statement, nor of a row that anything else writes: it is copied into a
    temporary table, and from there to its place.

    One token at one address is one account at the operator, and one platform here: a
    digest of both has a table of its own whose key keeps a second one out.
    """

    _name = "mvno.platform.token"
    _description = "MVNO Platform's Token"

    def init(self):
        self.env.cr.execute(
            """
            CREATE TABLE IF NOT EXISTS mvno_platform_token (
                platform_id integer PRIMARY KEY,
                token text
            );
            CREATE TABLE IF NOT EXISTS mvno_platform_account (
                account text PRIMARY KEY,
                platform_id integer NOT NULL
            )
            """
        )

    @api.model
    def _tell(self, platform_ids):
        """:param platform_ids: ids of ``mvno.platform``
        :return: dict {id: token} of those that have one"""
        query = "SELECT platform_id, token FROM mvno_platform_token WHERE platform_id"
        return dict(
            self.env.execute_query(SQL(query + " = ANY(%s)", list(platform_ids)))
        )

    @api.model
    def _keep(self, platform_id, token):
        """Keep a platform's token in the place of the one it had.

        :param int platform_id: id of an ``mvno.platform``
        :param str token: at most :data:`LONGEST_TOKEN` printable characters
        :raise UserError: when it is no token, or could not be kept; it says neither
        """
        if len(token) > LONGEST_TOKEN or not token.isprintable():
            raise UserError(
                self.env._(
                    "This is no token: it is too long or has characters that cannot be "
                    "printed. Copy it from TIP's e-mail again."
                )
            )
        try:
            self._copy(platform_id, token)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise  # Odoo tries the whole request again
        except psycopg2.Error as error:
            raise UserError(
                self.env._(
                    "The token could not be kept (%(error)s). Ask your administrator "
                    "to look at the database.",
                    error=type(error).__name__,
                )
            ) from None

    def _copy(self, platform_id, token):
        cr = self.env.cr
        cr.execute(
            """
            CREATE TEMPORARY TABLE IF NOT EXISTS mvno_token_entry (token text)
                ON COMMIT DROP;
            TRUNCATE pg_temp.mvno_token_entry
            """
        )
        entry = token.replace("\\", "\\\\").encode()
        cr.copy_expert("COPY pg_temp.mvno_token_entry FROM STDIN", io.BytesIO(entry))
        cr.execute(
            """
            INSERT INTO mvno_platform_token (platform_id, token)
                 SELECT %s, token FROM pg_temp.mvno_token_entry
            ON CONFLICT (platform_id) DO UPDATE SET token = EXCLUDED.token
            """,
            [platform_id],
        )
        cr.execute("TRUNCATE pg_temp.mvno_token_entry")

    @api.model
    def _forget(self, platform_ids):
        """:param platform_ids: ids of ``mvno.platform`` that keep no token"""
        ids = list(platform_ids)
        for table in ("mvno_platform_token", "mvno_platform_account"):
            self.env.cr.execute(
                SQL(
                    "DELETE FROM %s WHERE platform_id = ANY(%s)",
                    SQL.identifier(table),
                    ids,
                )
            )

    # === ACCOUNTS === #

    @api.model
    def _accounts(self, addresses):
        """:param dict addresses: {id of an ``mvno.platform``: its address}
        :return: dict {id: digest of token and address} of those that have both"""
        tokens = self._tell(addresses)
        return {
            platform_id: _digest(token, addresses[platform_id])
            for platform_id, token in tokens.items()
            if token and addresses[platform_id]
        }

    @api.model
    def _claim_account(self, platform_id, account):
        """Keep others from the account that a platform uses from now on.

        :param int platform_id: id of an ``mvno.platform``
        :param account: its digest, see :meth:`_accounts`; None for none any more
        :return: bool, whether nobody else has it. Who claims it at the same moment
            gets a serialization error, and is tried again by Odoo.
        """
        self.env.cr.execute(
            SQL("DELETE FROM mvno_platform_account WHERE platform_id = %s", platform_id)
        )
        if not account:
            return True
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO mvno_platform_account (account, platform_id)
                     VALUES (%s, %s)
                ON CONFLICT (account) DO NOTHING
                """,
                account,
                platform_id,
            )
        )
        return bool(self.env.cr.rowcount)


def _digest(token, address):
    """:return: str that says whether two platforms use one account, and no more"""
    text = f"{token.strip()}\n{address.strip().rstrip('/').lower()}"
    return hashlib.sha256(text.encode()).hexdigest()
