# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..common import MvnoCase


@tagged("post_install", "-at_install")
class TestPayer(MvnoCase):
    """A mobile line is paid for once at a time, by its customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.attendant = cls._make_user("rita", "tip_mvno.group_attendant")
        cls.manager = cls._make_user("marta", "tip_mvno.group_manager")
        cls.line = cls._make_line("active")

    def test_one_mobile_line_is_paid_once_at_a_time(self):
        contract_line = self.line.contract_line_id
        values = {
            "contract_id": contract_line.contract_id.id,
            "product_id": self.product.id,
            "mvno_line_id": self.line.id,
        }
        contract_lines = self.env["contract.line"].with_user(self.manager)
        with (
            self.assertRaisesRegex(ValidationError, "pays for"),
            self.cr.savepoint(),
        ):
            contract_lines.create(values)
        contract_line.write({"date_start": "2026-01-01", "date_end": "2026-01-31"})
        contract_lines.create({**values, "date_start": "2026-02-01"})

    def test_a_stranger_does_not_pay_for_a_line(self):
        stranger = self._make_partner(name="Outra Pessoa")
        contract_line = self._make_contract(partner=stranger).contract_line_ids
        self.line.contract_line_id.write(
            {"date_start": "2020-01-01", "date_end": "2020-01-31"}
        )
        with self.assertRaisesRegex(ValidationError, "another customer"):
            contract_line.with_user(self.attendant).mvno_line_id = self.line
