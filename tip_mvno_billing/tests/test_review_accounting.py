# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What an accountant's reading of the billing found, each once."""

from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .billing_common import DECEMBER_1, NOVEMBER, BillingCase
from .statement_common import StatementCase, session


@tagged("post_install", "-at_install")
@freeze_time(DECEMBER_1)
class TestReviewAccounting(BillingCase):
    # === NOTHING IN SERVICE GOES UNNOTICED === #

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._make_active_line()
        cls.run_ = cls._bill(NOVEMBER)

    def _unpaid(self, run):
        issues = run.issue_ids.filtered(lambda issue: issue.code == "no_contract")
        return issues.mvno_line_id

    def test_a_live_line_of_an_archived_contract_is_listed(self):
        line = self._make_active_line()
        line.contract_id.active = False
        run = self._bill(NOVEMBER)
        self.assertFalse(self._invoices(line))
        self.assertEqual(self._unpaid(run), line.mvno_line_id)
        self.assertIn("11/2026", run.issue_ids.reason)
        self.assertEqual(run.issue_ids.action_open()["res_id"], line.mvno_line_id.id)

    def test_a_live_line_whose_contract_line_was_deleted_is_listed(self):
        line = self._make_active_line()
        mobile = line.mvno_line_id
        line.unlink()
        run = self._bill(NOVEMBER)
        self.assertEqual(self._unpaid(run), mobile)
        self._run(run)
        self.assertEqual(len(run.issue_ids), 1)

    def test_a_live_line_whose_contract_line_ended_is_billed_and_listed(self):
        line = self._make_active_line(price=60)
        line.date_end = "2026-11-10"
        run = self._bill(NOVEMBER)
        self.assertEqual(self._invoices(line).amount_untaxed, 20)
        self.assertEqual(self._unpaid(run), line.mvno_line_id)

    def test_a_line_that_is_paid_for_or_not_in_service_is_not_listed(self):
        self._make_active_line()
        cancelled = self._make_active_line()
        cancelled.mvno_line_id.write(
            {"state": "cancelled", "cancellation_date": "2026-11-10"}
        )
        cancelled.date_end = "2026-11-10"
        later = self._make_active_line("2026-12-01")
        later.contract_id.active = False
        self.assertFalse(self._bill(NOVEMBER).issue_ids)

    # === CREDIT NOTES === #

    def _credit(self, invoice):
        today = date(2026, 12, 1)
        return invoice._reverse_moves(
            [{"date": today, "invoice_date": today}], cancel=True
        )

    def test_a_credit_note_cannot_be_withdrawn_once_the_month_is_billed_again(self):
        line, run = self.line, self.run_
        note = self._credit(self._invoices(line))
        line.mvno_item_ids.action_bill_again()
        self._run(run)
        with self.assertRaisesRegex(UserError, "meanwhile"):
            note.button_draft()

    def test_an_invoice_whose_credit_note_is_withdrawn_keeps_its_month(self):
        line, run = self.line, self.run_
        note = self._credit(self._invoices(line))
        line.mvno_item_ids.action_bill_again()
        note.button_draft()
        self.assertEqual(line.mvno_item_ids.state, "billed")
        before = self._invoices(line)
        self._run(run)
        self.assertEqual(self._invoices(line), before)

    def _replace(self, invoice):
        """:return: the draft that replaces an invoice, which is credited"""
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id, "date": "2026-12-01"})
        )
        wizard.modify_moves()
        return wizard.new_move_ids

    def _billed(self, line):
        return line.mvno_item_ids.filtered(lambda item: item.state == "billed")

    def test_a_corrected_invoice_bills_the_month_of_the_one_it_replaces(self):
        line, run = self.line, self.run_
        corrected = self._replace(self._invoices(line))
        self.assertEqual(corrected.mvno_competence, NOVEMBER)
        self.assertEqual(corrected.mvno_item_ids, self._billed(line))
        with self.assertRaisesRegex(UserError, "still stands"):
            self._billed(line).action_bill_again()
        corrected.action_post()
        self.assertEqual(corrected.invoice_date_due, date(2026, 12, 10))
        corrected.button_draft()
        corrected.unlink()
        self.assertFalse(self._billed(line))
        self._run(run)
        self.assertEqual(len(self._billed(line)), 1)

    def test_a_corrected_invoice_is_its_runs_and_posted_with_its_drafts(self):
        line, run = self.line, self.run_
        corrected = self._replace(self._invoices(line))
        self.assertEqual(run.draft_count, 1)
        run.action_post()
        run._run_slice()
        self.assertEqual(corrected.state, "posted")

    def test_a_credit_note_cannot_be_withdrawn_while_another_invoice_replaces_it(self):
        line, run = self.line, self.run_
        invoice = self._invoices(line)
        corrected = self._replace(invoice)
        corrected.action_post()
        with self.assertRaises(UserError) as refused:
            invoice.reversal_move_ids.button_draft()
        self.assertIn("meanwhile", str(refused.exception))
        corrected.button_draft()
        corrected.button_cancel()
        invoice.reversal_move_ids.button_draft()
        self.assertEqual(self._billed(line).move_id, invoice)
        before = self._invoices(line)
        self._run(run)
        self.assertEqual(self._invoices(line), before)
        with self.assertRaisesRegex(UserError, "meanwhile"):
            corrected.button_draft()

    def test_a_charge_on_a_corrected_invoice_is_billed_once(self):
        line = self._make_active_line()
        charge = self.env["mvno.billing.charge"].create(
            {
                "mvno_line_id": line.mvno_line_id.id,
                "contract_line_id": line.id,
                "product_id": self.product.id,
                "price": 10.0,
                "text": "SIM card",
                "date": NOVEMBER,
                "competence": NOVEMBER,
            }
        )
        self._bill(NOVEMBER)
        invoice = self._invoices(line)
        corrected = self._replace(invoice)
        self.assertEqual(charge.state, "billed")
        corrected.button_cancel()
        self.assertEqual(charge.state, "open")
        invoice.reversal_move_ids.button_draft()
        self.assertEqual(charge.state, "billed")

    def test_a_run_whose_invoices_are_cancelled_stays_and_says_so(self):
        line, run = self.line, self.run_
        self._invoices(line).button_cancel()
        with self.assertRaisesRegex(UserError, "stays on record"):
            run.unlink()

    # === INVOICES === #

    def test_who_pays_for_two_subscribers_gets_an_invoice_for_each(self):
        # together or apart would depend on the slice of the run they fall into
        payer = self._make_partner(name="Empresa Exemplo", is_company=True)
        other = self._make_partner(name="Outra Pessoa Exemplo")
        contract = self._make_contract(partner=other)
        lines = self._make_active_line() | self._make_active_line(
            contract_line=contract.contract_line_ids
        )
        lines.contract_id.invoice_partner_id = payer
        self._bill(NOVEMBER)
        invoices = self._invoices(lines)
        self.assertEqual(len(invoices), 2)
        self.assertEqual(invoices.partner_id, payer)

    def test_a_customer_without_language_is_addressed_in_the_users(self):
        self.env["res.lang"]._activate_lang("pt_BR")
        self.env.user.lang = "pt_BR"
        self.partner.lang = False
        line = self._make_active_line()
        self._bill(NOVEMBER)
        self.assertIn("01/11/2026 a 30/11/2026", self._invoices(line).line_ids[0].name)

    def test_a_price_list_in_another_currency_is_converted(self):
        currency = self.env.ref("base.EUR")
        currency.active = True
        self.env["res.currency.rate"].create(
            {
                "currency_id": currency.id,
                "company_id": self.company.id,
                "name": "2026-01-01",
                "rate": 0.2,
            }
        )
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Europe",
                "currency_id": currency.id,
                "item_ids": [
                    Command.create({"compute_price": "fixed", "fixed_price": 10.0})
                ],
            }
        )
        line = self._make_contract(pricelist_id=pricelist.id).contract_line_ids
        self.assertEqual(line.currency_id, self.company.currency_id)
        self.assertEqual(line.price_unit, 50.0)

    def test_a_line_from_a_contract_template_has_the_plans_price(self):
        template = self.env["contract.template"].create(
            {
                "name": "Móvel",
                "company_id": self.company.id,
                "contract_line_ids": [
                    Command.create({"name": "Plano", "product_id": self.product.id})
                ],
            }
        )
        with Form(self.env["contract.contract"]) as form:
            form.name = "Telefonia"
            form.partner_id = self.partner
            form.contract_template_id = template
        self.assertEqual(form.record.contract_line_ids.price_unit, 59.9)

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


@tagged("post_install", "-at_install")
class TestReviewStatement(StatementCase):
    def test_data_is_rounded_as_in_the_consolidated_usage(self):
        self.import_says(self.told(data=[session("2026-10-03", "0.001", "380.7305")]))
        self.assertEqual(self.statement.line_ids.data_mb, 380.732)
        self.env.cr.execute(
            "SELECT data_mb::text FROM mvno_statement_line WHERE statement_id = %s",
            (self.statement.id,),
        )
        self.assertEqual(self.env.cr.fetchone(), ("380.732",))
