# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import MvnoCase


@tagged("post_install", "-at_install")
class TestReview(MvnoCase):
    """Doors that a reviewer found open."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.attendant = cls._make_user("rita", "tip_mvno.group_attendant")
        cls.manager = cls._make_user("marta", "tip_mvno.group_manager")
        cls.line = cls._make_line("active")

    # === WRITING PAST THE BUTTONS === #

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

    def test_a_managers_rights_do_not_reopen_a_request(self):
        """A request written back to pending would be sent a second time, blind."""
        command = self._make_block().with_user(self.manager)
        for vals in ({"state": "pending"}, {"attempts": 0}, {"operation": "unblock"}):
            with self.subTest(vals), self.assertRaises(AccessError):
                command.write(vals)
        command.action_cancel()
        self.assertEqual(command.state, "cancelled")

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

    def test_one_mobile_line_is_paid_once_at_a_time(self):
        contract_line = self.line.contract_line_id
        values = {
            "contract_id": contract_line.contract_id.id,
            "product_id": self.product.id,
            "mvno_line_id": self.line.id,
        }
        contract_lines = self.env["contract.line"].with_user(self.attendant)
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

    # === RUNNING AND READING WITHOUT THE RIGHT === #

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

    def test_a_platform_in_use_stays_in_its_company(self):
        """Its call records belong to the company that collected them."""
        other = self.env["res.company"].create({"name": "Other"})
        with self.assertRaisesRegex(ValidationError, "its company stays"):
            self.platform.company_id = other
        unused = self._make_platform(name="Unused")
        unused.company_id = other

    # === WHAT NOBODY FORESAW === #

    def test_an_address_that_is_none_is_refused_in_words(self):
        with self.assertRaisesRegex(ValidationError, "must start with https"):
            self.platform.base_url = "https://["

    @mute_logger("odoo.addons.tip_mvno.models.platform.mvno_sync")
    def test_an_answer_that_cannot_be_kept_does_not_stop_other_platforms(self):
        other = self._make_platform(name="Other")
        self.env["mvno.sync"]._request(self.platform + other, "plans")
        self.platform_says("GET", "/planos", {"results": []})
        mirror = self.registry["mvno.plan"]._mirror

        def broken(records, platform, catalogue):
            if platform.name == "TIP":
                raise ZeroDivisionError("secret")
            return mirror(records, platform, catalogue)

        self.patch(self.registry["mvno.plan"], "_mirror", broken)
        self.cron("sync")
        self.assertEqual(other.sync_ids.state, "done")
        sync = self.platform.sync_ids
        self.assertEqual((sync.state, sync.failures), ("running", 1))
        self.assertIn("ZeroDivisionError", sync.message)
        self.assertNotIn("secret", sync.message)

    @mute_logger("odoo.addons.tip_mvno.models.command.mvno_command_driver")
    def test_a_request_that_cannot_be_prepared_does_not_stop_the_others(self):
        broken, sound = self._make_block(), self._make_block()
        commands = self.registry["mvno.command"]
        prepare = commands._prepare_call

        def faulty(command, client):
            if command == broken:
                raise ZeroDivisionError
            return prepare(command, client)

        self.platform_says("POST", f"/simcard/{sound.simcard_id.iccid}/bloquear")
        with patch.object(commands, "_prepare_call", faulty):
            self.process()
        self.assertEqual(broken.state, "pending")
        self.assertNotEqual(sound.state, "pending")

    def test_many_requests_of_one_transaction_are_the_crons_work(self):
        """Each used to be sent on its own after the commit, with 8 s each."""
        for _i in range(2):
            self._make_block()
        sent = []

        def process(commands, **kwargs):
            sent.append(kwargs["command_ids"])

        self.patch(self.registry["mvno.command"], "_process", process)
        self.env.cr.postcommit.run()
        self.assertEqual([len(ids) for ids in sent], [2])
        for _i in range(4):
            self._make_block()
        self.env.cr.postcommit.run()
        self.assertEqual(len(sent), 1)
