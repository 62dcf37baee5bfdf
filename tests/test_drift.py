"""What happens at the platform behind our back: the night's comparison lists it, its
ways out settle it, and a second one finds nothing more."""

from datetime import date, datetime, timedelta

from odoo import fields

from .case import SynchronizedCase
from .platform import SimStatus
from .story import PlatformControl


class TestDrift(SynchronizedCase):
    def setUp(self):
        super().setUp()
        self.control = PlatformControl(self.simulated.url)
        self.provider.platform.action_test_connection()
        # whom the platform serves already is the adoption's matter
        self.strangers = [
            contract
            for contract in self.simulated.contracts()
            if contract.cancelled_at is None
        ]

    def in_service(self, count=1):
        """:return: lines that were activated some time ago"""
        lines = self.subscribed(count)
        self.drive("mvno.command", "cron_process")
        self.drive("mvno.line", "cron_poll")
        self.assertEqual(set(lines.mapped("state")), {"active"})
        self.settled(lines)
        return lines

    def settled(self, lines):
        """Let the settling time after their last requests pass."""
        yesterday = fields.Datetime.now() - timedelta(days=1)
        lines.command_ids.settled_at = yesterday
        lines.transition_ids.date = yesterday
        # one made in the second of the platform's answer is left alone as well
        lines.flush_recordset()
        self.env.cr.execute(
            "UPDATE mvno_line SET create_date = %s WHERE id IN %s",
            [yesterday, tuple(lines.ids)],
        )
        lines.invalidate_recordset(["create_date"])

    def sweep(self):
        """Compare as the night does.

        :return: what is listed of lines that are ours, or were
        """
        self.simulated.reset_log()
        self.drive("mvno.platform", "cron_sweep")
        self.drive("mvno.platform", "cron_sync")
        self.assertEqual(self.sync.state, "done", self.sync.message)
        return self.env["mvno.drift"].search(
            [("state", "!=", "resolved"), ("line_id", "!=", False)]
        )

    @property
    def sync(self):
        """The comparison of the platform."""
        return self.provider.platform.sync_ids.filtered(lambda s: s.kind == "drift")

    def behind_our_back(self):
        """:return: a client of somebody else with our token"""
        return self.provider.platform._client()

    def code(self, line):
        return line.platform_contract

    # === THE STORY === #

    def test_each_thing_done_behind_our_back_is_listed(self):
        lines = self.in_service(7)
        cancelled, replaced, moved, held, stopped, back, same = lines
        new = self.simulated.sims(SimStatus.AVAILABLE)[0].iccid
        self.behind_our_back().cancel(cancelled.simcard_id.iccid)
        self.behind_our_back().change_plan(replaced.simcard_id.iccid, "103")
        self.control.change_line(self.code(moved), sim=new)
        self.control.change_line(
            self.code(held), document="52998224725", name="Outra Pessoa Fictícia"
        )
        self.control.set_status(stopped.simcard_id.iccid, "blocked_total")
        back._on_cancelled("customer", date(2026, 10, 5))
        self.settled(back)
        listed = {drift.line_id: drift.kind for drift in self.sweep()}
        self.assertEqual(
            listed,
            {
                cancelled: "cancelled_there",
                replaced: "other_plan",
                moved: "other_simcard",
                held: "other_holder",
                stopped: "blocked_there",
                back: "active_there",
            },
        )
        self.assertEqual(stopped.state, "blocked")
        self.assertEqual((same.state, same.platform_status), ("active", "EM USO"))
        unknown = self.env["mvno.drift"].search([("kind", "=", "unknown_here")])
        self.assertEqual(
            set(unknown.mapped("platform_contract")),
            {contract.code for contract in self.strangers},
        )

    def test_the_ways_out_leave_nothing_to_list(self):
        lines = self.in_service(5)
        ported, replaced, moved, stopped, back = lines
        new = self.simulated.sims(SimStatus.AVAILABLE)[0].iccid
        self.behind_our_back().cancel(ported.simcard_id.iccid)
        self.behind_our_back().change_plan(replaced.simcard_id.iccid, "103")
        self.control.change_line(self.code(moved), sim=new)
        self.control.set_status(stopped.simcard_id.iccid, "blocked_total")
        back._on_cancelled("customer", date(2026, 10, 5))
        self.settled(back)
        drift_of = {drift.line_id: drift for drift in self.sweep()}
        self.assertEqual(set(drift_of), set(lines))

        today = self.provider.platform._today()
        ported.activation_date = today
        self.settle(drift_of[ported], "port_out", date=today)
        product = self.provider.sell_plan("103", 69.9)
        self.settle(
            drift_of[replaced], "follow_plan", product_id=product.id, date=today
        )
        drift_of[moved].action_follow_simcard()
        drift_of[stopped].action_unblock()
        drift_of[back].action_cancel_there()
        self.drive("mvno.command", "cron_process")
        self.settled(lines)

        self.assertFalse(self.sweep().mapped("display_name"))
        self.assertEqual(ported.cancellation_reason, "port_out")
        self.assertEqual(replaced.product_id, product)
        self.assertEqual(moved.simcard_id.iccid, new)
        self.assertEqual(stopped.state, "active")
        self.assertEqual(
            self.simulated.sim(back.simcard_id.iccid).status, SimStatus.CANCELLED
        )
        self.assertEqual(len(self.simulated.effects("cancel")), 2)

    def settle(self, drift, decision, **values):
        """Take a way out by its dialog."""
        self.env["mvno.drift.settle"].create(
            {"drift_ids": drift.ids, "decision": decision, **values}
        ).action_settle()

    def test_a_second_sweep_changes_nothing(self):
        lines = self.in_service(3)
        self.behind_our_back().cancel(lines[0].simcard_id.iccid)
        self.sweep()
        drifts = self.env["mvno.drift"].search([])
        watched = [
            (drifts, ["kind", "subject", "state", "first_seen", "here"]),
            (lines, ["state", "number", "platform_contract", "simcard_id"]),
            (lines.simcard_id, ["state"]),
            (lines.contract_line_ids, ["date_start", "date_end", "product_id"]),
        ]
        before = [records.read(names) for records, names in watched]
        messages = len(lines.message_ids)
        self.sweep()
        self.assertEqual([records.read(names) for records, names in watched], before)
        self.assertEqual(self.env["mvno.drift"].search([]), drifts)
        self.assertEqual(len(lines.message_ids), messages)
        self.assertFalse(self.simulated.calls(), "nothing was asked to be changed")

    def test_a_change_that_is_undone_disappears_by_itself(self):
        line = self.in_service()
        self.behind_our_back().change_plan(line.simcard_id.iccid, "103")
        drift = self.sweep()
        self.assertEqual(drift.kind, "other_plan")
        self.behind_our_back().change_plan(line.simcard_id.iccid, "102")
        self.assertFalse(self.sweep())
        self.assertEqual(drift.state, "resolved")

    def test_a_number_told_late_starts_the_service(self):
        """The platform told no number, and the line's own poll never ran."""
        self.simulated.set_options(untold_numbers=1, untold_reads=50)
        line = self.subscribed()
        self.drive("mvno.command", "cron_process")
        self.assertEqual((line.state, line.number), ("activating", False))
        self.settled(line)
        self.simulated.advance(timedelta(hours=3))
        self.assertFalse(self.sweep())
        self.assertEqual(line.state, "active")
        self.assertTrue(line.number and line.platform_contract)

    # === WHAT GOES WRONG === #

    def test_a_cut_answer_reports_nothing_and_is_asked_for_again(self):
        self.in_service(2)
        self.simulated.order_fault("subscribers", "malformed", form="cut")
        self.drive("mvno.platform", "cron_sweep")
        self.drive("mvno.platform", "cron_sync")
        self.assertEqual((self.sync.state, self.sync.stage), ("running", "subscribers"))
        self.assertFalse(self.env["mvno.drift"].search([]))
        self.sync.next_attempt = fields.Datetime.now()
        self.drive("mvno.platform", "cron_sync")
        self.assertEqual(self.sync.state, "done")
        self.assertFalse(self.env["mvno.drift"].search([("line_id", "!=", False)]))

    def test_an_empty_list_is_taken_for_an_incomplete_one(self):
        self.in_service(2)
        self.simulated.world.contracts.clear()
        self.simulated.world.subscribers.clear()
        self.assertFalse(self.sweep())
        self.assertFalse(self.provider.platform.swept_at)

    # === FEW CALLS, FEW QUERIES === #

    def test_calls_and_queries_do_not_grow_with_the_lines(self):
        """A page for 500 SIM cards, and one call for all lines."""
        self.provider.synchronize()
        queries = {}
        for count in (250, 400):
            self.simulated.add_lines(count)
            self.adopt()
            self.sweep()
            before = self.env.cr.sql_log_count
            self.assertFalse(self.sweep())
            queries[count] = self.env.cr.sql_log_count - before
            sims = len(self.simulated.sims())
            asked = [call.operation for call in self.simulated.requests]
            self.assertEqual(asked.count("subscribers"), 1)
            self.assertLessEqual(len(asked), -(-sims // 500) + 2)
        # the larger run has one page of the stock and one slice of lines more
        self.assertLess(queries[400] - queries[250], 2 * 40)

    def adopt(self):
        """Have a line here for each line in service there that has none."""
        self.provider.synchronize()
        plans = {}
        known = set(self.env["mvno.line"].search([]).mapped("platform_contract"))
        there = [
            contract
            for contract in self.simulated.contracts()
            if contract.cancelled_at is None and contract.code not in known
        ]
        simcards = self.env["mvno.simcard"].search([("line_ids", "=", False)])
        simcard_of = {simcard.iccid: simcard.id for simcard in simcards}
        holders = {}
        for contract in there:
            document = contract.subscriber.document
            if document not in holders:
                holders[document] = (
                    self.env["res.partner"]
                    .with_context(no_vat_validation=True)
                    .create({"name": contract.subscriber.name, "vat": document})
                )
            code = contract.plan.code
            plans[code] = plans.get(code) or self.provider.sell_plan(code)
        lines = self.env["mvno.line"].create(
            [
                {
                    "platform_id": self.provider.platform.id,
                    "partner_id": holders[contract.subscriber.document].id,
                    "simcard_id": simcard_of[contract.iccid],
                    "area_code": contract.number[:2],
                    "number": f"+55{contract.number}",
                    "platform_contract": contract.code,
                    "state": "active",
                    "activation_date": datetime(2026, 9, 1),
                }
                for contract in there
            ]
        )
        blocked = lines.filtered(lambda line: line.simcard_id.state == "blocked")
        blocked.write({"state": "blocked"})
        self.env["mvno.line.hold"].create(
            [{"line_id": line.id, "reason": "customer"} for line in blocked]
        )
