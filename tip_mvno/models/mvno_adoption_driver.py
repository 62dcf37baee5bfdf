# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from contextlib import contextmanager

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.cursor import short_transaction

# Lines taken over in one transaction.
SLICE = 100
# Nobody is told of thousands of records, and none of them is followed.
IN_BULK = {
    "tracking_disable": True,
    "mail_create_nosubscribe": True,
    "mail_auto_subscribe_no_notify": True,
}


class MvnoAdoption(models.Model):
    """The cron's work on imports, in steps that are committed one by one.

    What a step needs is looked up anew, so that a run after a kill, or after somebody
    else's work, creates nothing twice.
    """

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.adoption"

    @api.model
    def _due_domain(self):
        return [
            ("state", "in", ("reading", "applying")),
            ("next_attempt", "<=", fields.Datetime.now()),
            ("platform_id.active", "=", True),
        ]

    @api.model_create_multi
    def create(self, vals_list):
        now = fields.Datetime.now()
        return super().create([{"next_attempt": now, **vals} for vals in vals_list])

    @api.model
    def _drive(self):
        """Read, or take over slice after slice; each step commits what it did."""
        cron = self.env["ir.cron"]
        while True:
            due = self.search(self._due_domain(), order="next_attempt, id")
            if not due:
                return
            adoption_id, state = due[0].id, due[0].state
            cron._commit_progress(remaining=len(due))
            if state == "reading":
                self._read(adoption_id)
            else:
                self._apply_slice(adoption_id)
            self.env.invalidate_all()
            remaining = self.search_count(self._due_domain())
            if not cron._commit_progress(1, remaining=remaining):
                return

    @contextmanager
    def _transaction(self, adoption_id):
        """Work on an import in a short transaction, while no other worker does.

        :return: context manager giving the import in its readers' language
        """
        with short_transaction(self.env.registry, self.env.context) as env:
            env.cr.execute(
                SQL(
                    "SELECT id FROM mvno_adoption WHERE id = %s FOR NO KEY UPDATE",
                    adoption_id,
                )
            )
            adoption = env["mvno.adoption"].browse(adoption_id)
            yield adoption.platform_id._in_language_of_reader(adoption)

    # === APPLYING === #

    @api.model
    def _apply_slice(self, adoption_id):
        """Take over the next lines, and end the run when there are none.

        :param int adoption_id: an import that is being applied
        """
        with self._transaction(adoption_id) as adoption:
            if adoption.state != "applying":
                return
            adoption = adoption.with_context(**IN_BULK, mvno_actor=adoption.user_id.id)
            lines = adoption.env["mvno.adoption.line"].search(
                [("adoption_id", "=", adoption.id), ("verdict", "=", "create")],
                limit=SLICE,
            )
            if lines:
                lines._match_again()
                lines.filtered(lambda line: line.verdict == "create")._adopt()
            else:
                adoption._end_applying()

    def _end_applying(self):
        """Nothing is left to take over: what is undecided goes back to the person."""
        if self.incomplete_count or self.conflict_count:
            self._transition("remain")
        else:
            self._transition("finish", finished_at=fields.Datetime.now())
