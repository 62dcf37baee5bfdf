# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..common import YES, MvnoCase

# Noon in São Paulo, and the last and first minute of a day there.
NOON = "2026-11-02 15:00:00"
LAST_MINUTE = "2026-12-11 02:59:00"
FIRST_MINUTE = "2026-12-11 03:00:00"


@tagged("post_install", "-at_install")
class TestMvnoLineHoldEnd(MvnoCase):
    """The planned end of a hold: how it is moved, how it comes about by itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._make_line("active")

    def _hold_until(self, date_end, reason="nonpayment", line=None, **vals):
        return self.env["mvno.line.hold"].create(
            {
                "line_id": (line or self.line).id,
                "reason": reason,
                "level": "total",
                "date_end": date_end,
                "date_start": NOON,
                **vals,
            }
        )

    def _cron_at(self, moment):
        with freeze_time(moment):
            self.cron("lift_holds")

    # === BY ITSELF === #

    def test_a_hold_lasts_through_its_last_day_where_the_platform_is(self):
        hold = self._hold_until("2026-12-10")
        self._cron_at(LAST_MINUTE)
        self.assertFalse(hold.lifted_at)
        self._cron_at(FIRST_MINUTE)
        self.assertTrue(hold.lifted_at)
        self.assertEqual(hold.lifted_how, "end")

    def test_each_platforms_own_midnight_counts(self):
        west = self._make_platform(name="Acre", tz="America/Rio_Branco")
        plan = self._make_plan("0101", "5 GB", west)
        product = self._make_product(plan)
        contract_line = self._make_contract(product=product).contract_line_ids
        line = self.env["mvno.line"].create(
            {
                "platform_id": west.id,
                "partner_id": self.partner.id,
                "simcard_id": self._make_simcards(platform=west).id,
                "area_code": "68",
            }
        )
        contract_line.mvno_line_id = line
        line.state = "active"
        here, there = (
            self._hold_until("2026-12-10"),
            self._hold_until("2026-12-10", line=line),
        )
        self._cron_at(FIRST_MINUTE)
        self.assertTrue(here.lifted_at)
        self.assertFalse(there.lifted_at)
        self._cron_at("2026-12-11 05:00:00")
        self.assertTrue(there.lifted_at)

    def test_a_hold_of_another_reason_goes_on(self):
        self._hold_until("2026-12-10", "customer")
        theft = self._hold_until(False, "theft")
        later = self._hold_until("2026-12-11", "misuse")
        self._cron_at(FIRST_MINUTE)
        in_force = self.line.hold_ids.filtered(lambda hold: not hold.lifted_at)
        self.assertEqual(in_force, theft | later)
        self.assertEqual(self.line.hold_level, "total")

    def test_the_line_is_unblocked_when_its_last_hold_ends(self):
        self._hold_until("2026-12-10", "customer")
        self.write_says(self.line.simcard_id, "bloquear/total", YES)
        self.write_says(self.line.simcard_id, "desbloquear", YES)
        self.process()
        self.assertEqual(self.line.state, "blocked")
        with freeze_time(FIRST_MINUTE):
            self.cron("lift_holds")
            self.assertEqual(self.line.open_command_id.operation, "unblock")
            self.process()
        self.assertEqual(self.line.state, "active")

    def test_a_lifted_hold_is_not_lifted_again(self):
        hold = self._hold_until("2026-12-10")
        hold._lift("person")
        lifted_at = hold.lifted_at
        self._cron_at(FIRST_MINUTE)
        self.assertEqual(hold.lifted_at, lifted_at)
        self.assertEqual(hold.lifted_how, "person")

    def test_an_archived_platform_is_passed_over(self):
        hold = self._hold_until("2026-12-10")
        self.platform.active = False
        self._cron_at(FIRST_MINUTE)
        self.assertFalse(hold.lifted_at)

    def test_without_any_platform_nothing_is_due(self):
        hold = self._hold_until("2026-12-10")
        self.env["mvno.platform"].search([("active", "=", True)]).active = False
        self._cron_at(FIRST_MINUTE)
        self.assertFalse(hold.lifted_at)

    def test_many_holds_end_in_few_queries(self):
        lines = [self._make_line("active") for _line in range(24)]

        def lift(some):
            for line in some:
                line.state = "blocked"
                self._hold_until("2026-12-10", line=line)
            return lambda: self.env["mvno.line.hold"]._lift_due()

        with freeze_time(FIRST_MINUTE):
            few = self.count_queries(lift(lines[:4]))
            many = self.count_queries(lift(lines[4:]))
        self.assertLessEqual(many - few, 2 * 16)

    # === MOVED === #

    @freeze_time(NOON)
    def test_an_attendant_moves_the_end_and_the_line_tells_it(self):
        hold = self._hold_until("2026-12-10")
        attendant = self._make_user("attendant", "tip_mvno.group_attendant")
        action = hold.with_user(attendant).action_change_end()
        dialog = Form(
            self.env[action["res_model"]]
            .with_user(attendant)
            .with_context(**action["context"])
        )
        self.assertEqual(dialog.date_end.isoformat(), "2026-12-10")
        dialog.date_end = "2026-12-20"
        self.assertFalse(dialog.problems)
        dialog.save().action_change()
        self.assertEqual(hold.date_end.isoformat(), "2026-12-20")
        message = self.line.message_ids[0]
        self.assertIn(
            f"{self._written(2026, 12, 10)} → {self._written(2026, 12, 20)}",
            message.body,
        )
        self.assertEqual(message.author_id, attendant.partner_id)

    @freeze_time(NOON)
    def test_an_end_may_be_taken_away_but_not_a_suspensions(self):
        hold = self._hold_until("2026-12-10")
        hold._change_end(False)
        self.assertFalse(hold.date_end)
        suspension = self._hold_until("2026-12-10", "customer")
        with self.assertRaisesRegex(UserError, "needs an end"):
            suspension._change_end(False)

    def test_a_suspension_is_not_moved_beyond_its_longest_time(self):
        hold = self._hold_until("2026-12-10", "customer")
        with freeze_time("2026-12-05 15:00:00"):
            latest = self._written(2027, 3, 2)
            with self.assertRaisesRegex(UserError, f"to {latest}"):
                hold._change_end("2027-03-03")
            hold._change_end("2027-03-02")
        self.assertEqual(hold.date_end.isoformat(), "2027-03-02")

    @freeze_time(NOON)
    def test_a_manager_sets_the_rules_aside_with_a_reason(self):
        hold = self._hold_until("2026-12-10", "customer")
        attendant = self._make_user("attendant", "tip_mvno.group_attendant")
        manager = self._make_user("manager", "tip_mvno.group_manager")
        with self.assertRaises(AccessError):
            hold.with_user(attendant)._change_end("2026-11-05", "please")
        hold.with_user(manager)._change_end("2026-11-05", "Back from abroad early")
        self.assertEqual(hold.override_reason, "Back from abroad early")
        dialog = (
            self.env["mvno.hold.end"]
            .with_user(attendant)
            .create({"hold_id": hold.id, "date_end": "2027-10-01"})
        )
        self.assertIn("30 to 120 days", dialog.problems)
        self.assertFalse(dialog.can_override)
        self.assertTrue(dialog.with_user(manager).can_override)

    @freeze_time(NOON)
    def test_an_end_that_is_over_is_refused(self):
        hold = self._hold_until("2026-12-10")
        with self.assertRaisesRegex(UserError, "over already"):
            hold._change_end("2026-11-01")

    def test_a_hold_that_has_ended_is_not_moved(self):
        hold = self._hold_until("2026-12-10")
        hold._lift()
        with self.assertRaisesRegex(UserError, "lifted already"):
            hold._change_end("2027-12-10")

    @freeze_time(NOON)
    def test_who_cannot_change_a_line_moves_no_end(self):
        hold = self._hold_until("2026-12-10")
        reader = self._make_user("reader", "base.group_user")
        with self.assertRaises(AccessError):
            hold.with_user(reader)._change_end("2026-12-20")
