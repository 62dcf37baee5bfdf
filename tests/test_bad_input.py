"""What goes wrong is said in a sentence that says what to do, and changes nothing."""

import contextlib

from psycopg2.errors import CheckViolation

from odoo.exceptions import UserError
from odoo.tests import Form
from odoo.tools import mute_logger

from .case import PlatformCase, SynchronizedCase
from .provider import TOKEN


class Refusals:
    """How a test expects a refusal."""

    @contextlib.contextmanager
    def assert_refused(self, *words):
        """A refusal whose sentence holds each of these words, and no rows left."""
        with self.assertRaises(UserError) as refusal:
            yield
        for word in words:
            self.assertIn(word, str(refusal.exception))


class TestBadConnection(Refusals, PlatformCase):
    """Nothing has been read from the platform yet."""

    def test_wrong_token(self):
        platform = self.provider.platform
        platform.user_token = "another-token"
        platform.action_test_connection()
        self.assertEqual(platform.state, "error")
        self.assertIn("refused the token", platform.last_error)
        self.assertIn("Configuration > Platforms", platform.last_error)
        self.assertNotIn("another-token", platform.last_error)
        platform.user_token = TOKEN
        self.assertEqual(platform.state, "draft")
        platform.action_test_connection()
        self.assertEqual(platform.state, "connected")
        self.assertFalse(platform.last_error)

    def test_no_token(self):
        platform = self.provider.platform
        platform.user_token = False
        with self.assert_refused("has no token", "administrator"):
            platform.action_test_connection()
        with self.assert_refused("has no token"):
            platform.action_sync_plans()

    def test_address_with_a_token_in_it(self):
        with self.assert_refused("https://", "TIP"):
            self.provider.platform.base_url = "https://example.com/api?user_token=x"
        with self.assert_refused("https://"):
            self.provider.platform.base_url = "http://example.com/api"

    def test_nobody_at_the_address(self):
        self.provider.platform.base_url = "http://127.0.0.1:9/api/public"
        self.provider.platform.action_test_connection()
        self.assertIn("could not be reached", self.provider.platform.last_error)
        self.assertIn("nothing was sent", self.provider.platform.last_error)

    def test_sync_of_a_platform_that_is_down_is_tried_again(self):
        self.simulated.order_fault("plans", "server_error")
        self.provider.platform.action_sync_plans()
        self.drive("mvno.platform", "cron_sync")
        sync = self.provider.platform.sync_ids
        self.assertEqual(sync.state, "running")
        self.assertTrue(sync.message)
        sync.next_attempt = sync.create_date
        self.drive("mvno.platform", "cron_sync")
        self.assertEqual((sync.state, self.provider.platform.plan_count), ("done", 6))

    def test_a_plan_without_a_linked_code(self):
        with self.assert_refused("linked code", "synchronize"):
            self.env["product.template"].create(
                {
                    "name": "Sem vínculo",
                    "is_telephony": True,
                    "mvno_platform_id": self.provider.platform.id,
                }
            )


WAITING = ("activating", "pending")


class TestBadInput(Refusals, SynchronizedCase):
    def assert_nothing_sent(self):
        writes = [call for call in self.simulated.requests if call.effect]
        self.assertFalse(writes)
        self.assertFalse(self.env["mvno.command"].search([]))

    def provider_lines(self):
        """:return: a draft line of a new customer"""
        return self.provider.draft_lines(self.provider.customer(), [self.plan])

    def test_platform_down(self):
        lines = self.provider_lines()
        self.simulated.order_fault("*", "server_error", times=99)
        lines.action_activate()
        self.drive("mvno.command", "cron_process")
        # what was asked for waits, unsent, and says why
        self.assertEqual((lines.state, lines.command_ids.state), WAITING)
        self.assertIn("goes on by itself", lines.command_ids.error)
        self.assertFalse(self.simulated.calls("activate"))
        self.provider.platform.action_test_connection()
        self.assertEqual(self.provider.platform.state, "error")

    def test_unknown_plan_code(self):
        with self.assert_refused("999", "catalogue", "Synchronize"):
            self.provider.sell_plan(code="999")

    def test_a_sim_card_already_in_use_at_the_platform(self):
        """The stock read this morning said available; the platform knows better."""
        lines = self.provider_lines()
        self.simulated.set_status(lines.simcard_id.iccid, "cancelled")
        lines.action_activate()
        self.drive("mvno.command", "cron_process")
        self.assertEqual((lines.state, lines.command_ids.state), ("draft", "refused"))
        self.assertIn(lines.simcard_id.iccid, lines.command_ids.error)
        self.assertIn("Choose another one", lines.activity_ids.note)
        self.assertFalse(self.simulated.calls("activate"))

    def test_a_customer_without_address_hears_of_everything_at_once(self):
        customer_values = {
            "street": False,
            "street2": False,
            "district": False,
            "zip": False,
            "city": False,
            "city_id": False,
            "state_id": False,
            "vat": False,
            "birthdate_date": False,
        }
        customer = self.provider.customer(**customer_values)
        self.provider.contract(customer, [self.plan])
        dialog = self.provider.dialog(customer)
        with self.assert_refused(
            customer.name, "CPF", "birth date", "street", "CEP", "city", "neighborhood"
        ):
            dialog.action_subscribe()
        self.assert_nothing_sent()

    def test_a_ported_number_of_another_area_code(self):
        customer = self.provider.customer()
        self.provider.contract(customer, [self.plan])
        dialog = self.provider.dialog(customer)
        dialog.line_ids.write({"portability": True, "number": "(21) 98123-4567"})
        with self.assert_refused("keeps its DDD", "(21) 98123-4567"):
            dialog.action_subscribe()
        self.assertFalse(self.env["mvno.line"].search([]))

    def test_an_area_code_nobody_uses(self):
        customer = self.provider.customer()
        self.provider.contract(customer, [self.plan])
        dialog = self.provider.dialog(customer)
        dialog.line_ids.area_code = "20"
        with self.assert_refused("20", "no DDD in use"):
            dialog.action_save()

    def test_a_second_mobile_line_for_one_contract_line(self):
        line = self.provider_lines()
        with self.assert_refused("has no telephony plan without a mobile line"):
            dialog = Form(
                self.env["mvno.subscribe"].with_context(
                    default_partner_id=line.partner_id.id
                )
            ).save()
            dialog.action_save()

    @mute_logger("odoo.sql_db")
    def test_a_quantity_of_two_for_one_mobile_line(self):
        contract_line = self.provider_lines().contract_line_id
        with self.assertRaises(CheckViolation):
            contract_line.quantity = 2
            contract_line.flush_recordset()
