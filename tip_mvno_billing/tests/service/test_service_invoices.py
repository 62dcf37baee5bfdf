# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2 import errors

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..billing_common import DECEMBER_1, NOVEMBER, OCTOBER, BillingCase

REASON = "No account."


@tagged("post_install", "-at_install")
@freeze_time(DECEMBER_1)
class TestMvnoBillingRunServices(BillingCase):
    """Other services come on the invoice of telephony, for who wants that, once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner.mvno_invoice_grouping = "everything"
        cls.line = cls._make_active_line("2026-10-05", price=50)
        cls.line.mvno_billing_from = NOVEMBER
        cls.contract = cls.line.contract_id
        cls.fibre = cls._make_fibre(cls.contract, date_start="2026-12-05")

    def _cron(self):
        self.env["contract.contract"].cron_recurring_create_invoice()

    def _periods(self, line):
        """:return: list of the periods of a service that are billed by runs"""
        items = line.mvno_item_ids.filtered(lambda item: item.state == "billed")
        return sorted((item.period_start, item.period_end) for item in items)

    # === INVOICE LINES === #

    def test_a_service_due_by_the_invoices_due_date_is_on_it(self):
        run = self._bill(NOVEMBER)
        invoice = self._invoices(self.line)
        self.assertEqual(invoice, self._invoices(self.fibre))
        self.assertRecordValues(
            invoice,
            [
                {
                    "amount_untaxed": 150.0,
                    "invoice_date_due": date(2026, 12, 10),
                    "journal_id": self.company.mvno_journal_id.id,
                    "state": "posted",
                }
            ],
        )
        self.assertEqual(
            self._periods(self.fibre), [(date(2026, 12, 5), date(2027, 1, 4))]
        )
        self.assertEqual(self.fibre.last_date_invoiced, date(2027, 1, 4))
        self.assertEqual(self.fibre.recurring_next_date, date(2027, 1, 5))
        self.assertEqual(self.contract.recurring_next_date, date(2027, 1, 5))
        self.assertEqual(self.fibre.mvno_item_ids.kind, "service")
        self.assertFalse(run.issue_ids)

    def test_a_service_due_later_waits_for_the_next_run(self):
        later = self._make_fibre(self.contract, date_start="2026-12-11") - self.fibre
        self._bill(NOVEMBER)
        self.assertFalse(self._invoices(later))
        self.at("2027-01-02 15:00:00")
        self._bill(date(2026, 12, 1))
        self.assertEqual(
            self._periods(later), [(date(2026, 12, 11), date(2027, 1, 10))]
        )

    def test_several_due_periods_are_several_lines(self):
        self.fibre.date_start = "2026-10-05"
        self._bill(NOVEMBER)
        lines = self._invoices(self.fibre).invoice_line_ids.filtered(
            lambda line: line.contract_line_id == self.fibre
        )
        self.assertEqual(lines.mapped("price_unit"), [100.0] * 3)
        self.assertEqual(
            [start for start, _end in self._periods(self.fibre)],
            [date(2026, 10, 5), date(2026, 11, 5), date(2026, 12, 5)],
        )

    def test_the_contracts_markers_discount_and_quantity_are_kept(self):
        self.fibre.write(
            {"name": "Fibra #START# a #END#", "quantity": 2, "discount": 10}
        )
        self.env["res.lang"]._activate_lang("en_US")
        self._bill(NOVEMBER)
        move_line = self.fibre.mvno_item_ids.move_line_id
        self.assertEqual(move_line.name, "Fibra 12/05/2026 a 01/04/2027")
        self.assertEqual(move_line.price_subtotal, 180.0)

    def test_a_section_over_telephony_and_fibre_is_there_once(self):
        self.contract.write(
            {
                "contract_line_ids": [
                    Command.create(
                        {
                            "name": "Home",
                            "display_type": "line_section",
                            "sequence": -1,
                        }
                    )
                ]
            }
        )
        self.contract.invalidate_recordset()  # which sorts the lines
        self._bill(NOVEMBER)
        lines = self._invoices(self.line).invoice_line_ids
        self.assertEqual(lines.mapped("name").count("Home"), 1)
        self.assertEqual(len(lines), 3)

    def test_a_contract_without_telephony_shares_the_invoice(self):
        fibre = self._make_fibre(
            self.env["contract.contract"].create(
                {"name": "Fibra", "partner_id": self.partner.id}
            ),
            date_start="2026-12-01",
        )
        self._bill(NOVEMBER)
        self.assertEqual(self._invoices(fibre), self._invoices(self.line))

    def test_services_alone_make_an_invoice_when_no_telephony_is_left(self):
        run = self._bill(OCTOBER)
        self.assertEqual(run.invoice_ids.amount_untaxed, 100.0)
        self.assertEqual(self._periods(self.fibre)[0][0], date(2026, 12, 5))

    def test_a_service_that_costs_nothing_makes_no_invoice_of_its_own(self):
        self.fibre.specific_price = 0
        run = self._bill(OCTOBER)
        self.assertFalse(run.invoice_ids)
        self.assertFalse(run.issue_ids)

    def test_other_customers_services_stay_with_their_contract(self):
        for grouping in ("customer", "contract"):
            self.partner.mvno_invoice_grouping = grouping
            self._bill(NOVEMBER)
            self.assertFalse(self._invoices(self.fibre))

    def test_who_has_no_line_in_service_is_served_by_the_contract(self):
        self.line.mvno_line_id.write(
            {"state": "cancelled", "cancellation_date": "2026-11-20"}
        )
        self._bill(NOVEMBER)
        self.assertTrue(self._invoices(self.line))
        self.assertFalse(self._invoices(self.fibre))

    def test_a_preview_shows_services_and_bills_none(self):
        run = self.env["mvno.billing.run"].create(
            {"platform_id": self.platform.id, "competence": NOVEMBER}
        )
        run.action_preview()
        run._run_slice()
        self.assertEqual(
            sorted(run.preview_ids.mapped("kind")), ["recurring", "service"]
        )
        self.assertEqual(run.preview_total, 150.0)
        self.assertFalse(self.fibre.last_date_invoiced)
        self.assertEqual(self.fibre.recurring_next_date, date(2026, 12, 5))

    # === ONCE === #

    def test_running_again_bills_no_service_twice(self):
        run = self._bill(NOVEMBER)
        self._run(run)
        self._bill(OCTOBER)
        self.assertEqual(len(self._invoices(self.fibre)), 1)

    @mute_logger("odoo.sql_db")
    def test_the_database_keeps_a_period_from_being_billed_twice(self):
        self._bill(NOVEMBER)
        with self.assertRaises(errors.UniqueViolation):
            self.fibre.mvno_item_ids.copy()

    def test_a_customer_whose_fibre_fails_is_parked_and_nothing_is_used_up(self):
        prepare = type(self.fibre)._prepare_invoice_line

        def fail(line):
            if line == self.fibre:
                raise UserError(REASON)
            return prepare(line)

        with patch.object(type(self.fibre), "_prepare_invoice_line", fail):
            run = self._bill(NOVEMBER)
        self.assertFalse(run.invoice_ids)
        self.assertFalse(self.fibre.last_date_invoiced)
        self.assertEqual(run.issue_ids.contract_line_id, self.line | self.fibre)
        self._run(run)
        self.assertEqual(run.invoice_ids.amount_untaxed, 150.0)

    def test_a_service_that_an_extension_drops_is_listed_and_not_used_up(self):
        prepare = type(self.fibre)._prepare_invoice_line

        def drop(line):
            return {} if line == self.fibre else prepare(line)

        with patch.object(type(self.fibre), "_prepare_invoice_line", drop):
            run = self._bill(NOVEMBER)
        self.assertEqual(run.invoice_ids.amount_untaxed, 50.0)
        self.assertRecordValues(
            run.issue_ids,
            [{"code": "left_out", "contract_line_id": self.fibre.id}],
        )
        self.assertFalse(self.fibre.last_date_invoiced)

    def test_a_deleted_draft_gives_its_services_back(self):
        self.company.mvno_posting = "draft"
        self.fibre.date_start = "2026-11-05"
        run = self._bill(NOVEMBER)
        run.invoice_ids.unlink()
        self.assertFalse(self.fibre.last_date_invoiced)
        self.assertEqual(self.fibre.recurring_next_date, date(2026, 11, 5))
        self._run(run)
        self.assertEqual(run.invoice_ids.amount_untaxed, 250.0)

    def test_a_cancelled_invoice_gives_services_back_and_takes_them_again(self):
        invoice = self._bill(NOVEMBER).invoice_ids
        invoice.button_cancel()
        self.assertFalse(self.fibre.last_date_invoiced)
        invoice.button_draft()
        self.assertEqual(self.fibre.last_date_invoiced, date(2027, 1, 4))

    def test_a_service_invoiced_by_hand_meanwhile_is_not_taken_back(self):
        invoice = self._bill(NOVEMBER).invoice_ids
        invoice.button_cancel()
        by_hand = self.contract.recurring_create_invoice()
        self.assertEqual(by_hand.amount_untaxed, 100.0)
        with (
            self.assertRaisesRegex(UserError, "by the contract itself"),
            self.cr.savepoint(),
        ):
            invoice.button_draft()
        self.assertEqual(invoice.state, "cancel")
        by_hand.button_cancel()
        invoice.button_draft()
        self.assertEqual(self.fibre.last_date_invoiced, date(2027, 1, 4))

    def test_a_service_whose_invoice_by_hand_was_deleted_is_taken_back(self):
        invoice = self._bill(NOVEMBER).invoice_ids
        invoice.button_cancel()
        self.contract.recurring_create_invoice().unlink()
        invoice.button_draft()
        self.assertEqual(len(self._periods(self.fibre)), 1)

    def test_a_service_invoiced_by_hand_before_does_not_stand_in_the_way(self):
        self.fibre.date_start = "2026-11-05"
        by_hand = self.contract.recurring_create_invoice()
        self.assertTrue(by_hand)
        invoice = self._bill(NOVEMBER).invoice_ids
        invoice.button_cancel()
        invoice.button_draft()
        self.assertEqual(len(self._periods(self.fibre)), 1)

    def _archived(self, run):
        """:return: the reasons of the run's issues about the service's contract"""
        issues = run.issue_ids.filtered(
            lambda issue: issue.code == "archived"
            and issue.contract_line_id == self.fibre
        )
        return issues.mapped("reason")

    def test_a_released_service_of_an_archived_contract_is_listed(self):
        self.fibre.date_start = "2026-11-05"
        run = self._bill(NOVEMBER)
        run.invoice_ids.button_cancel()
        self.contract.active = False
        self._run(run)
        [of_november] = self._archived(run)
        self.assertIn("100", of_november)
        self.at("2027-01-02 15:00:00")
        # its period from 5 December on, too
        self.assertEqual(len(self._archived(self._bill(date(2026, 12, 1)))), 2)
        self.contract.active = True
        self.assertFalse(self._archived(self._run(run)))

    def test_a_service_invoiced_by_hand_before_its_contract_is_archived_is_not(self):
        run = self._bill(NOVEMBER)
        run.invoice_ids.button_cancel()
        self.contract.recurring_create_invoice()
        self.contract.active = False
        self.at("2027-01-02 15:00:00")
        self.assertFalse(self._archived(self._bill(date(2026, 12, 1))))

    def test_a_credited_service_is_billed_again_only_when_somebody_says_so(self):
        run = self._bill(NOVEMBER)
        invoice = run.invoice_ids
        invoice._reverse_moves([{"invoice_date": "2026-12-01"}], cancel=True)
        self._run(run)
        self.assertEqual(run.invoice_ids, invoice)
        self.fibre.mvno_item_ids.action_bill_again()
        self._run(run)
        self.assertEqual((run.invoice_ids - invoice).amount_untaxed, 100.0)

    def _release_behind(self):
        """Cancel the invoice of a period, once a later one is invoiced.

        :return: the later run
        """
        first = self._bill(NOVEMBER).invoice_ids
        self.at("2027-01-02 15:00:00")
        later = self._bill(date(2026, 12, 1))
        first.button_cancel()
        self.assertEqual(self.fibre.last_date_invoiced, date(2027, 2, 4))
        return later

    def test_a_period_released_behind_a_billed_one_is_billed_by_the_next_run(self):
        self.fibre.name = "Fibra #START# a #END#"
        self.env["res.lang"]._activate_lang("en_US")
        later = self._release_behind()
        before = later.invoice_ids
        self._run(later)
        again = later.invoice_ids - before
        self.assertEqual(again.amount_untaxed, 100.0)
        self.assertEqual(again.invoice_line_ids.name, "Fibra 12/05/2026 a 01/04/2027")
        self.assertEqual(self.fibre.last_date_invoiced, date(2027, 2, 4))
        self.assertEqual(
            self._periods(self.fibre),
            [
                (date(2026, 12, 5), date(2027, 1, 4)),
                (date(2027, 1, 5), date(2027, 2, 4)),
            ],
        )
        self._run(later)
        self.assertEqual(later.invoice_ids, before | again)

    def test_a_period_billed_again_may_be_released_again(self):
        later = self._release_behind()
        before = later.invoice_ids
        self._run(later)
        (later.invoice_ids - before).button_cancel()
        self._run(later)
        self.assertEqual(len(self._periods(self.fibre)), 2)

    def test_a_period_whose_invoice_stands_again_is_not_billed_again(self):
        later = self._release_behind()
        before = later.invoice_ids
        self._invoices(self.fibre).filtered(
            lambda move: move.state == "cancel"
        ).button_draft()
        self._run(later)
        self.assertEqual(later.invoice_ids, before)

    def test_bill_again_of_a_period_behind_a_billed_one_bills_it(self):
        first = self._bill(NOVEMBER).invoice_ids
        self.at("2027-01-02 15:00:00")
        later = self._bill(date(2026, 12, 1))
        today = date(2027, 1, 2)
        first._reverse_moves([{"date": today, "invoice_date": today}], cancel=True)
        first.mvno_item_ids.action_bill_again()
        self._run(later)
        self.assertEqual(len(self._periods(self.fibre)), 2)

    def test_a_period_left_behind_is_billed_to_who_has_no_mobile_line_any_more(self):
        self._release_behind()
        self.line.mvno_line_id.write(
            {"state": "cancelled", "cancellation_date": "2026-12-31"}
        )
        self.line.date_end = "2026-12-31"
        self.at("2027-03-02 15:00:00")
        run = self._bill(date(2027, 2, 1))
        self.assertEqual(run.invoice_ids.amount_untaxed, 100.0)
        self.assertEqual(self.fibre.last_date_invoiced, date(2027, 2, 4))

    def test_an_invoice_that_replaces_a_credited_one_holds_its_services(self):
        invoice = self._bill(NOVEMBER).invoice_ids
        reversal = self.env["account.move.reversal"].create(
            {
                "move_ids": invoice.ids,
                "journal_id": invoice.journal_id.id,
                "date": "2026-12-01",
            }
        )
        reversal.modify_moves()
        billed = self.fibre.mvno_item_ids.filtered(lambda item: item.state == "billed")
        self.assertEqual(billed.move_id, reversal.new_move_ids)

    # === THE CONTRACT'S OWN INVOICING === #

    def test_the_contracts_cron_leaves_the_service_to_the_run(self):
        self.at("2026-12-06 15:00:00")
        self._cron()
        self.assertFalse(self._invoices(self.fibre))
        self._bill(NOVEMBER)
        self.assertTrue(self._invoices(self.fibre))

    def test_the_contracts_cron_serves_who_has_the_mobile_line_in_another_company(self):
        self.at("2026-12-06 15:00:00")
        company = self.env["res.company"].create({"name": "Fibra S.A."})
        contracts = self.env["contract.contract"].with_company(company)
        contract = contracts.create(
            {
                "name": "Fibra",
                "partner_id": self.partner.id,
                "company_id": company.id,
            }
        )
        left = contracts._mvno_left_to_run_domain(NOVEMBER, date(2026, 12, 6))
        self.assertIn(self.contract, contracts.search(left))
        self.assertNotIn(contract, contracts.search(left))

    def test_the_contracts_cron_serves_everybody_else(self):
        self.at("2026-12-06 15:00:00")
        self.partner.mvno_invoice_grouping = "customer"
        self._cron()
        self.assertEqual(self._invoices(self.fibre).amount_untaxed, 100.0)

    def test_the_contracts_cron_serves_who_joined_after_the_billed_month(self):
        self.at("2026-12-06 15:00:00")
        self.line.mvno_billing_from = False
        self.line.date_start = "2026-12-02"
        self._cron()
        self.assertTrue(self._invoices(self.fibre))

    def test_a_person_still_gets_the_invoice_by_button_and_wizard(self):
        self.contract.recurring_create_invoice()
        self.assertEqual(self._invoices(self.fibre).amount_untaxed, 100.0)
        other = self._make_fibre(self.contract, date_start="2026-12-01") - self.fibre
        wizard = self.env["contract.manually.create.invoice"].create(
            {"invoice_date": "2026-12-02"}
        )
        self.assertIn(self.contract, wizard.contract_to_invoice_ids)
        wizard.create_invoice()
        self.assertTrue(self._invoices(other))
        self._bill(NOVEMBER)
        self.assertEqual(len(self._invoices(self.fibre)), 1)
