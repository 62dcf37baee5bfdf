# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
import csv
import io
from datetime import datetime
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..detail_common import DetailCase
from ..invoices_common import NOON


@tagged("post_install", "-at_install")
@freeze_time(NOON)
class TestMvnoStatementDetail(DetailCase):
    """The detailed statement a subscriber may ask for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.move = cls._invoice_line()

    def rows(self, shown=None):
        """:return: the CSV's rows, by heading"""
        _name, content = (shown or self._shown())._detail_file("csv")
        text = io.StringIO(content.decode("utf-8-sig"))
        return list(csv.DictReader(text, delimiter=";"))

    def test_it_is_chronological_in_local_time_with_data_per_day(self):
        self.assertEqual(
            [
                (row["Kind"], row["Date"], row["Start"], row["Data Volume"])
                for row in self.rows()
            ],
            [
                ("Data", "03/10/2026", "", "2.00 GB"),
                ("SMS", "03/10/2026", "12:00:00", ""),
                ("Call", "31/10/2026", "23:30:00", ""),
                ("Calls in total", "", "", ""),
                ("SMS in total: 1", "", "", ""),
                ("Data in total", "", "", "2.00 GB"),
            ],
        )

    def test_a_price_loses_its_fraction_of_a_cent_and_is_empty_where_none_is_told(self):
        values = [row["Value"] for row in self.rows()]
        self.assertEqual(values[:3], ["", "", "1.23"])

    def test_columns_of_which_nothing_is_told_are_there_and_empty(self):
        call = self.rows()[2]
        for heading in ("Place of Origin", "Place of Destination", "Refunds", "Taxes"):
            self.assertEqual(call[heading], "")
        self.assertEqual(call["Called Number"], "(11) 93333-4444")
        self.assertEqual(call["Billed Duration"], "0:01:30")

    def test_totals_stand_beside_the_plan_s_allowance(self):
        calls, messages, data = self.rows()[3:]
        self.assertEqual(calls["Billed Duration"], "0:01:30")
        self.assertEqual(
            (calls["Allowance"], calls["Beyond the Allowance"]),
            (
                "0:01:00",
                "0:00:30",
            ),
        )
        self.assertEqual((data["Allowance"], messages["Allowance"]), ("10.00 MB", ""))

    def test_the_crime_line_is_left_out(self):
        numbers = {row["Called Number"] for row in self.rows()}
        self.assertEqual(numbers, {"(11) 93333-4444", ""})

    def test_a_former_holder_s_calls_are_not_shown(self):
        self.env["mvno.line.identity"].search([("line_id", "=", self.line.id)]).write(
            {"date_to": datetime(2026, 10, 20, 3), "partner_id": self.other.id}
        )
        self.env.flush_all()
        self.env["mvno.line.identity"].create(
            {
                **self.line._identity(),
                "line_id": self.line.id,
                "date_from": datetime(2026, 10, 20, 3),
            }
        )
        self.env["mvno.statement.line"]._rebuild(self.statement)
        shown = self._shown()
        self.assertEqual(shown.partner_id, self.partner)
        self.assertEqual(
            [row["Kind"] for row in self.rows(shown)][:-3],
            ["Call"],
        )

    def test_all_lines_of_the_subscriber_are_in_it_and_nobody_else_s(self):
        mine = self._make_active_line(since="2026-09-01").mvno_line_id
        contract = self._make_contract(partner=self.other)
        others = self._make_active_line(
            since="2026-09-01", contract_line=contract.contract_line_ids
        ).mvno_line_id
        self.env["mvno.statement.line"]._rebuild(self.statement)
        lines = self._shown()._of_subscribers().mvno_line_id
        self.assertIn(mine, lines)
        self.assertNotIn(others, lines)

    def test_the_pdf_has_the_same(self):
        self.partner.lang = "en_US"
        name, content = self._shown()._detail_file("pdf")
        self.assertEqual(name, "detailed statement 10-2026.pdf")
        for text in ("Place of Origin", "23:30:00", "(11) 93333-4444", "10/2026"):
            self.assertIn(text.encode(), content)

    def test_a_spreadsheet_takes_no_cell_for_a_formula(self):
        self._tell(self._told("voice", datetime(2026, 10, 3, 9), called_number="=1+1"))
        self.assertEqual(self.rows()[0]["Called Number"], "'=1+1")

    # === PERMISSIONS === #

    def test_it_is_for_the_call_records_group(self):
        shown = self._shown().with_user(self.clerk)
        with self.assertRaises(AccessError):
            shown._detail_file("csv")
        with self.assertRaises(AccessError):
            shown._detail_file("pdf")
        with self.assertRaises(AccessError):
            shown.read(["detail_csv"])
        with self.assertRaises(AccessError):
            shown.action_detail_csv()

    def test_the_buttons_of_the_statement_s_line(self):
        shown = self._shown()
        self.assertEqual(
            shown.action_detail_pdf()["report_name"],
            "tip_mvno_billing.report_statement_detail",
        )
        self.assertIn("/detail_csv/", shown.action_detail_csv()["url"])
        self.assertIn(b"(11) 93333-4444", base64.b64decode(shown.detail_csv))
        with Form(self.statement.with_user(self.secret)):
            pass

    # === WITH THE INVOICE === #

    def send(self, move):
        """Send the invoice as a clerk.

        :return: dict of recipient: names of what was attached to the e-mail
        """
        self.env["mail.mail"].search([]).unlink()
        self.env["account.move.send"].with_user(self.clerk)._generate_and_send_invoices(
            move, sending_methods=["email"]
        )
        return {
            email["partner_id"]: [attachment[0] for attachment in email["attachments"]]
            for mail in self.env["mail.mail"].search([])
            for email in mail._prepare_outgoing_list()
        }

    def statements(self, names):
        return [name for name in names if name.startswith("detailed statement")]

    def test_it_goes_out_with_the_invoice_when_the_customer_wants_it(self):
        for wanted, names in (
            ("none", []),
            ("pdf", ["detailed statement 10-2026.pdf"]),
            ("csv", ["detailed statement 10-2026.csv"]),
            (
                "both",
                ["detailed statement 10-2026.pdf", "detailed statement 10-2026.csv"],
            ),
        ):
            with self.subTest(wanted):
                self.partner.mvno_attach_statement = wanted
                # not a copy
                self.move.is_move_sent = False
                attached = self.send(self.move)[self.partner]
                self.assertEqual(self.statements(attached), names)

    def test_nothing_of_it_stays_in_odoo(self):
        """Whoever reads the invoice reads its attachments and messages."""
        self.partner.mvno_attach_statement = "both"
        before = self.env["ir.attachment"].search([])
        self.assertEqual(len(self.statements(self.send(self.move)[self.partner])), 2)
        kept = self.env["ir.attachment"].search([]) - before
        self.assertTrue(kept, "the invoice's own PDF")
        for attachment in kept:
            self.assertNotIn(b"93333-4444", attachment.raw or b"")
            self.assertFalse(self.statements([attachment.name]))
        self.assertFalse(
            self.statements(self.move.message_ids.attachment_ids.mapped("name"))
        )

    def test_followers_of_the_invoice_get_the_invoice_only(self):
        self.partner.mvno_attach_statement = "csv"
        self.clerk.partner_id.email = "clerk@example.com"
        self.secret.partner_id.email = "secret@example.com"
        self.secret.notification_type = "email"
        self.move.message_subscribe(self.secret.partner_id.ids)
        attached = self.send(self.move)
        self.assertFalse(self.statements(attached[self.secret.partner_id]))
        self.assertTrue(self.statements(attached[self.partner]))

    def test_who_pays_another_s_bill_gets_no_call_records(self):
        self.other.write({"mvno_attach_statement": "csv", "email": "o@example.com"})
        move = self._invoice_line(partner=self.other)
        self.assertFalse(self.statements(self.send(move)[self.other]))

    def test_a_contact_of_the_customer_gets_the_invoice_only(self):
        self.partner.mvno_attach_statement = "csv"
        contact = self.env["res.partner"].create(
            {
                "name": "Somebody",
                "email": "somebody@example.com",
                "parent_id": self.partner.id,
            }
        )
        self.move.message_subscribe(contact.ids)
        attached = self.send(self.move)
        self.assertFalse(self.statements(attached.get(contact, [])))
        self.assertTrue(self.statements(attached[self.partner]))

    def comment(self, move, body):
        move.message_post(
            body=body, partner_ids=self.partner.ids, message_type="comment"
        )

    def test_a_message_that_says_it_sends_an_invoice_takes_nothing_along(self):
        """A context comes with a remote call."""
        self.partner.mvno_attach_statement = "csv"
        self.comment(self.move.with_context(mvno_sends_invoice=True), "Olá")
        mail = self.env["mail.mail"].search([("res_id", "=", self.move.id)], limit=1)
        self.assertFalse(mail.mvno_invoice_id)

    def test_only_who_may_see_call_records_lets_them_go_out(self):
        self.clerk.group_ids |= self.env.ref("base.group_partner_manager")
        with self.assertRaisesRegex(AccessError, "call records"):
            self.partner.with_user(self.clerk).mvno_attach_statement = "csv"
        with self.assertRaisesRegex(AccessError, "call records"):
            self.env["res.partner"].with_user(self.clerk).create(
                {"name": "New", "mvno_attach_statement": "csv"}
            )
        self.partner.mvno_attach_statement = "csv"
        self.env["res.partner"].with_user(self.clerk).create(
            {"name": "Contact", "parent_id": self.partner.id}
        )

    def test_a_statement_that_cannot_be_written_does_not_keep_the_bill(self):
        self.partner.mvno_attach_statement = "csv"
        broken = patch.object(
            type(self.env["mvno.statement.line"]), "_detail_file", side_effect=OSError
        )
        with broken, mute_logger("odoo.addons.tip_mvno_billing"):
            attached = self.send(self.move)
        self.assertFalse(self.statements(attached[self.partner]))
        self.assertIn("could not be written", self.move.message_ids[0].body)

    def test_a_note_on_the_invoice_takes_nothing_along(self):
        self.partner.mvno_attach_statement = "csv"
        self.comment(self.move, "Olá")
        mail = self.env["mail.mail"].search([("res_id", "=", self.move.id)], limit=1)
        self.assertFalse(mail.mvno_invoice_id)

    def test_another_service_s_invoice_goes_as_ever(self):
        self.partner.mvno_attach_statement = "csv"
        move = self._invoice("2026-11-20")
        self.assertFalse(self.statements(self.send(move)[self.partner]))

    def test_a_month_without_a_statement_goes_as_ever(self):
        self.partner.mvno_attach_statement = "csv"
        self.statement.action_rollback()
        self.assertFalse(self.statements(self.send(self.move)[self.partner]))
