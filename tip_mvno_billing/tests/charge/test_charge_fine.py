# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from freezegun import freeze_time
from psycopg2 import IntegrityError, errors

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.tip_mvno.tests.common import CANCELLED, NO, OTHER_CPF, broken

from ..billing_common import DECEMBER, JANUARY_1
from ..charge_common import ChargeCase

CNPJ = "11.222.333/0001-81"


@freeze_time("2026-12-12 15:00:00")
class FineCase(ChargeCase):
    """A commitment of 12 months from 1 November 2026, for a benefit of 120.00."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.mvno_fine_product_id = cls.company._mvno_create_product(
            "mvno_fine_product_id", "Fidelity fine"
        )

    @classmethod
    def _make_product(cls, plan, **vals):
        # the benefit of a line is the one at the time of signing
        return super()._make_product(plan, **{"mvno_benefit": 120.0, **vals})

    @property
    def fine(self):
        return self.mobile.charge_ids.filtered(lambda charge: charge.kind == "fine")

    def _cancel_dialog(self, user=None, lines=None, **vals):
        lines = lines or self.mobile
        dialog = Form(
            self.env["mvno.cancel"]
            .with_user(user or self.attendant)
            .with_context(active_model="mvno.line", active_ids=lines.ids)
        )
        dialog.understood = True
        for name, value in vals.items():
            setattr(dialog, name, value)
        return dialog

    def _settle(self, **answer):
        """Let the platform answer the cancellation."""
        self.write_says(self.mobile.simcard_id, "cancelar", **answer)
        self.process()


@tagged("post_install", "-at_install")
class TestMvnoLineFine(FineCase):
    """Who leaves before the commitment is over pays back what was given for it."""

    # === TOLD BEFORE CONFIRMING === #

    def test_the_dialog_tells_the_fine_of_each_line(self):
        other = self._make_active_line("2026-11-15").mvno_line_id
        free = self._make_active_line("2026-12-10").mvno_line_id
        lines = self.mobile | other | free
        dialog = self._cancel_dialog(lines=lines)
        told = dialog.fine_text.splitlines()
        self.assertEqual(len(told), 3)
        money = self.line.currency_id.format
        self.assertIn(f"{money(100.0)} ({money(120.0)} × 10 of 12", told[0])
        self.assertIn(money(110.0), told[1])
        self.assertIn("no fine within 7 days", told[2])
        dialog.reason = "death"
        self.assertIn("no fine for this reason", dialog.fine_text)
        self.assertFalse(dialog.has_fine)

    def test_without_a_benefit_nothing_is_told(self):
        self.line.mvno_benefit = 0.0
        dialog = self._cancel_dialog()
        self.assertFalse(dialog.fine_text)
        dialog.save().action_cancel_lines()
        self._settle()
        self.assertFalse(self.fine)

    # === CHARGED ONCE THE PLATFORM CANCELLED === #

    def test_the_fine_is_charged_when_the_platform_has_cancelled(self):
        self._cancel_dialog().save().action_cancel_lines()
        self.assertFalse(self.fine)
        self._settle()
        number = self.mobile._format_number(self.mobile.number)
        self.assertRecordValues(
            self.fine,
            [
                {
                    "state": "open",
                    "price": 100.0,
                    "text": f"Fidelity fine – {number} (10 of 12 months)",
                    "date": date(2026, 12, 12),
                    "competence": DECEMBER,
                    "contract_line_id": self.line.id,
                    "user_id": self.attendant.id,
                }
            ],
        )

    def test_the_fine_is_on_the_months_invoice(self):
        self.mobile.with_user(self.attendant).action_cancel("customer")
        self._settle()
        self.at(JANUARY_1)
        self._bill(DECEMBER)
        billed = self._billed_on(self.fine)
        self.assertEqual(billed.price_total, 100.0)
        self.assertEqual(billed.product_id, self.company.mvno_fine_product_id)
        self.assertEqual(self.fine.item_ids.kind, "fine")

    def test_a_refused_cancellation_leaves_no_fine(self):
        self._cancel_dialog().save().action_cancel_lines()
        self._settle(json=NO)
        self.assertEqual(self.mobile.state, "active")
        self.assertFalse(self.fine)

    def test_a_lost_answer_leaves_one_fine_whoever_settles_it(self):
        self.platform.settle_seconds = 900
        self._cancel_dialog().save().action_cancel_lines()
        self._settle(body=broken())
        command = self.mobile.command_ids
        self.assertEqual(command.state, "unknown")
        self.mobile._on_cancelled("customer", date(2026, 12, 12))
        self.assertEqual((self.fine.state, self.fine.price), ("open", 100.0))
        self.forget_answers()
        self.sim_says(command.simcard_id, CANCELLED)
        self.make_due(command)
        self.process(command)
        self.assertEqual(command.state, "done")
        self.assertEqual(len(self.fine), 1)

    def test_nobody_pays_more_than_was_told(self):
        self._cancel_dialog().save().action_cancel_lines()
        self.line.mvno_benefit = 240.0
        self._settle()
        self.assertEqual(self.fine.price, 100.0)

    def test_a_settlement_in_a_later_month_costs_less(self):
        self._cancel_dialog(reason="nonpayment").save().action_cancel_lines()
        self.at(JANUARY_1)
        self._settle()
        self.assertEqual(self.fine.price, 90.0)

    def test_a_customers_own_settled_in_a_later_month_costs_what_was_told(self):
        """It counts from the day it was asked for."""
        self._cancel_dialog().save().action_cancel_lines()
        self.at(JANUARY_1)
        self._settle()
        self.assertEqual(self.fine.price, 100.0)

    @mute_logger("odoo.sql_db")
    def test_the_database_holds_one_fine_for_a_line(self):
        self.mobile._on_cancelled("customer", date(2026, 12, 12))
        with self.assertRaises(errors.UniqueViolation):
            self._charge(kind="fine")

    # === NO FINE === #

    def test_what_makes_a_fine_and_what_does_not(self):
        for reason, fine in (
            ("customer", 100.0),
            ("nonpayment", 100.0),
            ("fraud", 100.0),
            ("death", 0.0),
            ("transfer", 0.0),
        ):
            with self.subTest(reason):
                mobile = self._make_active_line("2026-11-01").mvno_line_id
                mobile.action_cancel(reason)
                mobile.command_ids._transition("send")
                mobile.command_ids._confirm(None)
                self.assertEqual(sum(mobile.charge_ids.mapped("price")), fine)

    def test_after_the_commitment_nobody_pays_a_fine(self):
        self.line.commitment_end = "2026-12-13"
        self.mobile._on_cancelled("customer", date(2026, 12, 12))
        self.assertFalse(self.fine)

    def test_a_line_that_never_was_in_service_costs_no_fine(self):
        self.mobile.write({"state": "activating", "activation_date": False})
        self.mobile._on_cancelled("customer", date(2026, 12, 12))
        self.assertFalse(self.fine)

    def test_a_company_is_committed_for_longer_than_a_person(self):
        self.line.commitment_end = date(2028, 11, 1)
        self.assertEqual(self.line._mvno_fine(date(2026, 12, 31)), (100.0, 10, 12))
        self.partner.write({"is_company": True, "vat": CNPJ})
        self.assertEqual(self.line._mvno_fine(date(2026, 12, 31)), (110.0, 22, 24))

    def test_a_fine_is_rounded_to_the_cent(self):
        self.line.mvno_benefit = 100.0
        self.assertEqual(self.line._mvno_fine(date(2027, 3, 31))[0], 58.33)

    # === WAIVED === #

    def test_a_manager_waives_the_fine_with_a_reason_that_stays(self):
        self._cancel_dialog(
            self.manager, fine_decision="waive", fine_reason="Customer of 10 years"
        ).save().action_cancel_lines()
        self._settle()
        self.assertEqual((self.fine.state, self.fine.price), ("waived", 100.0))
        self.assertIn("Customer of 10 years", self.fine.reason)
        self.assertEqual(self.fine.transition_ids[0].user_id, self.manager)
        [note] = [
            message.body
            for message in self.mobile.message_ids
            if "Customer of 10 years" in message.body
        ]
        self.assertIn("otto", note)

    def test_an_attendant_says_that_the_provider_is_at_fault(self):
        self._cancel_dialog(
            fine_decision="fault", fine_reason="No signal at home since October"
        ).save().action_cancel_lines()
        self._settle()
        self.assertEqual(self.fine.state, "waived")
        self.assertIn("No signal at home", self.fine.reason)

    def test_a_manager_is_told_what_an_attendant_took_for_the_providers_fault(self):
        self.platform.user_id = self.manager
        for user, told in (
            (self.attendant, self.manager),
            (self.manager, self.manager.browse()),
        ):
            self.mobile = self._make_active_line("2026-11-01").mvno_line_id
            self._cancel_dialog(
                user, fine_decision="fault", fine_reason="No signal at home"
            ).save().action_cancel_lines()
            self._settle()
            activities = self.mobile.activity_ids.filtered(
                lambda activity: "No signal at home" in (activity.note or "")
            )
            with self.subTest(user.name):
                self.assertEqual(activities.user_id, told)

    def test_an_attendant_does_not_waive_a_fine(self):
        dialog = self._cancel_dialog(fine_decision="waive", fine_reason="Please")
        with self.assertRaisesRegex(AccessError, "waived by managers"):
            dialog.save().action_cancel_lines()
        self.assertFalse(self.mobile.command_ids)

    def test_no_fine_needs_its_reason(self):
        dialog = self._cancel_dialog(
            self.manager, fine_decision="waive", fine_reason=" "
        )
        with self.assertRaisesRegex(UserError, "Say why"):
            dialog.save().action_cancel_lines()

    @mute_logger("odoo.sql_db")
    def test_the_database_wants_the_reason_of_a_waiver(self):
        with self.assertRaises(IntegrityError):
            self._make_command(
                self.mobile,
                "cancel",
                cancellation_reason="customer",
                fine_decision="waive",
            )

    # === ENDS THAT NOBODY ASKED FOR === #

    def test_a_port_out_proposes_the_fine_to_a_manager(self):
        self.mobile._on_cancelled("port_out", date(2026, 12, 12))
        self.assertEqual(self.fine.state, "proposed")
        self.assertIn("10 of 12 months", self.mobile.activity_ids.note)
        self.at(JANUARY_1)
        run = self._bill(DECEMBER)
        self.assertEqual(self._issue(run, self.fine).code, "charge_proposed")
        self.fine.with_user(self.manager).action_confirm()
        self._run(run)
        self.assertEqual(self.fine.state, "open")
        self.at("2027-02-01 15:00:00")
        self._bill(date(2027, 1, 1))
        self.assertEqual(self._billed_on(self.fine).price_total, 100.0)

    # === ONE COMMITMENT, SEVERAL CONTRACT LINES === #

    def test_a_change_of_price_keeps_commitment_and_benefit(self):
        successor = self.line._mvno_succeed(date(2026, 12, 1), specific_price=70.0)
        later = successor._mvno_succeed(date(2027, 1, 1), specific_price=80.0)
        self.assertRecordValues(
            later,
            [
                {
                    "mvno_benefit": 120.0,
                    "mvno_commitment_start": date(2026, 11, 1),
                    "commitment_end": date(2027, 11, 1),
                }
            ],
        )
        self.assertEqual(later._mvno_fine(date(2027, 1, 31)), (90.0, 9, 12))

    def test_a_plan_that_gives_more_does_not_raise_an_old_commitments_fine(self):
        other = self._make_product(
            self._make_plan("0102", "10 GB"), contract_months=12, mvno_benefit=600.0
        )
        successor = self.line._mvno_succeed(date(2026, 12, 1), product_id=other.id)
        self.assertEqual(successor.mvno_benefit, 120.0)

    def test_a_new_commitment_begins_with_its_own_benefit(self):
        self.product.mvno_benefit = 240.0
        successor = self.line._mvno_succeed(
            date(2026, 12, 1), commitment_end=date(2027, 12, 1)
        )
        self.assertFalse(successor.mvno_commitment_start)
        self.assertEqual(successor._mvno_fine(date(2026, 12, 31)), (220.0, 11, 12))

    def test_a_change_of_holder_costs_nothing_and_takes_the_commitment_along(self):
        holder = self._make_partner(name="Novo Titular", vat=OTHER_CPF)
        self.mobile._take_holder(
            holder, date(2026, 12, 12), commitment_end=self.line.commitment_end
        )
        self.assertFalse(self.fine)
        paying = self.mobile.contract_line_id
        self.assertEqual(paying.contract_id.partner_id, holder)
        self.assertEqual(paying._mvno_fine(date(2026, 12, 31))[0], 100.0)

    def test_the_benefit_is_the_one_of_signing(self):
        self.product.mvno_benefit = 999.0
        self.assertEqual(self.line.mvno_benefit, 120.0)
        self.assertEqual(self._make_contract().contract_line_ids.mvno_benefit, 999.0)

    # === ITS PRODUCT === #

    def test_without_a_product_the_run_says_what_to_do(self):
        self.mobile.action_cancel("customer")
        self._settle()
        self.company.mvno_fine_product_id = False
        self.at(JANUARY_1)
        run = self._bill(DECEMBER)
        issue = self._issue(run, self.fine)
        self.assertEqual(issue.code, "charge_no_product")
        self.assertIn("Create the product", issue.reason)
        self.env["res.config.settings"].create({}).action_create_mvno_fine_product()
        self._run(run)
        self.assertEqual(self.fine.state, "billed")

    def test_the_product_of_fines_is_made_once(self):
        self.company.mvno_fine_product_id = False
        product = self.company._mvno_create_product("mvno_fine_product_id", "Fine")
        self.assertEqual(
            self.company._mvno_create_product("mvno_fine_product_id", "Other"), product
        )
