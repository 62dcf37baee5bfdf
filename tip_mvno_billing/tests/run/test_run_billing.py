# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2 import errors

from odoo.exceptions import UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..billing_common import (
    DECEMBER,
    DECEMBER_1,
    JANUARY_1,
    NOVEMBER,
    OCTOBER,
    SEPTEMBER,
    BillingCase,
)

REASON = "The plan has no income account."


@tagged("post_install", "-at_install")
@freeze_time(DECEMBER_1)
class TestMvnoBillingRun(BillingCase):
    """What a month's run bills, what not and why."""

    # === BILLED === #

    def test_a_month_is_billed_to_the_cent_and_says_its_days(self):
        line = self._make_active_line("2026-11-10", price=59.9)
        run = self._bill(NOVEMBER)
        invoice = self._invoices(line)
        self.assertRecordValues(
            invoice,
            [
                {
                    "state": "posted",
                    "amount_total": 41.93,
                    "invoice_date": date(2026, 12, 1),
                    "invoice_date_due": date(2026, 12, 10),
                    "invoice_payment_term_id": False,
                    "mvno_competence": NOVEMBER,
                    "mvno_billing_run_id": run.id,
                    "journal_id": self.company.mvno_journal_id.id,
                }
            ],
        )
        move_line = invoice.invoice_line_ids
        self.assertRecordValues(
            move_line,
            [
                {
                    "quantity": 1.0,
                    "contract_line_id": line.id,
                    "mvno_line_id": line.mvno_line_id.id,
                }
            ],
        )
        self.assertIn("21 of 30", move_line.name)
        self.assertIn(line.mvno_line_id.display_name, move_line.name)
        self.assertEqual(run.state, "done")
        self.assertEqual((run.invoice_count, run.amount_total), (1, 41.93))
        self.assertFalse(run.issue_ids)

    def test_the_invoice_speaks_the_customers_language(self):
        for lang in ("en_US", "pt_BR"):
            self.env["res.lang"]._activate_lang(lang)
        line = self._make_active_line("2026-11-10")
        ana = self._make_partner(name="Ana", lang="pt_BR")
        other = self._make_active_line(
            "2026-11-10", self._make_contract(partner=ana).contract_line_ids
        )
        self._bill(NOVEMBER)
        self.assertIn("11/10/2026", line.mvno_item_ids.move_line_id.name)
        self.assertIn("10/11/2026", other.mvno_item_ids.move_line_id.name)

    def test_running_again_changes_nothing(self):
        line = self._make_active_line()
        run = self._bill(NOVEMBER)
        invoice = self._invoices(line)
        self._run(run)
        self._bill(NOVEMBER)
        self.assertEqual(self._invoices(line), invoice)
        self.assertEqual(len(line.mvno_item_ids), 1)
        self.assertEqual(run.state, "done")

    def test_running_again_bills_what_came_late(self):
        self._make_active_line()
        run = self._bill(NOVEMBER)
        late = self._make_active_line("2026-11-29")
        self._run(run)
        self.assertEqual(len(self._invoices(late)), 1)
        self.assertEqual(run.invoice_count, 2)

    @freeze_time("2026-11-01 02:30:00")
    def test_a_line_activated_at_23_30_on_the_31st_is_octobers(self):
        line = self._make_line("draft")
        line._transition("request")
        line._start_service(None)
        contract_line = line.contract_line_id
        with freeze_time("2026-11-01 15:00:00"):
            self._bill(OCTOBER)
        item = contract_line.mvno_item_ids
        self.assertEqual(
            (item.period_start, item.period_end),
            (date(2026, 10, 31), date(2026, 10, 31)),
        )
        self.assertEqual(item.move_line_id.price_subtotal, 1.93)

    def test_invoices_stay_drafts_when_the_company_reviews_them(self):
        self.company.mvno_posting = "draft"
        line = self._make_active_line()
        self._bill(NOVEMBER)
        self.assertEqual(self._invoices(line).state, "draft")

    def test_the_history_says_which_contracts_an_invoice_comes_from(self):
        line = self._make_active_line()
        self._bill(NOVEMBER)
        bodies = "".join(self._invoices(line).message_ids.mapped("body"))
        self.assertIn(f'data-oe-id="{line.contract_id.id}"', bodies)

    def test_who_follows_a_contracts_invoices_follows_the_new_one(self):
        line = self._make_active_line()
        follower = self.env["res.partner"].create({"name": "Accountant"})
        line.contract_id.message_subscribe(
            partner_ids=follower.ids,
            subtype_ids=self.env.ref(
                "contract.mail_message_subtype_invoice_created"
            ).ids,
        )
        self._bill(NOVEMBER)
        self.assertIn(follower, self._invoices(line).message_partner_ids)

    # === CATCHING UP === #

    def test_an_earlier_month_is_listed_and_never_relabelled(self):
        line = self._make_active_line("2026-09-16")
        run = self._bill(NOVEMBER)
        self.assertEqual(self._invoices(line).mvno_competence, NOVEMBER)
        self.assertRecordValues(
            run.issue_ids.sorted("competence"),
            [
                {"code": "earlier_month", "competence": SEPTEMBER},
                {"code": "earlier_month", "competence": OCTOBER},
            ],
        )
        self.assertIn("09/2026", run.issue_ids.sorted("competence")[0].reason)

    def test_months_can_be_billed_in_any_order(self):
        line = self._make_active_line("2026-09-16", price=60)
        self._bill(NOVEMBER)
        self.assertEqual(line.last_date_invoiced, date(2026, 11, 30))
        self._bill(SEPTEMBER)
        self._bill(OCTOBER)
        self.assertEqual(
            [
                (invoice.mvno_competence, invoice.amount_untaxed)
                for invoice in self._invoices(line)
            ],
            [(SEPTEMBER, 30.0), (OCTOBER, 60.0), (NOVEMBER, 60.0)],
        )
        self.assertEqual(line.last_date_invoiced, date(2026, 11, 30))
        self.assertEqual(line.recurring_next_date, date(2026, 12, 31))

    def _make_ended_line(self):
        line = self._make_active_line("2026-11-10")
        line.date_end = "2026-11-20"
        line.mvno_line_id.write(
            {"state": "cancelled", "cancellation_date": "2026-11-20"}
        )
        return line

    @freeze_time(JANUARY_1)
    def test_the_end_of_a_line_that_was_never_billed_is_listed(self):
        line = self._make_ended_line()
        run = self._bill(DECEMBER)
        self.assertFalse(self._invoices(line))
        self.assertEqual(run.issue_ids.mapped("competence"), [NOVEMBER])

    @freeze_time(JANUARY_1)
    def test_a_month_that_an_ended_line_was_not_billed_for_stays_listed(self):
        """Its last month is billed, the one before was skipped."""
        line = self._make_active_line("2026-10-10")
        line.mvno_line_id._on_cancelled("customer", date(2026, 11, 20))
        self._bill(NOVEMBER)
        run = self._bill(DECEMBER)
        self.assertEqual(run.issue_ids.mapped("code"), ["earlier_month"])
        self.assertEqual(run.issue_ids.competence, OCTOBER)

    @freeze_time(JANUARY_1)
    def test_an_ended_line_that_is_billed_is_at_rest(self):
        line = self._make_ended_line()
        self._bill(NOVEMBER)
        self.assertFalse(line.recurring_next_date)
        self.assertFalse(self._bill(DECEMBER).issue_ids)

    # === NOT BILLED === #

    def test_lines_that_are_not_in_service_are_listed_with_the_reason(self):
        contract = self._make_contract(3)
        contract.contract_line_ids.date_start = "2026-11-01"
        self._make_line("draft", contract.contract_line_ids[0])
        self._make_line("activating", contract.contract_line_ids[1])
        run = self._bill(NOVEMBER)
        self.assertFalse(run.invoice_count)
        self.assertEqual(
            sorted(run.issue_ids.mapped("code")),
            ["not_activated", "not_activated", "not_subscribed"],
        )
        self.assertEqual(run.issue_ids.partner_id, self.partner)

    def test_a_line_whose_port_in_is_awaited_is_listed(self):
        line = self._make_active_line("2026-11-10")
        line.mvno_bill_from = "port_in"
        self.env["mvno.portability"].create(
            {"line_id": line.mvno_line_id.id, "number": "+5511912345678"}
        )
        run = self._bill(NOVEMBER)
        self.assertFalse(self._invoices(line))
        self.assertEqual(run.issue_ids.code, "port_in")

    def test_a_line_from_the_next_month_is_no_matter_of_this_one(self):
        self._make_active_line("2026-12-01")
        run = self._bill(NOVEMBER)
        self.assertFalse(run.invoice_count)
        self.assertFalse(run.issue_ids)

    def test_one_broken_customer_parks_only_itself(self):
        customers = [
            self._make_partner(name=f"Cliente {number}") for number in range(5)
        ]
        lines = self.env["contract.line"]
        for customer in customers:
            lines |= self._make_active_line(
                contract_line=self._make_contract(partner=customer).contract_line_ids
            )
        broken = lines[3]
        prepare = type(broken)._prepare_invoice_line

        def fail_for_one(line):
            if line == broken:
                raise UserError(REASON)
            return prepare(line)

        with patch.object(type(broken), "_prepare_invoice_line", fail_for_one):
            run = self._bill(NOVEMBER)
        self.assertEqual(run.state, "done")
        self.assertRecordValues(
            run.issue_ids,
            [
                {
                    "code": "failed",
                    "reason": REASON,
                    "contract_line_id": broken.id,
                }
            ],
        )
        self.assertEqual(
            self._invoices(lines).partner_id, (lines - broken).contract_id.partner_id
        )
        self._run(run)
        self.assertEqual(len(self._invoices(broken)), 1)
        self.assertFalse(run.issue_ids)

    def test_a_line_that_an_extension_drops_is_listed(self):
        line = self._make_active_line()
        with patch.object(type(line), "_prepare_invoice_line", lambda line: {}):
            run = self._bill(NOVEMBER)
        self.assertEqual(run.issue_ids.code, "left_out")
        self.assertFalse(run.invoice_count)
        self.assertFalse(line.last_date_invoiced)

    # === WHEN === #

    @freeze_time("2026-12-01 02:59:00")
    def test_a_month_that_is_not_over_at_the_platform_is_refused(self):
        with self.assertRaisesRegex(UserError, "01/12/2026"):
            self._bill(NOVEMBER)

    @freeze_time("2026-12-01 02:59:00")
    def test_the_last_month_that_is_over_at_the_platform_is_proposed(self):
        runs = self.env["mvno.billing.run"].with_context(tz="UTC")
        self.assertEqual(str(Form(runs).competence), "2026-10-01")

    @freeze_time("2026-12-01 03:00:00")
    def test_a_month_that_is_over_at_the_platform_is_billed(self):
        self._make_active_line()
        self.assertEqual(self._bill(NOVEMBER).invoice_count, 1)

    def test_a_due_date_that_leaves_no_time_to_pay_is_refused(self):
        with self.assertRaisesRegex(UserError, "06/12/2026"):
            self._bill(NOVEMBER, due_date="2026-12-05")

    def test_a_billing_month_is_kept_as_its_first_day(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(errors.CheckViolation):
            self._bill("2026-11-02")

    def test_a_run_whose_invoices_are_cancelled_stays_and_says_so(self):
        line = self._make_active_line()
        run = self._bill(NOVEMBER)
        self._invoices(line).button_cancel()
        with self.assertRaisesRegex(UserError, "stays on record"):
            run.unlink()

    def test_a_customer_without_language_is_addressed_in_the_users(self):
        self.env["res.lang"]._activate_lang("pt_BR")
        self.env.user.lang = "pt_BR"
        self.partner.lang = False
        line = self._make_active_line()
        self._bill(NOVEMBER)
        self.assertIn("01/11/2026 a 30/11/2026", self._invoices(line).line_ids[0].name)
