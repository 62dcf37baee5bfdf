# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from odoo.tests import tagged

from ..statement_common import StatementCase, call, session


@tagged("post_install", "-at_install")
class TestMvnoStatementLine(StatementCase):
    """Per subscriber: what the line costs and what it used."""

    def shown(self, line=None):
        """:return: the statement's line of a mobile line"""
        return self.statement.line_ids.filtered(
            lambda shown: shown.mvno_line_id == (line or self.line)
        )

    def test_a_line_s_month_in_total(self):
        self.statement.due_date = "2026-11-10"
        self.import_says(
            self.told(
                calls=[call("2026-10-03 10:00:00", 90), call("2026-10-03 11:00:00", 5)],
                sms=["2026-10-03", "2026-10-03"],
                data=[session("2026-10-03", "0.5", "10"), session("2026-10-04")],
            )
        )
        self.assertRecordValues(
            self.statement.line_ids,
            [
                {
                    "partner_id": self.partner.id,
                    "mvno_line_id": self.line.id,
                    "number": self.line.number,
                    "product_id": self.product.id,
                    "due_date": date(2026, 11, 10),
                    "competence": date(2026, 10, 1),
                    "company_id": self.platform.company_id.id,
                    "currency_id": self.platform.company_id.currency_id.id,
                    "monthly_value": 59.9,
                    "voice_seconds": 95,
                    "voice_hours": 95 / 3600,
                    "sms_count": 2,
                    "data_mb": 22,
                }
            ],
        )
        self.assertEqual(self.statement.line_count, 1)
        self.assertEqual(self.statement.sms_count, 2)
        self.assertEqual(self.statement.data_mb, 22)
        self.assertAlmostEqual(self.statement.voice_hours, 95 / 3600)

    def test_lines_in_service_are_shown_without_usage_too(self):
        self._make_line("draft", platform_contract="0007002")
        next_month = self._make_active_line("0007003", since="2026-11-01")
        gone = self._make_active_line("0007004")
        gone.write({"state": "cancelled", "cancellation_date": "2026-09-30"})
        left = self._make_active_line("0007005")
        left.write({"state": "cancelled", "cancellation_date": "2026-10-01"})
        self.import_says(self.told())
        self.assertEqual(self.statement.line_ids.mvno_line_id, self.line + left)
        self.assertEqual(self.shown().voice_seconds, 0)
        self.assertNotIn(next_month, self.statement.line_ids.mvno_line_id)

    def test_a_line_not_in_service_is_shown_when_it_has_events(self):
        gone = self._make_active_line("0007004")
        gone.write({"state": "cancelled", "cancellation_date": "2026-09-30"})
        self.import_says(self.told("0007004", sms=["2026-10-01 00:00:00"]))
        self.assertEqual(self.shown(gone).sms_count, 1)

    def test_the_value_is_the_one_valid_in_the_month(self):
        old = self.line.contract_line_id
        old.date_end = "2026-10-31"
        new = old.copy(
            {"date_start": "2026-11-01", "date_end": False, "specific_price": 99.9}
        )
        new.mvno_line_id = self.line
        november = self._make_statement(competence="2026-11-01")
        self.import_says(self.told())
        self.import_says(self.told(), statement=november)
        self.assertEqual(self.shown().monthly_value, 59.9)
        self.assertEqual(november.line_ids.monthly_value, 99.9)

    def test_a_discount_is_taken_off(self):
        self.line.contract_line_id.discount = 50
        self.import_says(self.told())
        self.assertEqual(self.shown().monthly_value, 29.95)

    def test_a_line_without_contract_in_the_month_costs_nothing(self):
        self.line.contract_line_id.date_start = "2026-11-01"
        self.import_says(self.told(sms=["2026-10-03"]))
        self.assertEqual(self.shown().monthly_value, 0)
        self.assertFalse(self.shown().product_id)

    def test_only_what_changed_is_written(self):
        self._make_active_line("0007002")
        self.import_says(self.told(), self.told("0007002"))
        before = dict((row[0], row[1:]) for row in self.versions("mvno_statement_line"))
        self.import_says(self.told(), self.told("0007002", sms=["2026-10-03"]))
        after = {row[0]: row[1:] for row in self.versions("mvno_statement_line")}
        unchanged = self.shown().id
        self.assertEqual(set(before), set(after))
        self.assertEqual(before[unchanged], after[unchanged])
        self.assertEqual(sum(before[id] != after[id] for id in before), 1)

    def test_a_line_that_is_no_longer_shown_goes(self):
        gone = self._make_active_line("0007004")
        self.import_says(self.told())
        gone.write({"state": "cancelled", "cancellation_date": "2026-09-30"})
        self.import_again()
        self.assertEqual(self.statement.line_ids.mvno_line_id, self.line)

    def test_data_is_rounded_as_in_the_consolidated_usage(self):
        self.import_says(self.told(data=[session("2026-10-03", "0.001", "380.7305")]))
        self.assertEqual(self.statement.line_ids.data_mb, 380.732)
        self.env.cr.execute(
            "SELECT data_mb::text FROM mvno_statement_line WHERE statement_id = %s",
            (self.statement.id,),
        )
        self.assertEqual(self.env.cr.fetchone(), ("380.732",))
