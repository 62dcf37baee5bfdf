"""The token is in no answer and in no log, whatever statement fails."""

import json
import unittest

import psycopg2

from odoo.exceptions import UserError
from odoo.tests import HttpCase, new_test_user, tagged

from ..processes import own_database, transaction
from .logs import both_logs

TOKEN, NEW_TOKEN = "t0ken-of-today", "t0ken-of-tomorrow"
ADDRESS = "http://127.0.0.1:1/api/public"
# Each is refused: by range, because it is empty, or by the database alone.
REFUSED = (
    {"requests_per_minute": 61},
    {"requests_per_minute": 10**12},
    {"call_deadline": 0},
    {"settle_first_read": -1},
    {"settle_seconds": -1},
    {"minimum_available": -1},
    {"reservation_hours": -1},
    {"suspension_min_days": 0},
    {"port_in_alarm_days": 61},
    {"drift_grace": -1},
    {"name": ""},
    {"name": "Taken"},
    {"tz": False},
    {"usage_unit": False},
    {"company_id": False},
    {"user_id": 2**31 - 1},
)


@tagged("post_install", "-at_install")
class TestTokenOverHttp(HttpCase):
    """A Manager and an administrator, by all doors of the web server."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        values = {"base_url": ADDRESS, "user_token": TOKEN}
        platforms = cls.env["mvno.platform"]
        cls.platform = platforms.create({"name": "TIP", **values})
        platforms.create({"name": "Taken", "base_url": ADDRESS})
        manager = "base.group_user,tip_mvno.group_manager"
        cls.users = {
            "manager": new_test_user(cls.env, "manager", groups=manager),
            "settings": new_test_user(
                cls.env, "settings", groups=f"{manager},base.group_system"
            ),
        }
        cls.keys = {
            login: cls.env["res.users.apikeys"]
            .with_user(user)
            .sudo()
            ._generate("rpc", "attack", None)
            for login, user in cls.users.items()
        }

    def _call(self, method, args, kwargs=None):
        params = {
            "model": "mvno.platform",
            "method": method,
            "args": args,
            "kwargs": kwargs or {},
        }
        return self.url_open(
            f"/web/dataset/call_kw/mvno.platform/{method}", json={"params": params}
        )

    def _json_2(self, login, method, **body):
        return self.url_open(
            f"/json/2/mvno.platform/{method}",
            json=body,
            headers={"Authorization": f"Bearer {self.keys[login]}"},
        )

    def _attempts(self, login):
        """:return: generator of (what was tried, the server's answer)"""
        ids = self.platform.ids
        token = {"user_token": NEW_TOKEN} if login == "settings" else {}
        for refused in REFUSED:
            vals = {**refused, **token}
            yield vals, self._call("write", [ids, vals])
            save = {"specification": {"display_name": {}}}
            yield vals, self._call("web_save", [ids, vals], save)
            yield vals, self._json_2(login, "write", ids=ids, vals=vals)
        if not token:
            return
        new = {"base_url": ADDRESS, **token}
        for refused in REFUSED:
            vals = {"name": "New", **new, **refused}
            yield vals, self._call("create", [[vals]])
            yield vals, self._json_2(login, "create", vals_list=[vals])
        names = ["name", "base_url", "user_token", "requests_per_minute"]
        row = ["Imported", ADDRESS, NEW_TOKEN, "61"]
        yield "import", self._call("load", [names, [row]])

    def _attack(self, login):
        self.authenticate(login, login)
        with both_logs(self.env.cr) as logs:
            for tried, answer in self._attempts(login):
                with self.subTest(tried):
                    self.assertNotIn(TOKEN, answer.text)
                    self.assertNotIn(NEW_TOKEN, answer.text)
                    self.assertRegex(answer.text, '"error"|"message"')
        for log in (logs.odoo, logs.postgres):
            self.assertNotIn(TOKEN, log)
            self.assertNotIn(NEW_TOKEN, log)
        # a statement that only the database refuses is in both
        self.assertIn("mvno_platform_name_uniq", logs.postgres)
        self.env.invalidate_all()
        self.assertEqual(self.platform.user_token, TOKEN)

    def test_a_manager_does_not_find_it_out(self):
        self._attack("manager")
        for method, *arguments in (
            ("read", self.platform.ids, ["user_token"]),
            ("search_read", [("user_token", "like", "t0k")], ["name"]),
            ("write", self.platform.ids, {"user_token": NEW_TOKEN}),
            ("export_data", self.platform.ids, ["user_token"]),
        ):
            with self.subTest(method):
                answer = self._call(method, arguments)
                self.assertIn("error", json.loads(answer.text))
                self.assertNotIn(TOKEN, answer.text)

    def test_what_fails_for_an_administrator_does_not_tell_it(self):
        self._attack("settings")

    def test_a_token_that_is_none_is_refused_without_being_repeated(self):
        for bad in ("t0ken\nof two lines", "t0ken\x00", "t0ken\ud800", "t0ken" * 200):
            with self.assertRaises(UserError) as caught:
                self.platform.user_token = bad
                self.platform.flush_recordset()
            self.assertNotIn("t0ken", str(caught.exception))

    def test_a_platform_leaves_no_token_behind(self):
        gone = self.platform.copy({"name": "Gone", "user_token": NEW_TOKEN})
        self.assertEqual(gone.user_token, NEW_TOKEN)
        gone.unlink()
        self.env.cr.execute("SELECT token FROM mvno_platform_token")
        self.assertEqual(self.env.cr.fetchall(), [(TOKEN,)])

    def test_a_token_is_kept_as_it_was_typed(self):
        for token in ("a\\nb", "\\.", "\\N", "tab less", "ção", "  spaces  "):
            self.platform.user_token = token
            self.platform.invalidate_recordset()
            self.assertEqual(self.platform.user_token, token.strip())


class TestTokenConcurrently(unittest.TestCase):
    """While something else writes the rows, committed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.database = cls.enterClassContext(own_database())
        with transaction(cls.database) as env:
            values = {"name": "TIP", "base_url": ADDRESS, "user_token": TOKEN}
            cls.platform_id = env["mvno.platform"].create(values).id

    def _write_beside(self, meanwhile, vals):
        """Write a platform in a transaction that began before another one wrote.

        :param meanwhile: called with the other transaction's environment
        """
        with transaction(self.database) as env, both_logs(env.cr) as logs:
            platform = env["mvno.platform"].browse(self.platform_id)
            self.assertTrue(platform.name)  # the transaction's snapshot
            with transaction(self.database) as other:
                meanwhile(other["mvno.platform"].browse(self.platform_id))
            with self.assertRaises(psycopg2.errors.SerializationFailure):
                platform.write(vals)
                platform.flush_recordset()
            env.cr.rollback()
        self.assertIn("could not serialize", logs.postgres)
        for secret in (TOKEN, NEW_TOKEN):
            self.assertNotIn(secret, logs.postgres)
            self.assertNotIn(secret, logs.odoo)

    def test_while_another_setting_is_written(self):
        self._write_beside(
            lambda platform: platform.write({"support_email": "a@example.com"}),
            {"name": "TIP Brasil", "user_token": NEW_TOKEN},
        )

    def test_while_another_token_is_written(self):
        self._write_beside(
            lambda platform: platform.write({"user_token": TOKEN + "-2"}),
            {"user_token": NEW_TOKEN},
        )

    def test_while_its_table_is_locked(self):
        with transaction(self.database) as env, transaction(self.database) as other:
            other.cr.execute("LOCK TABLE mvno_platform_token")
            with both_logs(other.cr) as logs:
                env.cr.execute("SET LOCAL lock_timeout = '50ms'")
                platform = env["mvno.platform"].browse(self.platform_id)
                with self.assertRaises(psycopg2.errors.LockNotAvailable):
                    platform.user_token = NEW_TOKEN
                env.cr.rollback()
        self.assertIn("lock timeout", logs.postgres)
        self.assertNotIn(NEW_TOKEN, logs.postgres + logs.odoo)
