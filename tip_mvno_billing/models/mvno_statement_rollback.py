# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

# What a statement of which nothing was imported is like.
NEVER_IMPORTED = {
    "imported_at": False,
    "answered_at": False,
    "expected_lines": 0,
    "read_lines": 0,
    "received_count": 0,
    "new_count": 0,
    "known_count": 0,
    "removed_count": 0,
    "unknown_count": 0,
    "unknown_contracts": False,
    "unreadable": False,
    "last_error": False,
    "source": "platform",
    "source_file": False,
    "source_name": False,
    "compared_at": False,
    "compare_next": False,
    "compare_failures": 0,
    "compare_error": False,
}


class MvnoStatement(models.Model):
    """Rolling back a month that was not billed: as if it had never been imported."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.statement"

    def action_rollback(self):
        """Delete the months' call records and totals; their statements are drafts
        again.

        :raise AccessError: for whoever is no manager
        :raise UserError: when a month is closed, being imported or billed
        """
        self._check_manager()
        for statement in self:
            if statement.partner_id:
                raise UserError(
                    self.env._(
                        "Statement %(statement)s shows one person only. A month is "
                        "rolled back on the statement of all subscribers.",
                        statement=statement.display_name,
                    )
                )
            self.env["mvno.usage.event"]._lock_month(
                statement.platform_id, statement.competence
            )
            statement.sudo()._roll_back()
        self._message_log_batch(
            bodies={statement.id: self.env._("Month rolled back") for statement in self}
        )
        return True

    def _roll_back(self):
        """Take everything away that was imported of the statement's month, for all
        statements of it. Lock the month before.

        :raise UserError: when that is not possible
        """
        self.ensure_one()
        same_month = self.search(
            [
                ("platform_id", "=", self.platform_id.id),
                ("competence", "=", self.competence),
            ]
        )
        self._check_rollback(same_month)
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "DELETE FROM mvno_usage_event "
                "WHERE platform_id = %s AND competence = %s",
                self.platform_id.id,
                self.competence,
            )
        )
        self.env["mvno.usage.event"].invalidate_model()
        same_month.line_ids.unlink()
        for statement in same_month:
            statement._keep_file_problems([])
        imported = same_month.filtered(lambda s: s.state in ("done", "error"))
        imported._transition("roll_back", **NEVER_IMPORTED)
        self.difference_ids.unlink()

    def _check_rollback(self, same_month):
        """:param same_month: all statements of this one's month
        :raise UserError: when the month cannot be rolled back"""
        states = set(same_month.mapped("state"))
        if "closed" in states:
            raise UserError(
                self.env._(
                    "%(month)s is closed on platform %(platform)s. Reopen it before "
                    "you roll it back.",
                    month=f"{self.competence:%m/%Y}",
                    platform=self.platform_id.name,
                )
            )
        if "importing" in states:
            raise UserError(
                self.env._(
                    "%(month)s of platform %(platform)s is being imported. Stop that, "
                    "or wait for its end, before you roll it back.",
                    month=f"{self.competence:%m/%Y}",
                    platform=self.platform_id.name,
                )
            )
        if not states & {"done", "error"}:
            raise UserError(
                self.env._(
                    "Nothing of statement %(statement)s was imported: there is nothing "
                    "to roll back.",
                    statement=self.display_name,
                )
            )
        billed = self.env["mvno.billing.item"].search_count(
            [
                ("state", "=", "billed"),
                ("competence", "=", self.competence),
                ("mvno_line_id.platform_id", "=", self.platform_id.id),
            ]
        )
        if billed:
            raise UserError(
                self.env._(
                    "%(month)s of platform %(platform)s is billed (%(count)s billed "
                    "items): its call records are what the invoices rest on. Cancel "
                    "those invoices first, or import the month again instead.",
                    month=f"{self.competence:%m/%Y}",
                    platform=self.platform_id.name,
                    count=billed,
                )
            )
