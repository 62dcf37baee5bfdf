# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from odoo import Command
from odoo.tests import tagged

from ..billing_common import DECEMBER_1, NOVEMBER, OCTOBER, at_time
from ..months_common import NOVEMBER_1, ROUNDING_METHODS, MonthsCase


@tagged("post_install", "-at_install")
class TestInvoiceOrCreditNote(MonthsCase):
    """What a customer pays, taxes included, decides whether it is an invoice."""

    # === WHAT IS BILLED === #

    def _tax(self, percent):
        """:return: a tax on top of the price"""
        return self.env["account.tax"].create(
            {
                "name": f"{percent} %",
                "amount": percent,
                "type_tax_use": "sale",
                "company_id": self.company.id,
                "tax_group_id": self.env["account.tax.group"]
                .create({"name": "Mobile", "company_id": self.company.id})
                .id,
            }
        )

    def _plan(self, code, tax=0, **vals):
        """:return: a plan whose price ``tax`` percent are added to"""
        return self._make_product(
            self._make_plan(code, code),
            taxes_id=[Command.set(self._tax(tax).ids if tax else [])],
            **vals,
        )

    def _line_of(self, product, price, since="2026-11-01"):
        contract = self._make_contract(product=product)
        return self._make_active_line(since, contract.contract_line_ids, price)

    def _given_back(self, price, tax=0):
        """:return: a contract line that paid for November in advance, and left on its
        first day: 29 of 30 days are given back"""
        plan = self._plan(f"A{tax}", tax, mvno_billing_timing="advance")
        line = self._line_of(plan, price, "2026-10-01")
        with at_time(NOVEMBER_1):
            self._bill(OCTOBER)
            line.mvno_line_id._on_cancelled("customer", date(2026, 11, 1))
        return line

    def _november(self, **vals):
        """:return: (the run of November, what it made)"""
        with at_time(DECEMBER_1):
            run = self._bill(NOVEMBER, **vals)
        self.assertFalse(run.issue_ids.filtered(lambda issue: issue.code == "failed"))
        return run, run.invoice_ids

    # === DECIDED AFTER TAXES === #

    def test_taxes_that_outweigh_what_is_given_back_make_it_an_invoice(self):
        """-58.00 + 30.00 + 27.50 are -0.50, and 0.88 with 5 % of 27.50."""
        for method in ROUNDING_METHODS:
            with self._rounding(method):
                self._given_back(60)
                self._line_of(self._plan("free of tax"), 30)
                self._line_of(self._plan("taxed", 5), 27.5)
                _run, invoice = self._november()
                self.assertRecordValues(
                    invoice,
                    [
                        {
                            "move_type": "out_invoice",
                            "state": "posted",
                            "amount_untaxed": -0.5,
                            "amount_total": 0.88,
                        }
                    ],
                )

    def test_taxes_given_back_that_outweigh_the_rest_make_it_a_credit_note(self):
        """60.00 - 58.00 are 2.00, and -3.80 with 10 % of 58.00."""
        back = self._given_back(60, tax=10)
        self._line_of(self._plan("free of tax"), 60)
        _run, note = self._november()
        self.assertRecordValues(
            note,
            [
                {
                    "move_type": "out_refund",
                    "state": "posted",
                    "amount_untaxed": -2.0,
                    "amount_total": 3.8,
                }
            ],
        )
        self.assertEqual(self._billed(back)[-1], ("adjustment", NOVEMBER, 58.0))

    def test_what_comes_to_nothing_after_taxes_is_an_invoice(self):
        """-58.00 + 26.50 + 30.00 are -1.50, and nothing with 5 % of 30.00."""
        self._given_back(60)
        self._line_of(self._plan("free of tax"), 26.5)
        self._line_of(self._plan("taxed", 5), 30)
        _run, invoice = self._november()
        self.assertEqual(
            (invoice.move_type, invoice.state, invoice.amount_total),
            ("out_invoice", "posted", 0),
        )

    def test_a_cent_decides_as_the_company_rounds_its_taxes(self):
        """-9.67 + 7.35 + 2 x 1.10 are -0.12: twice 0.06 of tax, or 0.11 in one sum."""
        expected = {
            "round_per_line": ("out_invoice", 0.0),
            "round_globally": ("out_refund", 0.01),
        }
        for method in ROUNDING_METHODS:
            with self._rounding(method):
                # 0.33 of 10.00 are left
                self._given_back(10)
                self._line_of(self._plan("free of tax"), 7.35)
                taxed = self._plan("taxed", 5)
                for _number in range(2):
                    self._line_of(taxed, 1.1)
                _run, move = self._november()
                self.assertEqual((move.move_type, move.amount_total), expected[method])
                self.assertEqual(move.state, "posted")

    def test_a_draft_is_what_can_be_posted(self):
        self.company.mvno_posting = "draft"
        self._given_back(60)
        self._line_of(self._plan("free of tax"), 30)
        self._line_of(self._plan("taxed", 5), 27.5)
        run, invoice = self._november()
        self.assertEqual((invoice.move_type, invoice.state), ("out_invoice", "draft"))
        with at_time(DECEMBER_1):
            run.action_post()
            while run.state in ("waiting", "running"):
                run._run_slice()
        self.assertEqual((invoice.state, run.issue_count), ("posted", 0))

    def test_the_preview_shows_the_same(self):
        self._given_back(60)
        self._line_of(self._plan("free of tax"), 30)
        self._line_of(self._plan("taxed", 5), 27.5)
        with at_time(DECEMBER_1):
            run = self.env["mvno.billing.run"].create(
                {"platform_id": self.platform.id, "competence": NOVEMBER}
            )
            run.action_preview()
            while run.state in ("waiting", "running"):
                run._run_slice()
            self.assertEqual((run.preview_count, run.preview_total), (1, 0.88))
            self.assertEqual(
                sorted(run.preview_ids.mapped("amount_total")), [-58, 28.88, 30]
            )
            self._run(run)
        self.assertFalse(run.is_off_preview)

    def test_what_is_given_back_by_hand_counts_with_its_taxes(self):
        """30.50 - 30.00 are 0.50, and -1.00 with 5 % of 30.00."""
        taxed = self._line_of(self._plan("taxed", 5), 0)
        taxed.mvno_courtesy = True
        self._line_of(self._plan("free of tax"), 30.5)
        charge = self.env["mvno.billing.charge"].create(
            {
                "mvno_line_id": taxed.mvno_line_id.id,
                "contract_line_id": taxed.id,
                "product_id": taxed.product_id.id,
                "kind": "adjustment",
                "price": -30.0,
                "text": "Fault of 3 days",
                "date": "2026-11-20",
                "competence": NOVEMBER,
            }
        )
        _run, note = self._november()
        self.assertEqual(
            (note.move_type, note.amount_total, note.state),
            ("out_refund", 1, "posted"),
        )
        self.assertEqual(charge.state, "billed")

    def test_one_customers_credit_note_leaves_the_others_invoices_in_their_order(self):
        self._given_back(60)
        other = self._make_partner(name="Outra Pessoa")
        contract = self._make_contract(partner=other)
        paying = self._make_active_line(
            contract_line=contract.contract_line_ids, price=60
        )
        run, moves = self._november()
        self.assertCountEqual(moves.mapped("move_type"), ["out_refund", "out_invoice"])
        self.assertEqual(self._invoices(paying).amount_total, 60)
        self.assertEqual(run.amount_total, 2)
