"""What people do in the browser, clicked through in a real one."""

from odoo.tests import new_test_user

from .provider import TOKEN, Provider
from .story import Story
from .tour_case import TourCase

NUMBER = "11981234567"


class TestPlatformTour(TourCase):
    def test_register_a_platform_and_read_its_plans_and_sim_cards(self):
        new_test_user(
            self.env,
            "tour_admin",
            "base.group_system,tip_mvno.group_attendant",
            lang="en_US",
        )
        self.run_tour(
            "mvno_platform", "tour_admin", address=self.simulated.url, token=TOKEN
        )
        platform = self.env["mvno.platform"].search(
            [("base_url", "=", self.simulated.url)]
        )
        self.assertEqual(platform.state, "connected")
        self.assertEqual(platform.plan_count, 6)
        self.assertEqual(platform.simcard_count, 60)


class TestSubscribeTour(TourCase):
    def setUp(self):
        super().setUp()
        provider = Provider(self.env, self.simulated, drive=self.drive)
        provider.synchronize()
        self.customer = provider.customer()
        self.contract = provider.contract(self.customer, [provider.sell_plan()])
        self.simcard = self.env["mvno.simcard"].search(
            [
                ("platform_id", "=", provider.platform.id),
                ("state", "=", "available"),
            ],
            limit=1,
        )

    def test_an_attendant_subscribes_a_customer_who_brings_a_number(self):
        new_test_user(
            self.env, "tour_attendant", "tip_mvno.group_attendant", lang="en_US"
        )
        self.run_tour(
            "mvno_subscribe", "tour_attendant", iccid=self.simcard.iccid, number=NUMBER
        )
        line = self.contract.contract_line_ids.mvno_line_id
        self.assertEqual(line.state, "active")
        self.assertEqual(line.simcard_id, self.simcard)
        self.assertEqual(line.portability_ids.number, f"+55{NUMBER}")
        self.assertEqual(line.portability_ids.state, "requested")
        [effect] = self.simulated.effects("activate", self.simcard.iccid)
        self.assertTrue(effect)


class TestMonthTour(TourCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.story = Story(
            cls.env,
            cls.simulated.url,
            TOKEN,
            today=cls.now.date(),
            commit=cls.env.flush_all,
            drive=cls.drive,
        )
        for step in (
            cls.story.set_up_company,
            cls.story.register_platform,
            cls.story.synchronize,
            cls.story.sell_plans,
            cls.story.sign_contracts,
            cls.story.subscribe,
        ):
            step()
        cls.simulated.set_clock(cls.now)
        new_test_user(
            cls.env,
            "tour_manager",
            "tip_mvno.group_manager,account.group_account_invoice",
            lang="en_US",
            # the month that is over is the platform's
            tz="America/Sao_Paulo",
        )
        cls.competence = cls.story.competence

    def test_a_manager_imports_the_statement_of_last_month(self):
        self.run_tour(
            "mvno_statement", "tour_manager", competence=f"{self.competence:%m/%Y}"
        )
        statement = self.env["mvno.statement"].search(
            [("platform_id", "=", self.story.platform.id)]
        )
        self.assertEqual(statement.competence, self.competence)
        self.assertEqual(statement.state, "done")
        self.assertEqual(statement.line_ids.mvno_line_id, self.story.lines)

    def test_a_manager_bills_last_month(self):
        self.run_tour("mvno_billing", "tour_manager")
        run = self.env["mvno.billing.run"].search(
            [("platform_id", "=", self.story.platform.id)]
        )
        self.assertEqual(run.state, "done")
        self.assertEqual(run.competence, self.competence)
        self.assertEqual(run.invoice_ids.partner_id, self.story.customers)
        self.assertFalse(run.issue_ids)


class TestLineTour(TourCase):
    def setUp(self):
        super().setUp()
        self.provider = Provider(self.env, self.simulated, drive=self.drive)
        self.provider.synchronize()
        small, self.large = (
            self.provider.sell_plan("102"),
            self.provider.sell_plan("103", 79.9),
        )
        self.line = self.provider.draft_lines(self.provider.customer(), [small])
        self.line.action_activate()
        self.drive("mvno.command", "cron_process")
        self.assertEqual(self.line.state, "active")
        self.person = new_test_user(
            self.env, "tour_attendant", "tip_mvno.group_attendant", lang="en_US"
        )

    def test_an_attendant_changes_the_plan_and_tops_the_line_up(self):
        self.env["product.template"].create(
            {"name": "Extra 5 GB", "mvno_top_up_gb": 5, "list_price": 19.9}
        )
        self.run_tour("mvno_plan_and_top_up", self.person.login, plan=self.large.name)
        self.assertEqual(self.line.product_id, self.large)
        contract = self.simulated.sim(self.line.simcard_id.iccid).contract
        self.assertEqual(contract.plan.code, "103")
        self.assertEqual(contract.top_up_gb, 5)
        done = self.line.command_ids.filtered(
            lambda command: command.user_id == self.person
        )
        self.assertEqual(set(done.mapped("operation")), {"change_plan", "top_up"})
        self.assertEqual(set(done.mapped("state")), {"done"})

    def test_an_attendant_replaces_a_stolen_sim_card_with_the_help_of_tip(self):
        old = self.line.simcard_id
        new = self.env["mvno.simcard"].search(
            [
                ("platform_id", "=", self.provider.platform.id),
                ("state", "=", "available"),
            ],
            limit=1,
        )
        self.run_tour("mvno_simcard_swap", self.person.login, iccid=new.iccid)
        self.assertEqual(self.line.state, "blocked")
        request = self.line.support_request_id
        self.assertEqual(request.tip_protocol, "TIP-4711")
        self.assertIn(new.iccid, request.text)
        self.simulated.move_line(self.line.platform_contract, new.iccid)
        self.run_tour("mvno_simcard_swapped", self.person.login)
        self.assertEqual(request.state, "done")
        self.assertEqual(self.line.simcard_id, new)
        self.assertEqual(self.line.state, "active")
        self.assertEqual(self.line.identity_ids.simcard_id, old | new)


class TestAdoptionTour(TourCase):
    def test_a_manager_reviews_an_existing_base_and_takes_it_over(self):
        provider = Provider(self.env, self.simulated, drive=self.drive)
        provider.synchronize()
        for code in provider.platform.plan_ids.mapped("code"):
            provider.sell_plan(code)
        new_test_user(
            self.env,
            "tour_manager",
            "tip_mvno.group_manager",
            lang="en_US",
        )
        living = [
            contract
            for contract in self.simulated.contracts()
            if not contract.cancelled_at
        ]
        self.run_tour("mvno_adoption", "tour_manager", day=f"{self.now:%m/%d/%Y}")
        adoption = self.env["mvno.adoption"].search(
            [("platform_id", "=", provider.platform.id)]
        )
        self.assertEqual(adoption.state, "done")
        lines = self.env["mvno.line"].search(
            [("platform_id", "=", provider.platform.id)]
        )
        self.assertEqual(len(lines), len(living) - 1)
        self.assertFalse(self.simulated.journal)
