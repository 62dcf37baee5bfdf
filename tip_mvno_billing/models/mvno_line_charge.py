# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models
from odoo.exceptions import UserError


class MvnoLine(models.Model):
    """What is charged once for a mobile line, beside its plan."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.line"

    charge_ids = fields.One2many(
        "mvno.billing.charge", "mvno_line_id", string="One-off Charges"
    )

    def action_discount(self):
        """Open the dialog that gives a discount or a courtesy from a month on.

        :raise UserError: when no contract pays for the line
        """
        return self._open_money_dialog("tip_mvno_billing.mvno_discount_action")

    def action_charge_service(self):
        """Open the dialog that charges a service once.

        :raise UserError: when no contract pays for the line
        """
        return self._open_money_dialog("tip_mvno_billing.mvno_charge_service_action")

    def _open_money_dialog(self, xmlid):
        self.ensure_one()
        self.check_access("write")
        if not self.contract_line_id:
            raise UserError(
                self.env._(
                    "Line %(line)s: no contract pays for it, so there is no invoice "
                    "that could change. Add the line to the customer's contract first.",
                    line=self.display_name,
                )
            )
        return self._open_dialog(xmlid)
