"""Promise: theft and loss block at once, before whatever else waits."""

import threading
from unittest.mock import patch

from odoo.service.model import retrying

from .committed_case import CommittedCase
from .platform import SimStatus
from .processes import transaction


class TestTheft(CommittedCase):
    """Clicks that are committed, so that what follows a commit really follows."""

    def setUp(self):
        super().setUp()
        self.line_ids = self.lines_in_service(7)

    def _click(self, numbers, method, *arguments):
        with transaction(self.database) as env:
            lines = env["mvno.line"].browse(self.line_ids[slice(*numbers)])
            getattr(lines, method)(*arguments)

    def _blocked(self):
        """:return: ICCIDs whose block reached the platform, in order, with its call"""
        return [
            (call.ident, call.operation)
            for call in self.simulated.calls("block_partial", "block_total")
        ]

    def _iccids(self, *numbers):
        return self.iccids(self.line_ids[slice(*numbers)])

    def test_theft_is_sent_on_the_click_while_other_blocks_wait(self):
        self._click((0, 5), "action_block_partial", "nonpayment")
        self.assertFalse(self._blocked(), "many are the cron's work")
        (stolen,) = self._iccids(5, 6)
        self._click((5, 6), "action_block_total", "theft")
        self.assertEqual(self._blocked(), [(stolen, "block_total")])
        # the platform's number for theft
        self.assertEqual(self.simulated.sim(stolen).contract.block_reason, 1)
        with transaction(self.database) as env:
            line = env["mvno.line"].browse(self.line_ids[5])
            self.assertEqual(line.state, "blocked")

    def test_theft_takes_the_place_of_a_partial_block_that_waits(self):
        self._click((0, 5), "action_block_partial", "nonpayment")
        (stolen,) = self._iccids(0, 1)
        self._click((0, 1), "action_block_total", "theft")
        self.assertEqual(self._blocked(), [(stolen, "block_total")])
        with transaction(self.database) as env:
            env["mvno.command"]._process()
        self.assertEqual(
            [ident for ident, _operation in self._blocked()].count(stolen), 1
        )
        self.assertEqual(len(self._blocked()), 5)

    def test_many_thefts_go_before_what_waited_longer(self):
        self._click((0, 3), "action_block_total", "nonpayment")
        self.simulated.reset_log()
        thefts = self._iccids(3, 7)
        with transaction(self.database) as env:
            lines = env["mvno.line"].browse(self.line_ids)
            lines[:3].action_unblock()
            lines[3:].action_block_total("loss")
            # as if many more had been unblocked
            env.cr.postcommit.clear()
        with transaction(self.database) as env:
            env["mvno.command"]._process()
        first = [call.ident for call in self.simulated.calls()[:4]]
        self.assertEqual(sorted(first), sorted(thefts))
        self.assertEqual(len(self.simulated.calls()), 7)

    def test_a_payment_does_not_free_a_stolen_line(self):
        (stolen,) = self._iccids(0, 1)
        self._click((0, 1), "action_block_total", "nonpayment")
        self._click((0, 1), "action_block_total", "theft")
        with transaction(self.database) as env:
            line = env["mvno.line"].browse(self.line_ids[0])
            line.hold_ids.filtered(lambda hold: hold.reason == "nonpayment")._lift()
        with transaction(self.database) as env:
            env["mvno.command"]._process()
        self.assertTrue(self.simulated.sim(stolen).status.is_blocked)
        self.assertFalse(self.simulated.calls("unblock"))

    def test_theft_that_comes_while_an_unblock_is_noted(self):
        """It used to wait for the scheduler: the one saw an open request, the other
        the holds of a moment before."""
        self._click((0, 1), "action_block_total", "nonpayment")
        with transaction(self.database) as env:
            env["mvno.line"].browse(self.line_ids[0]).action_unblock("nonpayment")
            env.cr.postcommit.clear()

        def steal():
            with transaction(self.database) as env:
                line = env["mvno.line"].browse(self.line_ids[0])
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
            line = env["mvno.line"].browse(self.line_ids[0])
            self.assertEqual(line.command_ids[0].operation, "block_total")
            self.assertEqual(line.command_ids[0].priority, "0")
        (iccid,) = self._iccids(0, 1)
        status = self.simulated.sim(iccid).status
        self.assertEqual(status, SimStatus.BLOCKED_TOTAL)
