# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import format_date, mute_logger

from ...models.command.mvno_command_settle import READS_BEFORE_ASKING
from ..common import NO, broken
from ..plan_common import PlanCase


@tagged("post_install", "-at_install")
class TestMvnoLinePlan(PlanCase):
    """A change of plan: the platform first, then the contract."""

    def test_the_contract_follows_on_the_day_the_platform_changed_the_plan(self):
        self.at("2026-11-12")
        self.line.action_change_plan(self.other)
        command = self.line.open_command_id
        self.assertEqual(command.operation, "change_plan")
        self.assertEqual(command.plan_id, self.other_plan)
        self.assertEqual(self.line.product_id, self.product)
        self.accept("plano/alterar")
        self.process()
        self.assertEqual(command.state, "done")
        successor = self.line.contract_line_id
        self.assertEqual(self.line.product_id, self.other)
        self.assertEqual(self.contract_line.date_end, date(2026, 11, 11))
        self.assertEqual(successor.date_start, date(2026, 11, 12))
        self.assertEqual(successor.price_unit, 89.9)
        self.assertEqual(successor.contract_id, self.contract_line.contract_id)
        self.assertIn("10 GB", successor.name)

    def test_the_commitment_stays_as_it_was(self):
        end = self.contract_line.commitment_end
        self.assertTrue(end)
        self.line.action_change_plan(self.other)
        self.accept("plano/alterar")
        self.process()
        self.assertEqual(self.line.contract_line_id.commitment_end, end)

    def test_the_commitment_that_stays_is_the_one_that_stands_then(self):
        """What is agreed while the platform is asked is not undone by its answer."""
        for end in (date(2026, 12, 31), False):
            line = self._make_line("active")
            line.action_change_plan(self.other)
            line.contract_line_id.commitment_end = end
            self.write_says(line.simcard_id, "plano/alterar")
            self.process()
            self.assertEqual(line.product_id, self.other)
            self.assertEqual(line.contract_line_id.commitment_end, end)

    def test_a_commitment_that_begins_again_has_its_own_months(self):
        self.at("2026-11-12")
        self.line.action_change_plan(self.other, commitment_end=date(2028, 11, 12))
        self.accept("plano/alterar")
        self.process()
        successor = self.line.contract_line_id
        self.assertEqual(successor.commitment_end, date(2028, 11, 12))
        self.assertEqual(successor.commitment_months, 24)

    def test_a_price_of_zero_asked_for_stays(self):
        self.line.action_change_plan(self.other, price=0.0)
        self.accept("plano/alterar")
        self.process()
        self.assertEqual(self.line.contract_line_id.price_unit, 0.0)

    def test_a_second_click_finds_the_open_request(self):
        self.line.action_change_plan(self.other)
        self.line.action_change_plan(self.other)
        self.assertEqual(len(self.line.command_ids), 1)

    def test_a_refusal_leaves_line_and_contract_as_they_were(self):
        self.line.action_change_plan(self.other)
        self.accept("plano/alterar", json=NO)
        self.process()
        self.assertEqual(self.line.command_ids.state, "refused")
        self.assertEqual(self.line.product_id, self.product)
        self.assertFalse(self.contract_line.date_end)
        self.assertIn(NO["msg_usuario"], self.line.activity_ids.note)

    def test_the_plan_the_platform_reports_settles_a_lost_answer(self):
        for reported, state in (
            ("10 gb", "done"),
            ("5 GB", "unknown"),
            ("Outro", "unknown"),
        ):
            with self.subTest(reported):
                line = self._make_line("active")
                self.platform.settle_seconds = 900
                line.action_change_plan(self.other)
                self.write_says(line.simcard_id, "plano/alterar", body=broken())
                self.process()
                self._read(line.command_ids, "EM USO", plano=reported)
                self.assertEqual(line.command_ids.state, state)

    def test_a_plan_that_did_not_change_is_asked_for_again(self):
        self.line.action_change_plan(self.other)
        self.accept("plano/alterar", body=broken())
        self.process()
        command = self.line.command_ids
        self._time_passes(command)
        self._read(command, "EM USO", plano="5 GB")
        self.assertEqual((command.state, command.attempts), ("pending", 1))

    def test_a_plan_not_understood_is_put_before_a_person(self):
        self.line.action_change_plan(self.other)
        self.accept("plano/alterar", body=broken())
        self.process()
        command = self.line.command_ids
        self._time_passes(command)
        for _read in range(READS_BEFORE_ASKING):
            self._read(command, "EM USO", plano="Outro")
        self.assertEqual(command.state, "needs_decision")
        self.assertIn("Outro", command.error)

    def test_a_line_changed_on_its_first_day_has_one_contract_line(self):
        self.at("2026-01-10")
        self.line.action_change_plan(self.other)
        self.accept("plano/alterar")
        self.process()
        self.assertTrue(self.contract_line.is_canceled)
        self.assertEqual(self.line.contract_line_id.product_id, self.other)

    @mute_logger("odoo.addons.tip_mvno.models.command.mvno_command_effect")
    def test_a_contract_that_cannot_follow_is_put_before_a_person(self):
        self.at("2026-11-12")
        self.contract_line.last_date_invoiced = "2026-11-30"
        self.line.action_change_plan(self.other)
        self.accept("plano/alterar")
        self.process()
        command = self.line.command_ids
        self.assertEqual(command.state, "done")
        self.assertIn("is invoiced up to", command.error)
        self.assertTrue(self.line.activity_ids)

    def test_an_agreed_price_and_a_courtesy_are_kept(self):
        for price in (70.5, 0.0):
            with self.subTest(price):
                line = self._make_line("active")
                line.action_change_plan(self.other, price=price)
                self.write_says(line.simcard_id, "plano/alterar")
                self.process()
                self.assertEqual(line.contract_line_id.price_unit, price)

    def test_what_is_no_plan_for_the_line_is_refused(self):
        elsewhere = self._make_platform(name="Other")
        foreign = self._make_product(self._make_plan("9", "Foreign", elsewhere))
        gone = self._make_product(self._make_plan("0103", "Gone"))
        gone.mvno_plan_id.active = False
        for product, sentence in (
            (foreign, "is not a telephony plan of platform TIP"),
            (gone, "not in the platform's catalogue any more"),
            (self.product, "has plan .* already"),
        ):
            with (
                self.subTest(product.name),
                self.assertRaisesRegex(UserError, sentence),
            ):
                self.line.action_change_plan(product)
        draft = self._make_line()
        with self.assertRaisesRegex(UserError, "for lines in service only"):
            draft.action_change_plan(self.other)

    def test_another_request_under_way_is_waited_for(self):
        self._make_block(self.line)
        with self.assertRaisesRegex(UserError, "another request is on its way"):
            self.line.action_change_plan(self.other)

    def test_without_a_plan_the_dialog_opens(self):
        action = self.line.action_change_plan()
        self.assertEqual(action["res_model"], "mvno.change.plan")
        self.assertEqual(action["context"]["active_ids"], self.line.ids)

    def test_the_dialog_shows_the_price_and_the_days(self):
        self.at("2026-11-12")
        attendant = self._make_user("ana", "tip_mvno.group_attendant")
        dialog = Form(
            self.env["mvno.change.plan"]
            .with_user(attendant)
            .with_context(active_id=self.line.id)
        )
        self.assertEqual(dialog.current_price, 59.9)
        dialog.product_id = self.other
        self.assertEqual(dialog.price, 89.9)
        self.assertIn(format_date(self.env, "2026-11-12"), dialog.explanation)
        dialog.when = "next"
        self.assertIn(format_date(self.env, "2026-12-01"), dialog.explanation)
        dialog.commitment = "restart"
        self.assertEqual(dialog.commitment_end, date(2028, 12, 1))
        dialog.save().action_change()
        planned = self.line.plan_change_id
        self.assertEqual(
            (planned.date, planned.user_id), (date(2026, 12, 1), attendant)
        )

    # === THE CONTRACT LINE OF TODAY === #

    def test_a_contract_line_of_the_future_does_not_pay_yet(self):
        self.at("2026-11-12")
        later = self.contract_line._mvno_succeed(date(2026, 12, 1), specific_price=65.0)
        self.assertEqual(self.line.contract_line_id, self.contract_line)
        self.at("2026-12-01")
        later.flush_recordset()
        with patch("odoo.fields.Date.today", return_value=date(2026, 12, 1)):
            self.env["mvno.line"]._follow_contract_lines()
        self.assertEqual(self.line.contract_line_id, later)

    # === TOP-UP === #

    def test_only_who_works_with_lines_asks_for_anything(self):
        stranger = self._make_user("eve", "base.group_user")
        line = self.line.with_user(stranger)
        for call in (
            lambda: line.action_change_plan(self.other),
            lambda: line.action_top_up(1),
            lambda: line.action_cancel("customer"),
        ):
            with self.assertRaises(AccessError):
                call()

    def test_no_plan_change_where_the_contract_line_has_ended(self):
        """The platform used to change the plan, and the contract could not follow."""
        self.contract_line.date_end = "2026-10-31"
        self.at("2026-11-12")
        with self.assertRaisesRegex(UserError, "ended on"):
            self.line.action_change_plan(self.other)
        self.assertFalse(self.line.command_ids)
