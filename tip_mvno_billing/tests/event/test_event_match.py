# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from freezegun import freeze_time

from odoo.tests import tagged

from ..statement_common import StatementCase, call

ONE, OTHER = "11987650001", "11987650002"


@tagged("post_install", "-at_install")
class TestMvnoUsageEventMatch(StatementCase):
    """Which line an event is of: by the platform's contract first, else by the number
    the line had at that time."""

    def _line(self, contract, number=ONE, since="2026-09-01"):
        line = self._make_active_line(contract, since=since)
        # as if it had been the first one that was told
        line.number = False
        line.number = f"+55{number}"
        return line

    def _change(self, line, moment, **vals):
        with freeze_time(moment):
            line.write(vals)
            self.env.flush_all()

    def _lines(self):
        """:return: {day of the month: line} of October's events"""
        return {
            moment.day: line
            for moment, line in self.events("started_at", "mvno_line_id")
        }

    def _calls(self, *days):
        return [call(f"2026-10-{day:02} 12:00:00") for day in days]

    def test_a_swap_gives_a_new_contract_and_both_are_the_line_s(self):
        line = self._line("C1")
        self._change(line, "2026-10-10 12:00:00", platform_contract="C2")
        self.import_says(
            self.told("C1", linha=ONE, calls=self._calls(5, 20)),
            self.told("C2", linha=ONE, calls=self._calls(15)),
        )
        self.assertEqual(self._lines(), {5: line, 15: line, 20: line})
        self.assertFalse(self.statement.unknown_count)

    def test_a_temporary_number_and_then_the_ported_one(self):
        line = self._line(False, number=OTHER)
        self._change(line, "2026-10-10 12:00:00", number=f"+55{ONE}")
        self.import_says(
            self.told("", linha=OTHER, calls=self._calls(5)),
            self.told("", linha=ONE, calls=self._calls(15)),
        )
        self.assertEqual(self._lines(), {5: line, 15: line})

    def test_a_number_that_moved_within_the_month_is_told_apart_by_time(self):
        first, second = self._line(False), self._line(False, number=OTHER)
        self._change(first, "2026-10-10 12:00:00", number="+5511987650003")
        self._change(second, "2026-10-12 12:00:00", number=f"+55{ONE}")
        self.import_says(self.told("", linha=ONE, calls=self._calls(5, 11, 15)))
        self.assertEqual(self._lines(), {5: first, 11: first, 15: second})

    def test_a_number_reused_by_another_customer_later(self):
        first = self._line("C1")
        self._change(
            first,
            "2026-10-10 12:00:00",
            state="cancelled",
            cancellation_date=date(2026, 10, 10),
        )
        other = self._make_partner(name="Outra Cliente", vat="111.444.777-35")
        second = self._make_active_line("C2", partner=other, since="2026-10-20")
        second.number = False
        second.number = f"+55{ONE}"
        self.import_says(
            self.told("C1", linha=ONE, calls=self._calls(5, 25)),
            self.told("C2", linha=ONE, calls=self._calls(21)),
        )
        self.assertEqual(self._lines(), {5: first, 21: second, 25: first})

    def test_a_cancelled_line_s_late_usage_is_its_own(self):
        line = self._line("C1")
        self._change(
            line,
            "2026-09-20 12:00:00",
            state="cancelled",
            cancellation_date=date(2026, 9, 20),
        )
        self.import_says(
            self.told("C1", linha=ONE, calls=self._calls(5)),
            self.told("C9", linha=ONE, calls=self._calls(6)),
        )
        self.assertEqual(self._lines(), {5: line, 6: self.env["mvno.line"]})

    def test_an_event_without_time_goes_to_the_last_line(self):
        first, second = self._line(False), self._line(False, number=OTHER)
        self._change(first, "2026-10-10 12:00:00", number="+5511987650003")
        self._change(second, "2026-10-12 12:00:00", number=f"+55{ONE}")
        self.import_says(self.told("", linha=ONE, sms=[""]))
        self.assertEqual(self.events("mvno_line_id"), [(second,)])

    def test_events_kept_without_a_line_are_told_apart_by_time_too(self):
        told = self.told("", linha=ONE, calls=self._calls(5, 15))
        self.import_says(told)
        self.assertEqual(self.statement.unknown_count, 2)
        first, second = self._line(False), self._line(False, number=OTHER)
        self._change(first, "2026-10-10 12:00:00", number="+5511987650003")
        self._change(second, "2026-10-10 12:00:00", number=f"+55{ONE}")
        self.import_says(told)
        self.assertEqual(self._lines(), {5: first, 15: second})
        self.assertEqual(self.statement.new_count, 0)

    def test_a_month_shows_its_own_holder_and_number(self):
        line = self._line("C1")
        other = self._make_partner(name="Outra Titular", vat="111.444.777-35")
        self._change(
            line, "2026-11-02 12:00:00", partner_id=other.id, number=f"+55{OTHER}"
        )
        self.import_says(self.told("C1", linha=ONE, calls=self._calls(5)))
        shown = self.statement.line_ids.filtered(lambda item: item.mvno_line_id == line)
        self.assertEqual(shown.partner_id, self.partner)
        self.assertEqual(shown.number, f"+55{ONE}")
