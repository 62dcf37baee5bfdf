# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from .mvno_command import BLOCKING

REGISTERED = "tip_mvno.mail_template_command_registered"
DONE = "tip_mvno.mail_template_command_done"
# A block, and its end, is told to the customer who asked for it only.
CUSTOMERS_BLOCKS = ("customer", "theft", "loss")
CUSTOMERS_CANCELLATIONS = ("customer", "transfer")


class MvnoCommand(models.Model):
    """What the customer is told of a request, by e-mail."""

    _name = "mvno.command"
    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = ["mvno.command", "mvno.customer.request"]

    plan_change_id = fields.Many2one(
        "mvno.plan.change",
        string="Planned Plan Change",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="What was planned and is asked for on its day, under the same protocol.",
    )

    @api.depends("plan_change_id.protocol")
    def _compute_protocol(self):
        """What was planned goes on under the number that the customer has."""
        planned = self.filtered("plan_change_id")
        for command in planned:
            command.protocol = command.plan_change_id.protocol
        return super(MvnoCommand, self - planned)._compute_protocol()

    def _customer_wording(self):
        """:return: what was asked, as the customer would say it"""
        self.ensure_one()
        if self.operation == "activate":
            return self.env._("activation of a mobile line")
        if self.operation == "change_plan":
            return self.env._(
                "change of plan to %(plan)s", plan=self.product_id.name or ""
            )
        if self.operation == "cancel":
            return self.env._("cancellation of the line")
        if self.operation == "top_up":
            return self.env._("extra data of %(quantity)s GB", quantity=self.quantity)
        if self.operation == "unblock" and self.reason == "customer":
            return self.env._("end of the suspension of the line")
        if self.operation == "unblock":
            return self.env._("unblocking of the line")
        return {
            "theft": self.env._("block of the line because of theft"),
            "loss": self.env._("block of the line because of loss"),
            "customer": self.env._("suspension of the line at your request"),
        }.get(self.reason, self.env._("block of the line"))

    def _asked_by_customer(self):
        """:return: those of these requests that the customer made, or waits for"""
        return self.filtered(
            lambda command: command.operation in ("activate", "change_plan", "top_up")
            or command.operation in BLOCKING
            and command.reason in CUSTOMERS_BLOCKS
            or command.operation == "cancel"
            and command.cancellation_reason in CUSTOMERS_CANCELLATIONS
        )

    def _mail_registered(self):
        """Tell the customers that their requests were registered, and the protocol.

        Blocks for non-payment, misuse or by the platform, and their ends, are not the
        customer's requests; nor is an end that came about by itself.
        """
        commands = self._asked_by_customer().filtered(
            lambda command: command.operation != "unblock"
            or command.line_id._ended_hold().lifted_how == "person"
        )
        commands._mail_customers(REGISTERED, dict.fromkeys(commands.ids, "registered"))

    def _mail_done(self):
        """Tell the customers that their requests were carried out.

        An activation is told once its line is in service and has its number: that may
        be later than the platform's answer. So is the end of a block, by the customer's
        wish or by itself. Blocks and top-ups show by themselves.
        """
        commands = self._asked_by_customer().filtered(
            lambda command: command.state == "done"
            and (
                command.operation in ("change_plan", "cancel")
                or command.operation == "unblock"
                and command.line_id.state == "active"
                and command.line_id.hold_level == "none"
                or command.operation == "activate"
                and command.line_id.state == "active"
                and command.line_id.number
            )
        )
        commands._mail_customers(DONE, dict.fromkeys(commands.ids, "done"))
