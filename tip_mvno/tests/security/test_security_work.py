# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import Form, tagged
from odoo.tools.safe_eval import safe_eval

from ..common import AVAILABLE, IN_USE, OTHER_CPF, MvnoCase

ATTENDANT, MANAGER = "tip_mvno.group_attendant", "tip_mvno.group_manager"
SYSTEM, INTERNAL = "base.group_system", "base.group_user"
ACCOUNTANT = "account.group_account_manager"
CONTRACT_VIEW = "contract.contract_contract_customer_form_view"


@tagged("post_install", "-at_install")
class TestAccessWork(MvnoCase):
    """Everybody's daily work, with the rights of the group and no more."""

    def _as(self, group):
        """Become a user who is in this group only."""
        self.user = self._make_user(f"user of {group}", group)
        self.env.flush_all()
        return self.env(user=self.user)

    def _open(self, env, action, records=None):
        """Open an action's views, and the records in their form."""
        action = env["ir.actions.act_window"]._for_xml_id(f"tip_mvno.{action}")
        model = env[action["res_model"]].with_context(
            **safe_eval(action["context"] or "{}", {"uid": env.uid})
        )
        model.get_views([(False, "search"), *action["views"]])
        model.search(safe_eval(action["domain"] or "[]"), limit=1)
        views = {kind: view for view, kind in action["views"]}
        if records is not None:
            Form(model.browse(records.ids), view=views.get("form"))
        return model

    # === ATTENDANT === #

    def test_an_attendant_opens_every_screen_of_the_trade(self):
        line = self._make_line("active")
        self.env["mvno.line.hold"].create({"line_id": line.id, "reason": "theft"})
        port_in = self.env["mvno.portability"].create(
            {"line_id": line.id, "number": "+5511912340003"}
        )
        env = self._as(ATTENDANT)
        for action, records in (
            ("res_partner_subscriber_action", self.partner),
            ("contract_contract_action", line.contract_id),
            ("mvno_line_action", line),
            ("mvno_simcard_action", line.simcard_id),
            ("mvno_simcard_move_action", None),
            ("mvno_simcard_transfer_action", None),
            ("mvno_simcard_count_action", None),
            ("mvno_simcard_defect_action", None),
            ("mvno_portability_action", port_in),
            ("mvno_usage_action", None),
            ("mvno_subscribe_action", None),
            ("mvno_usage_fetch_action", None),
            ("mvno_block_action", None),
        ):
            with self.subTest(action):
                self._open(env, action, records)

    def test_an_attendant_makes_a_contract_without_accounting_rights(self):
        env = self._as(ATTENDANT)
        self.assertFalse(self.user.has_group("account.group_account_invoice"))
        model = self._open(env, "contract_contract_action")
        form = Form(model, view=CONTRACT_VIEW)
        form.name = "Telefonia"
        form.partner_id = self.partner.with_env(env)
        with form.contract_line_ids.new() as line:
            line.product_id = self.product.with_env(env)
        contract = form.save()
        self.assertEqual(contract.contract_line_ids.price_unit, 59.9)
        with Form(contract, view=CONTRACT_VIEW) as form:
            form.code = "C-1"
            with form.contract_line_ids.new() as line:
                line.product_id = self.product.with_env(env)
        self.assertEqual(len(contract.contract_line_ids), 2)

    def test_an_attendant_subscribes_blocks_and_unblocks(self):
        self._make_contract()
        simcard = self._make_simcards()
        env = self._as(ATTENDANT)
        partner = self.partner.with_env(env)
        context = partner.action_mvno_subscribe()["context"]
        dialog = Form(env["mvno.subscribe"].with_context(**context))
        with dialog.line_ids.edit(0) as row:
            row.simcard_id = simcard.with_env(env)
            row.area_code = "11"
            row.portability = True
            row.number = "(11) 91234-0003"
            row.donor = "Outra"
        action = dialog.save().action_subscribe()
        line = env["mvno.line"].browse(action["res_id"])
        self.sim_says(simcard, AVAILABLE)
        self.write_says(simcard, "ativar")
        self.sim_says(simcard, IN_USE, numero="11912345678")
        self.process(line.sudo().open_command_id)
        self.assertEqual((line.state, line.number), ("active", "+5511912345678"))
        self.assertEqual(line.command_ids.user_id, self.user)
        env["mvno.block"].create(
            {"line_ids": line.ids, "reason": "loss"}
        ).action_block()
        self.assertEqual(line.open_command_id.reason, "loss")
        line.action_unblock()
        self.assertEqual(line.hold_level, "none")
        path = f"/portabilidade/status/{simcard.iccid}"
        self.platform_says("GET", path, {"status": "AGUARDANDO JANELA"})
        line.action_refresh()
        self.assertEqual(line.portability_id.state, "awaiting_window")
        simcard.with_env(env).action_refresh()
        self.assertTrue(line.read())

    def test_an_attendant_deletes_a_draft_made_by_mistake(self):
        line = self._make_line()
        line.with_env(self._as(ATTENDANT)).unlink()
        self.assertFalse(line.exists())

    def test_an_attendant_asks_for_the_usage_of_a_month(self):
        env = self._as(ATTENDANT)
        self.platform_says("POST", "/consumo-consolidado", {"results": []})
        Form(env["mvno.usage.fetch"]).save().action_fetch()

    def test_an_attendant_corrects_a_customers_address(self):
        partner = self._make_partner(name="João Exemplo", vat=OTHER_CPF, zip=False)
        self._make_contract(partner=partner)
        env = self._as(ATTENDANT)
        with Form(partner.with_env(env)) as form:
            form.zip = "01310-100"
        self.assertFalse(partner._mvno_identity_problems())

    # === MANAGER === #

    def test_a_manager_opens_the_screens_of_the_manager(self):
        command = self._make_block()
        env = self._as(MANAGER)
        for action, records in (
            ("mvno_platform_action", self.platform),
            ("mvno_plan_action", self.plan),
            ("mvno_command_action", command),
            ("product_template_telephony_action", self.product.product_tmpl_id),
        ):
            with self.subTest(action):
                self._open(env, action, records)

    def test_a_manager_sets_up_a_plan_for_sale(self):
        env = self._as(MANAGER)
        with Form(self._open(env, "product_template_telephony_action")) as form:
            form.name = "Plano"
            form.is_telephony = True
            form.mvno_platform_id = self.platform.with_env(env)
            form.mvno_plan_id = self.plan.with_env(env)
            form.list_price = 49.9
            form.contract_months = 12
        self.assertEqual(form.record.mvno_plan_code, "0101")

    def test_a_manager_tests_and_synchronizes_without_seeing_the_token(self):
        platform = self.platform.with_env(self._as(MANAGER))
        self.platform_says("GET", "/planos", {"data": []})
        platform.action_test_connection()
        platform.action_sync_plans()
        platform.action_sync_simcards()
        self.assertEqual(platform.state, "connected")
        with Form(platform) as form:
            form.name = "Renamed"
        self.assertTrue(self.platform.user_token)

    # === SETTINGS ADMINISTRATOR === #

    def test_an_administrator_without_mvno_groups_registers_a_platform(self):
        """The counts of lines and SIM cards used to be forbidden to him."""
        env = self._as(SYSTEM)
        with Form(env["mvno.platform"]) as form:
            form.name = "Second"
            form.base_url = "http://127.0.0.1:1/api/public"
            form.user_token = "another"
        platform = form.record
        self.platform_says("GET", "/planos", {"data": []})
        platform.action_test_connection()
        platform.action_sync_plans()
        self.assertEqual((platform.state, platform.line_count), ("connected", 0))
        Form(platform)

    # === OTHERS === #

    def test_an_accountant_works_on_contracts_with_mobile_lines(self):
        line = self._make_line("active")
        env = self._as(ACCOUNTANT)
        contract = line.contract_id.with_env(env)
        with Form(contract, view=CONTRACT_VIEW) as form:
            form.code = "C-1"
            with form.contract_line_ids.edit(0) as row:
                row.date_start = "2026-01-10"
            with form.contract_line_ids.new() as row:
                row.product_id = self.product.with_env(env)
        self.assertEqual(len(contract.contract_line_ids), 2)
        env["contract.line"].create(
            {"contract_id": contract.id, "product_id": self.product.id}
        )
        plan = self._make_product(self._make_plan("0102", "10 GB"))
        line.contract_line_id.with_env(env).product_id = plan.with_env(env)

    def test_an_internal_user_opens_a_subscriber(self):
        self._make_line("active")
        env = self._as(INTERNAL)
        env["res.partner"].get_views([(False, "form"), (False, "list")])
        Form(self.partner.with_env(env))

    def test_a_contacts_user_edits_a_subscriber(self):
        self._make_line("active")
        env = self._as(f"{INTERNAL},base.group_partner_manager")
        with Form(self.partner.with_env(env)) as form:
            form.phone = "+5511999990000"
