# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..billing_common import (
    DECEMBER,
    DECEMBER_1,
    JANUARY_1,
    NOVEMBER,
    OCTOBER,
    BillingCase,
)

NOVEMBER_20 = "2026-11-20 15:00:00"


@tagged("post_install", "-at_install")
@freeze_time(NOVEMBER_20)
class TestMvnoBillingException(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # what demo data left
        cls.before = cls.env["mvno.billing.exception"].search([]).ids

    def _exceptions(self, *kinds):
        self.env.flush_all()
        self.env.invalidate_all()
        found = self.env["mvno.billing.exception"].search(
            [("id", "not in", self.before)], order="kind, id"
        )
        return found.filtered(lambda row: row.kind in kinds) if kinds else found

    # === LINES AND CONTRACTS === #

    def test_a_line_that_is_paid_for_is_no_exception(self):
        self._make_active_line()
        self.assertFalse(self._exceptions())

    def test_a_line_in_service_whose_contract_line_ended_is_listed_with_its_value(self):
        line = self._make_active_line(price=59.9)
        line.date_end = "2026-11-10"
        row = self._exceptions()
        self.assertRecordValues(
            row,
            [
                {
                    "kind": "no_contract",
                    "mvno_line_id": line.mvno_line_id.id,
                    "contract_id": line.contract_id.id,
                    "partner_id": self.partner.id,
                    "company_id": self.company.id,
                    "amount": 59.9,
                    "since": date(2026, 11, 11),
                }
            ],
        )
        self.assertIn("Telefonia", row.reason)
        self.assertEqual(row.action_open()["res_model"], "mvno.line")

    def test_an_archived_contract_pays_for_no_line(self):
        line = self._make_active_line()
        line.contract_id.active = False
        self.assertEqual(self._exceptions().kind, "no_contract")

    def test_a_line_billed_elsewhere_until_later_is_no_exception(self):
        line = self._make_active_line()
        line.write({"mvno_billing_from": "2026-12-01", "date_start": "2026-12-01"})
        self.assertFalse(self._exceptions())

    def test_the_contract_of_tomorrow_does_not_pay_today(self):
        line = self._make_active_line()
        line.date_start = "2026-11-21"
        self.assertEqual(self._exceptions().kind, "no_contract")

    @freeze_time("2026-11-21 02:30:00")
    def test_today_is_the_day_where_the_platform_is(self):
        line = self._make_active_line()
        line.date_end = "2026-11-20"  # 23:30 there, tomorrow in UTC
        self.assertFalse(self._exceptions())

    def test_a_contract_line_without_mobile_line_opens_the_subscription(self):
        line = self._make_contract().contract_line_ids
        row = self._exceptions()
        self.assertRecordValues(
            row,
            [
                {
                    "kind": "no_line",
                    "contract_line_id": line.id,
                    "amount": 59.9,
                    "since": date(2026, 11, 20),
                }
            ],
        )
        self.assertEqual(row.action_open()["res_model"], "mvno.subscribe")

    def test_a_contract_line_that_outlives_its_mobile_line_is_listed(self):
        line = self._make_active_line()
        line.mvno_line_id.write({"state": "cancelled", "cancellation_date": NOVEMBER})
        row = self._exceptions()
        self.assertEqual((row.kind, row.since), ("no_line", date(2026, 11, 2)))
        self.assertIn(self._written(2026, 11, 1), row.reason)

    def test_a_price_of_zero_is_listed_with_what_the_plan_costs(self):
        line = self._make_active_line()
        line.specific_price = 0
        row = self._exceptions()
        self.assertEqual((row.kind, row.amount), ("price_zero", 59.9))
        self.assertEqual(row.action_open()["res_id"], line.contract_id.id)

    def test_a_courtesy_or_a_whole_discount_is_meant(self):
        self._make_active_line(price=0).mvno_courtesy = True
        self._make_active_line(price=50).discount = 100
        self.assertFalse(self._exceptions())

    def test_what_is_at_stake_counts_the_discount_until_its_end(self):
        for end, amount in (
            (False, 40),
            ("2026-11-01", 40),
            ("2026-10-01", 50),
        ):
            line = self._make_active_line(price=50)
            line.write({"discount": 20, "mvno_discount_end": end})
            line.mvno_line_id.write(
                {"state": "cancelled", "cancellation_date": NOVEMBER}
            )
            with self.subTest(end=end):
                row = self._exceptions().filtered(
                    lambda row, line=line: row.contract_line_id == line
                )
                self.assertEqual(row.amount, amount)

    # === CUSTOMERS === #

    def test_a_customer_whose_data_is_incomplete_is_listed_with_what_is_missing(self):
        self._make_active_line(price=50)
        self._make_active_line(price=30)
        for values, words in (
            ({"zip": False}, "CEP"),
            ({"zip": "0131-10"}, "CEP"),
            ({"street": "Rua das Flores"}, "house number"),
            ({"street": False, "street_name": False}, "street"),
            ({"district": False, "street2": False}, "neighborhood"),
            ({"city_id": False, "city": "Lugar Nenhum"}, "city"),
            ({"vat": False}, "CPF"),
            ({"is_company": True}, "CNPJ"),
        ):
            with self.subTest(**values), self.env.cr.savepoint() as savepoint:
                self.partner.write(values)
                row = self._exceptions()
                self.assertEqual((row.kind, row.amount), ("address", 80.0))
                self.assertIn(words, row.reason)
                self.assertEqual(row.action_open()["res_id"], self.partner.id)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_an_address_written_in_other_ways_is_complete(self):
        self._make_active_line()
        for values in (
            {"zip": "01.310100"},
            {"street": "Estrada Velha, S/N"},
            {"city_id": False, "city": "SAO PAULO"},
            {"city_id": False, "city": "São Paulo"},
            {"vat": self.partner.vat.replace(".", "")},
        ):
            with self.subTest(**values):
                self.partner.write(values)
                self.assertFalse(self._exceptions().mapped("reason"))

    def test_what_the_list_says_of_an_address_is_what_an_activation_would_say(self):
        """Each customer the list names has something to correct, and the other way
        round."""
        self._make_active_line()
        for values in (
            {"street": "Rua X, 12", "zip": ""},
            {"street": "Rua X", "zip": "01310-100"},
            {"street": "Rua X, 12", "city_id": False, "city": False},
            {"city": "Guarulhos"},
            {"state_id": False},
            {"vat": False, "country_id": self.env.ref("base.ar").id},
        ):
            with self.subTest(**values):
                self.partner.write(values)
                problems = (
                    self.partner._mvno_address_problems()
                    + self.partner._mvno_document_problems()
                )
                self.assertEqual(bool(self._exceptions()), bool(problems))

    # === ISSUES AND DRAFTS OF RUNS === #

    def _bill_refused(self, competence):
        """Bill a month while accounting refuses every invoice."""
        refusal = UserError("The period is locked.")
        runs = self.registry["mvno.billing.run"]
        with patch.object(runs, "_invoice", side_effect=refusal):
            return self._bill(competence)

    @freeze_time(DECEMBER_1)
    def test_a_parked_line_is_listed_until_it_is_billed(self):
        line = self._make_active_line(price=59.9)
        with self.env.cr.savepoint() as savepoint:
            run = self._bill_refused(NOVEMBER)
            row = self._exceptions()
            self.assertRecordValues(
                row,
                [
                    {
                        "kind": "parked",
                        "contract_line_id": line.id,
                        "competence": NOVEMBER,
                        "issue_id": run.issue_ids.id,
                        "amount": 59.9,
                    }
                ],
            )
            self.assertEqual(row.reason, "Refused by accounting: The period is locked.")
            self.assertEqual(row.action_open()["res_id"], line.contract_id.id)
            savepoint.rollback()
            self.env.invalidate_all()
        self._bill(NOVEMBER)
        self.assertFalse(self._exceptions())

    @freeze_time(DECEMBER_1)
    def test_an_earlier_month_is_listed_until_it_is_billed(self):
        line = self._make_active_line(since="2026-10-01")
        self._bill(NOVEMBER)
        row = self._exceptions()
        self.assertRecordValues(
            row,
            [
                {
                    "kind": "earlier_month",
                    "contract_line_id": line.id,
                    "competence": OCTOBER,
                }
            ],
        )
        self.assertIn("10/2026", row.reason)
        action = row.action_open()
        self.assertEqual(action["context"]["default_competence"], OCTOBER)
        Form(self.env["mvno.billing.run"].with_context(**action["context"]))
        self._bill(OCTOBER)
        self.assertFalse(self._exceptions())

    def test_a_draft_of_a_month_that_is_long_over_is_listed(self):
        self.company.mvno_posting = "draft"
        with freeze_time(DECEMBER_1):
            line = self._make_active_line(price=59.9)
            self._bill(NOVEMBER)
            self.assertFalse(self._exceptions())
        with freeze_time(JANUARY_1):
            row = self._exceptions("old_draft")
            invoice = self._invoices(line)
            self.assertRecordValues(
                row, [{"move_id": invoice.id, "amount": invoice.amount_total}]
            )
            self.assertEqual(row.action_open()["res_id"], invoice.id)
            invoice.action_post()
            self.assertFalse(self._exceptions("old_draft"))

    @freeze_time(DECEMBER_1)
    def test_no_preview_and_no_newer_run_hides_who_is_parked(self):
        line = self._make_active_line(price=59.9)
        parked = self._bill_refused(NOVEMBER)
        newer = self.env["mvno.billing.run"].create(
            {"platform_id": self.platform.id, "competence": NOVEMBER}
        )
        newer.action_preview()
        while newer.state in ("waiting", "running"):
            newer._run_slice()
        row = self._exceptions()
        self.assertEqual((row.kind, row.issue_id), ("parked", parked.issue_ids))
        # the newer run's turn never came to this customer
        newer._transition("run")
        newer._begin()
        newer._close("stop")
        self.assertEqual(self._exceptions().issue_id, parked.issue_ids)
        self._run(newer)
        self.assertTrue(line.mvno_item_ids)
        self.assertFalse(self._exceptions())

    @freeze_time(DECEMBER_1)
    def test_who_is_parked_leaves_the_list_when_nothing_is_due_any_more(self):
        line = self._make_active_line(price=59.9)
        self._bill_refused(NOVEMBER)
        line.mvno_billing_from = "2026-12-01"
        self.env["mvno.billing.run"].create(
            {"platform_id": self.platform.id, "competence": NOVEMBER}
        )
        self._bill(NOVEMBER)
        self.assertFalse(self._exceptions())

    @freeze_time(DECEMBER_1)
    def test_a_month_that_has_become_due_is_listed_until_it_is_billed(self):
        line = self._make_line("draft").contract_line_ids
        line.write({"date_start": "2026-11-05", "specific_price": 60})
        run = self._bill(NOVEMBER)
        self.assertEqual(run.issue_ids.code, "not_activated")
        self.assertFalse(self._exceptions("due"))
        line.mvno_line_id.write({"state": "active", "activation_date": "2026-11-20"})
        row = self._exceptions()
        self.assertRecordValues(
            row,
            [
                {
                    "kind": "due",
                    "contract_line_id": line.id,
                    "competence": NOVEMBER,
                    "day_from": date(2026, 11, 20),
                    "day_to": date(2026, 11, 30),
                    "amount": 22,
                }
            ],
        )
        self.assertIn("11/2026", row.reason)
        action = row.action_open()
        self.assertEqual(action["context"]["default_competence"], NOVEMBER)
        self._run(run)
        self.assertEqual(line.mvno_item_ids.amount, 22)
        self.assertFalse(self._exceptions())

    @freeze_time(DECEMBER_1)
    def test_a_courtesy_that_was_ended_is_due(self):
        line = self._make_active_line(price=0)
        line.mvno_courtesy = True
        self._bill(NOVEMBER)
        self.assertFalse(self._exceptions())
        line.write({"mvno_courtesy": False, "specific_price": 60})
        self.assertEqual(self._exceptions().kind, "due")

    @freeze_time(JANUARY_1)
    def test_a_short_first_part_is_due_when_the_next_month_did_not_bill_it(self):
        line = self._make_active_line(since="2026-11-28", price=60)
        line.mvno_join_days = 5
        self._bill(NOVEMBER)
        self.assertFalse(self._exceptions())
        self._bill(DECEMBER)
        self.assertFalse(self._exceptions())
        november = line.mvno_item_ids.filtered(lambda i: i.competence == NOVEMBER)
        november._release("Test")
        self.assertEqual(
            self._exceptions().mapped(lambda row: (row.kind, row.competence)),
            [("due", NOVEMBER)],
        )

    # === DAYS WITHOUT A PLACE === #

    @freeze_time(DECEMBER_1)
    def test_days_that_nothing_bills_are_listed_whether_there_was_a_run_or_not(self):
        line = self._make_active_line(since="2026-10-01", price=60)
        mobile = line.mvno_line_id
        line.date_end = "2026-11-05"
        mobile.write({"state": "cancelled", "cancellation_date": "2026-11-25"})
        expected = [
            {
                "kind": "no_place",
                "mvno_line_id": mobile.id,
                "contract_line_id": line.id,
                "competence": NOVEMBER,
                "day_from": date(2026, 11, 6),
                "day_to": date(2026, 11, 25),
                "amount": 40,
            }
        ]
        row = self._exceptions()
        self.assertRecordValues(row, expected)
        self.assertIn(self._written(2026, 11, 6), row.reason)
        self.assertEqual(row.action_open()["res_id"], mobile.id)
        self._bill(OCTOBER)
        self._bill(NOVEMBER)
        self.assertRecordValues(self._exceptions(), expected)
        line.date_end = False
        self.assertFalse(self._exceptions("no_place"))

    @freeze_time(DECEMBER_1)
    def test_free_days_and_months_to_come_are_not_missing(self):
        free = self._make_active_line(since="2026-11-10", price=60)
        free.mvno_first_month = "free"
        ported = self._make_active_line(since="2026-11-10", price=60)
        ported.mvno_bill_from = "port_in"
        self.env["mvno.portability"].create(
            {"line_id": ported.mvno_line_id.id, "number": "+5511988887777"}
        )
        self._make_active_line(price=60).date_end = "2026-11-30"
        self.assertEqual(self._exceptions().mapped("kind"), ["no_contract"])

    # === READING === #

    def test_accountants_read_it_export_it_and_are_led_to_what_they_may_open(self):
        line = self._make_active_line()
        line.date_end = "2026-11-10"
        for group, place in (
            ("account.group_account_invoice", "contract.contract"),
            # auditors have no right to contracts
            ("account.group_account_readonly", "res.partner"),
        ):
            groups = f"base.group_user,base.group_allow_export,{group}"
            clerk = self._make_user(group[-8:], groups)
            row = self._exceptions().with_user(clerk)
            self.assertTrue(row.reason)
            self.assertEqual(row.action_open()["res_model"], place)
            columns = ["kind", "reason", "partner_id", "number", "amount"]
            [exported] = row.export_data(columns)["datas"]
            self.assertEqual(exported[0], "In service without contract")
            self.assertEqual(exported[3], line.mvno_line_id.number)
            [shown] = row.web_read({"mvno_line_id": {"fields": {"display_name": {}}}})
            self.assertTrue(shown["mvno_line_id"]["display_name"])
            [group] = row.formatted_read_group(
                [("id", "=", row.id)], ["kind"], ["__count", "amount:sum"]
            )
            self.assertEqual(group["__count"], 1)

    def test_accountants_find_it_in_the_menu_and_nothing_of_the_lines(self):
        clerk = self._make_user(
            "clerk", "base.group_user,account.group_account_invoice"
        )
        menus = self.env["ir.ui.menu"].with_user(clerk).load_menus(False)
        root = menus[self.env.ref("tip_mvno.menu_mvno_root").id]
        billing = self.env.ref("tip_mvno_billing.menu_mvno_billing")
        self.assertEqual(root["children"], [billing.id])
        shown = menus[billing.id]["children"]
        for name in (
            "billing_exception",
            "month_closing",
            "platform_bill",
            "plan_cost",
        ):
            menu = self.env.ref(f"tip_mvno_billing.menu_mvno_{name}")
            self.assertIn(menu.id, shown)

    def test_another_companys_exceptions_are_not_seen(self):
        line = self._make_active_line()
        line.specific_price = 0
        company = self.env["res.company"].create({"name": "Other"})
        stranger = self._make_user(
            "stranger",
            "tip_mvno.group_manager",
            company_id=company.id,
            company_ids=[company.id],
        )
        self.assertTrue(self._exceptions())
        rows = self.env["mvno.billing.exception"].with_user(stranger)
        self.assertFalse(rows.search([]))

    def test_a_long_list_takes_as_many_queries_as_a_short_one(self):
        names = [
            "kind",
            "reason",
            "partner_id",
            "mvno_line_id",
            "contract_id",
            "amount",
        ]
        spec = {name: {} for name in names} | {
            "partner_id": {"fields": {"display_name": {}}},
            "mvno_line_id": {"fields": {"display_name": {}}},
            "contract_id": {"fields": {"display_name": {}}},
        }

        def listed():
            self.env["mvno.billing.exception"].web_search_read([], spec)

        self._make_some()
        listed()
        few = self.count_queries(listed)
        for _number in range(4):
            self._make_some()
        self.assertEqual(self.count_queries(listed), few)

    def _make_some(self):
        """An exception of each of the frequent kinds."""
        customer = self._make_partner(name="Sem Endereço", zip=False, vat=False)
        contract = self._make_contract(count=3, partner=customer)
        ended, free, _unused = contract.contract_line_ids
        self._make_active_line(contract_line=ended).date_end = "2026-11-10"
        self._make_active_line(contract_line=free).specific_price = 0
