# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.tip_mvno.lib import SlotUnavailable
from odoo.addons.tip_mvno.tests.common import YES, unreachable

from ..statement_common import StatementCase, call, session

TOTALS = "/consumo-consolidado"


@tagged("post_install", "-at_install")
@freeze_time("2026-11-05 12:00:00")
class TestMvnoStatementCompare(StatementCase):
    """The month's events add up, and agree with the platform's own totals."""

    def total(self, contract=None, seconds=0, sms=0, data="0", **more):
        """:return: a line of the platform's usage in total"""
        return {
            "numero_contrato": contract or self.line.platform_contract,
            "consumo_segundos": seconds,
            "consumo_sms": sms,
            "consumo_dados": data,
            **more,
        }

    def totals_say(self, *rows, **answer):
        self.forget_answers()
        answer = answer or {"json": {**YES, "results": list(rows)}}
        self.platform_says("POST", TOTALS, **answer)

    def run_comparisons(self):
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            self.env(cr=cr)["mvno.statement"].cron_compare()

    def compare_says(self, *rows, **answer):
        self.totals_say(*rows, **answer)
        self.run_comparisons()

    def differences(self):
        return [
            (
                difference.platform_contract,
                difference.kind,
                difference.statement_value,
                difference.consolidated_value,
                difference.difference,
            )
            for difference in self.statement.difference_ids
        ]

    # === EVERY EVENT IS ACCOUNTED FOR === #

    def test_received_is_new_and_known_and_of_unknown_lines(self):
        known = self.told(sms=["2026-10-03", "2026-10-04"])
        self.import_says(known, self.told("0007777", sms=["2026-10-03"]))
        self.assertRecordValues(
            self.statement,
            [
                {
                    "received_count": 3,
                    "new_count": 2,
                    "known_count": 0,
                    "unknown_count": 1,
                }
            ],
        )
        more = self.told(sms=["2026-10-03", "2026-10-04", "2026-10-05"])
        self.import_says(more, self.told("0007777", sms=["2026-10-03", "2026-10-06"]))
        self.assertRecordValues(
            self.statement,
            [
                {
                    "received_count": 5,
                    "new_count": 1,
                    "known_count": 2,
                    "unknown_count": 2,
                }
            ],
        )

    def test_the_database_refuses_an_account_that_does_not_add_up(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.statement.sudo().received_count = 1
            self.env.flush_all()

    # === TOTALS AGREE === #

    def test_totals_that_agree_leave_nothing_to_show(self):
        self.import_says(
            self.told(
                calls=[call("2026-10-03 10:00:00", 90)],
                sms=["2026-10-03"],
                data=[session("2026-10-03 10:00:00", "1.5", "10")],
            )
        )
        self.compare_says(self.total(seconds=90, sms=1, data="11.505"))
        self.assertFalse(self.statement.difference_ids)
        self.assertEqual(self.statement.compared_at, fields.Datetime.now())
        self.assertFalse(self.statement.compare_error)
        self.assertEqual(self.asked_for(), [{"periodo": "2026-10"}])

    def test_differences_are_listed_with_their_line(self):
        self.import_says(
            self.told(calls=[call("2026-10-03 10:00:00", 90)], sms=["2026-10-03"] * 2),
            self.told("0007777", sms=["2026-10-03"]),
        )
        self.compare_says(
            self.total(seconds=150, sms=2, data="3.25"),
            self.total("0009999", sms=4),
        )
        self.assertEqual(
            self.differences(),
            [
                ("0007001", "data", 0, 3.25, -3.25),
                ("0007001", "voice", 90, 150, -60),
                ("0007777", "sms", 1, 0, 1),
                ("0009999", "sms", 0, 4, -4),
            ],
        )
        self.assertEqual(self.statement.difference_count, 4)
        lines = self.statement.difference_ids.mapped("mvno_line_id")
        self.assertEqual(lines, self.line)

    def test_a_comparison_again_replaces_the_list(self):
        self.import_says(self.told(sms=["2026-10-03"]))
        self.compare_says(self.total(sms=2))
        self.assertEqual(self.statement.difference_count, 1)
        self.statement.action_compare()
        self.compare_says(self.total(sms=1))
        self.assertFalse(self.statement.difference_ids)

    def test_the_platform_s_unit_of_volumes_is_that_of_both_answers(self):
        self.platform.usage_unit = "gb"
        self.import_says(self.told(data=[session("2026-10-03 10:00:00", "0.25", "1")]))
        self.compare_says(self.total(data="1.25"))
        self.assertFalse(self.statement.difference_ids)

    def test_a_number_alone_stands_for_its_contract(self):
        self.import_says(self.told(linha="11987650001", sms=["2026-10-03"]))
        self.compare_says(
            {"numero_contrato": "", "linha": "11987650001", "consumo_sms": 1}
        )
        self.assertFalse(self.statement.difference_ids)

    def test_one_person_s_import_has_the_whole_month_compared_again(self):
        self.import_says(self.told(sms=["2026-10-03"]))
        self.compare_says(self.total(sms=1))
        mine = self._make_statement(partner_id=self.partner.id)
        self.import_says(self.told(sms=["2026-10-03", "2026-10-04"]), statement=mine)
        self.compare_says(self.total(sms=1))
        self.assertEqual(self.statement.difference_count, 1)
        with self.assertRaisesRegex(UserError, "cannot be compared"):
            mine.action_compare()

    # === FAILURES === #

    def test_a_comparison_that_fails_does_not_undo_the_import(self):
        self.import_says(self.told(sms=["2026-10-03"]))
        self.compare_says(json={"codigo_status_tip": 99, "msg_usuario": "Indisponível"})
        self.assertEqual(self.statement.state, "done")
        self.assertEqual(len(self.events("id")), 1)
        self.assertIn("Indisponível", self.statement.compare_error)
        self.statement.action_compare()
        self.compare_says(self.total(sms=1))
        self.assertFalse(self.statement.compare_error)

    def test_it_is_tried_again_by_itself(self):
        self.import_says(self.told(sms=["2026-10-03"]))
        self.compare_says(body=unreachable())
        later = fields.Datetime.now() + timedelta(seconds=60)
        self.assertEqual(self.statement.compare_next, later)
        self.run_comparisons()
        self.assertEqual(len(self.web.calls), 1)
        with freeze_time(later):
            self.compare_says(self.total(sms=1))
        self.assertTrue(self.statement.compared_at)

    def test_after_many_tries_it_is_left_to_a_person(self):
        self.import_says(self.told(sms=["2026-10-03"]))
        self.totals_say(status=500, body="<html>")
        for hour in range(5):
            with freeze_time(f"2026-11-05 1{3 + hour}:00:00"):
                self.run_comparisons()
        self.assertFalse(self.statement.compare_next)
        self.assertIn("does not answer properly", self.statement.compare_error)

    def test_our_own_limit_is_waited_for(self):
        self.import_says(self.told(sms=["2026-10-03"]))
        with patch.object(
            self.registry["mvno.platform"],
            "_acquire_slot",
            side_effect=SlotUnavailable(retry_in=7),
        ):
            self.run_comparisons()
        self.assertEqual(
            self.statement.compare_next, fields.Datetime.now() + timedelta(seconds=7)
        )
        self.assertEqual(self.statement.compare_failures, 0)

    def test_a_worker_that_dies_leaves_it_to_the_next(self):
        self.import_says(self.told(sms=["2026-10-03"]))
        statements = self.registry["mvno.statement"]
        with (
            patch.object(statements, "_drive_comparison", side_effect=SystemExit),
            self.assertRaises(SystemExit),
        ):
            self.run_comparisons()
        with freeze_time("2026-11-05 12:01:00"):
            self.compare_says(self.total(sms=1))
        self.assertTrue(self.statement.compared_at)

    def test_without_a_token_it_is_said(self):
        self.import_says(self.told(sms=["2026-10-03"]))
        self.platform.user_token = False
        self.run_comparisons()
        self.assertIn("has no token", self.statement.compare_error)

    def test_many_lines_cost_no_more_queries(self):
        def queries(count):
            contracts = [f"01{number:04}" for number in range(count)]
            self.import_says(
                *(self.told(contract, sms=["2026-10-03"]) for contract in contracts)
            )
            self.totals_say(*(self.total(contract, sms=1) for contract in contracts))
            before = self.env.cr.sql_log_count
            self.run_comparisons()
            return self.env.cr.sql_log_count - before

        queries(5)
        self.assertEqual(queries(5), queries(200))
