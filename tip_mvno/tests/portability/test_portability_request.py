# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..common import MvnoCase


@tagged("post_install", "-at_install")
class TestPortInRequest(MvnoCase):
    """How a port-in is asked for, and when no more."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.attendant = cls._make_user("rita", "tip_mvno.group_attendant")
        cls.manager = cls._make_user("marta", "tip_mvno.group_manager")
        cls.line = cls._make_line("active")

    def test_a_default_meant_for_the_line_does_not_hinder_its_port_in(self):
        line = self._make_line()
        port_ins = self.env["mvno.portability"].with_user(self.attendant)
        port_ins.with_context(default_partner_id=self.partner.id).create(
            {"line_id": line.id, "number": "+5511912340002"}
        )
        self.assertEqual(line.portability_id.partner_id, self.partner)

    def test_no_port_in_after_the_activation(self):
        """It could never be sent, and would keep the line from being billed."""
        port_ins = self.env["mvno.portability"].with_user(self.attendant)
        with self.assertRaisesRegex(UserError, "with the activation only"):
            port_ins.create({"line_id": self.line.id, "number": "+5511912340003"})
        unsent = port_ins.create(
            {"line_id": self._make_line().id, "number": "+5511912340004"}
        )
        with self.assertRaisesRegex(UserError, "with the activation only"):
            unsent.line_id = self.line
