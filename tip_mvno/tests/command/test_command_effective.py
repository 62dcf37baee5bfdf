# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, datetime, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..common import BLOCKED, CANCELLED, YES
from ..plan_common import PlanCase

# noon in São Paulo, long before the tests run
ASKED = datetime(2026, 11, 20, 15)
DECIDED = "2026-12-09 15:00:00"


@tagged("post_install", "-at_install")
class TestCommandEffective(PlanCase):
    """Since when a request counts: the platform's day, and a customer's own day."""

    def _asked(self, operation, state, at=ASKED, sent_at=None, **vals):
        command = self._make_command(
            self.line, operation, state, sent_at=sent_at or at, **vals
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mvno_command SET create_date = %s WHERE id = %s", [at, command.id]
        )
        command.invalidate_recordset(["create_date"])
        return command

    def _undecided(self, operation, **vals):
        return self._asked(operation, "needs_decision", **vals)

    def _sent(self, operation, at=ASKED, **vals):
        return self._asked(operation, "pending", at=at, **vals)

    # === A CUSTOMER'S CANCELLATION === #

    @freeze_time("2026-11-23 15:00:00")
    def test_a_customers_cancellation_counts_from_the_day_it_was_asked(self):
        command = self._sent("cancel", cancellation_reason="customer")
        self.accept("cancelar", json=YES)
        self.process(command)
        self.assertEqual(command.state, "done")
        self.assertEqual(self.line.cancellation_date, date(2026, 11, 20))
        self.assertEqual(self.contract_line.date_end, date(2026, 11, 20))
        change = self.line.transition_ids[0]
        # noted on the 23rd; it ends at the midnight after the 20th
        self.assertRecordValues(
            change,
            [
                {
                    "date": datetime(2026, 11, 23, 15),
                    "effective_at": datetime(2026, 11, 21, 3),
                    "effective_source": "asked",
                }
            ],
        )

    @freeze_time("2026-11-23 15:00:00")
    def test_a_cancellation_for_another_reason_counts_from_the_platforms_day(self):
        for reason in ("port_out", "death", "nonpayment", "fraud"):
            with self.subTest(reason), self.cr.savepoint() as savepoint:
                self.forget_answers()
                command = self._sent("cancel", cancellation_reason=reason)
                self.accept("cancelar", json=YES)
                self.process(command)
                self.assertEqual(self.line.cancellation_date, date(2026, 11, 23))
                savepoint.rollback()

    @freeze_time(DECIDED)
    def test_a_cancellation_confirmed_later_ends_on_the_day_it_was_sent(self):
        for reason in ("customer", "port_out"):
            with self.subTest(reason), self.cr.savepoint() as savepoint:
                command = self._undecided("cancel", cancellation_reason=reason)
                command.action_decide_done()
                self.assertEqual(command.state, "done")
                self.assertEqual(self.line.cancellation_date, date(2026, 11, 20))
                savepoint.rollback()

    @freeze_time(DECIDED)
    def test_the_day_it_was_asked_goes_before_the_day_it_was_sent(self):
        command = self._undecided(
            "cancel", cancellation_reason="customer", sent_at=ASKED + timedelta(days=2)
        )
        command.action_decide_done()
        self.assertEqual(self.line.cancellation_date, date(2026, 11, 20))

    @freeze_time(DECIDED)
    def test_the_time_it_was_sent_is_no_persons_and_always_taken(self):
        command = self._make_command(
            self.line,
            "cancel",
            "needs_decision",
            sent_at=ASKED,
            cancellation_reason="port_out",
        )
        command.action_decide_done()
        self.assertEqual(self.line.cancellation_date, date(2026, 11, 20))

    def test_it_cannot_end_before_it_began(self):
        self.line.activation_date = "2026-11-22"
        with freeze_time("2026-11-23 15:00:00"):
            command = self._sent("cancel", cancellation_reason="customer")
            self.accept("cancelar", json=YES)
            self.process(command)
        self.assertEqual(self.line.cancellation_date, date(2026, 11, 22))

    # === A PERSON SAYS WHEN === #

    def _dialog(self, command, user=None):
        command = command.with_user(user or self.env.user)
        action = command.action_say_when()
        return Form(command.env[action["res_model"]].with_context(**action["context"]))

    @freeze_time(DECIDED)
    def test_the_dialog_proposes_when_it_was_sent_and_takes_another_time(self):
        command = self._undecided("cancel", cancellation_reason="port_out")
        manager = self._make_user("boss", "tip_mvno.group_manager")
        form = self._dialog(command, manager)
        self.assertEqual(fields.Datetime.to_datetime(form.effective_at), ASKED)
        form.effective_at = datetime(2026, 11, 25, 12)
        form.save().action_confirm()
        self.assertEqual(self.line.cancellation_date, date(2026, 11, 25))
        self.assertEqual(command.effective_source, "confirmed")

    @freeze_time(DECIDED)
    def test_nothing_took_effect_before_it_was_asked_or_in_days_to_come(self):
        command = self._undecided("cancel", cancellation_reason="port_out")
        for moment in (ASKED - timedelta(seconds=1), datetime(2027, 1, 1)):
            form = self._dialog(command)
            form.effective_at = moment
            with self.assertRaisesRegex(UserError, "choose a time"):
                form.save().action_confirm()
        self.assertEqual(command.state, "needs_decision")

    def test_attendants_say_nothing_of_it(self):
        command = self._undecided("unblock")
        attendant = self._make_user("att", "tip_mvno.group_attendant")
        for method in ("action_say_when", "action_decide_done"):
            with self.assertRaises(AccessError):
                getattr(command.with_user(attendant), method)()
        with self.assertRaises(AccessError):
            self.env["mvno.command.done"].with_user(attendant).create(
                {"command_id": command.id}
            )

    @freeze_time(DECIDED)
    def test_a_plan_change_confirmed_later_counts_from_when_it_was_sent(self):
        command = self._undecided(
            "change_plan",
            plan_id=self.other_plan.id,
            product_id=self.other.id,
            price=89.9,
        )
        command.action_decide_done()
        self.assertEqual(self.contract_line.date_end, date(2026, 11, 19))
        successor = self.line.contract_line_ids - self.contract_line
        self.assertRecordValues(
            successor,
            [{"date_start": date(2026, 11, 20), "product_id": self.other.id}],
        )

    @freeze_time(DECIDED)
    def test_invoiced_days_keep_their_plan_and_a_person_is_told(self):
        self.contract_line.last_date_invoiced = "2026-11-30"
        command = self._undecided(
            "change_plan",
            plan_id=self.other_plan.id,
            product_id=self.other.id,
            price=89.9,
        )
        command.action_decide_done()
        self.assertEqual(self.contract_line.date_end, date(2026, 11, 30))
        self.assertIn("invoiced", command.error)
        self.assertTrue(self.line.activity_ids)

    @freeze_time(DECIDED)
    def test_blocks_confirmed_later_count_from_when_they_were_sent(self):
        block = self._undecided("block_total", reason="nonpayment")
        block.action_decide_done()
        self.assertRecordValues(
            self.line.transition_ids[0],
            [
                {
                    "state_to": "blocked",
                    "effective_at": ASKED,
                    "effective_source": "confirmed",
                }
            ],
        )
        body = "".join(self.line.message_ids.mapped("body"))
        self.assertIn("It counts from", body)

    @freeze_time(DECIDED)
    def test_no_change_counts_before_the_one_it_follows(self):
        """A span of days would end before it began."""
        self.line._transition(
            "block_total",
            effective={self.line.id: (datetime(2026, 12, 1), "last_read")},
        )
        unblock = self._undecided("unblock", reason="nonpayment")
        unblock.action_decide_done()
        self.assertEqual(
            self.line.transition_ids[0].effective_at, datetime(2026, 12, 1)
        )

    # === ANSWERS THAT WERE LOST === #

    def test_what_a_read_settles_counts_from_when_it_was_sent(self):
        sent = fields.Datetime.now() - timedelta(days=3)
        for operation, status, vals in (
            ("block_total", BLOCKED, {"reason": "nonpayment"}),
            ("cancel", CANCELLED, {"cancellation_reason": "port_out"}),
        ):
            with self.subTest(operation), self.cr.savepoint() as savepoint:
                command = self._make_command(
                    self.line, operation, "unknown", sent_at=sent, **vals
                )
                self._read(command, status)
                self.assertEqual(command.state, "done")
                self.assertEqual(command.effective_source, "sent")
                self.assertEqual(command.effective_at, sent)
                savepoint.rollback()
