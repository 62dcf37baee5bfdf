# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..platform.mvno_platform import STAFF


class MvnoPlatform(models.Model):
    """When a port-in stands still for too long."""

    _inherit = "mvno.platform"

    port_in_alarm_days = fields.Integer(
        string="Port-in Alarm After (business days)",
        required=True,
        default=4,
        help="A port-in that does not move for so many business days is shown in red "
        "and put before the responsible person. 0: never.",
        groups=STAFF,
    )

    # In words by _check_port_in_alarm.
    _port_in_alarm_range = models.Constraint(
        "CHECK(port_in_alarm_days BETWEEN 0 AND 60)"
    )

    @api.constrains("port_in_alarm_days")
    def _check_port_in_alarm(self):
        if any(not 0 <= platform.port_in_alarm_days <= 60 for platform in self.sudo()):
            raise ValidationError(
                self.env._("Port-in alarm: choose from 0 (never) to 60 business days.")
            )
