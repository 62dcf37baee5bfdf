"""The token stays in its own table; documents and numbers stay out of the logs."""

import logging

from odoo.exceptions import UserError
from odoo.tools import SQL

from .case import SynchronizedCase
from .provider import TOKEN


class _Recorder(logging.Handler):
    """Keeps every record that reaches the root logger, as it would be written."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))
        self.text = ""

    def emit(self, record):
        self.text += self.format(record) + "\n"


class TestSecrecy(SynchronizedCase):
    def setUp(self):
        super().setUp()
        self.log = _Recorder()
        root = logging.getLogger()
        # the most talkative setting an administrator can choose
        for name in ("urllib3", "requests", "odoo.addons.tip_mvno", "odoo.addons.base"):
            logger = logging.getLogger(name)
            self.addCleanup(logger.setLevel, logger.level)
            logger.setLevel(logging.DEBUG)
        root.addHandler(self.log)
        self.addCleanup(root.removeHandler, self.log)
        self.provider.synchronize()

    def tables_with(self, secret):
        """:return: {table: rows} in which the text stands, in any column"""
        self.env.flush_all()
        tables = self.env.execute_query(
            SQL(
                "SELECT table_name FROM information_schema.tables "
                "WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
            )
        )
        found = {}
        for (table,) in tables:
            ((count,),) = self.env.execute_query(
                SQL(
                    "SELECT count(*) FROM %s AS whole WHERE whole::text LIKE %s",
                    SQL.identifier(table),
                    f"%{secret}%",
                )
            )
            if count:
                found[table] = count
        return found

    def test_the_token_is_nowhere_but_in_its_own_table(self):
        lines = self.subscribed()
        self.drive("mvno.command", "cron_process")
        lines.action_refresh()
        platform = self.provider.platform
        for operation, kind in (
            ("plans", "server_error"),
            ("plans", "malformed"),
            ("plans", "reset_before"),
            ("plans", "too_many"),
            ("simcard", "reset_after"),
            ("block_total", "reset_after"),
        ):
            self.simulated.order_fault(operation, kind)
        for _fault in range(4):
            platform.action_test_connection()
        with self.assertRaises(UserError) as refusal:
            lines.action_refresh()
        lines.action_block_total("theft")
        self.drive("mvno.command", "cron_process")
        platform.base_url = "http://127.0.0.1:9/api/public"
        platform.action_test_connection()
        self.assertIn("could not be reached", platform.last_error)

        self.assertEqual(self.tables_with(TOKEN), {"mvno_platform_token": 1})
        self.assertNotIn(TOKEN, platform.last_error)
        self.assertNotIn(TOKEN, str(refusal.exception))
        self.assertNotIn(TOKEN, repr(refusal.exception.__context__))
        self.assertIn("/planos", self.log.text)
        self.assertNotIn(TOKEN, self.log.text)

    def test_a_copy_of_the_platform_has_no_token(self):
        copy = self.provider.platform.copy({"name": "Cópia"})
        self.assertFalse(copy.user_token)
        self.assertEqual(copy.state, "draft")

    def test_documents_and_numbers_stay_out_of_the_log(self):
        lines = self.subscribed()
        self.drive("mvno.command", "cron_process")
        lines.action_refresh()
        document = lines.partner_id.vat
        self.assertTrue(lines.number)
        self.assertIn("ativar", self.log.text)
        for secret in (document, lines.number, lines.number.removeprefix("+55")):
            self.assertNotIn(secret, self.log.text)
