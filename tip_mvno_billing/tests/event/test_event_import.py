# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, datetime

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..statement_common import StatementCase, call, session


@tagged("post_install", "-at_install")
class TestMvnoUsageEvent(StatementCase):
    """Promise: the events equal the platform's for their month."""

    def test_an_event_is_kept_with_what_the_platform_tells(self):
        self.import_says(
            self.told(
                linha="11987650001",
                calls=[
                    call("2026-10-03 14:22:05", 90, destino="1133334444", valor="0,25")
                ],
                sms=["2026-10-04 08:00:00"],
                data=[session("2026-10-05 09:00:00", "1.25", "10.5")],
            )
        )
        voice, sms, data = self.env["mvno.usage.event"].search(
            [("platform_id", "=", self.platform.id)], order="started_at"
        )
        self.assertRecordValues(
            voice,
            [
                {
                    "kind": "voice",
                    "competence": date(2026, 10, 1),
                    "company_id": self.platform.company_id.id,
                    "mvno_line_id": self.line.id,
                    "platform_contract": "0007001",
                    "number": "+5511987650001",
                    "started_at": datetime(2026, 10, 3, 17, 22, 5),
                    "seconds": 90,
                    "called_number": "+551133334444",
                    "amount": 0.25,
                    "ordinal": 1,
                }
            ],
        )
        self.assertEqual((sms.kind, sms.called_number, sms.amount), ("sms", False, 0))
        self.assertEqual((data.upload_mb, data.download_mb), (1.25, 10.5))

    def test_events_on_the_edges_belong_to_the_month_asked_for(self):
        """In UTC the last ones are in November; a stray one is in September."""
        self.import_says(
            self.told(
                calls=[
                    call("2026-10-01 00:00:00"),
                    call("2026-10-31 23:59:59"),
                    call("2026-09-30 23:59:59"),
                ]
            )
        )
        self.assertEqual(
            self.events("competence", "started_at"),
            [
                (date(2026, 10, 1), datetime(2026, 10, 1, 2, 59, 59)),
                (date(2026, 10, 1), datetime(2026, 10, 1, 3, 0, 0)),
                (date(2026, 10, 1), datetime(2026, 11, 1, 2, 59, 59)),
            ],
        )

    def test_twins_both_stay(self):
        twin = call("2026-10-03 10:00:00")
        self.import_says(self.told(calls=[twin, twin]))
        self.assertEqual(self.events("ordinal"), [(1,), (2,)])

    def test_importing_again_touches_nothing(self):
        self.import_says(
            self.told(
                calls=[call("2026-10-03 10:00:00"), call("2026-10-03 10:00:00")],
                sms=["2026-10-03 10:00:00"],
                data=[session("2026-10-03 10:00:00", "12.50000")],
            ),
            self.told("unknown", calls=[call("2026-10-03 10:00:00")]),
        )
        events = self.versions("mvno_usage_event")
        lines = self.versions("mvno_statement_line")
        self.import_again()
        self.assertEqual(self.versions("mvno_usage_event"), events)
        self.assertEqual(self.versions("mvno_statement_line"), lines)
        self.assertEqual(self.statement.new_count, 0)
        self.assertEqual(self.statement.known_count, 4)
        self.assertEqual(self.statement.unknown_count, 1)

    def test_importing_again_uses_up_no_ids(self):
        """Ids are 31 bits: a month of millions of events is imported daily."""
        self.import_says(self.told(sms=["2026-10-03", "2026-10-04"]))
        self.import_again()
        self.import_says(self.told(sms=["2026-10-03", "2026-10-04", "2026-10-05"]))
        first, _second, third = (id for (id,) in self.events("id"))
        self.assertEqual(third - first, 2)

    def test_another_order_and_another_spelling_are_the_same_events(self):
        self.import_says(
            self.told(
                calls=[call("2026-10-03 10:00:00"), call("2026-10-04 10:00:00")],
                sms=["2026-10-03 10:00:00"],
                data=[session("2026-10-03 10:00:00", "12.50000")],
            ),
            self.told("other", sms=["2026-10-05"]),
        )
        before = self.versions("mvno_usage_event")
        self.import_says(
            self.told("other", sms=[{"data": "2026-10-05"}]),
            self.told(
                calls=[call("2026-10-04 10:00:00", "60"), call("2026-10-03 10:00:00")],
                sms=[{"data": "2026-10-03 10:00:00"}],
                data=[session("2026-10-03 10:00:00", 12.5, 10.0)],
            ),
        )
        self.assertEqual(self.versions("mvno_usage_event"), before)

    def test_a_line_told_in_two_parts_keeps_its_twins(self):
        twin = call("2026-10-03 10:00:00")
        self.import_says(self.told(calls=[twin]), self.told(calls=[twin]))
        self.import_says(self.told(calls=[twin, twin]))
        self.assertEqual(self.events("ordinal"), [(1,), (2,)])

    def test_what_the_platform_no_longer_tells_goes(self):
        twin = call("2026-10-03 10:00:00")
        self.import_says(
            self.told(calls=[twin, twin]), self.told("other", sms=["2026-10-05"])
        )
        self.import_says(self.told(calls=[twin]))
        self.assertEqual(self.events("platform_contract"), [("0007001",)])
        self.assertEqual(self.statement.removed_count, 2)

    def test_a_truncated_answer_removes_nothing(self):
        self.import_says(self.told(sms=["2026-10-03", "2026-10-04"]))
        before = self.versions("mvno_usage_event")
        self.forget_answers()
        self.platform_says("POST", "/consumo-detalhado", body='{"results": [{"num')
        self.import_again()
        self.assertEqual(self.versions("mvno_usage_event"), before)
        self.assertEqual(self.statement.state, "importing")

    def test_another_month_is_left_alone(self):
        self.import_says(self.told(sms=["2026-10-03"]))
        september = self._make_statement(competence="2026-09-01")
        self.import_says(self.told(sms=["2026-09-03"]), statement=september)
        self.assertEqual(
            self.events("competence"), [(date(2026, 9, 1),), (date(2026, 10, 1),)]
        )

    def test_another_platform_is_left_alone(self):
        self.import_says(self.told(sms=["2026-10-03"]))
        other = self._make_platform(name="Other")
        statement = self._make_statement(platform_id=other.id)
        self.import_says(statement=statement)
        self.assertEqual(len(self.events("id")), 1)

    def test_an_unknown_line_s_events_are_kept_and_attached_later(self):
        self.import_says(self.told("0007777", sms=["2026-10-03"]))
        self.assertEqual(self.events("mvno_line_id")[0], (self.env["mvno.line"],))
        self.assertEqual(self.statement.unknown_count, 1)
        self.assertIn("0007777", self.statement.warning)
        line = self._make_active_line("0007777")
        self.import_again()
        self.assertEqual(self.events("mvno_line_id"), [(line,)])
        self.assertEqual(self.statement.unknown_count, 0)
        self.assertFalse(self.statement.warning)
        self.assertEqual(self.statement.new_count, 0)

    def test_a_line_without_contract_is_found_by_its_number(self):
        self.line.platform_contract = False
        national = self.line.number.removeprefix("+55")
        self.import_says(self.told("0008888", linha=national, sms=["2026-10-03"]))
        self.assertEqual(self.events("mvno_line_id"), [(self.line,)])

    def test_a_line_with_another_contract_is_not_found_by_its_number(self):
        """The number may have been somebody else's before."""
        national = self.line.number.removeprefix("+55")
        self.import_says(self.told("0008888", linha=national, sms=["2026-10-03"]))
        self.assertEqual(self.events("mvno_line_id"), [(self.env["mvno.line"],)])

    def test_of_two_lines_with_one_contract_the_one_in_service_is_found(self):
        self.line.write({"state": "cancelled", "cancellation_date": "2026-09-20"})
        self.line.flush_recordset()
        successor = self._make_active_line("0007001", since="2026-09-21")
        self.import_says(self.told(sms=["2026-10-03"]))
        self.assertEqual(self.events("mvno_line_id"), [(successor,)])

    def test_a_number_that_changes_within_the_month_is_followed(self):
        self.import_says(self.told(linha="11911110000", sms=["2026-10-03"]))
        self.import_says(self.told(linha="11922220000", sms=["2026-10-03"]))
        self.assertEqual(self.events("number"), [("+5511922220000",)])
        self.assertEqual(self.statement.new_count, 0)

    def test_the_database_refuses_an_event_twice(self):
        self.import_says(self.told(sms=["2026-10-03"]))
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.env.cr.execute(
                """
                INSERT INTO mvno_usage_event (platform_id, company_id, competence,
                            platform_contract, kind, digest, ordinal)
                SELECT platform_id, company_id, competence, platform_contract, kind,
                       digest, ordinal
                  FROM mvno_usage_event
                """
            )

    def test_odd_texts_survive_the_way(self):
        odd = "a\\b\tc\nd\\.'\""
        self.import_says(self.told(odd, sms=["2026-10-03"]))
        self.assertEqual(self.events("platform_contract"), [(odd,)])

    # what is due "now" is written anew with each second that has passed
    @freeze_time("2026-11-02 15:00:00")
    def test_ten_and_two_hundred_lines_take_the_same_queries(self):
        def lines(count):
            return [
                self.told(f"00{number}", sms=["2026-10-03", "2026-10-04"])
                for number in range(count)
            ]

        def queries(count):
            self.statement_says(*lines(count))
            self.statement.action_import()
            return self.count_queries(self.run_imports)

        queries(5)
        self.assertEqual(queries(10), queries(200))

    def test_call_records_are_for_their_own_group(self):
        self.import_says(self.told(sms=["2026-10-03"]))
        groups = "tip_mvno.group_manager,account.group_account_manager"
        manager = self._make_user("manager", groups)
        reader = self._make_user("reader", "tip_mvno.group_call_records")
        events = self.env["mvno.usage.event"]
        self.assertEqual(events.with_user(reader).search_count([]), 1)
        with self.assertRaises(AccessError):
            events.with_user(manager).search_count([])
        for operation in ("write", "create", "unlink"):
            self.assertFalse(events.with_user(reader).has_access(operation))

    def test_call_records_of_another_company_are_not_shown(self):
        self.import_says(self.told(sms=["2026-10-03"]))
        other = self.env["res.company"].create({"name": "Other"})
        reader = self._make_user(
            "reader",
            "tip_mvno.group_call_records",
            company_id=other.id,
            company_ids=[other.id],
        )
        self.assertFalse(self.env["mvno.usage.event"].with_user(reader).search([]))
