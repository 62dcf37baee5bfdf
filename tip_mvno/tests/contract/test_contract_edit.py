# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..common import MvnoCase


@tagged("post_install", "-at_install")
@freeze_time("2026-12-05 15:00:00")
class TestContractEdit(MvnoCase):
    """What somebody edits on the contract line of a line in service counts from the
    month that runs on: the line ends, and its successor has it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._make_user("marta", "tip_mvno.group_manager")
        cls.line = cls._make_line("active")
        cls.contract_line = cls.line.contract_line_id
        cls.contract_line.date_start = "2026-11-01"
        cls.contract = cls.contract_line.contract_id
        cls.seen = cls.contract_line.with_user(cls.manager)

    def _successor(self):
        return self.line.contract_line_ids - self.contract_line

    def test_a_price_counts_from_the_month_that_runs(self):
        self.seen.price_unit = 49.9
        self.assertRecordValues(
            self.contract_line | self._successor(),
            [
                {
                    "price_unit": 59.9,
                    "date_start": date(2026, 11, 1),
                    "date_end": date(2026, 11, 30),
                },
                {
                    "price_unit": 49.9,
                    "date_start": date(2026, 12, 1),
                    "date_end": False,
                },
            ],
        )
        self.assertEqual(self.line.contract_line_id, self._successor())

    def test_the_contract_keeps_what_it_was(self):
        self.seen.specific_price = 49.9
        note = self.contract.message_ids[0]
        self.assertEqual(note.author_id, self.manager.partner_id)
        self.assertIn("goes on with other terms", note.body)
        [value] = note.tracking_value_ids._tracking_value_format()
        self.assertEqual((value["oldValue"], value["newValue"]), (59.9, 49.9))

    def test_the_form_of_the_contract_does_the_same(self):
        with Form(self.contract.with_user(self.manager)) as form:
            with form.contract_line_ids.edit(0) as line:
                line.price_unit = 49.9
                line.name = "Plano da Maria"
        self.assertEqual(self.contract_line.price_unit, 59.9)
        self.assertRecordValues(
            self._successor(), [{"price_unit": 49.9, "name": "Plano da Maria"}]
        )

    def test_the_mobile_line_around_it_does_the_same(self):
        self.line.with_user(self.manager).write(
            {
                "contract_line_ids": [
                    Command.update(self.contract_line.id, {"discount": 10.0})
                ]
            }
        )
        self.assertEqual(self.contract_line.discount, 0.0)
        self.assertEqual(self._successor().discount, 10.0)

    def test_another_allowance_and_another_plan_too(self):
        self.contract_line.mvno_allowance_mb = 1000.0
        self.seen.mvno_allowance_mb = 500.0
        after = self._successor()
        self.assertEqual(
            (self.contract_line | after).mapped("mvno_allowance_mb"), [1000.0, 500.0]
        )
        other = self._make_product(self._make_plan("0102", "10 GB"), list_price=80)
        with freeze_time("2027-01-10 15:00:00"):
            after.with_user(self.manager).product_id = other
        last = self._successor() - after
        self.assertEqual(after.product_id, self.product)
        self.assertRecordValues(
            last,
            [
                {
                    "product_id": other.id,
                    "price_unit": 80.0,
                    "date_start": date(2027, 1, 1),
                }
            ],
        )

    def test_what_is_written_with_it_is_on_both(self):
        self.seen.write({"price_unit": 49.9, "sequence": 7})
        self.assertEqual(
            (self.contract_line | self._successor()).mapped("sequence"), [7, 7]
        )

    def test_what_is_the_same_changes_nothing(self):
        self.seen.write({"price_unit": 59.9, "discount": 0.0, "sequence": 3})
        self.assertFalse(self._successor())
        self.assertFalse(self.contract_line.date_end)

    def test_many_lines_are_edited_at_once(self):
        others = self._make_contract(2).contract_line_ids
        for other in others:
            self._make_line("active", other)
        others.date_start = "2026-11-01"
        others[1].specific_price = 49.9
        (self.contract_line | others).with_user(self.manager).specific_price = 49.9
        self.assertEqual(len(self._successor()), 1)
        self.assertEqual(len(others.mvno_line_id.contract_line_ids - others), 1)

    def test_no_day_before_is_edited_where_the_month_is_the_first(self):
        self.contract_line.date_start = "2026-12-01"
        self.seen.price_unit = 49.9
        self.assertFalse(self._successor())
        self.assertEqual(self.contract_line.price_unit, 49.9)

    def test_an_invoiced_month_keeps_its_price(self):
        self.contract_line.last_date_invoiced = "2026-12-31"
        self.seen.price_unit = 49.9
        self.assertEqual(self._successor().date_start, date(2027, 1, 1))

    def test_a_line_that_ended_keeps_its_terms(self):
        self.contract_line.date_end = "2026-11-20"
        with self.assertRaisesRegex(UserError, "ended on .*past months"):
            self.seen.price_unit = 49.9

    def test_a_price_that_was_missing_counts_from_the_beginning(self):
        self.contract_line.specific_price = 0.0
        self.seen.specific_price = 49.9
        self.assertFalse(self._successor())
        self.assertEqual(self.contract_line.price_unit, 49.9)

    def test_whoever_may_not_decide_it_may_not_edit_it(self):
        attendant = self._make_user("rita", "tip_mvno.group_attendant")
        with self.assertRaises(AccessError), self.cr.savepoint():
            self.contract_line.with_user(attendant).price_unit = 49.9
        self.env.invalidate_all()
        self.assertFalse(self._successor())
