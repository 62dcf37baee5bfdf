# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class MvnoPlatform(models.Model):
    """Where taking over an existing base begins."""

    _inherit = "mvno.platform"

    def action_sync_lines(self):
        """Set the platform's lines to be read by the cron, for review.

        An import under way goes on: its decisions are kept.

        :return: the action that opens the import, or a notification for who may not
            see it
        """
        self.ensure_one()
        self.check_access("write")
        if not self.sudo().user_token:
            self._client()
        adoptions = self.env["mvno.adoption"]
        adoption = adoptions.sudo().search(
            [("platform_id", "=", self.id), ("state", "in", adoptions._open_states)]
        )
        if not adoption:
            adoption = adoption.create({"platform_id": self.id})
        elif adoption.state == "error":
            adoption.action_read_again()
        adoption._trigger()
        if not adoptions.has_access("read"):
            return self._notify(
                self.env._(
                    "The platform's lines are read in a moment. A manager of Telefonia "
                    "MVNO reviews them before anything is created."
                ),
                "info",
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": adoption._name,
            "res_id": adoption.id,
            "views": [(False, "form")],
        }
