# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError


class MvnoBillingItem(models.Model):
    """What bills a one-off charge takes it along: billed, and to be billed again."""

    # a room of its own
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "mvno.billing.item"

    charge_id = fields.Many2one(
        "mvno.billing.charge",
        string="One-off Charge",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )

    # whichever contract line it is billed with, and in whichever month
    _charge_once = models.UniqueIndex(
        "(charge_id) WHERE state = 'billed' AND charge_id IS NOT NULL",
        "This charge is billed already.",
    )

    @api.model
    def _charge_values(self, charge, billing):
        values = super()._charge_values(charge, billing)
        return {**values, "charge_id": charge.charge_id or False}

    def _unsettle(self):
        """An adjustment that somebody made by hand settled no month."""
        corrections = self.filtered(lambda item: not item.charge_id)
        return super(MvnoBillingItem, corrections)._unsettle()

    def _claim(self, *args, **kwargs):
        items = super()._claim(*args, **kwargs)
        items.charge_id._transition("bill")
        return items

    def _release(self, reason):
        billed = self.filtered(lambda item: item.state == "billed")
        result = super()._release(reason)
        billed.charge_id._transition("release", reason)
        return result

    def _claim_again(self, reason):
        released = self.filtered(
            lambda item: item.state == "released" and item.move_line_id
        )
        for item in released:
            if item.charge_id.state == "waived":
                raise UserError(
                    self.env._(
                        "Invoice %(invoice)s cannot stand again: %(charge)s is not "
                        "charged, as was decided meanwhile. Issue a new invoice "
                        "without it.",
                        invoice=item.move_id.display_name,
                        charge=item.charge_id.display_name,
                    )
                )
        result = super()._claim_again(reason)
        released.charge_id._transition("bill", reason)
        return result

    def _key(self):
        return self.charge_id or super()._key()
