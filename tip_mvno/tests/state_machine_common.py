# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Every state machine is tested from its own table, those to come as well."""

from odoo import fields
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.told import Told
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
        record.with_context(mvno_actor=Told(actor.id))._transition(event, WHY)
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
