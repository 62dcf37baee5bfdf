# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import fields
from odoo.tests import freeze_time, tagged

from ...lib import SimDetail, SimStatus
from ..common import (
    IN_USE,
    NO,
    TOTAL,
    YES,
    SettleCase,
    broken,
    unreachable,
)

NOW = "2026-11-10 15:00:00"
# What may come back to a request: how it is said, the state it leads to, whether the
# request counts as sent, and seconds to the next try at least.
AFTER_A_WRITE = {
    "yes": ({"json": YES}, "done", True, None),
    "yes without a code": ({"json": {"data": []}}, "done", True, None),
    "no": ({"json": NO}, "refused", True, None),
    "invalid": ({"json": {"message": ["x"]}, "status": 422}, "refused", True, None),
    "not known": ({"json": {"message": "x"}, "status": 404}, "refused", True, None),
    "elsewhere": (
        {"body": "", "status": 302, "headers": {"Location": "https://x.example"}},
        "unknown",
        True,
        0,
    ),
    "no token": ({"body": "", "status": 401}, "pending", False, 890),
    "wrong token": ({"body": "", "status": 403}, "pending", False, 890),
    "too many": (
        {"body": "", "status": 429, "headers": {"Retry-After": "77"}},
        "pending",
        False,
        75,
    ),
    "unreachable": ({"body": unreachable()}, "pending", False, 25),
    "broken": ({"body": broken()}, "unknown", True, 0),
    "gave up": ({"body": "", "status": 408}, "unknown", True, 0),
    "error page": ({"body": "<html>oops", "status": 502}, "unknown", True, 0),
    "cut": ({"body": '{"codigo_status_tip": 0, "ms'}, "unknown", True, 0),
    "nonsense": ({"body": '"sim"'}, "unknown", True, 0),
}
# What may come back to a read that should settle a request: all of it leaves the
# request unknown, to be read again.
AFTER_A_READ = {
    "no": {"json": NO},
    "not known": {"json": {"message": "x"}, "status": 404},
    "empty list": {"json": {"results": []}},
    "no token": {"body": "", "status": 401},
    "too many": {"body": "", "status": 429, "headers": {"Retry-After": "77"}},
    "unreachable": {"body": unreachable()},
    "broken": {"body": broken()},
    "error page": {"body": "<html>", "status": 500},
    "cut": {"body": '{"status": "EM U'},
    "nonsense": {"body": "[1, 2]"},
}
# What a SIM's state at the platform says of a request: {operation: {status: verdict}}
S = SimStatus
VERDICTS = {
    "activate": {
        S.AVAILABLE: "not_done",
        S.IN_USE: "done",
        S.BLOCKED: "done",
        S.PARTIALLY_BLOCKED: "done",
        S.TOTALLY_BLOCKED: "done",
        S.CANCELLED: "unclear",
        S.UNKNOWN: "unclear",
    },
    "unblock": {
        S.AVAILABLE: "unclear",
        S.IN_USE: "done",
        S.BLOCKED: "not_done",
        S.PARTIALLY_BLOCKED: "not_done",
        S.TOTALLY_BLOCKED: "not_done",
        S.CANCELLED: "unclear",
        S.UNKNOWN: "unclear",
    },
    "block_partial": {
        S.AVAILABLE: "unclear",
        S.IN_USE: "not_done",
        S.BLOCKED: "done",
        S.PARTIALLY_BLOCKED: "done",
        S.TOTALLY_BLOCKED: "unclear",
        S.CANCELLED: "unclear",
        S.UNKNOWN: "unclear",
    },
    "block_total": {
        S.AVAILABLE: "unclear",
        S.IN_USE: "not_done",
        S.BLOCKED: "done",
        S.PARTIALLY_BLOCKED: "not_done",
        S.TOTALLY_BLOCKED: "done",
        S.CANCELLED: "unclear",
        S.UNKNOWN: "unclear",
    },
}


def detail(status, document=""):
    return SimDetail(status, status.value, "", "", document, "", "", None)


@tagged("post_install", "-at_install")
class TestMvnoCommandSettle(SettleCase):
    """What becomes of a request after each thing the platform may answer."""

    # === AFTER A WRITE === #

    def test_each_outcome_of_a_write(self):
        for name, (answer, state, was_sent, wait) in AFTER_A_WRITE.items():
            with self.subTest(name):
                before = fields.Datetime.now()
                command = self._send(answer)
                self.assertEqual(command.state, state)
                self.assertEqual(command.attempts, int(was_sent))
                self.assertEqual(bool(command.error), state != "done")
                if wait is not None:
                    waited = (command.next_attempt - before).total_seconds()
                    self.assertGreaterEqual(waited, wait)
                blocked = {"done": "blocked"}.get(state, "active")
                self.assertEqual(command.line_id.state, blocked)
                self.assertEqual(bool(command.line_id.activity_ids), state == "refused")

    def test_a_wait_of_no_seconds_is_no_reason_to_send_at_once(self):
        """The cron would go round in circles against a platform that is busy."""
        command = self._send(
            {"body": "", "status": 429, "headers": {"Retry-After": "0"}}
        )
        self.assertEqual(command.state, "pending")
        self.assertGreater(command.next_attempt, command.sent_at)

    def test_a_refused_token_is_shown_on_the_platform(self):
        self._send({"body": "", "status": 401})
        self.assertEqual(self.platform.state, "error")
        self.assertIn("refused the token", self.platform.last_error)

    def test_a_refusal_quotes_the_platform(self):
        command = self._send({"json": NO})
        self.assertIn("Não foi possível", command.error)

    def test_a_refused_activation_leaves_a_draft_line_that_keeps_its_simcard(self):
        line = self._make_line()
        line.state = "activating"
        command = self._make_command(line, "activate")
        self.write_says(line.simcard_id, "ativar", NO)
        self.process(command)
        self.assertEqual((command.state, line.state), ("refused", "draft"))
        self.assertEqual(line.simcard_id.state, "reserved")

    @freeze_time(NOW)
    def test_waits_grow_while_the_platform_cannot_be_reached(self):
        command = self._make_block()
        for age, least, most in ((0, 29, 32), (300, 329, 332), (9000, 899, 901)):
            with self.subTest(age=age):
                self.env.cr.execute(
                    "UPDATE mvno_command SET create_date = %s WHERE id = %s",
                    [fields.Datetime.now() - timedelta(seconds=age), command.id],
                )
                command.invalidate_recordset()
                self.make_due(command)
                self.write_says(
                    command.simcard_id, "bloquear/total", body=unreachable()
                )
                self.process(command)
                wait = command.next_attempt - fields.Datetime.now()
                self.assertTrue(least <= wait.total_seconds() <= most, wait)

    # === AFTER A READ === #

    def test_each_useless_answer_to_a_read_leaves_it_unknown(self):
        for name, answer in AFTER_A_READ.items():
            with self.subTest(name):
                command = self._lose()
                self._read(command, **answer)
                self.assertEqual((command.state, command.reads), ("unknown", 1))
                self.assertTrue(command.error)
                self.assertFalse(self.asked("bloquear/total"))

    def test_every_status_judges_every_operation(self):
        line = self._make_line("active")
        for operation, verdicts in VERDICTS.items():
            command = self._make_command(line, operation, "unknown")
            self.assertEqual(set(verdicts), set(SimStatus))
            for status, verdict in verdicts.items():
                with self.subTest(operation=operation, status=status):
                    self.assertEqual(command._verdict(detail(status))[0], verdict)
            command.unlink()

    def test_a_block_of_untold_level_on_a_partially_blocked_line_asks_a_person(self):
        line = self._make_line("partially_blocked")
        command = self._make_command(line, "block_total", "unknown")
        self.assertEqual(command._verdict(detail(S.BLOCKED))[0], "ask")

    @freeze_time(NOW)
    def test_reads_come_at_growing_distances(self):
        self.platform.settle_first_read = 10
        command = self._lose()
        waits = []
        for _read in range(7):
            self._read(command, IN_USE)
            wait = command.next_attempt - fields.Datetime.now()
            waits.append(round(wait.total_seconds() + 0.5))
        for wait, expected in zip(waits, (20, 40, 80, 160, 300, 300, 300), strict=True):
            self.assertAlmostEqual(wait, expected, delta=2)
        self.assertFalse(self.asked("bloquear/total"))

    def test_an_effect_that_comes_late_is_found(self):
        command = self._lose()
        self._read(command, IN_USE)
        self.assertEqual(command.state, "unknown")
        self._read(command, TOTAL)
        self.assertEqual((command.state, command.line_id.state), ("done", "blocked"))
