# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
from datetime import date

from freezegun import freeze_time

from odoo.tests import tagged

from odoo.addons.tip_mvno.tests.adoption_common import JOAO, MARIA, AdoptionCase

from ..billing_common import (
    DECEMBER,
    DECEMBER_1,
    JANUARY_1,
    NOVEMBER,
    OCTOBER,
    BillingCase,
    at_time,
)


@tagged("post_install", "-at_install")
class TestMvnoAdoption(BillingCase, AdoptionCase):
    """Lines taken over are billed from the day that was chosen, and not before."""

    def _adopt(self, bill_from, *listed, **vals):
        """:return: the contract lines of Maria's lines"""
        listed = listed or (self.listed(),)
        adoption = self.import_base(self.subscriber(MARIA, *listed))
        self.apply(adoption, bill_from=bill_from, **vals)
        self.assertEqual(adoption.state, "done")
        return adoption.line_ids.line_id.contract_line_id

    @freeze_time(JANUARY_1)
    def test_no_month_before_the_chosen_day_is_billed_or_listed(self):
        contract_line = self._adopt("2026-12-01")
        self.assertEqual(contract_line.mvno_billing_from, date(2026, 12, 1))
        for competence in (OCTOBER, NOVEMBER):
            run = self._bill(competence)
            self.assertFalse(run.invoice_ids)
            self.assertFalse(run.issue_ids, run.issue_ids.mapped("reason"))
        run = self._bill(DECEMBER)
        self.assertFalse(run.issue_ids, run.issue_ids.mapped("reason"))
        self.assertEqual(run.invoice_ids.amount_untaxed, 59.9)

    @freeze_time(DECEMBER_1)
    def test_a_month_that_another_system_billed_in_part_is_prorated(self):
        contract_line = self._adopt("2026-11-16")
        run = self._bill(NOVEMBER)
        item = contract_line.mvno_item_ids
        self.assertEqual(
            (item.period_start, item.period_end.day), (date(2026, 11, 16), 30)
        )
        self.assertEqual(run.invoice_ids.amount_untaxed, 29.95)

    @freeze_time(JANUARY_1)
    def test_an_adopted_line_that_is_cancelled_is_billed_for_its_last_days(self):
        contract_line = self._adopt("2026-12-01")
        mobile = contract_line.mvno_line_id
        mobile._on_cancelled("customer", date(2026, 12, 10))
        run = self._bill(DECEMBER)
        self.assertFalse(run.issue_ids.mapped("reason"))
        self.assertEqual(contract_line.mvno_item_ids.period_end, date(2026, 12, 10))

    def test_the_due_day_is_the_contracts(self):
        contract_line = self._adopt("2026-12-01", due_day="25")
        self.assertEqual(contract_line.contract_id.mvno_due_day, 25)

    def test_without_a_due_day_the_companys_holds(self):
        self.assertEqual(self._adopt("2026-12-01").contract_id.mvno_due_day, 10)

    def test_lines_with_other_due_days_come_on_contracts_of_their_own(self):
        adoption = self.import_base(
            self.subscriber(JOAO, *(self.listed() for _i in range(3)))
        )
        first, second, third = adoption.line_ids
        adoption.due_day = "5"
        second.due_day = "20"
        self.apply(adoption, create_partners=True)
        contracts = (first + second + third).line_id.contract_id
        self.assertEqual(sorted(contracts.mapped("mvno_due_day")), [5, 20])
        self.assertEqual(first.line_id.contract_id, third.line_id.contract_id)

    def test_a_contract_with_that_due_day_is_used_again(self):
        contract = self._make_contract(mvno_due_day=15)
        self._make_contract(mvno_due_day=20)
        contract_line = self._adopt("2026-12-01", due_day="15")
        self.assertEqual(contract_line.contract_id, contract)

    def test_the_due_day_of_the_lines_follows_the_header_but_for_their_own(self):
        adoption = self.import_base(
            self.subscriber(MARIA, self.listed(), self.listed())
        )
        own, other = adoption.line_ids
        own.due_day = "8"
        adoption.due_day = "12"
        self.assertEqual((own.due_day, other.due_day), ("8", "12"))

    def test_the_due_day_is_loaded_from_a_file(self):
        adoption = self.import_base(self.subscriber(MARIA, self.listed()))
        dialog = self.env["mvno.adoption.file"].create(
            {
                "adoption_id": adoption.id,
                "file": base64.b64encode(
                    f"CPF;Dia de vencimento\n{MARIA};05\n{JOAO};31".encode()
                ),
                "file_name": "base.csv",
            }
        )
        dialog.action_load()
        self.assertEqual(adoption.line_ids.due_day, "5")
        reasons = dialog.problem_ids.mapped("reason")
        self.assertIn("Not a due day. Write a day from 1 to 28.", reasons)

    # === COMMITMENTS OF BEFORE === #

    def _adopt_committed(self, **vals):
        """:return: the contract line of a line with a benefit of 600.00, taken over on
        1 November and committed until 1 February 2027"""
        self.product.mvno_benefit = 600.0
        adoption = self.import_base(self.subscriber(MARIA, self.listed()))
        adoption.line_ids.write({"commitment_end": "2027-02-01", **vals})
        self.apply(adoption, bill_from="2026-11-01")
        return adoption.line_ids.line_id.contract_line_id

    @freeze_time(DECEMBER_1)
    def test_the_commitment_of_a_line_taken_over_has_the_plans_months(self):
        contract_line = self._adopt_committed(activation_date="2026-02-01")
        self.assertEqual(contract_line.mvno_commitment_start, date(2026, 2, 1))
        for last_day in (date(2026, 11, 5), date(2026, 11, 15)):
            with self.subTest(last_day):
                self.assertEqual(contract_line._mvno_fine(last_day), (100.0, 2, 12))

    @freeze_time(DECEMBER_1)
    def test_a_commitment_longer_than_the_plans_began_with_the_activation(self):
        contract_line = self._adopt_committed(
            commitment_end="2027-12-01", activation_date="2026-06-01"
        )
        self.assertEqual(contract_line.mvno_commitment_start, date(2026, 6, 1))

    @freeze_time(DECEMBER_1)
    def test_without_its_beginning_a_commitment_costs_nothing(self):
        self.product.contract_months = 0
        contract_line = self._adopt_committed()
        self.assertFalse(contract_line.mvno_commitment_start)
        self.assertEqual(contract_line._mvno_fine(date(2026, 12, 15))[0], 0.0)

    def test_an_adopted_base_billed_for_months_before_billing_from(self):
        """Whatever the contract lines say of their beginning: not in arrears, not in
        advance, not as a first month that is charged in full."""
        with at_time("2026-12-03 15:00:00"):
            adoption = self.import_base(
                self.subscriber(MARIA, self.listed(), self.listed()),
                self.subscriber(JOAO, self.listed()),
            )
            self.apply(adoption, bill_from="2026-12-16", create_partners=True)
        lines = adoption.line_ids.line_id.contract_line_id
        self.assertEqual(len(lines), 3)
        lines.date_start = "2026-01-10"
        lines.specific_price = 62
        lines.write(
            {
                "mvno_first_month": "full",
                "mvno_billing_timing": "advance",
                "mvno_join_days": 31,
            }
        )
        with at_time("2027-01-01 15:00:00"):
            for month in (date(2026, 1, 1), date(2026, 2, 1), OCTOBER):
                run = self._bill(month)
                self.assertFalse(run.invoice_ids)
                self.assertFalse(run.issue_ids.mapped("reason"))
            run = self._bill(NOVEMBER) | self._bill(DECEMBER)
        self.assertFalse(run.issue_ids.mapped("reason"))
        items = lines.mvno_item_ids
        self.assertEqual(min(items.mapped("period_start")), date(2026, 12, 16))
        december = items.filtered(lambda item: item.competence == DECEMBER)
        self.assertEqual(december.mapped("amount"), [32, 32, 32])
