# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import contextlib
from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import patch

import responses

from odoo import fields
from odoo.sql_db import BaseCursor
from odoo.tests import tagged
from odoo.tests.test_cursor import TestCursor
from odoo.tools import mute_logger

from ...lib import BULK, INTERACTIVE
from ..common import BASE_URL, IN_USE, TOTAL, YES, MvnoCase, broken

DRIVER = "odoo.addons.tip_mvno.models.command.mvno_command_driver"
SETTLE = "odoo.addons.tip_mvno.models.command.mvno_command_settle"


@tagged("post_install", "-at_install")
class TestMvnoCommandDriver(MvnoCase):
    """Who sends what and when, and what is left when he does not live to tell."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.command = cls._make_block()
        cls.simcard = cls.command.simcard_id

    def while_called(self, do, path="bloquear/total", answer=None):
        """Do something while the call is under way, then answer it."""

        def callback(request):
            do()
            return answer or (200, {}, '{"codigo_status_tip": 0}')

        self.web.add_callback(
            responses.POST,
            f"{BASE_URL}/simcard/{self.simcard.iccid}/{path}",
            callback=callback,
        )

    def in_database(self):
        self.env.cr.execute(
            "SELECT state, attempts FROM mvno_command WHERE id = %s", [self.command.id]
        )
        return self.env.cr.fetchone()

    # === ONE WRITER === #

    def test_a_request_is_committed_as_sent_before_the_call_and_no_cursor_is_open(self):
        seen = []

        def look():
            seen.append((*self.in_database(), len(TestCursor._cursors_stack)))

        self.while_called(look)
        self.assertEqual(self.process(self.command), 1)
        self.assertEqual(seen, [("sent", 1, 0)])
        self.assertEqual(self.command.state, "done")

    def test_the_driver_never_commits_the_callers_cursor(self):
        self.write_says(self.simcard, "bloquear/total")
        with patch.object(BaseCursor, "flush") as flush:
            self.process(self.command)
        callers = {call.args[0] for call in flush.call_args_list if call.args}
        self.assertNotIn(self.env.cr, callers)

    def test_a_second_worker_finds_nothing_to_do(self):
        others = []
        self.while_called(lambda: others.append(self._process_again()))
        self.process(self.command)
        self.assertEqual(others, [0])
        self.assertEqual(len(self.asked("bloquear/total")), 1)

    def _process_again(self):
        return self.env["mvno.command"]._process(command_ids=self.command.ids)

    def test_a_row_claimed_by_another_worker_is_left_to_it(self):
        self.command.state = "sent"
        self.env.flush_all()
        model = self.env["mvno.command"]
        self.assertIsNone(model._claim(self.command.id, BULK))

    @mute_logger(SETTLE)
    def test_an_answer_that_comes_after_others_settled_is_ignored(self):
        def others_settle():
            self.env.cr.execute(
                "UPDATE mvno_command SET attempts = 2 WHERE id = %s", [self.command.id]
            )

        self.while_called(others_settle)
        with self.assertLogs(SETTLE, "WARNING"):
            self.process(self.command)
        self.assertEqual((self.command.state, self.command.attempts), ("sent", 2))
        self.assertEqual(self.command.line_id.state, "active")

    @mute_logger(SETTLE)
    def test_a_late_read_does_not_settle_a_request_sent_again(self):
        self.command.write({"state": "unknown", "attempts": 1})

        def others_repeat(request):
            self.env.cr.execute(
                "UPDATE mvno_command SET state = 'sent', attempts = 2 WHERE id = %s",
                [self.command.id],
            )
            return 200, {}, '{"status": "%s"}' % TOTAL

        url = f"{BASE_URL}/estoque/{self.simcard.iccid}"
        self.web.add_callback(responses.GET, url, callback=others_repeat)
        self.process(self.command)
        self.assertEqual(self.in_database(), ("sent", 2))

    # === LOST WORKERS === #

    def test_a_killed_worker_leaves_a_sent_row_that_is_read_before_anything_else(self):
        def kill():
            raise KeyboardInterrupt

        self.while_called(kill)
        # no assertRaises: it would roll back what the worker had committed
        with contextlib.suppress(KeyboardInterrupt):
            self.process(self.command)
        self.assertEqual(self.command.state, "sent")
        self.assertEqual(self.process(), 0, "it may still be under way")
        self._let_the_worker_be_lost()
        self.sim_says(self.simcard, TOTAL)
        self.process()
        self.assertEqual(self.command.state, "done")
        self.assertEqual(len(self.asked("bloquear/total")), 1)

    def _let_the_worker_be_lost(self):
        deadline = 2 * self.platform.call_deadline + 11
        self.command.sent_at -= timedelta(seconds=deadline)

    def test_a_call_just_within_its_deadline_is_not_lost(self):
        sent_at = fields.Datetime.now() - timedelta(
            seconds=2 * self.platform.call_deadline
        )
        self.command.write({"state": "sent", "attempts": 1, "sent_at": sent_at})
        self.process()
        self.assertEqual(self.command.state, "sent")

    @mute_logger(DRIVER)
    def test_a_fault_of_ours_after_sending_is_read_not_repeated(self):
        def fail():
            raise RuntimeError("a fault of ours")

        self.while_called(fail)
        self.process(self.command)
        self.assertEqual(self.command.state, "unknown")
        self.sim_says(self.simcard, TOTAL)
        self.process(self.command)
        self.assertEqual(self.command.state, "done")
        self.assertEqual(len(self.asked("bloquear/total")), 1)

    # === ORDER AND LIMITS === #

    def test_theft_goes_first_then_the_longest_waiting(self):
        past = fields.Datetime.now() - timedelta(hours=1)
        old = self._make_block(next_attempt=past)
        urgent = self._make_block(reason="theft")
        later = self._make_block(next_attempt=fields.Datetime.now() + timedelta(1))
        commands = self.command | old | urgent | later
        for command in commands:
            self.write_says(command.simcard_id, "bloquear/total")
        self.assertEqual(self.process(), 3)
        order = [urgent, old, self.command]
        self.assertEqual(
            [path.split("/")[-3] for path in self.asked("bloquear/total")],
            [command.simcard_id.iccid for command in order],
        )
        self.assertEqual(later.state, "pending")

    def test_a_limit_of_commands_is_kept(self):
        others = self.command | self._make_block() | self._make_block()
        for command in others:
            self.write_says(command.simcard_id, "bloquear/total")
        with self.enter_registry_test_mode():
            self.assertEqual(self.env["mvno.command"]._process(limit=2), 2)
        self.assertEqual(sorted(others.mapped("state")), ["done", "done", "pending"])

    def test_no_command_begins_when_the_time_is_over(self):
        with self.enter_registry_test_mode():
            model = self.env["mvno.command"]
            self.assertEqual(model._process(seconds=-1), 0)
        self.assertFalse(self.asked())

    def test_a_click_without_time_left_reads_nothing_and_says_so(self):
        """The read of a new line used to have the platform's own 30 seconds."""
        line = self._make_activating()
        ids = [*line.command_ids.ids, self.command.id]
        with self.enter_registry_test_mode():
            self.env["mvno.command"]._process(command_ids=ids, seconds=0)
        self.assertFalse(self.asked())
        self.assertEqual(line.state, "activating")
        self.assertEqual(self.command.state, "pending")
        self.assertIn("goes on by itself", self.command.error)

    def test_a_click_that_odoo_repeats_has_no_second_eight_seconds(self):
        platforms = self.env["mvno.platform"]
        self.assertIsNot(platforms._deadline_of_click(), platforms._deadline_of_click())
        web = "odoo.addons.tip_mvno.models.platform.mvno_platform_client.request"
        with patch(web, SimpleNamespace()):
            self.assertIs(
                platforms._deadline_of_click(), platforms._deadline_of_click()
            )

    def test_each_call_takes_one_slot_and_people_go_first(self):
        taken = []

        def take(limits, key, requests_per_minute, priority):
            taken.append(priority)
            return 0.0

        urgent = self._make_block(reason="theft")
        for command in self.command | urgent:
            self.write_says(command.simcard_id, "bloquear/total")
        with patch.object(self.registry["mvno.rate.limit"], "_take_slot", take):
            self.process()
            self.assertEqual(taken, [INTERACTIVE, BULK])
            waited_for = self._make_block()
            self.write_says(waited_for.simcard_id, "bloquear/total")
            self.process(waited_for)
        self.assertEqual(taken, [INTERACTIVE, BULK, INTERACTIVE])
        self.assertEqual(len(self.asked()), 3)

    def test_a_platform_without_slots_does_not_hold_up_the_others(self):
        free = self._make_platform(name="Other", user_token="another")
        limits = self.env["mvno.rate.limit"]
        full_key = limits._key(self.platform.sudo().user_token)
        line = self._make_line_on(free)
        other = self._make_block(line)
        self.write_says(line.simcard_id, "bloquear/total")

        def take(_limits, key, requests_per_minute, priority):
            return 60.0 if key == full_key else 0.0

        with patch.object(self.registry["mvno.rate.limit"], "_take_slot", take):
            self.assertEqual(self.process(), 1)
        self.assertEqual((self.command.state, other.state), ("pending", "done"))
        self.assertEqual(self.command.attempts, 0)

    def _make_line_on(self, platform):
        plan = self._make_plan("9", "Other", platform)
        contract = self._make_contract(product=self._make_product(plan))
        line = self.env["mvno.line"].create(
            {
                "platform_id": platform.id,
                "partner_id": self.partner.id,
                "simcard_id": self._make_simcards(platform=platform).id,
                "area_code": "11",
            }
        )
        contract.contract_line_ids.mvno_line_id = line
        line.state = "active"
        return line

    # === THE CRON === #

    def test_the_cron_makes_lines_what_their_holds_say(self):
        line = self.command.line_id
        self.command.unlink()
        self.write_says(self.simcard, "bloquear/total")
        self.cron("process")
        self.assertEqual((line.state, line.command_ids.state), ("blocked", "done"))

    def test_the_cron_comes_back_when_the_next_one_is_due(self):
        self.write_says(self.simcard, "bloquear/total", status=429)
        before = set(self.triggers("process"))
        self.cron("process")
        self.assertEqual(self.command.state, "pending")
        self.assertIn(self.command.next_attempt, set(self.triggers("process")) - before)

    def test_the_cron_does_not_go_round_in_circles(self):
        """With a first check after 0 s it read one request again and again."""
        self.platform.settle_seconds = 900
        self.write_says(self.simcard, "bloquear/total", body=broken())
        self.sim_says(self.simcard, IN_USE)
        self.cron("process")
        self.assertEqual(self.command.state, "unknown")
        self.assertEqual(len(self.asked()), 2)

    def test_a_platform_without_token_keeps_its_requests(self):
        """They used to be refused: who paid meanwhile stayed blocked for ever."""
        self.platform.user_token = False
        self.process()
        self.assertEqual((self.command.state, self.command.attempts), ("pending", 0))
        self.assertIn("no token", self.command.error)
        self.assertGreater(self.command.next_attempt, fields.Datetime.now())
        self.platform.user_token = "found"
        self.make_due(self.command)
        self.write_says(self.simcard, "bloquear/total", YES)
        self.process()
        self.assertEqual(self.command.state, "done")

    def test_a_line_just_activated_shows_its_number_at_once(self):
        line = self._make_line()
        line.state = "activating"
        command = self._make_command(line, "activate")
        self.write_says(line.simcard_id, "ativar")
        self.sim_says(line.simcard_id, IN_USE, numero="11912345678")
        self.process(command)
        self.assertEqual((line.state, line.number), ("active", "+5511912345678"))

    @mute_logger(DRIVER)
    def test_an_activation_whose_details_do_not_come_yet_is_done_all_the_same(self):
        line = self._make_line()
        line.state = "activating"
        command = self._make_command(line, "activate")
        self.write_says(line.simcard_id, "ativar")
        url = f"/estoque/{line.simcard_id.iccid}"
        self.platform_says("GET", url, body="<html>", status=502)
        self.process(command)
        self.assertEqual((command.state, line.state), ("done", "activating"))
