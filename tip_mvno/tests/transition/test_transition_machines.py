# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import tagged

from ..state_machine_common import StateMachineCase


@tagged("post_install", "-at_install")
class TestStateMachines(StateMachineCase):
    """The machines of this addon."""

    MODULE = "tip_mvno"

    # === ONE OF EACH === #

    def _machine_mvno_line(self):
        # a cancelled line has its day and reason, which come with the event
        return self._make_line(
            cancellation_date="2026-11-20", cancellation_reason="customer"
        )

    def _machine_mvno_command(self):
        return self._make_command()

    def _machine_mvno_plan_change(self):
        return self.env["mvno.plan.change"].create(
            {
                "line_id": self._make_line("active").id,
                "product_id": self._make_product(self._make_plan("0102", "9 GB")).id,
                "date": "2026-12-01",
            }
        )

    def _machine_mvno_portability(self):
        return self.env["mvno.portability"].create(
            {"line_id": self._make_line().id, "number": "+5511970001234"}
        )

    def _machine_mvno_drift(self):
        return self.env["mvno.drift"].create(
            {
                "platform_id": self.platform.id,
                "kind": "simcard_gone",
                "subject": "8955000000000009999",
            }
        )

    def _machine_mvno_adoption(self):
        return self.env["mvno.adoption"].create({"platform_id": self.platform.id})

    def _machine_mvno_sync(self):
        return self.env["mvno.sync"].create(
            {"platform_id": self.platform.id, "kind": "plans"}
        )

    def _machine_mvno_support_request(self):
        return self.env["mvno.support.request"].create(
            {"line_id": self._make_line("active").id, "kind": "other"}
        )

    # === TESTS === #

    def test_there_are_machines(self):
        found = {model._name for model in self.machines()}
        self.assertLessEqual({"mvno.line", "mvno.command"}, found)

    def test_each_table_names_the_states_of_its_field(self):
        self.check_tables()

    def test_no_state_is_typed_in(self):
        self.check_guard()

    def test_every_legal_transition(self):
        self.walk(self.check_legal, legal=True)

    def test_every_illegal_transition(self):
        self.walk(self.check_illegal, legal=False)
