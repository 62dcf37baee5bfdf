"""What the platform did without saying so, or said too late: found out, over real HTTP,
by reading."""

from datetime import timedelta

from odoo import fields

from .case import SynchronizedCase
from .platform import SimStatus


class TestLostAnswers(SynchronizedCase):
    """One worker; time passes by moving the next attempt."""

    def settle(self, lines):
        """Run the drivers until nothing of these lines is under way."""
        for _round in range(30):
            under_way = lines.command_ids.filtered("is_open")
            if not under_way:
                return
            under_way.next_attempt = fields.Datetime.now()
            self.drive("mvno.command", "cron_process")
        self.fail(f"for ever under way: {under_way.mapped('state')}")

    def active_line(self):
        line = self.subscribed()
        self.settle(line)
        self.drive("mvno.line", "cron_poll")
        self.assertEqual(line.state, "active")
        return line

    def truth(self, line):
        return self.simulated.sim(line.simcard_id.iccid).status

    # === SIM PENDING FOR EVER === #

    def test_sim_pending_for_ever_after_a_lost_answer(self):
        """The activation took effect, its answer and the first reads got lost."""
        self.simulated.order_fault("activate", "reset_after")
        self.simulated.order_fault("simcard", "server_error", times=3, after=1)
        line = self.subscribed()
        self.settle(line)
        self.drive("mvno.line", "cron_poll")
        self.assertEqual((line.state, line.simcard_id.state), ("active", "in_use"))
        self.assertEqual(len(self.simulated.calls("activate")), 1)

    def test_sim_pending_for_ever_while_its_number_is_not_told(self):
        self.simulated.set_options(untold_numbers=1, untold_reads=3)
        line = self.subscribed()
        self.settle(line)
        for _poll in range(4):
            self.drive("mvno.line", "cron_poll")
        self.assertEqual(line.state, "active")
        truth = self.simulated.sim(line.simcard_id.iccid).contract
        self.assertEqual(line.number, f"+55{truth.number}")

    def test_sim_pending_for_ever_when_nothing_takes_effect(self):
        """A person is asked, and has the SIM card back with two clicks."""
        self.provider.platform.settle_seconds = 0
        self.simulated.order_fault("activate", "reset_before", times=3)
        line = self.subscribed()
        self.settle(line)
        command = line.command_ids
        self.assertEqual((command.state, command.attempts), ("needs_decision", 3))
        self.assertTrue(line.warning)
        command.action_cancel()
        self.assertEqual(line.state, "draft")
        simcard = line.simcard_id
        line.simcard_id = False
        self.assertEqual(simcard.state, "available")
        self.assertFalse(self.simulated.effects("activate", simcard.iccid))

    # === UNBLOCK LOST IN A BURST === #

    def burst(self, line, *wishes):
        """Block and unblock while the first block's answer is lost."""
        self.simulated.order_fault("block_total", "reset_after")
        for wish in wishes:
            getattr(line, f"action_{wish}")("nonpayment")
            self.drive("mvno.command", "cron_process")
        self.settle(line)
        self.drive("mvno.command", "cron_process")
        self.settle(line)

    def test_unblock_lost_in_a_burst_of_block_unblock_block(self):
        line = self.active_line()
        self.burst(line, "block_total", "unblock", "block_total")
        self.assertEqual(line.state, "blocked")
        self.assertEqual(self.truth(line), SimStatus.BLOCKED_TOTAL)
        line.action_unblock("nonpayment")
        self.settle(line)
        self.assertEqual(line.state, "active")
        self.assertEqual(self.truth(line), SimStatus.IN_USE)

    def test_unblock_lost_at_the_end_of_a_burst(self):
        line = self.active_line()
        self.burst(line, "block_total", "unblock", "block_total", "unblock")
        self.assertEqual(line.state, "active")
        self.assertEqual(self.truth(line), SimStatus.IN_USE)
        blocks = self.simulated.effects("block_total", line.simcard_id.iccid)
        unblocks = self.simulated.effects("unblock", line.simcard_id.iccid)
        self.assertEqual(len(blocks), len(unblocks))

    # === AN EFFECT THAT COMES LATE === #

    def test_effect_that_comes_after_the_first_read_said_not_done(self):
        self.simulated.order_fault("activate", "late", answer="reset", reads=2)
        line = self.subscribed()
        self.drive("mvno.command", "cron_process")
        command = line.command_ids
        self.assertEqual((command.state, command.reads), ("unknown", 1))
        self.assertEqual(self.truth(line), SimStatus.AVAILABLE)
        self.settle(line)
        self.assertEqual((command.state, command.attempts), ("done", 1))
        self.assertEqual(len(self.simulated.calls("activate")), 1)

    def test_late_unblock_frees_a_line_that_was_stolen_meanwhile(self):
        """The unblock takes effect after the theft's block: the block comes again."""
        line = self.active_line()
        line.action_block_partial("nonpayment")
        self.settle(line)
        self.simulated.order_fault("unblock", "late", answer="reset", delay=60)
        line.action_unblock("nonpayment")
        self.drive("mvno.command", "cron_process")
        self.assertEqual(line.command_ids[0].state, "unknown")
        line.action_block_total("theft")
        self.drive("mvno.command", "cron_process")
        # the theft did not wait
        self.assertEqual(self.truth(line), SimStatus.BLOCKED_TOTAL)
        self.simulated.advance(timedelta(seconds=61))
        self.assertEqual(self.truth(line), SimStatus.IN_USE)
        self.pass_time(line)
        self.settle(line)
        self.assertEqual(self.truth(line), SimStatus.BLOCKED_TOTAL)
        self.assertEqual(line.state, "blocked")

    def pass_time(self, line):
        """Let the time pass in which late effects are waited for."""
        wait = timedelta(seconds=self.provider.platform.settle_seconds)
        for command in line.command_ids.filtered("unknown_since"):
            command.unknown_since -= wait
