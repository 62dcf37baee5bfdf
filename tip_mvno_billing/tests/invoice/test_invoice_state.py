# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ...tools.due import is_overdue, last_day_to_pay
from ..invoices_common import NOON, InvoicesCase


@tagged("post_install", "-at_install")
@freeze_time(NOON)
class TestMvnoLineInvoices(InvoicesCase):
    """Whether a line's customer is paid up, for attendants without invoicing rights."""

    # === PAID UP, OPEN, OVERDUE === #

    def test_without_open_invoices_a_customer_is_paid_up(self):
        self._invoice("2026-11-01", post=False)
        self._pay(self._invoice("2026-10-20"))
        self.assertRecordValues(
            self.seen,
            [{"invoice_state": "paid", "open_invoice_count": 0, "oldest_due": False}],
        )

    def test_open_and_overdue_are_counted_apart(self):
        self._invoice("2026-11-20", 70)
        self.assertEqual(self.seen.invoice_state, "open")
        self._invoice("2026-11-05", 30)
        self.seen.invalidate_recordset()
        self.assertRecordValues(
            self.seen,
            [
                {
                    "invoice_state": "overdue",
                    "open_invoice_count": 2,
                    "open_invoice_amount": 100,
                    "overdue_invoice_count": 1,
                    "overdue_invoice_amount": 30,
                    "oldest_due": date(2026, 11, 5),
                }
            ],
        )

    def test_a_due_date_on_a_weekend_may_be_paid_on_monday(self):
        for due, last in (
            (date(2026, 11, 6), date(2026, 11, 6)),
            (date(2026, 11, 7), date(2026, 11, 9)),
            (date(2026, 11, 8), date(2026, 11, 9)),
            (date(2026, 11, 9), date(2026, 11, 9)),
        ):
            with self.subTest(due):
                self.assertEqual(last_day_to_pay(due), last)
                self.assertFalse(is_overdue(due, last))
        self.assertTrue(is_overdue(date(2026, 11, 7), date(2026, 11, 10)))
        self.assertFalse(is_overdue(False, date(2026, 11, 10)))

    def test_a_day_ends_where_the_platform_is(self):
        self._invoice("2026-11-10")
        with freeze_time("2026-11-11 02:59:00"):
            self.assertEqual(self.seen.invoice_state, "open")
        self.seen.invalidate_recordset()
        with freeze_time("2026-11-11 03:00:00"):
            self.assertEqual(self.seen.invoice_state, "overdue")

    def test_others_and_other_companies_invoices_do_not_count(self):
        self._invoice("2026-11-05", partner=self.other)
        self.assertEqual(self.seen.invoice_state, "paid")
        elsewhere = self.env["res.company"].create({"name": "Outra Empresa"})
        summary = self.partner._mvno_open_invoices(elsewhere, date(2026, 11, 10))
        self._invoice("2026-11-05")
        self.assertEqual(summary[self.partner].state, "paid")
        self.assertFalse(self.partner._mvno_overdue(elsewhere, date(2026, 11, 10)))

    def test_a_contact_stands_for_its_company(self):
        contact = self.env["res.partner"].create(
            {"name": "Filha", "parent_id": self.partner.id}
        )
        self._invoice("2026-11-05", partner=contact)
        self.assertEqual(self.seen.invoice_state, "overdue")

    def test_lines_are_found_by_what_their_customer_owes(self):
        line = self._make_active_line(
            contract_line=self._make_contract(partner=self.other).contract_line_ids
        ).mvno_line_id
        mine = self.line | line
        lines = self.env["mvno.line"].with_user(self.attendant)

        def found(states, operator="in"):
            return lines.search(
                [("id", "in", mine.ids), ("invoice_state", operator, states)]
            )

        self.assertEqual(found(["paid"]), mine)
        self._invoice("2026-11-05")
        self._invoice("2026-11-20", partner=self.other)
        self.assertEqual(found(["overdue"]), self.line)
        self.assertEqual(found(["open"]), line)
        self.assertFalse(found(["paid"]))
        self.assertEqual(found(["paid", "open"]), line)
        self.assertEqual(found(["overdue"], "not in"), line)

    def test_a_list_of_many_lines_costs_no_more_queries_than_of_few(self):
        contract = self._make_contract(24)
        lines = self.env["mvno.line"]
        for contract_line in contract.contract_line_ids:
            self._make_active_line(contract_line=contract_line)
            lines |= contract_line.mvno_line_id
        self._invoice("2026-11-05")

        def read(some):
            names = ["invoice_state", "overdue_invoice_amount", "oldest_due"]
            return lambda: some.with_user(self.attendant).read(names)

        self.count_queries(read(lines))  # what is cached for good
        few = self.count_queries(read(lines[:3]))
        self.assertEqual(self.count_queries(read(lines[3:])), few)

    def test_the_customers_form_shows_it_to_attendants(self):
        self._invoice("2026-11-05")
        partner = self.partner.with_user(self.attendant)
        self.assertEqual(partner.mvno_invoice_state, "overdue")
        with self.assertRaises(AccessError):
            self.env["account.move"].with_user(self.attendant).search([])
        with Form(partner, view="base.view_partner_form") as form:
            self.assertEqual(form.mvno_invoice_state, "overdue")

    def test_the_customers_form_leads_to_the_invoices(self):
        move = self._invoice("2026-11-05")
        partner = self.partner.with_user(self.attendant)
        action = partner.action_view_mvno_invoices()
        dialog = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(dialog.row_ids.name, move.name)
        action = self.partner.with_user(self.clerk).action_view_mvno_invoices()
        self.assertEqual(self.env["account.move"].search(action["domain"]), move)
        with self.assertRaisesRegex(UserError, "no mobile line"):
            self.other.with_user(self.attendant).action_view_mvno_invoices()

    # === SUSPENSION === #

    def test_who_is_overdue_gets_no_suspension_from_an_attendant(self):
        move = self._invoice("2026-11-05")
        with self.assertRaisesRegex(UserError, "overdue invoices"):
            self.seen.action_block_total("customer", "2026-12-20")
        self._pay(move)
        self.seen.action_block_total("customer", "2026-12-20")
        self.assertEqual(self.line.hold_level, "total")

    def test_what_is_only_open_does_not_stand_in_the_way(self):
        self._invoice("2026-11-20")
        self.seen.action_block_total("customer", "2026-12-20")
        self.assertEqual(self.line.hold_level, "total")

    def test_the_form_opens_for_an_attendant(self):
        self._invoice("2026-11-05")
        with Form(self.seen) as form:
            self.assertEqual(form.overdue_invoice_count, 1)
