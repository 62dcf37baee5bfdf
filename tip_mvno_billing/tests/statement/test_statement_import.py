# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.tip_mvno.lib import Refused, SlotUnavailable, problems
from odoo.addons.tip_mvno.tests.common import TOKEN, unreachable

from ...models.event import mvno_usage_event_load
from ..statement_common import PATH, StatementCase, call, session

NOW = "2026-11-05 12:00:00"


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestMvnoStatementImport(StatementCase):
    """The driver: one call, and what becomes of every answer it may get."""

    def answers(self, **kwargs):
        self.forget_answers()
        self.platform_says("POST", PATH, **kwargs)

    def pass_time(self, **kwargs):
        self.enterContext(freeze_time(fields.Datetime.now() + timedelta(**kwargs)))

    def triggers(self):
        cron = self.env.ref("tip_mvno_billing.ir_cron_import_statements")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        return triggers.mapped("call_at")

    def test_a_month_of_all_lines_is_one_call(self):
        self.import_says(
            *(self.told(f"00{number}", sms=["2026-10-03"]) for number in range(20))
        )
        self.assertEqual(self.asked_for(), [{"periodo": "2026-10"}])
        self.assertEqual(self.statement.state, "done")
        self.assertEqual(self.statement.progress, 100)

    def test_a_click_only_sets_it_to_run(self):
        self.statement.action_import()
        self.assertEqual(self.statement.state, "importing")
        self.assertEqual(self.statement.progress, 0)
        self.assertIn(fields.Datetime.now(), self.triggers())
        self.assertFalse(self.web.calls)

    def test_counts_say_what_happened(self):
        self.import_says(self.told(sms=["2026-10-03", "2026-10-04"]))
        self.import_says(self.told(sms=["2026-10-04", "2026-10-05", "2026-10-06"]))
        self.assertRecordValues(
            self.statement,
            [
                {
                    "received_count": 3,
                    "new_count": 2,
                    "known_count": 1,
                    "removed_count": 1,
                    "unknown_count": 0,
                    "read_lines": 1,
                    "expected_lines": 1,
                    "imported_at": fields.Datetime.now(),
                }
            ],
        )

    def test_every_waiting_statement_is_imported(self):
        september = self._make_statement(competence="2026-09-01")
        (self.statement + september).action_import()
        self.statement_says(self.told())
        self.run_imports()
        self.assertEqual((self.statement + september).mapped("state"), ["done"] * 2)
        self.assertEqual(len(self.asked_for()), 2)

    def test_an_archived_platform_is_not_asked(self):
        self.statement.action_import()
        self.platform.active = False
        self.run_imports()
        self.assertFalse(self.web.calls)

    # === FAILURES === #

    def test_no_usable_answer_is_asked_for_again_later(self):
        for answer in (
            {"status": 500, "body": "<html>"},
            {"body": unreachable()},
            {"json": {"msg_usuario": "ok"}},
        ):
            with self.subTest(answer=answer):
                self.answers(**answer)
                self.import_again()
                self.assertEqual(self.statement.state, "importing")
                self.assertIn("Platform TIP", self.statement.last_error)
                later = fields.Datetime.now() + timedelta(seconds=60)
                self.assertEqual(self.statement.next_attempt, later)
                self.assertIn(later, self.triggers())
                self.run_imports()
                self.assertEqual(len(self.web.calls), 1)

    def test_it_goes_on_by_itself_when_the_platform_is_back(self):
        self.answers(status=500, body="<html>")
        self.import_again()
        self.statement_says(self.told(sms=["2026-10-03"]))
        self.pass_time(seconds=60)
        self.run_imports()
        self.assertEqual(self.statement.state, "done")
        self.assertFalse(self.statement.last_error)
        self.assertEqual(self.statement.failures, 0)

    def test_after_many_tries_a_person_is_told(self):
        self.answers(status=500, body="<html>")
        self.import_again()
        for _try in range(4):
            self.assertEqual(self.statement.state, "importing")
            self.pass_time(hours=1)
            self.run_imports()
        self.assertEqual(self.statement.state, "error")
        self.assertIn("does not answer properly", self.statement.last_error)
        self.assertEqual(len(self.web.calls), 5)

    def test_a_retry_after_is_obeyed(self):
        self.answers(status=429, body="", headers={"Retry-After": "45"})
        self.import_again()
        self.assertEqual(self.statement.state, "importing")
        self.assertEqual(
            self.statement.next_attempt, fields.Datetime.now() + timedelta(seconds=45)
        )
        self.assertEqual(self.statement.failures, 0)

    def test_a_retry_after_of_no_seconds_does_not_end_the_cron(self):
        """It did, with an AttributeError."""
        self.answers(status=429, body="", headers={"Retry-After": "0"})
        self.import_again()
        self.assertEqual(self.statement.state, "importing")
        self.assertEqual(
            self.statement.next_attempt, fields.Datetime.now() + timedelta(seconds=1)
        )

    def test_our_own_limit_is_waited_for(self):
        with patch.object(
            self.registry["mvno.platform"],
            "_acquire_slot",
            side_effect=SlotUnavailable(retry_in=7),
        ):
            self.import_again()
        self.assertEqual(self.statement.state, "importing")
        self.assertEqual(
            self.statement.next_attempt, fields.Datetime.now() + timedelta(seconds=7)
        )

    def test_a_refused_token_is_told_without_it(self):
        self.answers(status=401, json={"message": f"token {TOKEN} inválido"})
        self.import_again()
        self.assertEqual(self.statement.state, "error")
        self.assertIn("refused the token", self.statement.last_error)
        self.assertNotIn(TOKEN, self.statement.last_error)
        self.assertEqual(self.platform.state, "error")

    def test_a_refusal_is_quoted(self):
        self.answers(json={"codigo_status_tip": 99, "msg_usuario": "Período inválido"})
        self.import_again()
        self.assertEqual(self.statement.state, "error")
        self.assertIn("Período inválido", self.statement.last_error)
        self.assertFalse(self.statement.imported_at)

    def test_a_token_lost_meanwhile_is_told(self):
        self.statement.action_import()
        self.platform.user_token = False
        self.run_imports()
        self.assertEqual(self.statement.state, "error")
        self.assertIn("has no token", self.statement.last_error)

    def test_a_list_that_breaks_in_the_middle_changes_nothing(self):
        """It is well-formed JSON: only reading it line by line shows it."""
        self.import_says(self.told(sms=["2026-10-03"]))
        before = self.versions("mvno_usage_event")
        with (
            patch.object(mvno_usage_event_load, "CHUNK_BYTES", 1),
            patch.object(problems, "PROBLEMS_MAX", 0),
        ):
            self.import_says(self.told(sms=["2026-10-04"]), self.told(telefonia=7))
        self.assertEqual(self.versions("mvno_usage_event"), before)
        self.assertEqual(self.statement.state, "importing")

    def test_what_is_no_line_of_the_month_removes_nothing(self):
        for odd in (
            {"codigo_status_tip": 5},
            {"periodo": "2025-01", **self.told(sms=["2026-10-09"])},
            {},
            7,
        ):
            with self.subTest(odd=odd):
                self.import_says(self.told(sms=["2026-10-03"]))
                self.import_says(self.told("0007002", sms=["2026-10-04"]), odd)
                self.assertEqual(self.statement.state, "done")
                self.assertEqual(self.statement.removed_count, 0)
                self.assertIn("Row 2 of the answer is damaged", self.statement.warning)
                self.assertEqual(len(self.events("id")), 2)

    def test_an_answer_without_one_line_is_none(self):
        self.import_says(self.told(sms=["2026-10-03"]))
        before = self.versions("mvno_usage_event")
        for rows in ([{}, {}], [{"codigo_status_tip": 5}], [7]):
            with self.subTest(rows):
                self.import_says(*rows)
                self.assertEqual(self.versions("mvno_usage_event"), before)
                self.assertNotEqual(self.statement.state, "done")

    def test_values_that_cannot_be_read_are_told(self):
        self.import_says(self.told(calls=[call("2026-10-03 10:00:00", "um minuto")]))
        self.assertEqual(self.events("seconds"), [(0,)])
        self.assertIn("1 values", self.statement.warning)
        self.assertIn(", call: duration", self.statement.warning)

    def test_events_of_another_time_are_listed_and_not_counted(self):
        self.import_says(
            self.told(
                calls=[call("0001-01-02 10:00:00"), call("2026-10-03 10:00:00")],
                sms=["4713-01-01", "2026-08-30", "2026-11-02", "2026-10-31"],
                data=[session("2026-09-30 23:59:00"), {"consumo": "1"}],
            )
        )
        self.assertEqual(self.statement.state, "done")
        self.assertEqual(
            sorted(self.events("kind")), [("data",), ("data",), ("sms",), ("voice",)]
        )
        self.assertIn("4 events in the platform's answer", self.statement.warning)
        self.assertIn(
            "contract 0007001: 4, the first of 0001-01-02", self.statement.warning
        )

    # === STOPPING AND RIVALS === #

    def meanwhile(self, action):
        """Do something between two chunks of the answer's loading."""
        load = self.registry["mvno.usage.event"]._load

        def interrupted(events, usage):
            for count in load(events, usage):
                action(events.env)
                yield count

        self.startPatcher(
            patch.object(self.registry["mvno.usage.event"], "_load", interrupted)
        )

    def test_a_stopped_import_changes_nothing(self):
        self.import_says(self.told(sms=["2026-10-03"]))
        before = self.versions("mvno_usage_event")
        self.meanwhile(lambda env: self.statement.with_env(env).action_stop())
        self.import_says(self.told())
        self.assertEqual(self.statement.state, "done")
        self.assertEqual(self.versions("mvno_usage_event"), before)

    def test_a_first_import_that_is_stopped_is_a_draft_again(self):
        self.statement.action_import()
        self.statement.action_stop()
        self.assertEqual(self.statement.state, "draft")

    def test_progress_grows_with_the_lines_read(self):
        seen = []
        self.meanwhile(lambda env: seen.append(self.statement.with_env(env).progress))
        with patch.object(mvno_usage_event_load, "CHUNK_BYTES", 1):
            self.import_says(*(self.told(f"00{number}") for number in range(3)))
        self.assertEqual(seen, [0, 30, 60, 90])

    def test_an_answer_overtaken_by_a_later_one_is_asked_for_again(self):
        """Somebody else's import asked after this one and was quicker."""
        rival = self._make_statement(partner_id=self.partner.id)
        self.import_says(self.told(sms=["2026-10-03"]), statement=rival)

        def overtaken(env):
            self.pass_time(minutes=1)
            if len(self.web.calls) == 1:
                rival.with_env(env).answered_at = fields.Datetime.now()

        self.meanwhile(overtaken)
        self.import_says(self.told(sms=["2026-10-04"]))
        self.assertEqual(self.statement.state, "importing")
        self.assertEqual(len(self.web.calls), 1)
        self.assertIn(self.statement.next_attempt, self.triggers())
        self.pass_time(minutes=1)
        self.run_imports()
        self.assertEqual(len(self.web.calls), 2)
        self.assertEqual(self.statement.state, "done")

    def test_an_answer_of_a_time_to_come_is_no_later_one(self):
        """A host whose clock was an hour ahead made the next import never end."""
        self.import_says(self.told(sms=["2026-10-03"]))
        rival = self._make_statement(partner_id=self.partner.id)
        for statement in self.statement + rival:
            with self.subTest(statement=statement.display_name):
                statement.answered_at = fields.Datetime.now() + timedelta(hours=1)
                self.import_says(self.told(sms=["2026-10-04"]))
                self.assertEqual(self.statement.state, "done")
                self.assertEqual(len(self.web.calls), 1)

    def test_no_refusal_is_hidden(self):
        """A class of error nobody thought of ends in words, not in a retry."""
        with patch.object(
            self.registry["mvno.platform"], "_acquire_slot", side_effect=Refused("não")
        ):
            self.import_again()
        self.assertEqual(self.statement.last_error, "Platform TIP refused: não")

    @mute_logger("odoo.addons.tip_mvno_billing.models.statement.mvno_statement_import")
    def test_a_month_that_cannot_be_kept_does_not_stop_the_others(self):
        other = self._make_statement(competence="2026-09-01")
        take_over = self.registry["mvno.statement"]._take_over

        def broken(statement, asked_at, unreadable):
            if statement == self.statement:
                raise ZeroDivisionError("secret")
            return take_over(statement, asked_at, unreadable)

        self.patch(self.registry["mvno.statement"], "_take_over", broken)
        self.statement_says(self.told())
        (self.statement + other).action_import()
        self.run_imports()
        self.assertEqual(other.state, "done")
        self.assertEqual(
            (self.statement.state, self.statement.failures), ("importing", 1)
        )
        self.assertIn("ZeroDivisionError", self.statement.last_error)
        self.assertNotIn("secret", self.statement.last_error)
