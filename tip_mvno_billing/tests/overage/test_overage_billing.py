# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import random
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from itertools import count

from psycopg2 import IntegrityError

from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.tip_mvno.models.platform.mvno_plan import LARGEST
from odoo.addons.tip_mvno.tests.common import OTHER_CPF

from ..billing_common import DECEMBER, JANUARY_1, NOVEMBER
from ..charge_common import ChargeCase

DIGESTS = count(1)
CENT = Decimal("0.01")


@tagged("post_install", "-at_install")
class TestMvnoBillingRunUsage(ChargeCase):
    """What a line uses beyond its allowance is one line of the month's invoice.

    The plan: 100 minutes, 10 SMS and 1,000 MB; 0.30 a minute, 0.10 an SMS, 0.02 a MB.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan.write({"voice_minutes": 100, "sms": 10, "data_mb": 1000.0})
        cls.product.write(
            {
                "mvno_overage": True,
                "mvno_price_minute": 0.3,
                "mvno_price_sms": 0.1,
                "mvno_price_mb": 0.02,
            }
        )
        cls._sign_anew(cls.line)
        cls.company._mvno_create_product("mvno_usage_product_id", "Excedente")
        cls.statement = cls._make_statement()

    @classmethod
    def _make_statement(cls, competence=NOVEMBER, state="closed"):
        return cls.env["mvno.statement"].create(
            {"platform_id": cls.platform.id, "competence": competence, "state": state}
        )

    def _event(self, kind, quantity, at="2026-11-12 15:00:00", line=None, **vals):
        """Let the month's statement tell of an event: seconds of a call, MB."""
        line = line or self.mobile
        used = {"voice": {"seconds": quantity}, "data": {"download_mb": quantity}}
        return self.env["mvno.usage.event"].create(
            {
                "platform_id": self.platform.id,
                "company_id": self.company.id,
                "competence": NOVEMBER,
                "mvno_line_id": line.id,
                "platform_contract": str(line.id),
                "kind": kind,
                "started_at": at,
                "digest": str(next(DIGESTS)),
                "ordinal": 1,
                **used.get(kind, {}),
                **vals,
            }
        )

    def _usage(self, lines=None):
        """:return: the invoice lines that bill usage of contract lines now"""
        lines = lines or self.mobile.contract_line_ids
        return lines.mvno_item_ids.filtered(
            lambda item: item.kind == "usage" and item.state == "billed"
        ).move_line_id

    def _billed(self, **vals):
        """:return: what November's usage costs"""
        self._bill(NOVEMBER, **vals)
        return sum(self._usage().mapped("price_total"))

    # === USAGE BEYOND THE ALLOWANCE === #

    def test_what_is_within_the_allowance_costs_nothing(self):
        self._event("voice", 6000)
        self._event("data", 1000)
        for _i in range(10):
            self._event("sms", 1)
        self.assertFalse(self._billed())

    def test_what_is_beyond_is_one_line_that_says_what(self):
        self._event("voice", 5400, "2026-11-02 15:00:00")
        self._event("voice", 1200, "2026-11-03 15:00:00")
        self._event("data", 1500.5)
        for _i in range(12):
            self._event("sms", 1)
        run = self._bill(NOVEMBER)
        billed = self._usage()
        money = self.line.currency_id.with_context(lang="en_US").format
        self.assertRecordValues(
            billed,
            [
                {
                    "price_total": 3.0 + 0.2 + 10.01,
                    "product_id": self.company.mvno_usage_product_id.id,
                    "contract_line_id": self.line.id,
                }
            ],
        )
        number = self.mobile._format_number(self.mobile.number)
        self.assertIn(f"{number} – 11/2026", billed.name)
        for part in (money(3.0), f"2 SMS: {money(0.2)}", money(10.01)):
            self.assertIn(part, billed.name)
        [item] = self.line.mvno_item_ids.filtered(lambda item: item.kind == "usage")
        self.assertEqual(
            (item.competence, item.source_key, item.period_end),
            (NOVEMBER, "usage", date(2026, 11, 30)),
        )
        self.assertFalse(run.issue_ids)
        self.assertEqual(self._invoices(self.line).amount_total, 73.21)

    def test_the_fraction_of_a_cent_of_each_record_is_cut(self):
        self.line.mvno_price_sms = 0.019
        for _i in range(13):
            self._event("sms", 1)
        self.assertEqual(self._billed(), 0.03)

    def test_a_record_on_the_edge_is_priced_for_what_is_beyond(self):
        self._event("voice", 5999)
        self._event("voice", 61, "2026-11-13 15:00:00")
        self.assertEqual(self._billed(), 0.3)

    def test_random_months_agree_with_a_loop_over_the_records(self):
        dice = random.Random(4)
        moments = [
            datetime(2026, 11, 2) + timedelta(seconds=dice.randrange(27 * 86400))
            for _i in range(120)
        ]
        expected = used = Decimal(0)
        prices = {"voice": Decimal("0.3") / 60, "sms": Decimal("0.1")}
        prices["data"] = Decimal("0.02")
        used = {"voice": Decimal(0), "sms": Decimal(0), "data": Decimal(0)}
        allowance = {"voice": 6000, "sms": 10, "data": 1000}
        told = []
        for moment in moments:
            kind = dice.choice(["voice", "sms", "data"])
            quantity = {
                "voice": dice.randrange(600),
                "sms": 1,
                "data": dice.randrange(10**7) / 10**5,
            }[kind]
            self._event(kind, quantity, str(moment))
            told.append((moment, kind, Decimal(str(quantity))))
        for _moment, kind, quantity in sorted(told):
            used[kind] += quantity
            beyond = min(quantity, used[kind] - allowance[kind])
            if beyond > 0:
                amount = (beyond * prices[kind]).quantize(Decimal("1e-9"))
                expected += amount.quantize(CENT, ROUND_DOWN)
        self.assertGreater(expected, 1)
        self.assertEqual(self._billed(), float(expected))

    def test_calls_to_emergency_services_neither_count_nor_cost(self):
        self._event("voice", 6000, called_number="190")
        self._event("voice", 6000, called_number="+5511987650000")
        self.assertFalse(self._billed())

    # === THE ALLOWANCE === #

    def test_a_part_of_a_month_has_the_whole_allowance(self):
        self.line = self._make_active_line("2026-11-20")
        self.mobile = self.line.mvno_line_id
        self._event("voice", 101 * 60, "2026-11-25 15:00:00")
        self.assertEqual(self._billed(), 0.3)

    def test_a_part_of_a_month_signed_by_days_has_its_part_rounded_up(self):
        self.product.mvno_allowance_share = "by_days"
        self.line = self._make_active_line("2026-11-20")
        self.mobile = self.line.mvno_line_id
        # 11 of 30 days: 36.67 of 100 minutes
        self._event("voice", 38 * 60, "2026-11-25 15:00:00")
        self.assertEqual(self._billed(), 0.3)

    def test_what_the_platform_tells_no_allowance_of_is_never_exceeded(self):
        for unlimited in (0, LARGEST):
            self.line.mvno_allowance_sms = unlimited
            for _i in range(20):
                self._event("sms", 1)
            with self.subTest(unlimited):
                self.assertFalse(self._billed())

    def test_a_plan_without_prices_charges_nothing(self):
        self.line.mvno_overage = False
        self._event("voice", 10**6)
        self.assertFalse(self._billed())

    def test_no_price_is_no_charge(self):
        self.line.mvno_price_minute = 0.0
        self._event("voice", 10**6)
        self.assertFalse(self._billed())

    # === SEVERAL PAYERS === #

    def test_each_holder_pays_for_the_own_days(self):
        before = self.line
        before.mvno_allowance_share = "by_days"
        joao = self._make_partner(name="João", vat=OTHER_CPF)
        self._event("sms", 1, "2026-11-15 23:00:00")
        for _i in range(8):
            # the first holder's 5 SMS are exceeded by 4
            self._event("sms", 1, "2026-11-10 15:00:00")
            # the second one's by 3
            self._event("sms", 1, "2026-11-20 15:00:00")
        self.at("2026-11-16 15:00:00")
        self.mobile._take_holder(joao, date(2026, 11, 16))
        self.at("2026-12-01 15:00:00")
        self._bill(NOVEMBER)
        after = self.mobile.contract_line_id
        self.assertEqual(self._usage(before).price_total, 0.4)
        self.assertEqual(self._usage(after).price_total, 0.3)
        self.assertEqual(self._usage(after).move_id.partner_id, joao)

    def test_what_was_used_before_the_first_billed_day_is_free(self):
        self.line.mvno_billing_from = date(2026, 11, 16)
        for _i in range(20):
            self._event("sms", 1, "2026-11-16 02:59:59")
        self.assertFalse(self._billed())

    # === FROM CLOSED STATEMENTS, ONCE === #

    def test_an_open_statement_is_billed_once_it_is_closed(self):
        self.statement.state = "done"
        self._event("voice", 6060)
        run = self._bill(NOVEMBER)
        issue = run.issue_ids.filtered(lambda issue: issue.code == "usage_open")
        self.assertEqual(len(issue), 1)
        self.assertEqual(issue.action_open()["res_model"], "mvno.statement")
        self.assertFalse(self._usage())
        self.statement.state = "closed"
        self._run(run)
        self.assertEqual(self._usage().price_total, 0.3)
        self.assertFalse(run.issue_ids)
        self._run(run)
        self._bill(NOVEMBER)
        self.assertEqual(len(self._usage()), 1)

    def test_what_came_after_it_was_billed_is_billed_too(self):
        for _i in range(15):
            self._event("sms", 1)
        run = self._bill(NOVEMBER)
        for _i in range(100):
            self._event("sms", 1)
        self._run(run)
        self._run(run)
        self.assertRecordValues(
            self._usage().sorted("id"), [{"price_total": 0.5}, {"price_total": 10.0}]
        )
        items = self.line.mvno_item_ids.filtered(lambda item: item.kind == "usage")
        self.assertEqual(sorted(items.mapped("source_key")), ["usage", "usage-2"])
        money = self.line.currency_id.with_context(lang="en_US").format
        self.assertIn(
            f"billed already: {money(0.5)}", self._usage().sorted("id")[-1].name
        )

    def test_usage_billed_that_is_no_more_is_listed(self):
        events = [self._event("sms", 1) for _i in range(15)]
        run = self._bill(NOVEMBER)
        events[0].browse(event.id for event in events[:3]).unlink()
        self._run(run)
        self.assertEqual(sum(self._usage().mapped("price_total")), 0.5)
        self.assertRecordValues(
            run.issue_ids,
            [{"code": "usage_less", "contract_line_id": self.line.id}],
        )
        self.env.flush_all()
        exceptions = self.env["mvno.billing.exception"].search(
            [("mvno_line_id", "=", self.mobile.id)]
        )
        self.assertIn(run.issue_ids.reason, exceptions.reason)

    def test_a_statement_imported_after_it_was_billed_is_told_until_it_is_billed(self):
        run = self._bill(NOVEMBER)
        self.at(JANUARY_1)
        self._make_statement(DECEMBER)
        self.statement.imported_at = "2026-12-20 12:00:00"
        later = self._bill(DECEMBER)
        self.assertRecordValues(
            later.issue_ids, [{"code": "earlier_month", "competence": NOVEMBER}]
        )
        self._run(run)
        self._run(later)
        self.assertFalse(later.issue_ids)

    def test_records_without_time_are_listed_where_the_month_is_parted(self):
        for _i in range(15):
            self._event("sms", 1, at=False)
        self.line._mvno_end(date(2026, 11, 20))
        run = self._bill(NOVEMBER)
        self.assertFalse(self._usage())
        issue = run.issue_ids.filtered(lambda issue: issue.code == "usage_undated")
        self.assertEqual(issue.contract_line_id, self.line)
        self.assertIn("15 records", issue.reason)

    def test_records_without_time_count_in_a_whole_month(self):
        for _i in range(15):
            self._event("sms", 1, at=False)
        run = self._bill(NOVEMBER)
        self.assertEqual(self._usage().price_total, 0.5)
        self.assertFalse(run.issue_ids)

    def test_an_earlier_months_open_statement_is_told_until_it_is_billed(self):
        self.statement.state = "done"
        self._event("voice", 6060)
        run = self._bill(NOVEMBER)
        self.at(JANUARY_1)
        self._make_statement(DECEMBER)
        later = self._bill(DECEMBER)
        self.assertEqual(
            [(issue.code, issue.competence) for issue in later.issue_ids],
            [("earlier_month", NOVEMBER)],
        )
        self.statement.state = "closed"
        self._run(run)
        self._run(later)
        self.assertFalse(later.issue_ids)

    def test_nobody_is_told_to_close_a_statement_for_nothing(self):
        self.line.mvno_overage = False
        self.statement.state = "done"
        self.assertFalse(self._bill(NOVEMBER).issue_ids)

    def test_without_a_product_the_run_says_what_to_do(self):
        self.company.mvno_usage_product_id = False
        self._event("voice", 6060)
        run = self._bill(NOVEMBER)
        self.assertEqual(run.issue_ids.code, "usage_no_product")
        self.assertEqual(
            run.issue_ids.action_open()["res_model"], "res.config.settings"
        )
        self.env["res.config.settings"].create({}).action_create_mvno_usage_product()
        self._run(run)
        self.assertEqual(self._usage().price_total, 0.3)

    def test_a_deleted_draft_lets_it_be_billed_again(self):
        self.company.mvno_posting = "draft"
        self._event("voice", 6060)
        run = self._bill(NOVEMBER)
        self._invoices(self.line).unlink()
        self.assertFalse(self._usage())
        self._run(run)
        self.assertEqual(self._usage().price_total, 0.3)

    def test_a_contract_line_made_later_does_not_bill_the_month_again(self):
        self.company.mvno_posting = "draft"
        self._event("voice", 6060)
        run = self._bill(NOVEMBER)
        self._usage().move_id.invoice_line_ids.filtered(
            lambda line: not line.mvno_source_key
        ).unlink()
        self.line._mvno_succeed(date(2026, 11, 16), specific_price=90.0)
        self._run(run)
        self.assertEqual(len(self._usage()), 1)

    def test_a_preview_shows_usage_and_charges_as_they_are_billed_then(self):
        self._event("voice", 6060)
        charge = self._charge()
        run = self.env["mvno.billing.run"].create(
            {"platform_id": self.platform.id, "competence": NOVEMBER}
        )
        run.action_preview()
        while run.state in ("waiting", "running"):
            run._run_slice()
        shown = {row.kind: row.amount_total for row in run.preview_ids}
        self.assertEqual(shown, {"recurring": 60.0, "one_off": 10.0, "usage": 0.3})
        self.assertFalse(run.issue_ids)
        self.assertEqual(charge.state, "open")
        self._run(run)
        self.assertFalse(run.is_off_preview)
        self.assertEqual(self._invoices(self.line).amount_total, 70.3)

    # === MANY, AND THE FORM === #

    def test_a_months_usage_costs_no_query_for_each_line(self):
        def queries(lines):
            for line in self._make_contract(lines).contract_line_ids:
                self._make_active_line("2026-11-01", line)
                self._event("voice", 6060, line=line.mvno_line_id)
            run = self.env["mvno.billing.run"].create(
                {"platform_id": self.platform.id, "competence": NOVEMBER}
            )
            return self.count_queries(lambda: run._charges(self.partner))

        queries(1)
        few = queries(2)
        self.assertLess(queries(20) - few, 8)

    def test_the_plans_form_asks_for_prices_where_usage_is_charged(self):
        view = "tip_mvno.product_template_telephony_view_form"
        with Form(self.product.product_tmpl_id, view=view) as form:
            form.mvno_price_mb = 0.000123
            form.mvno_overage = False
        self.assertEqual(self.product.mvno_price_mb, 0.000123)

    @mute_logger("odoo.sql_db")
    def test_usage_never_gives_money_back(self):
        with self.assertRaises(IntegrityError):
            self.product.product_tmpl_id.mvno_price_mb = -1.0
            self.env.flush_all()
