"""What went wrong once, by name, over real HTTP: none of it may come back."""

import threading
import unittest
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.service.model import retrying
from odoo.tests import tagged

from .case import PlatformCase
from .platform import SimStatus, SimulatedPlatform
from .processes import Worker, own_database, transaction
from .provider import TOKEN, Provider


@tagged("post_install", "-at_install")
class TestRegressions(PlatformCase):
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


class TestRegressionsOfWorkers(unittest.TestCase):
    """Several workers on a database with committed rows."""

    def setUp(self):
        super().setUp()
        self.database = self.enterContext(own_database())
        self.simulated = self.enterContext(
            SimulatedPlatform(token=TOKEN, seed=7, sims=60, rpm=None, untold_numbers=0)
        )
        with transaction(self.database) as env:
            provider = Provider(env, self.simulated)
            provider.synchronize()
            line = provider.draft_lines(provider.customer(), [provider.sell_plan()])
            self.line_id, self.iccid = line.id, line.simcard_id.iccid

    def commands(self, env):
        return env["mvno.command"].search([("line_id", "=", self.line_id)])

    def activate(self, polled=True):
        """Have the line in service, or its activation accepted but not yet read."""
        with transaction(self.database) as env:
            env["mvno.line"].browse(self.line_id)._request_activation()
            env.cr.postcommit.clear()
        with transaction(self.database) as env:
            commands = env["mvno.command"]
            commands._process()
            if polled:
                commands._read_activations(self.commands(env).ids)
        with transaction(self.database) as env:
            line = env["mvno.line"].browse(self.line_id)
            self.assertEqual(line.state, "active" if polled else "activating")

    def test_two_clicks_on_activate(self):
        """The second comes while the first is not committed yet."""
        clicked = threading.Event()

        def click_again():
            with transaction(self.database) as env:
                line = env["mvno.line"].browse(self.line_id)
                self.assertTrue(line.state, "what the person sees when clicking")
                clicked.set()
                retrying(line.action_activate, env)

        second = threading.Thread(target=click_again)
        with transaction(self.database) as env:
            env["mvno.line"].browse(self.line_id).action_activate()
            env.flush_all()
            second.start()
            self.assertTrue(clicked.wait(60))
        second.join(60)
        self.assertFalse(second.is_alive())
        with transaction(self.database) as env:
            self.assertEqual(self.commands(env).mapped("state"), ["done"])
        self.assertEqual(len(self.simulated.effects("activate", self.iccid)), 1)
        self.assertEqual(len(self.simulated.calls("activate")), 1)

    def test_worker_killed_between_answer_and_commit(self):
        """The platform did it and said so; the worker did not live to note it."""
        with transaction(self.database) as env:
            env["mvno.line"].browse(self.line_id)._request_activation()
            env.cr.postcommit.clear()
        Worker(self.database, "die_of_the_answer").wait_for_its_death()
        self.assertEqual(len(self.simulated.effects("activate", self.iccid)), 1)
        with transaction(self.database) as env:
            command = self.commands(env)
            self.assertEqual(command.state, "sent")
            # longer ago than any call can last
            command.sent_at = fields.Datetime.now() - timedelta(minutes=10)
        Worker(self.database, "process", 2).result()
        with transaction(self.database) as env:
            self.assertEqual(self.commands(env).state, "done")
        self.assertEqual(len(self.simulated.calls("activate")), 1)

    def test_click_that_meets_a_worker_is_repeated(self):
        """A worker wrote the line since the page was read: Odoo repeats the click."""
        self.activate()
        met = []
        with transaction(self.database) as env:
            line = env["mvno.line"].browse(self.line_id)

            def click():
                # from here on others are not seen
                self.assertGreaterEqual(line.hold_version, 0)
                if not met:
                    with transaction(self.database) as other:
                        worker = other["mvno.line"].browse(self.line_id)
                        worker.checked_at = fields.Datetime.now()
                    met.append(worker)
                line.action_block_total("nonpayment")

            with patch("odoo.service.model.time.sleep"):
                retrying(click, env)
        with transaction(self.database) as env:
            self.assertEqual(env["mvno.line"].browse(self.line_id).state, "blocked")
        self.assertEqual(len(self.simulated.effects("block_total", self.iccid)), 1)

    def test_theft_that_comes_while_an_unblock_is_noted(self):
        """It used to wait for the scheduler: the one saw an open request, the other
        the holds of a moment before."""
        self.activate()
        with transaction(self.database) as env:
            env["mvno.line"].browse(self.line_id).action_block_total("nonpayment")
        with transaction(self.database) as env:
            env["mvno.line"].browse(self.line_id).action_unblock("nonpayment")
            env.cr.postcommit.clear()

        def steal():
            with transaction(self.database) as env:
                line = env["mvno.line"].browse(self.line_id)
                retrying(lambda: line.action_block_total("theft"), env)

        theft = threading.Thread(target=steal)

        def apply_effect(command, result=None):
            command.line_id.mapped("hold_level")
            theft.start()
            # either it is through by now, or it waits for what is noted here
            theft.join(2)
            return original(command, result)

        with transaction(self.database) as env:
            model = env.registry["mvno.command"]
            original = model._apply_effect
            with patch.object(model, "_apply_effect", apply_effect):
                env["mvno.command"]._process()
            theft.join(60)
        with transaction(self.database) as env:
            line = env["mvno.line"].browse(self.line_id)
            self.assertEqual(line.command_ids[0].operation, "block_total")
            self.assertEqual(line.command_ids[0].priority, "0")
        status = self.simulated.sim(self.iccid).status
        self.assertEqual(status, SimStatus.BLOCKED_TOTAL)

    def test_two_workers_that_read_one_activation(self):
        """The one that comes second leaves it to the first: it is done once."""
        self.activate(polled=False)
        with transaction(self.database) as env:
            first = env["mvno.line"].browse(self.line_id)
            detail = first.platform_id._client().sim(self.iccid)
            first._take_detail(detail)
            env.flush_all()
            with transaction(self.database) as other:
                other["mvno.line"]._poll(self.line_id)
        with transaction(self.database) as env:
            line = env["mvno.line"].browse(self.line_id)
            self.assertEqual(line.state, "active")
            started = line.transition_ids.filtered(lambda c: c.event == "activate")
            self.assertEqual(len(started), 1)

    def test_two_workers_that_reconcile_one_line_ask_once(self):
        """The one that comes second leaves the line to the cron, without an error."""
        self.activate()
        with transaction(self.database) as env:
            line = env["mvno.line"].browse(self.line_id)
            # asked for by nobody yet
            with patch.object(type(line), "_reconcile"):
                line.action_block_total("nonpayment")
        with transaction(self.database) as env:
            line = env["mvno.line"].browse(self.line_id)
            line.command_ids.mapped("state")
            with transaction(self.database) as other:
                other["mvno.line"]._reconcile_due()
                other.cr.postcommit.clear()
            with self.assertNoLogs("odoo.addons.tip_mvno", "ERROR"):
                env["mvno.line"]._reconcile_due()
        with transaction(self.database) as env:
            pending = self.commands(env).filtered("is_open")
            self.assertEqual(pending.operation, "block_total")
