# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import tagged

from odoo.addons.tip_mvno.tests.state_machine_common import StateMachineCase

from .billing_common import NOVEMBER, OCTOBER


@tagged("post_install", "-at_install")
class TestBillingStateMachines(StateMachineCase):
    """The machines of billing."""

    MODULE = "tip_mvno_billing"

    # === ONE OF EACH === #

    def _machine_mvno_billing_run(self):
        return self.env["mvno.billing.run"].create(
            {"platform_id": self.platform.id, "competence": NOVEMBER}
        )

    def _machine_mvno_billing_item(self):
        return self.env["mvno.billing.item"].create(
            {
                "contract_line_id": self._make_contract().contract_line_ids.id,
                "competence": NOVEMBER,
                "period_start": NOVEMBER,
                "period_end": NOVEMBER,
            }
        )

    def _machine_mvno_billing_fact(self):
        return self.env["mvno.billing.fact"].create(
            {
                "item_id": self._machine_mvno_billing_item().id,
                "competence": NOVEMBER,
                "kind": "cancellation",
                "days": "21-30",
                "learnt_on": "2026-12-05",
            }
        )

    def _machine_mvno_billing_charge(self):
        line = self._make_contract().contract_line_ids
        return self.env["mvno.billing.charge"].create(
            {
                "mvno_line_id": self._make_line("active", line).id,
                "contract_line_id": line.id,
                "product_id": self.product.id,
                "price": 10.0,
                "text": "SIM card",
                "date": NOVEMBER,
                "competence": NOVEMBER,
            }
        )

    def _machine_mvno_platform_bill(self):
        return self.env["mvno.platform.bill"].create(
            {"platform_id": self.platform.id, "competence": NOVEMBER}
        )

    def _machine_mvno_statement(self):
        return self.env["mvno.statement"].create(
            {"platform_id": self.platform.id, "competence": OCTOBER}
        )

    # === TESTS === #

    def test_the_machines_of_billing(self):
        self.assertEqual(
            [model._name for model in self.machines()],
            [
                "mvno.billing.charge",
                "mvno.billing.fact",
                "mvno.billing.item",
                "mvno.billing.run",
                "mvno.platform.bill",
                "mvno.statement",
            ],
        )

    def test_each_table_names_the_states_of_its_field_and_reaches_them_all(self):
        self.check_tables()

    def test_no_state_is_typed_in(self):
        self.check_guard()

    def test_every_legal_transition(self):
        self.walk(self.check_legal, legal=True)

    def test_every_illegal_transition(self):
        self.walk(self.check_illegal, legal=False)
