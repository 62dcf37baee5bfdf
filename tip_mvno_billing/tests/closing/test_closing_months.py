# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from itertools import product
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged
from odoo.tools import SQL, mute_logger

from ..billing_common import (
    DECEMBER,
    DECEMBER_1,
    JANUARY_1,
    NOVEMBER,
    OCTOBER,
    BillingCase,
)

NOVEMBER_1 = "2026-11-01 15:00:00"
# What becomes of port-ins: (state, when it was last read) of each that was sent.
PORT_INS = (
    (("requested", "2026-11-20 15:00:00"),),
    (("conflict", "2026-11-20 15:00:00"),),
    (("refused", "2026-10-08 15:00:00"),),
    (("done", "2026-10-20 15:00:00"),),
    (("done", "2026-11-20 15:00:00"),),
    (("refused", "2026-10-08 15:00:00"), ("requested", False)),
    (("refused", "2026-10-08 15:00:00"), ("done", "2026-11-20 15:00:00")),
    (("refused", "2026-10-08 15:00:00"), ("refused", "2026-11-02 15:00:00")),
)


@tagged("post_install", "-at_install")
@freeze_time(DECEMBER_1)
class TestMvnoMonthClosing(BillingCase):
    def _closing(self, competence=NOVEMBER, **equal):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["mvno.month.closing"].search(
            [
                ("platform_id", "=", self.platform.id),
                ("competence", "=", competence),
                *((name, "=", value) for name, value in equal.items()),
            ]
        )

    def _bill_months(self, *months):
        """Bill each month on the first day after it."""
        clocks = {
            OCTOBER: NOVEMBER_1,
            NOVEMBER: DECEMBER_1,
            DECEMBER: JANUARY_1,
        }
        for month in months:
            with freeze_time(clocks[month]):
                self._bill(month)

    def _bill_extra(self, line, competence, kind, amount):
        """Bill something beside the monthly value."""
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.partner.id,
                "journal_id": self.company.mvno_journal_id.id,
                "invoice_date": competence,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": kind,
                            "price_unit": amount,
                            "tax_ids": False,
                            "contract_line_id": line.id,
                            "mvno_source_key": kind,
                        }
                    )
                ],
            }
        )
        invoice.action_post()
        self.env["mvno.billing.item"].create(
            {
                "contract_line_id": line.id,
                "mvno_line_id": line.mvno_line_id.id,
                "competence": competence,
                "kind": kind,
                "source_key": kind,
                "period_start": competence,
                "period_end": competence,
                "move_line_id": invoice.invoice_line_ids.id,
                "move_id": invoice.id,
            }
        )
        return invoice

    # === STATUS === #

    def test_a_line_is_not_billed_until_the_month_is_and_the_row_says_why(self):
        line = self._make_active_line(price=59.9)
        row = self._closing()
        self.assertRecordValues(
            row,
            [
                {
                    "status": "not_billed",
                    "value": 0,
                    "mvno_line_id": line.mvno_line_id.id,
                    "contract_line_id": line.id,
                    "partner_id": self.partner.id,
                    "product_id": self.product.id,
                }
            ],
        )
        self.assertIn("start a billing run for 11/2026", row.reason)
        self._bill(NOVEMBER)
        row = self._closing()
        self.assertRecordValues(
            row,
            [
                {
                    "status": "billed",
                    "value": 59.9,
                    "recurring": 59.9,
                    "days": 30,
                    "change": "new",
                    "cause": "started",
                    "is_outlier": False,
                    "is_draft": False,
                    "reason": False,
                }
            ],
        )

    def test_what_a_run_could_not_bill_has_the_runs_reason(self):
        self._make_active_line()
        refusal = UserError("The period is locked.")
        runs = self.registry["mvno.billing.run"]
        with patch.object(runs, "_invoice", side_effect=refusal):
            self._bill(NOVEMBER)
        self.assertRecordValues(
            self._closing(),
            [{"status": "not_billed", "reason": "The period is locked."}],
        )

    def test_what_became_billable_after_the_run_says_to_run_it_again(self):
        self._bill(NOVEMBER)
        self._make_active_line()
        self.assertIn("run the billing again", self._closing().reason)

    @freeze_time("2026-12-01 02:30:00")
    def test_a_month_is_closed_when_it_is_over_where_the_platform_is(self):
        self._make_active_line(since="2026-10-05")
        self.assertFalse(self._closing(NOVEMBER))
        self.assertTrue(self._closing(OCTOBER))

    def test_nothing_is_due_without_a_line_in_service(self):
        self._make_contract(count=1).contract_line_ids.date_start = NOVEMBER
        self._make_line("draft").contract_line_ids.date_start = NOVEMBER
        rows = self._closing()
        self.assertEqual(rows.mapped("status"), ["nothing_due"] * 2)
        self.assertEqual(rows.mapped("mvno_line_id.state"), ["draft"])

    def test_the_months_of_a_line_are_those_the_run_would_bill(self):
        """A month is due by the closing when the run bills it, and only then, whatever
        was agreed and however the port-in goes."""
        endings = (
            ("by_days", {}),
            ("by_days", {"date_end": "2026-11-10"}),
            ("full", {"date_end": "2026-11-10"}),
            ("full", {"cancelled": "2026-10-20"}),
        )
        cases = list(
            product(
                ("by_days", "full", "free"),
                ("activation", "port_in"),
                ((), *PORT_INS),
                endings,
            )
        )
        contract = self._make_contract(count=len(cases))
        lines = {}
        for line, case in zip(contract.contract_line_ids, cases, strict=True):
            lines[line] = case
            self._agree(line, *case)
        expected = {
            month: self._closing(month).filtered(lambda row: row.status == "not_billed")
            for month in (OCTOBER, NOVEMBER)
        }
        for month, rows in expected.items():
            self._bill(month)
            due = rows.contract_line_id
            for line, case in lines.items():
                items = line.mvno_item_ids.filtered(
                    lambda item, month=month: item.competence == month
                )
                with self.subTest(month=month, case=case):
                    self.assertEqual(bool(items), line in due)
            left = self._closing(month, status="not_billed")
            self.assertLessEqual(set(left.issue_id.mapped("code")), {"no_contract"})
            self.assertTrue(due)

    def _agree(self, line, first_month, bill_from, port_ins, ending):
        """Sell a line since 5 October on these terms."""
        last_month, ends = ending
        self._make_active_line(since="2026-10-05", contract_line=line, price=60)
        line.write(
            {
                "mvno_first_month": first_month,
                "mvno_bill_from": bill_from,
                "mvno_last_month": last_month,
            }
        )
        mobile = line.mvno_line_id
        for number, (state, moment) in enumerate(port_ins):
            self.env["mvno.portability"].create(
                {
                    "line_id": mobile.id,
                    "number": f"+55119{mobile.id:07d}{number}",
                    "state": state,
                    "checked_at": moment,
                }
            )
        if "cancelled" in ends:
            mobile.write({"state": "cancelled", "cancellation_date": ends["cancelled"]})
        elif ends:
            line.date_end = ends["date_end"]

    def test_a_port_in_in_conflict_is_awaited(self):
        line = self._make_active_line(since="2026-10-05")
        line.mvno_bill_from = "port_in"
        port_in = self.env["mvno.portability"].create(
            {
                "line_id": line.mvno_line_id.id,
                "number": "+5511988887777",
                "state": "conflict",
                "checked_at": "2026-11-05 12:00:00",
            }
        )
        self.assertEqual(self._closing(OCTOBER).status, "nothing_due")
        self._bill(OCTOBER)
        self.assertFalse(line.mvno_item_ids)
        port_in.write({"state": "done", "checked_at": "2026-11-20 12:00:00"})
        self.assertFalse(self._closing(OCTOBER))
        self.assertEqual(self._closing(NOVEMBER).status, "not_billed")

    def test_a_free_month_begins_with_the_end_of_the_port_in(self):
        line = self._make_active_line(since="2026-10-05")
        line.write({"mvno_bill_from": "port_in", "mvno_first_month": "free"})
        self.env["mvno.portability"].create(
            {
                "line_id": line.mvno_line_id.id,
                "number": "+5511988887777",
                "state": "done",
                "checked_at": "2026-11-05 12:00:00",
            }
        )
        self.assertEqual(line.mvno_paid_from, DECEMBER)
        self.assertFalse(self._closing(NOVEMBER))
        self._bill(NOVEMBER)
        self.assertFalse(line.mvno_item_ids)

    def test_a_reason_that_is_not_true_any_more_excuses_nothing(self):
        waiting = self._make_line("draft").contract_line_ids
        waiting.write({"date_start": "2026-11-05", "specific_price": 60})
        ported = self._make_active_line(price=60)
        ported.mvno_bill_from = "port_in"
        port_in = self.env["mvno.portability"].create(
            {"line_id": ported.mvno_line_id.id, "number": "+5511988887777"}
        )
        gift = self._make_active_line(price=0)
        gift.mvno_courtesy = True
        short = self._make_active_line(since="2026-11-28", price=60)
        short.mvno_join_days = 5
        lines = waiting | ported | gift | short
        run = self._bill(NOVEMBER)
        self.assertCountEqual(
            run.issue_ids.mapped("code"),
            ["not_activated", "port_in", "courtesy", "joined"],
        )
        rows = self._closing()
        self.assertEqual(set(rows.mapped("status")), {"nothing_due"})
        waiting.mvno_line_id.write({"state": "active", "activation_date": "2026-11-20"})
        port_in.write({"state": "done", "checked_at": "2026-11-20 15:00:00"})
        gift.write({"mvno_courtesy": False, "specific_price": 60})
        short.date_end = "2026-11-30"
        rows = self._closing()
        self.assertEqual(set(rows.mapped("status")), {"not_billed"})
        self.assertEqual(rows.contract_line_id, lines)
        self._run(run)
        self.assertEqual(
            [line.mvno_item_ids.amount for line in lines], [22.0, 22.0, 60.0, 6.0]
        )

    def test_a_plan_billed_from_its_port_in_is_due_from_there_on(self):
        line = self._make_active_line(since="2026-10-05")
        line.mvno_bill_from = "port_in"
        self.env["mvno.portability"].create(
            {
                "line_id": line.mvno_line_id.id,
                "number": "+5511988887777",
                "donor": "Outra",
                "state": "done",
                "checked_at": "2026-11-05 12:00:00",
            }
        )
        self.assertFalse(self._closing(OCTOBER))
        self.assertTrue(self._closing(NOVEMBER))

    def test_a_month_of_two_contract_lines_is_billed_in_part_when_one_is(self):
        line = self._make_active_line()
        [successor] = line._mvno_succeed(NOVEMBER.replace(day=16), specific_price=40.0)
        self._bill(NOVEMBER)
        self.assertEqual(self._closing().status, "billed")
        successor.mvno_item_ids._release("Test")
        row = self._closing()
        self.assertEqual((row.status, row.value), ("partly", row.recurring))
        self.assertEqual(row.contract_line_id, successor)

    def test_a_line_in_service_without_contract_is_not_billed(self):
        line = self._make_active_line(since="2026-10-01")
        line.date_end = "2026-10-31"
        self.assertFalse(self._closing())
        run = self._bill(NOVEMBER)
        row = self._closing()
        self.assertEqual(
            (row.status, row.mvno_line_id), ("not_billed", line.mvno_line_id)
        )
        self.assertEqual(
            row.reason,
            run.issue_ids.filtered(lambda i: i.code == "no_contract").reason,
        )

    def test_a_free_first_month_is_not_due(self):
        self.product.mvno_first_month = "free"
        first = self._make_active_line(since="2026-11-02")
        whole = self._make_active_line(since="2026-11-01")
        changed = self._make_active_line(since="2026-10-01")
        [successor] = changed._mvno_succeed(NOVEMBER.replace(day=16))
        self.assertEqual(self._closing().contract_line_id, whole | successor)
        self.assertFalse(first._mvno_period(NOVEMBER))

    def test_a_courtesy_has_nothing_due_and_says_so(self):
        self._make_active_line(price=0).mvno_courtesy = True
        run = self._bill(NOVEMBER)
        row = self._closing()
        self.assertEqual(row.status, "nothing_due")
        self.assertEqual(row.reason, run.issue_ids.reason)

    def test_services_that_are_no_telephony_are_not_of_it(self):
        line = self._make_active_line(price=50)
        fibre = self._make_fibre(line.contract_id)
        self._bill(NOVEMBER)
        extra = self._bill_extra(fibre, NOVEMBER, "service", 100)
        self.assertTrue(extra.mvno_item_ids)
        self.assertEqual(self._closing().mapped("value"), [50])

    def test_drafts_count_and_are_told(self):
        self.company.mvno_posting = "draft"
        self._make_active_line(price=59.9)
        self._bill(NOVEMBER)
        self.assertRecordValues(
            self._closing(), [{"status": "billed", "value": 59.9, "is_draft": True}]
        )

    # === VALUES === #

    def test_what_is_billed_beside_the_monthly_value_is_told_apart(self):
        line = self._make_active_line(price=50)
        self._bill(NOVEMBER)
        for kind, amount in (("one_off", 10), ("usage", 4), ("fine", 100)):
            self._bill_extra(line, NOVEMBER, kind, amount)
        self._bill_extra(line, NOVEMBER, "adjustment", 6)
        self.assertRecordValues(
            self._closing(),
            [
                {
                    "recurring": 50,
                    "one_off": 10,
                    "usage": 4,
                    "fine": 100,
                    "adjustment": 6,
                    "credited": 0,
                    "value": 170,
                }
            ],
        )

    def test_a_credit_note_is_subtracted_from_the_month_it_credits(self):
        line = self._make_active_line(since="2026-10-01", price=50)
        self._bill_months(OCTOBER, NOVEMBER)
        with freeze_time(DECEMBER_1):
            october, _november = self._invoices(line)
            october._reverse_moves([{"invoice_date": DECEMBER}], cancel=True)
            self.assertRecordValues(
                self._closing(OCTOBER),
                [{"recurring": 50, "credited": -50, "value": 0, "status": "billed"}],
            )
            self.assertRecordValues(
                self._closing(NOVEMBER),
                [{"value": 50, "last_value": 0, "change": "new", "is_outlier": True}],
            )

    def test_a_draft_credit_note_counts_for_nothing(self):
        line = self._make_active_line(since="2026-10-01", price=50)
        self._bill_months(OCTOBER)
        with freeze_time(DECEMBER_1):
            self._invoices(line)._reverse_moves()
            self.assertEqual(self._closing(OCTOBER).value, 50)

    # === AGAINST LAST MONTH === #

    def test_a_month_like_the_one_before_has_no_change(self):
        self._make_active_line(since="2026-10-01", price=50)
        self._bill_months(OCTOBER, NOVEMBER)
        with freeze_time(DECEMBER_1):
            self.assertRecordValues(
                self._closing(),
                [
                    {
                        "value": 50,
                        "last_value": 50,
                        "difference": 0,
                        "difference_percent": 0,
                        "change": False,
                        "cause": False,
                        "is_outlier": False,
                    }
                ],
            )

    def test_a_value_that_is_gone_is_explained_by_the_end_or_is_an_outlier(self):
        ended = self._make_active_line(since="2026-10-01", price=50)
        open_line = self._make_active_line(since="2026-10-01", price=50)
        self._bill_months(OCTOBER)
        ended.date_end = "2026-10-31"
        ended.mvno_line_id.write(
            {"state": "cancelled", "cancellation_date": "2026-10-31"}
        )
        with freeze_time(DECEMBER_1):
            gone, lost = (
                self._closing(contract_line_id=line.id) for line in (ended, open_line)
            )
            self.assertRecordValues(
                gone | lost,
                [
                    {"status": status, "cause": cause, "is_outlier": is_outlier}
                    for status, cause, is_outlier in (
                        ("nothing_due", "ended", False),
                        ("not_billed", "not_billed", True),
                    )
                ],
            )
            self.assertEqual(set((gone | lost).mapped("change")), {"gone"})
            self.assertFalse(self._closing(DECEMBER))

    def test_what_explains_a_change_is_told(self):
        large = self._make_product(self._make_plan("0102", "50 GB"), list_price=159.9)
        plan, days, price, extras, small = (
            self._make_active_line(since="2026-10-01", price=50) for _ in range(5)
        )
        days.mvno_line_id.write(
            {"state": "cancelled", "cancellation_date": "2026-11-10"}
        )
        self._bill_months(OCTOBER)
        plan._mvno_succeed(NOVEMBER, product_id=large.id)
        price._mvno_succeed(NOVEMBER, specific_price=90.0)
        small._mvno_succeed(NOVEMBER, specific_price=60.0)
        self._bill_months(NOVEMBER)
        with freeze_time(DECEMBER_1):
            self._bill_extra(extras, NOVEMBER, "usage", 80)
            found = {
                row.mvno_line_id: (row.change, row.cause, row.is_outlier)
                for row in self._closing()
            }
        self.assertEqual(
            [found[line.mvno_line_id] for line in (plan, days, price, extras, small)],
            [
                ("changed", "plan", False),
                ("changed", "days", False),
                ("changed", "price", True),
                ("changed", "extras", True),
                (False, False, False),  # 20 %
            ],
        )

    def test_a_suspension_explains_a_lower_value(self):
        line = self._make_active_line(since="2026-10-01", price=50)
        self._bill_months(OCTOBER)
        item = line.mvno_item_ids
        self._bill_months(NOVEMBER)
        # what half of the month's days would have come to
        move_line = (line.mvno_item_ids - item).move_line_id
        move_line.move_id.button_draft()
        move_line.price_unit = 25
        move_line.move_id.action_post()
        with freeze_time(DECEMBER_1):
            self.assertEqual(self._closing().cause, "unexplained")
            self.env["mvno.line.hold"].create(
                {
                    "line_id": line.mvno_line_id.id,
                    "reason": "customer",
                    "level": "total",
                    "date_start": "2026-11-10 12:00:00",
                }
            )
            row = self._closing()
            self.assertEqual((row.cause, row.is_outlier), ("days", False))

    def test_from_which_percentage_on_it_is_an_outlier_is_a_setting(self):
        line = self._make_active_line(since="2026-10-01", price=50)
        self._bill_months(OCTOBER)
        line._mvno_succeed(NOVEMBER, specific_price=60.0)
        self._bill_months(NOVEMBER)
        with freeze_time(DECEMBER_1):
            self.assertFalse(self._closing(is_outlier=True))
            self.company.mvno_outlier_percent = 10
            self.assertEqual(self._closing(is_outlier=True).difference_percent, 20)
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            self.company.mvno_outlier_percent = 0
            self.env.flush_all()

    # === READING === #

    def test_ids_are_of_a_line_and_month_and_never_of_two(self):
        self._make_active_line(since="2026-10-01")
        self._make_contract(count=2).contract_line_ids.date_start = OCTOBER
        with freeze_time(DECEMBER_1):
            self.env.flush_all()
            rows = self.env["mvno.month.closing"].search(
                [
                    ("platform_id", "=", self.platform.id),
                    ("competence", ">=", OCTOBER),
                ]
            )
            self.assertEqual(len(rows), 6)
            self.assertEqual(len(set(rows.ids)), 6)
            self.assertEqual(rows.browse(rows.ids[-1]).competence, OCTOBER)
            october = self._closing(OCTOBER)
            self.assertEqual(len(october), 3)
            for ids in (october.ids, october._search([("competence", "=", OCTOBER)])):
                found = rows.search(
                    [("id", "in", ids), ("platform_id", "=", self.platform.id)]
                )
                self.assertEqual(found, october)
            self.assertEqual(
                rows.search([("id", "in", rows.ids), ("id", "not in", october.ids)]),
                rows - october,
            )

    def test_who_names_no_month_is_shown_the_last_one(self):
        line = self._make_active_line(since="2026-10-01")
        self.env.flush_all()
        rows = self.env["mvno.month.closing"].search(
            [("mvno_line_id", "=", line.mvno_line_id.id)]
        )
        self.assertEqual(rows.competence, NOVEMBER)
        [group] = rows.formatted_read_group(
            [("mvno_line_id", "=", line.mvno_line_id.id)], ["status"], ["__count"]
        )
        self.assertEqual(group["__count"], 1)

    def test_what_is_shown_unasked_grows_with_the_lines_not_with_the_months(self):
        """Months of many years take hardly more than those of a few."""
        rows = self.env["mvno.month.closing"]
        self._make_contract(count=150).contract_line_ids.date_start = "2026-06-01"
        self.env.flush_all()

        few = self._work(rows)
        self.cr.execute(
            "UPDATE contract_line SET date_start = '2020-06-01' "
            "WHERE date_start = '2026-06-01'"
        )
        self.assertLess(self._work(rows), 2 * few)

    def _work(self, rows):
        """:return: int, how many rows the database handles, step by step, to show the
        closing to somebody who asks for nothing in particular"""
        query = rows._search([]).select()
        [[[plan]]] = self.env.execute_query(
            SQL("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) %s", query)
        )

        def handled(node):
            here = node["Actual Rows"] * node["Actual Loops"]
            return here + sum(map(handled, node.get("Plans", ())))

        return handled(plan["Plan"])

    def test_accountants_read_group_and_export_it(self):
        line = self._make_active_line(price=50)
        self._bill(NOVEMBER)
        for group in (
            "account.group_account_invoice",
            "account.group_account_readonly",
        ):
            groups = f"base.group_user,base.group_allow_export,{group}"
            clerk = self._make_user(group[-8:], groups)
            row = self._closing().with_user(clerk)
            columns = ["competence", "number", "status", "value", "reason", "cause"]
            [exported] = row.export_data(columns)["datas"]
            self.assertEqual(exported[1:4], [line.mvno_line_id.number, "Billed", 50])
            [total] = row.formatted_read_group(
                [("id", "=", row.id)],
                ["status", "product_id"],
                ["__count", "value:sum", "difference:sum"],
            )
            self.assertEqual(total["value:sum"], 50)
            self.assertTrue(row.action_open())

    def test_another_companys_months_are_not_seen(self):
        self._make_active_line()
        company = self.env["res.company"].create({"name": "Other"})
        stranger = self._make_user(
            "stranger",
            "tip_mvno.group_manager",
            company_id=company.id,
            company_ids=[company.id],
        )
        self.assertTrue(self._closing())
        self.assertFalse(self.env["mvno.month.closing"].with_user(stranger).search([]))

    def test_a_run_shows_its_month_and_leads_to_it(self):
        self._make_active_line(price=50)
        run = self._bill(NOVEMBER)
        self._make_active_line()
        clerk = self._make_user(
            "clerk", "base.group_user,account.group_account_invoice"
        )
        run.invalidate_recordset()
        with Form(run.with_user(clerk)) as form:
            self.assertEqual(
                (
                    form.closing_billed_count,
                    form.closing_open_count,
                    form.closing_value,
                    form.closing_last_value,
                ),
                (1, 1, 50, 0),
            )
        action = run.with_user(clerk).action_view_closing()
        rows = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(len(rows), 2)

    def test_a_long_list_takes_as_many_queries_as_a_short_one(self):
        names = ["status", "reason", "value", "cause"]
        spec = {name: {} for name in names} | {
            "partner_id": {"fields": {"display_name": {}}},
            "mvno_line_id": {"fields": {"display_name": {}}},
        }

        def listed():
            self.env["mvno.month.closing"].web_search_read(
                [("competence", "=", NOVEMBER)], spec
            )

        self._make_active_line()
        listed()
        few = self.count_queries(listed)
        for _number in range(5):
            self._make_active_line()
        self.assertEqual(self.count_queries(listed), few)
