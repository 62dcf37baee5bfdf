# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_datetime

from ...tools.labels import label_of


class MvnoLine(models.Model):
    """What the platform is asked for a line, and what it last said for certain."""

    _inherit = "mvno.line"

    command_ids = fields.One2many("mvno.command", "line_id", string="Requests")
    open_command_id = fields.Many2one(
        "mvno.command",
        string="Request under Way",
        compute="_compute_open_command_id",
    )
    platform_status_text = fields.Char(
        string="At the Platform", compute="_compute_platform_status_text"
    )

    # === COMPUTES === #

    @api.depends("command_ids.state")
    def _compute_open_command_id(self):
        for line in self:
            line.open_command_id = line.command_ids.filtered("is_open")[:1]

    @api.depends("platform_status", "checked_at", "command_ids.state")
    @api.depends_context("lang", "tz")
    def _compute_platform_status_text(self):
        """The last thing known for certain, with its time: what the platform said of
        the line when it was read, or what it confirmed since then."""
        for line in self:
            confirmed = line.command_ids.filtered(
                lambda command: command._of_operation().is_block
                and command.state == "done"
                and command.settled_at
            ).sorted(lambda command: (command.settled_at, command.id))[-1:]
            if confirmed and confirmed.settled_at >= (
                line.checked_at or confirmed.settled_at
            ):
                line.platform_status_text = self.env._(
                    "“%(request)s” confirmed on %(date)s; not read since",
                    request=label_of(confirmed, "operation"),
                    date=format_datetime(
                        self.env, confirmed.settled_at, dt_format="short"
                    ),
                )
            elif line.platform_status and line.checked_at:
                line.platform_status_text = self.env._(
                    "%(status)s, read on %(date)s",
                    status=line.platform_status,
                    date=format_datetime(self.env, line.checked_at, dt_format="short"),
                )
            else:
                line.platform_status_text = line.platform_status

    # === REQUESTS OF A LINE === #

    def _request(self, operation, vals_list):
        """Record one request per line, where the same one is not open already.

        :param str operation: of the requests
        :param list vals_list: what each line's request needs, in the lines' order
        :return: the open requests, ``mvno.command`` records
        :raise UserError: when a line is not in service, or another request is open
        """
        found = self.env["mvno.command"].sudo()
        to_create = []
        for line, vals in zip(self.sudo(), vals_list, strict=True):
            if line.state not in line._live_states:
                raise UserError(
                    self.env._(
                        "Line %(line)s is %(state)s: this is possible for lines in "
                        "service only.",
                        line=line.display_name,
                        state=line._state_label(),
                    )
                )
            open_command = line.open_command_id
            if open_command.operation == operation:
                found |= open_command
                continue
            if open_command:
                raise UserError(
                    self.env._(
                        "Line %(line)s: another request is on its way (%(request)s). "
                        "Wait for its answer, then try again.",
                        line=line.display_name,
                        request=open_command.display_name,
                    )
                )
            to_create.append(
                {
                    **vals,
                    "operation": operation,
                    "platform_id": line.platform_id.id,
                    "line_id": line.id,
                    "simcard_id": line.simcard_id.id,
                    "user_id": self.env.uid,
                }
            )
        return found | found._submit(to_create)

    def _drop_requests(self, _date):
        """Nothing more is asked of lines that ended. What is being sent right now is
        settled by its answer; what a person is to decide on stays with them."""
        going_on = self.command_ids.filtered(
            lambda command: command.state in command._of_operation().dropped_in
        )
        for command in going_on.try_lock_for_update():
            command._transition(
                "cancel" if command.state == "pending" else "overtake",
                self.env._("The line was cancelled."),
            )
