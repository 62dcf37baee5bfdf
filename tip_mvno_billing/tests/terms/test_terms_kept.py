# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, datetime

from odoo.tests import Form, tagged

from ..billing_common import DECEMBER, DECEMBER_1, JANUARY_1, NOVEMBER
from ..usage_common import UsageCase


@tagged("post_install", "-at_install")
class TestTermsKept(UsageCase):
    """What a plan was when it was signed is what its months are billed by, whatever the
    product or the platform's catalogue say later."""

    def setUp(self):
        super().setUp()
        self.at(DECEMBER_1)

    # === THE PLATFORM'S CATALOGUE AND THE PLAN'S PRICES === #

    def test_an_allowance_that_the_catalogue_halves_changes_no_month(self):
        line = self._sell(15160, mvno_overage=True, mvno_price_mb=0.02)
        self._used(line, 15160)
        run = self._bill(NOVEMBER)
        self.assertFalse(self._usage_of(line))
        self.plan.data_mb = 7580
        self._run(run)
        # 151.60 by the catalogue of today
        self.assertEqual(self._usage_of(line), [])

    def test_another_price_and_allowance_change_no_month(self):
        line = self._sell(1000, mvno_overage=True, mvno_price_mb=0.02)
        self._used(line, 2000)
        run = self._bill(NOVEMBER)
        self.assertEqual(self._usage_of(line), [20.0])
        self.plan.data_mb = 500
        self.product.mvno_price_mb = 0.05
        self._run(run)
        # 75.00 by the plan of today
        self.assertEqual(self._usage_of(line), [20.0])
        self.assertFalse(run.issue_ids)

    def test_a_month_after_the_change_is_billed_as_signed_too(self):
        line = self._sell(1000, mvno_overage=True, mvno_price_mb=0.02)
        self.product.write({"mvno_price_mb": 0.05, "mvno_overage": False})
        self.at(JANUARY_1)
        self._used(line, 2000, DECEMBER)
        self._bill(NOVEMBER)
        self._bill(DECEMBER)
        self.assertEqual(self._usage_of(line), [20.0])

    def test_whoever_signed_without_prices_is_charged_for_no_usage(self):
        line = self._sell(1000)
        self._used(line, 2000)
        self.product.write({"mvno_price_mb": 0.05, "mvno_overage": True})
        run = self._bill(NOVEMBER)
        self.assertEqual(self._usage_of(line), [])
        self.assertFalse(run.issue_ids)

    def test_usage_is_converted_at_the_rate_of_the_months_last_day(self):
        currency = self.env.ref("base.EUR")
        currency.active = True
        # 1.00 of the company's is 0.20, then 0.10, then 0.05
        for day, rate in (
            ("2026-11-29", 0.2),
            ("2026-11-30", 0.1),
            ("2026-12-01", 0.05),
        ):
            self.env["res.currency.rate"].create(
                {
                    "currency_id": currency.id,
                    "company_id": self.company.id,
                    "name": day,
                    "rate": rate,
                }
            )
        line = self._sell(1000, mvno_overage=True, mvno_price_mb=0.02)
        line.mvno_usage_currency_id = currency
        self._used(line, 2000)
        self._bill(NOVEMBER)
        # 20.00 of theirs at 10.00 each
        self.assertEqual(self._usage_of(line), [200.0])

    # === THE PLAN'S RULES === #

    def test_months_that_were_promised_as_free_stay_free(self):
        lines = self.env["contract.line"]
        for day in range(2, 12):
            lines |= self._sell(since=f"2026-11-{day:02d}", mvno_first_month="free")
        run = self._bill(NOVEMBER)
        self.product.mvno_first_month = "by_days"
        self._run(run)
        self.assertFalse(lines.mvno_item_ids)
        self.env.flush_all()
        closing = self.env["mvno.month.closing"].search(
            [("competence", "=", NOVEMBER), ("contract_line_id", "in", lines.ids)]
        )
        self.assertFalse(closing)

    def test_days_before_the_port_in_s_end_stay_free(self):
        line = self._sell(since="2026-11-05", mvno_bill_from="port_in")
        self.env["mvno.portability"].create(
            {
                "line_id": line.mvno_line_id.id,
                "number": "+5511912345678",
                "state": "done",
                "checked_at": datetime(2026, 11, 20, 15),
            }
        )
        run = self._bill(NOVEMBER)
        self.assertEqual(self._amounts(line, "recurring"), [22.0])
        self.product.mvno_bill_from = "activation"
        self._run(run)
        # 52.00 by the plan of today
        self.assertEqual(self._amounts(line, "adjustment"), [])
        self.assertEqual(sum(line.mvno_item_ids.mapped("amount")), 22.0)

    def test_a_last_month_signed_by_days_is_split_by_days(self):
        line = self._sell()
        self.product.mvno_last_month = "full"
        line.mvno_line_id._on_cancelled("customer", date(2026, 11, 10))
        self._bill(NOVEMBER)
        self.assertEqual(self._amounts(line, "recurring"), [20.0])

    def test_a_short_first_part_is_joined_as_signed(self):
        line = self._sell(since="2026-11-28", mvno_join_days=5)
        self.product.mvno_join_days = 0
        run = self._bill(NOVEMBER)
        self.assertFalse(line.mvno_item_ids)
        self.assertEqual(run.issue_ids.code, "joined")

    def test_whoever_signed_in_arrears_pays_nothing_in_advance(self):
        line = self._sell()
        self.product.mvno_billing_timing = "advance"
        self._bill(NOVEMBER)
        self.assertEqual(line.mvno_item_ids.mapped("competence"), [NOVEMBER])

    # === SIGNING AND SUCCESSION === #

    def test_a_new_price_keeps_the_rules_another_plan_brings_its_own(self):
        line = self._sell(1000, mvno_overage=True, mvno_first_month="full")
        self.plan.data_mb = 500
        self.product.write({"mvno_overage": False, "mvno_first_month": "by_days"})
        other = self._make_product(
            self._make_plan("0102", "10 GB"), mvno_last_month="full"
        )
        other.mvno_plan_id.data_mb = 10240
        dearer = line._mvno_succeed(date(2026, 12, 5), specific_price=70.0)
        self.assertRecordValues(
            dearer,
            [
                {
                    "mvno_allowance_mb": 1000.0,
                    "mvno_overage": True,
                    "mvno_first_month": "full",
                    "mvno_usage_currency_id": self.company.currency_id.id,
                }
            ],
        )
        changed = dearer._mvno_succeed(date(2026, 12, 10), product_id=other.id)
        # no allowance to compare before the plan's own was told
        self.assertRecordValues(
            changed,
            [
                {
                    "mvno_allowance_mb": 10240.0,
                    "mvno_overage": False,
                    "mvno_first_month": "by_days",
                    "mvno_last_month": "full",
                }
            ],
        )

    def test_another_holder_goes_on_with_what_was_signed(self):
        line = self._sell(1000, mvno_overage=True, mvno_price_mb=0.02)
        self.product.write({"mvno_overage": False, "mvno_price_mb": 0.05})
        other = self._make_partner(name="João")
        line.mvno_line_id._take_holder(other, date(2026, 12, 1))
        after = line.mvno_line_id.contract_line_ids - line
        self.assertEqual(after.contract_id.partner_id, other)
        self.assertRecordValues(after, [{"mvno_overage": True, "mvno_price_mb": 0.02}])

    def test_a_contract_made_by_the_form_keeps_the_rules_of_its_day(self):
        self.product.product_tmpl_id.write(
            {"mvno_bill_from": "port_in", "mvno_overage": True, "mvno_price_mb": 0.02}
        )
        with Form(self.env["contract.contract"]) as form:
            form.name = "Telefonia"
            form.partner_id = self.partner
            form.line_recurrence = True
            with form.contract_line_ids.new() as new:
                new.product_id = self.product
        line = form.record.contract_line_ids
        self.product.product_tmpl_id.write(
            {"mvno_bill_from": "activation", "mvno_overage": False}
        )
        self.assertRecordValues(
            line,
            [
                {
                    "mvno_bill_from": "port_in",
                    "mvno_overage": True,
                    "mvno_price_mb": 0.02,
                }
            ],
        )

    def test_what_is_no_telephony_has_no_rules(self):
        line = self._make_active_line()
        fibre = self._make_fibre(line.contract_id)
        self.assertRecordValues(
            fibre,
            [{"mvno_first_month": False, "mvno_overage": False}],
        )

    def test_what_is_shown_is_the_allowance_agreed_on(self):
        line = self._sell(1000)
        self.plan.data_mb = 500
        self._used(line, 2000)
        statement = self.env["mvno.statement"].search([])
        self.env["mvno.statement.line"]._rebuild(statement)
        report = self.env["report.tip_mvno_billing.report_statement_detail"]
        [detail] = report._details(statement.line_ids)
        [part] = detail["parts"]
        self.assertIn("1,000", part["totals"][-1]["allowance"].replace(".", ","))
