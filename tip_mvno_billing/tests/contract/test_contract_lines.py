# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged

from ...tools.month_billing import CONTEXT_KEY
from ..billing_common import DECEMBER_1, NOVEMBER, BillingCase


@tagged("post_install", "-at_install")
class TestContractLineBilling(BillingCase):
    """Nobody but a billing run bills telephony; everything else the contract does."""

    @freeze_time(DECEMBER_1)
    def test_the_contract_cron_bills_fibre_and_no_telephony(self):
        line = self._make_active_line()
        fibre = self._make_fibre(line.contract_id)
        only_telephony = self._make_active_line()
        self.env["contract.contract"].cron_recurring_create_invoice()
        self.assertEqual(self._invoices(fibre).amount_total, 100.0)
        self.assertFalse(self._invoices(line | only_telephony))
        self.assertFalse(line.last_date_invoiced)

    @freeze_time(DECEMBER_1)
    def test_the_contract_button_bills_fibre_and_no_telephony(self):
        line = self._make_active_line()
        fibre = self._make_fibre(line.contract_id)
        self.assertEqual(line.contract_id.recurring_next_date, date(2026, 11, 1))
        line.contract_id.recurring_create_invoice()
        self.assertEqual(self._invoices(fibre).amount_total, 100.0)
        self.assertFalse(self._invoices(line))
        self.assertEqual(line.contract_id.recurring_next_date, date(2026, 12, 1))

    @freeze_time(DECEMBER_1)
    def test_the_contract_wizard_bills_fibre_and_no_telephony(self):
        line = self._make_active_line()
        fibre = self._make_fibre(line.contract_id)
        only_telephony = self._make_active_line()
        wizard = self.env["contract.manually.create.invoice"].create(
            {"invoice_date": "2026-12-01"}
        )
        self.assertIn(line.contract_id, wizard.contract_to_invoice_ids)
        self.assertNotIn(only_telephony.contract_id, wizard.contract_to_invoice_ids)
        wizard.create_invoice()
        self.assertEqual(self._invoices(fibre).amount_total, 100.0)
        self.assertFalse(self._invoices(line | only_telephony))

    @freeze_time(DECEMBER_1)
    def test_a_contract_of_telephony_only_gets_no_empty_invoice(self):
        line = self._make_active_line()
        self.assertFalse(line.contract_id.recurring_create_invoice())
        self.assertFalse(line.create_invoice_visibility)

    @freeze_time(DECEMBER_1)
    def test_a_context_from_outside_opens_no_door(self):
        line = self._make_active_line()
        contract = line.contract_id.with_context(
            **{CONTEXT_KEY: {"competence": "2026-11-01", "line_ids": line.ids}}
        )
        self.assertFalse(contract.recurring_create_invoice())

    @freeze_time(DECEMBER_1)
    def test_a_run_leaves_the_fibre_to_the_contract(self):
        line = self._make_active_line()
        fibre = self._make_fibre(line.contract_id)
        self._bill(NOVEMBER)
        self.assertEqual(len(self._invoices(line).invoice_line_ids), 1)
        self.assertFalse(self._invoices(fibre))
        self.assertFalse(fibre.last_date_invoiced)

    def test_months_invoiced_before_the_addon_came_are_kept(self):
        line = self._make_active_line("2026-01-01")
        line.last_date_invoiced = "2026-10-31"
        self.env["contract.line"]._mvno_keep_invoiced_months()
        self.assertEqual(line.mvno_billing_from, date(2026, 11, 1))

    @freeze_time(DECEMBER_1)
    def test_a_recurring_note_beside_telephony_is_no_invoice_of_its_own(self):
        line = self._make_active_line()
        line.contract_id.contract_line_ids = [
            Command.create(
                {
                    "name": "Obrigado!",
                    "display_type": "line_note",
                    "note_invoicing_mode": "custom",
                    "date_start": NOVEMBER,
                }
            )
        ]
        lines = line.contract_id.contract_line_ids
        self.env["contract.contract"].cron_recurring_create_invoice()
        self.assertFalse(self._invoices(lines))
