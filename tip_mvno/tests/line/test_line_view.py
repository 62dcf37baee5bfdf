# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from freezegun import freeze_time

from odoo.tests import Form, tagged

from ..common import OTHER_CPF
from ..line_view_common import NOON, LineViewCase


@tagged("post_install", "-at_install")
@freeze_time(NOON)
class TestLineView(LineViewCase):
    """What an attendant sees of a line at a glance."""

    # === NICKNAME === #

    def test_an_attendant_gives_a_nickname_in_any_state(self):
        number = self.line.display_name
        for state in ("draft", "activating", "active", "blocked"):
            with self.subTest(state):
                line = self._make_line()
                line.state = state
                with Form(line.with_user(self.attendant)) as form:
                    form.nickname = f"{state} phone"
                self.assertIn(f"– {state} phone", line.display_name)
        self.seen.nickname = "daughter's phone"
        self.assertEqual(self.line.display_name, f"{number} – daughter's phone")
        self.seen.nickname = False
        self.assertEqual(self.line.display_name, number)

    def test_a_line_is_found_by_its_nickname(self):
        self.line.nickname = "daughter's phone"
        found = self.env["mvno.line"].name_search("daughter")
        self.assertEqual([row[0] for row in found], self.line.ids)

    # === MANY === #

    def test_a_list_of_many_lines_costs_no_more_queries_than_of_few(self):
        partner = self._make_partner(name="Outra Pessoa", vat=OTHER_CPF)
        contract = self._make_contract(24, partner=partner)
        lines = self.env["mvno.line"]
        for contract_line in contract.contract_line_ids:
            line = self._make_line("active", contract_line)
            self._used(line, data_mb=10)
            lines |= line
        lines.sudo()._hold("total", "nonpayment", False, "test")
        names = (
            "display_name",
            "hold_in_force_ids",
            "usage_data_text",
            "usage_data_percent",
            "platform_status_text",
            "commitment_end",
            "monthly_value",
            "balance_text",
            "warning",
        )

        def read(some):
            return lambda: some.with_user(self.attendant).read(names)

        self.count_queries(read(lines))  # what is cached for good
        few = self.count_queries(read(lines[:3]))
        self.assertEqual(self.count_queries(read(lines[3:])), few)

    def test_the_form_and_the_list_open_for_an_attendant(self):
        self._used(data_mb=10)
        self.line.action_block_total("theft")
        with Form(self.seen) as form:
            self.assertTrue(form.usage_data_text)
        draft = self._make_line().with_user(self.attendant)
        with Form(draft) as form:
            self.assertFalse(form.balance_text)
        views = self.seen.get_views([(False, "list"), (False, "kanban")])
        self.assertIn("nickname", views["views"]["list"]["arch"])
