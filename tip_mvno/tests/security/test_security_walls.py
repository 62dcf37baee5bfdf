# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..common import MvnoCase

ATTENDANT = "tip_mvno.group_attendant"


@tagged("post_install", "-at_install")
class TestWalls(MvnoCase):
    """Records and dialogs take no record that their user may not read."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._make_line("active")
        company = cls.env["res.company"].create({"name": "Other company"})
        cls.stranger = cls._make_user(
            "stranger", ATTENDANT, company_id=company.id, company_ids=[company.id]
        )

    def setUp(self):
        super().setUp()
        self.env.flush_all()
        self.env.invalidate_all()
        self.theirs = self.env(user=self.stranger)

    def _refused(self, call, *args):
        with self.assertRaises(AccessError), self.cr.savepoint():
            call(*args)

    def test_values_are_looked_at_however_they_are_worded(self):
        dialogs, line = self.theirs["mvno.block"], self.line
        for value in (
            [Command.set(line.ids)],
            [Command.link(line.id)],
            [Command.update(line.id, {})],
            line.ids,
        ):
            with self.subTest(value):
                self._refused(dialogs.create, {"line_ids": value})
        dialogs = self.theirs["mvno.top.up"]
        for value in (line.id, {"id": line.id}, (line.id, "their name")):
            with self.subTest(value):
                self._refused(dialogs.onchange, {"line_id": value}, ["line_id"], {})

    def test_rows_within_values_are_looked_at_too(self):
        row = {"contract_line_id": self.line.contract_line_id.id}
        values = {"line_ids": [Command.create(row)]}
        self._refused(self.theirs["mvno.subscribe"].onchange, values, ["line_ids"], {})
        parent = {"subscribe_id": {"partner_id": self.partner.id, **values}}
        rows = self.theirs["mvno.subscribe.line"]
        self._refused(rows.onchange, parent, ["subscribe_id"], {})

    def test_a_context_points_at_no_record_of_others(self):
        dialogs = self.theirs["mvno.top.up"]
        for context in (
            {"active_model": "mvno.line", "active_id": self.line.id},
            {"default_line_id": self.line.id},
        ):
            with self.subTest(context):
                opened = dialogs.with_context(**context)
                self._refused(opened.onchange, {}, [], {"line_id": {}})
                self._refused(opened.create, {"product_id": self.product.id})

    def test_the_system_itself_may_point_at_anything(self):
        dialog = self.theirs["mvno.block"].sudo().create({"line_ids": self.line.ids})
        self.assertEqual(dialog.line_ids.ids, self.line.ids)

    def test_a_colleague_neither_reads_nor_changes_an_open_dialog(self):
        rita, rui = (self._make_user(name, ATTENDANT) for name in ("rita", "rui"))
        dialog = self.env(user=rita)["mvno.block"].create({"line_ids": self.line.ids})
        dialog.note = "mine"
        self.env.flush_all()
        self.env.invalidate_all()
        for call in (
            lambda: dialog.with_user(rui).read(["note"]),
            lambda: dialog.with_user(rui).write({"note": "his"}),
            lambda: dialog.with_user(rui).unlink(),
            lambda: dialog.with_user(rui).action_block(),
        ):
            self._refused(call)
        dialog.action_block()
        self.assertEqual(self.line.hold_ids.reason, "customer")

    def test_changes_of_contracts_are_for_their_company(self):
        change = self.env["contract.modification"].create(
            {
                "contract_id": self.line.contract_id.id,
                "date": "2026-11-01",
                "description": "What changed",
            }
        )
        found = self.theirs["contract.modification"].search([("id", "=", change.id)])
        self.assertFalse(found)
