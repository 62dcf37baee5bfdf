# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..invoices_common import NOON, InvoicesCase


@tagged("post_install", "-at_install")
@freeze_time(NOON)
class TestMvnoInvoiceCopy(InvoicesCase):
    """The dialog in which an attendant sends copies of invoices."""

    def _dialog(self, line=None):
        action = (line or self.seen).action_send_copies()
        self.assertEqual(action["res_model"], "mvno.invoice.copy")
        return (
            self.env[action["res_model"]]
            .with_user(self.attendant)
            .browse(action["res_id"])
        )

    def test_an_attendant_sends_what_is_overdue_without_invoicing_rights(self):
        overdue = self._invoice("2026-11-05")
        still_open = self._invoice("2026-11-20")
        self._invoice("2026-11-05", partner=self.other)
        dialog = self._dialog()
        self.assertEqual(
            set(dialog.row_ids.mapped("name")), {overdue.name, still_open.name}
        )
        ticked = dialog.row_ids.filtered("selected")
        self.assertEqual(ticked.name, overdue.name)
        self.assertEqual(ticked.state, "overdue")
        self.assertIn("access_token=", ticked.link)
        action = dialog.action_send()
        self.assertIn("maria@example.com", action["params"]["message"])
        message = overdue.message_ids.filtered(
            lambda message: self.partner in message.partner_ids
        )
        self.assertTrue(message)
        self.assertEqual(message.create_uid, self.attendant)
        self.assertTrue(message.attachment_ids)
        note = self.line.message_ids[0]
        self.assertIn(overdue.name, note.body)
        self.assertEqual(note.author_id, self.attendant.partner_id)
        self.assertFalse(
            still_open.message_ids.filtered(
                lambda message: self.partner in message.partner_ids
            )
        )

    def test_without_anything_overdue_the_oldest_open_one_is_ticked(self):
        later = self._invoice("2026-12-20")
        sooner = self._invoice("2026-11-20")
        self.assertEqual(self._dialog().row_ids.filtered("selected").name, sooner.name)
        self._pay(sooner)
        dialog = self._dialog()
        self.assertEqual(dialog.row_ids.filtered("selected").name, later.name)
        states = dict(dialog.row_ids.mapped(lambda row: (row.name, row.state)))
        self.assertEqual(states, {sooner.name: "paid", later.name: "open"})

    def test_an_attendant_ticks_rows_and_nothing_else(self):
        self._invoice("2026-11-05")
        foreign = self._invoice("2026-11-05", partner=self.other)
        dialog = self._dialog()
        with Form(dialog) as form:
            with form.row_ids.edit(0) as row:
                row.selected = False
        with self.assertRaisesRegex(UserError, "Tick the invoices"):
            dialog.action_send()
        dialog.row_ids.selected = True
        with self.assertRaises(AccessError):
            dialog.row_ids.move_id = foreign.id
        dialog.row_ids.sudo().move_id = foreign
        with (
            patch.object(
                self.registry["account.move.send"], "_generate_and_send_invoices"
            ) as send,
            self.assertRaisesRegex(UserError, "Tick the invoices"),
        ):
            dialog.action_send()
        send.assert_not_called()
        with self.assertRaises(AccessError):
            dialog.row_ids.create({"copy_id": dialog.id, "move_id": foreign.id})
        with self.assertRaises(AccessError):
            dialog.create({"line_id": self.line.id})

    def test_a_dialog_is_its_users_own(self):
        self._invoice("2026-11-05")
        dialog = self._dialog()
        colleague = self._make_user("colleague", "tip_mvno.group_attendant")
        with self.assertRaises(AccessError):
            dialog.with_user(colleague).row_ids.read(["name"])

    def test_without_an_address_it_is_said_what_to_do(self):
        self._invoice("2026-11-05")
        self.partner.email = False
        with self.assertRaisesRegex(UserError, "no e-mail address"):
            self._dialog().action_send()

    def test_nothing_open_is_said(self):
        with self.assertRaisesRegex(UserError, "paid up"):
            self.seen.action_send_copies()
        action = self.seen.action_view_customer_invoices()
        dialog = self.env[action["res_model"]].browse(action["res_id"])
        self.assertFalse(dialog.row_ids)

    def test_who_may_invoice_gets_odoos_own_dialog(self):
        moves = self._invoice("2026-11-05")
        line = self.line.with_user(self.clerk)
        action = line.action_send_copies()
        self.assertEqual(action["res_model"], "account.move.send.wizard")
        self.assertEqual(action["context"]["active_ids"], moves.ids)
        moves |= self._invoice("2026-11-06")
        action = line.action_send_copies()
        self.assertEqual(action["res_model"], "account.move.send.batch.wizard")
        self.assertEqual(action["context"]["active_ids"], moves.ids)
        action = line.action_view_customer_invoices()
        self.assertEqual(action["res_model"], "account.move")
        self.assertEqual(self.env["account.move"].search(action["domain"]), moves)
