"""Promise: one writer, whatever happens to it; one limit, however many there are."""

import threading
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.service.model import retrying

from .committed_case import CommittedCase
from .processes import Nursery, transaction


class TestTwoWorkers(CommittedCase):
    """Real processes, or two transactions at once; all rows are committed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.nursery = cls.enterClassContext(Nursery(cls.database))

    def pending_activations(self, count=1):
        """:return: ids of lines whose activation waits for the cron"""
        line_ids = self.draft_lines(count)
        self.ask_for_activation(line_ids)
        return line_ids

    def let_time_pass(self, line_ids):
        """What was sent is longer ago than any call can last."""
        with transaction(self.database) as env:
            long_ago = fields.Datetime.now() - timedelta(minutes=10)
            self.commands(env, line_ids).sent_at = long_ago

    def states(self, line_ids):
        """:return: the states of the lines' requests"""
        with transaction(self.database) as env:
            return self.commands(env, line_ids).mapped("state")

    # === TWO WORKERS, ONE OF THEM KILLED === #

    def test_two_workers_send_each_request_once(self):
        line_ids = self.pending_activations(8)
        workers = [self.nursery.run("process", 3) for _worker in range(2)]
        self.assertEqual(sum(worker.result() for worker in workers), 8)
        self.assertEqual(self.states(line_ids), ["done"] * 8)
        effects = [
            len(self.simulated.effects("activate", iccid))
            for iccid in self.iccids(line_ids)
        ]
        self.assertEqual(effects, [1] * 8)
        self.assertFalse(self.simulated.sent_again())

    def test_worker_killed_while_it_waits_for_the_answer(self):
        """The effect took place, its worker did not live to hear of it."""
        line_ids = self.pending_activations()
        (iccid,) = self.iccids(line_ids)
        self.simulated.order_fault("activate", "timeout_after")
        worker = self.nursery.run("process", 1)
        while not self.simulated.effects("activate", iccid):
            self.assertFalse(worker.ended_within(0.1), "it did not wait for the answer")
        worker.kill()
        self.assertEqual(self.states(line_ids), ["sent"])
        self.let_time_pass(line_ids)
        self.nursery.run("process", 2).result()
        self.assertEqual(self.states(line_ids), ["done"])
        self.assertEqual(len(self.simulated.effects("activate", iccid)), 1)
        self.assertEqual(len(self.simulated.calls("activate")), 1)

    def test_worker_killed_between_answer_and_commit(self):
        """The platform did it and said so; the worker did not live to note it."""
        line_ids = self.pending_activations()
        (iccid,) = self.iccids(line_ids)
        self.nursery.run("die_of_the_answer").wait_for_its_death()
        self.assertEqual(len(self.simulated.effects("activate", iccid)), 1)
        self.assertEqual(self.states(line_ids), ["sent"])
        self.let_time_pass(line_ids)
        self.nursery.run("process", 2).result()
        self.assertEqual(self.states(line_ids), ["done"])
        self.assertEqual(len(self.simulated.calls("activate")), 1)

    # === TWO WHO DO SOMETHING TO ONE LINE AT THE SAME MOMENT === #

    def test_two_clicks_on_activate(self):
        """The second comes while the first is not committed yet."""
        (line_id,) = line_ids = self.draft_lines(1)
        (iccid,) = self.iccids(line_ids)
        clicked, refusals = threading.Event(), []

        def click_again():
            with transaction(self.database) as env:
                line = env["mvno.line"].browse(line_id)
                self.assertTrue(line.state, "what the person sees when clicking")
                clicked.set()
                try:
                    retrying(line.action_activate, env)
                except ValidationError as refusal:
                    env.cr.rollback()
                    refusals.append(str(refusal))

        second = threading.Thread(target=click_again)
        with transaction(self.database) as env:
            env["mvno.line"].browse(line_id).action_activate()
            env.flush_all()
            second.start()
            self.assertTrue(clicked.wait(60))
        second.join(60)
        self.assertFalse(second.is_alive())
        (refusal,) = refusals
        self.assertIn("under way already", refusal)
        self.assertEqual(self.states(line_ids), ["done"])
        self.assertEqual(len(self.simulated.effects("activate", iccid)), 1)
        self.assertEqual(len(self.simulated.calls("activate")), 1)

    def test_click_that_meets_a_worker_is_repeated(self):
        """A worker wrote the line since the page was read: Odoo repeats the click."""
        (line_id,) = line_ids = self.lines_in_service(1)
        (iccid,) = self.iccids(line_ids)
        met = []
        with transaction(self.database) as env:
            line = env["mvno.line"].browse(line_id)

            def click():
                # from here on others are not seen
                self.assertGreaterEqual(line.hold_version, 0)
                if not met:
                    with transaction(self.database) as other:
                        worker = other["mvno.line"].browse(line_id)
                        worker.checked_at = fields.Datetime.now()
                    met.append(worker)
                line.action_block_total("nonpayment")

            with patch("odoo.service.model.time.sleep"):
                retrying(click, env)
        with transaction(self.database) as env:
            self.assertEqual(env["mvno.line"].browse(line_id).state, "blocked")
        self.assertEqual(len(self.simulated.effects("block_total", iccid)), 1)

    def test_two_workers_that_read_one_activation(self):
        """The one that comes second leaves it to the first: it is done once."""
        (line_id,) = self.pending_activations()
        with transaction(self.database) as env:
            env["mvno.command"]._process()
        with transaction(self.database) as env:
            first = env["mvno.line"].browse(line_id)
            self.assertEqual(first.state, "activating")
            detail = first.platform_id._client().sim(first.simcard_id.iccid)
            first._take_detail(detail)
            env.flush_all()
            with transaction(self.database) as other:
                other["mvno.line"]._poll(line_id)
        with transaction(self.database) as env:
            line = env["mvno.line"].browse(line_id)
            self.assertEqual(line.state, "active")
            started = line.transition_ids.filtered(lambda c: c.event == "activate")
            self.assertEqual(len(started), 1)

    def test_two_workers_that_reconcile_one_line_ask_once(self):
        """The one that comes second leaves the line to the cron, without an error."""
        (line_id,) = line_ids = self.lines_in_service(1)
        with transaction(self.database) as env:
            line = env["mvno.line"].browse(line_id)
            # asked for by nobody yet
            with patch.object(type(line), "_reconcile"):
                line.action_block_total("nonpayment")
        with transaction(self.database) as env:
            line = env["mvno.line"].browse(line_id)
            line.command_ids.mapped("state")
            with transaction(self.database) as other:
                other["mvno.line"]._reconcile_due()
                other.cr.postcommit.clear()
            with self.assertNoLogs("odoo.addons.tip_mvno", "ERROR"):
                env["mvno.line"]._reconcile_due()
        with transaction(self.database) as env:
            pending = self.commands(env, line_ids).filtered("is_open")
            self.assertEqual(pending.operation, "block_total")
