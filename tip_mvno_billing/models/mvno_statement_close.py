# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.exceptions import AccessError, UserError


class MvnoStatement(models.Model):
    """Closing a month, which imports then no longer change, and reopening it."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.statement"

    def action_close(self):
        """Close the month: imports no longer change it.

        :raise UserError: when there is nothing to close, or not all of the month
        """
        self._check_manager()
        for statement in self:
            if statement.partner_id:
                raise UserError(
                    self.env._(
                        "Statement %(statement)s shows one person only. A month is "
                        "closed on the statement of all subscribers.",
                        statement=statement.display_name,
                    )
                )
            if statement.state != "done":
                raise UserError(
                    self.env._(
                        "Statement %(statement)s is not imported completely. Import "
                        "it before you close the month.",
                        statement=statement.display_name,
                    )
                )
            self.env["mvno.usage.event"]._lock_month(
                statement.platform_id, statement.competence
            )
        self.sudo()._transition("close")
        self._message_log_batch(
            bodies={statement.id: self.env._("Month closed") for statement in self}
        )
        return True

    def action_reopen(self):
        """Let imports change the month again."""
        self._check_manager()
        closed = self.filtered(lambda statement: statement.state == "closed")
        closed.sudo()._transition("reopen")
        closed._message_log_batch(
            bodies={statement.id: self.env._("Month reopened") for statement in closed}
        )
        # lines may have appeared while it was closed
        self.env["mvno.usage.event"].sudo()._await_attachment()
        return True

    def _check_manager(self):
        self.check_access("write")
        if not (self.env.su or self.env.user.has_group("tip_mvno.group_manager")):
            raise AccessError(
                self.env._(
                    "Closing, reopening and rolling back a month is for MVNO managers."
                )
            )
