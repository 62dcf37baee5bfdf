# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..lib import SimDetail, SimStatus
from .common import (
    AVAILABLE,
    BLOCKED,
    IN_USE,
    MARIA_CPF,
    NO,
    OTHER_CPF,
    PARTIAL,
    TOTAL,
    YES,
    MvnoCase,
    broken,
    unreachable,
)

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
        "refused",
        True,
        None,
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
class TestMvnoCommandSettle(MvnoCase):
    """What becomes of a request after each thing the platform may answer."""

    def _send(self, answer, **vals):
        command = self._make_block(**vals)
        self.write_says(command.simcard_id, "bloquear/total", **answer)
        self.process(command)
        return command

    def _lose(self, **vals):
        """:return: a request whose outcome is not known"""
        self.platform.settle_seconds = 900
        command = self._send({"body": broken()}, **vals)
        self.assertEqual(command.state, "unknown")
        return command

    def _read(self, command, status=None, **more):
        self.forget_answers()
        if status:
            self.sim_says(command.simcard_id, status, **more)
        else:
            self.platform_says("GET", f"/estoque/{command.simcard_id.iccid}", **more)
        self.make_due(command)
        self.process(command)

    def _time_passes(self, command):
        command.unknown_since -= timedelta(seconds=self.platform.settle_seconds + 1)

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

    # === SENT AGAIN === #

    def test_it_is_sent_again_only_after_the_whole_time_of_reading(self):
        command = self._lose()
        self._read(command, IN_USE)
        self.assertEqual((command.state, command.attempts), ("unknown", 1))
        self._time_passes(command)
        self._read(command, IN_USE)
        self.assertEqual((command.state, command.attempts), ("pending", 1))
        self.write_says(command.simcard_id, "bloquear/total")
        self.process(command)
        self.assertEqual((command.state, command.attempts), ("done", 2))

    def test_after_three_sends_a_person_decides(self):
        command = self._lose()
        for sends in (2, 3):
            self._time_passes(command)
            self._read(command, IN_USE)
            self.write_says(command.simcard_id, "bloquear/total", body=broken())
            self.process(command)
            self.assertEqual((command.state, command.attempts), ("unknown", sends))
        self._time_passes(command)
        self._read(command, IN_USE)
        self.assertEqual(command.state, "needs_decision")
        self.assertTrue(command.line_id.activity_ids)
        self.assertTrue(command.line_id.warning)

    def test_what_stays_unclear_is_put_before_a_person(self):
        command = self._lose()
        self._read(command, "EM MANUTENÇÃO")
        self.assertEqual(command.state, "unknown")
        self._time_passes(command)
        self._read(command, "EM MANUTENÇÃO")
        self.assertEqual(command.state, "needs_decision")
        self.assertIn("EM MANUTENÇÃO", command.error)

    def test_a_simcard_the_platform_does_not_know_any_more_asks_a_person(self):
        """It used to be read every five minutes for ever."""
        command = self._lose()
        self._time_passes(command)
        self._read(command, json={"message": "x"}, status=404)
        self.assertEqual(command.state, "needs_decision")

    def test_a_platform_that_is_down_for_long_is_waited_for(self):
        command = self._lose()
        self._time_passes(command)
        self._read(command, body=broken())
        self.assertEqual(command.state, "unknown")

    # === REFUSED AFTER A REPEATED SEND === #

    def _refuse_the_second(self):
        command = self._lose()
        self._time_passes(command)
        self._read(command, IN_USE)
        self.write_says(command.simcard_id, "bloquear/total", NO)
        self.process(command)
        self.assertEqual((command.state, command.attempts), ("unknown", 2))
        return command

    def test_a_repeated_request_that_is_refused_is_read_first(self):
        command = self._refuse_the_second()
        self._read(command, TOTAL)
        self.assertEqual((command.state, command.line_id.state), ("done", "blocked"))

    def test_a_repeated_request_without_effect_is_refused_with_the_platforms_words(self):
        command = self._refuse_the_second()
        self._read(command, IN_USE)
        self.assertEqual(command.state, "refused")
        self.assertIn("Não foi possível", command.error)

    def test_an_old_refusal_does_not_decide_about_a_later_send(self):
        """The refusal of the second send used to settle the third one at once."""
        command = self._refuse_the_second()
        self._time_passes(command)
        self._read(command, "EM MANUTENÇÃO")
        self.assertEqual(command.state, "needs_decision")
        command.action_decide_repeat()
        self.write_says(command.simcard_id, "bloquear/total", body=broken())
        self.process(command)
        self._read(command, IN_USE)
        self.assertEqual(command.state, "unknown", "its effect may come late")

    # === WHOSE LINE === #

    def _lose_activation(self):
        line = self._make_line()
        line.state = "activating"
        self.platform.settle_seconds = 900
        command = self._make_command(line, "activate")
        self.write_says(line.simcard_id, "ativar", body=broken())
        self.process(command)
        return command

    def test_an_activation_found_for_the_customer_is_done(self):
        command = self._lose_activation()
        self._read(command, IN_USE, cpf=MARIA_CPF, numero="11912345678")
        self.assertEqual(command.state, "done")
        self.assertEqual(command.line_id.number, "+5511912345678")

    def test_an_activation_found_for_somebody_else_asks_a_person(self):
        command = self._lose_activation()
        self._read(command, IN_USE, cpf=OTHER_CPF, numero="11912345678")
        self.assertEqual(command.state, "needs_decision")
        self.assertFalse(command.line_id.number)
        self.assertNotIn("111", command.error)

    def test_a_lost_activation_without_effect_is_sent_again(self):
        command = self._lose_activation()
        self._time_passes(command)
        self._read(command, AVAILABLE)
        self.assertEqual((command.state, command.attempts), ("pending", 1))

    def test_nonsense_about_the_line_does_not_stop_the_settling(self):
        """A number that is none used to make the database refuse the settling."""
        for number in ("000", "+351 912 345 678", "0000000000", 12.5, {"a": 1}, ""):
            with self.subTest(number=number):
                command = self._lose_activation()
                self._read(
                    command, IN_USE, numero=number, data_ativacao="99/99/9999"
                )
                self.assertEqual(command.state, "done")
                self.assertFalse(command.line_id.number)

    @mute_logger("odoo.addons.tip_mvno.models.mvno_line_activation")
    def test_a_contract_of_another_line_does_not_stop_the_settling(self):
        first = self._lose_activation()
        self._read(first, IN_USE, numero_contrato="007")
        second = self._lose_activation()
        self._read(second, IN_USE, numero_contrato="007")
        self.assertEqual(second.state, "done")
        self.assertEqual(first.line_id.platform_contract, "007")

    def test_an_untold_block_level_counts_for_a_line_that_was_free(self):
        command = self._lose()
        self._read(command, BLOCKED)
        self.assertEqual(command.state, "done")

    def test_a_partial_block_found_is_no_total_one(self):
        command = self._lose()
        self._time_passes(command)
        self._read(command, PARTIAL)
        self.assertEqual(command.state, "pending")
