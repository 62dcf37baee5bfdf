# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.modules.migration import load_script
from odoo.modules.module import get_module_path
from odoo.tests import tagged

from ...lib import SimStatus
from ..common import IN_USE, TOTAL, on_the_tests_clock
from ..drift_common import DriftCase


@tagged("post_install", "-at_install")
class TestLineSince(DriftCase):
    """Since when a block or unblock counts that a read brought."""

    def setUp(self):
        super().setUp()
        self.enterContext(on_the_tests_clock())
        self.line = self.live_line()
        self.env.flush_all()
        self.env.cr.execute("UPDATE mvno_line SET create_date = '2026-10-01 12:00:00'")
        self.env.invalidate_all()

    def _read(self, at, status, **more):
        self.sim_says(self.line.simcard_id, status, **more)
        with freeze_time(at):
            self.line.action_refresh()

    def _last(self):
        self.env.invalidate_all()
        change = self.line.transition_ids[0]
        return change.state_to, change.effective_at, change.effective_source

    def test_it_counts_from_the_last_read_that_said_otherwise(self):
        self._read("2026-11-09 12:00:00", IN_USE)
        self._read("2026-11-12 12:00:00", TOTAL)
        self.assertEqual(
            self._last(), ("blocked", datetime(2026, 11, 9, 12), "last_read")
        )
        self.assertEqual(self.line.transition_ids[0].date, datetime(2026, 11, 12, 12))
        self.assertEqual(self.line.hold_ids.date_start, datetime(2026, 11, 9, 12))
        self._read("2026-11-13 12:00:00", TOTAL)
        self._read("2026-11-15 12:00:00", IN_USE)
        self.assertEqual(
            self._last(), ("active", datetime(2026, 11, 13, 12), "last_read")
        )

    def test_the_platforms_own_time_goes_before(self):
        self._read("2026-11-09 12:00:00", IN_USE)
        self._read("2026-11-12 12:00:00", TOTAL, data_bloqueio="2026-11-10 10:00:00")
        self.assertEqual(
            self._last(), ("blocked", datetime(2026, 11, 10, 13), "platform")
        )
        self._read("2026-11-15 12:00:00", IN_USE, data_desbloqueio="14/11/2026 08:30")
        self.assertEqual(
            self._last(), ("active", datetime(2026, 11, 14, 11, 30), "platform")
        )

    def test_a_time_that_cannot_be_is_no_later_than_now(self):
        self._read("2026-11-12 12:00:00", TOTAL, data_bloqueio="2999-01-01 10:00:00")
        self.assertEqual(self._last()[1], datetime(2026, 11, 12, 12))

    def test_without_an_earlier_read_it_counts_from_now(self):
        self._read("2026-11-12 12:00:00", TOTAL)
        self.assertEqual(
            self._last(), ("blocked", datetime(2026, 11, 12, 12), "recorded")
        )

    def test_a_read_while_a_request_is_under_way_said_it_already(self):
        """What a read could not take over counts from the one before it."""
        self._read("2026-11-09 12:00:00", IN_USE)
        command = self._make_command(self.line, "top_up", "needs_decision", quantity=1)
        command.state = "pending"
        self._read("2026-11-10 12:00:00", TOTAL)
        self.assertEqual(self.line.state, "active")
        command.state = "cancelled"
        self._read("2026-11-12 12:00:00", TOTAL)
        self.assertEqual(self._last()[1], datetime(2026, 11, 9, 12))

    def test_the_sweep_is_a_read_like_any_other(self):
        with freeze_time("2026-11-09 12:00:00"):
            self.sweep()
        self.assertEqual(self.line.state_seen_at, datetime(2026, 11, 9, 12))
        self.contracts, self.stock = [], {}
        self.lists(self.line, status="BLOQUEADO", in_stock=TOTAL)
        with freeze_time("2026-11-12 12:00:00"):
            self.sweep()
        self.assertEqual(
            self._last(), ("blocked", datetime(2026, 11, 9, 12), "last_read")
        )

    def test_what_is_counted_by_days_is_told_of_past_days(self):
        self._read("2026-11-09 12:00:00", IN_USE)
        told = []

        def learnt(lines, first_day, last_day, kind):
            told.append((lines, first_day, last_day, kind))

        with patch.object(self.registry["mvno.line"], "_on_days_learnt", learnt):
            self._read("2026-11-09 13:00:00", TOTAL)
            self.assertFalse(told)
            self._read("2026-11-12 12:00:00", IN_USE)
            with freeze_time("2026-11-15 12:00:00"):
                self.line._on_cancelled("port_out", date(2026, 11, 13))
        self.assertEqual(
            told,
            [
                (self.line, date(2026, 11, 9), date(2026, 11, 12), "block"),
                (self.line, date(2026, 11, 14), date(2026, 11, 15), "cancellation"),
            ],
        )

    def test_many_lines_are_followed_at_once(self):
        counts = []
        for number in range(2):
            lines = self.line.browse()
            for _i in range(5 * (number + 1)):
                lines |= self._make_line("active")
            for place, line in enumerate(lines):
                line.state_seen_at = datetime(2026, 11, 1) + timedelta(hours=place)
            answers = {line.id: (SimStatus.TOTALLY_BLOCKED, TOTAL) for line in lines}
            self.env.flush_all()
            counts.append(
                self.count_queries(
                    lambda lines=lines, answers=answers: lines._take_block_states(
                        answers
                    )
                )
            )
        # a hold of its own, and what follows from it
        self.assertLessEqual(counts[1] - counts[0], 30)

    def test_the_upgrade_lets_changes_count_from_when_they_were_noted(self):
        other, third = self._make_line("blocked"), self._make_line("active")
        read = datetime(2026, 11, 5, 12)
        (self.line | other | third).write({"checked_at": read, "state_seen_at": False})
        self.line.platform_status = "EM USO"
        other.platform_status = "BLOQUEADO"
        # it did not say so
        third.platform_status = "CANCELADO"
        with freeze_time("2026-11-04 12:00:00"):
            self.line._transition("block_partial")
        self.line.write({"state": "active", "state_seen_at": False})
        self.env.flush_all()
        self.env.cr.execute(
            "ALTER TABLE mvno_transition ALTER effective_at DROP NOT NULL, "
            "ALTER effective_source DROP NOT NULL"
        )
        self.env.cr.execute(
            "UPDATE mvno_transition SET effective_at = NULL, effective_source = NULL"
        )
        path = f"{get_module_path('tip_mvno')}/migrations/19.0.5.0.0/pre-effective.py"
        load_script(path, "pre-effective").migrate(self.env.cr, "19.0.4.0.0")
        self.env.invalidate_all()
        self.assertRecordValues(
            self.line.transition_ids,
            [
                {
                    "effective_at": datetime(2026, 11, 4, 12),
                    "effective_source": "recorded",
                }
            ],
        )
        lines = self.line | other | third
        self.assertEqual([line.state_seen_at for line in lines], [read, read, False])
