# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..common import MvnoCase


@tagged("post_install", "-at_install")
class TestGuard(MvnoCase):
    """What the platform tells, or a request decides, nobody writes over RPC."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.attendant = cls._make_user("rita", "tip_mvno.group_attendant")
        cls.manager = cls._make_user("marta", "tip_mvno.group_manager")
        cls.line = cls._make_line("active")

    def test_a_computed_value_cannot_be_written_over_rpc(self):
        """hold_level decides about blocks, product_id about the plan that is asked."""
        line = self.line.with_user(self.attendant)
        for name in ("hold_level", "product_id", "contract_line_id", "company_id"):
            with self.subTest(name), self.assertRaises(AccessError):
                line.write({name: False})
        port_in = self.env["mvno.portability"].create(
            {"line_id": self._make_line().id, "number": "+5511912340001"}
        )
        with self.assertRaises(AccessError):
            port_in.with_user(self.attendant).partner_id = self.partner

    def test_nobody_acts_in_another_s_name(self):
        """The context of a remote call is the caller's."""
        admin = self.env.ref("base.user_admin")
        for context in (
            {"mvno_actor": admin.id},
            {"mvno_actor": {"value": admin.id}},
            {"mvno_identity_since": "2020-01-01 00:00:00"},
        ):
            line = self._make_line("active").with_user(self.attendant)
            line = line.with_context(**context)
            with self.subTest(context):
                line.action_block_total("customer", origin="Administrator")
                self.assertEqual(line.hold_ids.origin, self.attendant.name)
                users = line.command_ids.user_id
                self.assertEqual(users, self.attendant)
        command = self._make_block().with_user(self.manager)
        command.with_context(mvno_actor=admin.id).action_cancel()
        self.assertEqual(command.transition_ids.user_id, self.manager)

    def test_a_managers_rights_do_not_reopen_a_request(self):
        """A request written back to pending would be sent a second time, blind."""
        command = self._make_block().with_user(self.manager)
        for vals in ({"state": "pending"}, {"attempts": 0}, {"operation": "unblock"}):
            with self.subTest(vals), self.assertRaises(AccessError):
                command.write(vals)
        command.action_cancel()
        self.assertEqual(command.state, "cancelled")
