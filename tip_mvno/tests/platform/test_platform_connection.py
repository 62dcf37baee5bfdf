# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...lib import (
    Misconfigured,
    NotFound,
    OutcomeUnknown,
    Problem,
    ProblemKind,
    Refused,
    SlotUnavailable,
    Throttled,
    TipError,
    TokenRefused,
    Unavailable,
    Unreachable,
)
from ..common import BASE_URL, IN_USE, MvnoCase, broken, unreachable

PLANS = {"data": [{"id": "0101", "description": "5 GB"}, {"id": 7, "description": ""}]}


@tagged("post_install", "-at_install")
class TestMvnoPlatform(MvnoCase):
    """Registering a platform: its address, its test, its errors in words."""

    # === THE ADDRESS === #

    def test_an_address_is_https_without_secrets_or_local(self):
        self.platform.settle_seconds = 900
        for url in (
            "https://mvno.tipbrasil.com.br/api/public",
            "https://reseller.example:8443/mvno/",
            "http://localhost:8000/api",
            "http://[::1]:8000/api",
        ):
            self.platform.base_url = url
        for url in (
            "http://mvno.tipbrasil.com.br/api",
            "https://user:secret@tip.example/api",
            "https://:secret@tip.example/api",
            "https://tip.example/api#secret",
            "https://tip.example/api#",
            "https://tip.example/api?",
            "https://tip.example/api?user_token=secret",
            "ftp://tip.example",
            "tip.example",
            "https://",
            " ",
        ):
            with self.subTest(url), self.assertRaises(ValidationError) as caught:
                self.platform.base_url = url
            self.assertIn("TIP: the address must start", str(caught.exception))
            self.assertNotIn("secret", str(caught.exception))

    def test_a_new_address_or_token_must_be_tested_again(self):
        for vals in ({"base_url": BASE_URL + "/"}, {"user_token": "new"}):
            self.platform.write({"state": "connected", "last_error": "old"})
            self.platform.write(vals)
            self.assertEqual(self.platform.state, "draft")
            self.assertFalse(self.platform.last_error)
        self.platform.state = "connected"
        self.platform.name = "Other name"
        self.assertEqual(self.platform.state, "connected")

    def test_limits_are_within_what_the_platform_takes(self):
        for vals, words in (
            ({"requests_per_minute": 0}, "from 1 to 60"),
            ({"requests_per_minute": 61}, "from 1 to 60"),
            ({"call_deadline": 0}, "from 1 to 120"),
            ({"call_deadline": 121}, "from 1 to 120"),
            ({"settle_first_read": -1}, "from 0 to 3600"),
            ({"settle_seconds": -1}, "from 0 to 86400"),
            ({"name": ""}, "Identification is empty"),
        ):
            with self.subTest(vals), self.assertRaises(ValidationError) as caught:
                self.platform.write(vals)
            self.assertIn(words, str(caught.exception))
            with self.subTest(vals), self.assertRaises(ValidationError) as caught:
                self._make_platform(**{"name": "Second", **vals})
            self.assertIn(words, str(caught.exception))

    @mute_logger("odoo.sql_db")
    def test_an_identification_is_one_platforms(self):
        self._make_platform(name="Second")
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self.platform.name = "Second"
            self.platform.flush_recordset()

    def test_effects_may_show_for_a_minute_at_a_real_platform(self):
        self.platform.settle_seconds = 59
        address = "https://mvno.tipbrasil.com.br/api/public"
        with self.assertRaises(ValidationError) as caught:
            self.platform.base_url = address
        self.assertIn("from 60", str(caught.exception))
        self.platform.write({"settle_seconds": 60, "base_url": address})

    # === THE TEST OF THE CONNECTION === #

    def _test(self, **answer):
        self.forget_answers()
        self.platform_says("GET", "/planos", **answer)
        return self.platform.action_test_connection()["params"]

    def test_a_connection_that_works(self):
        self.platform.last_error = "old"
        told = self._test(json=PLANS)
        self.assertEqual(told["type"], "success")
        self.assertIn("2 plans", told["message"])
        self.assertEqual(self.platform.state, "connected")
        self.assertTrue(self.platform.connected_at)
        self.assertFalse(self.platform.last_error)

    def test_a_connection_that_fails_says_why_and_what_to_do(self):
        moved = {"Location": "https://elsewhere.example"}
        for answer, words in (
            ({"body": "", "status": 401}, "Check the token"),
            ({"body": "", "status": 403}, "Check the token"),
            ({"body": unreachable()}, "internet connection"),
            ({"body": broken()}, "try again in a few minutes"),
            ({"body": "<html>", "status": 500}, "try again in a few minutes"),
            ({"body": "<html>", "status": 200}, "its answer is cut or damaged"),
            ({"json": {"results": 7}}, "its answer is cut or damaged"),
            ({"body": "", "status": 429}, "asks to wait 60 seconds"),
            ({"body": "", "status": 302, "headers": moved}, "not TIP's API"),
            ({"json": {"message": "Página"}, "status": 404}, "Página"),
            ({"json": {"codigo_status_tip": 9, "msg_usuario": "Suspenso"}}, "Suspenso"),
        ):
            with self.subTest(words):
                told = self._test(**answer)
                self.assertEqual(told["type"], "danger")
                self.assertIn(words, told["message"])
                self.assertEqual(self.platform.state, "error")
                self.assertEqual(self.platform.last_error, told["message"])
                self.assertIn("TIP", told["message"])

    def test_an_answer_ends_what_was_wrong_before(self):
        line = self._make_line("active")
        self._test(body=broken())
        for read in (
            line.action_refresh,
            lambda: self.process(self._make_command(line)),
            lambda: self.cron("poll_lines"),
        ):
            self.platform.write({"state": "error", "last_error": "broken"})
            self.forget_answers()
            self.sim_says(line.simcard_id, IN_USE)
            self.write_says(line.simcard_id, "bloquear/total")
            line.simcard_id._read_by_cron()
            read()
            self.assertEqual(self.platform.state, "connected")
            self.assertFalse(self.platform.last_error)

    def test_a_platform_without_token_is_not_called(self):
        self.platform.user_token = False
        for call in (
            self.platform.action_test_connection,
            self.platform.action_sync_plans,
            self.platform.action_sync_simcards,
        ):
            with self.assertRaisesRegex(UserError, "TIP has no token. Ask an admin"):
                call()
        self.assertFalse(self.asked())
        self.assertFalse(self.platform.sync_ids)

    def test_every_error_of_the_library_has_words_of_its_own(self):
        sentences = [
            self.platform._explain(kind("Disse"))
            for kind in (
                TokenRefused,
                Unreachable,
                Throttled,
                Misconfigured,
                NotFound,
                Refused,
                OutcomeUnknown,
                Unavailable,
                TipError,
            )
        ]
        sentences.append(self.platform._explain(SlotUnavailable(12.4)))
        self.assertEqual(len(set(sentences)), 10)
        for sentence in sentences:
            self.assertIn("TIP", sentence)
            self.assertNotIn("None", sentence)
        self.assertIn("12 seconds", sentences[-1])
        self.assertIn("no reason given", self.platform._explain(Refused()))

    def test_every_problem_of_an_answer_has_words_of_its_own(self):
        found = [
            Problem(kind, "000123", "voice")
            for kind in ProblemKind
            if kind != ProblemKind.ICCID
        ]
        found += [
            Problem(ProblemKind.ICCID, "11144477735", "8955"),
            Problem(ProblemKind.ICCID, "", "8955"),
            Problem(ProblemKind.ICCID),
            Problem(ProblemKind.NO_IDENTITY),
        ]
        sentences = self.platform._explain_problems(found)
        self.assertEqual(len(set(sentences)), len(found))
        for sentence in sentences:
            self.assertNotIn("None", sentence)
        self.assertIn("contract 000123, call: price", sentences)

    def test_problems_of_an_answer_speak_the_reader_s_language(self):
        self.env["res.lang"]._activate_lang("pt_BR")
        self.platform.user_id = self._make_user(
            "reader", "tip_mvno.group_manager", lang="pt_BR"
        )
        speaking = patch.object(
            type(self.platform),
            "_explain_problem",
            lambda platform, _problem: platform.env.lang,
        )
        with speaking:
            nobody = self.platform.with_context(lang=False)
            self.assertEqual(
                nobody._explain_problems([Problem(ProblemKind.ROW)]), ["pt_BR"]
            )

    # === SYNCHRONIZING === #

    def test_a_synchronization_is_left_to_the_cron(self):
        before = len(self.triggers("sync"))
        told = self.platform.action_sync_plans()["params"]
        self.assertEqual(told["type"], "info")
        self.platform.action_sync_simcards()
        self.assertEqual(
            sorted(self.platform.sync_ids.mapped("kind")), ["plans", "simcards"]
        )
        self.assertEqual(set(self.platform.sync_ids.mapped("state")), {"waiting"})
        self.assertEqual(len(self.triggers("sync")), before + 2)
        self.assertFalse(self.asked())

    # === COUNTS === #

    def test_counts_are_of_each_platform(self):
        other = self._make_platform(name="Other")
        self._make_simcards(2)
        self._make_simcards(platform=other)
        self._make_line()
        platforms = self.platform | other
        platforms.invalidate_recordset()
        self.assertEqual(platforms.mapped("simcard_count"), [3, 1])
        self.assertEqual(platforms.mapped("line_count"), [1, 0])
        self.assertEqual(platforms.mapped("plan_count"), [1, 0])

    def test_counts_of_many_platforms_cost_no_query_each(self):
        def count(platforms):
            return lambda: platforms.mapped("simcard_count")

        many = self.platform | self.platform.union(
            *(self._make_platform(name=f"P{index}") for index in range(8))
        )
        self.assertEqual(
            self.count_queries(count(self.platform)), self.count_queries(count(many))
        )

    def test_a_platform_with_history_is_not_deleted(self):
        self._make_simcards()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.cr.savepoint(),
        ):
            self.platform.unlink()

    def test_today_is_the_platforms_day(self):
        self.platform.tz = "America/Rio_Branco"
        with freeze_time("2026-10-05 03:30:00"):
            self.assertEqual(str(self.platform._today()), "2026-10-04")
            self.platform.tz = "America/Sao_Paulo"
            self.assertEqual(str(self.platform._today()), "2026-10-05")

    def test_what_the_buttons_show_is_of_this_platform(self):
        for action in (
            self.platform.action_view_simcards(),
            self.platform.action_view_lines(),
        ):
            self.assertEqual(action["domain"], [("platform_id", "=", self.platform.id)])

    def test_a_platform_in_use_stays_in_its_company(self):
        """Its call records belong to the company that collected them."""
        self._make_line("active")
        other = self.env["res.company"].create({"name": "Other"})
        with self.assertRaisesRegex(ValidationError, "its company stays"):
            self.platform.company_id = other
        unused = self._make_platform(name="Unused")
        unused.company_id = other

    def test_an_address_that_is_none_is_refused_in_words(self):
        with self.assertRaisesRegex(ValidationError, "must start with https"):
            self.platform.base_url = "https://["
