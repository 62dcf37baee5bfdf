# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from pathlib import Path

from odoo.exceptions import UserError
from odoo.modules.module import get_module_path
from odoo.tests import tagged

from ..common import AVAILABLE, IN_USE, NO, TOKEN, MvnoCase, broken
from ..lib_common import all_logs, chain

# Where a secret could end up: every text column of these tables.
TABLES = (
    "mvno_platform",
    "mvno_platform_token",
    "mvno_command",
    "mvno_line",
    "mvno_simcard",
    "mvno_sync",
    "mvno_portability",
    "mvno_rate_limit",
    "mail_message",
    "mail_tracking_value",
    "mail_activity",
    "ir_logging",
)


@tagged("post_install", "-at_install")
class TestSecrecy(MvnoCase):
    """The token is found nowhere but in its own column; people's data in no log."""

    def _columns_with(self, text):
        """:return: set of table.column that hold a text"""
        self.env.flush_all()
        self.cr.execute(
            """SELECT table_name, column_name FROM information_schema.columns
                WHERE table_name IN %s AND table_schema = current_schema
                  AND data_type IN ('text', 'character varying', 'jsonb')""",
            [TABLES],
        )
        found = set()
        for table, column in self.cr.fetchall():
            query = f'SELECT 1 FROM {table} WHERE "{column}"::text LIKE %s LIMIT 1'
            self.cr.execute(query, [f"%{text}%"])
            if self.cr.fetchone():
                found.add(f"{table}.{column}")
        return found

    def _story(self):
        """Good and bad answers, some of which repeat the token."""
        echo = {"message": f"user_token={TOKEN} inválido, ou {TOKEN}"}
        self.platform_says("GET", "/planos", echo, status=401)
        self.platform.action_test_connection()
        self.platform_says("GET", "/estoque/listar", echo, status=500)
        self.platform.action_sync_simcards()
        self.cron("sync")
        for answer in ({"json": {**NO, "msg_usuario": TOKEN}}, {"body": broken()}):
            line = self._make_line()
            self.sim_says(line.simcard_id, AVAILABLE)
            line.action_activate()
            self.write_says(line.simcard_id, "ativar", **answer)
            self.process(line.open_command_id)
            self.sim_says(line.simcard_id, IN_USE, numero=f"119{line.id:08d}")
            line.action_refresh()
        line = self._make_line()
        path = f"/estoque/{line.simcard_id.iccid}"
        self.platform_says("GET", path, echo, status=422)
        with self.assertRaises(UserError) as caught:
            line.action_refresh()
        return caught.exception

    def test_the_token_is_found_nowhere_but_in_its_column(self):
        with all_logs() as written:
            refusal = self._story()
        self.assertEqual(self._columns_with(TOKEN), {"mvno_platform_token.token"})
        self.assertNotIn(TOKEN, "\n".join(written))
        self.assertTrue(written)
        for error in chain(refusal):
            self.assertNotIn(TOKEN, f"{error!r} {error} {vars(error)}")

    def test_the_token_is_told_to_the_platform_alone(self):
        self.platform_says("GET", "/planos", {"data": []})
        self.platform.action_test_connection()
        (call,) = self.web.calls
        self.assertIn(f"user_token={TOKEN}", call.request.url)
        self.assertNotIn(TOKEN, str(call.request.headers))
        self.assertNotIn(TOKEN, repr(self.platform._client()))

    def test_the_token_is_neither_copied_nor_tracked(self):
        self.assertFalse(self.platform.copy({"name": "Copy"}).user_token)
        field = self.platform._fields["user_token"]
        self.assertFalse(getattr(field, "tracking", None))
        self.platform.user_token = "changed-T0ken"
        self.assertEqual(
            self._columns_with("changed-T0ken"), {"mvno_platform_token.token"}
        )

    def test_no_name_or_document_reaches_a_log(self):
        line = self._make_line()
        with all_logs() as written:
            self.sim_says(line.simcard_id, AVAILABLE)
            line.action_activate()
            self.write_says(
                line.simcard_id,
                "ativar",
                {"codigo_status_tip": 14, "msg_usuario": "CPF 529.982.247-25 inválido"},
            )
            self.process(line.open_command_id)
        self.assertEqual(line.state, "draft")
        for text in ("529.982.247-25", "52998224725", "Maria Exemplo"):
            self.assertNotIn(text, "\n".join(written))

    # === A COPY OF THE DATABASE === #

    def test_a_neutralized_copy_reaches_no_platform(self):
        path = Path(get_module_path("tip_mvno")) / "data" / "neutralize.sql"
        self.platform.write({"state": "connected", "last_error": "x"})
        self.env.flush_all()
        self.cr.execute(path.read_text())
        self.env.invalidate_all()
        self.assertRecordValues(
            self.platform,
            [{"user_token": False, "state": "draft", "last_error": False}],
        )
        self.assertTrue(self.platform.base_url.startswith("http://127.0.0.1:"))
        crons = self.env["ir.model.data"].search(
            [("module", "=", "tip_mvno"), ("model", "=", "ir.cron")]
        )
        crons = self.env["ir.cron"].browse(crons.mapped("res_id"))
        self.assertIn(self.env.ref("tip_mvno.ir_cron_process"), crons)
        self.assertFalse(crons.filtered("active"))
        with self.assertRaisesRegex(UserError, "no token"):
            self.platform.action_test_connection()
