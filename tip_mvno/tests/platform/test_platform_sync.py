# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import itertools
import json
from datetime import timedelta
from unittest.mock import patch

import responses

from odoo import fields
from odoo.tests import freeze_time, tagged
from odoo.tests.test_cursor import TestCursor
from odoo.tools import mute_logger

from ...models.platform.mvno_platform_client import RETRY_AFTER
from ..common import BASE_URL, MvnoCase, broken, unreachable

FIRST = 8955333330000000000
NOW = "2026-11-10 15:00:00"


def stock(start, count):
    return {
        "results": [
            {"sim_card": str(FIRST + start + index), "status": "DISPONÍVEL"}
            for index in range(count)
        ]
    }


@tagged("post_install", "-at_install")
class TestMvnoSync(MvnoCase):
    """Long reads, one committed slice at a time."""

    def setUp(self):
        super().setUp()
        self.startPatcher(patch.object(self.registry["mvno.sync"], "_stock_page", 10))

    def _request(self, kind="simcards", platform=None):
        platform = platform or self.platform
        self.env["mvno.sync"]._request(platform, kind)
        return platform.sync_ids.filtered(lambda sync: sync.kind == kind)

    def _pages(self, *answers):
        for answer in answers:
            if isinstance(answer, dict) and "results" not in answer:
                self.platform_says("GET", "/estoque/listar", **answer)
            else:
                self.platform_says("GET", "/estoque/listar", answer)

    def _drive(self):
        self.cron("sync")

    # === STOCK === #

    def test_the_stock_is_read_page_by_page_to_the_short_one(self):
        sync = self._request()
        self._pages(stock(0, 10), stock(10, 10), stock(20, 3))
        self._drive()
        self.assertRecordValues(
            sync, [{"state": "done", "done_count": 23, "expected_count": 23}]
        )
        self.assertEqual(self.platform.simcard_count, 23)
        pages = [call.request.params["page"] for call in self.web.calls]
        self.assertEqual(pages, ["1", "2", "3"])
        self.assertEqual(sync.progress, 100)
        self.assertTrue(sync.started_at <= sync.finished_at)

    def test_changes_leave_a_trace_and_slices_none(self):
        sync = self._request()
        self._pages(stock(0, 10), stock(10, 10), stock(20, 3))
        self._drive()
        self._request()
        self.forget_answers()
        self._pages({"body": "", "status": 401})
        self._drive()
        self.assertEqual(
            sync.transition_ids.sorted("id").mapped("event"),
            ["start", "finish", "request", "start", "fail"],
        )
        self.assertEqual(sync.transition_ids[0].reason, sync.message)

    def test_a_full_last_page_is_followed_by_an_empty_one(self):
        sync = self._request()
        self._pages(stock(0, 10), stock(0, 0))
        self._drive()
        self.assertEqual((sync.state, sync.done_count), ("done", 10))

    def test_the_same_full_page_for_ever_ends_the_reading(self):
        """Of 20,000 "read" it made 41 calls."""
        sync = self._request()
        self._pages(stock(0, 10))
        self._drive()
        self.assertEqual((sync.state, len(self.asked())), ("done", 2))
        self.assertIn("Page 2 brought no SIM card", sync.message)
        self.assertEqual(self.platform.simcard_count, 10)
        self.forget_answers()
        self._request()
        self._pages(stock(0, 10), stock(10, 3))
        self._drive()
        self.assertEqual((sync.state, sync.message), ("done", False))

    def test_known_simcards_in_ever_other_pages_end_the_reading(self):
        sync = self._request()
        start = itertools.count()

        def callback(_request):
            page = stock(0, 15)["results"]
            turn = next(start) % 15
            return 200, {}, json.dumps({"results": (page[turn:] + page)[:10]})

        url = f"{BASE_URL}/estoque/listar"
        self.web.add_callback(responses.GET, url, callback=callback)
        self._drive()
        self.assertEqual(sync.state, "done")
        self.assertLessEqual(len(self.asked()), 6)

    def test_a_stock_that_repeats_itself_is_no_complete_answer(self):
        sync = self._request("drift")
        self._pages(stock(0, 10))
        self.platform_says("GET", "/assinantes/listar", {"results": []})
        self._drive()
        self.assertEqual((sync.state, sync.is_incomplete), ("done", True))
        self.assertIn("Page 2 brought no SIM card", sync.message)

    def test_no_cursor_is_open_while_the_platform_answers(self):
        self._request()
        seen = []

        def callback(request):
            # the cron's own is open, but nothing of it is under way
            seen.append([bool(cr._savepoint) for cr in TestCursor._cursors_stack])
            return 200, {}, '{"results": []}'

        url = f"{BASE_URL}/estoque/listar"
        self.web.add_callback(responses.GET, url, callback=callback)
        self._drive()
        self.assertEqual(seen, [[False]])

    def test_rows_that_cannot_be_read_are_named(self):
        sync = self._request()
        page = stock(0, 2)
        page["results"].append({"sim_card": "123", "status": "EM USO"})
        self._pages(page)
        self._drive()
        self.assertEqual((sync.state, sync.done_count), ("done", 2))
        self.assertEqual(
            sync.message,
            "SIM card 123 was left out: an ICCID has 19 or 20 digits.",
        )

    # === PLANS === #

    def test_plans_are_read_in_one_call(self):
        sync = self._request("plans")
        self.platform_says("GET", "/planos", {"data": [{"id": 5, "description": "A"}]})
        self._drive()
        self.assertEqual((sync.state, sync.done_count), ("done", 1))
        self.assertEqual(self.platform.plan_ids.mapped("code"), ["5"])
        self.assertEqual(len(self.asked()), 1)

    def test_an_answer_without_a_list_empties_no_catalogue(self):
        sync = self._request("plans")
        self.platform_says("GET", "/planos", {"codigo_status_tip": 0})
        self._drive()
        self.assertEqual(sync.state, "running")
        self.assertTrue(self.plan.active)

    # === FAILURES === #

    # a wait of one second is over before it is looked at, now and then
    @freeze_time(NOW)
    def test_a_failed_slice_is_tried_again_later_and_goes_on_from_there(self):
        sync = self._request()
        for answer in (
            {"body": broken()},
            {"body": unreachable()},
            {"body": "<html>", "status": 502},
            {"body": "", "status": 429, "headers": {"Retry-After": "30"}},
            {"body": "", "status": 429, "headers": {"Retry-After": "0"}},
        ):
            with self.subTest(answer):
                sync.write({"failures": 0, "next_attempt": fields.Datetime.now()})
                self.forget_answers()
                self._pages(answer)
                self._drive()
                self.assertEqual((sync.state, len(self.asked())), ("running", 1))
                self.assertGreater(sync.next_attempt, fields.Datetime.now())
                self.assertTrue(sync.message)
                self.assertIn(sync.next_attempt, self.triggers("sync"))
        self.forget_answers()
        self._pages(stock(0, 1))
        sync.next_attempt = fields.Datetime.now()
        self._drive()
        self.assertEqual((sync.state, sync.done_count), ("done", 1))

    def test_after_many_failures_a_person_is_needed(self):
        sync = self._request()
        self._pages({"body": broken()})
        for _try in range(len(RETRY_AFTER)):
            self._drive()
            self.assertEqual(sync.state, "running")
            sync.next_attempt = fields.Datetime.now()
        self._drive()
        self.assertEqual((sync.state, self.platform.state), ("error", "error"))
        self.assertEqual(self.platform.last_error, sync.message)

    def test_a_wrong_token_is_an_error_at_once(self):
        sync = self._request()
        self._pages({"body": "", "status": 401})
        self._drive()
        self.assertEqual((sync.state, self.platform.state), ("error", "error"))

    def test_a_platform_without_token_does_not_stop_the_others(self):
        """It used to end the cron's every run before the next platform."""
        bad = self._make_platform(name="Bad", user_token=False)
        stopped, sync = self._request(platform=bad), self._request()
        self._pages(stock(0, 1))
        self._drive()
        self.assertEqual((stopped.state, sync.state), ("error", "done"))
        self.assertIn("no token", stopped.message)

    def test_a_message_of_a_failure_that_passed_is_gone(self):
        sync = self._request()
        self._pages({"body": broken()})
        self._drive()
        sync.next_attempt = fields.Datetime.now()
        self.forget_answers()
        self._pages(stock(0, 1))
        self._drive()
        self.assertFalse(sync.message)

    # === STOPPING AND GOING ON === #

    def _while_called(self, do, answer='{"results": []}'):
        def callback(request):
            do()
            self.env.flush_all()
            return 200, {}, answer

        url = f"{BASE_URL}/estoque/listar"
        self.web.add_callback(responses.GET, url, callback=callback)

    def test_it_stops_after_the_slice_under_way(self):
        sync = self._request()
        self._while_called(sync.action_stop)
        self._drive()
        self.assertEqual((sync.state, sync.done_count), ("stopped", 0))
        self.assertEqual(len(self.asked()), 1)

    def test_it_goes_on_where_it_stopped(self):
        sync = self._request()
        sync.write({"state": "stopped", "next_page": 3, "done_count": 20})
        sync.action_continue()
        self._pages(stock(20, 2))
        self._drive()
        self.assertEqual((sync.state, sync.done_count), ("done", 22))
        self.assertEqual(self.web.calls[0].request.params["page"], "3")

    def test_asking_again_starts_over(self):
        sync = self._request()
        sync.write(
            {"state": "running", "next_page": 9, "done_count": 80, "failures": 2}
        )
        self.assertEqual(self._request(), sync)
        self.assertRecordValues(
            sync,
            [{"state": "waiting", "next_page": 1, "done_count": 0, "failures": 0}],
        )

    def test_asking_again_drops_the_slice_under_way(self):
        sync = self._request()
        rows = []
        self._while_called(lambda: rows or rows.append(self._request()))
        self._drive()
        self.assertEqual((sync.state, len(self.asked())), ("done", 2))

    def test_an_archived_platform_is_left_alone(self):
        sync = self._request()
        self.platform.active = False
        self._drive()
        self.assertEqual(sync.state, "waiting")
        self.assertFalse(self.asked())

    def test_progress_grows_and_never_passes_the_end(self):
        sync = self._request()
        values = []
        for done in (0, 10, 20, 200):
            sync.write({"state": "running", "done_count": done, "expected_count": 40})
            values.append(sync.progress)
        self.assertEqual(values, sorted(values))
        self.assertLess(values[-1], 100)
        sync.next_attempt = fields.Datetime.now() + timedelta(hours=1)
        self._drive()
        self.assertFalse(self.asked())

    @mute_logger("odoo.addons.tip_mvno.models.platform.mvno_sync")
    def test_an_answer_that_cannot_be_kept_does_not_stop_other_platforms(self):
        other = self._make_platform(name="Other")
        self.env["mvno.sync"]._request(self.platform + other, "plans")
        self.platform_says("GET", "/planos", {"results": []})
        mirror = self.registry["mvno.plan"]._mirror

        def broken(records, platform, catalogue):
            if platform.name == "TIP":
                raise ZeroDivisionError("secret")
            return mirror(records, platform, catalogue)

        self.patch(self.registry["mvno.plan"], "_mirror", broken)
        self.cron("sync")
        self.assertEqual(other.sync_ids.state, "done")
        sync = self.platform.sync_ids
        self.assertEqual((sync.state, sync.failures), ("running", 1))
        self.assertIn("ZeroDivisionError", sync.message)
        self.assertNotIn("secret", sync.message)
