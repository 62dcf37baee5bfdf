# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from odoo.modules.migration import load_script
from odoo.modules.module import get_module_path
from odoo.tests import tagged

from ..billing_common import BillingCase

SCRIPTS = (
    ("tip_mvno", "pre-port-in-end"),
    ("tip_mvno_billing", "pre-paid-days"),
    ("tip_mvno_billing", "post-paid-days"),
)


@tagged("post_install", "-at_install")
class TestPaidDaysUpgrade(BillingCase):
    """A database of before works out the days that are paid for, once."""

    def test_what_was_worked_out_with_each_look_is_kept(self):
        ported = self._make_active_line("2026-11-03")
        ported.mvno_bill_from = "port_in"
        port_in = self.env["mvno.portability"].create(
            {
                "line_id": ported.mvno_line_id.id,
                "number": "+5511912345678",
                "state": "done",
                "checked_at": "2026-11-13 01:30:00",
            }
        )
        ended = self._make_active_line("2026-11-10")
        ended.write({"mvno_first_month": "free", "date_end": "2026-12-10"})
        draft = self._make_line("draft").contract_line_ids
        self.env.flush_all()
        self.cr.execute("UPDATE mvno_portability SET ended_on = NULL")
        self.cr.execute(
            "UPDATE contract_line SET mvno_paid_from = NULL, mvno_paid_until = NULL"
        )
        self.env.invalidate_all()
        for addon, name in SCRIPTS:
            path = f"{get_module_path(addon)}/migrations/19.0.5.0.0/{name}.py"
            load_script(path, name).migrate(self.cr, "19.0.4.0.0")
        self.env.invalidate_all()
        self.assertEqual(port_in.ended_on, date(2026, 11, 12))
        self.assertEqual(
            [
                (line.mvno_paid_from, line.mvno_paid_until)
                for line in ported | ended | draft
            ],
            [
                (date(2026, 11, 12), False),
                (date(2026, 12, 1), date(2026, 12, 10)),
                (False, False),
            ],
        )
