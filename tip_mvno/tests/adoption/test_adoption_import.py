# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from unittest.mock import patch

import responses

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tests.test_cursor import TestCursor

from ...models.adoption import mvno_adoption_driver
from ...models.adoption.mvno_adoption import TRANSITIONS
from ..adoption_common import BILL_FROM, COMPANY, JOAO, MARIA, AdoptionCase
from ..common import BASE_URL, broken

WRITTEN = (
    "res.partner",
    "contract.contract",
    "contract.line",
    "mvno.simcard",
    "mvno.line",
    "mvno.line.hold",
    "mvno.command",
)
REFUSED = "Not this one."


@tagged("post_install", "-at_install")
class TestMvnoAdoption(AdoptionCase):
    """Taking over the lines that a platform served before."""

    def _count(self):
        return {
            name: self.env[name].with_context(active_test=False).search_count([])
            for name in WRITTEN
        }

    # === READING === #

    def test_nothing_but_the_import_is_written_before_it_is_applied(self):
        before = self._count()
        adoption = self.import_base(
            self.subscriber(MARIA, self.listed()), self.subscriber(JOAO, self.listed())
        )
        self.assertEqual(adoption.state, "review")
        self.assertEqual(self._count(), before)
        self.assertEqual(len(self.asked()), 1)

    def test_no_cursor_is_open_while_the_platform_answers(self):
        self.platform.action_sync_lines()
        seen = []

        def callback(request):
            seen.append([bool(cr._savepoint) for cr in TestCursor._cursors_stack])
            return 200, {}, '{"results": []}'

        url = f"{BASE_URL}/assinantes/listar"
        self.web.add_callback(responses.GET, url, callback=callback)
        self.cron("sync")
        self.assertEqual(seen, [[False]])

    def test_a_second_press_of_the_button_finds_the_open_import(self):
        adoption = self.import_base(self.subscriber(MARIA, self.listed()))
        action = self.platform.action_sync_lines()
        self.assertEqual(action["res_id"], adoption.id)
        self.assertEqual(adoption.state, "review")

    def test_a_reading_that_failed_is_tried_again_and_given_up_with_its_reason(self):
        self.platform_says("GET", "/assinantes/listar", body=broken())
        self.platform.action_sync_lines()
        self.cron("sync")
        adoption = self.env["mvno.adoption"].search([])
        self.assertEqual((adoption.state, adoption.failures), ("reading", 1))
        self.assertTrue(adoption.message)
        self.assertIn(adoption.next_attempt, self.triggers("sync"))
        adoption.write({"failures": 4, "next_attempt": fields.Datetime.now()})
        self.cron("sync")
        self.assertEqual(adoption.state, "error")
        self.import_base(self.subscriber(MARIA, self.listed()))
        self.assertEqual((adoption.state, adoption.message), ("review", False))

    def test_a_platform_without_token_says_so(self):
        self.platform.user_token = False
        with self.assertRaisesRegex(UserError, "no token"):
            self.platform.action_sync_lines()

    def test_what_of_the_answer_could_not_be_used_is_named(self):
        adoption = self.import_base(
            self.subscriber(MARIA, {"status": "ATIVO"}, self.listed())
        )
        self.assertEqual(len(adoption.line_ids), 1)
        self.assertIn(MARIA, adoption.problems)

    def test_a_discarded_reading_keeps_nothing(self):
        self.platform.action_sync_lines()
        adoption = self.env["mvno.adoption"].search([])
        adoption.action_close()
        self.cron("sync")
        self.assertEqual(adoption.state, "cancelled")
        self.assertFalse(self.asked())

    # === APPLYING === #

    def test_a_line_becomes_customer_contract_simcard_and_line(self):
        listed = self.listed()
        adoption = self.import_base(
            self.subscriber(COMPANY, listed, nome_fantasia="Fantasia")
        )
        self.apply(adoption, create_partners=True)
        self.assertEqual(adoption.state, "done")
        mobile = adoption.line_ids.line_id
        self.assertRecordValues(
            mobile,
            [
                {
                    "state": "active",
                    "number": f"+55{listed['linha_contrato']}",
                    "area_code": "11",
                    "platform_contract": listed["numero_contrato"],
                    "platform_status": "ATIVO",
                    "activation_date": False,
                    "adopted_date": self.platform._today(),
                    "product_id": self.product.id,
                }
            ],
        )
        self.assertRecordValues(
            mobile.simcard_id, [{"iccid": listed["sim_card"], "state": "in_use"}]
        )
        self.assertRecordValues(
            mobile.partner_id,
            [{"name": "Assinante FIC", "vat": COMPANY, "is_company": True}],
        )
        self.assertRecordValues(
            mobile.contract_line_id,
            [
                {
                    "date_start": fields.Date.to_date(BILL_FROM),
                    "price_unit": 59.9,
                    "commitment_end": False,
                    "date_end": False,
                    "recurring_rule_type": "monthlylastday",
                }
            ],
        )
        self.assertEqual(mobile.contract_id.partner_id, mobile.partner_id)
        self.assertEqual(mobile.transition_ids.event, "adopt")
        self.assertFalse(mobile.command_ids)

    def test_no_call_and_no_request_come_of_it(self):
        adoption = self.import_base(
            self.subscriber(MARIA, self.listed(), self.listed(status="BLOQUEADO"))
        )
        self.forget_answers()
        self.apply(adoption)
        self.assertFalse(self.asked())
        self.assertFalse(self.env["mvno.command"].search([]))

    def test_a_blocked_line_stays_blocked_until_somebody_unblocks_it(self):
        adoption = self.import_base(
            self.subscriber(
                MARIA,
                self.listed(status="BLOQUEADO PARCIAL"),
                self.listed(status="BLOQUEADO"),
            )
        )
        self.apply(adoption)
        mobiles = adoption.line_ids.sorted("id").line_id
        self.assertEqual(mobiles.mapped("state"), ["partially_blocked", "blocked"])
        self.assertEqual(mobiles.simcard_id.mapped("state"), ["blocked"] * 2)
        self.assertRecordValues(
            mobiles[0].hold_ids + mobiles[1].hold_ids,
            [
                {"reason": "platform", "level": "partial", "lifted_at": False},
                {"reason": "platform", "level": "total", "lifted_at": False},
            ],
        )
        mobiles._reconcile_due()
        self.assertFalse(mobiles.command_ids)

    def test_a_customers_lines_come_on_the_telephony_contract_there_is(self):
        contract = self._make_contract()
        adoption = self.import_base(
            self.subscriber(MARIA, self.listed(), self.listed()),
            self.subscriber(JOAO, self.listed(), self.listed()),
        )
        self.apply(adoption, create_partners=True)
        self.assertEqual(len(contract.contract_line_ids), 3)
        mobiles = adoption.line_ids.line_id - contract.contract_line_ids.mvno_line_id
        self.assertEqual(len(mobiles.contract_id), 1)
        self.assertEqual(len(mobiles.partner_id), 1)

    def test_an_ended_contract_is_not_taken_up_again(self):
        contract = self._make_contract()
        contract.contract_line_ids.date_end = "2099-12-31"
        line = self.import_line()
        self.apply(line.adoption_id)
        self.assertNotEqual(line.line_id.contract_id, contract)

    def test_what_was_filled_in_by_line_goes_before_the_defaults(self):
        adoption = self.import_base(
            self.subscriber(MARIA, self.listed(), self.listed())
        )
        own, other = adoption.line_ids
        own.write(
            {
                "bill_from": "2026-12-10",
                "price": 12.5,
                "commitment_end": "2027-03-31",
                "activation_date": "2025-01-15",
            }
        )
        self.apply(adoption)
        self.assertRecordValues(
            own.line_id.contract_line_id,
            [
                {
                    "date_start": fields.Date.to_date("2026-12-10"),
                    "price_unit": 12.5,
                    "commitment_end": fields.Date.to_date("2027-03-31"),
                    "mvno_agreed_start": False,
                }
            ],
        )
        self.assertEqual(str(own.line_id.activation_date), "2025-01-15")
        self.assertEqual(str(other.line_id.contract_line_id.date_start), BILL_FROM)

    def test_a_courtesy_costs_nothing(self):
        line = self.import_line()
        line.price = 0
        self.apply(line.adoption_id)
        self.assertEqual(line.line_id.contract_line_id.price_unit, 0)

    def test_the_price_is_that_of_the_customers_price_list(self):
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Amigos",
                "item_ids": [
                    fields.Command.create(
                        {"compute_price": "percentage", "percent_price": 50}
                    )
                ],
            }
        )
        self.env.user.group_ids += self.env.ref("product.group_product_pricelist")
        self.partner.property_product_pricelist = pricelist
        self.assertAlmostEqual(self.import_line().price, 29.95)

    def test_the_date_to_bill_from_must_be_chosen(self):
        line = self.import_line()
        adoption = line.adoption_id
        self.assertFalse(adoption.bill_from)
        with self.assertRaisesRegex(UserError, "they are billed: 1"):
            adoption.action_apply()
        line.bill_from = BILL_FROM
        adoption.action_apply()
        self.assertEqual(adoption.state, "applying")

    def test_a_date_in_a_past_month_is_warned_of(self):
        adoption = self.import_line().adoption_id
        self.assertFalse(adoption.warning)
        adoption.bill_from = "2020-01-01"
        self.assertIn("Months before", adoption.warning)

    def test_nothing_to_take_over_is_said(self):
        adoption = self.import_line(status="CANCELADO").adoption_id
        with self.assertRaisesRegex(UserError, "no line to take over"):
            adoption.action_apply()

    def test_importing_again_changes_nothing(self):
        base = [
            self.subscriber(MARIA, self.listed(), self.listed(status="BLOQUEADO")),
            self.subscriber(JOAO, self.listed(), self.listed(status="CANCELADO")),
        ]
        self.apply(self.import_base(*base), create_partners=True)
        before = self._count()
        again = self.import_base(*base)
        self.assertEqual(
            sorted(again.line_ids.mapped("verdict")), ["matched"] * 3 + ["skipped"]
        )
        self.assertEqual(self._count(), before)

    def test_what_is_undecided_stays_for_review(self):
        adoption = self.import_base(
            self.subscriber(MARIA, self.listed(), self.listed(plan="Antigo"))
        )
        self.apply(adoption)
        self.assertEqual(adoption.state, "review")
        self.assertEqual(
            sorted(adoption.line_ids.mapped("verdict")), ["adopted", "incomplete"]
        )
        adoption.line_ids.filtered(
            lambda line: not line.product_id
        ).product_id = self.product
        self.apply(adoption)
        self.assertEqual(adoption.state, "done")
        self.assertEqual(adoption.adopted_count, 2)

    def test_a_line_that_fails_keeps_its_reason_and_the_others_go_on(self):
        adoption = self.import_base(
            self.subscriber(MARIA, *(self.listed() for _i in range(5)))
        )
        bad = adoption.line_ids[2]
        create = self.registry["mvno.line"].create

        def refuse(model, vals_list):
            if any(vals["number"] == bad.number for vals in vals_list):
                raise ValidationError(REFUSED)
            return create(model, vals_list)

        with patch.object(self.registry["mvno.line"], "create", refuse):
            self.apply(adoption)
        self.assertEqual(adoption.state, "review")
        self.assertEqual((bad.verdict, bad.reason), ("conflict", REFUSED))
        self.assertEqual(adoption.adopted_count, 4)
        manager = self._make_user("gestor", "tip_mvno.group_manager")
        bad.with_user(manager).area_code = "12"
        self.assertEqual(bad.verdict, "create")

    def test_what_came_in_the_meantime_is_not_created_twice(self):
        """Somebody registers the customer and the line after the review."""
        adoption = self.import_base(
            self.subscriber(JOAO, self.listed()),
            self.subscriber(MARIA, self.listed()),
        )
        adoption.create_partners = True
        joao = self._make_partner(name="João Exemplo", vat=JOAO)
        line_of_maria = adoption.line_ids.filtered("partner_id")
        known = self._make_line("active")
        known.platform_contract = line_of_maria.platform_contract
        known.simcard_id.iccid = line_of_maria.iccid
        self.apply(adoption)
        self.assertEqual((line_of_maria - adoption.line_ids).ids, [])
        self.assertEqual(line_of_maria.verdict, "matched")
        self.assertEqual((adoption.line_ids - line_of_maria).line_id.partner_id, joao)

    def test_it_goes_on_after_a_stop(self):
        adoption = self.import_base(
            self.subscriber(MARIA, *(self.listed() for _i in range(4)))
        )
        self.startPatcher(patch.object(mvno_adoption_driver, "SLICE", 2))
        adoption.bill_from = BILL_FROM
        adoption.action_apply()
        with self.enter_registry_test_mode():
            adoption._apply_slice(adoption.id)
        self.env.invalidate_all()
        self.assertEqual((adoption.adopted_count, adoption.progress), (2, 50.0))
        adoption.action_stop()
        self.cron("sync")
        self.assertEqual((adoption.state, adoption.adopted_count), ("review", 2))
        self.apply(adoption)
        self.assertEqual((adoption.state, adoption.adopted_count), ("done", 4))

    def test_taking_over_costs_few_queries_per_line(self):
        costs = []
        for count in (2, 2, 20):
            adoption = self.import_base(
                self.subscriber(MARIA, *(self.listed() for _i in range(count)))
            )
            adoption.bill_from = BILL_FROM
            adoption.action_apply()
            costs.append(self.count_queries(lambda: self.cron("sync")))
        # OCA contract looks an analytic distribution up for each of its lines
        self.assertLess(costs[2], costs[1] + 18 * 4)

    # === STATES AND RIGHTS === #

    def test_every_step_of_the_state_machine(self):
        adoption = self.import_base(self.subscriber(MARIA, self.listed()))
        events = {event for steps in TRANSITIONS.values() for event in steps}
        for state in TRANSITIONS:
            for event in events:
                with self.subTest(state=state, event=event):
                    adoption.state = state
                    target = TRANSITIONS[state].get(event)
                    if target:
                        adoption._transition(event)
                        self.assertEqual(adoption.state, target)
                    else:
                        with self.assertRaises(UserError):
                            adoption._transition(event)

    def test_nothing_is_changed_by_hand_but_in_review(self):
        manager = self._make_user("gestor", "tip_mvno.group_manager")
        line = self.import_line()
        adoption = line.adoption_id.with_user(manager)
        for state in TRANSITIONS:
            if state == "review":
                continue
            line.adoption_id.state = state
            with self.subTest(state), self.assertRaises(UserError):
                adoption.bill_from = BILL_FROM
            with self.subTest(state), self.assertRaises(UserError):
                line.with_user(manager).price = 5

    def test_an_import_under_way_is_not_deleted(self):
        adoption = self.import_line().adoption_id
        for state in adoption._open_states:
            adoption.state = state
            with self.assertRaises(UserError):
                adoption.unlink()
        adoption.state = "done"
        adoption.unlink()

    def test_a_manager_does_all_of_it(self):
        manager = self._make_user("gestor", "tip_mvno.group_manager")
        action = self.platform.with_user(manager).action_sync_lines()
        adoption = self.env["mvno.adoption"].with_user(manager).browse(action["res_id"])
        self.import_base(self.subscriber(JOAO, self.listed()))
        adoption.write({"bill_from": BILL_FROM, "create_partners": True})
        adoption.line_ids.write(
            {"price": 20, "customer_name": "João da Silva Fictício"}
        )
        adoption.action_apply()
        self.cron("sync")
        self.assertEqual(adoption.state, "done")
        self.assertEqual(
            adoption.line_ids.line_id.partner_id.name, "João da Silva Fictício"
        )
        changes = adoption.line_ids.line_id.transition_ids
        self.assertEqual(changes.user_id, manager)

    def test_what_the_platform_told_is_not_typed_in(self):
        manager = self._make_user("gestor", "tip_mvno.group_manager")
        line = self.import_line().with_user(manager)
        for name in ("iccid", "document", "verdict", "line_id", "is_adopted"):
            with self.subTest(name), self.assertRaises(AccessError):
                line.write({name: False})

    def test_an_attendant_reads_only(self):
        attendant = self._make_user("atendente", "tip_mvno.group_attendant")
        line = self.import_line().with_user(attendant)
        self.assertTrue(line.reason is False or line.reason)
        self.assertEqual(line.adoption_id.create_count, 1)
        for step in (
            "action_apply",
            "action_read_again",
            "action_close",
            "action_load_file",
        ):
            with self.subTest(step), self.assertRaises(AccessError):
                getattr(line.adoption_id, step)()
        with self.assertRaises(AccessError):
            line.price = 1
        with self.assertRaises(AccessError):
            self.platform.with_user(attendant).action_sync_lines()

    def test_another_companys_import_is_not_seen(self):
        company = self.env["res.company"].create({"name": "Outra"})
        manager = self._make_user(
            "gestor",
            "tip_mvno.group_manager",
            company_id=company.id,
            company_ids=[fields.Command.set(company.ids)],
        )
        line = self.import_line()
        adoptions = self.env["mvno.adoption"].with_user(manager)
        self.assertFalse(adoptions.search([]))
        self.assertFalse(line.with_user(manager).search([]))

    def test_a_platforms_administrator_without_the_trade_is_told(self):
        admin = self._make_user("sistema", "base.group_system")
        action = self.platform.with_user(admin).action_sync_lines()
        self.assertEqual(action["tag"], "display_notification")
