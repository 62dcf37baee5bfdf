# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2 import errors

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ...models.run import mvno_billing_run_driver
from ..billing_common import DECEMBER_1, NOVEMBER, OCTOBER, BillingCase

# What a run leaves behind, besides its own rows.
TRACES = (
    "account.move",
    "account.move.line",
    "mvno.billing.item",
    "mail.message",
    "mail.followers",
    "mail.mail",
    "mail.activity",
)

REASON = "No account."


@tagged("post_install", "-at_install")
@freeze_time(DECEMBER_1)
class TestMvnoBillingRunPreview(BillingCase):
    """What a run is going to invoice is seen before it does, to the cent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.run_ = cls.env["mvno.billing.run"].create(
            {"platform_id": cls.platform.id, "competence": NOVEMBER}
        )

    def _work(self):
        while self.run_.state in ("waiting", "running"):
            self.run_._run_slice()

    def _preview(self):
        self.run_.action_preview()
        self._work()
        return self.run_.preview_ids

    def _told(self, records, amount):
        """:return: what rows or invoice lines say, comparable"""
        return sorted(
            (
                record.contract_line_id.id,
                record.mvno_line_id.id,
                round(record[amount], 2),
            )
            for record in records
        )

    def _tax(self, amount, **vals):
        return self.env["account.tax"].create(
            {
                "name": f"Tax {amount}",
                "amount": amount,
                "amount_type": "percent",
                "type_tax_use": "sale",
                **vals,
            }
        )

    # === CONTENT === #

    def test_a_row_says_what_will_be_invoiced_of_a_line(self):
        line = self._make_active_line("2026-11-10", price=59.9)
        line.mvno_line_id.nickname = "Daughter"
        row = self._preview()
        self.assertRecordValues(
            row,
            [
                {
                    "partner_id": self.partner.id,
                    "contract_line_id": line.id,
                    "mvno_line_id": line.mvno_line_id.id,
                    "kind": "recurring",
                    "competence": NOVEMBER,
                    "period_start": date(2026, 11, 10),
                    "period_end": date(2026, 11, 30),
                    "due_date": date(2026, 12, 10),
                    "amount_untaxed": 41.93,
                    "amount_total": 41.93,
                }
            ],
        )
        self.assertIn("Daughter", row.mvno_line_id.display_name)
        self.assertRecordValues(
            self.run_,
            [{"state": "previewed", "preview_count": 1, "preview_total": 41.93}],
        )

    def test_what_is_billed_then_is_what_was_shown(self):
        product = self._make_product(self.plan)
        taxes = self._tax(9.65) | self._tax(3.0) | self._tax(7.6, price_include=True)
        product.taxes_id = taxes
        self.company.tax_calculation_rounding_method = "round_globally"
        customers = [
            self._make_partner(name=f"Cliente {number}") for number in range(3)
        ]
        lines = self.env["contract.line"]
        for number, customer in enumerate(customers):
            for contract_number in range(3):
                contract = self._make_contract(partner=customer, product=product)
                lines |= self._make_active_line(
                    f"2026-11-{3 * number + contract_number + 2:02d}",
                    contract.contract_line_ids,
                    price=33.33 + contract_number,
                )
        rows = self._preview()
        shown = self._told(rows, "amount_untaxed")
        totals = {
            number: sum(part.mapped("amount_total"))
            for number, part in rows.grouped("invoice_number").items()
        }
        self._run(self.run_)
        invoices = self._invoices(lines)
        self.assertEqual(shown, self._told(invoices.invoice_line_ids, "price_subtotal"))
        for total, invoice in zip(totals.values(), invoices, strict=True):
            self.assertAlmostEqual(total, invoice.amount_total)
            of_lines = invoice.invoice_line_ids.mapped("price_total")
            # rounded once per invoice, the taxes are not the sum of the lines'
            self.assertNotAlmostEqual(invoice.amount_total, sum(of_lines))
        self.assertAlmostEqual(self.run_.preview_total, self.run_.amount_total)
        self.assertEqual(self.run_.preview_count, self.run_.invoice_count)
        self.assertFalse(self.run_.is_off_preview)

    def test_money_given_back_is_shown_as_such(self):
        line = self._make_active_line("2026-10-12", price=60)
        product = line.product_id
        line.mvno_billing_timing = "advance"
        product.taxes_id = self._tax(10.0)
        with freeze_time("2026-11-02 15:00:00"):
            self._bill(OCTOBER)
        line.mvno_line_id.write(
            {"state": "cancelled", "cancellation_date": "2026-11-15"}
        )
        line.date_end = "2026-11-15"
        row = self._preview()
        self.assertRecordValues(
            row,
            [{"amount_untaxed": -30.0, "amount_tax": -3.0, "amount_total": -33.0}],
        )
        self.assertEqual(self.run_.preview_total, -33.0)

    def test_rows_of_one_invoice_stand_together(self):
        self._make_active_line()
        self._make_active_line()
        other = self._make_partner(name="Other")
        self._make_active_line(
            contract_line=self._make_contract(partner=other).contract_line_ids
        )
        rows = self._preview()
        self.assertEqual(
            sorted(len(part) for part in rows.grouped("invoice").values()), [1, 2]
        )
        self.assertEqual(self.run_.preview_count, 2)

    def test_a_charged_top_up_is_shown_and_is_no_issue(self):
        line = self._make_active_line()
        package = self.env["product.product"].create(
            {"name": "5 GB", "type": "service", "mvno_top_up_gb": 5}
        )
        self._make_command(
            line.mvno_line_id,
            "top_up",
            "done",
            quantity=5,
            price=15.0,
            product_id=package.id,
            sent_at="2026-11-12 15:00:00",
            settled_at="2026-11-12 15:00:00",
        )
        rows = self._preview()
        self.assertEqual(sorted(rows.mapped("kind")), ["one_off", "recurring"])
        self.assertFalse(self.run_.issue_ids.mapped("reason"))

    def test_a_credit_note_counts_against_what_is_invoiced(self):
        line = self._make_active_line("2026-10-12", price=60)
        line.mvno_billing_timing = "advance"
        with freeze_time("2026-11-01 15:00:00"):
            self._bill(OCTOBER)
        line.mvno_line_id._on_cancelled("customer", date(2026, 11, 10))
        rows = self._preview()
        self.assertEqual((rows.kind, rows.amount_total), ("adjustment", -40))
        self.assertEqual(self.run_.preview_total, -40)
        self._run(self.run_)
        self.assertEqual(self.run_.invoice_ids.move_type, "out_refund")
        self.assertEqual(self.run_.amount_total, -40)
        self.assertFalse(self.run_.is_off_preview)

    def test_what_will_not_be_billed_is_listed_and_the_run_lists_it_anew(self):
        self._make_active_line("2026-10-15")
        self._make_contract().contract_line_ids.date_start = "2026-11-01"
        self._preview()
        codes = ["earlier_month", "not_subscribed"]
        self.assertEqual(sorted(self.run_.issue_ids.mapped("code")), codes)
        self._run(self.run_)
        self.assertEqual(sorted(self.run_.issue_ids.mapped("code")), codes)

    def test_a_customer_that_cannot_be_billed_is_listed_with_the_reason(self):
        broken = self._make_active_line()
        other = self._make_partner(name="Other")
        good = self._make_active_line(
            contract_line=self._make_contract(partner=other).contract_line_ids
        )
        prepare = type(broken)._prepare_invoice_line

        def fail_for_one(line):
            if line == broken:
                raise UserError(REASON)
            return prepare(line)

        with patch.object(type(broken), "_prepare_invoice_line", fail_for_one):
            rows = self._preview()
        self.assertEqual(rows.contract_line_id, good)
        self.assertEqual(self.run_.issue_ids.mapped("reason"), [REASON])

    # === NOTHING IS LEFT BEHIND === #

    def test_it_leaves_nothing_behind_but_its_rows(self):
        line = self._make_active_line()
        follower = self.env["res.partner"].create({"name": "Accountant"})
        line.contract_id.message_subscribe(
            partner_ids=follower.ids,
            subtype_ids=self.env.ref(
                "contract.mail_message_subtype_invoice_created"
            ).ids,
        )
        line.contract_id.user_id = self.env.ref("base.user_admin")
        self.run_.action_preview()
        before = [self.env[name].search_count([]) for name in TRACES]
        hooks = len(self.env.cr.postcommit._funcs)
        self._work()
        self.assertTrue(self.run_.preview_ids)
        self.assertEqual([self.env[name].search_count([]) for name in TRACES], before)
        self.assertEqual(len(self.env.cr.postcommit._funcs), hooks)
        self.assertFalse(line.last_date_invoiced)
        self.assertEqual(line.recurring_next_date, date(2026, 11, 30))

    def test_it_uses_no_number_of_the_journal(self):
        self._make_active_line()
        posted = []
        moves = type(self.env["account.move"])
        post = moves._post

        def note(records, soft=True):
            posted.append(records)
            return post(records, soft)

        with patch.object(moves, "_post", note):
            self._preview()
            self.assertFalse(posted)
            self._run(self.run_)
        self.assertTrue(posted)
        self.assertEqual(self.run_.invoice_ids.sequence_number, 1)

    def test_a_preview_costs_what_billing_costs_however_many_there_are(self):
        costs = []
        for count in (3, 13):
            lines = [
                self._make_active_line(
                    contract_line=self._make_contract(
                        partner=self._make_partner(name=f"Cliente {count}/{number}")
                    ).contract_line_ids
                )
                for number in range(count)
            ]
            self.run_.action_preview()
            costs.append(self.count_queries(self.run_._run_slice))
            for line in lines:
                line.contract_id.active = False
        self.assertLess((costs[1] - costs[0]) / 10, 8)

    # === REPEATED PREVIEWS === #

    def test_a_new_preview_replaces_the_old_one(self):
        line = self._make_active_line(price=50)
        old = self._preview()
        line.specific_price = 60
        new = self._preview()
        self.assertFalse(old.exists())
        self.assertEqual(new.amount_total, 60)
        self.assertEqual(self.run_.preview_total, 60)

    def test_a_run_that_is_done_shows_what_it_would_bill_in_addition(self):
        self._make_active_line()
        self._run(self.run_)
        late = self._make_active_line("2026-11-29")
        rows = self._preview()
        self.assertEqual(rows.contract_line_id, late)
        self.assertRecordValues(
            self.run_, [{"state": "done", "invoice_count": 1, "preview_count": 1}]
        )
        self.assertFalse(self.run_.is_off_preview)
        self._run(self.run_)
        self.assertEqual(self.run_.billed_count, 1)
        self.assertFalse(self.run_.is_off_preview)

    def test_a_run_that_bills_something_else_than_it_showed_says_so(self):
        line = self._make_active_line(price=50)
        self._preview()
        line.specific_price = 60
        self._run(self.run_)
        self.assertTrue(self.run_.is_off_preview)
        self.assertEqual(self.run_.billed_total, 60)
        self.assertEqual(self.run_.preview_ids.amount_total, 50)

    # === WHAT POSTING WILL REFUSE === #

    def _foretold(self):
        """:return: (codes the preview lists, codes the run and its posting list)"""
        self._preview()
        shown = sorted(self.run_.issue_ids.mapped("code"))
        self._run(self.run_)
        if self.run_.draft_count:
            self.run_.action_post()
            self._work()
        return shown, sorted(self.run_.issue_ids.mapped("code"))

    def test_it_foretells_that_an_archived_account_is_refused(self):
        for posting, code in (("posted", "failed"), ("draft", "not_posted")):
            with self.subTest(posting=posting), self.cr.savepoint() as savepoint:
                self.company.mvno_posting = posting
                line = self._make_active_line()
                line.product_id.property_account_income_id = self.income_account
                self.income_account.active = False
                self.assertEqual(self._foretold(), ([code], [code]))
                self.assertIn("account", self.run_.issue_ids.reason)
                savepoint.rollback()

    def test_it_does_not_begin_while_the_journal_is_archived(self):
        self._make_active_line()
        self.company.mvno_journal_id.active = False
        with self.assertRaisesRegex(UserError, "is archived"):
            self.run_.action_preview()

    def test_it_foretells_that_a_locked_period_is_refused(self):
        for posting, code in (("posted", "failed"), ("draft", "not_posted")):
            with self.subTest(posting=posting), self.cr.savepoint() as savepoint:
                self.company.mvno_posting = posting
                self._make_active_line()
                self.company.sale_lock_date = "2026-12-15"
                self.assertEqual(self._foretold(), ([code], [code]))
                self.assertIn("15/12/2026", self.run_.issue_ids.reason)
                savepoint.rollback()

    def test_a_period_that_was_locked_before_is_no_matter(self):
        self._make_active_line()
        self.company.sale_lock_date = "2026-11-30"
        self.assertEqual(self._foretold(), ([], []))

    # === SLICES === #

    def _make_customers(self, count):
        for number in range(count):
            customer = self._make_partner(name=f"Cliente {number}")
            self._make_active_line(
                contract_line=self._make_contract(partner=customer).contract_line_ids
            )

    def test_a_stopped_preview_goes_on_where_it_ended(self):
        self._make_customers(3)
        with patch.object(mvno_billing_run_driver, "BATCH_CUSTOMERS", 2):
            self.run_.action_preview()
            self.run_._run_slice()
            self.run_.action_stop()
            self.assertRecordValues(
                self.run_,
                [{"state": "stopped", "done_count": 2, "customer_count": 3}],
            )
            self.run_.action_continue()
            self._work()
        self.assertEqual(self.run_.state, "previewed")
        self.assertEqual(self.run_.preview_ids.mapped("invoice_number"), [1, 2, 3])
        self.assertFalse(self.run_.invoice_count)

    def test_a_stopped_preview_may_be_billed_from_the_beginning(self):
        self._make_customers(3)
        with patch.object(mvno_billing_run_driver, "BATCH_CUSTOMERS", 2):
            self.run_.action_preview()
            self.run_._run_slice()
            self.run_.action_stop()
            self._run(self.run_)
        self.assertRecordValues(self.run_, [{"state": "done", "invoice_count": 3}])

    def test_the_cron_makes_it_and_looks_again_after_a_conflict(self):
        self._make_active_line()
        self.run_.action_preview()
        claims = []
        items = type(self.env["mvno.billing.item"])
        claim = items._claim

        def lose_once(model, moves, *args):
            claims.append(moves)
            if len(claims) == 1:
                raise errors.SerializationFailure("somebody else was quicker")
            return claim(model, moves, *args)

        with patch.object(items, "_claim", lose_once):
            self._drive()
        self.run_.invalidate_recordset()
        self.assertEqual(len(claims), 2)
        self.assertRecordValues(self.run_, [{"state": "previewed", "preview_count": 1}])
        self.assertFalse(self._invoices(self.run_.preview_ids.contract_line_id))

    # === PERMISSIONS AND MONTHS === #

    def test_a_month_that_cannot_be_billed_cannot_be_previewed(self):
        with (
            freeze_time("2026-11-30 15:00:00"),
            self.assertRaisesRegex(UserError, "01/12/2026"),
        ):
            self.run_.action_preview()

    def test_the_form_and_the_list_show_it(self):
        self._make_active_line()
        self._preview()
        form = Form(self.run_.with_user(self.env.ref("base.user_admin")))
        self.assertEqual(form.preview_count, 1)
        action = self.run_.action_view_preview()
        self.assertEqual(
            self.env["mvno.billing.preview"].search(action["domain"]),
            self.run_.preview_ids,
        )
