"""Promise: nobody waits more than 8 s, and nothing of ours waits in a transaction."""

import re
import unittest
from datetime import timedelta
from pathlib import Path

from odoo import fields

from .committed_case import CommittedCase
from .processes import Nursery, transaction, waiting_in_transaction
from .provider import Provider

#: Seconds for which the platform says nothing, whatever it is asked.
SILENCE = 20
#: Seconds of a click, and what this machine needs for the rest of it.
CLICK, REST = 8, 6
#: Seconds by which a thread of a loaded machine notices late that its time is over.
SLIP = 0.5
#: A transaction that does nothing for so long waits for the platform: a worker that
#: has just begun, one of many, needs a second or two to load what it says.
IDLE = 4
LATER = "goes on by itself"
CHECKOUT = Path(__file__).resolve().parent.parent


class TestWhoAsks(unittest.TestCase):
    def test_a_button_has_one_way_to_ask(self):
        """A client for a person who waits is given by the click's own helper, which
        commits first, and to the driver of requests."""
        asking = {
            path.relative_to(CHECKOUT).as_posix()
            for addon in ("tip_mvno", "tip_mvno_billing")
            for folder in ("models", "wizards", "controllers", "report")
            for path in (CHECKOUT / addon / folder).rglob("*.py")
            if re.search(r"\bINTERACTIVE\b", path.read_text())
        }
        self.assertEqual(
            asking,
            {
                "tip_mvno/models/platform/mvno_platform_client.py",
                "tip_mvno/models/platform/mvno_rate_limit.py",
                "tip_mvno/models/command/mvno_command_driver.py",
            },
        )


class TestSilentPlatform(CommittedCase):
    """Each button is pressed in a process of its own, all of them at once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.nursery = cls.enterClassContext(Nursery(cls.database))

    def press(self, *clicks):
        """Press buttons while the platform sleeps, and watch the database.

        :param clicks: (model, id, method, *arguments)
        :return: what each person is told
        """
        self.simulated.order_fault("*", "timeout_before", times=1000, seconds=SILENCE)
        workers = [self.nursery.run("click", *click) for click in clicks]
        waiting = set()
        while not all(worker.ended_within(0.2) for worker in workers):
            waiting.update(waiting_in_transaction(self.database, IDLE))
        self.simulated.faults.clear()
        self.assertFalse(waiting)
        told = []
        for (model, _id, method, *_arguments), worker in zip(
            clicks, workers, strict=True
        ):
            seconds, asking, in_transaction, sentence = worker.result()
            with self.subTest(model=model, method=method):
                self.assertLess(seconds, CLICK + REST)
                self.assertLess(asking, CLICK + SLIP)
                self.assertEqual(in_transaction, 0)
            told.append(sentence)
        return told

    def make_readable(self, lines):
        """:return: buttons that read what is known of lines in service: (model, id,
        method, what the person is told)"""
        env = lines.env
        stock = env["mvno.simcard"].search([("state", "=", "available")], limit=4)
        stock[1].state = "cancelled"
        stock[3].state = "reserved"
        port_in = env["mvno.portability"].create(
            {
                "line_id": lines[3].id,
                "number": "+5511912340003",
                "donor": "Outra",
                "sent_at": fields.Datetime.now(),
            }
        )
        swap = env["mvno.simcard.swap"].create(
            {"line_id": lines[4].id, "reason": "broken", "simcard_id": stock[2].id}
        )
        support = env["mvno.support.request"].create(
            {
                "kind": "sim_swap",
                "state": "waiting",
                "line_id": lines[5].id,
                "reason": "broken",
                "old_simcard_id": lines[5].simcard_id.id,
                "simcard_id": stock[3].id,
            }
        )
        drift = env["mvno.drift"].create(
            {
                "platform_id": lines.platform_id.id,
                "kind": "missing_there",
                "subject": lines[6].simcard_id.iccid,
                "line_id": lines[6].id,
            }
        )
        month = env["mvno.usage.fetch"].create({})
        return [
            (lines.platform_id, "action_test_connection", "did not answer within 8"),
            (lines[0], "action_refresh", LATER),
            (stock[0], "action_refresh", LATER),
            (stock[1], "action_release", LATER),
            (lines[1], "action_balance", "did not answer within 8"),
            (lines[2], "action_fetch_usage", LATER),
            (month, "action_fetch", LATER),
            (port_in, "action_refresh", LATER),
            (swap, "action_replace", ""),
            (support, "action_done", LATER),
            (drift, "action_read", LATER),
        ]

    def test_a_click_that_reads(self):
        line_ids = self.lines_in_service(7)
        with transaction(self.database) as env:
            buttons = [
                (button._name, button.id, method, words)
                for button, method, words in self.make_readable(
                    env["mvno.line"].browse(line_ids)
                )
            ]
        told = self.press(*(button[:3] for button in buttons))
        for (model, _id, method, words), sentence in zip(buttons, told, strict=True):
            with self.subTest(model=model, method=method):
                self.assertIn(words, sentence)
        with transaction(self.database) as env:
            lines = env["mvno.line"].browse(line_ids)
            self.assertEqual(lines.platform_id.state, "error")
            # what was entered is not lost
            self.assertEqual(lines[4].support_request_id.state, "waiting")
            asked = env["mvno.simcard"].search([("read_asked_at", "!=", False)])
            self.assertIn(lines[0].simcard_id, asked)
            self.assertEqual(len(asked), 4)
        with transaction(self.database) as env:
            env["mvno.line"].cron_poll()
            env["mvno.platform"].cron_sync()
            self.assertFalse(asked.with_env(env).filtered("read_asked_at"))
            month = env["mvno.sync"].search([("kind", "=", "usage")])
            self.assertEqual(month.state, "done")

    def test_a_click_that_writes(self):
        draft_id, *_rest = drafts = self.draft_lines(2)
        line_ids = self.lines_in_service(6)
        with transaction(self.database) as env:
            env["mvno.line"].browse(line_ids[5]).action_block_partial("customer")
            env.cr.postcommit.clear()
        with transaction(self.database) as env:
            env["mvno.command"].cron_process()
            provider = Provider(env, self.simulated)
            other_plan = provider.sell_plan("103", 69.9)
            product = env["product.product"].browse(self.product_id)
            customer = provider.customer(next(self.customers))
            contract = provider.contract(customer, [product, product])
            contract_line_ids = contract.contract_line_ids.ids
            dialog = provider.dialog(customer)
            buttons = [
                ("mvno.line", draft_id, "action_activate"),
                ("mvno.subscribe", dialog.id, "action_subscribe"),
                ("mvno.line", line_ids[0], "action_block_total", "theft"),
                ("mvno.line", line_ids[1], "action_block_partial", "nonpayment"),
                ("mvno.line", line_ids[2], "action_top_up", 1),
                ("mvno.line", line_ids[3], "action_cancel", "customer"),
                ("mvno.line", line_ids[4], "action_change_plan", other_plan.id),
                ("mvno.line", line_ids[5], "action_unblock"),
            ]
        self.press(*buttons)
        with transaction(self.database) as env:
            paying = env["contract.line"].browse(contract_line_ids)
            activated = paying.mvno_line_id | env["mvno.line"].browse(draft_id)
            self.assertEqual(activated.mapped("state"), ["activating"] * 3)
            commands = self.commands(env, [*activated.ids, *line_ids]).filtered(
                lambda command: command.state != "done"
            )
            self.assertEqual(len(commands), 9)
            silent = commands.filtered(lambda command: not command.error)
            self.assertFalse(silent.mapped("operation"))
            waiting = self.commands(env, activated.ids)
            self.assertEqual(waiting.mapped("state"), ["pending"] * 3)
            self.assertFalse(any(waiting.mapped("sent_at")))
            commands.next_attempt = fields.Datetime.now() - timedelta(seconds=1)
        self.assertFalse(self.simulated.effects("activate", *self.iccids(drafts)[:1]))
        with transaction(self.database) as env:
            env["mvno.command"].cron_process()
            env["mvno.line"].cron_poll()
        with transaction(self.database) as env:
            self.assertEqual(activated.with_env(env).mapped("state"), ["active"] * 3)
