# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models

# What the customer is told when the platform reports a change, by its event.
TEMPLATE_OF_EVENT = {
    "send": "tip_mvno.mail_template_port_in_requested",
    "window": "tip_mvno.mail_template_port_in_window",
    "finish": "tip_mvno.mail_template_port_in_done",
    "refuse": "tip_mvno.mail_template_port_in_refused",
    "conflict": "tip_mvno.mail_template_port_in_refused",
    "cancel": "tip_mvno.mail_template_port_in_cancelled",
}


class MvnoPortability(models.Model):
    """What the customer is told of a port-in, by e-mail."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.portability"

    def _transition(self, event, reason=None, **vals):
        result = super()._transition(event, reason, **vals)
        # who cancels the line is told of that
        self.filtered(lambda item: item.line_id.state != "cancelled")._mail_step(event)
        return result

    def _mail_step(self, event):
        """Tell the customers of what the platform reported, once per step.

        A window that moves to another day is a step of its own.

        :param str event: of the table of states; a person's own are not told
        """
        template = TEMPLATE_OF_EVENT.get(event)
        steps = dict.fromkeys(self.ids, event)
        if event == "window":
            steps = {
                item.id: f"window:{item.window_start:%Y%m%d%H%M}"
                for item in self
                if item.window_start
            }
        if template and steps:
            self.browse(steps)._mail_customers(template, steps)
