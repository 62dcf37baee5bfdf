# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from freezegun import freeze_time

from odoo.tests import tagged

from ..detail_common import DetailCase
from ..invoices_common import NOON


@tagged("post_install", "-at_install")
@freeze_time(NOON)
class TestInvoiceUsage(DetailCase):
    """The month's usage on the invoice: totals, no numbers called."""

    def html(self, move):
        content, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "account.account_invoices", move.ids
        )
        return content.decode()

    def test_totals_of_each_line_are_on_the_invoice(self):
        html = self.html(self._invoice_line())
        self.assertIn('id="mvno_usage"', html)
        for text in ("10/2026", "0:02:30", "0:01:00", "2.00 GB", "10.00 MB"):
            self.assertIn(text, html)
        self.assertNotIn("93333-4444", html)

    def test_whoever_invoices_may_print_it(self):
        move = self._invoice_line().with_user(self.clerk)
        self.assertEqual(move._mvno_usage_summary()[0]["voice"], "0:02:30")

    def test_usage_told_in_total_stands_in_for_a_statement(self):
        self.statement.action_rollback()
        move = self._invoice_line()
        self.assertFalse(move._mvno_usage_summary())
        self.env["mvno.usage"].create(
            {
                "line_id": self.line.id,
                "competence": "2026-10-01",
                "voice_seconds": 3725,
                "sms_count": 4,
                "data_mb": 100,
            }
        )
        [words] = move._mvno_usage_summary()
        self.assertEqual(
            (words["voice"], words["sms"], words["data"]),
            ("1:02:05", "4", "100.00 MB"),
        )

    def test_an_invoice_of_another_service_shows_none(self):
        self.assertNotIn('id="mvno_usage"', self.html(self._invoice("2026-11-20")))
