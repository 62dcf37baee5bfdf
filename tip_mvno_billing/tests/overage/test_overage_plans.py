# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date
from itertools import count

from odoo.tests import tagged
from odoo.tools.misc import format_date

from odoo.addons.tip_mvno.models.platform.mvno_plan import LARGEST
from odoo.addons.tip_mvno.tests.common import OTHER_CPF

from ..billing_common import DECEMBER_1, NOVEMBER
from ..usage_common import UsageCase

ON_10, ON_20, ON_30 = (f"2026-11-{day} 15:00:00" for day in (10, 20, 30))
LAST_DAY = date(2026, 11, 30)


@tagged("post_install", "-at_install")
class TestOveragePlans(UsageCase):
    """Usage belongs to the contract line of its day: a month of several plans, or
    several holders, has the allowances of them all, and the prices of each."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("en_US").write(
            {"decimal_point": ".", "thousands_sep": ","}
        )
        cls.plans = count(200)

    def setUp(self):
        super().setUp()
        self.at(DECEMBER_1)

    def _change(self, line, day=LAST_DAY, plan=None, **rules):
        """:return: the contract line of another plan from a day on"""
        other = self._make_product(self._make_plan(str(next(self.plans)), "Outro"))
        other.mvno_plan_id.write(plan or {})
        other.product_tmpl_id.write(rules)
        return line._mvno_succeed(day, product_id=other.id)

    def _codes(self, run):
        return run.issue_ids.mapped("code")

    # === SEVERAL PLANS === #

    def test_days_of_a_plan_without_prices_cost_nothing(self):
        line = self._sell(1000)
        after = self._change(
            line,
            plan={"data_mb": 3000},
            mvno_overage=True,
            mvno_price_mb=0.02,
        )
        self._used(line, 5000, at=ON_10)
        run = self._bill(NOVEMBER)
        # 78.66 by the last plan's prices, 1,067 MB by days
        self.assertEqual(self._usage_of(line | after), [])
        self.assertRecordValues(
            run.issue_ids, [{"code": "usage_free", "contract_line_id": line.id}]
        )
        self.assertIn("1,000.00 MB", run.issue_ids.reason)
        self.env.flush_all()
        exceptions = self.env["mvno.billing.exception"].search(
            [("mvno_line_id", "=", line.mvno_line_id.id), ("kind", "=", "parked")]
        )
        self.assertFalse(exceptions)

    def test_a_plan_without_prices_on_the_last_day_forgives_nothing(self):
        line = self._sell(1000, mvno_overage=True, mvno_price_mb=0.02)
        self._change(line, plan={"data_mb": 0})
        self._used(line, 6000, at=ON_10)
        run = self._bill(NOVEMBER)
        self.assertEqual(self._usage_of(line), [100.0])
        self.assertFalse(run.issue_ids)

    def test_whoever_upgrades_on_the_last_day_is_not_fined(self):
        line = self._sell(1000, mvno_overage=True, mvno_price_mb=0.02)
        after = self._change(
            line, plan={"data_mb": 10000}, mvno_overage=True, mvno_price_mb=0.01
        )
        self._used(line, 6000, at=ON_30)
        run = self._bill(NOVEMBER)
        self.assertEqual(self._usage_of(line | after), [])
        self.assertFalse(run.issue_ids)

    def test_each_line_s_excess_has_its_own_price_and_charge(self):
        line = self._sell(1000, mvno_overage=True, mvno_price_mb=0.02)
        after = self._change(
            line,
            date(2026, 11, 16),
            plan={"data_mb": 500},
            mvno_overage=True,
            mvno_price_mb=0.05,
        )
        self._used(line, 1600, at=ON_10)
        self._used(line, 40, at=ON_20)
        run = self._bill(NOVEMBER)
        # 1,500 MB in all: 100 beyond on the 10th, 40 on the 20th
        self.assertEqual(self._usage_of(line), [2.0])
        self.assertEqual(self._usage_of(after), [2.0])
        items = (line | after).mvno_item_ids.filtered(lambda item: item.kind == "usage")
        self.assertEqual(set(items.mapped("source_key")), {"usage"})
        [first, second] = items.sorted("contract_line_id").move_line_id.mapped("name")
        for text, usage, days in (
            (first, "100", (NOVEMBER, date(2026, 11, 15))),
            (second, "40", (date(2026, 11, 16), LAST_DAY)),
        ):
            self.assertIn(f"{usage}.00 MB", text)
            days = [format_date(self.env, day, lang_code="en_US") for day in days]
            self.assertIn(" to ".join(days), text)
            self.assertIn("Allowance of the month: 1,500.00 MB", text)
        self.assertFalse(run.issue_ids)

    def test_an_event_that_crosses_the_allowance_is_billed_for_what_is_beyond(self):
        line = self._sell(1000, mvno_overage=True, mvno_price_mb=0.02)
        self._used(line, 999, at=ON_10)
        self._used(line, 11, at=ON_20)
        self._bill(NOVEMBER)
        self.assertEqual(self._usage_of(line), [0.2])

    def test_by_days_each_plan_gives_its_share(self):
        by_days = {"mvno_allowance_share": "by_days"}
        line = self._sell(100, mvno_overage=True, mvno_price_mb=1.0, **by_days)
        after = self._change(
            line,
            date(2026, 11, 16),
            plan={"data_mb": 400},
            mvno_overage=True,
            mvno_price_mb=2.0,
            **by_days,
        )
        self._used(line, 251, at=ON_10)
        self._bill(NOVEMBER)
        # 50 and 200 MB; the 10th is the first plan's
        self.assertEqual(self._usage_of(line), [1.0])
        self.assertEqual(self._usage_of(after), [])

    def test_a_cancellation_learnt_late_takes_no_share_of_a_billed_month(self):
        line = self._sell(
            300, mvno_overage=True, mvno_price_mb=1.0, mvno_allowance_share="by_days"
        )
        self._used(line, 301, at=ON_10)
        self._bill(NOVEMBER)
        self.assertEqual(self._usage_of(line), [1.0])
        line.mvno_line_id._on_cancelled("port_out", date(2026, 11, 15))
        # 151.00 by the share of 15 days
        self._bill(NOVEMBER)
        self.assertEqual(self._usage_of(line), [1.0])

    def test_a_plan_by_days_and_one_with_the_whole_add_up(self):
        line = self._sell(
            300, mvno_overage=True, mvno_price_mb=1.0, mvno_allowance_share="by_days"
        )
        self._change(line, date(2026, 11, 11), plan={"data_mb": 50}, mvno_overage=True)
        self._used(line, 151, at=ON_10)
        self._bill(NOVEMBER)
        self.assertEqual(self._usage_of(line), [1.0])

    def test_days_without_limit_neither_draw_nor_cost(self):
        for unlimited in (0, LARGEST):
            with self.subTest(unlimited):
                line = self._sell(unlimited, mvno_overage=True, mvno_price_mb=1.0)
                after = self._change(
                    line,
                    date(2026, 11, 16),
                    plan={"data_mb": 100},
                    mvno_overage=True,
                    mvno_price_mb=0.5,
                )
                self._used(line, 10000, at=ON_10)
                self._used(line, 110, at=ON_20)
                run = self._bill(NOVEMBER)
                self.assertEqual(self._usage_of(line), [])
                self.assertEqual(self._usage_of(after), [5.0])
                self.assertFalse(run.issue_ids)

    def test_records_without_time_are_listed_in_a_month_of_several_plans(self):
        line = self._sell(100, mvno_overage=True, mvno_price_mb=1.0)
        after = self._change(
            line,
            date(2026, 11, 16),
            plan={"data_mb": 100},
            mvno_overage=True,
            mvno_price_mb=2.0,
        )
        self._used(line, 5000, at=False)
        run = self._bill(NOVEMBER)
        self.assertEqual(self._usage_of(line | after), [])
        self.assertEqual(self._codes(run), ["usage_undated"])

    def test_records_without_time_draw_last_in_a_whole_month(self):
        line = self._sell(100, mvno_overage=True, mvno_price_mb=1.0)
        self._used(line, 100, at=False)
        self._used(line, 60, at=ON_30)
        self._bill(NOVEMBER)
        self.assertEqual(self._usage_of(line), [60.0])

    # === BILLED ALREADY === #

    def test_a_change_of_plan_learnt_late_bills_no_usage_twice(self):
        line = self._sell(1000, mvno_overage=True, mvno_price_mb=0.02)
        self._used(line, 1000, at=ON_10)
        self._used(line, 5000, at=ON_20)
        run = self._bill(NOVEMBER)
        self.assertEqual(self._usage_of(line), [100.0])
        self._delete_recurring(line)
        after = self._change(
            line,
            date(2026, 11, 16),
            plan={"data_mb": 500},
            mvno_overage=True,
            mvno_price_mb=0.01,
        )
        self._run(run)
        # 45.00 on the second line now, and 100.00 are billed on the first one
        self.assertEqual(self._usage_of(line), [100.0])
        self.assertEqual(self._usage_of(after), [])
        [issue] = run.issue_ids.filtered(lambda issue: issue.code == "usage_less")
        self.assertEqual(issue.contract_line_id, line)
        for amount in (45.0, 100.0):
            self.assertIn(f"{amount:.2f}", issue.reason)

    def test_what_comes_late_is_charged_on_the_line_of_its_day(self):
        line = self._sell(1000, mvno_overage=True, mvno_price_mb=0.02)
        after = self._change(
            line,
            date(2026, 11, 16),
            plan={"data_mb": 500},
            mvno_overage=True,
            mvno_price_mb=0.05,
        )
        self._used(line, 1600, at=ON_20)
        run = self._bill(NOVEMBER)
        self.assertEqual(self._usage_of(after), [5.0])
        # earlier in time, it leaves less of the allowance for the 20th
        self._used(line, 1520, at=ON_10)
        self._run(run)
        self._run(run)
        self.assertEqual(self._usage_of(line), [0.4])
        self.assertEqual(self._usage_of(after), [5.0, 75.0])
        self.assertFalse(run.issue_ids)

    def test_usage_billed_on_a_contract_line_that_never_was_is_listed(self):
        line = self._sell(1000, mvno_overage=True, mvno_price_mb=0.02)
        self._used(line, 6000, at=ON_10)
        run = self._bill(NOVEMBER)
        self._delete_recurring(line)
        line.is_canceled = True
        self._run(run)
        [issue] = run.issue_ids.filtered(lambda issue: issue.code == "usage_less")
        self.assertEqual(issue.contract_line_id, line)
        self.assertIn("100.00", issue.reason)

    def _delete_recurring(self, line):
        """Let the month's own days be billed anew."""
        line.mvno_item_ids.filtered(lambda item: item.kind == "recurring")._release("")

    # === SEVERAL HOLDERS === #

    def test_each_of_three_turns_of_holders_pays_the_own_days(self):
        first = self._sell(1000, mvno_overage=True, mvno_price_mb=0.02)
        mobile = first.mvno_line_id
        joao = self._make_partner(name="João", vat=OTHER_CPF)
        self.at("2026-11-11 15:00:00")
        mobile._take_holder(joao, date(2026, 11, 11))
        between = mobile.contract_line_id
        self.at("2026-11-21 15:00:00")
        mobile._take_holder(self.partner, date(2026, 11, 21))
        again = mobile.contract_line_id
        self.at(DECEMBER_1)
        self._used(first, 1500, at=ON_10)
        self._used(first, 1300, at=ON_20)
        self._used(first, 600, at=ON_30)
        run = self._bill(NOVEMBER)
        # Maria: 2,000 MB for the 10th and the 30th; João: 1,000 MB for the 20th
        self.assertEqual(self._usage_of(first), [])
        self.assertEqual(self._usage_of(between), [6.0])
        self.assertEqual(self._usage_of(again), [2.0])
        self.assertEqual(
            [
                lines.mvno_item_ids.move_id.partner_id
                for lines in (first | again, between)
            ],
            [self.partner, joao],
        )
        self.assertFalse(run.issue_ids)
        # and each invoice tells the own days
        statement = self.env["mvno.statement"].search([])
        statement.imported_at = "2026-12-01 12:00:00"
        self.env["mvno.statement.line"]._rebuild(statement)
        [move] = between.mvno_item_ids.move_id
        [words] = move.with_context(lang="en_US")._mvno_usage_summary()
        self.assertEqual(
            (words["data"], words["data_allowance"]), ("1.27 GB", "1,000.00 MB")
        )
        [move] = first.mvno_item_ids.move_id
        [words] = move.with_context(lang="en_US")._mvno_usage_summary()
        self.assertEqual(
            (words["data"], words["data_allowance"]), ("2.05 GB", "1.95 GB")
        )

    # === WHAT IS SHOWN === #

    def test_the_statement_and_the_invoice_tell_the_allowance_that_is_billed_by(self):
        line = self._sell(1000, mvno_overage=True, mvno_price_mb=0.02)
        self._change(line, date(2026, 11, 16), plan={"data_mb": 500})
        self._used(line, 1600, at=ON_10)
        self._bill(NOVEMBER)
        statement = self.env["mvno.statement"].search([])
        statement.imported_at = "2026-12-01 12:00:00"
        self.env["mvno.statement.line"]._rebuild(statement)
        report = self.env["report.tip_mvno_billing.report_statement_detail"]
        [detail] = report.with_context(lang="en_US")._details(statement.line_ids)
        data = detail["parts"][0]["totals"][-1]
        self.assertEqual((data["allowance"], data["excess"]), ("1.46 GB", "100.00 MB"))
        move = self._invoices(line).with_context(lang="en_US")
        self.assertEqual(move._mvno_usage_summary()[0]["data_allowance"], "1.46 GB")

    def test_the_statement_counts_no_days_without_limit(self):
        line = self._sell(0)
        self._change(line, date(2026, 11, 16), plan={"data_mb": 100})
        self._used(line, 5000, at=ON_10)
        self._used(line, 110, at=ON_20)
        statement = self.env["mvno.statement"].search([])
        self.env["mvno.statement.line"]._rebuild(statement)
        report = self.env["report.tip_mvno_billing.report_statement_detail"]
        [detail] = report.with_context(lang="en_US")._details(statement.line_ids)
        self.assertEqual(detail["parts"][0]["totals"][-1]["excess"], "10.00 MB")

    # === MANY === #

    def test_months_of_several_plans_cost_no_query_for_each_line(self):
        other = self._make_product(self._make_plan("0301", "Outro"))
        other.mvno_plan_id.data_mb = 500

        def queries(count):
            for line in self._make_contract(count).contract_line_ids:
                self._make_active_line("2026-11-01", line)
                line._mvno_succeed(date(2026, 11, 16), product_id=other.id)
                self._used(line, 2000, at=ON_10)
            run = self.env["mvno.billing.run"].create(
                {"platform_id": self.platform.id, "competence": NOVEMBER}
            )
            source = self.env["mvno.billing.source.usage"]
            self.env.flush_all()
            self.env.invalidate_all()
            number = self.count_queries(lambda: source._unbilled(run))
            tariffs = source._tariffs(run, source._months(run))
            self.assertGreaterEqual(len(tariffs), 2 * count)
            with self.assertQueryCount(1):
                self.env["mvno.usage.event"]._beyond(self.platform, NOVEMBER, tariffs)
            return number

        self.plan.data_mb = 1000
        self.product.write({"mvno_overage": True, "mvno_price_mb": 0.02})
        queries(1)
        few = queries(2)
        self.assertLess(queries(20) - few, 8)
