# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.actions import open_action
from .mvno_portability import ACTIVITY

ENDED_BADLY = ("refused", "cancelled")


class MvnoPortability(models.Model):
    """How a port-in that failed is corrected and asked for again.

    The platform takes a port-in with a line's activation only. For a line in service
    TIP's support repeats it, asked in writing by a ``mvno.support.request``; what the
    platform says of the SIM card's port-in from then on is the new one's.
    """

    _inherit = "mvno.portability"

    is_waiting_for_tip = fields.Boolean(
        string="Waiting for TIP",
        compute="_compute_is_waiting_for_tip",
        search="_search_is_waiting_for_tip",
    )
    is_given_up = fields.Boolean(
        string="Given Up",
        readonly=True,
        copy=False,
        help="The line keeps the number it has; nobody has to do anything.",
    )
    can_be_repeated = fields.Boolean(
        string="Can Be Sent Again", compute="_compute_can_be_repeated"
    )
    support_request_ids = fields.One2many(
        "mvno.support.request", "portability_id", string="Requests to TIP"
    )

    @api.depends("state", "sent_at", "predecessor_id", "line_id.state")
    def _compute_is_waiting_for_tip(self):
        for item in self:
            item.is_waiting_for_tip = (
                item.state == "requested"
                and not item.sent_at
                and bool(item.predecessor_id)
                and item.line_id.state in item.line_id._live_states
            )

    def _search_is_waiting_for_tip(self, operator, value):
        if operator != "in" or set(value) != {True}:
            return NotImplemented
        return [
            ("state", "=", "requested"),
            ("sent_at", "=", False),
            ("predecessor_id", "!=", False),
            ("line_id.state", "in", self.env["mvno.line"]._live_states),
        ]

    @api.depends("state", "successor_ids", "line_id.state")
    def _compute_can_be_repeated(self):
        for item in self:
            item.can_be_repeated = (
                item.state in item._failed_states
                and not item.successor_ids
                and item.line_id.state in ("draft", *item.line_id._live_states)
            )

    # === SENDING AGAIN === #

    def action_correct(self):
        """Open the dialog that corrects this port-in and asks for it again."""
        self.ensure_one()
        return open_action(
            self.env,
            "tip_mvno.mvno_portability_correct_action",
            context={"default_portability_id": self.id},
        )

    def _refuse_repeat(self):
        """:raise UserError: when this one goes on, or was repeated already"""
        self.check_access("write")
        if not self.can_be_repeated:
            raise UserError(
                self.env._(
                    "The port-in of %(number)s cannot be sent again: it goes on, was "
                    "sent again already, or its line is not in service. Reload the "
                    "page to see where it is.",
                    number=self.display_name,
                )
            )

    def _repeat(self, number, donor, correction):
        """Ask for this port-in again, in a record of its own.

        :param str number: E.164
        :param str donor: the donor operator
        :param str correction: what was corrected, for TIP's support
        :return: the new ``mvno.portability``
        :raise UserError: when this one goes on, or was repeated already
        """
        self.ensure_one()
        self._refuse_repeat()
        failed = self.sudo()
        if failed.is_open:
            failed._transition("replace", self.env._("Corrected and sent again."))
        failed.activity_unlink([ACTIVITY])
        # the database must know before the number is asked for again
        failed.flush_recordset()
        repeated = failed.create(
            {
                "line_id": failed.line_id.id,
                "number": number,
                "donor": donor,
                "correction": correction,
                "predecessor_id": failed.id,
            }
        )
        if repeated.is_waiting_for_tip:
            self.env["mvno.support.request"].sudo().create(
                {
                    "kind": "port_in",
                    "line_id": repeated.line_id.id,
                    "portability_id": repeated.id,
                }
            )
        return self.browse(repeated.id)

    # === REQUESTS TO TIP'S SUPPORT === #

    def action_support_request(self):
        """Open what TIP's support was asked in writing, with the text to send."""
        self.ensure_one()
        return self.support_request_ids[:1].action_open()

    def action_taken_up(self):
        """A person heard from TIP's support that it asked for this port-in again."""
        self.check_access("write")
        for item in self.sudo():
            if not item.is_waiting_for_tip:
                raise UserError(
                    self.env._(
                        "The port-in of %(number)s is not waiting for TIP.",
                        number=item.display_name,
                    )
                )
            item._transition(
                "send",
                self.env._("Taken up by TIP, says %(user)s.", user=self.env.user.name),
            )

    def _end_support_requests(self, event, reason):
        """What TIP was asked in writing ends when it goes on, or is given up."""
        asked = self.support_request_ids._still_open()
        given_up = asked.filtered(
            lambda item: event == "withdraw" or item.line_id.state == "cancelled"
        )
        if given_up:
            given_up._give_up(reason)
        if asked - given_up:
            (asked - given_up)._transition("confirm")

    # === GIVING UP === #

    def action_withdraw(self):
        """Give up port-ins: those that nobody has sent yet, and those that failed and
        that the customer does not want any more."""
        self.check_access("write")
        for item in self.sudo():
            if item.state in ENDED_BADLY:
                continue
            if item.sent_at or item.line_id.state == "activating":
                item._refuse_sent()
            item._transition("withdraw")
        self.sudo().is_given_up = True
        self.sudo().activity_unlink([ACTIVITY])
