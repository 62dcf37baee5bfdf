# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2 import errors

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..billing_common import DECEMBER, DECEMBER_1, JANUARY_1, NOVEMBER, BillingCase

SENT = "2026-11-12 15:00:00"


@freeze_time(DECEMBER_1)
class TopUpCase(BillingCase):
    """A line in service since 1 November 2026, and top-ups of 5 GB for 15.00."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("en_US")
        cls.package = cls.env["product.product"].create(
            {
                "name": "5 GB extra",
                "type": "service",
                "mvno_top_up_gb": 5,
                "list_price": 15.0,
            }
        )
        cls.line = cls._make_active_line("2026-11-01", price=60)
        cls.mobile = cls.line.mvno_line_id

    def _top_up(self, line=None, state="done", settled=SENT, **vals):
        """:return: a top-up that was sent and settled at a moment (UTC)"""
        return self._make_command(
            line or self.mobile,
            "top_up",
            state,
            **{
                "quantity": 5,
                "price": 15.0,
                "product_id": self.package.id,
                "sent_at": settled,
                "settled_at": settled if state == "done" else False,
                **vals,
            },
        )

    def _charged(self, command):
        """:return: the invoice line that bills a top-up now"""
        billed = command.mvno_item_ids.filtered(lambda item: item.state == "billed")
        return billed.move_line_id

    def _issue(self, run, command):
        return run.issue_ids.filtered(lambda issue: issue.command_id == command)


@tagged("post_install", "-at_install")
class TestMvnoBillingRunCharge(TopUpCase):
    """A top-up with a price is on exactly one invoice."""

    # === BILLED WITH ITS MONTH === #

    def test_a_top_up_is_on_the_invoice_of_its_month_as_a_line_of_its_own(self):
        command = self._top_up()
        run = self._bill(NOVEMBER)
        invoice = self._invoices(self.line)
        self.assertEqual(invoice.amount_total, 75.0)
        charged = self._charged(command)
        number = self.mobile._format_number(self.mobile.number)
        self.assertRecordValues(
            charged,
            [
                {
                    "move_id": invoice.id,
                    "name": f"Top-up 5 GB – {number} – 11/12/2026",
                    "product_id": self.package.id,
                    "quantity": 1.0,
                    "price_unit": 15.0,
                    "mvno_line_id": self.mobile.id,
                    "contract_line_id": self.line.id,
                }
            ],
        )
        self.assertRecordValues(
            command.mvno_item_ids,
            [
                {
                    "kind": "one_off",
                    "source_key": f"command-{command.id}",
                    "competence": NOVEMBER,
                    "period_start": date(2026, 11, 12),
                    "period_end": date(2026, 11, 12),
                    "contract_line_id": self.line.id,
                    "mvno_line_id": self.mobile.id,
                    "state": "billed",
                }
            ],
        )
        self.assertFalse(run.issue_ids)
        self.assertEqual(self.line.last_date_invoiced, date(2026, 11, 30))

    def test_the_top_up_speaks_the_customers_language(self):
        self.env["res.lang"]._activate_lang("pt_BR")
        self.partner.lang = "pt_BR"
        command = self._top_up()
        self._bill(NOVEMBER)
        self.assertIn("12/11/2026", self._charged(command).name)

    def test_two_top_ups_of_a_month_are_two_items(self):
        both = self._top_up() | self._top_up(settled="2026-11-20 15:00:00")
        self._bill(NOVEMBER)
        self.assertEqual(len(self._invoices(self.line)), 1)
        self.assertEqual(len(self._charged(both[0]) | self._charged(both[1])), 2)
        self.assertEqual(self._invoices(self.line).amount_total, 90.0)

    def test_each_top_up_stands_below_the_plan_of_its_line(self):
        contract = self._make_contract(2)
        lines = contract.contract_line_ids
        for line in lines:
            self._make_active_line(contract_line=line)
            self._top_up(line.mvno_line_id)
        self._bill(NOVEMBER)
        found = self._invoices(lines).invoice_line_ids.sorted("sequence")
        self.assertEqual(
            [
                (line.contract_line_id, bool(line.mvno_source_key))
                for line in found[-4:]
            ],
            [(line, is_charge) for line in lines for is_charge in (False, True)],
        )

    def test_running_again_bills_no_top_up_twice(self):
        command = self._top_up()
        run = self._bill(NOVEMBER)
        self._run(run)
        self._bill(NOVEMBER)
        self.at(JANUARY_1)
        self._bill(DECEMBER)
        self.assertEqual(len(command.mvno_item_ids), 1)
        self.assertEqual(len(self._invoices(self.line)), 2)

    def test_taxes_follow_the_customers_fiscal_position(self):
        taxes = self.env["account.tax"].create(
            [
                {
                    "name": f"Tax of {percent} %",
                    "amount": percent,
                    "type_tax_use": "sale",
                    "country_id": self.company.account_fiscal_country_id.id,
                    "tax_group_id": self.env["account.tax.group"]
                    .create({"name": f"Group {percent}"})
                    .id,
                }
                for percent in (10, 20)
            ]
        )
        self.package.taxes_id = taxes[0]
        position = self.env["account.fiscal.position"].create({"name": "Interior"})
        taxes[1].write(
            {
                "fiscal_position_ids": [Command.link(position.id)],
                "original_tax_ids": [Command.link(taxes[0].id)],
            }
        )
        self.line.contract_id.fiscal_position_id = position
        command = self._top_up()
        self._bill(NOVEMBER)
        self.assertEqual(self._charged(command).tax_ids, taxes[1])
        self.assertEqual(self._charged(command).price_total, 18.0)

    def test_a_courtesy_is_neither_billed_nor_listed(self):
        command = self._top_up(price=0.0)
        run = self._bill(NOVEMBER)
        self.assertFalse(command.mvno_item_ids)
        self.assertFalse(run.issue_ids)
        self.assertEqual(self._invoices(self.line).amount_total, 60.0)

    def test_what_never_took_effect_is_neither_billed_nor_listed(self):
        commands = self._top_up(state="refused") | self._top_up(state="cancelled")
        run = self._bill(NOVEMBER)
        self.assertFalse(commands.mvno_item_ids)
        self.assertFalse(run.issue_ids)

    # === THE MONTH IS THE PLATFORM'S === #

    def test_a_top_up_at_23_30_on_the_30th_is_novembers(self):
        command = self._top_up(settled="2026-12-01 02:30:00")
        late = self._top_up(settled="2026-12-01 03:00:00")
        self._bill(NOVEMBER)
        self.assertIn("11/30/2026", self._charged(command).name)
        self.assertFalse(late.mvno_item_ids)
        self.at(JANUARY_1)
        self._bill(DECEMBER)
        self.assertEqual(late.mvno_item_ids.competence, DECEMBER)

    # === LINES THAT ENDED OR CHANGED === #

    def test_a_top_up_of_a_line_that_was_cancelled_later_in_the_month(self):
        command = self._top_up()
        self.at("2026-11-20 15:00:00")
        self.mobile._on_cancelled("customer", date(2026, 11, 20))
        self.at(DECEMBER_1)
        run = self._bill(NOVEMBER)
        self.assertEqual(self._invoices(self.line).amount_total, 55.0)
        self.assertTrue(self._charged(command))
        self.assertFalse(run.issue_ids)

    def test_a_top_up_of_a_line_without_a_billable_day_is_billed_alone(self):
        self.line.mvno_bill_from = "port_in"
        self.env["mvno.portability"].create(
            {"line_id": self.mobile.id, "number": "+5511912345678"}
        )
        command = self._top_up()
        run = self._bill(NOVEMBER)
        self.assertEqual(
            self._invoices(self.line).invoice_line_ids.mapped("price_unit"), [15.0]
        )
        self.assertTrue(self._charged(command))
        self.assertEqual(run.issue_ids.code, "port_in")
        self.assertFalse(self.line.last_date_invoiced)

    def test_a_top_up_that_came_after_its_month_was_billed_is_billed_alone(self):
        run = self._bill(NOVEMBER)
        command = self._top_up()
        self._run(run)
        invoices = self._invoices(self.line)
        self.assertEqual(invoices.mapped("amount_total"), [60.0, 15.0])
        self.assertEqual(self._charged(command).move_id, invoices[1])
        self.assertEqual(invoices[1].invoice_date_due, date(2026, 12, 10))
        self.assertEqual(invoices[1].mvno_competence, NOVEMBER)

    def test_a_top_up_that_is_confirmed_later_is_of_the_month_of_its_confirmation(self):
        with freeze_time(SENT):
            command = self._top_up(state="needs_decision")
        run = self._bill(NOVEMBER)
        self.assertFalse(command.mvno_item_ids)
        self.assertEqual(self._issue(run, command).code, "top_up_open")
        self.assertEqual(
            self._issue(run, command).action_open()["res_model"], "mvno.command"
        )
        self.at("2026-12-03 15:00:00")
        command.action_decide_done()
        self._run(run)
        self.assertFalse(command.mvno_item_ids or run.issue_ids)
        self.at(JANUARY_1)
        self._bill(DECEMBER)
        self.assertEqual(command.mvno_item_ids.competence, DECEMBER)
        # the customer knows the day of the top-up
        self.assertIn("11/12/2026", self._charged(command).name)

    def test_a_top_up_confirmed_after_the_end_of_its_line_is_billed_alone(self):
        command = self._top_up(state="needs_decision")
        self.at("2026-11-20 15:00:00")
        self.mobile._on_cancelled("customer", date(2026, 11, 20))
        self.at(DECEMBER_1)
        self._bill(NOVEMBER)
        command.action_decide_done()
        self.at(JANUARY_1)
        run = self._bill(DECEMBER)
        self.assertEqual(self._charged(command).move_id.amount_total, 15.0)
        self.assertFalse(run.issue_ids)

    def test_a_top_up_belongs_to_the_contract_line_of_its_day(self):
        other = self._make_plan("0303", "20 GB")
        successor = self.line._mvno_succeed(
            date(2026, 11, 16), product_id=self._make_product(other).id
        )
        before = self._top_up()
        after = self._top_up(settled="2026-11-20 15:00:00")
        self._bill(NOVEMBER)
        self.assertEqual(self._charged(before).contract_line_id, self.line)
        self.assertEqual(self._charged(after).contract_line_id, successor)

    def test_a_top_up_is_charged_to_who_held_the_line_then(self):
        commands = self._top_up() | self._top_up(settled="2026-11-20 15:00:00")
        heir = self._make_partner(name="Herdeiro Exemplo")
        self.at("2026-11-16 15:00:00")
        self.mobile._take_holder(heir, date(2026, 11, 16))
        self.at(DECEMBER_1)
        self._bill(NOVEMBER)
        invoices = [self._charged(command).move_id for command in commands]
        self.assertEqual(
            [invoice.partner_id for invoice in invoices], [self.partner, heir]
        )
        self.assertEqual([i.amount_total for i in invoices], [45.0, 45.0])

    def test_what_another_system_billed_is_neither_billed_nor_listed(self):
        self.line.mvno_billing_from = "2026-11-15"
        command = self._top_up()
        run = self._bill(NOVEMBER)
        self.assertFalse(command.mvno_item_ids)
        self.assertFalse(run.issue_ids)

    # === LISTED WITH THE REASON === #

    def test_a_top_up_of_an_earlier_month_is_listed_and_never_relabelled(self):
        command = self._top_up()
        self.at(JANUARY_1)
        run = self._bill(DECEMBER)
        self.assertFalse(command.mvno_item_ids)
        issue = self._issue(run, command)
        self.assertRecordValues(
            issue, [{"code": "earlier_month", "competence": NOVEMBER}]
        )
        self.assertIn("11/2026", issue.reason)
        self._bill(NOVEMBER)
        self.assertEqual(command.mvno_item_ids.competence, NOVEMBER)

    def test_a_top_up_without_product_is_listed(self):
        command = self._top_up(product_id=False)
        run = self._bill(NOVEMBER)
        self.assertFalse(command.mvno_item_ids)
        self.assertEqual(self._issue(run, command).code, "top_up_no_product")

    def test_a_top_up_of_a_line_whose_contract_is_archived_is_listed(self):
        command = self._top_up()
        self.line.contract_id.active = False
        run = self._bill(NOVEMBER)
        self.assertFalse(command.mvno_item_ids)
        issue = self._issue(run, command)
        self.assertEqual(issue.code, "top_up_no_contract")
        self.assertEqual(issue.action_open()["res_id"], self.mobile.id)
        self.line.contract_id.active = True
        self._run(run)
        self.assertTrue(self._charged(command))

    def test_a_top_up_of_a_line_without_any_contract_line_is_listed(self):
        command = self._top_up()
        self._delete_as_if_it_could_be(self.line)
        run = self._bill(NOVEMBER)
        issue = self._issue(run, command)
        self.assertRecordValues(
            issue,
            [
                {
                    "code": "top_up_no_contract",
                    "mvno_line_id": self.mobile.id,
                    "partner_id": self.partner.id,
                }
            ],
        )

    def test_a_customer_whom_accounting_refuses_is_listed_with_the_top_up(self):
        command = self._top_up()
        other = self._make_active_line(
            contract_line=self._make_contract(
                partner=self._make_partner(name="Outra Pessoa Exemplo")
            ).contract_line_ids
        )
        prepare = type(self.line)._mvno_prepare_charge
        why = "The top-up has no income account."

        def refuse(line, charge):
            if line == self.line:
                raise UserError(why)
            return prepare(line, charge)

        with patch.object(type(self.line), "_mvno_prepare_charge", refuse):
            run = self._bill(NOVEMBER)
        self.assertEqual(len(self._invoices(other)), 1)
        self.assertEqual(run.issue_ids.mapped("code"), ["failed", "failed"])
        self.assertEqual(run.issue_ids.command_id, command)
        self._run(run)
        self.assertEqual(self._invoices(self.line).amount_total, 75.0)
        self.assertFalse(run.issue_ids)

    def test_a_price_without_product_cannot_be_asked_for(self):
        with self.assertRaisesRegex(UserError, "needs its product"):
            self.mobile.action_top_up(5, price=15.0)

    # === RELEASED, CREDITED, REPLACED === #

    @mute_logger("odoo.sql_db")
    def test_two_workers_cannot_charge_one_top_up(self):
        command = self._top_up()
        self._bill(NOVEMBER)
        with self.assertRaises(errors.UniqueViolation):
            command.mvno_item_ids.copy({"competence": DECEMBER})

    def test_a_deleted_draft_releases_the_top_up(self):
        self.company.mvno_posting = "draft"
        command = self._top_up()
        run = self._bill(NOVEMBER)
        self._charged(command).unlink()
        self.assertEqual(
            self.line.mvno_item_ids.sorted("kind").mapped("state"),
            ["released", "billed"],
        )
        self._run(run)
        self.assertEqual(len(self._invoices(self.line)), 2)
        self.assertEqual(self._charged(command).move_id.amount_total, 15.0)

    def test_a_cancelled_invoice_releases_the_top_up_and_may_take_it_back(self):
        command = self._top_up()
        run = self._bill(NOVEMBER)
        invoice = self._invoices(self.line)
        invoice.button_cancel()
        self.assertFalse(self._charged(command))
        invoice.button_draft()
        self.assertEqual(self._charged(command).move_id, invoice)
        invoice.button_cancel()
        self._run(run)
        self.assertEqual(self._charged(command).move_id, self._invoices(self.line)[1])
        with self.assertRaisesRegex(UserError, "meanwhile"):
            invoice.button_draft()

    def test_a_credit_note_alone_releases_no_top_up(self):
        command = self._top_up()
        run = self._bill(NOVEMBER)
        item = command.mvno_item_ids
        self._invoices(self.line)._reverse_moves(
            [{"invoice_date": "2026-12-01"}], cancel=True
        )
        self._run(run)
        self.assertEqual(command.mvno_item_ids, item)
        item.action_bill_again()
        self._run(run)
        self.assertEqual(self._charged(command).move_id.amount_total, 15.0)

    def test_a_corrected_invoice_bills_the_top_ups_of_the_one_it_replaces(self):
        commands = self._top_up() | self._top_up(settled="2026-11-20 15:00:00")
        self._bill(NOVEMBER)
        invoice = self._invoices(self.line)
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id, "date": "2026-12-01"})
        )
        wizard.modify_moves()
        lines = [self._charged(command) for command in commands]
        self.assertEqual([line.move_id for line in lines], [wizard.new_move_ids] * 2)
        self.assertNotEqual(*lines)
        standing = self.line.mvno_item_ids.filtered(lambda item: item.state == "billed")
        self.assertEqual(standing.move_id, wizard.new_move_ids)

    # === MANY === #

    def test_a_top_up_costs_no_queries_of_its_own(self):
        costs = [self._cost_of(count) for count in (4, 24)]
        per_top_up = (costs[1] - costs[0]) / 20
        self.assertLess(per_top_up, 0.5)

    def _cost_of(self, count):
        platform = self._make_platform(name=f"TIP {count}")
        product = self._make_product(
            self._make_plan("0202", "10 GB", platform), list_price=60.0
        )
        lines = self._make_contract(2, product=product).contract_line_ids
        for line in lines:
            self._make_active_line(
                contract_line=line,
                platform_id=platform.id,
                simcard_id=self._make_simcards(platform=platform).id,
            )
        mobiles = lines.mvno_line_id
        for number in range(count):
            self._top_up(mobiles[number % 2])
        run = self.env["mvno.billing.run"].create(
            {"platform_id": platform.id, "competence": NOVEMBER}
        )
        run.action_run()
        cost = self.count_queries(run._run_slice)
        self.assertEqual(run.amount_total, 2 * 60 + count * 15)
        return cost
