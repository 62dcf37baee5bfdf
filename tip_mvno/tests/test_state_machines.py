# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Every state machine is tested from its own table, those to come as well."""

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL

from .common import MvnoCase

WHY = "Because the test says so."


class StateMachineCase(MvnoCase):
    """Walks the tables of a module's machines, the models on ``mvno.stateful``.

    Each needs a maker here: ``_machine_<model with underscores>()`` returns one minimal
    record.
    """

    #: The module whose machines are walked.
    MODULE = None

    def machines(self):
        """:return: the models of the module's machines"""
        names = self.registry.descendants(["mvno.stateful"], "_inherit")
        models = [self.env[name] for name in sorted(names)]
        return [
            model
            for model in models
            if model._original_module == self.MODULE and not model._abstract
        ]

    def make(self, model):
        """:return: a minimal record of a machine
        :raise AssertionError: when nobody said how to make one
        """
        name = f"_machine_{model._name.replace('.', '_')}"
        maker = getattr(self, name, None)
        self.assertIsNotNone(
            maker, f"{model._name} is a state machine: write its maker {name}()."
        )
        record = maker()
        self.env.flush_all()
        return record.sudo()

    def walk(self, check, legal):
        """Try events in every state of every machine; each try is undone.

        :param check: called with a record in a state, the event, and the state it leads
            to by the table, or None
        :param bool legal: the events that the state allows, or all others
        """
        for model in self.machines():
            table = model._transitions
            record = self.make(model)
            events = sorted({event for row in table.values() for event in row})
            for state, row in table.items():
                for event in events:
                    if (event in row) is not legal:
                        continue
                    with self.subTest(machine=model._name, state=state, event=event):
                        with self.env.cr.savepoint() as savepoint:
                            self._put(record, state)
                            check(record, event, row.get(event))
                            savepoint.rollback()
                        self.env.invalidate_all()

    def _put(self, record, state):
        """Put a record into a state, however it comes there in life."""
        # in SQL, so that no rule of its model objects and nothing follows
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET state = %s WHERE id = %s",
                SQL.identifier(record._table),
                state,
                record.id,
            )
        )
        self.env.invalidate_all()

    def history(self, record):
        """:return: the ``mvno.transition`` rows of a record"""
        return self.env["mvno.transition"].search(
            [("res_model", "=", record._name), ("res_id", "=", record.id)]
        )

    def columns(self, record):
        """:return: the row of a record as the database has it"""
        self.env.cr.execute(
            SQL(
                "SELECT * FROM %s WHERE id = %s",
                SQL.identifier(record._table),
                record.id,
            )
        )
        return self.env.cr.dictfetchone()

    # === WHAT IS TESTED === #

    def check_tables(self):
        """Each table and its field name the same states, and none stands alone."""
        for model in self.machines():
            with self.subTest(machine=model._name):
                table = model._transitions
                states = set(dict(model._fields["state"].selection))
                self.assertEqual(set(table), states)
                led_to = {to for row in table.values() for to in row.values()}
                self.assertLessEqual(led_to, states)
                alone = {state for state in states - led_to if not table[state]}
                self.assertFalse(alone)

    def check_guard(self):
        """Nobody changes a state but by an event of its table."""
        for model in self.machines():
            with self.subTest(machine=model._name):
                self.assertTrue(model._fields["state"].readonly)
                record = self.make(model).with_user(self.env.ref("base.user_admin"))
                # the guard's, or a sentence of the model's own
                with self.assertRaises(UserError):
                    record.write({"state": record.state})

    def check_legal(self, record, event, target):
        """A legal event leads where the table says and is on record."""
        before, known = record.state, self.history(record)
        actor = self.env.ref("base.user_admin")
        record.with_context(mvno_actor=actor.id)._transition(event, WHY)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(record.state, target)
        change = self.history(record) - known
        self.assertEqual(len(change), 1)
        self.assertEqual(
            (change.event, change.state_from, change.state_to, change.reason),
            (event, before, target, WHY),
        )
        self.assertEqual(change.user_id, actor)
        age = fields.Datetime.now() - change.date
        self.assertLess(age.total_seconds(), 60)
        self.assertEqual(change.company_id, record.company_id)
        self.assertIn(change, record.transition_ids)

    def check_illegal(self, record, event, _target):
        """An illegal event is refused in words and changes nothing."""
        before, known = self.columns(record), self.history(record)
        # not assertRaises, which would undo what it looks for
        try:
            record._transition(event, WHY)
        except UserError:
            self.env.flush_all()
        else:
            self.fail("The event was let through.")
        self.assertEqual(self.columns(record), before)
        self.assertEqual(self.history(record), known)


@tagged("post_install", "-at_install")
class TestStateMachines(StateMachineCase):
    """The machines of this addon."""

    MODULE = "tip_mvno"

    # === ONE OF EACH === #

    def _machine_mvno_line(self):
        # a cancelled line has its day and reason, which come with the event
        return self._make_line(
            cancellation_date="2026-11-20", cancellation_reason="customer"
        )

    def _machine_mvno_command(self):
        return self._make_command()

    def _machine_mvno_plan_change(self):
        return self.env["mvno.plan.change"].create(
            {
                "line_id": self._make_line("active").id,
                "product_id": self._make_product(self._make_plan("0102", "9 GB")).id,
                "date": "2026-12-01",
            }
        )

    def _machine_mvno_portability(self):
        return self.env["mvno.portability"].create(
            {"line_id": self._make_line().id, "number": "+5511970001234"}
        )

    def _machine_mvno_drift(self):
        return self.env["mvno.drift"].create(
            {
                "platform_id": self.platform.id,
                "kind": "simcard_gone",
                "subject": "8955000000000009999",
            }
        )

    def _machine_mvno_adoption(self):
        return self.env["mvno.adoption"].create({"platform_id": self.platform.id})

    def _machine_mvno_sync(self):
        return self.env["mvno.sync"].create(
            {"platform_id": self.platform.id, "kind": "plans"}
        )

    def _machine_mvno_support_request(self):
        return self.env["mvno.support.request"].create(
            {"line_id": self._make_line("active").id, "kind": "other"}
        )

    # === TESTS === #

    def test_there_are_machines(self):
        found = {model._name for model in self.machines()}
        self.assertLessEqual({"mvno.line", "mvno.command"}, found)

    def test_each_table_names_the_states_of_its_field(self):
        self.check_tables()

    def test_no_state_is_typed_in(self):
        self.check_guard()

    def test_every_legal_transition(self):
        self.walk(self.check_legal, legal=True)

    def test_every_illegal_transition(self):
        self.walk(self.check_illegal, legal=False)
