# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import importlib.util
from datetime import date
from pathlib import Path

from freezegun import freeze_time

from odoo import Command, fields
from odoo.tests import Form, tagged

from ..common import MvnoCase

MIGRATION = Path(__file__).parents[2] / "migrations/19.0.4.0.0/pre-agreed.py"


class AgreedCase(MvnoCase):
    """A plan of 12 months at 59.90, sold on 5 November 2026."""

    def _sell(self, **vals):
        """:return: the contract line of a line that is not activated yet"""
        contract = self._make_contract(count=0)
        contract.contract_line_ids = [
            Command.create({"product_id": self.product.id, **vals})
        ]
        return contract.contract_line_ids

    def _activate(self, contract_line, day):
        """Let the platform activate the line that a contract line pays for."""
        line = contract_line.mvno_line_id or self._make_line(
            contract_line=contract_line
        )
        line.state = "activating"
        today = fields.Date.context_today(line)
        with freeze_time(f"{max(day, today)} 15:00:00"):
            line._start_service(day)
        return line


@tagged("post_install", "-at_install")
@freeze_time("2026-11-05 15:00:00")
class TestCommitmentAgreed(AgreedCase):
    """For how long the customer committed is agreed on the line."""

    def test_the_months_are_the_plans_until_others_are_agreed_on(self):
        line = self._sell()
        self.assertEqual(
            (line.commitment_months, line.commitment_end), (12, date(2027, 11, 5))
        )
        self.product.contract_months = 24
        self.env.invalidate_all()
        self.assertEqual(line.commitment_months, 12)
        line = self._sell(commitment_months=6)
        self.assertEqual(line.commitment_end, date(2027, 5, 5))

    def test_the_end_follows_the_start(self):
        line = self._sell(commitment_months=6)
        self._activate(line, date(2026, 11, 12))
        self.assertEqual(line.date_start, date(2026, 11, 12))
        self.assertEqual(line.commitment_end, date(2027, 5, 12))

    def test_an_activation_commits_nobody_who_did_not_agree(self):
        for vals in ({"commitment_months": 0}, {"commitment_end": False}):
            line = self._sell(**vals)
            self.assertFalse(line.commitment_months or line.commitment_end)
            self._activate(line, date(2026, 11, 12))
            self.assertFalse(line.commitment_months or line.commitment_end)
        line = self._sell()
        line.commitment_end = False
        self._activate(line, date(2026, 11, 12))
        self.assertFalse(line.commitment_months or line.commitment_end)

    def test_an_end_that_was_typed_stays(self):
        for line in (self._sell(commitment_end="2027-03-31"), self._sell()):
            line.commitment_end = "2027-03-31"
            self._activate(line, date(2026, 11, 12))
            self.assertEqual(line.commitment_end, date(2027, 3, 31))
            self.assertEqual(line.commitment_months, 12)

    def test_an_end_typed_without_months_is_a_commitment(self):
        line = self._sell(commitment_months=0, commitment_end="2027-03-31")
        self.assertEqual(line.commitment_months, 5)
        self.assertEqual(line.commitment_end, date(2027, 3, 31))

    def test_months_that_are_agreed_on_later_replace_a_typed_end(self):
        line = self._sell(commitment_end="2027-03-31")
        line.commitment_months = 3
        self._activate(line, date(2026, 11, 12))
        self.assertEqual(line.commitment_end, date(2027, 2, 12))

    def test_what_a_form_works_out_was_not_typed(self):
        line = self._sell()
        with Form(line, "tip_mvno.contract_line_view_form") as form:
            form.date_start = "2026-11-08"
            self.assertEqual(form.commitment_end, date(2027, 11, 8))
        self._activate(line, date(2026, 11, 12))
        self.assertEqual(line.commitment_end, date(2027, 11, 12))

    def test_what_is_typed_in_a_form_stays(self):
        line = self._sell()
        with Form(line, "tip_mvno.contract_line_view_form") as form:
            form.commitment_end = date(2027, 3, 31)
            form.date_start = "2026-11-08"
            self.assertEqual(form.commitment_end, date(2027, 3, 31))
        self.assertEqual(line.commitment_end, date(2027, 3, 31))
        with Form(line, "tip_mvno.contract_line_view_form") as form:
            form.commitment_end = False
            self.assertFalse(form.commitment_months)
        self._activate(line, date(2026, 11, 12))
        self.assertFalse(line.commitment_end)

    def test_a_copied_contract_agrees_on_the_same_months_anew(self):
        line = self._sell(commitment_months=6, commitment_end="2027-03-31")
        copied = line.contract_id.copy().contract_line_ids
        self.assertEqual(copied.commitment_months, 6)
        self.assertEqual(copied.commitment_end, date(2027, 5, 5))

    # === SUCCESSION === #

    def test_a_successor_keeps_the_commitment(self):
        line = self._sell(commitment_months=6)
        self._activate(line, date(2026, 11, 12))
        successor = line._mvno_succeed(date(2026, 12, 1), specific_price=49.9)
        kept = (successor.commitment_months, successor.commitment_end)
        self.assertEqual(kept, (6, date(2027, 5, 12)))
        successor.date_start = date(2026, 12, 3)
        self.assertEqual(successor.commitment_end, date(2027, 5, 12))

    def test_a_successor_of_a_line_without_commitment_has_none(self):
        line = self._sell(commitment_months=0)
        self._activate(line, date(2026, 11, 12))
        successor = line._mvno_succeed(date(2026, 12, 1), product_id=self.product.id)
        self.assertFalse(successor.commitment_months or successor.commitment_end)

    def test_a_commitment_that_is_given_up_is_none(self):
        line = self._sell()
        self._activate(line, date(2026, 11, 12))
        successor = line._mvno_succeed(date(2026, 12, 1), commitment_end=False)
        self.assertFalse(successor.commitment_months or successor.commitment_end)

    def test_another_commitment_begins_with_the_successor(self):
        line = self._sell()
        self._activate(line, date(2026, 11, 12))
        end = date(2027, 6, 1)
        successor = line._mvno_succeed(date(2026, 12, 1), commitment_end=end)
        kept = (successor.commitment_months, successor.commitment_end)
        self.assertEqual(kept, (6, end))

    def test_a_price_changed_before_the_activation_does_not_fix_the_end(self):
        line = self._sell()
        mobile = self._make_line(contract_line=line)
        successor = line._mvno_succeed(date(2026, 11, 7), specific_price=49.9)
        planned = successor._mvno_succeed(date(2026, 12, 1), specific_price=55)
        with freeze_time("2026-11-12 15:00:00"):
            self.env.add_to_compute(mobile._fields["contract_line_id"], mobile)
            self._activate(successor, date(2026, 11, 12))
        self.assertEqual(successor.date_start, date(2026, 11, 12))
        for later in successor | planned:
            self.assertEqual(later.commitment_end, date(2027, 11, 12))
        self.assertEqual(planned.date_start, date(2026, 12, 1))


@tagged("post_install", "-at_install")
@freeze_time("2026-11-05 15:00:00")
class TestStartAgreed(AgreedCase):
    """From when on the customer pays is agreed on the line."""

    def test_a_later_start_stays_though_the_line_works_before(self):
        line = self._sell(date_start="2026-12-01", commitment_months=6)
        mobile = self._activate(line, date(2026, 11, 12))
        self.assertEqual(mobile.activation_date, date(2026, 11, 12))
        self.assertEqual(line.date_start, date(2026, 12, 1))
        self.assertEqual(line.commitment_end, date(2027, 6, 1))
        self.assertEqual(line.mvno_agreed_start, date(2026, 12, 1))

    def test_it_stays_where_the_activation_is_learnt_late(self):
        line = self._sell(date_start="2026-12-01")
        with freeze_time("2026-12-09 15:00:00"):
            self._activate(line, date(2026, 11, 12))
        self.assertEqual(line.date_start, date(2026, 12, 1))

    def test_who_works_later_than_agreed_pays_from_the_activation_on(self):
        line = self._sell(date_start="2026-12-01")
        with freeze_time("2026-12-09 15:00:00"):
            self._activate(line, date(2026, 12, 9))
        self.assertEqual(line.date_start, date(2026, 12, 9))

    def test_a_day_of_signing_is_no_agreement(self):
        line = self._sell(date_start="2026-11-05")
        self.assertFalse(line.mvno_agreed_start)
        self._activate(line, date(2026, 11, 4))
        self.assertEqual(line.date_start, date(2026, 11, 4))

    def test_what_was_agreed_before_the_activation_counts(self):
        line = self._sell()
        line.date_start = "2026-12-01"
        self.assertEqual(line.mvno_agreed_start, date(2026, 12, 1))
        line.date_start = "2026-11-05"
        self.assertFalse(line.mvno_agreed_start)

    def test_a_line_in_service_that_is_moved_agreed_on_nothing(self):
        line = self._sell()
        self._activate(line, date(2026, 11, 5))
        line.date_start = "2026-12-01"
        self.assertFalse(line.mvno_agreed_start)

    def test_a_successor_keeps_the_agreed_start(self):
        line = self._sell(date_start="2026-12-01")
        self._activate(line, date(2026, 11, 12))
        successor = line._mvno_succeed(date(2026, 11, 20), specific_price=49.9)
        self.assertTrue(line.is_canceled)
        self.assertRecordValues(
            successor,
            [
                {
                    "date_start": date(2026, 12, 1),
                    "mvno_agreed_start": date(2026, 12, 1),
                }
            ],
        )

    def test_the_subscribe_dialog_tells_what_was_agreed(self):
        self._sell(date_start="2026-12-01", commitment_months=6)
        self.partner.invalidate_recordset()
        with Form(
            self.env["mvno.subscribe"].with_context(default_partner_id=self.partner.id)
        ) as dialog:
            with dialog.line_ids.edit(0) as line:
                self.assertEqual(
                    (line.agreed_start, line.commitment_months),
                    (date(2026, 12, 1), 6),
                )
                line.simcard_id = self._make_simcards()
                line.area_code = "11"


@tagged("post_install", "-at_install")
@freeze_time("2026-11-05 15:00:00")
class TestPriceAgreed(AgreedCase):
    """A price of 0 that somebody gave is one."""

    def _template(self, **vals):
        return self.env["contract.template"].create(
            {
                "name": "Móvel",
                "company_id": self.platform.company_id.id,
                "contract_line_ids": [
                    Command.create(
                        {"name": "Plano", "product_id": self.product.id, **vals}
                    )
                ],
            }
        )

    def test_a_price_of_zero_stays(self):
        for vals in (
            {"specific_price": 0.0},
            {"price_unit": 0},
            {"price_unit": 0.0, "specific_price": 0.0},
        ):
            self.assertEqual(self._sell(**vals).price_unit, 0.0)

    def test_no_price_is_the_price_lists(self):
        for vals in ({}, {"specific_price": False}, {"price_unit": None}):
            self.assertEqual(self._sell(**vals).price_unit, 59.9)
        vals = {"automatic_price": True, "specific_price": 0.0}
        self.assertEqual(self._sell(**vals).price_unit, 59.9)

    def test_of_two_prices_one_is_an_empty_column(self):
        for vals in (
            {"price_unit": 30.0, "specific_price": 0.0},
            {"price_unit": 0.0, "specific_price": 30.0},
        ):
            self.assertEqual(self._sell(**vals).price_unit, 30.0)

    def test_an_imported_zero_stays_and_an_empty_cell_does_not_count(self):
        contract = self._make_contract(count=0)
        names = ["contract_id/.id", "product_id/.id", "name", "specific_price"]
        rows = [
            [str(contract.id), str(self.product.id), "Free", "0"],
            [str(contract.id), str(self.product.id), "Listed", ""],
        ]
        result = self.env["contract.line"].load(names, rows)
        self.assertTrue(result["ids"], result["messages"])
        lines = self.env["contract.line"].browse(result["ids"])
        self.assertEqual(lines.mapped("price_unit"), [0.0, 59.9])

    def test_a_zero_typed_in_a_form_stays(self):
        with Form(self._make_contract(count=0, line_recurrence=True)) as form:
            with form.contract_line_ids.new() as line:
                line.product_id = self.product
                self.assertEqual(line.price_unit, 59.9)
                line.price_unit = 0.0
        self.assertEqual(form.record.contract_line_ids.price_unit, 0.0)

    def test_a_templates_zero_means_not_given(self):
        for customer_first in (True, False):
            with Form(self.env["contract.contract"]) as form:
                form.name = "Telefonia"
                if customer_first:
                    form.partner_id = self.partner
                form.contract_template_id = self._template()
                form.partner_id = self.partner
            self.assertEqual(form.record.contract_line_ids.price_unit, 59.9)

    def test_a_customer_chosen_after_the_template_has_their_own_prices(self):
        self.partner.property_product_pricelist = self.env["product.pricelist"].create(
            {
                "name": "Loyal customers",
                "item_ids": [
                    Command.create({"compute_price": "fixed", "fixed_price": 45.0})
                ],
            }
        )
        with Form(self.env["contract.contract"]) as form:
            form.name = "Telefonia"
            form.contract_template_id = self._template()
            form.partner_id = self.partner
        self.assertEqual(form.record.contract_line_ids.price_unit, 45.0)

    def test_a_templates_price_stays(self):
        contract = self._make_contract(count=0)
        contract.contract_template_id = self._template(specific_price=30.0)
        contract._onchange_contract_template_id()
        self.assertEqual(contract.contract_line_ids.price_unit, 30.0)

    def test_a_zero_typed_over_a_templates_line_stays(self):
        with Form(self.env["contract.contract"]) as form:
            form.name = "Telefonia"
            form.partner_id = self.partner
            form.contract_template_id = self._template()
            with form.contract_line_ids.edit(0) as line:
                line.price_unit = 0.0
        self.assertEqual(form.record.contract_line_ids.price_unit, 0.0)

    def test_a_copied_contract_costs_what_the_first_does(self):
        copied = self._sell(specific_price=0.0).contract_id.copy()
        self.assertEqual(copied.contract_line_ids.price_unit, 0.0)


@tagged("post_install", "-at_install")
@freeze_time("2026-11-05 15:00:00")
class TestAgreedBefore(AgreedCase):
    """A database of the version before knows neither months nor agreed start."""

    def _upgrade(self, *lines):
        self.env.flush_all()
        self.cr.execute(
            """
            ALTER TABLE contract_line DROP COLUMN commitment_months CASCADE,
                                      DROP COLUMN commitment_end_typed,
                                      DROP COLUMN mvno_agreed_start
            """
        )
        spec = importlib.util.spec_from_file_location("pre_agreed", MIGRATION)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        script.migrate(self.cr, "19.0.3.0.0")
        self.env.invalidate_all()
        return [
            (line.commitment_months, line.commitment_end, line.commitment_end_typed)
            for line in lines
        ]

    def test_commitments_are_what_they_were(self):
        by_plan, none, typed = self._sell(), self._sell(), self._sell()
        none.commitment_end = False
        typed.commitment_end = "2027-03-31"
        works = self._sell()
        self._activate(works, date(2026, 11, 5))
        successor = works._mvno_succeed(date(2026, 12, 1))
        before_others = self._sell(commitment_months=6)
        self.assertEqual(
            self._upgrade(by_plan, none, typed, successor, before_others),
            [
                (12, date(2027, 11, 5), False),
                (0, False, False),
                (12, date(2027, 3, 31), True),
                (12, date(2027, 11, 5), True),
                (6, date(2027, 5, 5), False),
            ],
        )

    def test_a_start_to_come_was_agreed_on(self):
        # by the database's own clock
        later, past = self._sell(date_start="2098-12-01"), self._sell()
        works = self._sell()
        self._activate(works, date(2026, 11, 5))
        works.date_start = "2098-12-01"
        past.date_start = "2020-01-01"
        self._upgrade()
        self.assertEqual(later.mvno_agreed_start, date(2098, 12, 1))
        self.assertFalse(past.mvno_agreed_start or works.mvno_agreed_start)
