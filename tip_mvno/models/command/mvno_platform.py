# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models

from ...tools.cursor import database_now


class MvnoPlatform(models.Model):
    """What a platform's requests have to do with its token and address."""

    _inherit = "mvno.platform"

    def _wake_waiting(self):
        """Have requests tried now that waited for another token or address."""
        commands = self.env["mvno.command"].sudo()
        now = database_now(self.env.cr)
        waiting = commands.search(
            [
                ("platform_id", "in", self.ids),
                ("state", "in", ("pending", "unknown")),
                ("next_attempt", ">", now),
            ]
        )
        if waiting:
            # what a worker is at right now needs no waking
            waiting.try_lock_for_update().next_attempt = now
            commands._wake_cron()
