# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models
from odoo.exceptions import UserError

from ...tools.labels import label_of
from ...tools.told import told


class MvnoStateful(models.AbstractModel):
    """Records whose ``state`` follows one table, every change on record.

    A model names its table in ``_transitions``, those of its states that are open in
    ``_open_states``, and has a selection ``state``.
    """

    _name = "mvno.stateful"
    _description = "State machine"
    _inherit = ["mvno.guarded"]
    # Every legal change of the state: {state: {event: next state}}.
    _transitions: dict[str, dict[str, str]] = {}
    # The states in which something is still to come of a record.
    _open_states: tuple[str, ...] = ()

    transition_ids = fields.One2many(
        "mvno.transition",
        "res_id",
        string="Changes of State",
        domain=lambda self: [("res_model", "=", self._name)],
        readonly=True,
        copy=False,
    )

    def _creation_message(self):
        """The first words of a record's history.

        Without the model's name, which Odoo's own has: a translated "created" cannot
        agree with each of them ("linha criada", "pedido criado").

        :return: str
        """
        return self.env._("Created.")

    def _transition(self, event, reason=None, effective=None, **vals):
        """Change the records' state; the one place where it changes.

        All of them change or none does. Who asked is the user, or whose id the
        context's ``mvno_actor`` tells where the system acts for somebody, see
        ``tools.told``.

        :param str event: a key of the model's table
        :param str reason: why, for the record's history
        :param dict effective: {record id: (UTC datetime, a key of ``SOURCES``)}, since
            when it counts where that is not now, and how that is known
        :param vals: further fields that change with it
        :return: True
        :raise UserError: when a record's state does not allow the event
        """
        by_change = {}
        for record in self:
            target = self._transitions[record.state].get(event)
            if target is None:
                raise UserError(record._illegal_transition_sentence())
            by_change.setdefault((record.state, target), []).append(record.id)
        changes = []
        now = fields.Datetime.now()
        goes_on = {
            record_id
            for (_before, target), ids in by_change.items()
            if self._transitions[target]
            for record_id in ids
        }
        since = self._effective_since(effective or {}, now, goes_on)
        actor = told(self.env, "mvno_actor") or self.env.uid
        for (before, target), ids in by_change.items():
            records = self.browse(ids)
            records.write({"state": target, **vals})
            changes += [
                {
                    "res_model": self._name,
                    "res_id": record.id,
                    "company_id": record._transition_company().id,
                    "event": event,
                    "state_from": before,
                    "state_to": target,
                    "reason": reason,
                    "user_id": actor,
                    "date": now,
                    **since.get(record.id, {"effective_at": now}),
                }
                for record in records
            ]
        self.env["mvno.transition"].sudo().create(changes)
        return True

    def _effective_since(self, effective, now, goes_on):
        """Say since when changes count: never in days to come. Where others follow, no
        change counts before the one it follows: what is told of days would end before
        it began.

        :param dict effective: see :meth:`_transition`
        :param now: UTC datetime at which the changes are noted
        :param set goes_on: ids of the records whose new state is not their last
        :return: dict {record id: values of the change}
        """
        if not effective:
            return {}
        latest = dict(
            self.env["mvno.transition"]
            .sudo()
            ._read_group(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "in", [*goes_on.intersection(effective)]),
                ],
                ["res_id"],
                ["effective_at:max"],
            )
        )
        return {
            record_id: {
                "effective_at": min(now, max(moment, latest.get(record_id, moment))),
                "effective_source": source,
            }
            for record_id, (moment, source) in effective.items()
        }

    def _still_open(self):
        """:return: those of these records of which something is still to come"""
        return self.filtered(lambda record: record.state in record._open_states)

    def _illegal_transition_sentence(self):
        """:return: why this record's state does not allow what was asked"""
        self.ensure_one()
        return self.env._(
            "%(record)s is %(state)s: this step is not possible now. Reload the page "
            "to see what is.",
            record=self.display_name,
            state=self._state_label(),
        )

    def _transition_company(self):
        """:return: the company in whose records the change belongs"""
        self.ensure_one()
        return self.company_id

    def _state_label(self):
        """:return: the state as the reader's language words it"""
        return label_of(self, "state")

    def unlink(self):
        """What is deleted leaves no history behind."""
        history = self.env["mvno.transition"].sudo()
        changes = history.search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        )
        result = super().unlink()
        changes.unlink()
        return result
