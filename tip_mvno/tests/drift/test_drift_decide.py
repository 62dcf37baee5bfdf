# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ...models.drift.mvno_drift import KINDS, TRANSITIONS
from ..common import BLOCKED, CANCELLED, IN_USE
from ..drift_common import DriftCase

ATTENDANT, MANAGER = "tip_mvno.group_attendant", "tip_mvno.group_manager"


@tagged("post_install", "-at_install")
class TestMvnoDriftDecide(DriftCase):
    """The ways out of a drift, as an attendant takes them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.attendant = cls._make_user("attendant of drift", ATTENDANT)

    def drift_of(self, changes=None, user=None, **vals):
        """:return: (line, its one drift, as an attendant sees it)"""
        line = self.live_line(**vals)
        self.row_of(line).update(changes or {"status": CANCELLED})
        drift = self.sweep()
        self.assertEqual(len(drift), 1)
        return line, drift.with_user(user or self.attendant)

    def dialog(self, action):
        """:return: the dialog an action opens, as a form"""
        self.assertEqual(action["res_model"], "mvno.drift.settle")
        return Form(
            self.env["mvno.drift.settle"]
            .with_user(self.attendant)
            .with_context(**action["context"])
        )

    # === ENDING HERE === #

    def test_ported_out(self):
        line, drift = self.drift_of()
        date = self.platform._today() - timedelta(days=2)
        line.activation_date = date - timedelta(days=90)
        line.contract_line_id.date_start = line.activation_date
        with self.dialog(drift.action_port_out()) as dialog:
            dialog.date = date
        dialog.record.action_settle()
        self.assertRecordValues(
            line,
            [
                {
                    "state": "cancelled",
                    "cancellation_reason": "port_out",
                    "cancellation_date": date,
                }
            ],
        )
        self.assertEqual(line.contract_line_ids.date_end, date)
        self.assertEqual(drift.state, "resolved")
        change = drift.sudo().transition_ids
        self.assertEqual(change.user_id, self.attendant)
        self.assertIn("Ported out", change.reason)
        self.assertFalse(self.env["mvno.command"].search([("line_id", "=", line.id)]))

    def test_cancel_here_with_a_reason(self):
        line, drift = self.drift_of()
        with self.dialog(drift.action_cancel_here()) as dialog:
            dialog.cancellation_reason = "fraud"
            dialog.reason = "TIP wrote so"
        dialog.record.action_settle()
        self.assertEqual(line.cancellation_reason, "fraud")
        self.assertIn("TIP wrote so", line.message_ids.mapped("body")[0])
        self.assertFalse(self.sweep(), "a second sweep finds both cancelled")

    def test_the_last_day_lies_between_activation_and_today(self):
        line, drift = self.drift_of()
        today = self.platform._today()
        line.activation_date = today - timedelta(days=1)
        for date in (today + timedelta(days=1), today - timedelta(days=2)):
            with self.dialog(drift.action_port_out()) as dialog:
                dialog.date = date
            with self.assertRaises(UserError):
                dialog.record.action_settle()
        self.assertEqual(line.state, "active")

    # === PLANS === #

    def test_the_contract_follows_tips_plan(self):
        plan = self._make_plan("0202", "10 GB")
        product = self._make_product(plan, list_price=79.9)
        line, drift = self.drift_of({"plano": "10 GB"})
        line.contract_line_id.date_start = "2026-01-01"
        with self.dialog(drift.action_follow_plan()) as dialog:
            self.assertEqual(dialog.product_id, product)
            self.assertEqual(dialog.price, 79.9)
            dialog.price = 70
        with self.assertRaisesRegex(UserError, "Ask a manager to agree on less"):
            dialog.record.action_settle()
        dialog.record.price = 85
        dialog.record.action_settle()
        self.assertEqual(line.product_id, product)
        self.assertEqual(line.contract_line_id.price_unit, 85)
        self.assertEqual(len(line.contract_line_ids), 2)
        self.assertEqual(drift.state, "resolved")
        self.assertFalse(self.sweep())

    def test_our_plan_is_sent(self):
        line, drift = self.drift_of({"plano": "10 GB"})
        drift.action_change_plan_there()
        command = line.open_command_id
        self.assertEqual(
            (command.operation, command.plan_id, command.user_id),
            ("change_plan", self.plan, self.attendant),
        )
        self.assertEqual(drift.state, "waiting")
        self.write_says(line.simcard_id, "plano/alterar")
        self.process(command)
        self.assertEqual(command.state, "done")
        self.assertEqual(len(line.contract_line_ids), 1, "it has that plan already")

    # === BLOCKS AND CANCELLATIONS THERE === #

    def test_what_was_cancelled_here_is_cancelled_there(self):
        line = self.live_line()
        line._on_cancelled("death", fields.Date.today())
        line.transition_ids.date = fields.Datetime.now() - timedelta(days=1)
        drift = self.sweep().with_user(self.attendant)
        drift.action_cancel_there()
        command = line.open_command_id
        self.assertEqual(
            (command.operation, command.cancellation_reason), ("cancel", "death")
        )
        with self.assertRaisesRegex(UserError, "another request"):
            drift.action_cancel_there()
        self.write_says(line.simcard_id, "cancelar")
        self.process(command)
        self.assertEqual((command.state, line.state), ("done", "cancelled"))
        self.assertEqual(line.cancellation_reason, "death")

    def test_a_block_of_the_platform_is_lifted(self):
        line, drift = self.drift_of({"status": BLOCKED})
        drift.action_unblock()
        self.assertTrue(line.hold_ids.lifted_at)
        self.assertEqual(line.open_command_id.operation, "unblock")
        self.assertEqual(drift.state, "waiting")

    def test_a_refused_block_is_asked_for_again(self):
        line = self.live_line()
        command = self._make_block(line)
        command.write({"state": "refused", "settled_at": "2026-10-01 00:00:00"})
        command.hold_version = line.hold_version
        drift = self.sweep().with_user(self.attendant)
        drift.action_block_again()
        self.assertEqual(line.open_command_id.operation, "block_total")

    # === WE FOLLOW === #

    def test_the_line_goes_on_with_tips_sim_card(self):
        new = self._make_simcards()
        line, drift = self.drift_of({"sim_card": new.iccid})
        drift.action_follow_simcard()
        self.assertEqual((line.simcard_id, new.state), (new, "in_use"))
        self.assertEqual(drift.state, "resolved")
        self.assertFalse(self.sweep())

    def test_a_sim_card_of_another_line_is_not_taken(self):
        other = self._make_line("active", platform_contract="000444")
        self.lists(other)
        line, drift = self.drift_of({"sim_card": other.simcard_id.iccid})
        with self.assertRaisesRegex(UserError, "already that of line"):
            drift.action_follow_simcard()
        self.assertNotEqual(line.simcard_id, other.simcard_id)

    def test_a_sim_card_that_is_not_here_is_to_be_synchronized(self):
        _line, drift = self.drift_of({"sim_card": "8955000000000077777"})
        with self.assertRaisesRegex(UserError, "not in stock here"):
            drift.action_follow_simcard()

    def test_the_line_goes_on_under_tips_contract(self):
        line, drift = self.drift_of({"numero_contrato": "000321"})
        drift.action_follow_contract()
        self.assertEqual(line.platform_contract, "000321")
        self.assertFalse(self.sweep())

    def test_an_awaited_sim_card_closes_the_request_to_tip(self):
        line = self.live_line()
        new = self._make_simcards()
        request = self.env["mvno.support.request"].create(
            {
                "kind": "sim_swap",
                "line_id": line.id,
                "reason": "broken",
                "old_simcard_id": line.simcard_id.id,
                "simcard_id": new.id,
            }
        )
        self.row_of(line)["sim_card"] = new.iccid
        self.stock[line.simcard_id.iccid]["status"] = CANCELLED
        self.stock[new.iccid] = {"sim_card": new.iccid, "status": IN_USE}
        self.assertFalse(self.sweep())
        self.assertEqual((request.state, line.simcard_id), ("done", new))

    # === ASKING, READING, LEAVING === #

    def test_asking_tip_opens_a_message_and_waits(self):
        _line, drift = self.drift_of()
        self.platform.support_email = "suporte@example.com"
        action = drift.action_ask_tip()
        self.assertTrue(action["url"].startswith("mailto:suporte%40example.com?"))
        self.assertEqual(drift.state, "waiting")
        self.sweep()
        self.assertEqual(drift.state, "waiting", "seen again, it goes on waiting")

    def test_asking_tip_without_an_address_says_to_copy_the_text(self):
        _line, drift = self.drift_of()
        self.assertIn("Copy", drift.action_ask_tip()["params"]["message"])

    def test_ignoring_needs_a_reason_and_can_be_taken_back(self):
        _line, drift = self.drift_of()
        with self.dialog(drift.action_ignore()) as dialog:
            dialog.reason = "A test line of TIP's"
        dialog.record.action_settle()
        self.assertEqual(drift.state, "ignored")
        self.assertEqual(self.platform.drift_count, 0)
        self.assertEqual(drift.sudo().transition_ids.reason, "A test line of TIP's")
        self.sweep()
        self.assertEqual(drift.state, "ignored")
        drift.action_reopen()
        self.assertEqual(drift.state, "open")
        with self.assertRaises(UserError):
            self.env["mvno.drift.settle"].create(
                {"drift_ids": drift.ids, "decision": "ignore"}
            ).action_settle()

    def test_reading_asks_the_platform_about_the_sim_card(self):
        line, _other = self.live_line(), self.live_line()
        self.contracts.remove(self.row_of(line))
        drift = self.sweep().with_user(self.attendant)
        self.sim_says(line.simcard_id, CANCELLED)
        self.assertIn(CANCELLED, drift.action_read()["params"]["message"])

    def test_taking_over_opens_the_import(self):
        self.lists(self._make_line(), numero_contrato="000123")
        manager = self._make_user("manager of drift", MANAGER)
        drift = self.sweep().with_user(manager)
        self.assertEqual(drift.kind, "unknown_here")
        self.assertEqual(drift.action_take_over()["res_model"], "mvno.adoption")

    # === LEGAL STEPS === #

    def test_a_way_out_of_another_kind_is_refused(self):
        _line, drift = self.drift_of({"plano": "10 GB"})
        for action in ("action_port_out", "action_cancel_there", "action_unblock"):
            with self.assertRaises(UserError):
                getattr(drift, action)()

    def test_what_is_resolved_has_no_way_out(self):
        _line, drift = self.drift_of()
        drift.sudo()._settle("done")
        for action in ("action_port_out", "action_ask_tip", "action_reopen"):
            with self.assertRaises(UserError):
                getattr(drift, action)()

    def test_every_transition_of_the_table(self):
        _line, drift = self.drift_of()
        drift = drift.sudo()
        events = {event for row in TRANSITIONS.values() for event in row}
        for state, row in TRANSITIONS.items():
            for event in events:
                with self.subTest(state=state, event=event):
                    drift.state = state
                    if event in row:
                        drift._transition(event)
                        self.assertEqual(drift.state, row[event])
                    else:
                        with self.assertRaises(UserError):
                            drift._transition(event)

    def test_every_kind_has_words_for_the_person_and_for_tip(self):
        _line, drift = self.drift_of()
        drift = drift.sudo()
        for kind in KINDS:
            drift.kind = kind
            self.assertTrue(drift.explanation, kind)
            self.assertTrue(drift.support_text, kind)
            self.assertTrue(drift.display_name, kind)

    def test_who_may_not_write_lines_decides_nothing(self):
        user = self._make_user("nobody", "base.group_user")
        _line, drift = self.drift_of(user=user)
        with self.assertRaises(AccessError):
            drift.action_ask_tip()

    def test_the_state_is_not_written_over_rpc(self):
        _line, drift = self.drift_of()
        drift.note = "TIP's protocol 1234"
        with self.assertRaises(AccessError):
            drift.state = "resolved"

    def test_a_simcard_given_to_somebody_else_is_not_cancelled_for_the_old_line(self):
        old = self.live_line("cancelled")
        self.sweep()
        drift = self.assert_listed(old, "active_there")
        contract = self._make_contract(
            partner=self._make_partner(name="Joana Exemplo", vat="111.444.777-35")
        )
        self._make_line(
            "active", contract.contract_line_ids, simcard_id=old.simcard_id.id
        )
        with self.assertRaisesRegex(UserError, "already that of line"):
            drift.action_cancel_there()
        self.assertFalse(self.env["mvno.command"].search([("line_id", "=", old.id)]))

    def test_no_other_simcard_while_a_request_for_the_old_one_is_on_its_way(self):
        line = self.live_line()
        new = self._make_simcards()
        self.row_of(line)["sim_card"] = new.iccid
        self.stock[new.iccid] = {"sim_card": new.iccid, "status": IN_USE}
        self.stock[line.simcard_id.iccid]["status"] = CANCELLED
        self.sweep()
        drift = self.assert_listed(line, "other_simcard")
        self._make_command(line, "top_up", "sent", quantity=1)
        with self.assertRaisesRegex(UserError, "is on its way"):
            drift.action_follow_simcard()
