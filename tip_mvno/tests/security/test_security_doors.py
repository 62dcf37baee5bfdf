# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..common import MvnoCase


@tagged("post_install", "-at_install")
class TestDoors(MvnoCase):
    """Running drivers and reading numbers without the right."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.attendant = cls._make_user("rita", "tip_mvno.group_attendant")
        cls.manager = cls._make_user("marta", "tip_mvno.group_manager")
        cls.line = cls._make_line("active")

    def test_drivers_are_not_for_everybody(self):
        """They have public names: any employee could run them, beside the cron."""
        for model, name in (
            ("mvno.platform", "cron_sync"),
            ("mvno.command", "cron_process"),
            ("mvno.line", "cron_poll"),
            ("mvno.portability", "cron_poll"),
        ):
            records = self.env[model].with_user(self.manager)
            with self.subTest(model), self.assertRaises(AccessError):
                getattr(records, name)()

    def test_a_portal_customer_reads_no_other_customers_numbers(self):
        portal = self._make_user("portal", "base.group_portal")
        contract_lines = self.env["contract.line"].with_user(portal)
        self.assertFalse(contract_lines.search([("mvno_line_id", "!=", False)]))
        contract = self.line.contract_id
        contract.message_subscribe(portal.partner_id.ids)
        self.assertEqual(contract_lines.search([]).ids, contract.contract_line_ids.ids)
