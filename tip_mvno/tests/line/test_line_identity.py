# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, datetime
from decimal import Decimal

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ...lib import ConsolidatedUsage
from ..common import MvnoCase

SEPTEMBER, OCTOBER, NOVEMBER = (date(2026, month, 1) for month in (9, 10, 11))
ONE, OTHER = "+5511900000001", "+5511900000002"


@tagged("post_install", "-at_install")
class TestMvnoLineIdentity(MvnoCase):
    """What a line was known by, and the usage that finds it by that."""

    def _make(self, contract=False, number=ONE, since="2026-09-01"):
        """:return: an active line under that contract and number"""
        line = self._make_line(
            "draft", platform_contract=contract, activation_date=since
        )
        line.write({"state": "active", "number": number})
        return line

    def _cancel(self, line, day):
        line.write({"state": "cancelled", "cancellation_date": day})

    def _change(self, line, moment, **vals):
        with freeze_time(moment):
            line.write(vals)

    def _periods(self, line):
        return [
            (period.number, period.platform_contract, period.date_from, period.date_to)
            for period in line.identity_ids.sorted("id")
        ]

    def _usage(self, contract="", number="", month=OCTOBER):
        """:return: the lines that a month's total is kept for"""
        total = ConsolidatedUsage(contract, number, "Maria", Decimal(1), 1, 1)
        usage, unknown = self.env["mvno.usage"]._store_totals(
            self.platform, month, [total]
        )
        self.assertEqual(bool(usage), not unknown)
        return usage.line_id

    # === THE HISTORY === #

    def test_a_line_not_activated_has_no_history(self):
        self.assertFalse(self._make_line().identity_ids)

    def test_it_begins_with_the_day_of_activation_where_the_platform_is(self):
        line = self._make("C1")
        self.assertEqual(
            self._periods(line), [(ONE, "C1", datetime(2026, 9, 1, 3), False)]
        )

    def test_what_becomes_known_later_is_filled_in(self):
        line = self._make_activating()
        with freeze_time("2026-10-05 12:00:00"):
            line._on_activation_done("", "C1")
        line.number = ONE
        line._start_service(date(2026, 10, 4))
        self.assertEqual(
            self._periods(line), [(ONE, "C1", datetime(2026, 10, 4, 3), False)]
        )

    def test_a_line_adopted_without_its_date_was_there_before(self):
        line = self._make("C1", since=False)
        self.assertEqual(self._periods(line), [(ONE, "C1", False, False)])

    def test_a_change_ends_a_period_and_begins_the_next(self):
        line = self._make("C1")
        self._change(line, "2026-10-10 15:00:00", number=OTHER)
        ported = datetime(2026, 10, 10, 15)
        self.assertEqual(
            self._periods(line),
            [
                (ONE, "C1", datetime(2026, 9, 1, 3), ported),
                (OTHER, "C1", ported, False),
            ],
        )

    def test_another_simcard_is_a_change_and_both_cards_tell_it(self):
        line = self._make("C1")
        old, new = line.simcard_id, self._make_simcards()
        line.sudo().simcard_id = new
        self.assertEqual(line.identity_ids.sorted("id").simcard_id, old | new)
        self.assertEqual((old.identity_ids | new.identity_ids), line.identity_ids)

    def test_a_cancelled_line_s_history_ends_with_its_last_day(self):
        line = self._make("C1")
        self._change(
            line,
            "2026-10-20 12:00:00",
            state="cancelled",
            cancellation_date="2026-10-15",
        )
        self.assertEqual(line.identity_ids.date_to, datetime(2026, 10, 16, 3))

    def test_the_same_again_writes_nothing(self):
        line = self._make("C1")
        line.write({"number": ONE, "platform_contract": "C1", "state": "blocked"})
        self.assertEqual(len(line.identity_ids), 1)

    def test_many_lines_are_followed_in_as_many_queries_as_few(self):
        def follow(count):
            lines = self.env["mvno.line"].union(
                *(
                    self._make(f"C{count}-{place}", f"+55119{count:04}{place:04}")
                    for place in range(count)
                )
            )
            self._change(lines, "2026-10-10 12:00:00", partner_id=self.partner.id)
            history = self.env["mvno.line.identity"]
            return self.count_queries(lambda: history._follow(lines))

        follow(2)
        self.assertEqual(follow(20), follow(5))

    def test_nobody_writes_it_by_hand(self):
        line = self._make("C1")
        attendant = self._make_user("attendant", "tip_mvno.group_attendant")
        periods = line.identity_ids.with_user(attendant)
        self.assertEqual(periods.number, ONE)
        for write in (
            lambda: periods.write({"number": OTHER}),
            lambda: periods.create({"line_id": line.id}),
            periods.unlink,
        ):
            with self.assertRaises(AccessError):
                write()

    # === USAGE FINDS ITS LINE === #

    def test_a_swap_that_gave_a_new_contract_keeps_both_contracts_usage(self):
        line = self._make("C1")
        self._change(line, "2026-10-10 12:00:00", platform_contract="C2")
        self.assertEqual(self._usage("C1"), line)
        self.assertEqual(self._usage("C2"), line)
        self.assertEqual(self._usage("C1", month=NOVEMBER), line)

    def test_a_temporary_number_and_the_ported_one_are_the_same_line(self):
        line = self._make(number=ONE)
        self._change(line, "2026-10-10 12:00:00", number=OTHER)
        for month in (SEPTEMBER, OCTOBER):
            self.assertEqual(self._usage("", ONE, month), line)
        self.assertEqual(self._usage("", OTHER), line)

    def test_a_number_counts_in_the_months_the_line_had_it(self):
        line = self._make(number=ONE, since="2026-10-10")
        self.assertFalse(self._usage("", ONE, SEPTEMBER))
        self._change(line, "2026-10-20 12:00:00", number=OTHER)
        self.assertEqual(self._usage("", ONE, OCTOBER), line)
        self.assertFalse(self._usage("", ONE, NOVEMBER))

    def test_a_number_given_to_another_customer_later(self):
        first = self._make("C1")
        self._cancel(first, "2026-09-20")
        later = self._make("C2", since="2026-10-10")
        self.assertEqual(self._usage("", ONE, SEPTEMBER), first)
        self.assertEqual(self._usage("", ONE, NOVEMBER), later)
        self.assertEqual(self._usage("C1", ONE, OCTOBER), first)

    def test_a_number_that_moved_within_the_month_goes_to_who_had_it_last(self):
        first = self._make()
        second = self._make(number=OTHER)
        self._change(first, "2026-10-10 12:00:00", number="+5511900000003")
        self._change(second, "2026-10-10 12:00:00", number=ONE)
        self.assertEqual(self._usage("", ONE), second)
        self.assertEqual(self._usage("", ONE, SEPTEMBER), first)

    def test_a_cancelled_line_s_late_usage_is_its_own(self):
        line = self._make("C1")
        self._cancel(line, "2026-09-20")
        self.assertEqual(self._usage("C1", month=OCTOBER), line)
        self.assertFalse(self._usage("", ONE, OCTOBER))

    def test_a_contract_code_used_again_is_told_apart_by_the_month(self):
        first = self._make("C1")
        self._cancel(first, "2026-09-20")
        self.env.flush_all()
        second = self._make("C1", OTHER, since="2026-10-05")
        self.assertEqual(self._usage("C1", month=SEPTEMBER), first)
        self.assertEqual(self._usage("C1", month=OCTOBER), second)

    def test_another_platform_s_line_is_not_found(self):
        self._make("C1")
        other = self._make_platform(name="Other")
        pairs = {("C1", ""), ("", ONE)}
        found = self.env["mvno.line.identity"]._lines_of_month(other, OCTOBER, pairs)
        self.assertFalse(found)

    def test_a_former_holder_s_months_stay_theirs(self):
        line = self._make("C1")
        self._usage("C1", month=SEPTEMBER)
        other = self._make_partner(name="Outro Titular")
        self._change(line, "2026-10-10 12:00:00", partner_id=other.id)
        self._usage("C1", month=OCTOBER)
        september, october = line.usage_ids.sorted("competence")
        self.assertEqual(september.partner_id, self.partner)
        self.assertEqual(october.partner_id, other)
