# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.exceptions import UserError

from .mvno_line import CANCELLATION_REASONS, LIVE_STATES


class MvnoLine(models.Model):
    """How a line ends."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.line"

    def action_cancel(self, reason=None):
        """Ask the platform to cancel these lines; without a reason, open the dialog.

        The line stays as it is until the platform has cancelled it. A second click
        finds the open request.

        :param str reason: a key of ``CANCELLATION_REASONS``
        :return: the dialog's action, or True
        :raise UserError: when a line is not in service, or another request is open
        """
        self.check_access("write")
        if reason is None:
            return self._open_dialog("tip_mvno.mvno_cancel_action")
        self._ask_cancel(reason)
        return True

    def _ask_cancel(self, reason, **vals):
        """Record the requests that cancel these lines.

        :param str reason: a key of ``CANCELLATION_REASONS``
        :param vals: what else a person decided on with it
        :raise UserError: when a line is not in service, or another request is open
        """
        if reason not in dict(CANCELLATION_REASONS):
            raise UserError(
                self.env._("“%(reason)s” is no reason to cancel a line.", reason=reason)
            )
        self._request("cancel", [line._cancel_values(reason, **vals) for line in self])

    def _cancel_values(self, reason, **vals):
        """:return: dict, values of the request that cancels this line"""
        self.ensure_one()
        return {**vals, "cancellation_reason": reason}

    def _on_cancelled(self, reason, date, why=None):
        """The lines were cancelled at the platform: nothing goes on here.

        The contract lines end that day, the SIM cards are never used again. What was
        billed stays; holds say why it was blocked and are left as they were.

        :param str reason: a key of ``CANCELLATION_REASONS``
        :param date: last day of service
        :param str why: for the lines' history
        """
        lines = self.sudo()
        ending = lines.filtered(lambda line: line.state != "cancelled")
        ending._transition(
            "cancel", why, cancellation_date=date, cancellation_reason=reason
        )
        for step in self._ending_steps():
            getattr(ending, step)(date)
        # TIP may have been asked for something after the line had ended here
        lines._end_support_requests()

    @api.model
    def _ending_steps(self):
        """Name what ends with a line, in order: what is under way first, what pays for
        it last.

        :return: list of names of methods of ``mvno.line`` that take the last day of
            service
        """
        return [
            "_end_simcards",
            "_end_port_ins",
            "_end_plan_changes",
            "_drop_requests",
            "_end_contract_lines",
        ]

    def _end_simcards(self, _date):
        self.simcard_id.write({"state": "cancelled"})

    def _end_port_ins(self, _date):
        self.portability_ids.filtered("is_open")._transition(
            "cancel", self.env._("The line was cancelled.")
        )

    def _end_plan_changes(self, _date):
        self.plan_change_ids.filtered(
            lambda change: change.state == "scheduled"
        )._transition("cancel", self.env._("The line was cancelled."))

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

    def _end_contract_lines(self, date):
        """End what pays for these lines; a person is told where that is not possible.

        :param date: last day of service
        """
        for line in self:
            paying = line.contract_line_ids.filtered(
                lambda contract_line: not contract_line.is_canceled
                and not (contract_line.date_end and contract_line.date_end <= date)
            )
            try:
                with self.env.cr.savepoint():
                    paying._mvno_end(date)
            except UserError as error:
                line.activity_schedule(
                    "mail.mail_activity_data_warning",
                    summary=self.env._("The contract line of a cancelled line"),
                    note=str(error),
                    user_id=(line.platform_id.user_id or self.env.user).id,
                )

    def _open_dialog(self, xmlid):
        """:return: the dialog's action, for these lines"""
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        context = {"active_model": self._name, "active_ids": self.ids}
        return {**action, "context": context}

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
            if line.state not in LIVE_STATES:
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
