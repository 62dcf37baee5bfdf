# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, fields, models

from ..tools.local_time import utc_midnight
from .mvno_line_identity import FOLLOWED


class MvnoLine(models.Model):
    """A line writes its own history."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.line"

    identity_ids = fields.One2many(
        "mvno.line.identity", "line_id", string="SIM Cards and Numbers"
    )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        self.env["mvno.line.identity"].sudo()._follow(lines.sudo())
        return lines

    def write(self, vals):
        result = super().write(vals)
        history = self.env["mvno.line.identity"].sudo()
        if vals.keys() & {"state", *FOLLOWED}:
            history._follow(self.sudo())
        if vals.get("activation_date"):
            history._begin_with_service(self.sudo())
        return result

    def _identity(self):
        """:return: dict, what this line is known by now, as values to write"""
        self.ensure_one()
        return self._convert_to_write({name: self[name] for name in FOLLOWED})

    def _first_period(self, now):
        """:return: dict, values of the period with which this line's history begins"""
        self.ensure_one()
        start = self._start_of(self.activation_date)
        if not start and self.state == "activating":
            start = now
        end = self.state == "cancelled" and self._ended_at(now)
        return {
            **self._identity(),
            "line_id": self.id,
            "date_from": start,
            "date_to": end,
        }

    def _start_of(self, day):
        """:return: when a day begins where the platform is, UTC; False without one"""
        self.ensure_one()
        return bool(day) and utc_midnight(day, self.platform_id.tz)

    def _ended_at(self, now):
        """:return: when this cancelled line's service ended, UTC"""
        self.ensure_one()
        if not self.cancellation_date:
            return now
        return min(now, self._start_of(self.cancellation_date + timedelta(days=1)))
