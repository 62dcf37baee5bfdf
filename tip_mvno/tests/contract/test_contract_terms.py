# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..common import MvnoCase

# What an attendant might write on a contract line, each of it worth money.
TEMPTING = {
    "price_unit": 0.01,
    "specific_price": 0.01,
    "discount": 99.0,
    "date_start": "2030-01-01",
    "date_end": "2026-11-30",
    "is_canceled": True,
    "commitment_end": "2026-11-30",
    "mvno_allowance_minutes": 99999,
    "mvno_allowance_sms": 99999,
    "mvno_allowance_mb": 99999.0,
    "mvno_line_id": False,
    "display_type": "line_note",
    "recurring_interval": 12,
    "last_date_invoiced": "2099-12-31",
}


@tagged("post_install", "-at_install")
@freeze_time("2026-11-25 15:00:00")
class TestContractTerms(MvnoCase):
    """What was agreed on a line in service changes by its dialogs, or is on record."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.attendant = cls._make_user("rita", "tip_mvno.group_attendant")
        cls.manager = cls._make_user("marta", "tip_mvno.group_manager")
        cls.accountant = cls._make_user("carla", "account.group_account_manager")
        cls.line = cls._make_line("active")
        cls.contract_line = cls.line.contract_line_id
        cls.contract_line.date_start = "2026-11-01"
        cls.contract = cls.contract_line.contract_id

    def _refused(self, write):
        with self.assertRaisesRegex(AccessError, "in service"), self.cr.savepoint():
            write()
            self.env.flush_all()
        self.env.invalidate_all()

    def _tracked(self, contract=None):
        """:return: list of (label, before, after) of the contract's last note"""
        note = (contract or self.contract).message_ids[0]
        return sorted(
            (
                value["fieldInfo"]["changedField"],
                value["oldValue"],
                value["newValue"],
            )
            for value in note.tracking_value_ids._tracking_value_format()
        )

    def test_an_attendant_changes_nothing_that_was_agreed(self):
        seen = self.contract_line.with_user(self.attendant)
        for name, value in TEMPTING.items():
            with self.subTest(name):
                before = self.contract_line[name]
                self._refused(lambda name=name, value=value: seen.write({name: value}))
                self.assertEqual(self.contract_line[name], before)

    def test_nor_by_a_cheaper_price_list(self):
        cheap = self.env["product.pricelist"].create({"name": "Amigos"})
        contract = self.contract.with_user(self.attendant)
        self._refused(lambda: contract.write({"pricelist_id": cheap.id}))
        self.contract.with_user(self.manager).pricelist_id = cheap
        self.assertIn("Amigos", str(self._tracked()))

    def test_nor_by_the_contract_or_the_line_around_it(self):
        values = (1, self.contract_line.id, {"discount": 99.0})
        contract = self.contract.with_user(self.attendant)
        for name in ("contract_line_ids", "contract_line_fixed_ids"):
            self._refused(lambda name=name: contract.write({name: [values]}))
        line = self.line.with_user(self.attendant)
        for command in (values, (3, self.contract_line.id), (5,)):
            self._refused(
                lambda command=command: line.write({"contract_line_ids": [command]})
            )
        self.assertEqual(self.contract_line.mvno_line_id, self.line)

    def test_nor_by_a_context(self):
        seen = self.contract_line.with_user(self.attendant)
        context = dict.fromkeys(("su", "mvno_succeed", "tracking_disable"), True)
        self._refused(lambda: seen.with_context(**context).write({"discount": 99.0}))

    def test_nor_by_what_the_contract_says_of_all_its_lines(self):
        """A contract without dates by line gives its own to every line."""
        contract = self.contract.with_user(self.attendant)
        for vals in (
            {"line_recurrence": False, "date_start": "2030-01-01"},
            {"active": False},
            {"contract_type": "purchase"},
            {"invoice_partner_id": self._make_partner(name="Mule").id},
            {
                "payment_term_id": self.env["account.payment.term"]
                .search([], limit=1)
                .id
            },
        ):
            with self.subTest(vals):
                self._refused(lambda vals=vals: contract.write(vals))
        self.assertEqual(self.contract_line.date_start, date(2026, 11, 1))

    def test_nor_by_an_import(self):
        rows = [[str(self.contract_line.id), "99"]]
        result = (
            self.env["contract.line"]
            .with_user(self.attendant)
            .load([".id", "discount"], rows)
        )
        self.assertFalse(result["ids"])
        self.assertIn("in service", result["messages"][0]["message"])
        self.assertEqual(self.contract_line.discount, 0.0)

    def test_nor_by_the_form(self):
        with Form(self.contract.with_user(self.attendant)) as form:
            with form.contract_line_ids.edit(0) as line:
                for name in ("price_unit", "discount", "date_end", "commitment_end"):
                    with self.assertRaises(AssertionError):
                        line[name] = TEMPTING[name]
                line.name = "Maria's phone"
        self.assertEqual(self.contract_line.name, "Maria's phone")

    def test_what_stays_as_it_was_may_be_written(self):
        """A file that is exported, corrected and imported names every column."""
        self.contract_line.with_user(self.attendant).write(
            {"name": "Plano", "discount": 0.0, "price_unit": 59.9}
        )
        self.assertEqual(self.contract_line.name, "Plano")

    def test_a_signature_is_the_attendant_s_work(self):
        contract_line = self._make_contract().contract_line_ids
        contract_line.with_user(self.attendant).write(
            {"discount": 10.0, "date_end": "2030-01-31"}
        )
        draft = self._make_line(contract_line=contract_line)
        contract_line.with_user(self.attendant).specific_price = 49.9
        self.assertEqual(draft.monthly_value, 49.9)

    def test_months_of_a_cancelled_line_stay_as_they_were(self):
        self.line._on_cancelled("customer", date(2026, 11, 20))
        seen = self.contract_line.with_user(self.attendant)
        self._refused(lambda: seen.write({"discount": 99.0}))
        self.contract.with_user(self.attendant).active = False

    def test_an_attendant_adds_no_payer_of_a_line_in_service(self):
        self.contract_line.write({"date_end": "2026-11-30"})
        values = {
            "contract_id": self.contract.id,
            "product_id": self.product.id,
            "date_start": "2026-12-01",
            "specific_price": 0.01,
        }
        contract_lines = self.env["contract.line"].with_user(self.attendant)
        self._refused(
            lambda: contract_lines.create({**values, "mvno_line_id": self.line.id})
        )
        self._refused(
            lambda: contract_lines.with_context(
                default_mvno_line_id=self.line.id
            ).create(values)
        )
        fresh = contract_lines.create(values)
        self._refused(lambda: fresh.write({"mvno_line_id": self.line.id}))

    def test_a_manager_s_change_is_on_the_contract_s_record(self):
        self.contract_line.with_user(self.manager).write(
            {"price_unit": 49.9, "date_end": "2027-01-31"}
        )
        note = self.contract.message_ids[0]
        self.assertEqual(note.author_id, self.manager.partner_id)
        self.assertIn(self.contract_line.name, note.body)
        self.assertEqual(
            self._tracked(),
            [
                ("Date End", False, "2027-01-31"),
                ("Unit Price", 59.9, 49.9),
            ],
        )

    def test_so_is_an_accountant_s(self):
        self.contract_line.with_user(self.accountant).discount = 10.0
        self.assertEqual(self._tracked(), [("Discount (%)", 0.0, 10.0)])

    def test_both_contracts_keep_that_a_line_went_over(self):
        other = self._make_contract()
        self.contract_line.with_user(self.manager).contract_id = other
        for contract in self.contract | other:
            self.assertEqual(len(self._tracked(contract)), 1)

    def test_a_payer_added_by_a_manager_is_on_record(self):
        self.contract_line.write({"date_end": "2026-11-30"})
        self.env["contract.line"].with_user(self.manager).create(
            {
                "contract_id": self.contract.id,
                "product_id": self.product.id,
                "date_start": "2026-12-01",
                "mvno_line_id": self.line.id,
            }
        )
        self.assertIn("added by hand", self.contract.message_ids[0].body)

    def test_nobody_deletes_what_pays_for_a_line_in_service(self):
        for record in (self.contract_line, self.contract):
            with self.assertRaisesRegex(UserError, "stays on record"):
                record.with_user(self.accountant).unlink()
        sold = self._make_contract(2)
        self._make_line(contract_line=sold.contract_line_ids[0])
        sold.contract_line_ids[1].with_user(self.accountant).unlink()
        sold.with_user(self.accountant).unlink()

    def test_what_a_manager_changes_on_the_contract_is_on_record(self):
        self.contract.with_user(self.manager).active = False
        self.assertEqual(self._tracked(), [("Active", True, False)])

    def test_the_ways_that_check_by_themselves_write_nothing_down_here(self):
        notes = len(self.contract.message_ids)
        self.line.with_user(self.attendant).sudo().contract_line_id._mvno_succeed(
            date(2027, 1, 1), specific_price=49.9
        )
        self.assertEqual(len(self.contract.message_ids), notes)
