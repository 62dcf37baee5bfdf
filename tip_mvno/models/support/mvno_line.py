# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...tools.cursor import database_now
from ...tools.local_time import utc_midnight
from ...tools.told import Told
from ..line.mvno_line_read import EVENT_OF_STATE, NOTHING_FOREIGN
from ..simcard.mvno_simcard_read import STATE_OF_STATUS


class MvnoLine(models.Model):
    """What only TIP's people can do for a line, and how the line follows them."""

    _inherit = "mvno.line"

    support_request_ids = fields.One2many(
        "mvno.support.request", "line_id", string="Requests to TIP"
    )
    support_request_id = fields.Many2one(
        "mvno.support.request",
        string="Waiting for TIP",
        compute="_compute_support_request_id",
    )
    support_request_age = fields.Integer(compute="_compute_support_request_id")
    support_request_since = fields.Datetime(compute="_compute_support_request_id")

    @api.depends("support_request_ids.state", "support_request_ids.asked_at")
    def _compute_support_request_id(self):
        for line in self:
            waiting = line.support_request_ids._still_open().sorted("id")[:1]
            line.support_request_id = waiting
            line.support_request_age = waiting.age
            line.support_request_since = waiting.asked_at

    @api.constrains("simcard_id")
    def _check_simcard_not_awaited(self):
        for request in self.simcard_id.sudo().support_request_ids:
            taker = request.simcard_id.line_id
            if request.state in request._open_states and taker not in (
                request.line_id,
                taker[:0],
            ):
                raise UserError(
                    self.env._(
                        "SIM card %(iccid)s is kept for line %(line)s, which waits for "
                        "TIP. Choose another one.",
                        iccid=request.simcard_id.iccid,
                        line=request.line_id.display_name,
                    )
                )

    # === ACTIONS === #

    def action_swap_simcard(self):
        """Open the dialog for a lost, stolen or broken SIM card; where the line waits
        for TIP already, open what it waits for."""
        self.ensure_one()
        waiting = self._open_request("sim_swap")
        if waiting.state == "waiting":
            return waiting.action_open()
        return self._open_dialog("tip_mvno.mvno_simcard_swap_action")

    def action_change_holder(self):
        """Open the dialog for a change of holder; where the line waits for TIP
        already, open what it waits for."""
        self.ensure_one()
        waiting = self._open_request("holder_change")
        if waiting:
            return waiting.action_open()
        self._refuse_change_of_holder()
        return self._open_dialog("tip_mvno.mvno_holder_change_action")

    def action_new_line(self):
        """Open the subscribe dialog for the customer of a cancelled line: who comes
        back gets a new line, never the old one."""
        self.ensure_one()
        return self.partner_id.action_mvno_subscribe()

    def _open_request(self, kind):
        """:return: the open ``mvno.support.request`` of a kind, if any"""
        return self.support_request_ids._still_open().filtered(
            lambda request: request.kind == kind
        )

    def _refuse_change_of_holder(self):
        """:raise UserError: when something under way would end up between the two
        holders; says what to finish first"""
        self.ensure_one()
        line = self.sudo()
        sentence, name = None, line.display_name
        if line.state not in line._live_states:
            sentence = self.env._(
                "Line %(line)s is not in service: only a line in service changes its "
                "holder.",
                line=name,
            )
        elif line.open_command_id:
            sentence = self.env._(
                "Line %(line)s: another request is on its way to the platform. Wait "
                "for its answer, then change the holder.",
                line=name,
            )
        elif line.portability_ids.filtered("is_open"):
            sentence = self.env._(
                "Line %(line)s: a port-in is under way, in the name of the present "
                "holder. Change the holder when it has ended.",
                line=name,
            )
        elif line.plan_change_id:
            sentence = self.env._(
                "Line %(line)s: a change of plan is planned. Give it up, or wait for "
                "it, then change the holder.",
                line=name,
            )
        elif line._open_request("sim_swap"):
            sentence = self.env._(
                "Line %(line)s waits for another SIM card. Change the holder when TIP "
                "has replaced it.",
                line=name,
            )
        elif line.hold_ids.filtered(
            lambda hold: hold.reason == "nonpayment" and not hold.lifted_at
        ):
            sentence = self.env._(
                "Line %(line)s is blocked for non-payment. The debts stay with the "
                "present holder: lift the block first, so that it does not fall on "
                "the new one.",
                line=name,
            )
        if sentence:
            raise UserError(sentence)

    # === FOLLOWING WHAT TIP DID === #

    def _take_simcard(self, simcard, contract):
        """The platform shows this line on another SIM card.

        :param simcard: the new ``mvno.simcard``
        :param contract: ``lib.SubscriberContract`` that shows it
        """
        self.ensure_one()
        seen = self._state_of_status(contract.status)
        self.write(
            {
                "simcard_id": simcard.id,
                **NOTHING_FOREIGN,
                **self._number_values(contract.number),
                "platform_contract": self._accepted_contract(
                    contract.platform_contract
                ),
                "platform_status": contract.raw_status,
                "checked_at": database_now(self.env.cr),
            }
        )
        simcard.write(
            {
                "state": STATE_OF_STATUS[contract.status],
                "platform_status": contract.raw_status,
                "checked_at": database_now(self.env.cr),
            }
        )
        if self.state in self._live_states and seen and seen != self.state:
            self._transition(
                EVENT_OF_STATE[seen],
                self.env._(
                    "The platform reports “%(status)s”.", status=contract.raw_status
                ),
            )

    def _take_holder(self, partner, date, contract=None, price=None, **vals):
        """The platform shows this line in another holder's name.

        The days are split: the last holder's contract line ends the day before, the
        new one's begins that day. What was invoiced stays with who got the invoice, so
        the new one begins after that.

        :param partner: the new holder
        :param date: first day the new holder pays for
        :param contract: the new holder's ``contract.contract``; one is made if none
        :param float price: monthly value; as it was when not given
        :param vals: further values of the new contract line
        """
        self.ensure_one()
        self._leave_holder()
        before = self.partner_id
        start = min(date, self.platform_id._today())
        paying = self.contract_line_ids.filtered(
            lambda paid: not paid.is_canceled
            and not (paid.date_end and paid.date_end < start)
        ).sorted("date_start")
        invoiced = [day for day in paying.mapped("last_date_invoiced") if day]
        start = max([start, *(day + timedelta(days=1) for day in invoiced)])
        since = utc_midnight(start, self.platform_id.tz)
        # the nickname is what the last holder called it
        self.with_context(mvno_identity_since=Told(since)).write(
            {"partner_id": partner.id, "nickname": False, **NOTHING_FOREIGN}
        )
        if paying:
            contract = contract or self._contract_of_holder(partner, paying[0])
            current = paying.filtered(lambda paid: paid.date_start <= start)[-1:]
            current = current or paying[:1]
            (paying - current)._mvno_end(start - timedelta(days=1))
            vals.update(current._mvno_holder_values(price))
            current._mvno_succeed(
                start, contract_id=contract.id, date_end=False, **vals
            )
        self._message_log(
            body=self.env._(
                "Change of holder: from %(before)s to %(after)s, who pays from "
                "%(date)s on.",
                before=before.display_name,
                after=partner.display_name,
                date=format_date(self.env, start),
            )
        )

    def _leave_holder(self):
        """What the last holder wanted, or owes, does not fall on the next one; it may
        have come after TIP was asked for the change.

        :raise UserError: while the platform is asked for the last holder's plan
        """
        self.ensure_one()
        command = self.open_command_id
        if command.operation == "change_plan":
            raise UserError(
                self.env._(
                    "Line %(line)s: another request is on its way to the platform. "
                    "Wait for its answer, then change the holder.",
                    line=self.display_name,
                )
            )
        for change in self.plan_change_id:
            change._fail(UserError(self.env._("The line has another holder now.")))
        self.hold_ids.filtered(
            lambda hold: hold.reason == "nonpayment" and not hold.lifted_at
        )._lift()

    def _contract_of_holder(self, partner, contract_line):
        """:return: a new contract of this partner, like the one the line leaves"""
        contract = contract_line.contract_id
        return contract.create(
            {
                "name": partner.display_name,
                "partner_id": partner.id,
                "company_id": contract.company_id.id,
                "contract_type": "sale",
                "line_recurrence": True,
                "journal_id": contract.journal_id.id,
            }
        )

    def _end_support_requests(self):
        """Whatever the lines waited for, it will not come any more."""
        self.support_request_ids._still_open()._give_up(
            self.env._("The line was cancelled.")
        )
