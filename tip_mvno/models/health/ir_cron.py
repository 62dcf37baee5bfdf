# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class IrCron(models.Model):
    """Our scheduled actions leave a record of how they ended."""

    _inherit = "ir.cron"

    def _callback(self, cron_name, server_action_id):
        """Run the action, see ``ir.cron``, and note whether it ended well."""
        if not (self.sudo().model_id.model or "").startswith("mvno."):
            return super()._callback(cron_name, server_action_id)
        try:
            result = super()._callback(cron_name, server_action_id)
        except Exception:
            self.env["mvno.heartbeat"]._note_run(self, is_good=False)
            raise
        self.env["mvno.heartbeat"]._note_run(self, is_good=True)
        return result
