# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date
from unittest.mock import patch

from psycopg2 import IntegrityError, errors

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..billing_common import DECEMBER, JANUARY_1, NOVEMBER, OCTOBER
from ..charge_common import ChargeCase


@tagged("post_install", "-at_install")
class TestMvnoBillingCharge(ChargeCase):
    """A service that is charged once is on exactly one invoice."""

    # === BILLED WITH ITS MONTH === #

    def test_a_charge_is_on_the_invoice_of_its_month_as_a_line_of_its_own(self):
        charge = self._charge()
        run = self._bill(NOVEMBER)
        invoice = self._invoices(self.line)
        self.assertEqual(invoice.amount_total, 70.0)
        self.assertRecordValues(
            self._billed_on(charge),
            [
                {
                    "move_id": invoice.id,
                    "name": "SIM card",
                    "product_id": self.card.id,
                    "quantity": 1.0,
                    "price_unit": 10.0,
                    "mvno_line_id": self.mobile.id,
                    "contract_line_id": self.line.id,
                }
            ],
        )
        self.assertRecordValues(
            charge.item_ids,
            [
                {
                    "kind": "one_off",
                    "source_key": f"charge-{charge.id}",
                    "competence": NOVEMBER,
                    "period_start": date(2026, 11, 12),
                    "state": "billed",
                    "display_name": "SIM card 11/2026",
                }
            ],
        )
        self.assertEqual(charge.state, "billed")
        self.assertFalse(run.issue_ids)

    def test_running_again_bills_no_charge_twice(self):
        charge = self._charge()
        run = self._bill(NOVEMBER)
        self._run(run)
        self._bill(NOVEMBER)
        self.at(JANUARY_1)
        self._bill(DECEMBER)
        self.assertEqual(len(charge.item_ids), 1)

    def test_two_charges_of_a_month_are_two_items(self):
        both = self._charge() | self._charge(text="Delivery")
        self._bill(NOVEMBER)
        self.assertEqual(len(both.item_ids), 2)
        self.assertEqual(self._invoices(self.line).amount_total, 80.0)

    def test_a_charge_after_the_lines_end_has_an_invoice_of_its_own(self):
        self._bill(NOVEMBER)
        self.line.write({"date_end": "2026-11-30"})
        charge = self._charge(competence=DECEMBER)
        self.at(JANUARY_1)
        self._bill(DECEMBER)
        self.assertEqual(self._billed_on(charge).move_id.amount_total, 10.0)

    def test_an_adjustment_may_give_money_back(self):
        charge = self._charge(kind="adjustment", price=-5.0, text="Fault of 3 days")
        self._bill(NOVEMBER)
        self.assertEqual(self._invoices(self.line).amount_total, 55.0)
        self.assertEqual(charge.item_ids.kind, "adjustment")

    # === ITS INVOICE GOES === #

    def test_a_deleted_draft_lets_it_be_billed_again(self):
        self.company.mvno_posting = "draft"
        charge = self._charge()
        run = self._bill(NOVEMBER)
        self._invoices(self.line).unlink()
        self.assertEqual(charge.state, "open")
        self._run(run)
        self.assertEqual(charge.state, "billed")
        self.assertEqual(len(self._billed_on(charge)), 1)

    def test_a_cancelled_invoice_releases_it_and_takes_it_back(self):
        charge = self._charge()
        self._bill(NOVEMBER)
        invoice = self._invoices(self.line)
        invoice.button_draft()
        invoice.button_cancel()
        self.assertEqual(charge.state, "open")
        invoice.button_draft()
        self.assertEqual(charge.state, "billed")

    def test_an_invoice_does_not_come_back_with_what_was_waived_meanwhile(self):
        charge = self._charge()
        self._bill(NOVEMBER)
        invoice = self._invoices(self.line)
        invoice.button_draft()
        invoice.button_cancel()
        charge._waive("A gift")
        with self.assertRaisesRegex(UserError, "not charged, as was decided"):
            invoice.button_draft()

    def test_an_invoice_does_not_come_back_with_what_another_bills(self):
        charge = self._charge()
        run = self._bill(NOVEMBER)
        invoice = self._invoices(self.line)
        invoice.button_draft()
        invoice.button_cancel()
        charge.action_bill_this_month()
        self._run(run)
        self.at(JANUARY_1)
        self._bill(DECEMBER)
        self._billed_on(charge).move_id.button_draft()
        with self.assertRaisesRegex(UserError, "cannot stand again"):
            invoice.button_draft()

    def test_only_bill_again_bills_it_after_a_credit_note(self):
        charge = self._charge()
        run = self._bill(NOVEMBER)
        invoice = self._invoices(self.line)
        invoice._reverse_moves(cancel=True)
        self._run(run)
        self.assertEqual(charge.state, "billed")
        charge.item_ids.action_bill_again()
        self._run(run)
        self.assertEqual(charge.state, "billed")
        self.assertEqual(len(charge.item_ids), 2)

    # === THE DATABASE HOLDS IT === #

    @mute_logger("odoo.sql_db")
    def test_two_workers_cannot_bill_one_charge(self):
        charge = self._charge()
        self._bill(NOVEMBER)
        with self.assertRaises(errors.UniqueViolation):
            charge.item_ids.copy({"competence": DECEMBER})

    @mute_logger("odoo.sql_db")
    def test_what_is_charged_costs_something_and_names_its_product(self):
        for vals in ({"price": 0.0}, {"price": -1.0}, {"product_id": False}):
            with (
                self.subTest(vals),
                self.assertRaises(IntegrityError),
                self.cr.savepoint(),
            ):
                self._charge(**vals)

    def test_a_charge_stays_on_record(self):
        with self.assertRaisesRegex(UserError, "stays on record"):
            self._charge().unlink()

    # === NOT BILLED, AND WHY === #

    def test_a_charge_of_an_earlier_month_is_listed_and_billed_by_its_run(self):
        charge = self._charge(competence=OCTOBER)
        run = self._bill(NOVEMBER)
        issue = self._issue(run, charge)
        self.assertEqual((issue.code, issue.competence), ("earlier_month", OCTOBER))
        self.assertEqual(issue.action_open()["res_model"], "mvno.billing.charge")
        self._bill(OCTOBER)
        self.assertEqual(charge.item_ids.competence, OCTOBER)

    def test_a_manager_bills_a_missed_charge_with_this_month(self):
        charge = self._charge(competence=OCTOBER)
        charge.with_user(self.manager).action_bill_this_month()
        self.assertEqual(charge.competence, DECEMBER)
        with self.assertRaises(AccessError):
            charge.with_user(self.attendant).action_bill_this_month()

    def test_what_is_billed_does_not_move_to_another_month(self):
        charge = self._charge()
        self._bill(NOVEMBER)
        with self.assertRaisesRegex(UserError, "is billed. Cancel its invoice"):
            charge.action_bill_this_month()

    def test_an_archived_contract_is_told(self):
        charge = self._charge()
        self.line.contract_id.active = False
        run = self._bill(NOVEMBER)
        self.assertEqual(self._issue(run, charge).code, "charge_no_contract")
        self.line.contract_id.active = True
        self._run(run)
        self.assertEqual(charge.state, "billed")
        self.assertFalse(self._issue(run, charge))

    def test_what_is_to_be_decided_is_told_and_billed_once_it_is(self):
        charge = self._charge(state="proposed")
        run = self._bill(NOVEMBER)
        self.assertEqual(self._issue(run, charge).code, "charge_proposed")
        self.assertFalse(charge.item_ids)
        charge.action_confirm()
        self.assertEqual((charge.state, charge.competence), ("open", DECEMBER))

    def test_a_refusal_of_accounting_names_the_charge(self):
        charge = self._charge()
        with patch.object(
            self.registry["account.move"], "_post", side_effect=UserError("No way")
        ):
            run = self._bill(NOVEMBER)
        self.assertEqual(self._issue(run, charge).code, "failed")
        self.assertEqual(charge.state, "open")

    def test_a_charge_added_while_the_run_is_at_it_is_told(self):
        run = self._bill(NOVEMBER)
        charge = self._charge()
        [issue] = self.env["mvno.billing.source.one.off"]._unbilled(run)
        self.assertEqual(issue["code"], "left_out")
        self.assertEqual(issue["charge_id"], charge.id)

    def test_a_months_charges_cost_no_query_each(self):
        self._charge()
        run = self.env["mvno.billing.run"].create(
            {"platform_id": self.platform.id, "competence": NOVEMBER}
        )
        customer = self.partner
        run._charges(customer)
        few = self.count_queries(lambda: run._charges(customer))
        for _i in range(10):
            self._charge()
        self.assertEqual(self.count_queries(lambda: run._charges(customer)), few)

    # === THE DIALOG === #

    def test_the_dialog_takes_the_price_from_the_customers_price_list(self):
        self.line.contract_id.pricelist_id = self.env["product.pricelist"].create(
            {
                "name": "Friends",
                "item_ids": [
                    Command.create(
                        {
                            "compute_price": "percentage",
                            "percent_price": 50.0,
                            "applied_on": "3_global",
                        }
                    )
                ],
            }
        )
        dialog = self._dialog(self.attendant)
        number = self.mobile._format_number(self.mobile.number)
        self.assertEqual(dialog.text, f"SIM card – {number}")
        self.assertEqual(dialog.competence, DECEMBER)
        self.assertIn("01/01/2027", dialog.explanation)
        dialog.save().action_charge()
        self.assertRecordValues(
            self.mobile.charge_ids,
            [
                {
                    "kind": "one_off",
                    "price": 5.0,
                    "text": f"SIM card – {number}",
                    "competence": DECEMBER,
                    "date": date(2026, 12, 1),
                    "contract_line_id": self.line.id,
                    "user_id": self.attendant.id,
                    "state": "open",
                }
            ],
        )

    def test_the_invoice_speaks_the_customers_language(self):
        self.env["res.lang"]._activate_lang("pt_BR")
        self.card.with_context(lang="pt_BR").name = "Chip"
        self.partner.lang = "pt_BR"
        self.assertTrue(self._dialog(self.attendant).text.startswith("Chip – "))

    def test_any_day_names_its_month(self):
        dialog = self._dialog(competence=date(2026, 12, 24))
        self.assertEqual(dialog.competence, DECEMBER)

    def test_what_costs_nothing_is_not_charged(self):
        with self.assertRaisesRegex(UserError, "costs nothing"):
            self._dialog(price=0.0).save().action_charge()

    def test_a_month_long_over_is_refused(self):
        with self.assertRaisesRegex(UserError, "long over"):
            self._dialog(competence=OCTOBER).save().action_charge()

    def test_a_manager_gives_money_back_for_a_reason(self):
        dialog = self._dialog(self.manager, kind="adjustment", price=-5.0)
        dialog.reason = "3 days without signal"
        dialog.save().action_charge()
        self.assertRecordValues(
            self.mobile.charge_ids,
            [
                {
                    "kind": "adjustment",
                    "price": -5.0,
                    "reason": "3 days without signal",
                }
            ],
        )

    def test_an_attendant_adjusts_nothing_and_nobody_without_a_reason(self):
        for user, reason, error in (
            (self.attendant, "Please", AccessError),
            (self.manager, " ", UserError),
        ):
            dialog = self._dialog(user).save()
            dialog.write({"kind": "adjustment", "reason": reason})
            with self.assertRaises(error):
                dialog.action_charge()

    def test_a_line_that_nobody_pays_for_is_charged_nothing(self):
        self.line.mvno_line_id = False
        with self.assertRaisesRegex(UserError, "no contract pays"):
            self.mobile.action_charge_service()

    # === PERMISSIONS === #

    def test_who_charged_a_service_by_mistake_takes_it_back(self):
        charge = self._charge(user_id=self.attendant.id)
        action = charge.with_user(self.attendant).action_waive()
        dialog = Form(
            self.env["mvno.charge.waive"]
            .with_user(self.attendant)
            .with_context(**action["context"])
        )
        dialog.reason = "Charged on the wrong line"
        dialog.save().action_waive()
        self.assertEqual((charge.state, charge.reason), ("waived", dialog.reason))
        self.assertIn("wrong line", self.mobile.message_ids[0].body)
        self.assertEqual(charge.transition_ids[0].user_id, self.attendant)
        run = self._bill(NOVEMBER)
        self.assertFalse(charge.item_ids | self._issue(run, charge).charge_id.item_ids)

    def test_an_attendant_waives_nobody_elses_charge_and_no_fine(self):
        charges = (
            self._charge(user_id=self.manager.id),
            self._charge(user_id=self.attendant.id, kind="fine"),
        )
        for charge in charges:
            with self.assertRaises(AccessError):
                charge.with_user(self.attendant).action_waive()
            with self.assertRaises(AccessError):
                charge.with_user(self.attendant)._waive("Because")
            charge.with_user(self.manager)._waive("Because")
            self.assertEqual(charge.state, "waived")

    def test_a_waiver_needs_its_reason(self):
        with self.assertRaisesRegex(UserError, "Say why"):
            self._charge()._waive("  ")

    def test_many_charges_are_waived_with_as_many_queries_as_a_few(self):
        def queries(count):
            charges = self.env["mvno.billing.charge"].browse()
            for line in self._make_contract(count).contract_line_ids:
                charges |= self._charge(self._make_active_line("2026-11-01", line))
            found = self.count_queries(lambda: charges._waive("Storm"))
            for mobile in charges.mvno_line_id:
                self.assertIn("Storm", mobile.message_ids[0].body)
            return found

        queries(1)
        few = queries(2)
        self.assertLess(queries(12) - few, 6)

    def test_charges_of_one_line_are_told_in_one_note(self):
        charges = self._charge() | self._charge(text="Delivery")
        before = len(self.mobile.message_ids)
        charges._waive("Storm")
        [note] = self.mobile.message_ids[: len(self.mobile.message_ids) - before]
        self.assertIn("SIM card", note.body)
        self.assertIn("Delivery", note.body)

    def test_what_is_billed_is_not_waived(self):
        charge = self._charge()
        self._bill(NOVEMBER)
        with self.assertRaisesRegex(UserError, "is billed. Cancel its invoice"):
            charge._waive("Because")

    def test_nobody_types_a_charge_in(self):
        with self.assertRaises(AccessError):
            self._charge().with_user(self.manager).write({"price": 1.0})
        with self.assertRaises(AccessError):
            self.env["mvno.billing.charge"].with_user(self.manager).create(
                {"price": 1.0}
            )

    def test_another_companys_charges_are_not_seen(self):
        charge = self._charge()
        company = self.env["res.company"].create({"name": "Other"})
        stranger = self._make_user(
            "stranger",
            "tip_mvno.group_manager",
            company_id=company.id,
            company_ids=[company.id],
        )
        with self.assertRaises(AccessError):
            charge.with_user(stranger).action_confirm()

    def test_managers_attendants_and_accountants_see_its_form(self):
        charge = self._charge()
        for groups in (
            "tip_mvno.group_attendant",
            "tip_mvno.group_manager",
            "account.group_account_invoice",
        ):
            user = self._make_user(f"sees-{groups}", f"base.group_user,{groups}")
            with self.subTest(groups):
                self.assertEqual(Form(charge.with_user(user)).text, "SIM card")
        self.assertTrue(Form(self.mobile.with_user(self.attendant)).charge_ids)
