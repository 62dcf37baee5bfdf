# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, datetime

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ...lib import SimStatus, SubscriberContract
from ..common import IN_USE, OTHER_CPF, MvnoCase


@tagged("post_install", "-at_install")
@freeze_time("2026-10-20 15:00:00")
class TestMvnoHolderChange(MvnoCase):
    """A line that passes to another person: days are split, debts stay."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        contract = cls._make_contract(2)
        contract.contract_line_ids.date_start = "2026-06-01"
        first, second = contract.contract_line_ids
        cls.line = cls._make_line(
            "active",
            contract_line=first,
            platform_contract="C1",
            activation_date="2026-06-01",
        )
        cls.other_line = cls._make_line("active", contract_line=second)
        cls.other_line.platform_contract = "C2"
        cls.old_paying = first
        cls.new_holder = cls._make_partner(name="Novo Titular", vat=OTHER_CPF)

    def _form(self):
        return Form(
            self.env["mvno.holder.change"].with_context(
                active_model="mvno.line", active_id=self.line.id
            )
        )

    def _ask(self, **vals):
        """:return: the request that the dialog leaves"""
        with self._form() as dialog:
            dialog.new_partner_id = self.new_holder
            dialog.date = date(2026, 10, 16)
            for name, value in vals.items():
                setattr(dialog, name, value)
        dialog.save().action_ask()
        return self.line.support_request_id

    def _sweep(self, document="11144477735", **vals):
        vals = {"status": SimStatus.IN_USE, "platform_contract": "C1", **vals}
        contract = SubscriberContract(
            **{
                "iccid": self.line.simcard_id.iccid,
                "number": self.line.number,
                "raw_status": "ATIVO",
                "plan": "5 GB",
                **vals,
            }
        )
        return self.env["mvno.support.request"]._confirm_from_platform(
            self.platform, [(document, contract)]
        )

    # === ASKING === #

    def test_the_dialog_takes_over_price_and_commitment(self):
        dialog = self._form()
        self.assertEqual(dialog.price, 59.9)
        self.assertEqual(dialog.commitment_end, date(2027, 6, 1))
        self.assertFalse(dialog.contract_id)

    def test_the_new_holder_s_only_contract_is_proposed(self):
        contract = self._make_contract(partner=self.new_holder)
        dialog = self._form()
        dialog.new_partner_id = self.new_holder
        self.assertEqual(dialog.contract_id, contract)

    def test_nothing_changes_before_tip_did_it(self):
        request = self._ask()
        self.assertEqual(request.state, "waiting")
        self.assertEqual(self.line.partner_id, self.partner)
        self.assertFalse(self.old_paying.date_end)

    def test_the_text_holds_the_new_holder_s_data_and_masks_the_old_one(self):
        text = self._ask().text
        for part in (
            "troca de titularidade",
            "a partir de 16/10/2026",
            "CPF/CNPJ: 111.444.777-35",
            "CPF/CNPJ: ***.982.247-**",
            "Data de nascimento: 20/05/1990",
            "Rua das Flores, 123, Centro",
            "CEP 01310100",
            self.line.simcard_id.iccid,
        ):
            self.assertIn(part, text)
        chatter = self.line.message_ids + self.line.support_request_id.message_ids
        self.assertNotIn("777", str(chatter.mapped("body")))

    def test_a_holder_the_platform_would_refuse_is_corrected_first(self):
        self.new_holder.vat = False
        with self.assertRaisesRegex(UserError, "fill in the CPF"):
            self._ask()
        self.assertFalse(self.line.support_request_ids)

    def test_the_holder_cannot_follow_themselves(self):
        self.new_holder = self.partner
        with self.assertRaisesRegex(UserError, "holds this line already"):
            self._ask()

    def test_what_is_under_way_is_finished_first(self):
        def refuse(words):
            with self.assertRaisesRegex(UserError, words):
                self.line.action_change_holder()

        self.line.action_block_total("nonpayment")
        refuse("another request")
        self.line.command_ids.state = "done"
        refuse("non-payment")
        self.line.hold_ids.action_lift()
        self.line.command_ids.state = "done"
        port_in = self.env["mvno.portability"].create(
            {"line_id": self.line.id, "number": "+5511988887777"}
        )
        refuse("port-in")
        port_in.state = "done"
        draft = self._make_line()
        with self.assertRaisesRegex(UserError, "not in service"):
            draft.action_change_holder()
        self.assertEqual(
            self.line.action_change_holder()["res_model"], "mvno.holder.change"
        )

    def test_a_second_click_finds_the_open_request(self):
        request = self._ask()
        self.assertEqual(self.line.action_change_holder()["res_id"], request.id)

    def test_less_than_was_agreed_is_a_managers_to_agree_on(self):
        for login in ("attendant", "manager"):
            user = self._make_user(login, f"tip_mvno.group_{login}")
            dialogs = self.env["mvno.holder.change"].with_user(user)
            context = {"active_model": "mvno.line", "active_id": self.line.id}
            form = Form(dialogs.with_context(**context))
            form.new_partner_id = self.new_holder
            form.date = date(2026, 10, 16)
            form.price = 0.01
            dialog = form.save()
            if login == "attendant":
                with self.assertRaisesRegex(UserError, "Ask a manager"):
                    dialog.action_ask()
                dialog.price = self.old_paying.price_unit
            dialog.action_ask()
            request = self.line.support_request_id
            self.assertEqual(request.price, dialog.price)
            request.action_cancel()

    # === TIP DID IT === #

    def test_the_days_are_split_and_the_price_is_the_agreed_one(self):
        self.line.nickname = "Filha"
        request = self._ask(price=49.9, commitment_end=date(2027, 10, 16))
        self.assertEqual(self._sweep(), request)
        self.assertEqual(self.line.partner_id, self.new_holder)
        self.assertFalse(self.line.nickname)
        self.assertEqual(self.old_paying.date_end, date(2026, 10, 15))
        new = self.line.contract_line_id
        self.assertRecordValues(
            new,
            [
                {
                    "date_start": date(2026, 10, 16),
                    "date_end": False,
                    "product_id": self.product.id,
                    "price_unit": 49.9,
                    "commitment_end": date(2027, 10, 16),
                }
            ],
        )
        self.assertEqual(new.contract_id.partner_id, self.new_holder)
        self.assertEqual(request.state, "done")
        self.assertEqual(request.partner_id, self.partner)

    def test_an_existing_contract_of_the_new_holder_is_joined(self):
        contract = self._make_contract(partner=self.new_holder)
        self._ask(contract_id=contract)
        self._sweep()
        self.assertEqual(self.line.contract_line_id.contract_id, contract)

    def test_the_last_holder_s_other_lines_stay(self):
        self._ask()
        self._sweep()
        self.assertEqual(self.other_line.partner_id, self.partner)
        self.assertFalse(self.other_line.contract_line_id.date_end)

    def test_the_history_changes_hands_on_the_agreed_day(self):
        self._ask()
        self._sweep()
        before, after = self.line.identity_ids.sorted("id")
        self.assertEqual(before.partner_id, self.partner)
        self.assertEqual(before.date_to, datetime(2026, 10, 16, 3))
        self.assertEqual(after.partner_id, self.new_holder)
        self.assertEqual(after.date_from, before.date_to)

    def test_what_was_invoiced_stays_with_the_last_holder(self):
        self._ask()
        self.old_paying.last_date_invoiced = "2026-10-31"
        self._sweep()
        self.assertEqual(self.old_paying.date_end, date(2026, 10, 31))
        self.assertEqual(
            self.line.contract_line_ids.sorted("date_start")[-1].date_start,
            date(2026, 11, 1),
        )

    def test_done_before_the_agreed_day_the_new_holder_pays_from_now_on(self):
        self._ask(date=date(2026, 11, 1))
        self._sweep()
        self.assertEqual(self.line.contract_line_id.date_start, date(2026, 10, 20))

    def test_another_document_closes_nothing(self):
        request = self._ask()
        self.assertFalse(self._sweep("52998224725"))
        self.assertFalse(self._sweep(""))
        self.assertFalse(self._sweep(status=SimStatus.CANCELLED))
        self.assertEqual(request.state, "waiting")

    def test_tip_did_it_reads_the_line_s_card(self):
        request = self._ask()
        self.sim_says(self.line.simcard_id, IN_USE, cpf="52998224725")
        with self.assertRaisesRegex(UserError, "Novo Titular"):
            request.action_done()
        self.forget_answers()
        self.sim_says(self.line.simcard_id, IN_USE, cpf="11144477735")
        request.action_done()
        self.assertEqual(self.line.partner_id, self.new_holder)

    # === THE CONTRACT ALONE === #

    def test_a_contract_that_pays_for_lines_keeps_its_customer(self):
        contract = self.old_paying.contract_id
        with self.assertRaisesRegex(UserError, "Change of Holder"):
            contract.partner_id = self.new_holder
        contact = self._make_partner(name="Contato", parent_id=self.partner.id)
        contract.partner_id = contact
        (self.line + self.other_line).write(
            {"state": "cancelled", "cancellation_date": "2026-10-19"}
        )
        contract.partner_id = self.new_holder

    def test_an_attendant_changes_the_holder(self):
        attendant = self._make_user("attendant", "tip_mvno.group_attendant")
        self.env = self.env(user=attendant)
        self.line, self.new_holder = (
            record.with_env(self.env) for record in (self.line, self.new_holder)
        )
        request = self._ask()
        self.assertEqual(request.user_id, attendant)
        self.sim_says(self.line.simcard_id, IN_USE, cpf="11144477735")
        request.action_done()
        self.assertEqual(
            self.line.contract_line_id.contract_id.partner_id, self.new_holder
        )
