# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import UserError
from odoo.tests import Form, tagged
from odoo.tools import format_date

from ..common import broken
from ..plan_common import PlanCase


@tagged("post_install", "-at_install")
class TestTopUp(PlanCase):
    """A top-up: asked for once, charged at its price."""

    # === TOP-UP === #

    def test_a_top_up_asks_for_whole_gigabytes_and_keeps_its_price(self):
        package = self.env["product.product"].create(
            {
                "name": "5 GB extra",
                "type": "service",
                "mvno_top_up_gb": 5,
                "list_price": 15.0,
            }
        )
        self.line.action_top_up(product=package)
        command = self.line.open_command_id
        self.assertEqual((command.quantity, command.price), (5, 15.0))
        self.accept("saldo/adicionar")
        self.process()
        self.assertEqual(command.state, "done")
        self.assertEqual(
            [call.request.body for call in self.web.calls], [b'{"quantity": 5}']
        )
        for quantity in (0, -1, 1.5):
            with (
                self.subTest(quantity),
                self.assertRaisesRegex(UserError, "whole number of GB"),
            ):
                self.line.action_top_up(quantity)

    def test_what_is_given_away_is_a_manager_s(self):
        package = self.env["product.product"].create(
            {
                "name": "5 GB extra",
                "type": "service",
                "mvno_top_up_gb": 5,
                "list_price": 15.0,
            }
        )
        seen = self.line.with_user(self._make_user("ana", "tip_mvno.group_attendant"))
        for quantity, product, price in (
            (90, None, None),
            (None, package, 0.0),
            (None, package, 14.99),
            (90, None, 0.0),
        ):
            with (
                self.subTest(quantity=quantity, price=price),
                self.assertRaisesRegex(UserError, "Ask a manager"),
            ):
                seen.action_top_up(quantity, product, price)
        for user in (self.env.user, seen.env.user):
            line = self.line.with_user(user)
            with self.assertRaisesRegex(UserError, "not below zero"):
                line.action_top_up(product=package, price=-300.0)
            with self.assertRaisesRegex(UserError, "100 GB at most"):
                line.action_top_up(101)
        self.assertFalse(self.line.command_ids)
        seen.action_top_up(product=package, price=15.0)
        self.assertEqual(self.line.command_ids.price, 15.0)

    def test_a_top_up_whose_answer_was_lost_is_never_sent_again_by_itself(self):
        self.line.action_top_up(2)
        command = self.line.command_ids
        self.accept("saldo/adicionar", body=broken())
        self.process()
        self.assertEqual(command.state, "unknown")
        self.platform_says(
            "GET",
            f"/simcard/{self.line.simcard_id.iccid}/ultima-recarga",
            {"ultima_recarga": "2026-11-12", "codigo_status_tip": 0},
        )
        self.make_due(command)
        self.process()
        self.assertEqual(command.state, "needs_decision")
        self.assertIn(format_date(self.env, "2026-11-12"), command.error)
        self.assertEqual(len(self.asked("adicionar")), 1)
        self.line.action_block_total("theft")
        self.assertEqual(self.line.open_command_id.operation, "block_total")

    def test_a_top_up_is_asked_about_even_if_the_platform_stays_silent(self):
        self.line.action_top_up(2)
        command = self.line.command_ids
        self.accept("saldo/adicionar", body=broken())
        self.process()
        self.platform_says(
            "GET",
            f"/simcard/{self.line.simcard_id.iccid}/ultima-recarga",
            body=broken(),
        )
        for _read in range(3):
            self.make_due(command)
            self.process()
        self.assertEqual(command.state, "needs_decision")

    def test_the_top_up_dialog_offers_the_only_top_up(self):
        package = self.env["product.product"].create(
            {
                "name": "5 GB extra",
                "type": "service",
                "mvno_top_up_gb": 5,
                "list_price": 15.0,
            }
        )
        attendant = self._make_user("ana", "tip_mvno.group_attendant")
        dialog = Form(
            self.env["mvno.top.up"]
            .with_user(attendant)
            .with_context(active_id=self.line.id)
        )
        self.assertEqual(dialog.product_id, package)
        self.assertEqual((dialog.quantity, dialog.price), (5, 15.0))
        dialog.save().action_top_up()
        self.assertEqual(self.line.open_command_id.user_id, attendant)
