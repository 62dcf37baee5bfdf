# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.tools import format_date

REGISTERED = "tip_mvno.mail_template_support_request_registered"
# What TIP is asked beyond these is not always the customer's wish.
CUSTOMERS_KINDS = ("sim_swap", "holder_change", "port_in")


class MvnoSupportRequest(models.Model):
    """What the customer is told of a request that TIP's people carry out."""

    _name = "mvno.support.request"
    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = ["mvno.support.request", "mvno.customer.request"]
    _protocol_series = 9

    _protocol_uniq = models.UniqueIndex(
        "(protocol)", "Two requests cannot have the same protocol number."
    )

    @api.model_create_multi
    def create(self, vals_list):
        requests = super().create(vals_list)
        requests._mail_registered()
        return requests

    def _mail_registered(self):
        """Tell the customers that their requests were registered, and the protocol."""
        requests = self.filtered(lambda request: request.kind in CUSTOMERS_KINDS)
        requests._mail_customers(REGISTERED, dict.fromkeys(requests.ids, "registered"))

    def _customer_wording(self):
        """:return: what was asked, as the customer would say it"""
        self.ensure_one()
        if self.kind == "holder_change":
            return self.env._(
                "change of the line's holder from %(date)s on",
                date=format_date(self.env, self.date),
            )
        if self.kind == "port_in":
            return self.env._(
                "port-in of the number %(number)s, once more",
                number=self.portability_id.display_name,
            )
        if self.kind == "sim_swap":
            return {
                "theft": self.env._("another SIM card, because of theft"),
                "loss": self.env._("another SIM card, because of loss"),
            }.get(self.reason, self.env._("another SIM card, as yours is broken"))
        return self.display_name
