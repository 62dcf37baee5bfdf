# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from ..detail_common import DetailCase


@tagged("post_install", "-at_install")
class TestInvoiceWalls(DetailCase):
    """What an invoice bills is said by a run, and of its own company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.move = cls._invoice_line()

    def _refused(self, kind, call):
        with self.assertRaises(kind) as caught, self.env.cr.savepoint():
            call()
            self.env.flush_all()
        self.env.invalidate_all()
        return str(caught.exception)

    def test_no_clerk_types_what_a_run_decides(self):
        run = self.env["mvno.billing.run"].create(
            {"platform_id": self.platform.id, "competence": date(2026, 10, 1)}
        )
        move = self.move.with_user(self.clerk)
        line = move.invoice_line_ids[:1]
        other = self._make_active_line(since="2026-09-01").mvno_line_id
        for record, vals in (
            (move, {"mvno_competence": date(2026, 9, 1)}),
            (move, {"mvno_competence": False}),
            (move, {"mvno_billing_run_id": run.id}),
            (line, {"mvno_line_id": other.id}),
            (line, {"mvno_line_id": False}),
            (line, {"mvno_source_key": "x"}),
        ):
            with self.subTest(vals):
                self._refused(
                    AccessError, lambda record=record, vals=vals: record.write(vals)
                )
        # what does not change may be sent along
        line.write({"mvno_line_id": line.mvno_line_id.id, "mvno_source_key": False})

    def test_no_clerk_makes_an_invoice_of_a_run(self):
        run = self.env["mvno.billing.run"].create(
            {"platform_id": self.platform.id, "competence": date(2026, 10, 1)}
        )
        moves = self.env["account.move"].with_user(self.clerk)
        for vals in (
            {"mvno_competence": "2026-10-01"},
            {"mvno_billing_run_id": run.id},
        ):
            with self.subTest(vals):
                self._refused(
                    AccessError,
                    lambda vals=vals: moves.create(
                        {"move_type": "out_invoice", **vals}
                    ),
                )

    def test_a_clerk_s_credit_note_is_of_the_invoice_s_month(self):
        note = self.move.with_user(self.clerk)._reverse_moves()
        self.assertEqual(note.mvno_competence, self.move.mvno_competence)

    def test_another_company_s_line_is_on_no_invoice(self):
        company = self.env["res.company"].create({"name": "B"})
        platform = self._make_platform(
            name="TIP of B", user_token="token-of-b", company_id=company.id
        )
        foreign = self.env["mvno.line"].create(
            {
                "platform_id": platform.id,
                "partner_id": self.partner.id,
                "area_code": "11",
            }
        )
        self.assertEqual(foreign.company_id, company)
        line = self.move.invoice_line_ids[:1]
        told = self._refused(
            ValidationError, lambda: line.write({"mvno_line_id": foreign.id})
        )
        self.assertNotIn(foreign.display_name, told)
