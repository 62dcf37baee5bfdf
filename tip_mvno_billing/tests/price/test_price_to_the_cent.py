# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date
from decimal import Decimal

from odoo.tests import tagged

from ..billing_common import DECEMBER, DECEMBER_1, NOVEMBER, OCTOBER, at_time
from ..months_common import NOVEMBER_1, ROUNDING_METHODS, MonthsCase


def cents(amounts):
    """:return: Decimal, the exact sum of amounts in cents"""
    return sum((Decimal(f"{amount:.2f}") for amount in amounts), Decimal())


@tagged("post_install", "-at_install")
class TestPriceToTheCent(MonthsCase):
    """What is noted as billed is what the invoice says, however the company rounds its
    taxes: per line, or once for all."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("en_US")

    def _lines(self, count, price, discount=0.0, since="2026-11-01"):
        """:return: that many contract lines of one contract"""
        contract = self._make_contract(count)
        for line in contract.contract_line_ids:
            self._make_active_line(since, line, price)
            line.discount = discount
        return contract.contract_line_ids

    def _bill_november(self, lines):
        """:return: the one invoice of these lines"""
        with at_time(DECEMBER_1):
            self._bill(NOVEMBER)
        [invoice] = self._invoices(lines)
        self.assertEqual(invoice.state, "posted")
        return invoice

    def _assert_agrees(self, invoice, total):
        """Items, lines and invoice come to the same."""
        self.assertEqual(cents(invoice.mvno_item_ids.mapped("amount")), total)
        self.assertEqual(
            cents(invoice.invoice_line_ids.mapped("price_subtotal")), total
        )
        self.assertEqual(cents([invoice.amount_untaxed]), total)

    def _tax_of(self, lines, percent=5.0, **vals):
        lines.product_id.taxes_id = self.env["account.tax"].create(
            {
                "name": "Mobile",
                "amount": percent,
                "type_tax_use": "sale",
                "company_id": self.company.id,
                "tax_group_id": self.env["account.tax.group"]
                .create({"name": "Mobile", "company_id": self.company.id})
                .id,
                **vals,
            }
        )

    # === PARTS OF A MONTH AND WHOLE ONES === #

    def test_discounted_parts_of_a_month_come_to_what_their_items_say(self):
        """33.33 x 0.95 x 23 / 30 = 24.27535: three times 24.28."""
        for method in ROUNDING_METHODS:
            with self._rounding(method):
                lines = self._lines(3, 33.33, 5, "2026-11-08")
                invoice = self._bill_november(lines)
                self._assert_agrees(invoice, Decimal("72.84"))

    def test_discounted_whole_months_come_to_what_their_items_say(self):
        """59.90 x 0.95 = 56.905: three times 56.91."""
        for method in ROUNDING_METHODS:
            with self._rounding(method):
                invoice = self._bill_november(self._lines(3, 59.9, 5))
                self._assert_agrees(invoice, Decimal("170.73"))

    def test_a_price_with_more_decimals_comes_to_what_its_items_say(self):
        """33.333 is 33.33 on each line, not a cent more on three."""
        for method in ROUNDING_METHODS:
            with self._rounding(method):
                invoice = self._bill_november(self._lines(3, 33.333))
                self._assert_agrees(invoice, Decimal("99.99"))

    def test_every_part_of_a_month_adds_up_on_one_invoice(self):
        for method in ROUNDING_METHODS:
            with self._rounding(method):
                contract = self._make_contract(30)
                for day, line in enumerate(contract.contract_line_ids, start=1):
                    self._make_active_line(f"2026-11-{day:02d}", line, 59.9 + day / 7)
                    line.discount = round(day / 3, 2)
                lines = contract.contract_line_ids
                amounts = [line._mvno_part(NOVEMBER).amount for line in lines]
                self._assert_agrees(self._bill_november(lines), cents(amounts))

    # === WITH TAXES === #

    def test_taxes_on_top_are_those_of_the_items(self):
        """72.84 x 5 % = 3.642; 24.28 x 5 % = 1.214, three times."""
        total = {"round_per_line": 76.47, "round_globally": 76.48}
        for method in ROUNDING_METHODS:
            with self._rounding(method):
                lines = self._lines(3, 33.33, 5, "2026-11-08")
                self._tax_of(lines)
                invoice = self._bill_november(lines)
                self._assert_agrees(invoice, Decimal("72.84"))
                self.assertEqual(invoice.amount_total, total[method])

    def test_taxes_within_the_price_leave_its_sum(self):
        for method in ROUNDING_METHODS:
            with self._rounding(method):
                lines = self._lines(3, 33.33, 5, "2026-11-08")
                self._tax_of(lines, price_include_override="tax_included")
                invoice = self._bill_november(lines)
                self.assertEqual(invoice.amount_total, 72.84)
                self.assertEqual(
                    cents(invoice.mvno_item_ids.mapped("amount")), Decimal("72.84")
                )

    # === WHAT IS BILLED BESIDE === #

    def test_a_month_billed_in_advance_is_not_corrected_by_a_cent(self):
        for method in ROUNDING_METHODS:
            with self._rounding(method):
                lines = self._lines(3, 59.9, 5, "2026-10-01")
                lines.mvno_billing_timing = "advance"
                with at_time(NOVEMBER_1):
                    self._bill(OCTOBER)
                invoice = self._invoices(lines)
                self._assert_agrees(invoice, Decimal("341.46"))
                with at_time(DECEMBER_1):
                    self._bill(NOVEMBER)
                months = (self._invoices(lines) - invoice).mvno_item_ids
                self.assertEqual(
                    set(months.mapped(lambda item: (item.kind, item.competence))),
                    {("recurring", DECEMBER)},
                )

    def test_what_is_given_back_comes_to_what_its_items_say(self):
        """56.91 paid, 59.90 x 0.95 x 7 / 30 = 13.278 used: 43.63 back, three times."""
        for method in ROUNDING_METHODS:
            with self._rounding(method):
                lines = self._lines(3, 59.9, 5, "2026-10-01")
                lines.mvno_billing_timing = "advance"
                with at_time(NOVEMBER_1):
                    self._bill(OCTOBER)
                for line in lines:
                    line.mvno_line_id._on_cancelled("customer", date(2026, 11, 7))
                with at_time(DECEMBER_1):
                    self._bill(NOVEMBER)
                note = self._invoices(lines)[-1]
                self.assertEqual(
                    (note.move_type, note.amount_total), ("out_refund", 130.89)
                )
                self.assertEqual(
                    cents(note.mvno_item_ids.mapped("amount")), Decimal("-130.89")
                )

    def test_services_on_the_same_invoice_agree_with_it(self):
        """Three services at 33.33 with 5 % off come to 94.99 in one sum and to 94.98
        in lines, and the plan beside them to what it costs."""
        self.partner.mvno_invoice_grouping = "everything"
        total = {"round_per_line": "194.98", "round_globally": "194.99"}
        for method in ROUNDING_METHODS:
            with self._rounding(method):
                line = self._lines(1, 100)
                for _number in range(3):
                    fibre = self._make_fibre(
                        line.contract_id, specific_price=33.33, date_start="2026-12-05"
                    )
                    fibre.discount = 5
                invoice = self._bill_november(line)
                items = invoice.mvno_item_ids
                self.assertEqual(
                    cents([invoice.amount_untaxed]), Decimal(total[method])
                )
                self.assertEqual(cents(items.mapped("amount")), Decimal(total[method]))
                plan = items.filtered(lambda item: item.kind == "recurring")
                self.assertEqual(plan.amount, 100)

    # === WHAT THE INVOICE SAYS === #

    def test_a_discount_has_its_column_where_the_cents_allow_it(self):
        said = {
            "round_per_line": (59.9, 5, False),
            "round_globally": (56.91, 0, True),
        }
        for method in ROUNDING_METHODS:
            with self._rounding(method):
                [line] = self._bill_november(self._lines(1, 59.9, 5)).invoice_line_ids
                text = "The discount of 5.00% is taken off already." in line.name
                self.assertEqual((line.price_unit, line.discount, text), said[method])

    def test_a_discount_in_whole_cents_has_its_column_always(self):
        for method in ROUNDING_METHODS:
            with self._rounding(method):
                [line] = self._bill_november(self._lines(1, 60, 5)).invoice_line_ids
                self.assertEqual((line.price_unit, line.discount), (60, 5))
                self.assertNotIn("taken off", line.name)
