# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from unittest.mock import patch

from psycopg2.errors import LockNotAvailable

from odoo.tests import tagged

from ..common import NO, broken
from ..plan_common import PlanCase


@tagged("post_install", "-at_install")
class TestOvertaking(PlanCase):
    """A theft waits for nothing; what met another work is noted all the same."""

    def test_a_theft_does_not_wait_for_a_lost_cancellation(self):
        self.platform.settle_seconds = 900
        self.line.action_cancel("customer")
        cancel = self.line.open_command_id
        self.accept("cancelar", body=broken())
        self.process(cancel)
        self.assertEqual(cancel.state, "unknown")
        self.line.action_block_total("theft")
        self.assertEqual(cancel.state, "needs_decision")
        self.assertEqual(self.line.open_command_id.operation, "block_total")

    def test_a_cancellation_not_sent_yet_goes_out_as_fast_as_a_theft(self):
        self.line.action_cancel("customer")
        cancel = self.line.open_command_id
        self.line.action_block_total("theft")
        self.assertEqual((cancel.state, cancel.priority), ("pending", "0"))
        self.accept("cancelar", json=NO)
        self.process(cancel)
        self.assertEqual(self.line.open_command_id.operation, "block_total")

    def test_an_answer_that_met_a_lock_is_noted_the_second_time(self):
        """A top-up that was accepted used to be put before a person."""
        self.line.action_top_up(1)
        top_up = self.line.open_command_id
        self.accept("saldo/adicionar")
        commands = self.registry["mvno.command"]
        settle, calls = commands._settle, []

        def meet_lock(model, claim, outcome):
            calls.append(outcome)
            if len(calls) == 1:
                raise LockNotAvailable
            return settle(model, claim, outcome)

        with patch.object(commands, "_settle", meet_lock):
            self.process(top_up)
        self.assertEqual(top_up.state, "done")
        self.assertEqual(len(self.asked("saldo/adicionar")), 1)
