# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.hold.mvno_line import STATE_OF_LEVEL
from ...models.line.mvno_line import TRANSITIONS
from ..common import MvnoCase

EVENTS = {event for events in TRANSITIONS.values() for event in events}


@tagged("post_install", "-at_install")
class TestMvnoLine(MvnoCase):
    """The record: its states, its SIM card, its contract line, its number."""

    # === STATES === #

    def test_every_state_of_the_table_is_one_of_the_field(self):
        states = set(dict(self.env["mvno.line"]._fields["state"].selection))
        self.assertEqual(set(TRANSITIONS), states)
        targets = {to for events in TRANSITIONS.values() for to in events.values()}
        self.assertLessEqual(targets, states)
        live_states = set(self.env["mvno.line"]._live_states)
        self.assertEqual(set(STATE_OF_LEVEL.values()), live_states)

    def test_every_pair_of_state_and_event(self):
        line = self._make_line()
        line.cancellation_date = "2026-11-20"
        for state, events in TRANSITIONS.items():
            for event in EVENTS:
                with self.subTest(state=state, event=event):
                    line.state = state
                    if event in events:
                        line._transition(event)
                        self.assertEqual(line.state, events[event])
                    else:
                        with self.assertRaises(UserError):
                            line._transition(event)
                        self.assertEqual(line.state, state)

    def test_lines_of_different_states_change_together_or_not_at_all(self):
        draft, active = self._make_line(), self._make_line("active")
        blocked = self._make_line("blocked")
        with self.assertRaisesRegex(UserError, "is To activate"):
            (active | draft)._transition("block_total")
        self.assertEqual(active.state, "active")
        (active | blocked)._transition("block_partial")
        self.assertEqual((active | blocked).mapped("state"), ["partially_blocked"] * 2)

    def test_a_change_tells_why(self):
        line = self._make_line("active")
        line._transition("block_total", "because <b>")
        self.assertIn("because &lt;b&gt;", line.message_ids[0].body)

    # === WHAT NOBODY TYPES IN === #

    def test_what_the_platform_decides_cannot_be_typed_in(self):
        attendant = self._make_user("attendant", "tip_mvno.group_attendant")
        line = self._make_line().with_user(attendant)
        for name in (
            "state",
            "number",
            "platform_contract",
            "platform_status",
            "activation_date",
            "cancellation_date",
            "cancellation_reason",
            "hold_version",
        ):
            with self.subTest(name), self.assertRaises(AccessError):
                line.write({name: False})
        with self.assertRaises(AccessError):
            self.env["mvno.line"].with_user(attendant).create(
                {
                    "platform_id": self.platform.id,
                    "partner_id": self.partner.id,
                    "area_code": "11",
                    "state": "active",
                }
            )

    def test_what_the_platform_decides_cannot_come_in_as_a_default(self):
        """RPC takes a context: default_state used to make an active line."""
        attendant = self._make_user("attendant", "tip_mvno.group_attendant")
        lines = self.env["mvno.line"].with_user(attendant)
        with self.assertRaises(AccessError):
            lines.with_context(default_state="cancelled").create(
                {
                    "platform_id": self.platform.id,
                    "partner_id": self.partner.id,
                    "area_code": "11",
                    "simcard_id": self._make_simcards().id,
                }
            )

    def test_a_line_in_service_keeps_its_holder_platform_and_area(self):
        """What the platform was told cannot be rewritten here behind its back."""
        attendant = self._make_user("attendant", "tip_mvno.group_attendant")
        line = self._make_line("active").with_user(attendant)
        other = self._make_partner(name="Outro Exemplo")
        for vals in (
            {"partner_id": other.id},
            {"area_code": "21"},
            {"simcard_id": self._make_simcards().id},
            {"platform_id": self._make_platform(name="Other").id},
        ):
            with self.subTest(vals), self.assertRaises(UserError):
                line.write(vals)
        draft = self._make_line().with_user(attendant)
        draft.write({"area_code": "21"})
        self.assertEqual(draft.area_code, "21")

    # === SIM CARDS === #

    def test_a_draft_line_reserves_its_simcard(self):
        line = self._make_line()
        first, second = line.simcard_id, self._make_simcards()
        self.assertEqual(first.state, "reserved")
        line.simcard_id = second
        self.assertEqual((first.state, second.state), ("available", "reserved"))
        line.contract_line_ids.mvno_line_id = False
        line.unlink()
        self.assertEqual(second.state, "available")

    @mute_logger("odoo.sql_db")
    def test_a_simcard_serves_one_line(self):
        line = self._make_line("active")
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self._make_line(simcard_id=line.simcard_id.id)
        line.write({"state": "cancelled", "cancellation_date": "2026-11-20"})
        line.flush_recordset()
        self.assertTrue(self._make_line(simcard_id=line.simcard_id.id))

    def test_a_simcard_of_another_platform_is_refused(self):
        other = self._make_platform(name="Other")
        simcard = self._make_simcards(platform=other)
        with self.assertRaisesRegex(ValidationError, "belongs to platform Other"):
            self._make_line(simcard_id=simcard.id)

    @mute_logger("odoo.sql_db")
    def test_a_line_is_not_activated_without_a_simcard(self):
        line = self._make_line(simcard_id=False)
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            line.state = "activating"
            line.flush_recordset()

    def test_a_copy_of_a_line_is_a_draft_without_simcard_and_number(self):
        line = self._make_line("active")
        copy = line.copy()
        self.assertEqual(copy.state, "draft")
        self.assertFalse(copy.simcard_id or copy.number or copy.contract_line_ids)

    # === NUMBERS AND AREAS === #

    @mute_logger("odoo.sql_db")
    def test_a_number_is_kept_as_e164(self):
        line = self._make_line("active")
        for number in ("+5511987654321", "+551133334444"):
            line.number = number
            line.flush_recordset()
        for number in ("11987654321", "+351912345678", "+5501987654321", ""):
            with (
                self.subTest(number),
                self.assertRaises(IntegrityError),
                self.cr.savepoint(),
            ):
                line.number = number
                line.flush_recordset()

    def test_an_area_code_is_one_in_use(self):
        with self.assertRaisesRegex(ValidationError, "25 is no DDD in use"):
            self._make_line(area_code="25")

    def test_a_line_is_named_by_its_number_then_its_simcard_then_its_customer(self):
        line = self._make_line(simcard_id=False)
        self.assertEqual(line.display_name, "New line of Maria Exemplo")
        line.simcard_id = self._make_simcards()
        self.assertEqual(line.display_name, line.simcard_id.iccid)
        line.number = "+5511987654321"
        self.assertEqual(line.display_name, "(11) 98765-4321")
        line.number = "+551133334444"
        self.assertEqual(line.display_name, "(11) 3333-4444")

    def test_a_line_is_found_by_number_simcard_and_customer(self):
        line = self._make_line("active")
        line.number = "+5511987650001"
        found = self.env["mvno.line"].name_search
        for text in ("(11) 98765-0001", "98765 0001", line.simcard_id.iccid, "Maria"):
            with self.subTest(text):
                self.assertIn(line.id, [row[0] for row in found(text)])

    # === CONTRACT LINES === #

    def test_the_latest_contract_line_pays(self):
        line = self._make_line("active")
        first = line.contract_line_id
        self.assertEqual(line.product_id, self.product)
        other = self._make_product(self._make_plan("0102", "10 GB"))
        successor = self._make_contract(product=other).contract_line_ids
        first.write({"date_start": "2026-01-10", "date_end": "2026-02-28"})
        successor.write({"date_start": "2026-03-01", "mvno_line_id": line.id})
        self.assertEqual(line.contract_line_id, successor)
        self.assertEqual(line.product_id, other)
        successor.is_canceled = True
        self.assertEqual(line.contract_line_id, first)

    # === DELETING === #

    def test_a_draft_made_by_mistake_can_be_deleted(self):
        """Its contract line used to forbid it, and is free again afterwards."""
        line = self._make_line()
        contract_line = line.contract_line_id
        line.unlink()
        self.assertFalse(contract_line.mvno_line_id)
        domain = contract_line._without_mobile_line_domain()
        self.assertIn(contract_line, contract_line.search(domain))

    def test_a_line_with_a_history_stays(self):
        active = self._make_line("active")
        refused = self._make_line()
        self._make_command(refused, "activate", "refused")
        for line in active | refused:
            with self.assertRaisesRegex(UserError, "stays on record"):
                line.unlink()

    @mute_logger("odoo.sql_db")
    def test_a_customer_with_lines_is_not_deleted(self):
        partner = self._make_partner(name="João Exemplo", vat=False)
        line = self._make_line("active")
        line.partner_id = partner
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            partner.unlink()
        partner.action_archive()
        self.assertEqual(line.partner_id, partner)

    # === WARNINGS === #

    def test_a_line_warns_of_what_a_person_must_look_at(self):
        line = self._make_line("active")
        self.assertFalse(line.warning)
        line.simcard_id.state = "cancelled"
        line.platform_status = "CANCELADO"
        self.assertIn("CANCELADO", line.warning)
        self._make_command(line, state="needs_decision")
        self.assertIn("decision", line.warning)

    # === READING MANY === #

    def test_a_list_of_lines_costs_no_query_each(self):
        def read(lines):
            fields = {
                name: {}
                for name in (
                    "display_name",
                    "number",
                    "state",
                    "warning",
                    "hold_level",
                )
            }
            for name in ("partner_id", "product_id", "simcard_id", "open_command_id"):
                fields[name] = {"fields": {"display_name": {}}}
            return lambda: lines.web_read(fields)

        contract = self._make_contract(count=30)
        lines = self.env["mvno.line"].create(
            [
                {
                    "platform_id": self.platform.id,
                    "partner_id": self.partner.id,
                    "simcard_id": simcard.id,
                    "area_code": "11",
                    "contract_line_ids": [Command.link(contract_line.id)],
                }
                for contract_line, simcard in zip(
                    contract.contract_line_ids, self._make_simcards(30), strict=True
                )
            ]
        )
        lines.state = "active"
        for line in lines:
            self._make_command(line)
        few = self.count_queries(read(lines[:3]))
        self.assertEqual(self.count_queries(read(lines)), few)
