# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
from datetime import timedelta

from freezegun import freeze_time
from psycopg2.errors import CheckViolation, UniqueViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..billing_common import DECEMBER, DECEMBER_1, NOVEMBER, OCTOBER, BillingCase

HEADINGS = "Contrato;ICCID;Linha;Descrição;Valor"


class PlatformBillCase(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.platform.user_id = cls.env.user
        cls.bill = cls.env["mvno.platform.bill"].create(
            {"platform_id": cls.platform.id, "competence": NOVEMBER}
        )

    def _load(self, *rows, headings=HEADINGS, bill=None):
        """Choose a file in the dialog, and say nothing of its columns.

        :return: the dialog
        """
        action = (bill or self.bill).action_choose_file()
        content = "\r\n".join((headings, *rows)).encode()
        dialog = (
            self.env["mvno.file.upload"]
            .with_context(**action["context"])
            .create({"file": base64.b64encode(content), "file_name": "tip.csv"})
        )
        dialog.action_read()
        if dialog.state == "columns":
            dialog.action_load()
        return dialog

    def _row(self, line, amount, description="Mensalidade", **told):
        """:return: a row of the file that tells all of a contract line's mobile line,
        or what is given"""
        mobile = line.mvno_line_id
        told = told or {
            "contract": mobile.platform_contract or "",
            "iccid": mobile.simcard_id.iccid,
            "number": mobile.number,
        }
        names = [told.get(name, "") for name in ("contract", "iccid", "number")]
        return ";".join([*names, description, str(amount)])

    def _results(self, bill=None):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["mvno.platform.bill.result"].search(
            [("bill_id", "=", (bill or self.bill).id)]
        )

    def _result_of(self, line):
        return self._results().filtered(
            lambda row: row.mvno_line_id == line.mvno_line_id
        )


@tagged("post_install", "-at_install")
@freeze_time(DECEMBER_1)
class TestMvnoPlatformBill(PlatformBillCase):
    # === READING === #

    def test_rows_become_the_bills_lines(self):
        line = self._make_active_line(price=59.9)
        line.mvno_line_id.platform_contract = "0007"
        self._load(
            self._row(line, "1.025,50"),
            "0007;;;Recarga 5 GB;R$ 12,00",
            "0007;;;Chip;5",
            "0007;;;Estorno;-2,25",
            ";;;Total;1040,25",
        )
        self.assertEqual(self.bill.state, "loaded")
        self.assertRecordValues(
            self.bill.line_ids,
            [
                {"row": 2, "amount": 1025.5, "kind": "monthly"},
                {"row": 3, "amount": 12, "kind": "top_up"},
                {"row": 4, "amount": 5, "kind": "other"},
                {"row": 5, "amount": -2.25, "kind": "credit"},
            ],
        )
        self.assertEqual(self.bill.line_ids.mvno_line_id, line.mvno_line_id)
        self.bill.total = 1050
        self.assertEqual((self.bill.line_count, self.bill.line_total), (4, 1040.25))
        self.assertEqual(self.bill.total_difference, 9.75)

    def test_rows_that_cannot_be_read_are_listed_with_their_number(self):
        line = self._make_active_line()
        self._load(
            self._row(line, 30),
            self._row(line, "trinta"),
            self._row(line, ""),
            self._row(line, 30, iccid="8,955E+19"),
            self._row(line, 30, number="123"),
        )
        self.assertEqual(len(self.bill.line_ids), 1)
        self.assertEqual(self.bill.file_problem_count, 4)
        problems = self.bill.file_problem_ids
        self.assertEqual(problems.mapped("row"), [3, 4, 5, 6])
        self.assertEqual(
            problems.mapped("reason"),
            [
                "This is no amount.",
                "The row has no amount.",
                "This is no ICCID of 19 or 20 digits. If the spreadsheet shortened it, "
                "make the column's format “Text”.",
                "This is no mobile number with its DDD.",
            ],
        )

    def test_a_file_that_names_no_line_or_no_value_is_refused(self):
        with self.assertRaisesRegex(UserError, "ICCID"):
            self._load("Mensalidade;30", headings="Descrição;Valor")
        with self.assertRaisesRegex(UserError, "Value"):
            self._load("1;2", headings="Contrato;Linha")
        with self.assertRaisesRegex(UserError, "no row that names a line"):
            self._load(";;;Total;30")
        self.assertEqual(self.bill.state, "draft")

    def test_columns_are_mapped_once(self):
        line = self._make_active_line()
        action = self.bill.action_choose_file()
        content = base64.b64encode(
            f"Celular;Preço final\r\n{line.mvno_line_id.number};30".encode()
        )
        dialogs = self.env["mvno.file.upload"].with_context(**action["context"])
        dialog = dialogs.create({"file": content, "file_name": "a.csv"})
        dialog.action_read()
        self.assertEqual(dialog.state, "columns")
        headings = {heading.name: heading for heading in dialog.heading_ids}
        for column in dialog.column_ids:
            wanted = {"number": "Celular", "amount": "Preço final"}.get(column.name)
            column.heading_id = headings.get(wanted)
        dialog.action_load()
        self.assertEqual(self.bill.line_ids.amount, 30)
        december = self.bill.create(
            {"platform_id": self.platform.id, "competence": DECEMBER}
        )
        action = december.action_choose_file()
        again = dialogs.with_context(**action["context"]).create({"file": content})
        again.action_read()
        self.assertEqual(december.line_ids.amount, 30)

    def test_a_second_file_replaces_the_first(self):
        line = self._make_active_line()
        self._load(self._row(line, 30), self._row(line, 31))
        self._load(self._row(line, 32))
        self.assertEqual(self.bill.line_ids.mapped("amount"), [32])

    # === MATCHING ROWS WITH LINES === #

    def test_the_contract_decides_then_the_iccid_then_the_number(self):
        one, two, three = (self._make_active_line() for _ in range(3))
        for number, line in enumerate((one, two, three)):
            line.mvno_line_id.platform_contract = f"K{number}"
        mobile = one.mvno_line_id, two.mvno_line_id, three.mvno_line_id
        iccid = [line.simcard_id.iccid for line in mobile]
        number = [line.number for line in mobile]
        self._load(
            self._row(one, 1, contract="K0", iccid=iccid[1], number=number[2]),
            self._row(one, 2, contract="K9", iccid=iccid[1], number=number[2]),
            self._row(one, 3, number=number[2]),
            self._row(one, 4, contract="K9", number=number[2]),
            self._row(one, 5, iccid="8955999999999999999"),
            self._row(one, 6, iccid=f"{iccid[0]}7"),  # printed with its check digit
        )
        self.assertEqual(
            [row.mvno_line_id for row in self.bill.line_ids],
            [*mobile, self.env["mvno.line"], self.env["mvno.line"], mobile[0]],
        )
        self.assertEqual(self.bill.unknown_count, 2)

    def test_a_number_is_of_the_line_that_had_it_in_that_month(self):
        former, later = (self._make_active_line() for _ in range(2))
        number = "+5511911112222"
        with freeze_time("2026-11-10 12:00:00"):
            former.mvno_line_id.number = number
            self.env.flush_all()
        former.mvno_line_id.number = "+5511933334444"
        later.mvno_line_id.number = number
        self._load(self._row(former, 30, number=number))
        self.assertEqual(self.bill.line_ids.mvno_line_id, former.mvno_line_id)

    def test_a_line_that_began_later_is_known_by_its_contract_but_not_its_number(self):
        with freeze_time("2026-12-05 12:00:00"):
            line = self._make_active_line(since="2026-12-05")
            line.mvno_line_id.platform_contract = "K8"
            self.env.flush_all()
            self._load(
                self._row(line, 30, contract="K8"),
                self._row(line, 30, number=line.mvno_line_id.number),
            )
        self.assertEqual(self.bill.line_ids.mapped("is_known"), [True, False])
        self.assertEqual(self._result_of(line).finding, "not_billed")

    def test_a_row_of_a_line_that_becomes_known_is_found_again(self):
        line = self._make_active_line()
        self._load(self._row(line, 30, contract="K7"))
        self.assertEqual(self.bill.unknown_count, 1)
        line.mvno_line_id.platform_contract = "K7"
        self.bill.action_match()
        self.assertEqual(self.bill.unknown_count, 0)

    # === FINDINGS === #

    def test_what_is_charged_and_billed_has_its_margin(self):
        line = self._make_active_line(price=59.9)
        self._bill(NOVEMBER)
        self._load(self._row(line, 25), self._row(line, 5, "Recarga"))
        row = self._results()
        self.assertRecordValues(
            row,
            [
                {
                    "finding": "none",
                    "mvno_line_id": line.mvno_line_id.id,
                    "product_id": self.product.id,
                    "plan_id": self.plan.id,
                    "partner_id": self.partner.id,
                    "row_count": 2,
                    "charged": 30,
                    "billed": 59.9,
                    "leak": 0,
                }
            ],
        )
        self.assertAlmostEqual(row.margin, 29.9)
        self.assertFalse(row.reason)
        self.assertAlmostEqual(self.bill.margin, 29.9)
        self.assertEqual(self.bill.difference_count, 0)
        [by_plan] = row.formatted_read_group(
            [("bill_id", "=", self.bill.id)], ["product_id"], ["margin:sum"]
        )
        self.assertAlmostEqual(by_plan["margin:sum"], 29.9)

    def test_each_difference_is_found(self):
        free, silent, gone = (self._make_active_line(price=50) for _ in range(3))
        gone.mvno_line_id.write(
            {"state": "cancelled", "cancellation_date": "2026-11-30"}
        )
        gone.date_end = "2026-11-30"
        self.bill.competence = DECEMBER
        with freeze_time("2027-01-01 15:00:00"):
            self._bill(DECEMBER)
            free.mvno_item_ids._release("Test")
            self._load(
                self._row(free, 20),
                self._row(gone, 21),
                self._row(gone, 22, contract="K9"),
            )
            found = {row.finding: row for row in self._results()}
            self.assertEqual(
                {
                    finding: (row.mvno_line_id, row.charged, row.billed, row.leak)
                    for finding, row in found.items()
                },
                {
                    "not_billed": (free.mvno_line_id, 20, 0, 20),
                    "not_charged": (silent.mvno_line_id, 0, 50, 0),
                    "after_cancellation": (gone.mvno_line_id, 21, 0, 21),
                    "unknown_line": (self.env["mvno.line"], 22, 0, 22),
                },
            )
            self.assertTrue(all(row.reason for row in found.values()))
            self.assertEqual((self.bill.difference_count, self.bill.leak), (4, 63))
            action = found["unknown_line"].action_open()
            rows = self.env[action["res_model"]].search(action["domain"])
            self.assertEqual(rows.platform_contract, "K9")
            self.assertEqual(
                found["not_billed"].action_open()["res_id"], free.mvno_line_id.id
            )

    def test_the_cost_that_counts_is_the_latest_that_has_begun(self):
        line = self._make_active_line(price=50)
        self._bill(NOVEMBER)
        self._load(self._row(line, 22))
        costs = self.env["mvno.plan.cost"]
        self.assertEqual(self._results().finding, "none")
        costs.create(
            [
                {"plan_id": self.plan.id, "date_start": day, "cost": cost}
                for day, cost in (
                    ("2026-01-01", 15),
                    ("2026-10-01", 20),
                    ("2026-12-01", 22),
                )
            ]
        )
        self.assertRecordValues(
            self._results(),
            [
                {
                    "finding": "other_cost",
                    "plan_cost": 20,
                    "cost_difference": 2,
                    "leak": 2,
                }
            ],
        )
        self._load(self._row(line, 18))
        self.assertEqual(self._results().finding, "other_cost")
        self.assertEqual(self._results().leak, 0)
        self._load(self._row(line, 20))
        self.assertEqual(self._results().finding, "none")

    def test_a_part_of_a_month_may_cost_less_but_not_more(self):
        line = self._make_active_line(since="2026-11-16", price=50)
        self._bill(NOVEMBER)
        self.env["mvno.plan.cost"].create(
            {"plan_id": self.plan.id, "date_start": NOVEMBER, "cost": 20}
        )
        self._load(self._row(line, 10))
        self.assertEqual(self._results().finding, "none")
        self._load(self._row(line, 21))
        self.assertEqual(self._results().finding, "other_cost")

    def test_top_ups_are_compared_where_their_cost_is_known(self):
        line = self._make_active_line(price=50)
        self._bill(NOVEMBER)
        cost = self.env["mvno.plan.cost"].create(
            {"plan_id": self.plan.id, "date_start": NOVEMBER, "cost": 20}
        )
        self._load(self._row(line, 20), self._row(line, 6, "Recarga 2 GB"))
        self.assertEqual(self._results().finding, "none")
        cost.top_up_cost = 3
        self.assertEqual(self._results().cost_difference, 6)
        self._make_command(
            line.mvno_line_id,
            "top_up",
            "done",
            quantity=2,
            settled_at="2026-12-01 02:30:00",  # still November there
        )
        self.assertEqual(self._results().cost_difference, 0)
        self.assertEqual(self._results().plan_cost, 26)

    def test_what_we_billed_is_of_the_bills_month_and_platform(self):
        line = self._make_active_line(since="2026-10-01", price=50)
        other = self.bill.create(
            {
                "platform_id": self._make_platform(name="Other").id,
                "competence": NOVEMBER,
            }
        )
        with freeze_time("2026-11-01 15:00:00"):
            self._bill(OCTOBER)
        self._load(self._row(line, 20))
        other.sudo()._transition("load")
        self.assertEqual(self._results().billed, 0)
        self.assertFalse(self._results(other))

    # === THE BILL === #

    def test_a_month_has_one_bill_and_is_a_month(self):
        values = {"platform_id": self.platform.id}
        for competence, error in (
            (NOVEMBER, UniqueViolation),
            (NOVEMBER + timedelta(1), CheckViolation),
        ):
            with mute_logger("odoo.sql_db"), self.assertRaises(error):
                self.bill.create({**values, "competence": competence})
                self.env.flush_all()

    def test_costs_begin_with_a_month_and_are_not_below_zero(self):
        for values, error in (
            ({"date_start": "2026-11-02", "cost": 1}, CheckViolation),
            ({"date_start": NOVEMBER, "cost": -1}, CheckViolation),
        ):
            with mute_logger("odoo.sql_db"), self.assertRaises(error):
                self.env["mvno.plan.cost"].create({"plan_id": self.plan.id, **values})
                self.env.flush_all()

    def test_what_was_checked_stays_until_it_is_reopened(self):
        line = self._make_active_line()
        self._load(self._row(line, 20))
        with self.assertRaises(UserError):
            self.bill.competence = DECEMBER
        self.bill.action_check()
        with self.assertRaises(UserError):
            self._load(self._row(line, 20))
        with self.assertRaises(UserError):
            self.bill.unlink()
        self.bill.action_reopen()
        self.bill.unlink()

    def test_accountants_read_it_and_managers_work_on_it(self):
        line = self._make_active_line(price=50)
        self._bill(NOVEMBER)
        self._load(self._row(line, 20))
        for group in (
            "account.group_account_invoice",
            "account.group_account_readonly",
        ):
            groups = f"base.group_user,base.group_allow_export,{group}"
            clerk = self._make_user(group[-8:], groups)
            Form(self.bill.with_user(clerk))
            row = self._results().with_user(clerk)
            columns = ["finding", "number", "charged", "billed", "margin", "reason"]
            [exported] = row.export_data(columns)["datas"]
            self.assertEqual(exported[:3], ["Agrees", line.mvno_line_id.number, 20])
            self.assertTrue(row.action_open())
            with self.assertRaises(AccessError):
                self.bill.with_user(clerk).action_check()
        manager = self._make_user("manager", "tip_mvno.group_manager")
        Form(self.plan.with_user(manager))
        with Form(self.env["mvno.platform.bill"].with_user(manager)) as form:
            form.platform_id = self.platform
            form.competence = "2026-12-20"
        self.assertEqual(form.record.competence, DECEMBER)
        self.bill.with_user(manager).action_check()

    def test_another_companys_bills_are_not_seen(self):
        self._load(self._row(self._make_active_line(), 20))
        company = self.env["res.company"].create({"name": "Other"})
        stranger = self._make_user(
            "stranger",
            "tip_mvno.group_manager",
            company_id=company.id,
            company_ids=[company.id],
        )
        for model in ("", ".line", ".result"):
            rows = self.env[f"mvno.platform.bill{model}"].with_user(stranger)
            self.assertFalse(rows.search([]), model)

    def test_five_thousand_rows_take_as_many_queries_as_fifty(self):
        line = self._make_active_line()
        rows = [self._row(line, 20)] * 49

        def load(count):
            self._load(*rows, *(f"X{number};;;;1" for number in range(count)))

        load(1)
        few = self.count_queries(lambda: load(1))
        many = self.count_queries(lambda: load(4951))
        self.assertEqual(len(self.bill.line_ids), 5000)
        self.assertLess(many - few, 40)
        count = self.count_queries(lambda: self._results().mapped("reason"))
        self.assertLess(count, 15)
