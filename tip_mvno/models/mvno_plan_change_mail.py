# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.tools import format_date

REGISTERED = "tip_mvno.mail_template_plan_change_registered"


class MvnoPlanChange(models.Model):
    """What the customer is told of a planned change of plan, by e-mail."""

    _name = "mvno.plan.change"
    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = ["mvno.plan.change", "mvno.customer.request"]
    _protocol_series = 8

    _protocol_uniq = models.UniqueIndex(
        "(protocol)", "Two requests cannot have the same protocol number."
    )

    def _mail_registered(self):
        """Tell the customers that their requests were registered, and the protocol."""
        self._mail_customers(REGISTERED, dict.fromkeys(self.ids, "registered"))

    def _customer_wording(self):
        """:return: what was asked, as the customer would say it"""
        self.ensure_one()
        return self.env._(
            "change of plan to %(plan)s from %(date)s on",
            plan=self.product_id.name,
            date=format_date(self.env, self.date),
        )
