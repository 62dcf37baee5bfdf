# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from freezegun import freeze_time

from odoo import Command, fields
from odoo.tests import Form, tagged

from odoo.addons.tip_mvno.tests.common import OTHER_CPF

from ..billing_common import DECEMBER, DECEMBER_1, JANUARY_1, NOVEMBER, BillingCase


@tagged("post_install", "-at_install")
@freeze_time("2026-11-05 15:00:00")
class TestTermsAgreed(BillingCase):
    """What a seller agreed on is what is billed: a plan of 60.00 with a commitment of
    12 months for a benefit of 120.00, sold on 5 November 2026, in service on the
    12th."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.write({"list_price": 60.0, "mvno_benefit": 120.0})
        cls.company._mvno_create_product("mvno_fine_product_id", "Fidelity fine")

    def _sell(self, **vals):
        contract = self._make_contract(count=0)
        contract.contract_line_ids = [
            Command.create({"product_id": self.product.id, **vals})
        ]
        return contract.contract_line_ids

    def _activate(self, contract_line, day=date(2026, 11, 12)):
        line = contract_line.mvno_line_id or self._make_line(
            contract_line=contract_line
        )
        line.state = "activating"
        today = fields.Date.context_today(line)
        with freeze_time(f"{max(day, today)} 15:00:00"):
            line._start_service(day)
        line.number = f"+55119{line.id:08d}"
        return line

    def _cancel_dialog(self, line):
        with freeze_time("2026-12-12 15:00:00"):
            return Form(
                self.env["mvno.cancel"].with_context(
                    active_model="mvno.line", active_ids=line.ids
                )
            )

    # === COMMITMENT === #

    def test_who_did_not_commit_is_told_of_no_fine(self):
        for vals in ({"commitment_months": 0}, {"commitment_end": False}):
            dialog = self._cancel_dialog(self._activate(self._sell(**vals)))
            self.assertFalse(dialog.commitment or dialog.fine_text)

    def test_the_fine_is_of_the_months_agreed_on(self):
        line = self._sell(commitment_months=6)
        dialog = self._cancel_dialog(self._activate(line))
        money = line.currency_id.format
        self.assertIn(f"{money(80.0)} ({money(120.0)} × 4 of 6", dialog.fine_text)

    def test_a_price_planned_before_the_activation_keeps_the_commitment(self):
        line = self._sell()
        mobile = self._make_line(contract_line=line)
        planned = line._mvno_succeed(date(2026, 12, 1), specific_price=50.0)
        self._activate(line)
        self.assertRecordValues(
            planned,
            [
                {
                    "mvno_commitment_start": date(2026, 11, 12),
                    "commitment_end": date(2027, 11, 12),
                    "mvno_benefit": 120.0,
                }
            ],
        )
        self.assertEqual(planned._mvno_fine(date(2026, 12, 12)), (100.0, 10, 12))
        self.assertEqual(mobile.activation_date, date(2026, 11, 12))

    def test_a_line_from_a_contract_template_has_the_plans_benefit(self):
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
        line = form.record.contract_line_ids
        self.assertEqual((line.mvno_benefit, line.commitment_months), (120.0, 12))

    # === START === #

    def test_nobody_pays_before_the_agreed_start(self):
        line = self._sell(date_start="2026-12-01")
        self._activate(line)
        with freeze_time(DECEMBER_1):
            self._bill(NOVEMBER)
        self.assertFalse(self._invoices(line))
        with freeze_time(JANUARY_1):
            self._bill(DECEMBER)
        self.assertEqual(self._invoices(line).amount_total, 60.0)

    # === A PRICE OF 0 === #

    def test_a_price_of_zero_is_listed_unless_it_is_a_courtesy(self):
        lines = {
            "price_zero": self._sell(specific_price=0.0),
            "courtesy": self._sell(specific_price=0.0, mvno_courtesy=True),
        }
        for line in lines.values():
            self._activate(line)
        with freeze_time(DECEMBER_1):
            run = self._bill(NOVEMBER)
        self.assertFalse(run.invoice_ids)
        for code, line in lines.items():
            issues = run.issue_ids.filtered(
                lambda issue, line=line: issue.contract_line_id == line
            )
            self.assertEqual(issues.mapped("code"), [code])

    def test_what_follows_a_line_at_zero_is_at_zero(self):
        line = self._sell(specific_price=0.0)
        mobile = self._activate(line)
        successor = line._mvno_succeed(date(2026, 11, 20), discount=10.0)
        self.assertEqual(successor.price_unit, 0.0)
        holder = self._make_partner(name="João", vat=OTHER_CPF)
        mobile._take_holder(holder, date(2026, 11, 25))
        new = mobile.contract_line_ids.filtered(
            lambda paid: paid.contract_id.partner_id == holder
        )
        self.assertEqual(new.price_unit, 0.0)
