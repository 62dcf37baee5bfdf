# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import json

from odoo.tests import tagged

from odoo.addons.tip_mvno.models.platform.mvno_reading import BEGUN_MAX
from odoo.addons.tip_mvno.tests.silence_common import error_logs, refusing

from ..statement_common import StatementCase, call

AT = "2026-10-03 14:22:05"
CALLED = "11955550000"
DEEP = json.loads("[" * 600 + "]" * 600)


@tagged("post_install", "-at_install")
class TestStatementOdd(StatementCase):
    """Odd rows, statements that fail, workers that die."""

    def test_an_odd_row_is_kept_out_and_the_rest_comes_in(self):
        self.import_says(
            self.told(calls=[call(AT), call(AT, valor=DEEP)]),
            self.told("7" * 6000, sms=[AT]),
            self.told("half a pair \ud800", sms=[AT]),
            self.told("0008", sms=[AT]),
        )
        self.assertEqual(self.statement.state, "done")
        contracts = self.events("platform_contract", "kind")
        self.assertEqual(contracts, [("0007001", "voice"), ("0008", "sms")])
        self.assertIn("3 parts of the", self.statement.unreadable)
        self.assertIn("contract 0007001, call: damaged", self.statement.unreadable)
        self.assertIn("Row 2 of the answer", self.statement.unreadable)

    def test_what_is_missing_in_an_incomplete_answer_stays(self):
        self.import_says(
            self.told(calls=[call(AT)], sms=[AT]), self.told("0008", sms=[AT])
        )
        self.import_says(self.told(calls=[call(AT, valor=DEEP)]))
        self.assertEqual(len(self.events("kind")), 3)
        self.assertEqual(self.statement.removed_count, 0)
        self.import_says(self.told(calls=[call(AT)]))
        self.assertEqual(self.events("kind"), [("voice",)])

    def test_an_integer_of_4301_digits_ends_in_words(self):
        self.forget_answers()
        body = '{"results": [{"numero_contrato": ' + "1" * 4301 + "}]}"
        self.platform_says("POST", "/consumo-detalhado", body=body)
        self.import_again()
        self.assertEqual(self.statement.failures, 1)
        self.assertIn("cut or damaged, at byte 33", self.statement.last_error)

    def test_an_import_that_its_worker_does_not_survive(self):
        self.statement.action_import()
        for _killed in range(BEGUN_MAX):
            self.assertTrue(self.statement._prepare_call("2026-11-01"))
        self.run_imports()
        self.assertEqual(self.statement.state, "error")
        self.assertIn("was begun 3 times", self.statement.last_error)
        activity = self.platform.activity_ids
        self.assertIn("was begun 3 times", activity.note)
        self.assertFalse(self.web.calls)
        self.import_says(self.told(sms=[AT]))
        self.assertEqual(
            (self.statement.state, self.statement.begun_count), ("done", 0)
        )

    def test_a_statement_that_fails_quotes_nobody(self):
        numbered = {"linha": "11987654321", "numero_destino": CALLED}
        for table, column, value in (
            ("mvno_usage_event", "platform_contract", "0007001"),
            ("mvno_statement_line", "mvno_line_id", self.line.id),
        ):
            with (
                self.subTest(table=table),
                refusing(self.cr, table, "INSERT", column, value),
                error_logs() as written,
            ):
                self.import_says(
                    self.told(calls=[call(AT, numero_destino=CALLED)], **numbered)
                )
                told = "\n".join([*written, self.statement.last_error])
                self.assertIn("CheckViolation", self.statement.last_error)
                self.assertTrue([record for record in written if "Check" in record])
                for secret in (CALLED, "0007001", "11987654321", "52998224725"):
                    self.assertNotIn(secret, told)
            self.statement.action_stop()

    def test_a_row_that_cannot_be_copied_is_told_by_its_place(self):
        self.patch(
            self.registry["mvno.usage.event"],
            "_begin_load",
            lambda events: events.env.cr.execute(
                """
                CREATE TEMPORARY TABLE mvno_told_event (
                    platform_contract text, number text, kind text,
                    started_at timestamp, seconds integer, upload_mb numeric,
                    download_mb numeric, called_number text, amount numeric(1),
                    digest text
                );
                CREATE TEMPORARY TABLE mvno_told_line (a text, b text)
                """
            ),
        )
        with error_logs() as written:
            self.import_says(
                self.told(calls=[call(AT), call(AT, valor="12345678", numero=CALLED)])
            )
        self.assertIn("mvno_told_event, row 2", self.statement.last_error)
        told = "\n".join([*written, self.statement.last_error])
        self.assertNotIn(CALLED, told)
        self.assertNotIn("12345678", told)
