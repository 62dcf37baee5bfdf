# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.hold.mvno_line import STATE_OF_LEVEL
from ...models.hold.mvno_line_hold import BLOCK_REASON, HOLD_REASONS, URGENT_REASONS
from ..common import YES, MvnoCase

REASONS = st.sampled_from(
    [reason for reason, _label in HOLD_REASONS if reason != "platform"]
)
LEVELS = st.sampled_from(["partial", "total"])
# A day in the life of a line: holds come and go, and the cron runs now and then.
STEPS = st.one_of(
    st.tuples(st.just("hold"), REASONS, LEVELS),
    st.tuples(st.just("lift"), REASONS, st.none()),
    st.tuples(st.just("send"), st.none(), st.none()),
)
DAYS = settings(derandomize=True, database=None, deadline=None, max_examples=15)


@tagged("post_install", "-at_install")
class TestMvnoLineHold(MvnoCase):
    """A reason to keep a line blocked, and what many of them make of a line."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._make_line("active")

    def _make_hold(self, reason="customer", level="total", line=None):
        return self.env["mvno.line.hold"].create(
            {"line_id": (line or self.line).id, "reason": reason, "level": level}
        )

    @given(st.lists(STEPS, max_size=9))
    @DAYS
    def test_whatever_happens_a_line_becomes_what_its_holds_say(self, steps):
        self._begin_again()
        in_force = {}
        for step, reason, level in steps:
            if step == "hold":
                self.line._hold(level, reason, False, "test")
                in_force[reason] = level
            elif step == "lift":
                self._lift(reason)
                in_force.pop(reason, None)
            else:
                self._send_one()
            self._check(in_force)
        for _request in range(4):
            self._send_one()
        self.assertEqual(self.line.state, STATE_OF_LEVEL[self.line.hold_level])
        self.assertFalse(self.line.open_command_id)

    def _begin_again(self):
        self.line.hold_ids.unlink()
        self.line.command_ids.unlink()
        self.line.state = "active"
        self.forget_answers()
        for action in ("bloquear/parcial", "bloquear/total", "desbloquear"):
            self.write_says(self.line.simcard_id, action, YES)

    def _lift(self, reason):
        self.line.hold_ids.filtered(lambda hold: hold.reason == reason)._lift()

    def _send_one(self):
        if self.line.open_command_id:
            self.process(self.line.open_command_id)

    def _check(self, in_force):
        """The holds are a set of reasons; the strongest decides; one request waits."""
        holds = self.line.hold_ids.filtered(lambda hold: not hold.lifted_at)
        found = {hold.reason: hold.level for hold in holds}
        self.assertEqual(found, in_force)
        self.assertEqual(len(holds), len(in_force))
        levels = set(in_force.values())
        strongest = "total" if "total" in levels else "partial" if levels else "none"
        self.assertEqual(self.line.hold_level, strongest)
        waiting = self.line.command_ids.filtered("is_open")
        self.assertLessEqual(len(waiting), 1)
        follows = self.line.state != STATE_OF_LEVEL[strongest]
        self.assertEqual(bool(waiting), follows)
        stolen = any(in_force.get(reason) == "total" for reason in URGENT_REASONS)
        if stolen and waiting:
            self.assertEqual(
                (waiting.operation, waiting.priority), ("block_total", "0")
            )

    @mute_logger("odoo.sql_db")
    def test_a_reason_holds_a_line_once(self):
        self._make_hold()
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self._make_hold()

    def test_every_reason_is_known_to_the_platform(self):
        self.assertEqual(set(BLOCK_REASON), set(dict(HOLD_REASONS)))
        self.assertLessEqual(set(URGENT_REASONS), set(BLOCK_REASON))

    def test_lifting_tells_who_and_when_and_is_done_once(self):
        hold = self._make_hold()
        user = self._make_user("attendant", "tip_mvno.group_attendant")
        hold.with_user(user).action_lift()
        self.assertEqual(hold.lifted_by_id, user)
        lifted_at = hold.lifted_at
        self.assertTrue(lifted_at)
        hold.lifted_at = lifted_at.replace(year=2020)
        hold._lift()
        self.assertEqual(hold.lifted_at.year, 2020)

    def test_who_cannot_change_a_line_lifts_no_hold(self):
        hold = self._make_hold()
        user = self._make_user("reader", "base.group_user")
        with self.assertRaises(AccessError):
            hold.with_user(user).action_lift()
        self.assertFalse(hold.lifted_at)

    def test_a_changed_level_is_followed(self):
        hold = self._make_hold(level="partial")
        self.assertEqual(self.line.open_command_id.operation, "block_partial")
        hold.level = "total"
        self.assertEqual(self.line.open_command_id.operation, "block_total")

    def test_a_hold_is_named_by_its_reason(self):
        self.assertEqual(self._make_hold("theft").display_name, "Theft")

    def test_holds_of_many_lines_cost_few_queries_each(self):
        lines = [self._make_line("active") for _line in range(24)]

        def hold(some):
            values = [{"line_id": line.id, "reason": "nonpayment"} for line in some]
            return lambda: self.env["mvno.line.hold"].create(values)

        few = self.count_queries(hold(lines[:4]))
        many = self.count_queries(hold(lines[4:]))
        self.assertLessEqual(many - few, 2 * 16)
